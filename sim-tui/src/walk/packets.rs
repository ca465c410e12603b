//! Packets with their ways and reasons: what crossed several cables unchanged is one packet and told once.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::event::{NodeId, Seq};
use sim_core::frame::FrameId;
use sim_core::host::iface::IfaceKind;
use sim_core::net::{Kind, Net};
use sim_core::reason::{Field, Reason};
use sim_core::tcpdump::{Options, Tcpdump, brief};
use sim_core::trace::{Dir, Entry, Note};
use sim_core::{Instant, Text, text, worth};
use sim_tui::sentence::Sent;

use crate::lang::Lang;

/// A packet on its way from host to host, as long as its addresses stay and it need not wait.
pub struct Packet {
    /// Where in the entries it was first seen; it is told there.
    pub start: usize,
    /// When that was.
    pub at: Instant,
    /// What tcpdump says of it, shortened.
    pub text: String,
    /// Where in the entries the reasons are that are about it.
    pub reasons: Vec<usize>,
    /// The hosts that it went through.
    path: Vec<String>,
    /// It was for everybody.
    to_all: bool,
    /// The last host must ask for a MAC address first.
    waits: bool,
    /// Its sender got it from somebody, or kept it for a while.
    passed_on: bool,
    /// It left its first host before what is told now.
    under_way: bool,
    /// Acknowledgements without data and orderly closing: told only for a reason that is news.
    quiet: bool,
}

impl Packet {
    /// The hosts in order, and what became of it.
    pub fn way(&self, lang: Lang) -> String {
        let mut way = self.path.join(" → ");
        if self.under_way {
            way.insert_str(0, "… → ");
        }
        if self.to_all {
            way += lang.pick(" → all", " → 所有人");
        } else if self.path.len() == 1 && !self.under_way {
            way += " → …";
        }
        if self.waits {
            way += lang.pick(" (waits there)", "（在此等待）");
        }
        way
    }

    /// Whether there is nothing to tell of the other that was not told of this one.
    pub fn is_like(&self, other: &Self) -> bool {
        let told = |own: &Self| (own.text.clone(), own.path.clone(), own.to_all, own.waits);
        self.reasons.is_empty() && other.reasons.is_empty() && told(self) == told(other)
    }

    /// It in a sentence.
    pub fn sentence(&self) -> Text {
        let (from, to) = (self.path[0].as_str(), self.path.get(1).map(String::as_str));
        if self.under_way {
            return text!("A frame that was under way comes to {from}.", "途中的帧到了 {from}。");
        }
        let (to_all, passed_on) = (self.to_all, self.passed_on);
        Sent { line: &self.text, from, to, to_all, passed_on }.sentence()
    }
}

/// What there is to tell of some entries.
pub struct Found {
    /// The packets, in the order in which they were first seen.
    pub packets: Vec<Packet>,
    /// The places of the reasons that stand below a packet, told or not.
    pub placed: BTreeSet<usize>,
}

/// What tcpdump says of the frame that came to a switch last.
pub type AtSwitch = BTreeMap<NodeId, String>;

/// The packets of these entries.
pub fn find(entries: &[Entry], net: &Net, before: &mut AtSwitch) -> Found {
    let mut finder = Finder::of(entries, net, before);
    for (at, entry) in entries.iter().enumerate() {
        match &entry.what {
            Note::Frame { .. } => finder.frame(at, entry),
            Note::Why(reason) => finder.reason(at, entry, reason),
            _ => {}
        }
    }
    finder.finish()
}

struct Finder<'a> {
    entries: &'a [Entry],
    net: &'a Net,
    packets: Vec<Packet>,
    of_frame: BTreeMap<FrameId, usize>,
    /// Whose arrival an event is.
    arrival: BTreeMap<(Seq, NodeId), usize>,
    /// Who came to a switch last, and before these entries.
    at_switch: BTreeMap<NodeId, usize>,
    before: &'a mut AtSwitch,
    /// The events that have brought a packet to whom it was for: what waits from then on is the answer.
    taken: BTreeSet<Seq>,
    /// Why a host asks, until the question leaves.
    asks: Vec<(NodeId, Field, usize)>,
    /// What is said of a host's own packets before they leave.
    own: Vec<Own>,
    placed: BTreeSet<usize>,
}

