//! The neighbour table: which MAC address a next hop has, how far that is trusted, and what waits
//! for it.
//!
//! Linux 6.1: net/core/neighbour.c.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::Ipv4Addr;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;
use std::time::Duration;

use lvs_engine::{Instant, OriginId};

use super::arp::Solicit;
use super::packet::Skb;
use super::sysctl::{Global, NeighConf};
use super::{Host, Timer};
use crate::Mac;
use crate::event::{Cx, IfaceId};
use crate::reason::Reason;

/// Above so many entries a full table is cleaned up. Linux: gc_thresh2.
const MANY: usize = 512;
/// An entry that has changed so lately is not forgotten. Linux: neigh_forced_gc.
const YOUNG: Duration = Duration::from_secs(5);

/// How far an entry is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Asked, not yet answered.
    Incomplete,
    /// Known.
    Reachable,
    /// Old, but used until it proves wrong.
    Stale,
    /// Old and in use: will be asked if nothing confirms it.
    Delay,
    /// Being asked, by unicast.
    Probe,
    /// Nobody answered.
    Failed,
    /// Known without ARP.
    Noarp,
    /// Set by an administrator.
    Permanent,
}

impl State {
    /// As `ip neigh` prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "INCOMPLETE",
            Self::Reachable => "REACHABLE",
            Self::Stale => "STALE",
            Self::Delay => "DELAY",
            Self::Probe => "PROBE",
            Self::Failed => "FAILED",
            Self::Noarp => "NOARP",
            Self::Permanent => "PERMANENT",
        }
    }

    /// Whether its MAC address is used. Linux: NUD_VALID.
    pub const fn is_valid(self) -> bool {
        !matches!(self, Self::Incomplete | Self::Failed)
    }

    /// Whether it is used without further thought. Linux: NUD_CONNECTED.
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Reachable | Self::Noarp | Self::Permanent)
    }
}

/// An entry of the table.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The MAC address, if the state is valid.
    pub mac: Mac,
    /// How far it is trusted.
    pub state: State,
    /// When state or MAC address last changed.
    pub updated: Instant,
    /// When it was last known to be right.
    pub confirmed: Instant,
    /// When it was last used by a packet that took the slow way.
    pub used: Instant,
    /// Probes since it was last known; broadcast ones are counted on from the number of unicast
    /// ones.
    pub probes: i32,
    /// Where it was set, if an administrator did.
    pub origin: OriginId,
    pub(super) waiting: VecDeque<Skb>,
    pub(super) timer: Option<Timer>,
    /// Whether a packet has taken the slow way since it is connected: later ones do not refresh
    /// `used`.
    warmed: bool,
}

impl Neighbour {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            mac: Mac::ZERO,
            state: State::Failed,
            updated: now,
            confirmed: now,
            used: now,
            probes: 0,
            origin: OriginId(0),
            waiting: VecDeque::new(),
            timer: None,
            warmed: false,
        }
    }
}

/// Which entry: by which interface, and whose.
type Key = (IfaceId, Ipv4Addr);

/// The whole table of a host.
///
/// It reads and changes as the map that it is. Whatever may change a timer makes it forget which is
/// the first; that one is looked for when it is next asked for.
#[derive(Clone, Default)]
pub struct Neighbours {
    entries: BTreeMap<Key, Neighbour>,
    first: OnceLock<Option<(Timer, Key)>>,
}

impl Neighbours {
    /// The first timer and whose it is.
    pub(super) fn first_timer(&self) -> Option<(Timer, Key)> {
        *self.first.get_or_init(|| {
            let timers = self.iter().filter_map(|(&key, entry)| Some((entry.timer?, key)));
            timers.min_by_key(|&(timer, key)| (timer.order(), key))
        })
    }

    /// Whether there are as many entries as there may be besides permanent ones. Linux: gc_thresh3.
    fn is_full(&self, most: usize) -> bool {
        let counts = |entry: &&Neighbour| entry.state != State::Permanent;
        self.len() >= most && self.values().filter(counts).count() >= most
    }

