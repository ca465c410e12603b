//! Connection tracking: an entry for each pair of ends that talk through this host, and for each
//! packet which entry it belongs to.
//!
//! Linux 6.1: net/netfilter/nf_conntrack_core.c. An entry is made with a connection's first packet
//! and travels with it; only a packet that leaves, or is taken here, enters it in the table. No
//! timer ends an entry: whoever finds one whose time is over passes it by.

mod tcp;
mod tuple;

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_engine::{Endpoint, Instant, OriginId, View};

pub use tcp::State;
pub use tuple::Tuple;

use super::packet::{checksum, pseudo};
use super::sysctl::{Rules, Tracking};
use super::{icmp, tcp as tcp_socket, udp};
use crate::event::IfaceId;
use crate::netfilter::{Counts, Tracked};

/// What still comes both ways after so long is a stream.
const STREAM_AFTER: Duration = Duration::from_secs(2);
/// Which way along a connection a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dir {
    /// As its first packet.
    Original,
    /// Back.
    Reply,
}

impl Dir {
    /// The other way.
    pub const fn other(self) -> Self {
        match self {
            Self::Original => Self::Reply,
            Self::Reply => Self::Original,
        }
    }
}

/// How a packet stands to its entry. Linux: enum ip_conntrack_info, without its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It begins a connection, or nobody has answered yet.
    New,
    /// Both ways were seen.
    Established,
    /// An error about the connection.
    Related,
}

/// What connection tracking knows of a packet. Linux: skb->_nfct.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Ct {
    /// Nothing: tracking is off, has not seen it yet, or found it INVALID.
    #[default]
    None,
    /// It was taken out of tracking.
    Untracked,
    /// An entry that is not in the table: not yet, or no more.
    Loose(Box<Entry>, Standing, Dir),
    /// An entry of the table.
    Known(EntryId, Standing, Dir),
}

impl Ct {
    /// Of an error about this packet: it belongs to the same connection, the other way. Linux 6.1
    /// icmp.c, icmp_glue_bits; nf_conntrack_core.c, nf_conntrack_attach.
    pub(super) fn of_error(&self) -> Self {
        match self {
            Self::None | Self::Untracked => Self::None,
            Self::Loose(entry, _, dir) => {
                Self::Loose(entry.clone(), Standing::Related, dir.other())
            }
            Self::Known(id, _, dir) => Self::Known(*id, Standing::Related, dir.other()),
        }
    }
}

/// The number of an entry: they count from 1 in order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId(u64);

/// What a protocol remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    Tcp(tcp::Track),
    /// From when on it is a stream.
    Udp(Instant),
    Other,
}

/// Whether an end of a connection is translated, and whether that was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Manip {
    pub(super) done: bool,
    pub(super) changed: bool,
    /// Where the rule was typed that translates it.
    pub(super) origin: OriginId,
}

/// A connection. Linux: struct nf_conn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As its first packet came.
    pub original: Tuple,
    /// As answers come: the inverse, after translation.
    pub reply: Tuple,
    /// An answer was seen.
    pub seen_reply: bool,
    /// Both sides have agreed; it is not thrown out early.
    pub assured: bool,
    /// Translation of its source.
    pub(super) src: Manip,
    /// Translation of its destination.
    pub(super) dst: Manip,
    /// MASQUERADE: by which interface it left.
    pub(super) masqueraded: Option<IfaceId>,
    /// It was taken out of the table, and comes back no more.
    pub(super) is_over: bool,
    /// Packets and bytes of both ways, if they are counted.
    counts: Option<[Counts; 2]>,
    memory: Memory,
    timeout: Duration,
    expires_at: Instant,
}

impl Entry {
    fn new(original: Tuple, reply: Tuple, rules: &Rules, now: Instant) -> Self {
        let memory = match original.proto {
            tcp_socket::PROTO => Memory::Tcp(tcp::Track::default()),
            udp::PROTO => Memory::Udp(now + STREAM_AFTER),
            _ => Memory::Other,
        };
        Self {
            original,
            reply,
            seen_reply: false,
            assured: false,
            src: Manip::default(),
            dst: Manip::default(),
            masqueraded: None,
            is_over: false,
            counts: rules.is_on(Tracking::Acct).then(Default::default),
            memory,
            timeout: Duration::ZERO,
            expires_at: now,
        }
    }

    /// The tuple of one way.
    pub fn tuple(&self, dir: Dir) -> &Tuple {
        match dir {
            Dir::Original => &self.original,
            Dir::Reply => &self.reply,
        }
    }

