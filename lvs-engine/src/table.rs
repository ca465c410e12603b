//! The connection table: a slab of entries, the index that finds them, the timers that end them.
//!
//! Linux 6.1 ip_vs_conn.c: keys and life of an entry. Among entries with equal keys the newest
//! wins, as in the kernel's hash chains.

use alloc::vec::Vec;
use core::hint::black_box;
use core::time::Duration;

use crate::index::Index;
use crate::ports::Ports;
use crate::timers::{self, Ends, Place, Timers};
use crate::{Conn, Endpoint, Flow, Instant, Limits, Proto, Rng, State, Way, wheel};

/// How long a template waits for its connections to end before it is looked at again.
const UNTIL_CHILDREN_END: Duration = Duration::from_secs(60);

/// The port of a template whose real server takes nothing new.
const INVALID_PORT: u16 = 0xffff;

/// What became of an entry whose time had come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ended {
    /// It is gone.
    Gone(Conn),
    /// A template that connections still refer to: it stays for another minute.
    Kept(Conn),
}

/// The table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slots: Slots,
    index: Index,
    /// The local ports of the entries that packets find.
    ports: Ports,
    timers: Timers,
    /// The first free slot, if one below the slab's end is free.
    free: Option<u32>,
    live: u32,
    limit: u32,
    /// How many entries were ever made.
    born: u64,
    /// The first timer may end later than it says.
    unsettled: bool,
}

#[derive(Clone, Debug)]
struct Slots(Vec<Slot>);

#[derive(Clone, Debug)]
struct Slot {
    entry: Entry,
    conn: Conn,
    /// When `conn.expires_at` was said: the longer the wait, the later may its timer be.
    set_at: Instant,
    /// The template that sent this connection where it goes.
    template: Option<u32>,
    /// How many connections this template has.
    children: u32,
}

impl Slot {
    /// When the entry ends: some time after `expires_at`, as the kernel's timers do.
    fn end(&self) -> Instant {
        wheel::due(self.set_at, self.conn.expires_at - self.set_at)
    }
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    /// An entry that packets find.
    Live { born: u64, place: Place },
    /// An entry that no packet finds: its client port was used again and it waits for its end, or
    /// it lives for one datagram only.
    Unhashed { place: Place },
    /// Not used; the next one that is not used.
    Free { next: Option<u32> },
}

impl Ends for Slots {
    fn end(&self, id: u32) -> Instant {
        self.0[id as usize].end()
    }

    fn set_place(&mut self, id: u32, at: Place) {
        match &mut self.0[id as usize].entry {
            Entry::Live { place, .. } | Entry::Unhashed { place } => *place = at,
            Entry::Free { .. } => unreachable!("a timer's connection is in the table"),
        }
    }
}

impl Table {
    pub(crate) fn new(limits: Limits, rng: &mut Rng) -> Self {
        // An id and its way share 32 bits with an empty mark.
        let limit = limits.conns.min(u32::MAX >> 2);
        let start = limits.conns_at_start.min(limit) as usize;
        Self {
            slots: Slots(Vec::with_capacity(start)),
            index: Index::new(start, rng),
            ports: Ports::default(),
            timers: Timers::with_capacity(start),
            free: None,
            live: 0,
            limit,
            born: 0,
            unsettled: false,
        }
    }

    /// How many entries there may be.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// The connection whose request, or whose reply, this packet would be.
    #[inline]
    pub(crate) fn find(&self, flow: &Flow, way: Way) -> Option<u32> {
        let mut best = None;
        self.index.visit(flow, |id, found| {
            if found == way && self.matches(id, way, flow) {
                best = best.max(Some((self.born(id), id)));
            }
        });
        best.map(|(_, id)| id)
    }

    /// The connection that this packet belongs to; a reply is asked for first, as at LOCAL_IN.
    #[inline]
    pub(crate) fn find_any(&self, flow: &Flow) -> Option<(u32, Way)> {
        let rank = |(id, way): (u32, Way)| (way == Way::Reply, self.born(id));
        let mut best = None;
        self.index.visit(flow, |id, way| {
            let found = (id, way);
            if self.matches(id, way, flow) && best.is_none_or(|best| rank(found) > rank(best)) {
                best = Some(found);
            }
        });
        best
    }

    /// Whether all ports are taken that may stand for this one towards a real server.
    pub(crate) fn ports_are_out(&self, proto: Proto, rip: Endpoint, wanted: Endpoint) -> bool {
        self.ports.are_out(proto, rip, wanted)
    }

    /// Makes room for so many pairs of a real server and a local address.
    pub(crate) fn make_room_for_ports(&mut self, pairs: usize) {
        self.ports.make_room(pairs);
    }

