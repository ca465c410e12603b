//! What IPVS gives up under a flood: new connections (`drop_packet`) and old entries (`drop_entry`).
//!
//! Linux 6.1 include/net/ip_vs.h ip_vs_todrop; ip_vs_conn.c ip_vs_random_dropentry, todrop_entry;
//! ip_vs_ctl.c defense_work_handler. Modes 1 and 2 wait until memory is low, which is not measured
//! here: there is always enough. Differs from Linux: a change of `am_droprate` holds at once, not
//! within a second.

use core::time::Duration;

use crate::engine::Engine;
use crate::sysctl::Sysctls;
use crate::{Conn, Endpoint, Instant, Probe, Proto, Reason, State, Sysctl};

/// The mode that defends always.
const ALWAYS: i32 = 3;
/// How often entries are deleted, in nanoseconds: `wheel::due` of a second, again and again.
const PERIOD_NS: u64 = 1_040_000_000;
/// The rows of the kernel's table, each with one entry here; a larger table has more.
const LEAST_ROWS: usize = 4096;
/// Each time so many rows of all are looked at: one of 32.
const SHARE: usize = 32;
/// How long an entry must have waited before it is given up although it was once of use.
const PATIENCE: Duration = Duration::from_secs(60);
/// An entry of more packets than this is not given up.
const MOST_PACKETS: u32 = 8;

/// The memory of the defences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defence {
    /// How many new connections pass before one is dropped.
    left: i32,
    /// By its number of packets: how many waiting entries are spared before one is given up.
    spared: [u8; MOST_PACKETS as usize + 1],
    /// When entries are deleted next, if there are any.
    next: Option<Instant>,
}

impl Defence {
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Makes `next` right; to be called when `drop_entry` changed, when its time came, and with the
    /// first entry of the table: without any it does not matter.
    pub(crate) fn plan(&mut self, now: Instant, sysctls: &Sysctls) {
        let is_on = sysctls.get(Sysctl::DropEntry).0 == ALWAYS;
        let period = now.as_nanos() / PERIOD_NS + 1;
        self.next = is_on.then(|| Instant::from_nanos(period.saturating_mul(PERIOD_NS)));
    }

    /// Whether this entry is given up, which last saw a packet then. Of those that wait for long,
    /// one of as many as it had packets.
    fn gives_up(&mut self, conn: &Conn, since: Instant, now: Instant, by_datagram: bool) -> bool {
        match (conn.flags.template, conn.proto, conn.state) {
            (true, _, state) => return state != State::Assured && !by_datagram,
            (_, Proto::Tcp, State::SynRecv | State::SynAck) => return true,
            (_, Proto::Tcp, State::Established) | (_, Proto::Udp | Proto::Ip, _) => {}
            (_, Proto::Tcp, _) => return false,
        }
        if now < since + PATIENCE || !(1..=MOST_PACKETS).contains(&conn.in_pkts) {
            return false;
        }
        let spared = &mut self.spared[conn.in_pkts as usize];
        *spared = spared.saturating_sub(1);
        let is_due = *spared == 0;
        if is_due {
            *spared = conn.in_pkts as u8;
        }
        is_due
    }
}

impl Engine {
    /// Whether `drop_packet` drops this new connection: the first, then one of `am_droprate`.
    pub(crate) fn drops_this<P: Probe>(&mut self, dst: Endpoint, probe: &mut P) -> bool {
        if self.sysctls.get(Sysctl::DropPacket).0 != ALWAYS {
            return false;
        }
        self.sysctls.note(Sysctl::DropPacket, probe);
        self.sysctls.note(Sysctl::AmDroprate, probe);
        let (rate, _) = self.sysctls.get(Sysctl::AmDroprate);
        if rate == 0 {
            return false;
        }
        let left = &mut self.defence.left;
        *left = left.saturating_sub(1);
        if *left > 0 {
            return false;
        }
        *left = rate;
        probe.note(Reason::FloodDropped { dst, rate: rate.cast_unsigned() });
        true
    }

    /// `drop_entry`: some entries that wait for somebody are deleted.
    pub(crate) fn thin_out<P: Probe>(&mut self, now: Instant, probe: &mut P) {
        let Self { table, dests, services, sysctls, defence, rng, .. } = self;
        defence.plan(now, sysctls);
        let rows = table.places().max(LEAST_ROWS);
        let mut is_first = true;
        for _ in 0..rows / SHARE {
            let row = (rng.next_u64() % rows as u64) as usize;
            let Some((&conn, since)) = table.at(row) else { continue };
            let service = dests[conn.dest.0 as usize].service;
            let by_datagram = service.is_some_and(|id| services.get(id).one_packet);
            if !defence.gives_up(&conn, since, now, by_datagram) {
                continue;
            }
            if core::mem::take(&mut is_first) {
                sysctls.note(Sysctl::DropEntry, probe);
            }
            let Conn { client, vip, rip, state, .. } = conn;
            probe.note(Reason::EntryDropped { client, vip, rip, state });
            table.delete(row, now);
        }
        table.settle();
    }
}

#[cfg(test)]
mod tests;
