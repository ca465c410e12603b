//! What is written beside a row: decisions that are worth it, outputs, who was served.

use std::collections::BTreeSet;

use super::{Ladder, Row};
use crate::event::NodeId;
use crate::explain;
use crate::names::{Names, Value};
use crate::reason::Reason;
use crate::text::Lang;
use crate::trace;
use crate::worth;

/// What kind of note it is; its sign stands before it, whatever its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A decision.
    Decided,
    /// Something was dropped.
    Dropped,
    /// A command said something.
    Said,
    /// A client was served.
    Served,
}

impl Sign {
    /// The sign itself.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Decided => "•",
            Self::Dropped => "✕",
            Self::Said => "|",
            Self::Served => "*",
        }
    }
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its kind.
    pub sign: Sign,
    /// The node that it is about.
    pub node: String,
    /// The words.
    pub text: String,
}

/// Told here although a walkthrough passes it over: it is what the picture is about.
const SHOWN: &[&str] = &[PICKED, "ipvs.dr.direct"];

/// Told each time: with a new connection.
const PICKED: &str = "ipvs.sched.picked";

/// Decisions that were told of a node already: what is everyday is told once.
pub(super) type Known = BTreeSet<(NodeId, &'static str)>;

/// The notes of a row, in order.
pub(super) fn notes(ladder: &Ladder<'_>, row: &Row, known: &mut Known, lang: Lang) -> Vec<Note> {
    let net = &ladder.played.player.world.net;
    let mut notes: Vec<Note> = Vec::new();
    for entry in ladder.entries(row) {
        let node = net.node(entry.node).name.to_string();
        let note = match &entry.what {
            trace::Note::Why(reason) => {
                let is_new = is_news(reason.code()) || known.insert((entry.node, reason.code()));
                if !is_shown(ladder, row, entry, reason) || !is_new {
                    continue;
                }
                let sign = if is_drop(reason.code()) { Sign::Dropped } else { Sign::Decided };
                let text = told(ladder, entry.node, reason, lang);
                Note { sign, node, text }
            }
            trace::Note::Output { text, .. } => {
                let text = lang.said(text).trim_end().to_owned();
                Note { sign: Sign::Said, node, text }
            }
            trace::Note::Served { by, .. } => {
                let text = format!("{} {by}", lang.pick("served by", "得到应答，来自"));
                Note { sign: Sign::Served, node, text }
            }
            trace::Note::Ended { status, .. } if *status != 0 => {
                let text = format!("({} {status})", lang.pick("exit status", "退出状态"));
                Note { sign: Sign::Said, node, text }
            }
            trace::Note::Injected { len, .. } => {
                let made = lang.pick("a frame made by hand, bytes:", "手工构造的帧，字节数：");
                Note { sign: Sign::Decided, node, text: format!("{made} {len}") }
            }
            _ => continue,
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// What is decided in a row, in codes, and whatever else is said.
pub(super) fn codes(ladder: &Ladder<'_>, row: &Row) -> Vec<(NodeId, &'static str)> {
    let of = |entry: &trace::Entry| match &entry.what {
        trace::Note::Why(reason) if is_shown(ladder, row, entry, reason) => {
            Some((entry.node, reason.code()))
        }
        trace::Note::Output { .. } => Some((entry.node, "output")),
        trace::Note::Served { .. } => Some((entry.node, "served")),
        _ => None,
    };
    ladder.entries(row).filter_map(of).collect()
}

fn is_shown(ladder: &Ladder<'_>, row: &Row, entry: &trace::Entry, reason: &Reason) -> bool {
    let code = reason.code();
    // Who answers an ARP request learns the asker's address on the way: that is no news.
    let answers = |other: &trace::Entry| {
        other.seq == entry.seq
            && matches!(other.what, trace::Note::Why(reason) if reason.code().starts_with("arp.reply."))
    };
    let is_by_the_way = code == "neigh.learned" && ladder.entries(row).any(answers);
    let is_told = worth::is_told(code) || SHOWN.contains(&code);
    is_told && !is_by_the_way && code != "ipvs.accept.not-syn"
}

/// Whether it is told each time, and not once for each host.
fn is_news(code: &str) -> bool {
    worth::is_news(code) || code == PICKED
}

fn is_drop(code: &str) -> bool {
    code.split('.').any(|part| part == "drop" || part == "refused" || part == "silent")
        || code == "tcp.reset"
}

/// A decision in words: its title, the values that help, its code.
fn told(ladder: &Ladder<'_>, node: NodeId, reason: &Reason, lang: Lang) -> String {
    let world = &ladder.played.player.world;
    let code = reason.code();
    let title =
        explain::entry(code).map_or(code, |entry| lang.pick(entry.title.en, entry.title.zh));
    let names = Names { net: &world.net, origins: &world.origins, node, lang };
    let values: Vec<String> = names
        .values(reason)
        .into_iter()
        .filter(|(_, value)| !matches!(value, Value::Place(_)))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let colon = lang.pick(": ", "：");
    match values.is_empty() {
        true => format!("{title} [{code}]"),
        false => format!("{title}{colon}{} [{code}]", values.join(", ")),
    }
}
