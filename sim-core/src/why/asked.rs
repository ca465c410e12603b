//! What is asked about: a frame by its number, its time or its words; a node; the last failure.

use crate::command::suggest::nearest;
use crate::event::{IfaceId, NodeId};
use crate::frame::FrameId;
use crate::scenario::End;
use crate::story::{Seen, Watcher, Words};
use crate::text;
use crate::text::Text;
use crate::trace::Note;
use crate::whatif::Run;

/// The word for whatever failed last.
pub const LAST_FAILURE: &str = "last-failure";

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A frame.
    Frame {
        /// Its number.
        id: FrameId,
        /// How many other frames the words describe as well.
        others: usize,
    },
    /// A node.
    Node(NodeId),
    /// Whatever failed last.
    LastFailure,
}

impl Asked {
    /// Reads what is asked about in this run: `last-failure`, a node's name, a frame's number, the
    /// time at which one passed (`0.103000`, as `lvsim run` prints it), or words that describe it,
    /// as an expectation's.
    ///
    /// # Errors
    /// Why there is no such thing, and what there is.
    pub fn parse(text: &str, run: &Run) -> Result<Self, Text> {
        let text = text.trim();
        if text == LAST_FAILURE {
            return Ok(Self::LastFailure);
        }
        if let Some(node) = run.player.world.net.node_by_name(text) {
            return Ok(Self::Node(node));
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return numbered(text, run);
        }
        if let Some(nanos) = time(text) {
            return timed(text, nanos, run);
        }
        described(text, run)
    }
}

/// The numbers of the frames of a run, in the order in which they were first seen, with the places
/// of these entries.
fn frames(run: &Run) -> impl Iterator<Item = (usize, FrameId)> {
    let mut last = None;
    run.trace.entries().iter().enumerate().filter_map(move |(at, entry)| match &entry.what {
        Note::Frame { frame, .. } if last != Some(frame.id) => {
            last = Some(frame.id);
            Some((at, frame.id))
        }
        _ => None,
    })
}

fn numbered(text: &str, run: &Run) -> Result<Asked, Text> {
    let number = text.parse().ok().map(FrameId);
    if let Some(id) = number.filter(|id| frames(run).any(|(_, own)| own == *id)) {
        return Ok(Asked::Frame { id, others: 0 });
    }
    let (first, last) = (frames(run).map(|(_, id)| id).min(), frames(run).map(|(_, id)| id).max());
    Err(match (first, last) {
        (Some(FrameId(first)), Some(FrameId(last))) => {
            text!(
                "no frame {text}; the run has {first} to {last}",
                "没有帧 {text}；此次运行有 {first} 到 {last}"
            )
        }
        _ => text!(
            "no frame {text}; no frame was sent in this run",
            "没有帧 {text}；此次运行没有发出任何帧"
        ),
    })
}

/// A time in seconds, as it is printed, or as scenarios write it.
fn time(text: &str) -> Option<u64> {
    if let Some((whole, part)) = text.strip_suffix('s').unwrap_or(text).split_once('.') {
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 9 {
            return None;
        }
        let part: u64 = format!("{part:0<9}").parse().ok()?;
        return whole.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(part);
    }
    text.starts_with(|first: char| first.is_ascii_digit()).then_some(())?;
    let time = crate::scenario::parse_duration(text).ok()?;
    u64::try_from(time.as_nanos()).ok()
}

/// The first frame that passed at a time: times are printed, and asked for, in microseconds.
fn timed(text: &str, nanos: u64, run: &Run) -> Result<Asked, Text> {
    let at = |entry: usize| run.trace.entries()[entry].at;
    let is_then = |entry: usize| at(entry).as_nanos() / 1_000 == nanos / 1_000;
    let mut then: Vec<FrameId> =
        frames(run).filter(|(entry, _)| is_then(*entry)).map(|(_, id)| id).collect();
    let first = then.first().copied();
    then.sort_unstable();
    then.dedup();
    if let Some(id) = first {
        return Ok(Asked::Frame { id, others: then.len() - 1 });
    }
    let next = frames(run).find(|(entry, _)| at(*entry).as_nanos() > nanos);
    Err(match next {
        Some((entry, FrameId(id))) => {
            let at = at(entry);
            text!(
                "no frame passed at {text}; the next one is {id}, at {at}",
                "{text} 时没有帧经过；其后第一个是 {id}，在 {at}"
            )
        }
        None => text!("no frame passed at {text} or later", "{text} 及以后都没有帧经过"),
    })
}

/// The first frame that is as described.
fn described(text: &str, run: &Run) -> Result<Asked, Text> {
    let Text { en, zh } = nodes(text, run);
    if let Err(error) = Words::parse(text) {
        // A single word that begins a filter is no description.
        let (why, help) = (error.message, error.help);
        let (why_en, why_zh) =
            (format!("{}; {}", why.en, help.en), format!("{}；{}", why.zh, help.zh));
        return Err(text!(
            "`{text}` describes no frame: {why_en}; {en}",
            "`{text}` 没有描述任何帧：{why_zh}；{zh}"
        ));
    }
    let mut found = found(text, run, |_, _| true);
    let first = found.first().copied();
    found.sort_unstable();
    found.dedup();
    match first {
        Some(id) => Ok(Asked::Frame { id, others: found.len() - 1 }),
        None => Err(text!(
            "`{text}`: no node has this name and no frame is so; {en}",
            "`{text}`：没有这个名字的节点，也没有这样的帧；{zh}"
        )),
    }
}

/// The frames that are as described and passed such an interface, in the order in which they did.
fn found(words: &str, run: &Run, is_there: impl Fn(NodeId, IfaceId) -> bool) -> Vec<FrameId> {
    let mut watcher = Watcher::new(words);
    let mut found: Vec<FrameId> = Vec::new();
    for entry in run.trace.entries().iter().filter(|_| !words.is_empty()) {
        let Note::Frame { iface, frame, .. } = &entry.what else { continue };
        let seen = Seen { bytes: frame.bytes.bytes(), is_packet: false };
        let fits = watcher.fits((entry.node, *iface), seen);
        if watcher.is_all(fits) && is_there(entry.node, *iface) {
            found.push(frame.id);
        }
    }
    found
}

/// What there is to ask about.
fn nodes(text: &str, run: &Run) -> Text {
    let net = &run.player.world.net;
    let names: Vec<&str> = net.node_ids().map(|node| &*net.node(node).name).collect();
    let mut words = names.clone();
    words.push(LAST_FAILURE);
    let known = names.join(" ");
    match nearest(text, &words) {
        Some(meant) => {
            text!("did you mean {meant}? nodes: {known}", "是不是想写 {meant}？节点：{known}")
        }
        None => text!(
            "ask for {LAST_FAILURE}, a frame's number, time or words, or a node: {known}",
            "可以问 {LAST_FAILURE}、帧的编号、时间或描述，或节点：{known}"
        ),
    }
}

/// The first frame that is as described; of those that an interface saw, if one is given.
pub(super) fn first_frame(run: &Run, words: &str, on: Option<&End>) -> Option<FrameId> {
    let net = &run.player.world.net;
    let is_there = |node: NodeId, iface: IfaceId| {
        on.is_none_or(|end| {
            *net.node(node).name == *end.node && net.node(node).iface_name(iface) == end.iface
        })
    };
    found(words, run, is_there).first().copied()
}