    /// A packet goes to a neighbour that is known and needs no timer: its MAC address.
    fn pass(&mut self, key: Key, now: Instant) -> Option<Mac> {
        let entry = self.entries.get_mut(&key)?;
        if !entry.state.is_valid() || entry.state == State::Stale {
            return None;
        }
        if !(entry.state.is_connected() && entry.warmed) {
            entry.used = now;
        }
        entry.warmed = entry.state.is_connected();
        Some(entry.mac)
    }

    /// A neighbour is alive.
    fn confirm(&mut self, key: Key, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&key)
            && entry.state.is_valid()
        {
            entry.confirmed = now;
        }
    }
}

impl Deref for Neighbours {
    type Target = BTreeMap<Key, Neighbour>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl DerefMut for Neighbours {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.first.take();
        &mut self.entries
    }
}

impl fmt::Debug for Neighbours {
    /// The entries alone: what is remembered of them is no state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

/// What came with new knowledge about an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Update {
    pub(super) mac: Mac,
    pub(super) state: State,
    /// Whether another MAC address may be replaced.
    pub(super) replace: bool,
    /// Whether an administrator typed it.
    pub(super) admin: bool,
}

impl Host {
    /// The table.
    pub fn neighbours(&self) -> &Neighbours {
        &self.neigh
    }

    /// How long an entry of this interface resists other replies after a change.
    pub(super) fn locktime(&self, iface: IfaceId) -> Duration {
        self.sysctl.neigh_time(NeighConf::Locktime, iface)
    }

    /// An entry, which is made if there is room for it. Linux: neigh_alloc.
    fn neigh_entry(&mut self, key: (IfaceId, Ipv4Addr), cx: &mut Cx<'_>) -> Option<&mut Neighbour> {
        let most = usize::try_from(self.sysctl.global(Global::GcThresh3)).unwrap_or_default();
        if self.neigh.is_full(most) && !self.neigh.contains_key(&key) {
            self.neigh_collect(cx.now);
            if self.neigh.is_full(most) {
                self.sysctl.note_global(Global::GcThresh3, cx);
                cx.note(Reason::NeighTableFull { addr: key.1 });
                return None;
            }
        }
        Some(self.neigh.entry(key).or_insert_with(|| Neighbour::new(cx.now)))
    }

    /// Forgets the oldest entries that are neither permanent nor under way: one, or as many as there
    /// are too many. Linux: neigh_forced_gc.
    fn neigh_collect(&mut self, now: Instant) {
        let is_idle = |entry: &Neighbour| {
            let rests = entry.timer.is_none() && entry.state != State::Permanent;
            rests && (entry.state == State::Failed || now > entry.updated + YOUNG)
        };
        let surplus = self.neigh.len().saturating_sub(MANY).max(1);
        let mut idle: Vec<_> = self
            .neigh
            .iter()
            .filter(|(_, entry)| is_idle(entry))
            .map(|(&key, entry)| (entry.updated, key))
            .collect();
        idle.sort();
        for (_, key) in idle.into_iter().take(surplus) {
            self.neigh.remove(&key);
        }
    }

    /// Sends a packet to a neighbour, or lets it wait. Linux: neigh_output, __neigh_event_send.
    pub(super) fn neigh_output(
        &mut self,
        iface: IfaceId,
        next: Ipv4Addr,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now;
        if let Some(mac) = self.neigh.pass((iface, next), now) {
            self.transmit(iface, mac, skb, cx);
            return;
        }
        let delay = self.sysctl.neigh_time(NeighConf::DelayFirstProbeTime, iface);
        let Some(entry) = self.neigh_entry((iface, next), cx) else { return };
        entry.used = now;
        if entry.state != State::Stale {
            self.neigh_wait(iface, next, skb, cx);
            return;
        }
        (entry.state, entry.updated, entry.warmed) = (State::Delay, now, false);
        entry.timer = Some(Timer::after(delay, cx));
        let mac = entry.mac;
        self.transmit(iface, mac, skb, cx);
    }