    /// As it is listed.
    pub fn listed(&self, now: Instant) -> Tracked {
        let left = if self.expires_at > now { self.expires_at - now } else { Duration::ZERO };
        Tracked {
            proto: self.original.proto,
            timeout_s: left.as_secs() as u32,
            state: self.state().map(State::name),
            original: self.original.listed(),
            reply: self.reply.listed(),
            replied: self.seen_reply,
            assured: self.assured,
            mark: 0,
            uses: 1,
            counts: self.counts,
        }
    }

    /// TCP's state.
    pub fn state(&self) -> Option<State> {
        match &self.memory {
            Memory::Tcp(track) => Some(track.state),
            _ => None,
        }
    }

    /// It lasts for so long from now. Linux 6.1 nf_conntrack_core.c, __nf_ct_refresh_acct.
    fn refresh(&mut self, timeout: Duration, now: Instant) {
        (self.timeout, self.expires_at) = (timeout, now + timeout);
    }

    /// One more packet of this way. Linux 6.1 nf_conntrack_core.c, nf_ct_acct_update.
    fn account(&mut self, dir: Dir, view: &View<'_>) {
        if let Some(counts) = &mut self.counts {
            let own = &mut counts[dir as usize];
            own.packets += 1;
            own.bytes += view.bytes().len() as u64;
        }
    }

    /// Follows a packet in the protocol's own states.
    fn follow(&mut self, dir: Dir, view: &View<'_>, rules: &Rules, now: Instant) -> Followed {
        let fresh = !self.seen_reply && dir == Dir::Original;
        match &mut self.memory {
            Memory::Udp(stream_at) => {
                let stream = self.seen_reply && now > *stream_at;
                self.assured |= stream;
                let key = if stream { Tracking::UdpTimeoutStream } else { Tracking::UdpTimeout };
                self.refresh(rules.time(key), now);
                self.account(dir, view);
                Followed::Passes
            }
            Memory::Other => {
                let asks = matches!(self.original.icmp_kind(), 8 | 13 | 15 | 17);
                let is_icmp = self.original.proto == icmp::PROTO;
                if is_icmp && fresh && !asks {
                    return Followed::Invalid;
                }
                let key = if is_icmp { Tracking::IcmpTimeout } else { Tracking::GenericTimeout };
                self.refresh(rules.time(key), now);
                self.account(dir, view);
                Followed::Passes
            }
            Memory::Tcp(track) => {
                let Some(segment) = tcp::Segment::read(view.payload()) else {
                    return Followed::Invalid;
                };
                match track.follow(dir, &segment, rules) {
                    tcp::Outcome::Invalid => Followed::Invalid,
                    tcp::Outcome::Ignored => Followed::Passes,
                    tcp::Outcome::Reopened => Followed::Over,
                    tcp::Outcome::Moved { from, timeout } => {
                        let followed = self.moved(from, timeout, rules, now);
                        if followed == Followed::Passes {
                            self.account(dir, view);
                        }
                        followed
                    }
                }
            }
        }
    }

    /// A segment has moved TCP's state. Linux 6.1 nf_conntrack_proto_tcp.c,
    /// nf_conntrack_tcp_packet.
    fn moved(&mut self, from: State, timeout: Duration, rules: &Rules, now: Instant) -> Followed {
        let Memory::Tcp(track) = &self.memory else { unreachable!("only TCP has states") };
        let mut timeout = timeout;
        if !self.seen_reply {
            match (from, track.state) {
                // Nobody answered but by a reset: as if it had never been.
                (_, State::Close) => return Followed::Refused,
                // The same SYN again does not make it last.
                (State::SynSent, State::SynSent) => return Followed::Repeats,
                _ => timeout = track.one_sided(timeout, rules),
            }
        } else if track.assures(from) {
            self.assured = true;
        }
        self.refresh(timeout, now);
        Followed::Passes
    }
}

/// What a protocol made of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    Passes,
    /// It passes, and changes nothing.
    Repeats,
    Invalid,
    /// It begins a new connection between the same ends.
    Over,
    /// It passes, and its entry is gone.
    Refused,
}

