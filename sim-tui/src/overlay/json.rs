//! The same as one JSON line. Field names are an interface, described in `book/json.schema.json`.

use serde_json::{Value, json};
use sim_core::overlay::{Candidate, Kind, line};

use super::Told;
use crate::lang::Lang;
use crate::out::say;

/// Prints all that there is to say.
pub fn print(told: &Told<'_>, lang: Lang) {
    let Told { file, at, laid, searched } = told;
    let first = laid.first();
    let world = &laid.run.player.world;
    let decided: Vec<Value> = laid
        .decided()
        .iter()
        .map(|own| json!({ "node": *world.net.node(own.node).name, "code": own.code() }))
        .collect();
    let end = laid.capture.frames.last().map_or(0, |last| last.number + 1);
    let before = first.as_ref().and_then(|own| own.real).map_or(end, |real| real.number);
    let difference = first.as_ref().map(|own| {
        let fields: Vec<Value> = own
            .fields
            .iter()
            .map(|field| json!({ "name": field.name, "simulated": field.simulated, "real": field.real }))
            .collect();
        json!({
            "kind": kind(own.kind),
            "number": own.real.map(|real| real.number),
            "simulated": own.simulated.map(|own| line(&own.bytes, true)),
            "real": own.real.map(|real| line(&real.bytes, real.has_macs)),
            "fields": fields,
            "decided": decided,
        })
    });
    let candidate = |own: &Candidate| {
        json!({
            "change": own.what.text().of(lang),
            "line": own.what.line(laid.run.player.scenario()).filter(|line| *line > 0),
            "fits_to": own.frame,
            "text": own.told(laid, before).of(lang),
        })
    };
    let value = json!({
        "type": "overlay",
        "file": laid.run.player.scenario().file,
        "at": at,
        "capture": file,
        "fits": laid.fits(),
        "simulated": laid.simulated.len(),
        "frames": laid.capture.frames.len(),
        "conversations": laid.pairs(),
        "differences": laid.differences(),
        "first": difference,
        "likely": searched.found.iter().map(candidate).collect::<Vec<_>>(),
        "tried": searched.tried,
        "notes": laid.notes().iter().map(|note| note.of(lang)).collect::<Vec<_>>(),
    });
    say(&value.to_string());
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Changed => "changed",
        Kind::Missing => "missing",
        Kind::Extra => "extra",
        Kind::Order => "order",
        Kind::Ended => "ended",
    }
}
