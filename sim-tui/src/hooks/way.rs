//! From the notes of a step to the ways of its packets through a host.
//!
//! One event may bring more than one packet: a program answers at once, IPVS or a route is refused and an error goes back. Each has a
//! way of its own; a packet that is made while another one is still on its way comes first to its end.
//!
//! The order is that of Linux 6.1: ip_input.c, ip_forward.c, ip_output.c; netfilter_ipv4.h, enum nf_ip_hook_priorities.

use lvs_engine::Outcome;
use sim_core::event::{IfaceId, NodeId};
use sim_core::frame::Frame;
use sim_core::netfilter::{Chain, Table};
use sim_core::reason::{Nature, Reason};
use sim_core::trace::{Dir, Entry, Note};

/// A place on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A hook of netfilter.
    Hook(Chain),
    /// Where the routes say for whom it is, or which way it goes.
    Routing,
    /// IPVS, behind the filter of this hook; at OUTPUT before it.
    Ipvs(Chain),
    /// A program, or the kernel's own answers.
    Local,
    /// The neighbour, and the card.
    Wire,
}

/// A place with what was noted there.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Where.
    pub place: Place,
    /// What was noted, but for the settings that were read.
    pub notes: Vec<Reason>,
    /// Whether IPVS edited the packet there.
    pub is_edited: bool,
    /// Of a hook: whether IPVS has been asked there before.
    pub behind_ipvs: bool,
}

/// How a packet began its way here.
#[derive(Clone, Debug, PartialEq)]
pub enum Begin {
    /// It came in by an interface.
    Came(IfaceId, Frame),
    /// It was inside another packet.
    Unpacked(IfaceId),
    /// It was made here.
    Made,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not in this step: a fragment waits for others.
    Open,
    /// It was handed to the card, or to a tunnel.
    Sent,
    /// It was taken here.
    Taken,
    /// It waits for its neighbour's MAC address.
    Waits,
    /// It was thrown away or refused.
    Stopped,
}

/// The way of a packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// How it began.
    pub begin: Begin,
    /// The places, in order.
    pub stops: Vec<Stop>,
    /// How it ended.
    pub end: End,
}

impl Passage {
    fn new(begin: Begin, place: Place) -> Self {
        let mut own = Self { begin, stops: Vec::new(), end: End::Open };
        own.reach(place);
        own
    }

    fn last(&self) -> Option<Place> {
        self.stops.last().map(|stop| stop.place)
    }

    /// Goes to a place, if it is not there.
    fn reach(&mut self, place: Place) {
        if self.last() == Some(place) {
            return;
        }
        let behind_ipvs = match place {
            Place::Hook(chain) => self.stops.iter().any(|own| own.place == Place::Ipvs(chain)),
            _ => false,
        };
        self.stops.push(Stop { place, notes: Vec::new(), is_edited: false, behind_ipvs });
    }

    fn note(&mut self, reason: Reason) {
        if let Some(stop) = self.stops.last_mut() {
            stop.notes.push(reason);
        }
    }

    fn note_at(&mut self, place: Place, reason: Reason) {
        self.reach(place);
        self.note(reason);
    }

    /// Whatever leaves passes POSTROUTING once.
    fn reach_wire(&mut self) {
        let post = Place::Hook(Chain::Postrouting);
        if !self.stops.iter().any(|stop| stop.place == post) {
            self.reach(post);
        }
        self.reach(Place::Wire);
    }

    /// It leaves.
    fn sent(&mut self) {
        self.reach_wire();
        self.end = End::Sent;
    }

    /// Whether IPVS has looked its route up again, and sends it by that.
    fn is_rerouted(&self) -> bool {
        let last = self.stops.last().and_then(|stop| stop.notes.last());
        matches!(last, Some(Reason::Ipvs(own)) if own.outcome() == Some(Outcome::Reroute))
    }

    /// What is behind a hook of those that leave is POSTROUTING; else it stays where it is.
    fn reach_source_nat(&mut self) {
        let leaves = matches!(
            self.last(),
            Some(
                Place::Hook(Chain::Forward | Chain::Output)
                    | Place::Ipvs(Chain::Forward | Chain::Output)
            )
        );
        if leaves {
            self.reach(Place::Hook(Chain::Postrouting));
        }
    }

    /// At which hook IPVS is asked: where the packet is.
    fn ipvs(&self) -> Place {
        match self.last() {
            Some(own @ Place::Ipvs(_)) => own,
            Some(Place::Hook(Chain::Forward)) => Place::Ipvs(Chain::Forward),
            Some(Place::Hook(Chain::Output)) => Place::Ipvs(Chain::Output),
            _ => Place::Ipvs(Chain::Input),
        }
    }

