//! TCP as connection tracking follows it: a state of its own for the pair of both ends, and how
//! long it may last.
//!
//! Linux 6.1: net/netfilter/nf_conntrack_proto_tcp.c. Differs from Linux: that a segment lies
//! within the window is not checked, so none is INVALID for its sequence number alone.

use std::time::Duration;

use super::Dir;
use crate::host::sysctl::{Rules, Tracking};

/// The states, as `conntrack -L` names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing was seen yet.
    #[default]
    None,
    /// A SYN.
    SynSent,
    /// Its SYN-ACK.
    SynRecv,
    /// Data may flow.
    Established,
    /// One FIN.
    FinWait,
    /// It was acknowledged.
    CloseWait,
    /// The other FIN.
    LastAck,
    /// It was acknowledged too.
    TimeWait,
    /// Reset.
    Close,
    /// A SYN of each side.
    SynSent2,
}

impl State {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::FinWait => "FIN_WAIT",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::SynSent2 => "SYN_SENT2",
        }
    }

    /// How long an entry in it lasts.
    const fn timeout(self) -> Tracking {
        match self {
            Self::None | Self::SynSent | Self::SynSent2 => Tracking::TcpTimeoutSynSent,
            Self::SynRecv => Tracking::TcpTimeoutSynRecv,
            Self::Established => Tracking::TcpTimeoutEstablished,
            Self::FinWait => Tracking::TcpTimeoutFinWait,
            Self::CloseWait => Tracking::TcpTimeoutCloseWait,
            Self::LastAck => Tracking::TcpTimeoutLastAck,
            Self::TimeWait => Tracking::TcpTimeoutTimeWait,
            Self::Close => Tracking::TcpTimeoutClose,
        }
    }
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;
const URG: u8 = 32;
/// The flags that go together. Linux 6.1 nf_conntrack_proto_tcp.c, tcp_valid_flags.
const VALID: [u8; 9] =
    [SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG];

/// What a segment does, by its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Syn,
    SynAck,
    Fin,
    Ack,
    Rst,
    Nothing,
}

/// The parts of a segment that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    flags: u8,
    seq: u32,
    ack: u32,
    /// Behind its last byte; SYN and FIN count.
    end: u32,
    window: u16,
}

impl Segment {
    /// The segment in an IP packet's payload; none if it is cut, or its flags contradict each
    /// other. Linux 6.1 nf_conntrack_proto_tcp.c, tcp_error.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<20>()?;
        let half = |at: usize| u32::from(u16::from_be_bytes([head[at], head[at + 1]]));
        let word = |at: usize| half(at) << 16 | half(at + 2);
        let (offset, flags) = (usize::from(head[12] >> 4) * 4, head[13]);
        if offset < head.len() || bytes.len() < offset {
            return None;
        }
        if !VALID.contains(&(flags & (FIN | SYN | RST | ACK | URG))) {
            return None;
        }
        let counts = u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        let len = (bytes.len() - offset) as u32 + counts;
        let window = half(14) as u16;
        Some(Self { flags, seq: word(4), ack: word(8), end: word(4).wrapping_add(len), window })
    }

    fn act(&self) -> Act {
        let has = |flag: u8| self.flags & flag != 0;
        match () {
            () if has(RST) => Act::Rst,
            () if has(SYN) && has(ACK) => Act::SynAck,
            () if has(SYN) => Act::Syn,
            () if has(FIN) => Act::Fin,
            () if has(ACK) => Act::Ack,
            () => Act::Nothing,
        }
    }
}

/// Where a segment leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    To(State),
    /// It passes, and moves nothing: the entry may be out of step with both ends.
    Ignore,
    Invalid,
}

/// The transition table. Linux 6.1 nf_conntrack_proto_tcp.c, tcp_conntracks.
fn step(dir: Dir, act: Act, from: State) -> Step {
    use State as S;
    let original = dir == Dir::Original;
    match (act, from) {
        (Act::Nothing, _) => Step::Invalid,
        (Act::Rst, S::None) => Step::Invalid,
        (Act::Rst, _) => Step::To(S::Close),

        (Act::Syn, S::None | S::SynSent | S::TimeWait | S::Close) if original => {
            Step::To(S::SynSent)
        }
        (Act::Syn, S::SynSent2) => Step::To(S::SynSent2),
        (Act::Syn, _) if original => Step::Ignore,
        (Act::Syn, S::SynSent) => Step::To(S::SynSent2),
        (Act::Syn, S::TimeWait) => Step::To(S::SynSent),
        (Act::Syn, _) => Step::Invalid,

        (Act::SynAck, S::SynRecv | S::SynSent2) if original => Step::To(S::SynRecv),
        (Act::SynAck, _) if original => Step::Invalid,
        (Act::SynAck, S::None) => Step::Invalid,
        (Act::SynAck, S::SynSent | S::SynSent2) => Step::To(S::SynRecv),
        (Act::SynAck, _) => Step::Ignore,

        (Act::Ack, S::None) if original => Step::To(S::Established),
        (Act::Fin | Act::Ack, S::None) => Step::Invalid,
        (Act::Ack, S::SynSent | S::SynSent2) if !original => Step::Ignore,
        (Act::Fin | Act::Ack, S::SynSent | S::SynSent2) => Step::Invalid,
        (Act::Ack, S::SynRecv) if original => Step::To(S::Established),
        (Act::Ack, S::SynRecv) => Step::To(S::SynRecv),
        (Act::Ack, S::Established) => Step::To(S::Established),
        (Act::Fin, S::SynRecv | S::Established) => Step::To(S::FinWait),
        (Act::Ack, S::FinWait | S::CloseWait) => Step::To(S::CloseWait),
        (Act::Fin, S::FinWait | S::CloseWait | S::LastAck) => Step::To(S::LastAck),
        (Act::Ack, S::LastAck) => Step::To(S::TimeWait),
        (_, S::TimeWait) => Step::To(S::TimeWait),
        (_, S::Close) => Step::To(S::Close),
    }
}

