//! Lives of connections, segment by segment.

use super::State as S;
use super::*;

const ORIGINAL: Dir = Dir::Original;
const REPLY: Dir = Dir::Reply;

/// A segment of these flags; SYN is number 100 of its side, and one byte of data follows where the
/// flags say PSH.
fn segment(flags: u8, seq: u32, ack: u32) -> Segment {
    let mut bytes = [0; 21];
    bytes[4..8].copy_from_slice(&seq.to_be_bytes());
    bytes[8..12].copy_from_slice(&ack.to_be_bytes());
    (bytes[12], bytes[13], bytes[14]) = (5 << 4, flags, 1);
    let len = if flags & 8 != 0 { 21 } else { 20 };
    Segment::read(&bytes[..len]).expect("a good segment")
}

const PSH_ACK: u8 = 8 | ACK;
const FIN_ACK: u8 = FIN | ACK;
const SYN_ACK: u8 = SYN | ACK;

#[test]
#[rustfmt::skip]
fn a_connection_lives() {
    let mut track = Track::default();
    //   by        flags    seq  ack     state          seconds
    for (dir,      flags,   seq, ack,    to,            timeout) in [
        (ORIGINAL, SYN,     100, 0,      S::SynSent,    120),
        (ORIGINAL, SYN,     100, 0,      S::SynSent,    120),
        (REPLY,    SYN_ACK, 500, 101,    S::SynRecv,    60),
        (ORIGINAL, ACK,     101, 501,    S::Established, 432_000),
        (ORIGINAL, PSH_ACK, 101, 501,    S::Established, 300), // nobody has acknowledged it
        (REPLY,    ACK,     501, 102,    S::Established, 432_000),
        (REPLY,    FIN_ACK, 501, 102,    S::FinWait,    120),
        (ORIGINAL, ACK,     102, 502,    S::CloseWait,  60),
        (ORIGINAL, FIN_ACK, 102, 502,    S::LastAck,    30),
        (REPLY,    ACK,     502, 103,    S::TimeWait,   120),
    ] {
        let from = track.state;
        let found = track.follow(dir, &segment(flags, seq, ack), &Rules::default());
        let timeout = Duration::from_secs(timeout);
        assert_eq!((found, track.state), (Outcome::Moved { from, timeout }, to), "{dir:?} {flags}");
    }
    assert_eq!(track.follow(ORIGINAL, &segment(SYN, 900, 0), &Rules::default()), Outcome::Reopened);
}

/// Segments that do not fit: what becomes of them, and where the connection then stands.
#[test]
#[rustfmt::skip]
fn what_does_not_fit_is_ignored_or_invalid() {
    let life = [
        (ORIGINAL, segment(SYN, 100, 0)),
        (REPLY, segment(SYN_ACK, 500, 101)),
        (ORIGINAL, segment(ACK, 101, 501)),
    ];
    //   after so many, by      flags    what
    for (count,         dir,    flags,   outcome) in [
        (0,             ORIGINAL, SYN_ACK, Outcome::Invalid),
        (0,             ORIGINAL, FIN_ACK, Outcome::Invalid),
        (0,             ORIGINAL, RST,     Outcome::Invalid),
        (1,             ORIGINAL, ACK,     Outcome::Invalid),
        (1,             REPLY,    ACK,     Outcome::Ignored), // a half-open connection of the other side
        (2,             ORIGINAL, SYN,     Outcome::Ignored),
        (2,             REPLY,    SYN_ACK, Outcome::Ignored),
        (3,             ORIGINAL, SYN,     Outcome::Ignored),
        (3,             REPLY,    SYN,     Outcome::Invalid),
        (3,             ORIGINAL, SYN_ACK, Outcome::Invalid),
    ] {
        let mut track = Track::default();
        for (dir, segment) in &life[..count] {
            track.follow(*dir, segment, &Rules::default());
        }
        let before = track.state;
        let found = track.follow(dir, &segment(flags, 700, 700), &Rules::default());
        assert_eq!((found, track.state), (outcome, before), "after {count} {dir:?} {flags}");
    }
}

#[test]
fn an_answer_to_an_ignored_syn_brings_it_back_in_step() {
    let mut track = Track::default();
    track.follow(ORIGINAL, &segment(SYN, 100, 0), &Rules::default());
    track.follow(REPLY, &segment(SYN_ACK, 500, 101), &Rules::default());
    track.follow(ORIGINAL, &segment(ACK, 101, 501), &Rules::default());
    assert_eq!(track.follow(ORIGINAL, &segment(SYN, 9000, 0), &Rules::default()), Outcome::Ignored);
    track.follow(REPLY, &segment(SYN_ACK, 700, 9001), &Rules::default());
    assert_eq!(track.state, S::SynRecv);
}

#[test]
fn acknowledgements_that_repeat_shorten_the_wait() {
    let mut track = Track::default();
    track.follow(ORIGINAL, &segment(ACK, 100, 500), &Rules::default());
    let last =
        (0..3).map(|_| track.follow(ORIGINAL, &segment(ACK, 100, 500), &Rules::default())).last();
    let timeout = Duration::from_secs(300);
    assert_eq!(last, Some(Outcome::Moved { from: S::Established, timeout }));
}

#[test]
#[rustfmt::skip]
fn flags_that_contradict_each_other_are_no_segment() {
    //   flags       read
    for (flags,      good) in [
        (SYN,        true), (SYN | URG, true),  (SYN | FIN, false), (0, false),
        (FIN,        false), (FIN_ACK, true),   (RST | URG, false), (SYN | RST, false),
        (ACK | 0xc8, true),
    ] {
        let mut bytes = [0; 20];
        (bytes[12], bytes[13]) = (5 << 4, flags);
        assert_eq!(Segment::read(&bytes).is_some(), good, "{flags:#x}");
    }
}
