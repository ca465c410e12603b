//! A learning switch, as a Linux bridge without spanning tree does it.
//!
//! Linux 6.1: net/bridge/br_fdb.c, br_input.c, br_forward.c.

use std::collections::BTreeMap;
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
    table: BTreeMap<Mac, Heard>,
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
        self.table
            .iter()
            .map(|(mac, heard)| (*mac, *heard))
            .filter(move |(_, heard)| heard.is_fresh(now))
    }

    /// A frame came in.
    pub fn receive(&mut self, iface: IfaceId, frame: &Frame, cx: &mut Cx<'_>) {
        self.ifaces[usize::from(iface.0)].rx.count(frame.bytes.len());
        let Some(ethernet) = Ethernet::read(frame.bytes.bytes()) else {
            cx.note(Reason::DropBadHeader);
            return;
        };
        let reserved = ethernet.dst.0[..5] == [0x01, 0x80, 0xc2, 0, 0] && ethernet.dst.0[5] < 16;
        if ethernet.src.is_group() || reserved {
            cx.note(Reason::DropMacReserved { mac: ethernet.dst });
            return;
        }
        self.learn(ethernet.src, iface, cx);
        let heard = self.table.get(&ethernet.dst).filter(|heard| heard.is_fresh(cx.now));
        match heard.map(|heard| heard.at) {
            Some(at) if !ethernet.dst.is_group() && at == iface => {
                cx.note(Reason::SwitchSamePort { mac: ethernet.dst });
            }
            Some(at) if !ethernet.dst.is_group() => {
                cx.note(Reason::SwitchForwarded { mac: ethernet.dst, by: at });
                self.send(at, frame, cx);
            }
            _ => {
                cx.note(Reason::SwitchFlooded { mac: ethernet.dst });
                for at in self.added.iter().rev().copied().filter(|&at| at != iface) {
                    self.send(at, frame, cx);
                }
            }
        }
    }

    fn learn(&mut self, mac: Mac, at: IfaceId, cx: &mut Cx<'_>) {
        let heard = Heard { at, last: cx.now };
        let Some(known) = self.table.get_mut(&mac) else {
            self.table.insert(mac, heard);
            cx.note(Reason::SwitchLearned { mac, at });
            return;
        };
        let old = std::mem::replace(known, heard);
        if !old.is_fresh(cx.now) {
            cx.note(Reason::SwitchLearned { mac, at });
        } else if old.at != at {
            cx.note(Reason::SwitchMoved { mac, from: old.at, to: at });
        }
    }

    /// An unchanged frame keeps its number on all cables.
    fn send(&self, at: IfaceId, frame: &Frame, cx: &mut Cx<'_>) {
        if self.ifaces[usize::from(at.0)].carrier {
            cx.send(at, frame.clone());
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
            self.table.retain(|_, heard| heard.at != iface);
        }
    }
}