/// How a packet was found to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It begins a connection.
    New(Box<Entry>),
    /// It is of this entry.
    Known(EntryId, Standing, Dir),
    /// It is of none, and cannot begin one.
    Invalid,
    /// It would begin one, and there is no room.
    Full,
    /// It is the last of an entry that is gone.
    Last(Box<Entry>, Standing, Dir),
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    entries: BTreeMap<EntryId, Entry>,
    /// Each entry stands here twice, once for each way.
    by_tuple: BTreeMap<Tuple, (EntryId, Dir)>,
    last: u64,
    rules: Rules,
}

impl Conntrack {
    /// The entries that last, the oldest first.
    pub fn entries(&self, now: Instant) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(move |entry| entry.expires_at > now)
    }

    /// What it is told by its settings.
    pub(crate) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// Forgets all entries.
    pub fn flush(&mut self) {
        self.entries.clear();
        self.by_tuple.clear();
    }

    /// Forgets the entries that are meant, and those whose time is over.
    pub fn remove(&mut self, now: Instant, is_meant: impl Fn(&Entry) -> bool) {
        let meant = |(_, entry): &(&EntryId, &Entry)| entry.expires_at <= now || is_meant(entry);
        let ids: Vec<_> = self.entries.iter().filter(meant).map(|(&id, _)| id).collect();
        for id in ids {
            self.kill(id);
        }
    }

    pub(super) fn get(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// A connection was refused on its way: its entry has not long to go.
    pub(super) fn close(&mut self, id: EntryId, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&id)
            && let Memory::Tcp(track) = &mut entry.memory
            && let Some(timeout) = track.close(&self.rules)
        {
            entry.refresh(timeout, now);
        }
    }

    pub(super) fn kill(&mut self, id: EntryId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        for tuple in [entry.original, entry.reply] {
            // A younger entry may have taken the place of one whose time was over.
            if self.by_tuple.get(&tuple).is_some_and(|&(known, _)| known == id) {
                self.by_tuple.remove(&tuple);
            }
        }
        Some(Entry { is_over: true, ..entry })
    }

    /// The entry of this tuple, if it still lasts.
    pub(super) fn find(&self, tuple: &Tuple, now: Instant) -> Option<(EntryId, Dir)> {
        let &(id, dir) = self.by_tuple.get(tuple)?;
        self.entries.get(&id).filter(|entry| entry.expires_at > now).map(|_| (id, dir))
    }

    /// To which entry a packet belongs; the entry follows it. `checked`: its checksum is asked for.
    /// Linux 6.1 nf_conntrack_core.c, nf_conntrack_in.
    pub(super) fn track(&mut self, view: &View<'_>, checked: bool, now: Instant) -> Found {
        let checked = checked && self.rules.is_on(Tracking::Checksum);
        if checked && !has_right_sum(view) {
            return Found::Invalid;
        }
        if view.proto() == icmp::PROTO && is_error(view) {
            return self.related(view, now);
        }
        let Some(tuple) = Tuple::of(view) else { return Found::Invalid };
        let Some((id, dir)) = self.find(&tuple, now) else {
            return self.begin(tuple, view, now);
        };
        let entry = self.entries.get_mut(&id).expect("it was found");
        let standing = match dir == Dir::Reply || entry.seen_reply {
            true => Standing::Established,
            false => Standing::New,
        };
        match entry.follow(dir, view, &self.rules, now) {
            Followed::Passes | Followed::Repeats => {}
            Followed::Invalid => return Found::Invalid,
            Followed::Over => {
                self.kill(id);
                return self.begin(tuple, view, now);
            }
            Followed::Refused => {
                let entry = self.kill(id).expect("it was found");
                return Found::Last(Box::new(entry), standing, dir);
            }
        }
        entry.seen_reply |= dir == Dir::Reply;
        Found::Known(id, standing, dir)
    }

    /// A packet that no entry knows begins one, if it can, and if there is room. Differs from Linux,
    /// which looks into eight buckets of its table for an entry that is not assured, and gives it
    /// up. Linux 6.1 nf_conntrack_core.c, init_conntrack and __nf_conntrack_alloc.
    fn begin(&mut self, original: Tuple, view: &View<'_>, now: Instant) -> Found {
        let Some(reply) = original.inverse() else { return Found::Invalid };
        let most = self.rules.get(Tracking::Max).unsigned_abs() as usize;
        if most > 0 && self.entries.len() >= most {
            self.remove(now, |_| false);
            if self.entries.len() >= most {
                return Found::Full;
            }
        }
        let mut entry = Entry::new(original, reply, &self.rules, now);
        match entry.follow(Dir::Original, view, &self.rules, now) {
            Followed::Invalid => Found::Invalid,
            // Linux 6.1 nf_conntrack_proto_tcp.c, tcp_new.
            _ if entry.state().is_some_and(|state| state != State::SynSent)
                && !self.rules.is_on(Tracking::TcpLoose) =>
            {
                Found::Invalid
            }
            _ => Found::New(Box::new(entry)),
        }
    }

    /// An error belongs to the entry of the packet that it quotes, if it goes to that one's sender.
    /// Linux 6.1 nf_conntrack_proto_icmp.c, nf_conntrack_inet_error.
    fn related(&self, view: &View<'_>, now: Instant) -> Found {
        let quoted = view.payload().get(icmp::HEAD..).map(View::new_cut);
        let Some(Ok(quoted)) = quoted else { return Found::Invalid };
        let tuple = Tuple::of(&quoted).filter(|_| quoted.fragment_offset() == 0);
        let Some(answer) = tuple.and_then(|tuple| tuple.inverse()) else { return Found::Invalid };
        match self.find(&answer, now) {
            Some((id, dir)) if answer.dst.addr == view.dst() => {
                Found::Known(id, Standing::Related, dir)
            }
            _ => Found::Invalid,
        }
    }

    /// Enters a fresh entry in the table; none if another one has its ends already. Linux 6.1 nf_conntrack_core.c, __nf_conntrack_confirm.
    pub(super) fn confirm(&mut self, entry: Entry, now: Instant) -> Option<EntryId> {
        let taken = |tuple: &Tuple| self.find(tuple, now).is_some();
        if taken(&entry.original) || taken(&entry.reply) {
            return None;
        }
        let stale = [entry.original, entry.reply].map(|tuple| self.by_tuple.get(&tuple).copied());
        for (id, _) in stale.into_iter().flatten() {
            self.kill(id);
        }
        self.last += 1;
        let id = EntryId(self.last);
        let expires_at = now + entry.timeout;
        self.by_tuple.insert(entry.reply, (id, Dir::Reply));
        self.by_tuple.insert(entry.original, (id, Dir::Original));
        self.entries.insert(id, Entry { expires_at, ..entry });
        Some(id)
    }

    /// Whether answers to this tuple would be those of another entry. Linux 6.1 nf_nat_core.c,
    /// nf_nat_used_tuple.
    pub(super) fn is_used(&self, tuple: &Tuple, now: Instant) -> bool {
        tuple.inverse().is_some_and(|reply| self.find(&reply, now).is_some())
    }

    /// How packets of this source are translated already, the newest entry first. Linux 6.1
    /// nf_nat_core.c, find_appropriate_src.
    pub(super) fn sources(&self, of: Tuple, now: Instant) -> impl Iterator<Item = Endpoint> {
        let same = move |entry: &&Entry| {
            entry.expires_at > now
                && entry.src.done
                && (entry.original.proto, entry.original.src) == (of.proto, of.src)
        };
        let entries = self.entries.values().rev().filter(same);
        entries.filter_map(|entry| Some(entry.reply.inverse()?.src))
    }

    /// Forgets the entry of these ends. Linux 6.1 ip_vs_nfct.c, ip_vs_conn_drop_conntrack.
    pub(super) fn drop_original(&mut self, tuple: &Tuple, now: Instant) {
        if let Some((id, Dir::Original)) = self.find(tuple, now) {
            self.kill(id);
        }
    }
}

/// Linux 6.1 nf_conntrack_proto_icmp.c, icmp_error: unreachable, source quench, redirect, time
/// exceeded, parameter problem.
pub(super) fn is_error(view: &View<'_>) -> bool {
    matches!(view.payload().first(), Some(3 | 4 | 5 | 11 | 12))
}

/// Whether the checksum of a packet's content is right. Linux: net.netfilter.nf_conntrack_checksum.
fn has_right_sum(view: &View<'_>) -> bool {
    let (body, proto) = (view.payload(), view.proto());
    let whole =
        |body: &[u8]| checksum(body, pseudo(view.src(), view.dst(), proto, body.len())) == 0;
    match proto {
        icmp::PROTO => body.len() >= icmp::HEAD && checksum(body, 0) == 0,
        tcp_socket::PROTO => whole(body),
        udp::PROTO => {
            let Some(head) = body.first_chunk::<8>() else { return false };
            let len = usize::from(u16::from_be_bytes([head[4], head[5]]));
            let sound = (head.len()..=body.len()).contains(&len);
            sound && (head[6..] == [0, 0] || whole(&body[..len]))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
