//! The trace as JSON lines: one object an entry. Field names are an interface.

use std::fmt::Write;

use serde_json::{Value, json};
use sim_core::Lang;
use sim_core::names::Names;
use sim_core::net::Net;
use sim_core::origin::Origins;
use sim_core::scenario::{Scenario, Step};
use sim_core::story::{Failure, Player};
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::trace::{Dir, Entry, Note};

/// The first line: what is played.
pub fn title(scenario: &Scenario) -> String {
    json!({
        "type": "scenario",
        "file": scenario.file,
        "title": { "en": scenario.title.en, "zh": scenario.title.zh },
        "seed": scenario.seed,
    })
    .to_string()
}

/// One entry of the trace. `text` is tcpdump's line of that frame alone, with absolute sequence numbers.
pub fn entry(entry: &Entry, net: &Net, origins: &Origins) -> String {
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
        Note::Why(reason) => json!({
            "type": "reason",
            "code": reason.code(),
            "detail": Names { net, origins, node: entry.node, lang: Lang::En }.detail(reason),
        }),
        Note::Typed { job, text } => json!({ "type": "typed", "job": job.0, "text": text }),
        Note::Output { job, text } => json!({ "type": "output", "job": job.0, "text": text }),
        Note::Ended { job, status } => json!({ "type": "ended", "job": job.0, "status": status }),
        Note::Asked { job, port } => json!({ "type": "asked", "job": job.0, "port": port }),
        Note::Served { job, by, from } => {
            json!({ "type": "served", "job": job.0, "by": by, "from": from.to_string() })
        }
        Note::Rewrite(rewrite) => json!({ "type": "rewrite", "edit": format!("{rewrite:?}") }),
    };
    if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
        line.extend(more);
    }
    line.to_string()
}

/// A step of the story.
pub fn story(number: usize, step: &Step) -> String {
    let (kind, text) = match step {
        Step::Say(text) => ("say", Some(text)),
        Step::Do { .. } => ("do", None),
        Step::Wait(_) => ("wait", None),
        Step::Mark(_) => ("mark", None),
        Step::Expect(_) => ("expect", None),
        Step::Ask { question, .. } => ("ask", Some(question)),
        Step::Cable { .. } => ("cable", None),
        Step::Power { .. } => ("power", None),
    };
    let text = text.map(|text| json!({ "en": text.en, "zh": text.zh }));
    json!({ "type": "story", "step": number, "kind": kind, "text": text }).to_string()
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

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // A string takes any text.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
