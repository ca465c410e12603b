//! The same as JSON lines. Field names are an interface, described in `book/json.schema.json`.

use serde_json::json;
use sim_core::diagnose::{Case, Cause, Diagnosis};

use crate::lang::Lang;
use sim_tui::diagnosis::cause;

/// All that there is to say, in one line.
pub fn line(case: &Case, found: &Diagnosis, lang: Lang) -> String {
    let file = &case.scenario().file;
    let net = &found.broken.player.world.net;
    let symptoms = found.judged.texts(&found.goal, &found.broken);
    let evidence = found.clues.iter().map(|clue| {
        json!({
            "t_ns": found.broken.trace.entries()[clue.entry].at.as_nanos(),
            "node": *net.node(clue.node).name,
            "frame": clue.frame.map(|frame| frame.0),
            "code": clue.reason.code(),
        })
    });
    let cure = found.cure.as_ref().map(|cure| {
        let causes = cure.causes.iter().map(|own| {
            let place = match own {
                Cause::Line { origin, .. } => Some(format!("{file}:{origin}")),
                _ => None,
            };
            json!({ "place": place, "text": cause(own, file).of(lang) })
        });
        json!({
            "steps": cure.changes().map(ToString::to_string).collect::<Vec<_>>(),
            "again": cure.again.iter().map(|(host, line)| format!("{host}: {line}")).collect::<Vec<_>>(),
            "causes": causes.collect::<Vec<_>>(),
            "served": cure.judged.served,
        })
    });
    let line = json!({
        "type": "diagnosis",
        "file": file,
        "healthy": found.is_healthy(),
        "past_director": found.judged.is_past_director(),
        "symptoms": symptoms.iter().map(|text| text.of(lang)).collect::<Vec<_>>(),
        "evidence": evidence.collect::<Vec<_>>(),
        "cure": cure,
        "changes": found.universe,
        "runs": found.runs,
        "exhausted": found.is_exhausted,
    });
    line.to_string()
}
