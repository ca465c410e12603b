//! What was seen, in one line: when, where, and the frame or the decision itself.
//!
//! An expectation that does not hold names the frame at which it went wrong. All entries of one event stand together in the
//! trace: the frame that came, then what was decided about it.

use std::net::Ipv4Addr;

use super::Player;
use super::words::Seen;
use crate::event::{IfaceId, NodeId};
use crate::names::Names;
use crate::tcpdump::fields::Ipv4;
use crate::tcpdump::{Options, Tcpdump};
use crate::text::{Lang, Text};
use crate::trace::{Dir, Entry, Note, Trace};

/// An address and a port.
pub(super) type End = (Ipv4Addr, u16);

impl Player {
    /// An entry of the trace as `lvsim run` prints it, without columns.
    pub(super) fn sight(&self, entry: &Entry) -> Text {
        Text { en: self.sight_in(entry, Lang::En), zh: self.sight_in(entry, Lang::Zh) }
    }

    fn sight_in(&self, entry: &Entry, lang: Lang) -> String {
        let net = &self.world.net;
        let node = net.node(entry.node);
        let head = format!("{} {}", entry.at, node.name);
        let mut tcpdump = Tcpdump::new(Options { absolute: true, ..Options::default() });
        let passed = |iface: IfaceId, dir: Dir, line: &str| {
            let arrow = if dir == Dir::In { '<' } else { '>' };
            format!("{head} {} {arrow} {}", node.iface_name(iface), without_options(line))
        };
        match &entry.what {
            Note::Frame { iface, dir, frame } => {
                passed(*iface, *dir, &tcpdump.only_line(frame.bytes.bytes()))
            }
            Note::Packet { iface, dir, bytes } => {
                passed(*iface, *dir, &tcpdump.packet_line(bytes.bytes()))
            }
            Note::Why(reason) => {
                let names = Names { net, origins: &self.world.origins, node: entry.node, lang };
                format!("{head} {} {}", reason.code(), names.detail(reason)).trim_end().into()
            }
            Note::Typed { text, .. } => format!("{head} $ {text}"),
            Note::Asked { port, .. } => format!("{head}, port {port}"),
            Note::Injected { iface, len, .. } => {
                let words = match lang {
                    Lang::En => format!("a frame made by hand, {len} bytes"),
                    Lang::Zh => format!("手工构造的帧，{len} 字节"),
                };
                format!("{head} {} > {words}", node.iface_name(*iface))
            }
            _ => head,
        }
    }

    /// Adds the last frame that came to a node since then, or left it if none came, and what was decided about it.
    pub(super) fn add_last(&self, said: &mut Text, node: NodeId, since: usize, trace: &Trace) {
        let entries = &trace.entries()[since..];
        let last = |fits: fn(&Entry) -> bool| {
            entries.iter().rposition(|entry| entry.node == node && fits(entry))
        };
        let passed = |entry: &Entry| matches!(entry.what, Note::Frame { .. });
        let Some(at) = last(is_arrival).or_else(|| last(passed)) else {
            return add(said, ("no frame came there", "没有帧到达那里"), &Text::default());
        };
        add(said, ("the last frame there", "那里最后一个帧"), &self.sight(&entries[at]));
        self.add_about(said, entries, at);
    }

    /// Adds what was decided about a frame: where it came, or where what it was made of had come.
    pub(super) fn add_about(&self, said: &mut Text, entries: &[Entry], at: usize) {
        let node = entries[at].node;
        let Note::Frame { dir: Dir::Out, frame, .. } = &entries[at].what else {
            return self.add_decided(said, entries, at, Some(node));
        };
        let is_parent = |entry: &Entry| match &entry.what {
            Note::Frame { dir: Dir::In, frame: own, .. } => {
                entry.node == node && (Some(own.id) == frame.parent || own.id == frame.id)
            }
            _ => false,
        };
        match entries[..at].iter().rposition(is_parent) {
            Some(parent) => self.add_decided(said, entries, parent, Some(node)),
            None => self.add_decided(said, entries, at, None),
        }
    }

