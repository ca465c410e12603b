//! A learning switch, as a Linux bridge without spanning tree does it.
//!
//! Linux 6.1: net/bridge/br_fdb.c, br_input.c, br_forward.c.

use std::time::Duration;

use lvs_engine::Instant;

use crate::Mac;
use crate::command::Command;
use crate::event::{Cx, IfaceId, JobId};
use crate::frame::{Ethernet, Frame};
use crate::host::iface::Counters;
use crate::reason::Reason;

/// How long a MAC address is remembered after it was last heard. Linux: br_fdb.c, 300 s.
const AGEING: Duration = Duration::from_secs(300);

/// Groups that bridges keep to themselves: 01:80:c2:00:00:00 to 0f. IEEE 802.1D 7.12.6.
const RESERVED: [u8; 5] = [0x01, 0x80, 0xc2, 0, 0];
/// The last byte of the group of spanning tree.
const SPANNING_TREE: u8 = 0;
/// That of pause frames, from which not even the sender is learnt.
const PAUSE: u8 = 1;

/// Where a MAC address was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Behind which interface.
    pub at: IfaceId,
    /// When.
    pub last: Instant,
}

impl Heard {
    fn is_fresh(&self, now: Instant) -> bool {
        now.since(self.last) < AGEING
    }
}

/// One interface of a switch.
#[derive(Clone, Debug, Default)]
pub struct SwitchIface {
    /// Whether a cable is in and its other end is on.
    pub carrier: bool,
    /// What came in.
    pub rx: Counters,
    /// What went out.
    pub tx: Counters,
    /// Where in the table the last sender behind it stands, unless new ones have moved it.
    sender: usize,
}

/// A switch: it sends a frame to where its receiver was last heard, and everywhere if it was never
/// heard.
#[derive(Clone, Debug, Default)]
pub struct Switch {
    /// Its interfaces.
    pub ifaces: Vec<SwitchIface>,
    /// The interfaces in the order in which their cables were added; a flood goes to the newest
    /// first.
    added: Vec<IfaceId>,
    /// By MAC address.
    table: Vec<(Mac, Heard)>,
}

impl Switch {
    /// A switch with that many interfaces.
    pub fn new(ifaces: usize) -> Self {
        Self { ifaces: vec![SwitchIface::default(); ifaces], ..Self::default() }
    }

    /// A cable was added: floods reach its interface before all older ones. Linux 6.1 br_if.c,
    /// br_add_if.
    pub fn add(&mut self, iface: IfaceId) {
        self.added.push(iface);
    }

    /// The interfaces that have cables, in the order of the cables.
    pub fn added(&self) -> &[IfaceId] {
        &self.added
    }

    /// Where MAC addresses were heard, as far as it is remembered.
    pub fn table(&self, now: Instant) -> impl Iterator<Item = (Mac, Heard)> {
        self.table.iter().copied().filter(move |(_, heard)| heard.is_fresh(now))
    }

    /// A frame came in.
    pub fn receive(&mut self, iface: IfaceId, frame: Frame, cx: &mut Cx<'_>) {
        self.ifaces[usize::from(iface.0)].rx.count(frame.bytes.len());
        let Some(ethernet) = Ethernet::read(frame.bytes.bytes()) else {
            cx.note(Reason::DropBadHeader);
            return;
        };
        let group = ethernet.dst.0.strip_prefix(&RESERVED).map(|last| last[0]);
        let reserved = group.filter(|last| *last < 16);
        let is_true = !ethernet.src.is_group() && ethernet.src != Mac::ZERO;
        if is_true && reserved != Some(PAUSE) {
            self.learn(ethernet.src, iface, cx);
        }
        // The group of spanning tree is passed on by a bridge that takes no part in it.
        if !is_true || reserved.is_some_and(|last| last != SPANNING_TREE) {
            cx.note(Reason::DropMacReserved { mac: ethernet.dst });
            return;
        }
        let heard = self.table.binary_search_by_key(&ethernet.dst, |(known, _)| *known);
        let heard = heard.ok().map(|at| self.table[at].1);
        let heard = heard.filter(|heard| heard.is_fresh(cx.now) && !ethernet.dst.is_group());
        match heard.map(|heard| heard.at) {
            Some(at) if at == iface => cx.note(Reason::SwitchSamePort { mac: ethernet.dst }),
            Some(at) => {
                cx.note(Reason::SwitchForwarded { mac: ethernet.dst, by: at });
                self.send(at, frame, cx);
            }
            _ => {
                cx.note(Reason::SwitchFlooded { mac: ethernet.dst });
                for at in self.added.iter().rev().copied().filter(|&at| at != iface) {
                    self.send(at, frame.clone(), cx);
                }
            }
        }
    }

    fn learn(&mut self, mac: Mac, at: IfaceId, cx: &mut Cx<'_>) {
        let heard = Heard { at, last: cx.now };
        let sender = &mut self.ifaces[usize::from(at.0)].sender;
        if self.table.get(*sender).is_none_or(|(last, _)| *last != mac) {
            let found = self.table.binary_search_by_key(&mac, |(known, _)| *known);
            *sender = found.unwrap_or_else(|place| place);
            if found.is_err() {
                self.table.insert(*sender, (mac, heard));
                cx.note(Reason::SwitchLearned { mac, at });
                return;
            }
        }
        let old = std::mem::replace(&mut self.table[*sender].1, heard);
        if !old.is_fresh(cx.now) {
            cx.note(Reason::SwitchLearned { mac, at });
        } else if old.at != at {
            cx.note(Reason::SwitchMoved { mac, from: old.at, to: at });
        }
    }

    /// An unchanged frame keeps its number on all cables.
    fn send(&self, at: IfaceId, frame: Frame, cx: &mut Cx<'_>) {
        if self.ifaces[usize::from(at.0)].carrier {
            cx.send(at, frame);
        }
    }

    /// A command is typed. A switch knows one, `bridge fdb show`, besides those of every shell.
    pub fn command(&self, job: JobId, command: &Command, cx: &mut Cx<'_>) {
        let status = match command {
            Command::Bridge(_) => {
                let line = |(mac, heard): (Mac, Heard)| {
                    let at = heard.at.0;
                    format!("{mac} dev {at} master br0 \n")
                };
                cx.print(job, self.table(cx.now).map(line).collect::<String>());
                0
            }
            Command::Echo(echo) => {
                cx.print(job, echo.bytes());
                0
            }
            Command::Exit(exit) => exit.status.unwrap_or_default(),
            Command::True => 0,
            Command::False => 1,
            other => {
                let name = other.name();
                let known = "switch / 交换机: bridge fdb show";
                cx.complain(job, format!("{name}: not found\n{known}\n"));
                127
            }
        };
        cx.end(job, status);
    }

    /// Forgets where MAC addresses were heard.
    pub fn forget(&mut self) {
        self.table.clear();
    }

    /// A cable was put in or pulled out; what was heard behind it is forgotten when it is out.
    pub fn carrier(&mut self, iface: IfaceId, up: bool) {
        self.ifaces[usize::from(iface.0)].carrier = up;
        if !up {
            self.table.retain(|(_, heard)| heard.at != iface);
        }
    }
}