    fn neigh_wait(&mut self, iface: IfaceId, next: Ipv4Addr, skb: Skb, cx: &mut Cx<'_>) {
        cx.note(Reason::NeighWaits { addr: next });
        let limit = self.sysctl.neigh(NeighConf::UnresQlenBytes, iface).max(0) as usize;
        let entry = self.neigh.get_mut(&(iface, next)).expect("the caller has made the entry");
        entry.waiting.push_back(skb);
        while entry.waiting.len() > 1
            && entry.waiting.iter().map(Skb::truesize).sum::<usize>() > limit
        {
            entry.waiting.pop_front();
            self.sysctl.note_neigh(NeighConf::UnresQlenBytes, iface, cx);
            cx.note(Reason::NeighOverflow { addr: next });
        }
        self.neigh_resolve((iface, next), cx);
    }

    /// Asks for an entry that is not known, unless that is being done.
    pub(super) fn neigh_resolve(&mut self, key: (IfaceId, Ipv4Addr), cx: &mut Cx<'_>) {
        let (iface, target) = key;
        let retrans = self.sysctl.neigh_time(NeighConf::RetransTimeMs, iface);
        // Linux counts the unicast probes as spent.
        let probes = self.sysctl.neigh(NeighConf::UcastSolicit, iface).saturating_add(1);
        let Some(entry) = self.neigh_entry(key, cx) else { return };
        if entry.state != State::Failed {
            return;
        }
        entry.state = State::Incomplete;
        entry.updated = cx.now;
        entry.used = cx.now;
        entry.probes = probes;
        entry.timer = Some(Timer::after(retrans, cx));
        self.arp_solicit(Solicit { iface, target, to: None }, cx);
    }

    /// An entry's time has come. Linux: neigh_timer_handler.
    pub(super) fn neigh_timer(&mut self, key: (IfaceId, Ipv4Addr), cx: &mut Cx<'_>) {
        let (iface, addr) = key;
        let now = cx.now;
        let reachable = self.sysctl.neigh_time(NeighConf::BaseReachableTimeMs, iface);
        let delay = self.sysctl.neigh_time(NeighConf::DelayFirstProbeTime, iface);
        let retrans = self.sysctl.neigh_time(NeighConf::RetransTimeMs, iface);
        let ucast = self.sysctl.neigh(NeighConf::UcastSolicit, iface);
        let mcast = self.sysctl.neigh(NeighConf::McastSolicit, iface);
        let again = self.sysctl.neigh(NeighConf::McastResolicit, iface);
        let entry = self.neigh.get_mut(&key).expect("a timer belongs to an entry");
        let arm = |wait| Some(Timer::after(wait, cx));
        entry.timer = None;
        match entry.state {
            State::Reachable if now < entry.confirmed + reachable => {
                entry.timer = arm(entry.confirmed + reachable - now);
            }
            State::Reachable if now < entry.used + delay => {
                (entry.state, entry.updated) = (State::Delay, now);
                entry.timer = arm(delay);
            }
            State::Reachable => (entry.state, entry.updated) = (State::Stale, now),
            State::Delay if now < entry.confirmed + delay => {
                (entry.state, entry.updated) = (State::Reachable, now);
                entry.timer = arm(entry.confirmed + reachable - now);
            }
            State::Delay => {
                (entry.state, entry.updated, entry.probes) = (State::Probe, now, 1);
                entry.timer = arm(retrans);
                let mac = entry.mac;
                cx.note(Reason::NeighProbed { addr });
                self.arp_solicit(Solicit { iface, target: addr, to: Some(mac) }, cx);
            }
            State::Probe if entry.probes < ucast.saturating_add(again) => {
                let to = (entry.probes < ucast).then_some(entry.mac);
                entry.probes += 1;
                entry.timer = arm(retrans);
                self.arp_solicit(Solicit { iface, target: addr, to }, cx);
            }
            State::Incomplete if entry.probes < ucast.saturating_add(mcast) => {
                entry.probes += 1;
                entry.timer = arm(retrans);
                self.arp_solicit(Solicit { iface, target: addr, to: None }, cx);
            }
            state @ (State::Probe | State::Incomplete) => {
                let asks_all = state == State::Incomplete;
                let tries =
                    if asks_all { NeighConf::McastSolicit } else { NeighConf::UcastSolicit };
                let origin = self.sysctl.note_neigh(tries, iface, cx);
                self.neigh_fail(key, origin, cx);
            }
            State::Stale | State::Failed | State::Noarp | State::Permanent => {}
        }
    }