    /// Adds what was decided during the event in which this entry was noted, by this node if one is given: the codes in order.
    pub(super) fn add_decided(
        &self,
        said: &mut Text,
        entries: &[Entry],
        at: usize,
        node: Option<NodeId>,
    ) {
        let event = entries[at..].iter().take_while(|entry| entry.seq == entries[at].seq);
        let mut decided = String::new();
        for entry in event.filter(|entry| node.is_none_or(|node| node == entry.node)) {
            let Note::Why(reason) = &entry.what else { continue };
            if decided.is_empty() {
                decided = format!("{} {}", entry.at, self.name(entry.node));
            }
            if !matches!(reason.code(), "read" | "ipvs.read") {
                decided = format!("{decided} {}", reason.code());
            }
        }
        if !decided.is_empty() {
            add(said, ("decided", "判定"), &Text::same(decided));
        }
    }
}

/// A line about a segment without its options: they rarely matter, and they are long.
fn without_options(line: &str) -> String {
    match (line.find(", options ["), line.find("], length")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 1..]),
        _ => line.to_owned(),
    }
}

/// Adds an indented line to what is said.
pub(super) fn add(said: &mut Text, (en, zh): (&str, &str), sight: &Text) {
    let between = if sight.is_empty() { ["", ""] } else { [": ", "："] };
    said.en += &format!("\n  {en}{}{}", between[0], sight.en);
    said.zh += &format!("\n  {zh}{}{}", between[1], sight.zh);
}

/// What passed an iface, if this entry says so.
pub(super) fn passed(entry: &Entry) -> Option<((NodeId, IfaceId), Seen<'_>)> {
    match &entry.what {
        Note::Frame { iface, frame, .. } => {
            let seen = Seen { bytes: frame.bytes.bytes(), is_packet: false };
            Some(((entry.node, *iface), seen))
        }
        Note::Packet { iface, bytes, .. } => {
            Some(((entry.node, *iface), Seen { bytes: bytes.bytes(), is_packet: true }))
        }
        _ => None,
    }
}

fn is_arrival(entry: &Entry) -> bool {
    matches!(entry.what, Note::Frame { dir: Dir::In, .. })
}

/// The frame or the typed command during whose handling this entry was noted.
pub(super) fn handled(entries: &[Entry], at: usize) -> Option<&Entry> {
    let Entry { seq, node, .. } = entries[at];
    let event = entries[..at].iter().rev().take_while(|entry| entry.seq == seq);
    event
        .filter(|entry| entry.node == node)
        .find(|entry| is_arrival(entry) || matches!(entry.what, Note::Typed { .. }))
}

/// Whether this frame only came by: a switch sent it everywhere, and the host at this cable is not its receiver.
pub(super) fn is_stray(entries: &[Entry], at: usize) -> bool {
    let seq = entries[at].seq;
    entries[at..].iter().take_while(|entry| entry.seq == seq).any(
        |entry| matches!(&entry.what, Note::Why(reason) if reason.code() == "eth.drop.other-mac"),
    )
}

/// The two ends of a segment or datagram, and whether it is only quoted by an ICMP error.
pub(super) struct Ends {
    pub(super) from: End,
    pub(super) to: End,
    pub(super) quoted: bool,
}

impl Ends {
    /// Those in a frame, also in a tunnel.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let kind = frame.get(12..14)?;
        (kind == [0x08, 0x00]).then(|| Self::of_packet(&frame[14..]))?
    }

    fn of_packet(packet: &[u8]) -> Option<Self> {
        let head = Ipv4::read(packet).ok()?;
        let inside = packet.get(head.head.max(Ipv4::HEAD)..)?;
        match head.protocol {
            4 => Self::of_packet(inside),
            // Errors quote the packet that they are about behind eight bytes of their own. RFC 792.
            1 if matches!(inside.first()?, 3 | 4 | 5 | 11 | 12) => {
                Self::of_packet(inside.get(8..)?).map(|ends| Self { quoted: true, ..ends })
            }
            6 | 17 if head.offset == 0 => {
                let port =
                    |at: usize| Some(u16::from_be_bytes([*inside.get(at)?, *inside.get(at + 1)?]));
                let (from, to) = ((head.src, port(0)?), (head.dst, port(2)?));
                Some(Self { from, to, quoted: false })
            }
            _ => None,
        }
    }
}
