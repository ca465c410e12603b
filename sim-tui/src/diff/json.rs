//! The same as JSON lines. Field names are an interface, described in `book/json.schema.json`.

use serde_json::{Value, json};
use sim_core::trace::Dir;
use sim_core::whatif::{Comparison, Difference, Divergence, Run, Seen, Then};

use super::Asked;
use crate::lang::Lang;
use crate::out::say;

/// Prints all that there is to say.
pub fn print(asked: &Asked<'_>, runs: [&Run; 2], found: &Comparison, lang: Lang) {
    let mut lines = vec![json!({
        "type": "diff",
        "a": asked.names[0],
        "b": asked.names[1],
        "with": asked.with,
        "seed": asked.seed,
    })];
    let typed = found.typed.iter().map(|own| divergence("typed_once", own, runs, lang));
    lines.extend(typed);
    lines.extend(found.divergences.iter().map(|own| divergence("divergence", own, runs, lang)));
    lines.extend(found.rows.iter().map(|row| {
        json!({
            "type": "row",
            "node": row.node,
            "table": row.table,
            "a": row.rows[0],
            "b": row.rows[1],
        })
    }));
    lines.push(json!({
        "type": "compared",
        "same": found.is_same(),
        "divergences": found.divergences.len(),
        "events": found.count(),
        "rows": found.rows.len(),
        "a": outcome(runs[0]),
        "b": outcome(runs[1]),
    }));
    for line in lines {
        if !say(&line.to_string()) {
            break;
        }
    }
}

fn divergence(kind: &str, own: &Divergence, runs: [&Run; 2], lang: Lang) -> Value {
    let seen = |side: usize| {
        let event = own.events[side]?;
        let seq = runs[side].trace.events()[event].seq.0;
        Some(self::seen(&runs[side].seen(event, own.entries[side], lang), seq))
    };
    let difference = match own.difference {
        Difference::Missing => "missing",
        Difference::Frame => "frame",
        Difference::Decision => "decision",
        Difference::Input => "input",
        Difference::Said => "said",
    };
    json!({
        "type": kind,
        "difference": difference,
        "a": seen(0),
        "b": seen(1),
        "followed": own.followed,
        "alike": own.alike,
    })
}

fn seen(seen: &Seen, event: u64) -> Value {
    let then: Vec<Value> = seen
        .then
        .iter()
        .map(|then| match then {
            Then::Decided { code, detail, inputs } => {
                json!({ "code": code, "detail": detail, "inputs": inputs })
            }
            Then::Passed { iface, dir, text } => {
                let dir = if *dir == Dir::In { "in" } else { "out" };
                json!({ "iface": iface, "dir": dir, "text": text })
            }
            Then::Said(text) => json!({ "said": text }),
        })
        .collect();
    json!({
        "t_ns": seen.at.as_nanos(),
        "event": event,
        "node": seen.node,
        "iface": seen.iface,
        "what": seen.what,
        "then": then,
    })
}

fn outcome(run: &Run) -> Value {
    json!({
        "served": run.served(),
        "frames": run.frames(),
        "failures": run.player.failures().len(),
        "error": run.player.error().map(ToString::to_string),
    })
}