    /// An entry.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> &Conn {
        &self.slots.0[id as usize].conn
    }

    /// An entry, to follow its state. Its keys stay; its end changes through `touch`.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: u32) -> &mut Conn {
        &mut self.slots.0[id as usize].conn
    }

    /// A new entry, which ends after its timeout; `None` if the table is full.
    pub(crate) fn insert(&mut self, now: Instant, conn: Conn) -> Option<u32> {
        if self.live == self.limit {
            return None;
        }
        let conn = Conn { expires_at: now + conn.timeout, ..conn };
        let entry = match conn.flags.one_packet {
            true => Entry::Unhashed { place: 0 },
            false => Entry::Live { born: self.born, place: 0 },
        };
        let slot = Slot { entry, conn, set_at: now, template: None, children: 0 };
        let end = slot.end();
        let id = match self.free {
            Some(id) => {
                let was = &mut self.slots.0[id as usize];
                if let Entry::Free { next } = was.entry {
                    self.free = next;
                }
                *was = slot;
                id
            }
            None => {
                self.slots.0.push(slot);
                self.slots.0.len() as u32 - 1
            }
        };
        self.born += 1;
        self.live += 1;
        if let Entry::Live { .. } = entry {
            self.hash(id, &conn);
        }
        self.timers.push(end, conn.flags.template, id, &mut self.slots);
        Some(id)
    }

    /// The entry now lives for its timeout from here.
    #[inline]
    pub(crate) fn touch(&mut self, id: u32, now: Instant) {
        let slot = &mut self.slots.0[id as usize];
        let wait = |from: Instant, to: Instant| to.as_nanos() - from.as_nanos();
        let expires_at = now + slot.conn.timeout;
        // Only a shorter wait can end earlier than was thought.
        let is_shorter = wait(now, expires_at) < wait(slot.set_at, slot.conn.expires_at);
        (slot.set_at, slot.conn.expires_at) = (now, expires_at);
        self.unsettled |= matches!(slot.entry, Entry::Live { place: timers::FIRST, .. });
        if is_shorter {
            let end = slot.end();
            self.hasten(id, end);
        }
    }

    /// The entry ends now, and no packet finds it any more; its counters fall when the timer is
    /// handled. Linux 6.1 ip_vs_conn.c ip_vs_conn_expire_now.
    pub(crate) fn expire_now(&mut self, id: u32, now: Instant) {
        let slot = &mut self.slots.0[id as usize];
        (slot.set_at, slot.conn.expires_at) = (now, now);
        let conn = slot.conn;
        if let Entry::Live { place, .. } = slot.entry {
            slot.entry = Entry::Unhashed { place };
            self.unhash(id, &conn);
        }
        self.hasten(id, now);
    }

    /// All entries that are meant end now, but for templates that connections still refer to.
    pub(crate) fn expire_where(&mut self, now: Instant, is_meant: impl Fn(&Conn) -> bool) {
        for place in 0..self.places() {
            if self.at(place).is_some_and(|(conn, _)| is_meant(conn)) {
                self.delete(place, now);
            }
        }
        self.settle();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How many places there are, used or free.
    pub(crate) fn places(&self) -> usize {
        self.slots.0.len()
    }

    /// The entry at this place, if packets find it and no connection refers to it, and since when
    /// it has waited.
    pub(crate) fn at(&self, place: usize) -> Option<(&Conn, Instant)> {
        let Slot { entry, conn, set_at, children, .. } = self.slots.0.get(place)?;
        let is_it = matches!(entry, Entry::Live { .. }) && *children == 0;
        is_it.then_some((conn, *set_at))
    }

    /// The entry at this place is deleted, its template with it where nobody else needs that.
    /// Linux 6.1 ip_vs_conn.c ip_vs_conn_del.
    pub(crate) fn delete(&mut self, place: usize, now: Instant) {
        self.slots.0[place].conn.timeout = Duration::ZERO;
        self.expire_now(place as u32, now);
    }

    /// Makes `next_end` exact; to be called after entries changed.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if core::mem::take(&mut self.unsettled) {
            self.timers.settle(&mut self.slots);
        }
    }

    /// When the first entry ends.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| at)
    }

    /// Takes out the first entry whose end has come. Linux 6.1 ip_vs_conn.c ip_vs_conn_expire.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Ended> {
        self.settle();
        let (at, id) = self.timers.first()?;
        if at > now {
            return None;
        }
        let slot = &mut self.slots.0[id as usize];
        let ended = match slot.children {
            0 => Ended::Gone(self.remove(id, now)),
            _ => {
                slot.conn.timeout = UNTIL_CHILDREN_END;
                (slot.set_at, slot.conn.expires_at) = (now, now + UNTIL_CHILDREN_END);
                self.unsettled = true;
                Ended::Kept(slot.conn)
            }
        };
        self.settle();
        Some(ended)
    }

    /// Takes an entry out, whether its end has come or not. A template that never had an
    /// established connection goes with the last of those that were deleted.
    pub(crate) fn remove(&mut self, id: u32, now: Instant) -> Conn {
        let slot = &mut self.slots.0[id as usize];
        let (conn, template) = (slot.conn, slot.template);
        match core::mem::replace(&mut slot.entry, Entry::Free { next: self.free }) {
            Entry::Live { place, .. } => {
                self.unhash(id, &conn);
                self.timers.remove(place, &mut self.slots);
            }
            Entry::Unhashed { place } => self.timers.remove(place, &mut self.slots),
            Entry::Free { .. } => unreachable!("an entry is taken out once"),
        }
        self.unsettled = true;
        self.free = Some(id);
        self.live -= 1;
        if let Some(template) = template {
            let slot = &mut self.slots.0[template as usize];
            slot.children -= 1;
            let is_assured = slot.conn.state == State::Assured;
            if conn.timeout.is_zero() && slot.children == 0 && !is_assured {
                slot.conn.timeout = Duration::ZERO;
                self.expire_now(template, now);
            }
        }
        conn
    }

    /// The template for such packets: proto, masked client, VIP.
    pub(crate) fn find_template(&self, key: &Flow) -> Option<u32> {
        let mut best = None;
        self.index.visit(key, |id, _| {
            let conn = self.get(id);
            if conn.flags.template && request_key(conn) == *key {
                best = best.max(Some((self.born(id), id)));
            }
        });
        best.map(|(_, id)| id)
    }

    /// The template that sent this connection where it goes.
    pub(crate) fn template_of(&self, id: u32) -> Option<u32> {
        self.slots.0[id as usize].template
    }

    /// The connection follows this template, which lives at least as long.
    pub(crate) fn adopt(&mut self, id: u32, template: u32) {
        self.slots.0[id as usize].template = Some(template);
        self.slots.0[template as usize].children += 1;
    }

    /// No packet finds this template any more; it goes when its time comes. Its ports tell so in
    /// listings. Linux 6.1 ip_vs_conn.c ip_vs_check_template.
    pub(crate) fn invalidate(&mut self, id: u32) {
        let conn = *self.get(id);
        self.unhash(id, &conn);
        let conn = &mut self.slots.0[id as usize].conn;
        (conn.vip.port, conn.rip.port) = (INVALID_PORT, INVALID_PORT);
        let conn = *conn;
        self.hash(id, &conn);
    }

    /// All entries, in the order of their slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Conn> {
        let live = |slot: &&Slot| !matches!(slot.entry, Entry::Free { .. });
        self.slots.0.iter().filter(live).map(|slot| &slot.conn)
    }

    /// Loads the row that a look for this flow reads first.
    pub(crate) fn warm_row(&self, flow: &Flow) {
        black_box(self.index.first_row(flow));
    }

    /// Loads the entry that a look for this flow finds.
    pub(crate) fn warm_entry(&self, flow: &Flow) {
        self.index.visit(flow, |id, _| {
            black_box(self.get(id).expires_at);
        });
    }

    /// Whether this flow is the connection's, this way.
    #[inline]
    fn matches(&self, id: u32, way: Way, flow: &Flow) -> bool {
        let conn = self.get(id);
        match way {
            // An entry whose client's port is 0 would be one that waits for its port.
            // Linux 6.1 ip_vs_conn.c __ip_vs_conn_in_get.
            Way::Request => flow.src.port != 0 && request_key(conn) == *flow,
            Way::Reply => reply_key(conn) == *flow,
        }
    }

    #[inline]
    fn born(&self, id: u32) -> u64 {
        match self.slots.0[id as usize].entry {
            Entry::Live { born, .. } => born,
            Entry::Unhashed { .. } | Entry::Free { .. } => 0,
        }
    }

    fn hasten(&mut self, id: u32, at: Instant) {
        if let Entry::Live { place, .. } | Entry::Unhashed { place } =
            self.slots.0[id as usize].entry
        {
            self.timers.hasten(place, at, &mut self.slots);
        }
    }

    /// Templates have no replies.
    fn hash(&mut self, id: u32, conn: &Conn) {
        self.index.insert(&request_key(conn), id, Way::Request);
        if !conn.flags.template {
            self.index.insert(&reply_key(conn), id, Way::Reply);
            self.ports.take(conn);
        }
    }

    fn unhash(&mut self, id: u32, conn: &Conn) {
        self.index.remove(&request_key(conn), id, Way::Request);
        if !conn.flags.template {
            self.index.remove(&reply_key(conn), id, Way::Reply);
            self.ports.give_back(conn);
        }
    }
}

#[cfg(test)]
impl Table {
    /// Whether the ports are counted that connections have which packets find.
    pub(crate) fn ports_agree(&self) -> bool {
        let live = |slot: &&Slot| matches!(slot.entry, Entry::Live { .. });
        self.ports.agree(self.slots.0.iter().filter(live).map(|slot| &slot.conn))
    }
}

/// A connection's request, as it arrives.
#[inline]
fn request_key(conn: &Conn) -> Flow {
    Flow { proto: conn.proto, src: conn.client, dst: conn.vip }
}

/// A connection's reply, as it arrives: from the real server where it was translated, else from the
/// VIP. Linux 6.1 ip_vs_conn.c ip_vs_conn_out_get.
#[inline]
fn reply_key(conn: &Conn) -> Flow {
    let src = if conn.method.translates() { conn.rip } else { conn.vip };
    Flow { proto: conn.proto, src, dst: conn.lip }
}

#[cfg(test)]
mod tests;
