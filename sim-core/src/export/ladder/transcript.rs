//! A ladder as plain text: what a page says to who has no scripts.

use std::fmt::Write;

use super::notes::{self, Known};
use super::svg::said;
use super::{Edit, Ladder, RowKind};
use crate::text::Lang;

/// The ladder as lines of text.
pub fn print(ladder: &Ladder<'_>, lang: Lang) -> String {
    let (mut out, mut known) = (String::new(), Known::new());
    let player = &ladder.played.player;
    for (row, more, _) in ladder.folded() {
        // A string takes any text.
        match &row.kind {
            RowKind::Story(place) => {
                let told = &ladder.played.steps[*place];
                for line in said(&player.scenario().story[told.step].value, lang) {
                    let _ = writeln!(out, "-- {line}");
                }
                for failure in &player.failures()[told.failures.clone()] {
                    let _ = writeln!(
                        out,
                        "{} {}",
                        lang.pick("FAILED", "不成立"),
                        failure.text().of(lang)
                    );
                }
            }
            RowKind::Typed { text, .. } => {
                let entry = ladder.entries(row).next();
                let node = entry.map_or("", |entry| &player.world.net.node(entry.node).name);
                let _ = writeln!(out, "{} {node}$ {text}", row.at);
            }
            RowKind::Pass(pass) => {
                let name = |lane: usize| ladder.lanes[lane].name.as_str();
                let to: Vec<&str> =
                    pass.to.iter().filter(|to| to.taken).map(|to| name(to.lane)).collect();
                let to = if to.is_empty() { "✕".to_owned() } else { to.join(", ") };
                let from = pass.from.map_or("", name);
                let _ = writeln!(out, "{} {from} → {to}: {}", row.at, pass.line);
                if !pass.edits.is_empty() {
                    let edits: Vec<String> = pass.edits.iter().map(Edit::text).collect();
                    let _ = writeln!(out, "    ~ {}", edits.join(", "));
                }
                if more > 0 {
                    let _ = writeln!(out, "    × {}", more + 1);
                }
            }
            RowKind::Quiet { .. } => {}
        }
        for note in notes::notes(ladder, row, &mut known, lang) {
            for line in note.text.lines() {
                let _ = writeln!(out, "    {} {}: {line}", note.sign.mark(), note.node);
            }
        }
    }
    out
}