/// Reasons about a packet that a host has made and that has not left yet.
struct Own {
    node: NodeId,
    seq: Seq,
    /// Whom it may be for, as tcpdump writes it.
    to: Vec<String>,
    reasons: Vec<usize>,
}

impl<'a> Finder<'a> {
    fn of(entries: &'a [Entry], net: &'a Net, before: &'a mut AtSwitch) -> Self {
        Self {
            entries,
            net,
            packets: Vec::new(),
            of_frame: BTreeMap::new(),
            arrival: BTreeMap::new(),
            at_switch: BTreeMap::new(),
            before,
            taken: BTreeSet::new(),
            asks: Vec::new(),
            own: Vec::new(),
            placed: BTreeSet::new(),
        }
    }

    fn frame(&mut self, at: usize, entry: &Entry) {
        let Note::Frame { iface, dir, frame } = &entry.what else { return };
        let known = self.of_frame.get(&frame.id).copied();
        let from = known.or_else(|| self.of_frame.get(&frame.parent?).copied());
        let net = self.net;
        let Kind::Host(host) = &net.node(entry.node).kind else {
            if let Some(packet) = from {
                self.of_frame.insert(frame.id, packet);
                self.arrival.insert((entry.seq, entry.node), packet);
                if *dir == Dir::In {
                    self.at_switch.insert(entry.node, packet);
                }
            }
            return;
        };
        let bytes = frame.bytes.bytes();
        let line = Tcpdump::new(Options::default()).only_line(bytes);
        let iface = host.fib().iface(*iface);
        match dir {
            Dir::Out => {
                let packet = self.leaves(at, entry, &line, from);
                self.of_frame.insert(frame.id, packet);
                self.arrival.insert((entry.seq, entry.node), packet);
            }
            Dir::In => {
                let is_own = bytes.starts_with(&iface.mac.0);
                let is_lo = iface.kind == IfaceKind::Loopback;
                let packet = from.filter(|_| !is_lo).unwrap_or_else(|| {
                    let packet = self.begin(at, entry, &line, from.is_some());
                    packet.under_way = !is_lo;
                    packet.quiet |= !is_lo;
                    packet.path.extend(is_lo.then(|| "lo".to_owned()));
                    self.packets.len() - 1
                });
                self.of_frame.insert(frame.id, packet);
                self.arrival.insert((entry.seq, entry.node), packet);
                let packet = &mut self.packets[packet];
                if packet.start != at && is_own {
                    packet.path.push(net.node(entry.node).name.to_string());
                } else if bytes.starts_with(&[0xff; 6]) && !is_lo {
                    packet.to_all = true;
                }
            }
        }
    }

    fn begin(&mut self, at: usize, entry: &Entry, line: &str, passed_on: bool) -> &mut Packet {
        let packet = Packet {
            start: at,
            at: entry.at,
            text: brief(line),
            reasons: Vec::new(),
            path: vec![self.net.node(entry.node).name.to_string()],
            to_all: false,
            waits: false,
            passed_on,
            under_way: false,
            quiet: is_housekeeping(line),
        };
        self.packets.push(packet);
        self.packets.last_mut().expect("it was added just now")
    }

    /// A frame leaves a host: the packet goes on, or another one begins.
    fn leaves(&mut self, at: usize, entry: &Entry, line: &str, from: Option<usize>) -> usize {
        let text = brief(line);
        let goes_on = from
            .filter(|packet| self.packets[*packet].text == text && !self.packets[*packet].waits);
        if let Some(packet) = goes_on {
            self.packets[packet].quiet = is_housekeeping(line);
            return packet;
        }
        self.begin(at, entry, line, from.is_some());
        let packet = self.packets.len() - 1;
        let mut reasons = Vec::new();
        if let Some(rest) = line.strip_prefix("ARP, Request who-has ") {
            let target = rest.split([' ', ',']).next().and_then(|addr| addr.parse().ok());
            let target = target.map(Field::Addr);
            self.asks.retain(|(node, asked, why)| {
                let is_it = *node == entry.node && Some(*asked) == target;
                reasons.extend(is_it.then_some(*why));
                !is_it
            });
        } else if from.is_none() {
            let is_it =
                |own: &Own| own.node == entry.node && own.to.iter().any(|to| line.contains(to));
            if let Some(first) = self.own.iter().position(is_it) {
                reasons = self.own.remove(first).reasons;
            }
        }
        for why in reasons {
            self.place(why, packet);
        }
        packet
    }

