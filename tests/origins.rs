//! Every verdict has its inputs, each with the place where it was set: its own field, or a note on
//! the way since the last verdict of the same event at the same node.

use std::collections::{BTreeMap, BTreeSet};

use lvs_engine::Field as EngineField;
use lvsim_tests::plays;
use lvsim_tests::plays::Play;
use sim_core::names::{Names, Value};
use sim_core::reason::{Field, Nature, Reason, all_natures};
use sim_core::text::Lang;
use sim_core::trace::{Entry, Note};

/// Verdicts for which somebody may have set nothing: the packet's own values decide.
const NOTHING_SET: &[(&str, &str)] = &[];

/// Whether a reason says where one of its inputs was set.
fn has_origin(reason: &Reason) -> bool {
    match reason {
        Reason::Read { .. } => true,
        Reason::Ipvs(reason) => {
            let mut found = false;
            reason.fields(&mut |_, field| found |= matches!(field, EngineField::Origin(_)));
            found
        }
        reason => reason.fields().iter().any(|(_, field)| matches!(field, Field::Origin(_))),
    }
}

/// A verdict and what was noted for it, itself included.
struct Row<'a> {
    entry: &'a Entry,
    notes: Vec<Reason>,
}

/// All verdicts of a play.
fn rows(play: &Play) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let (mut now, mut notes) = (None, BTreeMap::new());
    for entry in play.trace.entries() {
        let Note::Why(reason) = entry.what else { continue };
        if now != Some(entry.seq) {
            notes = BTreeMap::new();
            now = Some(entry.seq);
        }
        let row: &mut Vec<Reason> = notes.entry(entry.node).or_default();
        row.push(reason);
        if reason.nature() != Nature::Step {
            rows.push(Row { entry, notes: std::mem::take(row) });
        }
    }
    rows
}

#[test]
fn every_verdict_says_where_its_inputs_were_set() {
    let (mut with, mut without) = (BTreeSet::new(), BTreeMap::new());
    for play in plays::played() {
        for Row { entry, notes } in rows(play) {
            let verdict = notes.last().expect("a row ends with its verdict");
            if notes.iter().any(has_origin) {
                with.insert(verdict.code());
            } else {
                let place = || format!("{} at {} s", play.file.name, entry.at);
                without.entry(verdict.code()).or_insert_with(place);
            }
        }
    }
    let listed: BTreeSet<&str> = NOTHING_SET.iter().map(|(code, _)| *code).collect();
    assert_eq!(listed.len(), NOTHING_SET.len(), "each code is listed once");
    let missing: Vec<_> = without
        .iter()
        .filter(|(code, _)| !listed.contains(*code))
        .map(|(code, at)| format!("{code} {at} {}", with.contains(code)))
        .collect();
    let stale: Vec<_> = listed.iter().filter(|code| !without.contains_key(*code)).collect();
    assert!(missing.is_empty(), "no input says where it was set:\n{}", missing.join("\n"));
    assert!(stale.is_empty(), "these say everywhere where their inputs were set: {stale:?}");
}
