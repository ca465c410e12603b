//! A run as the data of its page: the objects of the JSON lines, step by step, with each frame's bytes and fields once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sim_core::export::html::{self, Page};
use sim_core::export::ladder::{Edit, Ladder, Pass, Row, RowKind, transcript};
use sim_core::frame::FrameId;
use sim_core::names::Names;
use sim_core::reason::Reason;
use sim_core::receipt::all_fields;
use sim_core::scenario::Step;
use sim_core::trace::{Entry, Note};
use sim_core::{Lang, Text, worth};

use crate::{explain, json};

/// How many bytes of a frame are in the page; the page says of how many.
const BYTES: usize = 256;

/// The page of a run.
pub fn print(ladder: &Ladder<'_>, lang: Lang) -> String {
    let scenario = ladder.played.player.scenario();
    let data = Data::of(ladder).to_string();
    let transcript = transcript::print(ladder, lang);
    html::page(&Page { title: &scenario.title, data: &data, transcript: &transcript, lang })
}

/// What is collected on the way through the rows.
struct Data<'a> {
    ladder: &'a Ladder<'a>,
    frames: BTreeMap<FrameId, Option<FrameId>>,
    codes: BTreeSet<&'static str>,
}

impl<'a> Data<'a> {
    fn of(ladder: &'a Ladder<'a>) -> Value {
        let mut data = Self { ladder, frames: BTreeMap::new(), codes: BTreeSet::new() };
        let rows = ladder.rows.iter().filter(|row| data.is_shown(row)).collect::<Vec<_>>();
        let steps: Vec<Value> = rows.into_iter().map(|row| data.step(row)).collect();
        let lanes =
            ladder.lanes.iter().map(|lane| json!({ "name": lane.name, "addrs": lane.addrs }));
        let (frames, layouts) = data.frames();
        json!({
            "version": 1,
            "program": concat!("lvsim ", env!("CARGO_PKG_VERSION")),
            "scenario": json::title_object(ladder.played.player.scenario()),
            "lanes": lanes.collect::<Vec<_>>(),
            "left_out": ladder.left_out,
            "steps": steps,
            "frames": frames,
            "layouts": layouts,
            "reasons": data.reasons(),
        })
    }

    /// What a story does is seen by what comes of it; what it says and what fails has a step of its own.
    fn is_shown(&self, row: &Row) -> bool {
        let RowKind::Story(place) = row.kind else { return true };
        let told = &self.ladder.played.steps[place];
        let step = &self.ladder.played.player.scenario().story[told.step].value;
        let is_quiet = matches!(
            step,
            Step::Do { .. } | Step::Wait(_) | Step::Mark(_) | Step::Expect(_) | Step::Inject { .. }
        );
        !is_quiet || !told.failures.is_empty()
    }

    fn step(&mut self, row: &Row) -> Value {
        let player = &self.ladder.played.player;
        let entries: Vec<&Entry> = self.ladder.entries(row).collect();
        let lines: Vec<Value> = entries.iter().map(|entry| self.line(entry)).collect();
        let mut step = json!({ "time": row.at.to_string(), "lines": lines });
        if row.setup {
            step["setup"] = true.into();
        }
        let more = match &row.kind {
            RowKind::Story(place) => {
                let told = &self.ladder.played.steps[*place];
                let failures = &player.failures()[told.failures.clone()];
                let failures: Vec<Value> =
                    failures.iter().map(|failure| both(&failure.text())).collect();
                let story =
                    json::story_object(told.step, &player.scenario().story[told.step].value);
                json!({ "kind": "story", "story": story, "failures": failures })
            }
            RowKind::Pass(pass) => self.pass(pass),
            RowKind::Typed { lane, text } => {
                let node =
                    entries.first().map(|entry| player.world.net.node(entry.node).name.to_string());
                json!({ "kind": "typed", "lane": lane, "node": node, "text": text })
            }
            RowKind::Quiet { lane } => json!({ "kind": "quiet", "lane": lane }),
        };
        if let (Value::Object(step), Value::Object(more)) = (&mut step, more) {
            step.extend(more);
        }
        step
    }

    fn pass(&mut self, pass: &Pass) -> Value {
        // What a frame was made from is shown beside it, though it may be left out itself.
        let parent = pass.parent.filter(|parent| self.ladder.frames.contains_key(parent));
        self.frames.insert(pass.frame, parent);
        self.frames.extend(
            parent.filter(|parent| !self.frames.contains_key(parent)).map(|parent| (parent, None)),
        );
        let to = pass
            .to
            .iter()
            .map(|to| json!({ "lane": to.lane, "time": to.at.to_string(), "taken": to.taken }));
        json!({
            "kind": "frame",
            "frame": pass.frame.0,
            "parent": parent.map(|parent| parent.0),
            "from": pass.from,
            "to": to.collect::<Vec<_>>(),
            "arp": pass.is_arp(),
            "label": pass.label,
            "text": pass.line,
            "edits": pass.edits.iter().map(Edit::text).collect::<Vec<_>>(),
        })
    }

    /// An entry as it is in the JSON lines; the bytes of a frame are told once, elsewhere.
    fn line(&mut self, entry: &Entry) -> Value {
        let world = &self.ladder.played.player.world;
        let mut line = json::entry_object(entry, &world.net, &world.origins);
        match &entry.what {
            Note::Frame { .. } => {
                if let Value::Object(line) = &mut line {
                    for told in ["bytes", "text", "parent"] {
                        line.remove(told);
                    }
                }
            }
            Note::Why(reason) => self.reason(entry, reason, &mut line),
            _ => {}
        }
        line
    }

    /// Where something was set has other words in Chinese.
    fn reason(&mut self, entry: &Entry, reason: &Reason, line: &mut Value) {
        self.codes.insert(reason.code());
        let world = &self.ladder.played.player.world;
        let names =
            Names { net: &world.net, origins: &world.origins, node: entry.node, lang: Lang::Zh };
        let values = json::values(&names, reason);
        if line["values"] != values {
            line["values_zh"] = values;
        }
        if let Value::Object(line) = line {
            line.remove("detail");
        }
    }

    /// Each frame with its bytes and the values of its fields; which fields, is told once for all frames that have them alike.
    fn frames(&self) -> (Value, Value) {
        let mut layouts: Vec<Vec<String>> = Vec::new();
        let mut frames = Map::new();
        for id in self.frames.keys() {
            let bytes = self.ladder.frames[id].bytes();
            let (names, values): (Vec<String>, Vec<String>) = all_fields(bytes).into_iter().unzip();
            let layout = layouts.iter().position(|own| *own == names).unwrap_or_else(|| {
                layouts.push(names);
                layouts.len() - 1
            });
            let fields: Vec<Value> =
                std::iter::once(json!(layout)).chain(values.into_iter().map(Value::from)).collect();
            let shown = &bytes[..bytes.len().min(BYTES)];
            let frame =
                json!({ "length": bytes.len(), "bytes": json::hex(shown), "fields": fields });
            frames.insert(id.0.to_string(), frame);
        }
        (frames.into(), json!(layouts))
    }

    fn reasons(&self) -> Value {
        let entries = self.codes.iter().filter_map(|code| sim_core::explain::entry(code));
        let objects = entries.map(|entry| {
            let mut object = explain::object(entry);
            object["everyday"] = (!worth::is_told(entry.code)).into();
            (entry.code.to_owned(), object)
        });
        objects.collect::<Map<_, _>>().into()
    }
}

fn both(text: &Text) -> Value {
    json!({ "en": text.en, "zh": text.zh })
}