    /// Nobody answered: the senders of all that waited are told, in order. Linux: neigh_invalidate.
    pub(super) fn neigh_fail(&mut self, key: Key, origin: OriginId, cx: &mut Cx<'_>) {
        let entry = self.neigh.get_mut(&key).expect("the caller has found the entry");
        (entry.state, entry.updated, entry.warmed) = (State::Failed, cx.now, false);
        let waiting = std::mem::take(&mut entry.waiting);
        cx.note(Reason::NeighFailed { addr: key.1, origin });
        for skb in waiting {
            self.icmp_host_unreachable(&skb, cx);
        }
    }

    /// New knowledge about an entry, which is made if `create`. Linux: __neigh_update.
    pub(super) fn neigh_update(
        &mut self,
        key: (IfaceId, Ipv4Addr),
        update: Update,
        create: bool,
        cx: &mut Cx<'_>,
    ) {
        let (iface, addr) = key;
        let reachable = self.sysctl.neigh_time(NeighConf::BaseReachableTimeMs, iface);
        if create && self.neigh_entry(key, cx).is_none() {
            return;
        }
        let Some(entry) = self.neigh.get_mut(&key) else {
            cx.note(Reason::NeighUnasked { addr, mac: update.mac });
            return;
        };
        let old = entry.state;
        if !update.admin && matches!(old, State::Permanent | State::Noarp) {
            let origin = entry.origin;
            cx.note(Reason::NeighPermanent { addr, refused: update.mac, origin });
            return;
        }
        // Also what is refused for its MAC address shows that somebody is there.
        if update.state.is_connected() {
            entry.confirmed = cx.now;
        }
        let moved = update.mac != entry.mac;
        if old.is_valid() && moved && !update.replace {
            cx.note(Reason::NeighLocked { addr, refused: update.mac });
            return;
        }
        let keeps = old.is_valid() && !moved && update.state == State::Stale && !update.admin;
        let new = if keeps { old } else { update.state };
        cx.note(match (old.is_valid(), moved) {
            (false, _) => Reason::NeighLearned { addr, mac: update.mac },
            (true, true) => Reason::NeighMoved { addr, from: entry.mac, to: update.mac },
            (true, false) => Reason::NeighConfirmed { addr, mac: update.mac },
        });
        if new != old || moved {
            entry.updated = cx.now;
            entry.warmed = false;
        }
        if new != old {
            entry.state = new;
            entry.timer = match new {
                State::Reachable => Some(Timer::after(reachable, cx)),
                State::Delay | State::Probe => Some(Timer::at(cx.now, cx)),
                _ => None,
            };
        }
        entry.mac = update.mac;
        if moved && !update.admin {
            entry.origin = OriginId(0);
        }
        if moved && !new.is_connected() {
            let long_ago = 2 * reachable;
            let since_start = cx.now - Instant::ZERO;
            entry.confirmed = Instant::ZERO + since_start.saturating_sub(long_ago);
        }
        if !old.is_valid() {
            for skb in std::mem::take(&mut entry.waiting) {
                self.neigh_output(iface, addr, skb, cx);
            }
        }
    }

    /// TCP made progress over this neighbour: it is alive.
    pub(super) fn neigh_confirm(&mut self, key: (IfaceId, Ipv4Addr), now: Instant) {
        self.neigh.confirm(key, now);
    }

    /// An interface went down, or its cable was pulled: its entries go. `all`: permanent ones too.
    pub(super) fn neigh_flush_iface(&mut self, iface: IfaceId, all: bool) {
        self.neigh.retain(|key, entry| key.0 != iface || !all && entry.state == State::Permanent);
    }
}