    fn take(&mut self, reason: Reason) {
        let code = reason.code();
        let stops = reason.nature() == Nature::Against;
        match reason {
            Reason::IpLocal { .. } => {
                self.note_at(Place::Routing, reason);
                self.reach(Place::Hook(Chain::Input));
            }
            Reason::IpForward { .. } => {
                self.note_at(Place::Routing, reason);
                self.reach(Place::Hook(Chain::Forward));
            }
            Reason::Ipvs(engine) => {
                let here = self.ipvs();
                self.note_at(here, reason);
                self.after_ipvs(here, engine.outcome());
            }
            Reason::RuleAccept { chain, .. }
            | Reason::RuleDrop { chain, .. }
            | Reason::RuleReject { chain, .. }
            | Reason::RuleUnreadable { chain, .. }
            | Reason::PolicyDrop { chain, .. } => {
                self.note_at(Place::Hook(chain.chain), reason);
                if stops {
                    self.end = End::Stopped;
                }
            }
            Reason::CtLeftByIpvs { .. } | Reason::CtAlteredByIpvs { .. } => {
                let ipvs = |stop: &&mut Stop| matches!(stop.place, Place::Ipvs(_));
                if let Some(stop) = self.stops.iter_mut().rfind(ipvs) {
                    stop.notes.push(reason);
                }
            }
            Reason::NatSource { .. }
            | Reason::NatSourceSet { .. }
            | Reason::CtClash { .. }
            | Reason::NatMoved { .. } => {
                self.reach_source_nat();
                self.note(reason);
                if stops {
                    self.end = End::Stopped;
                }
            }
            _ => self.take_by_code(code, reason, stops),
        }
    }

    /// What IPVS decided is where the packet goes on.
    fn after_ipvs(&mut self, here: Place, outcome: Option<Outcome>) {
        match (outcome, here) {
            // It is sent as if it had been made here.
            (Some(Outcome::Forward), _) => self.reach(Place::Hook(Chain::Output)),
            (Some(Outcome::Reject | Outcome::Drop), _) => self.end = End::Stopped,
            (Some(Outcome::Accept | Outcome::Local | Outcome::Reroute), Place::Ipvs(chain))
                if chain != Chain::Forward =>
            {
                let goes_on = outcome != Some(Outcome::Reroute) || chain == Chain::Output;
                if goes_on {
                    self.reach(Place::Hook(chain));
                }
            }
            _ => {}
        }
    }

    fn take_by_code(&mut self, code: &str, reason: Reason, stops: bool) {
        let begins = |starts: &[&str]| starts.iter().any(|start| code.starts_with(start));
        let own_errors = [
            "icmp.error.sent",
            "icmp.error.limited",
            "icmp.error.not-allowed",
            "icmp.redirect.sent",
        ];
        if begins(&own_errors) {
            // About this packet; the error is a packet of its own.
            self.note(reason);
        } else if begins(&["tcp.", "udp.", "icmp.", "ip.drop.no-protocol", "ip.drop.checksum"])
            || begins(&["tunnel.unpacked", "tunnel.drop.down", "tunnel.drop.ecn", "tunnel.error"])
        {
            self.note_at(Place::Local, reason);
            self.end = if stops { End::Stopped } else { End::Taken };
        } else if begins(&["neigh.", "arp.", "tunnel.", "ip.fragmented"]) {
            self.reach_wire();
            self.note(reason);
            if code == "neigh.waits" {
                self.end = End::Waits;
            } else if stops {
                self.end = End::Stopped;
            }
        } else {
            if code.starts_with("ip.drop.") && self.last() == Some(Place::Hook(Chain::Prerouting)) {
                self.reach(Place::Routing);
            }
            self.note(reason);
            if stops {
                self.end = End::Stopped;
            }
        }
    }
}

