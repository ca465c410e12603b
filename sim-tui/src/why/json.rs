//! The answer as JSON lines. Field names are an interface, described in `book/json.schema.json`.

use serde_json::{Value, json};
use sim_core::Text;
use sim_core::counterfactual::Counterfactual;
use sim_core::explain::{self, Words};
use sim_core::names::Names;
use sim_core::trace::Note;
use sim_core::whatif::{Run, When};
use sim_core::why::{self, About, Input, Link, Request, Saw, Set, Told, Why};

use super::otherwise::Otherwise;
use crate::lang::Lang;
use crate::out::say;
use sim_tui::chain::words_of;

/// Prints an answer: what it is about, then each decision, and what would have turned it, if that
/// was searched.
pub fn print(run: &Run, why: &Why, turns: &[Option<Otherwise>], lang: Lang) {
    let mut lines = vec![head(run, why)];
    lines.extend(why.told.iter().enumerate().map(|(at, told)| {
        let mut line = decision(run, told, lang);
        if let Some(turn) = turns.get(at) {
            line["otherwise"] = turn.as_ref().map_or(Value::Null, |turn| otherwise(run, turn));
        }
        line
    }));
    for line in lines {
        if !say(&line.to_string()) {
            break;
        }
    }
}

fn head(run: &Run, why: &Why) -> Value {
    let scenario = run.player.scenario();
    let name = |node| run.player.world.net.node(node).name.to_string();
    let (about, frame, others, node, request, failed) = match &why.about {
        About::Frame { id, others } => ("frame", Some(id.0), *others, None, None, None),
        About::Node(node) => ("node", None, 0, Some(name(*node)), None, None),
        About::Request(request, failed) => {
            ("request", None, 0, Some(name(request.node)), Some(request), *failed)
        }
        About::Failure(at) => ("failure", None, 0, None, None, Some(*at)),
        About::LastAgainst => ("last", None, 0, None, None, None),
        About::Nothing => ("nothing", None, 0, None, None, None),
    };
    let told_by = why.saw.and_then(|saw| match saw {
        Saw::Frame(event) => why::frame_of(run, event).map(|frame| frame.id.0),
        Saw::Nothing => None,
    });
    json!({
        "type": "why",
        "file": scenario.file,
        "seed": scenario.seed,
        "about": about,
        "frame": frame,
        "others": others,
        "node": node,
        "request": request.map(|own| self::request(run, own)),
        "told_by": told_by,
        "failure": failed.map(|at| run.player.failures()[at].place.clone()),
    })
}

fn request(run: &Run, own: &Request) -> Value {
    let job = run.player.world.job(own.job);
    json!({
        "number": own.number,
        "t_ns": run.trace.events()[own.began].at.as_nanos(),
        "text": job.map(|job| job.text.clone()),
        "served": own.served,
        "status": own.status,
    })
}

fn decision(run: &Run, told: &Told, lang: Lang) -> Value {
    let decision = &told.decision;
    let world = &run.player.world;
    let node = |node| world.net.node(node).name.to_string();
    let names =
        Names { net: &world.net, origins: &world.origins, node: decision.node, lang: Lang::En };
    let inputs: Vec<Value> = Input::of(decision, &names)
        .iter()
        .map(|own| {
            json!({
                "what": own.what,
                "value": own.value,
                "set": own.origin.map(|origin| names.place(origin)),
            })
        })
        .collect();
    let entry = explain::entry(decision.code()).expect("every code is explained");
    let both = |words: Words| json!({ "en": words.en, "zh": words.zh });
    json!({
        "type": "decision",
        "t_ns": decision.at.as_nanos(),
        "event": decision.seq.0,
        "node": node(decision.node),
        "code": decision.code(),
        "title": both(entry.title),
        "rule": both(entry.why),
        "inputs": inputs,
        "times": told.times,
        "also": told.also.iter().map(|own| node(*own)).collect::<Vec<_>>(),
        "missing": told.is_missing,
        "set": told.set.iter().map(|own| set(run, own, lang)).collect::<Vec<_>>(),
        "led_by": told.led.iter().map(|own| set(run, own, lang)).collect::<Vec<_>>(),
        "chain": told.chain.iter().map(|own| link(run, own)).collect::<Vec<_>>(),
    })
}

/// What would have turned a decision, and what would not.
fn otherwise(run: &Run, turn: &Otherwise) -> Value {
    let story = &run.player.scenario().story;
    let change = |own: &Counterfactual| {
        let before = match own.when {
            When::Setup => None,
            When::Before(step) => story.get(step).map(|step| step.origin.line),
        };
        let Text { en, zh } = own.turned.text();
        json!({
            "changes": own.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "before_line": before,
            "then": { "en": en, "zh": zh },
        })
    };
    json!({
        "found": turn.found.as_ref().map(change),
        "pair": turn.pair.as_ref().map(change),
        "no_use": turn.no_use.iter().map(change).collect::<Vec<_>>(),
        "tried": turn.tried,
    })
}

/// Something that a person set: where, on which host, and how it is written.
fn set(run: &Run, own: &Set, lang: Lang) -> Value {
    let (node, text) = words_of(run, own, lang);
    json!({ "place": own.place(run), "node": node, "text": text })
}

fn link(run: &Run, link: &Link) -> Value {
    let world = &run.player.world;
    let entries = run.trace.entries();
    let happened = run.trace.events()[link.event];
    let frame = link.frame.and_then(|at| match &entries[at].what {
        Note::Frame { frame, .. } => Some(frame),
        _ => None,
    });
    let typed = why::typed(run, link.event).and_then(|job| world.job(job));
    let verdicts: Vec<Value> = link
        .verdicts
        .iter()
        .filter_map(|at| match &entries[*at].what {
            Note::Why(reason) => {
                let (node, lang) = (entries[*at].node, Lang::En);
                let names = Names { net: &world.net, origins: &world.origins, node, lang };
                Some(json!({ "code": reason.code(), "detail": names.detail(reason) }))
            }
            _ => None,
        })
        .collect();
    json!({
        "t_ns": happened.at.as_nanos(),
        "event": happened.seq.0,
        "node": world.net.node(link.node).name.to_string(),
        "frame": frame.map(|frame| frame.id.0),
        "text": frame.map(why::line).or(typed.map(|job| job.text.clone())),
        "verdicts": verdicts,
        "left_out": link.left_out,
    })
}