/// What is known of one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Side {
    /// Behind the last byte that it sent.
    end: Option<u32>,
    /// Some of that was not acknowledged yet.
    unacknowledged: bool,
    /// It sent the first FIN.
    closed_first: bool,
}

/// A segment that may be repeated.
type Last = (Dir, u32, u32, u32, u16);

/// A TCP connection as it is tracked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::host) struct Track {
    pub(in crate::host) state: State,
    sides: [Side; 2],
    /// The last segment that was no more than an acknowledgement, and how often it was repeated.
    last: Option<Last>,
    repeats: u8,
    /// The way of the last segment, if that was a reset.
    reset_by: Option<Dir>,
    /// A SYN that was ignored: its way and its end. An answer to it says who was out of step.
    ignored_syn: Option<(Dir, u32)>,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It moved the state, or kept it.
    Moved {
        from: State,
        timeout: Duration,
    },
    /// It passes, and its entry's time is not renewed.
    Ignored,
    Invalid,
    /// A new connection between the same ends: this one's entry is over.
    Reopened,
}

impl Track {
    /// Follows a segment.
    pub(super) fn follow(&mut self, dir: Dir, segment: &Segment, rules: &Rules) -> Outcome {
        let (from, act) = (self.state, segment.act());
        let step = step(dir, act, from);
        let reopens =
            step == Step::To(State::SynSent) && matches!(from, State::TimeWait | State::Close);
        let closed = || self.sides.iter().any(|side| side.closed_first);
        let (from, to) = match step {
            Step::Invalid => return Outcome::Invalid,
            Step::To(_) if reopens && (closed() || self.reset_by == Some(dir)) => {
                return Outcome::Reopened;
            }
            Step::To(to) if !reopens => (from, to),
            _ if act == Act::SynAck && self.ignored_syn == Some((dir.other(), segment.ack)) => {
                self.sides[dir as usize] = Side::default();
                (State::SynSent, State::SynRecv)
            }
            _ => {
                self.ignored_syn = (act == Act::Syn).then_some((dir, segment.end));
                return Outcome::Ignored;
            }
        };
        self.ignored_syn = None;
        self.remember(dir, act, segment);
        self.state = to;
        if from != to && to == State::FinWait {
            self.sides[dir as usize].closed_first = true;
        }
        Outcome::Moved { from, timeout: self.timeout(act, rules) }
    }

    /// Linux 6.1 nf_conntrack_proto_tcp.c, tcp_in_window: what it learns of a segment.
    fn remember(&mut self, dir: Dir, act: Act, segment: &Segment) {
        self.reset_by = (act == Act::Rst).then_some(dir);
        let own = &mut self.sides[dir as usize];
        let is_later = |end: u32| (segment.end.wrapping_sub(end) as i32) > 0;
        match own.end {
            // The first segment of a side only tells where it begins.
            None => own.end = Some(segment.end),
            Some(end) if is_later(end) => {
                (own.end, own.unacknowledged) = (Some(segment.end), true);
            }
            Some(_) => {}
        }
        let other = &mut self.sides[dir.other() as usize];
        if segment.flags & ACK != 0 && other.end == Some(segment.ack) {
            other.unacknowledged = false;
        }
        if act == Act::Ack {
            let last = Some((dir, segment.seq, segment.ack, segment.end, segment.window));
            self.repeats = if self.last == last { self.repeats.saturating_add(1) } else { 0 };
            self.last = last;
        }
    }

    fn timeout(&self, act: Act, rules: &Rules) -> Duration {
        let full = rules.time(self.state.timeout());
        let unacknowledged = rules.time(Tracking::TcpTimeoutUnacknowledged);
        let repeated = rules.time(Tracking::TcpTimeoutMaxRetrans);
        let most_repeats = rules.get(Tracking::TcpMaxRetrans);
        let waits = self.sides.iter().any(|side| side.unacknowledged);
        let shut = self.last.is_none_or(|(.., window)| window == 0);
        match act {
            _ if i32::from(self.repeats) >= most_repeats => full.min(repeated),
            Act::Rst => rules.time(Tracking::TcpTimeoutClose),
            _ if waits => full.min(unacknowledged),
            _ if shut => full.min(repeated),
            _ => full,
        }
    }

    /// It is refused on its way. Returns how long it still lasts, if that changes.
    pub(super) fn close(&mut self, rules: &Rules) -> Option<Duration> {
        let was = std::mem::replace(&mut self.state, State::Close);
        (was != State::Close).then(|| rules.time(self.state.timeout()))
    }

    /// How long an entry may last of which only one side was ever seen in midstream.
    pub(super) fn one_sided(&self, timeout: Duration, rules: &Rules) -> Duration {
        match self.state {
            State::Established => timeout.min(rules.time(Tracking::TcpTimeoutUnacknowledged)),
            _ => timeout,
        }
    }

    /// Whether a step makes the entry one of both sides' consent.
    pub(super) fn assures(&self, from: State) -> bool {
        matches!(from, State::SynRecv | State::Established) && self.state == State::Established
    }
}

#[cfg(test)]
mod tests;