/// The ways of a step's packets through one host. That a frame has left its cable's queue is an event of its own: here it is sent.
pub fn passages(entries: &[Entry], node: NodeId) -> Vec<Passage> {
    let mut all: Vec<Passage> = Vec::new();
    let prerouting = Place::Hook(Chain::Prerouting);
    for entry in entries.iter().filter(|entry| entry.node == node) {
        let open = all.iter().rposition(|own| own.end == End::Open);
        match &entry.what {
            Note::Frame { iface, dir: Dir::In, frame } if is_ip(frame) => {
                all.push(Passage::new(Begin::Came(*iface, frame.clone()), prerouting));
            }
            Note::Packet { iface, dir: Dir::In, .. } => {
                all.push(Passage::new(Begin::Unpacked(*iface), prerouting));
            }
            Note::Packet { dir: Dir::Out, .. } => {
                if let Some(at) = open {
                    all[at].sent();
                }
            }
            Note::Rewrite(_) => {
                let own = open.or(all.len().checked_sub(1)).map(|at| &mut all[at]);
                let ipvs = |stop: &&mut Stop| matches!(stop.place, Place::Ipvs(_));
                if let Some(stop) = own.and_then(|own| own.stops.iter_mut().rfind(ipvs)) {
                    stop.is_edited = true;
                }
            }
            // What was read is told with its decision, by WHY.
            Note::Why(Reason::Read { .. } | Reason::Ipvs(lvs_engine::Reason::Read { .. })) => {}
            Note::Why(reason @ Reason::IpSend { .. }) => {
                let mut own = Passage::new(Begin::Made, Place::Routing);
                own.note(*reason);
                own.reach(Place::Hook(Chain::Output));
                all.push(own);
            }
            Note::Why(reason) => noted(&mut all, open, *reason),
            _ => {}
        }
    }
    for own in all.iter_mut().filter(|own| own.end == End::Open) {
        use Chain::{Forward, Output, Postrouting};
        let leaves = match own.last() {
            Some(Place::Hook(chain) | Place::Ipvs(chain)) => {
                matches!(chain, Forward | Output | Postrouting) || own.is_rerouted()
            }
            Some(Place::Wire) => true,
            _ => false,
        };
        if leaves {
            own.sent();
        }
    }
    all
}

/// What is noted is about the packet that is on its way; of an error and of a question for a neighbour, about the last one.
fn noted(all: &mut [Passage], open: Option<usize>, reason: Reason) {
    let code = reason.code();
    let follows = code.starts_with("icmp.error.") || code.starts_with("arp.");
    match (open, all.last_mut()) {
        (_, Some(own)) if follows && own.end != End::Open => own.note(reason),
        (Some(at), _) => {
            let at = meant(all, at, &reason);
            all[at].take(reason);
        }
        _ => {}
    }
}

/// What was made while another packet is on its way comes first to its end: what it cannot meet is met by the other one.
fn meant(all: &mut [Passage], open: usize, reason: &Reason) -> usize {
    let own = &all[open];
    let is_others = match reason {
        Reason::IpLocal { .. } | Reason::IpForward { .. } => true,
        Reason::RuleAccept { chain, .. }
        | Reason::RuleDrop { chain, .. }
        | Reason::RuleReject { chain, .. }
        | Reason::RuleUnreadable { chain, .. }
        | Reason::PolicyDrop { chain, .. } => {
            matches!(chain.chain, Chain::Prerouting | Chain::Input | Chain::Forward)
        }
        Reason::Ipvs(_) => own.stops.iter().any(|stop| stop.behind_ipvs),
        reason => ["tcp.", "udp."].iter().any(|start| reason.code().starts_with(start)),
    };
    let is_older = |other: &Passage| other.begin != Begin::Made && other.end == End::Open;
    match all[..open].iter().rposition(is_older) {
        Some(other) if is_others && own.begin == Begin::Made => {
            all[open].sent();
            other
        }
        _ => open,
    }
}

fn is_ip(frame: &Frame) -> bool {
    frame.bytes.bytes().get(12..14) == Some(&[8, 0])
}

/// The tables that are asked at a stop, in their order: at INPUT nat and at OUTPUT the filter stand behind IPVS.
pub fn tables(stop: &Stop, has_ipvs: bool) -> &'static [Table] {
    use Table::{Filter, Mangle, Nat, Raw};
    match stop.place {
        Place::Hook(chain) => match (chain, has_ipvs, stop.behind_ipvs) {
            (Chain::Prerouting, ..) => &[Raw, Mangle, Nat],
            (Chain::Input, false, _) => &[Mangle, Filter, Nat],
            (Chain::Input, true, false) => &[Mangle, Filter],
            (Chain::Input, true, true) => &[Nat],
            (Chain::Forward, ..) => &[Mangle, Filter],
            (Chain::Output, false, _) => &[Raw, Mangle, Nat, Filter],
            (Chain::Output, true, false) => &[Raw, Mangle, Nat],
            (Chain::Output, true, true) => &[Filter],
            (Chain::Postrouting, ..) => &[Mangle, Nat],
        },
        _ => &[],
    }
}
