//! The trace as JSON lines: one object an entry. Field names are an interface, described in `book/run.md`.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sim_core::names::{self, Names};
use sim_core::net::Net;
use sim_core::origin::Origins;
use sim_core::reason::Reason;
use sim_core::scenario::{Scenario, Step};
use sim_core::story::{Failure, Player, change};
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::trace::{Dir, Entry, Note};
use sim_core::{Lang, Rewrite, Text};

/// The first line: what is played.
pub fn title(scenario: &Scenario) -> String {
    title_object(scenario).to_string()
}

/// The same, as an object.
pub fn title_object(scenario: &Scenario) -> Value {
    json!({
        "type": "scenario",
        "file": scenario.file,
        "title": { "en": scenario.title.en, "zh": scenario.title.zh },
        "seed": scenario.seed,
    })
}

/// One entry of the trace. `text` is tcpdump's line of that frame alone, with absolute sequence numbers.
pub fn entry(entry: &Entry, net: &Net, origins: &Origins, lang: Lang) -> String {
    let mut line = entry_object(entry, net, origins);
    if let Note::Output { text, .. } = &entry.what {
        line["text"] = lang.said(text).into();
    }
    line.to_string()
}

/// The same, as an object; what a host says in both languages stands in both.
pub fn entry_object(entry: &Entry, net: &Net, origins: &Origins) -> Value {
    let node = net.node(entry.node);
    let mut line = json!({
        "t_ns": entry.at.as_nanos(),
        "event": entry.seq.0,
        "node": &*node.name,
    });
    let printer = || Tcpdump::new(Options { absolute: true, ..Options::default() });
    let more = match &entry.what {
        Note::Frame { iface, dir, frame } => json!({
            "type": "frame",
            "iface": node.iface_name(*iface),
            "dir": direction(*dir),
            "frame": frame.id.0,
            "parent": frame.parent.map(|parent| parent.0),
            "bytes": hex(frame.bytes.bytes()),
            "text": printer().line(frame.bytes.bytes()),
        }),
        Note::Packet { iface, dir, bytes } => json!({
            "type": "packet",
            "iface": node.iface_name(*iface),
            "dir": direction(*dir),
            "bytes": hex(bytes.bytes()),
            "text": printer().packet_line(bytes.bytes()),
        }),
        Note::Why(reason) => {
            let names = Names { net, origins, node: entry.node, lang: Lang::En };
            json!({
                "type": "reason",
                "code": reason.code(),
                "detail": names.detail(reason),
                "values": values(&names, reason),
            })
        }
        Note::Injected { iface, frame, len } => json!({
            "type": "injected",
            "iface": node.iface_name(*iface),
            "frame": frame.0,
            "length": len,
        }),
        Note::Typed { job, text } => json!({ "type": "typed", "job": job.0, "text": text }),
        Note::Output { job, text } => json!({ "type": "output", "job": job.0, "text": text }),
        Note::Ended { job, status } => json!({ "type": "ended", "job": job.0, "status": status }),
        Note::Asked { job, port } => json!({ "type": "asked", "job": job.0, "port": port }),
        Note::Probed { job, port } => json!({ "type": "probed", "job": job.0, "port": port }),
        Note::Served { job, by, from } => {
            json!({ "type": "served", "job": job.0, "by": by, "from": from.to_string() })
        }
        Note::Rewrite(edit) => rewrite(edit),
    };
    if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
        line.extend(more);
    }
    line
}

/// What IPVS edits: a field that stays as it is is `null`, or `false`.
fn rewrite(edit: &Rewrite) -> Value {
    json!({
        "type": "rewrite",
        "ttl_falls": edit.age,
        "src": edit.src.map(|end| end.to_string()),
        "dst": edit.dst.map(|end| end.to_string()),
        "outer": edit.outer.map(|outer| json!({
            "src": outer.src.to_string(),
            "dst": outer.dst.to_string(),
            "id": outer.id,
        })),
        "quoted": edit.quoted.is_some(),
    })
}

/// The values of a reason by name: numbers as numbers, all else as text.
pub fn values(names: &Names<'_>, reason: &Reason) -> Value {
    let values = names.values(reason).into_iter().map(|(name, value)| {
        let value = match value {
            names::Value::Number(number) => json!(number),
            names::Value::EtherType(kind) => json!(kind.0),
            value => value.to_string().into(),
        };
        (name.to_owned(), value)
    });
    values.collect::<Map<_, _>>().into()
}

/// A step of the story.
pub fn story(number: usize, step: &Step) -> String {
    story_object(number, step).to_string()
}

/// The same, as an object.
pub fn story_object(number: usize, step: &Step) -> Value {
    let both = |text: &Text| json!({ "en": text.en, "zh": text.zh });
    let (kind, text, more) = match step {
        Step::Say(text) => ("say", Some(both(text)), Value::Null),
        Step::Do { on, .. } => ("do", None, json!({ "on": on })),
        Step::Wait(_) => ("wait", None, Value::Null),
        Step::Mark(label) => ("mark", None, json!({ "label": label })),
        Step::Expect(_) => ("expect", None, Value::Null),
        Step::Ask { question, options, answer, why } => {
            let options: Vec<Value> = options.iter().map(both).collect();
            let more =
                json!({ "options": options, "answer": answer, "why": why.as_ref().map(both) });
            ("ask", Some(both(question)), more)
        }
        Step::Cable { link, up, delay, loss, reorder, mtu } => {
            let more = json!({
                "link": link.to_string(),
                "up": up,
                "delay_ns": delay.and_then(nanos),
                "loss_millionths": loss.map(|loss| loss.0),
                "late_millionths": reorder.map(|late| late.share.0),
                "late_by_ns": reorder.and_then(|late| nanos(late.by)),
                "mtu": mtu,
            });
            ("cable", change::sentence(step).as_ref().map(both), more)
        }
        Step::Inject { from, bytes } => {
            let bytes: Vec<u8> = bytes.iter().flat_map(|row| &row.0).copied().collect();
            ("inject", None, json!({ "from": from.to_string(), "bytes": hex(&bytes) }))
        }
        Step::Power { on, up } => {
            ("power", change::sentence(step).as_ref().map(both), json!({ "on": on, "up": up }))
        }
    };
    let mut line = json!({ "type": "story", "step": number, "kind": kind, "text": text });
    if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
        line.extend(more);
    }
    line
}

fn nanos(time: Duration) -> Option<u64> {
    u64::try_from(time.as_nanos()).ok()
}

/// An expectation that did not hold.
pub fn failure(failure: &Failure, lang: Lang) -> String {
    let message = failure.message.of(lang);
    json!({ "type": "failure", "place": failure.place, "message": message }).to_string()
}

/// The last line: what has come of it; `not_reached` expectations were left when `--until` stopped it.
pub fn end(player: &Player, stopped: bool, not_reached: usize, lang: Lang) -> String {
    json!({
        "type": "end",
        "ok": player.failures().is_empty() && player.error().is_none(),
        "stopped": stopped,
        "not_reached": not_reached,
        "failures": player.failures().len(),
        "error": player.error().map(|error| error.text().of(lang).to_owned()),
        "events": player.world.events(),
        "t_ns": player.world.now().as_nanos(),
    })
    .to_string()
}

fn direction(dir: Dir) -> &'static str {
    match dir {
        Dir::In => "in",
        Dir::Out => "out",
    }
}

pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // A string takes any text.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