    fn place(&mut self, why: usize, packet: usize) {
        self.packets[packet].reasons.push(why);
        self.placed.insert(why);
    }

    /// A reason is about the packet that came in the same event; what a host does by itself is about what leaves it next.
    fn reason(&mut self, at: usize, entry: &Entry, reason: &Reason) {
        let code = reason.code();
        let came = self.arrival.get(&(entry.seq, entry.node)).copied();
        if ["tcp.", "udp.", "icmp."].iter().any(|start| code.starts_with(start)) {
            self.taken.insert(entry.seq);
        }
        match came {
            _ if code.starts_with("arp.ask.") => {
                let target = reason.fields().into_iter().find(|(name, _)| *name == "target");
                self.asks.extend(target.map(|(_, target)| (entry.node, target, at)));
            }
            Some(packet) if code == "neigh.waits" => {
                self.packets[packet].waits |= !self.taken.contains(&entry.seq);
            }
            Some(packet) => self.place(at, packet),
            None if code == "cable.drop.out" => {
                // A frame that never came out of its cable is in no capture; it had come to the switch.
                if let Some(packet) = self.at_switch.get(&entry.node) {
                    self.place(at, *packet);
                } else if let Some(line) = self.before.get(&entry.node).cloned() {
                    self.begin(at, entry, &line, false).under_way = true;
                    self.place(at, self.packets.len() - 1);
                }
            }
            None if worth::is_of_own_packet(code) => self.own_packet(at, entry, reason),
            None => {}
        }
    }

    fn own_packet(&mut self, at: usize, entry: &Entry, reason: &Reason) {
        let is_same = |own: &&mut Own| (own.node, own.seq) == (entry.node, entry.seq);
        // An ICMP error is a packet of its own; what follows in the same event is about it.
        let same = self.own.last_mut().filter(is_same);
        let own = match same.filter(|_| reason.code() != "icmp.error.sent") {
            Some(own) => own,
            None => {
                let (node, seq) = (entry.node, entry.seq);
                self.own.push(Own { node, seq, to: Vec::new(), reasons: Vec::new() });
                self.own.last_mut().expect("it was added just now")
            }
        };
        own.reasons.push(at);
        match reason {
            Reason::Ipvs(reason) => reason.fields(&mut |name, value| {
                if let ("rip" | "vip", end) = (name, value.to_string()) {
                    let addr = end.split(':').next().unwrap_or_default();
                    own.to.extend([format!("> {}:", end.replace(':', ".")), format!("> {addr}:")]);
                }
            }),
            reason => {
                for (_, value) in reason.fields() {
                    if let Field::Addr(addr) = value {
                        own.to.push(format!("> {addr}:"));
                    }
                }
            }
        }
    }

    fn finish(self) -> Found {
        let Self { mut packets, placed, entries, at_switch, before, .. } = self;
        for (switch, packet) in at_switch {
            before.insert(switch, packets[packet].text.clone());
        }
        let is_news = |at: &usize| matches!(&entries[*at].what, Note::Why(reason) if worth::is_news(reason.code()));
        packets.retain(|packet| !packet.quiet || packet.reasons.iter().any(is_news));
        packets.sort_by_key(|packet| packet.start);
        Found { packets, placed }
    }
}

/// Acknowledgements without data and orderly closing.
fn is_housekeeping(line: &str) -> bool {
    line.contains("Flags [F.]") || line.contains("Flags [.]") && line.ends_with("length 0")
}
