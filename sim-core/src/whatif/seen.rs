//! An event of a run in words: what happened to whom, and what was decided from a place on.

use lvs_engine::Instant;

use super::compare::Run;
use crate::event::{IfaceId, NodeId};
use crate::names::Names;
use crate::reason::Reason;
use crate::tcpdump::{Options, Tcpdump};
use crate::text;
use crate::text::Lang;
use crate::trace::{Dir, Entry, How, Note};

/// An event of a run in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: Instant,
    /// To whom it happened.
    pub node: String,
    /// The interface at which a frame came, or whose cable changed.
    pub iface: Option<String>,
    /// What happened: the frame as tcpdump prints it, the command, or that a timer fired.
    pub what: String,
    /// What it led to, from the first difference on.
    pub then: Vec<Then>,
}

/// What an event led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// A decision.
    Decided {
        /// The reason's code.
        code: &'static str,
        /// Its values.
        detail: String,
        /// What it has read: `net.ipv4.ip_forward=1 (kernel default)`.
        inputs: Vec<String>,
    },
    /// A frame or a packet on an interface.
    Passed {
        /// The interface.
        iface: String,
        /// Which way.
        dir: Dir,
        /// As tcpdump prints it.
        text: String,
    },
    /// A command's output, or how it ended.
    Said(String),
}

/// The most that is told of one event.
const MOST: usize = 6;

impl Run {
    /// An event in words; what it led to is told from an entry on, or not at all.
    pub fn seen(&self, event: usize, from: Option<usize>, lang: Lang) -> Seen {
        let (trace, net) = (&self.trace, &self.player.world.net);
        let happened = &trace.events()[event];
        let end = trace.events().get(event + 1).map_or(trace.len(), |next| next.first);
        let entries = &trace.entries()[happened.first..end];
        let node = net.node(happened.node);
        let (iface, what) = match happened.how {
            How::Came(iface) | How::Carrier(iface) => {
                (Some(node.iface_name(iface)), self.came(entries, happened.node, iface, lang))
            }
            How::Woke => (None, text!("a timer fires", "定时器到时").of(lang).to_owned()),
            How::Typed(job) | How::Interrupted(job) => {
                let text = self.player.world.job(job).map_or("", |job| job.text.as_str());
                let sign = if matches!(happened.how, How::Typed(_)) { "$" } else { "^C" };
                (None, format!("{sign} {text}"))
            }
        };
        let mut then = Vec::new();
        let from = from.unwrap_or(end).max(happened.first) - happened.first;
        let mut inputs = Vec::new();
        for (at, entry) in entries.iter().enumerate().filter(|(_, own)| own.seq == happened.seq) {
            let names = self.names(entry.node, lang);
            match &entry.what {
                Note::Why(reason) if is_input(reason) => inputs.push(names.detail(reason)),
                _ if at < from => inputs.clear(),
                what => then.extend(self.then(entry.node, what, std::mem::take(&mut inputs), lang)),
            }
        }
        then.truncate(MOST);
        Seen { at: happened.at, node: node.name.to_string(), iface, what, then }
    }

    fn names(&self, node: NodeId, lang: Lang) -> Names<'_> {
        let world = &self.player.world;
        Names { net: &world.net, origins: &world.origins, node, lang }
    }

    /// The frame that an event was, or what happened to the cable.
    fn came(&self, entries: &[Entry], node: NodeId, iface: IfaceId, lang: Lang) -> String {
        let frame = entries.iter().find_map(|entry| match &entry.what {
            Note::Frame { iface: own, dir: Dir::In, frame }
                if (entry.node, *own) == (node, iface) =>
            {
                Some(line(frame.bytes.bytes()))
            }
            _ => None,
        });
        // A frame that its cable has lost is seen at its sender only.
        let lost = || {
            entries.iter().find_map(|entry| match &entry.what {
                Note::Frame { frame, .. } => Some(line(frame.bytes.bytes())),
                _ => None,
            })
        };
        let changed = || text!("the cable is put in or pulled out", "网线插上或拔出");
        frame.or_else(lost).unwrap_or_else(|| changed().of(lang).to_owned())
    }

    fn then(&self, node: NodeId, what: &Note, inputs: Vec<String>, lang: Lang) -> Option<Then> {
        let iface = |iface: &IfaceId| self.player.world.net.node(node).iface_name(*iface);
        let said = |text: &str| Then::Said(lang.said(text).trim_end().to_owned());
        Some(match what {
            Note::Why(reason) => {
                let detail = self.names(node, lang).detail(reason);
                Then::Decided { code: reason.code(), detail, inputs }
            }
            Note::Frame { iface: at, dir, frame } => {
                Then::Passed { iface: iface(at), dir: *dir, text: line(frame.bytes.bytes()) }
            }
            Note::Packet { iface: at, dir, bytes } => {
                let text = Tcpdump::new(OPTIONS).packet_line(bytes.bytes());
                Then::Passed { iface: iface(at), dir: *dir, text }
            }
            Note::Output { text, .. } => said(text),
            Note::Ended { status, .. } => {
                said(text!("(exit status {status})", "（退出状态 {status}）").of(lang))
            }
            Note::Served { by, .. } => said(text!("served by {by}", "服务者 {by}").of(lang)),
            Note::Injected { .. }
            | Note::Typed { .. }
            | Note::Asked { .. }
            | Note::Probed { .. }
            | Note::Rewrite(_) => return None,
        })
    }
}

/// A single frame has no frames before it from which its numbers could count.
const OPTIONS: Options = Options { ether: false, verbose: 0, absolute: true };

fn line(bytes: &[u8]) -> String {
    Tcpdump::new(OPTIONS).only_line(bytes)
}

/// Whether a reason only says what the next one has read.
pub(super) const fn is_input(reason: &Reason) -> bool {
    matches!(reason, Reason::Read { .. } | Reason::Ipvs(lvs_engine::Reason::Read { .. }))
}
