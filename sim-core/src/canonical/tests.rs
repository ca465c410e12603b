//! What the canonical form keeps, what it fixes, and that it stays a frame.

use etherparse::{PacketBuilder, SlicedPacket, TcpOptionElement as TcpOption};
use proptest::prelude::*;

use super::*;
use crate::tcpdump::tests::{near_frames, recorded_frames};
use crate::tcpdump::{Options, Tcpdump};

/// One segment, as its makers describe it.
#[derive(Clone)]
struct Segment {
    macs: ([u8; 6], [u8; 6]),
    addrs: ([u8; 4], [u8; 4]),
    ttl: u8,
    tos: u8,
    id: u16,
    df: bool,
    ports: (u16, u16),
    flags: &'static str,
    seq: u32,
    ack: u32,
    window: u16,
    options: Vec<TcpOption>,
    data: &'static [u8],
}

const CLIENT: [u8; 4] = [10, 0, 0, 10];
const VIP: [u8; 4] = [192, 0, 2, 100];

impl Segment {
    fn from_client(flags: &'static str, seq: u32, ack: u32) -> Self {
        Self {
            macs: ([2, 0, 0, 0, 0, 0xc], [2, 0, 0, 0, 0, 1]),
            addrs: (CLIENT, VIP),
            ttl: 64,
            tos: 0,
            id: 7,
            df: true,
            ports: (40_000, 80),
            flags,
            seq,
            ack,
            window: 502,
            options: vec![TcpOption::Noop, TcpOption::Noop, TcpOption::Timestamp(1, 2)],
            data: b"",
        }
    }

    fn from_vip(flags: &'static str, seq: u32, ack: u32) -> Self {
        let mut segment = Self::from_client(flags, seq, ack);
        segment.addrs = (VIP, CLIENT);
        segment.ports = (80, 40_000);
        segment
    }

    fn syn(isn: u32) -> Self {
        let options = vec![
            TcpOption::MaximumSegmentSize(1460),
            TcpOption::SelectiveAcknowledgementPermitted,
            TcpOption::Timestamp(1, 0),
            TcpOption::Noop,
            TcpOption::WindowScale(7),
        ];
        Self { window: 64_240, options, ..Self::from_client("S", isn, 0) }
    }

    fn frame(&self) -> Vec<u8> {
        let mut ip = etherparse::Ipv4Header::new(
            0,
            self.ttl,
            etherparse::IpNumber::TCP,
            self.addrs.0,
            self.addrs.1,
        )
        .expect("an empty payload fits");
        ip.identification = self.id;
        ip.dont_fragment = self.df;
        let mut builder = PacketBuilder::ethernet2(self.macs.0, self.macs.1)
            .ip(etherparse::IpHeaders::Ipv4(ip, etherparse::Ipv4Extensions::default()))
            .tcp(self.ports.0, self.ports.1, self.seq, self.window)
            .options(&self.options)
            .expect("the options fit");
        for flag in self.flags.chars() {
            builder = match flag {
                'S' => builder.syn(),
                'F' => builder.fin(),
                'R' => builder.rst(),
                'P' => builder.psh(),
                '.' => builder.ack(self.ack),
                other => panic!("no flag {other}"),
            };
        }
        let mut frame = Vec::new();
        builder.write(&mut frame, self.data).unwrap();
        // etherparse's builder has no word for the TOS.
        frame[15] = self.tos;
        frame[24..26].fill(0);
        let sum = checksum(0, &frame[14..34]);
        frame[24..26].copy_from_slice(&sum.to_be_bytes());
        frame
    }
}

/// The frames of one interface, one after another.
fn canonical(frames: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut memory = Memory::default();
    frames.into_iter().map(|bytes| frame(&bytes, &mut memory)).collect()
}

/// What tcpdump says of one, its checksums too.
fn text(bytes: &[u8]) -> String {
    let options = Options { ether: false, verbose: 2, absolute: true };
    Tcpdump::new(options).line(bytes).replace("\n    ", " ").replace("\n\t", " ")
}

#[test]
fn a_canonical_frame_is_a_frame_that_tcpdump_prints() {
    let frames = recorded_frames();
    let mut memory = Memory::default();
    let texts: Vec<String> = frames.iter().map(|bytes| text(&frame(bytes, &mut memory))).collect();
    // The number of the frame in `recorded.txt`. Many frames there share one connection, so a later
    // one may quote a number from before the beginning of an earlier one.
    let table = "\
2 ARP, Ethernet (len 6), IPv4 (len 4), Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28
17 ARP, Ethernet (len 0), IPv4 (len 4), Request who-has 10.0.0.1 tell 10.0.0.10, length 16
19 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60) 10.0.0.10.52118 > 192.168.1.11.80: Flags [S], cksum 0xb56b (correct), seq 0, win 64240, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 7], length 0
20 IP (tos 0x0, ttl 63, id 0, offset 0, flags [DF], proto TCP (6), length 60) 192.168.1.11.80 > 10.0.0.10.52118: Flags [S.], cksum 0xb1c2 (correct), seq 0, ack 1, win 65160, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 7], length 0
21 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 52) 10.0.0.10.52118 > 192.168.1.11.80: Flags [.], cksum 0xdf17 (correct), seq 1, ack 1, win 0, options [nop,nop,TS val 0 ecr 0], length 0
32 IP (tos 0x0, ttl 63, id 0, offset 0, flags [DF], proto TCP (6), length 40) 192.168.1.11.82 > 10.0.0.10.53024: Flags [R.], cksum 0x14a0 (correct), seq 0, ack 1, win 0, length 0
47 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 40) 10.0.0.10.40001 > 192.168.1.100.81: Flags [.], cksum 0x127f (incorrect -> 0x472a), seq 1, ack 1, win 0, length 0
96 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto UDP (17), length 31) 10.0.0.10.1 > 192.168.1.100.2: [no cksum] UDP, length 3
102 IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 84) 192.168.1.11 > 10.0.0.10: ICMP echo reply, id 1, seq 2, length 64
135 IP (tos 0xc0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 108) 192.168.1.11 > 192.168.1.10: ICMP 192.168.1.11 protocol 4 unreachable, length 88 IP (tos 0x0, ttl 63, id 0, offset 0, flags [DF], proto IPIP (4), length 80) 192.168.1.10 > 192.168.1.11: IP (tos 0x0, ttl 63, id 1, offset 0, flags [DF], proto TCP (6), length 60) 10.0.0.10.40000 > 192.168.1.100.80: Flags [S], cksum 0xf406 (correct), seq 4294963297, win 64240, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 7], length 0
139 IP (tos 0xc0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 56) 192.168.1.100 > 10.0.0.10: ICMP 192.168.1.100 unreachable - need to frag (mtu 1480), length 36 IP (tos 0x0, ttl 62, id 0, offset 0, flags [DF], proto TCP (6), length 572) 10.0.0.10.40000 > 192.168.1.100.80:  [|tcp]
153 IP (tos 0xc0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 112) 192.168.1.10 > 192.168.1.12: ICMP redirect 10.0.0.10 to host 192.168.1.254, length 92 IP (tos 0x0, ttl 63, id 1, offset 0, flags [DF], proto ICMP (1), length 84) 192.168.1.11 > 10.0.0.10: ICMP echo request, id 1, seq 1, length 64
169 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto IPIP (4), length 58) 192.168.1.10 > 192.168.1.11: IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto UDP (17), length 38, bad cksum 3be4 (->6eb1)!) 10.0.0.10.1 > 192.168.1.100.2: [udp sum ok] UDP, length 10
174 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto GRE (47), length 88) 192.168.1.10 > 192.168.1.11: GREv0, Flags [key present], key=0x7, length 68 IP (tos 0x0, ttl 63, id 1, offset 0, flags [DF], proto TCP (6), length 60) 10.0.0.10.40000 > 192.168.1.100.80: Flags [S], cksum 0xe468 (correct), seq 0, win 64240, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 7], length 0
180 IP (tos 0x0, ttl 64, id 1, offset 0, flags [+], proto UDP (17), length 100) 10.0.0.10.1000 > 192.168.1.100.2000: UDP, length 200";
    for row in table.lines() {
        let (number, expected) = row.split_once(' ').unwrap();
        assert_eq!(texts[number.parse::<usize>().unwrap() - 1], *expected, "frame {number}");
    }
}

/// The sequence and acknowledgement numbers of a row of segments.
fn numbers(segments: &[Segment]) -> Vec<(i32, i32)> {
    let number = |bytes: &[u8], at| u32_at(bytes, at).unwrap().cast_signed();
    canonical(segments.iter().map(Segment::frame))
        .iter()
        .map(|bytes| (number(bytes, 38), number(bytes, 42)))
        .collect()
}

#[test]
fn what_differs_from_run_to_run_is_fixed() {
    let run = |client: u32, server: u32, id: u16, time: u32, window: u16| {
        let mut answer = Segment {
            window: 65_160,
            id: 0,
            ..Segment::from_vip("S.", server, client.wrapping_add(1))
        };
        answer.options[2] = TcpOption::Timestamp(time, time);
        let mut request =
            Segment::from_client("P.", client.wrapping_add(1), server.wrapping_add(1));
        request.data = b"GET / HTTP/1.1\r\n\r\n";
        (request.id, request.window) = (id, window);
        request.options[2] = TcpOption::Timestamp(time, time);
        let from = server.wrapping_add(1000);
        let hole = TcpOption::SelectiveAcknowledgement((from, from.wrapping_add(5)), [None; 3]);
        let mut gap = Segment::from_client(".", client.wrapping_add(19), server.wrapping_add(1));
        gap.options = vec![hole];
        canonical([Segment::syn(client), answer, request, gap].iter().map(Segment::frame))
    };
    let frames = run(1, 2, 3, 4, 5);
    assert_eq!(frames, run(u32::MAX, u32::MAX - 1, 9, 8, 7));
    assert!(text(&frames[3]).contains("seq 19, ack 1, win 0, options [sack 1 {1000:1005}"));

    // A ping: its id, and the time in its payload, but nothing behind that.
    let ping = |id: u16, time: u8, last: u8| {
        let mut frame = Vec::new();
        PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(CLIENT, VIP, 64)
            .icmpv4_echo_request(id, 1)
            .write(&mut frame, &[&[time; 16][..], &[last; 40]].concat())
            .unwrap();
        canonical([frame])
    };
    assert_eq!(ping(1, 2, 9), ping(3, 4, 9));
    assert_ne!(ping(1, 2, 9), ping(1, 2, 8));
}

#[test]
fn ports_that_nobody_chose_are_one() {
    let from = |port: u16, pinned: &[u16]| {
        let segment = Segment { ports: (port, 80), ..Segment::syn(1) };
        let mut memory = Memory::with_pinned(&pinned.iter().copied().collect());
        frame(&segment.frame(), &mut memory)
    };
    assert_eq!(from(40_000, &[]), from(50_000, &[50_001]));
    assert_ne!(from(40_000, &[40_000]), from(40_001, &[40_000]));
    assert_ne!(from(20_000, &[]), from(20_001, &[]));
    // traceroute counts its probes by the port that they are for; its own port is drawn.
    let probe = |sport: u16, dport: u16| {
        let mut bytes = Vec::new();
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(CLIENT, VIP, 1);
        builder.udp(sport, dport).write(&mut bytes, b"x").unwrap();
        frame(&bytes, &mut Memory::with_pinned(&Default::default()))
    };
    assert_eq!(probe(40_000, 33_434), probe(50_000, 33_434));
    assert_ne!(probe(40_000, 33_434), probe(40_000, 33_435));
}

#[test]
fn keeps_what_must_be_the_same() {
    let original = Segment::syn(1000);
    let edits: [fn(&mut Segment); 18] = [
        |segment| segment.macs.0[5] = 9,
        |segment| segment.macs.1[5] = 9,
        |segment| segment.addrs.0[3] = 9,
        |segment| segment.addrs.1[3] = 9,
        |segment| segment.ttl = 63,
        |segment| segment.tos = 0x10,
        |segment| segment.id = 0,
        |segment| segment.df = false,
        |segment| segment.ports.0 = 40_002,
        |segment| segment.ports.1 = 81,
        |segment| segment.flags = "SP",
        |segment| segment.window = 65_160,
        |segment| segment.options[0] = TcpOption::MaximumSegmentSize(1440),
        |segment| segment.options[4] = TcpOption::WindowScale(6),
        |segment| segment.options.swap(0, 1),
        |segment| segment.options[1] = TcpOption::Noop,
        |segment| segment.options.clear(),
        |segment| segment.data = b"x",
    ];
    let before = canonical([original.frame()]);
    for (number, edit) in edits.into_iter().enumerate() {
        let mut edited = original.clone();
        edit(&mut edited);
        assert_ne!(canonical([edited.frame()]), before, "edit {number}");
    }
    // A gap in a connection.
    let row = |next: u32| {
        let segments = [Segment::syn(7), Segment::from_client(".", next, 1)];
        canonical(segments.iter().map(Segment::frame))
    };
    assert_ne!(row(8), row(9));
}

/// Alone, and inside of what carries it: with its bytes, the frame that it is in.
fn places_of(segment: &Segment) -> Vec<Vec<u8>> {
    let frame = segment.frame();
    let packet = &frame[14..];
    let outer = |protocol: u8| {
        PacketBuilder::ethernet2([2; 6], [4; 6]).ip(etherparse::IpHeaders::Ipv4(
            etherparse::Ipv4Header::new(
                0,
                64,
                etherparse::IpNumber(protocol),
                [10, 0, 0, 1],
                CLIENT,
            )
            .expect("an empty payload fits"),
            etherparse::Ipv4Extensions::default(),
        ))
    };
    let (mut tunnelled, mut routed, mut quoted) = (Vec::new(), Vec::new(), Vec::new());
    outer(IPIP).write(&mut tunnelled, etherparse::IpNumber(IPIP), packet).unwrap();
    let mut gre = [&[0x80, 0, 8, 0, 0, 0, 0, 0][..], packet].concat();
    let sum = checksum(0, &gre);
    gre[4..6].copy_from_slice(&sum.to_be_bytes());
    outer(GRE).write(&mut routed, etherparse::IpNumber(GRE), &gre).unwrap();
    let host = etherparse::icmpv4::DestUnreachableHeader::Host;
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 0, 0, 1], CLIENT, 64)
        .icmpv4(etherparse::Icmpv4Type::DestinationUnreachable(host))
        .write(&mut quoted, packet)
        .unwrap();
    vec![frame, tunnelled, routed, quoted]
}

#[test]
fn each_wrong_bit_shows() {
    for original in places_of(&Segment::syn(1000)) {
        let before = canonical([original.clone()]);
        for bit in 0..original.len() * 8 {
            let mut wrong = original.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(canonical([wrong]), before, "bit {bit} of {original:02x?}");
        }
    }
}

#[test]
fn what_is_inside_of_a_frame_is_canonical_too() {
    let one = Segment { id: 9, ..Segment::syn(1000) };
    let other = Segment { id: 8, ..Segment::syn(2000) };
    for (one, other) in places_of(&one).into_iter().zip(places_of(&other)) {
        let found = canonical([one]);
        assert_eq!(found, canonical([other]));
        let said = text(&found[0]);
        assert!(!said.contains("bad") && !said.contains("incorrect"), "{said}");
        assert!(said.contains("Flags [S], cksum") && said.contains("seq 0,"), "{said}");
    }
}

#[test]
#[rustfmt::skip]
fn numbers_are_relative_to_what_was_seen() {
    let (client, vip) = (Segment::from_client, Segment::from_vip);
    // Seen from the start; a number before the beginning.
    assert_eq!(
        numbers(&[client("S", 100, 0), vip("S.", 900, 101), client(".", 101, 901), client(".", 99, 901)]),
        [(0, 0), (0, 1), (1, 1), (-1, 1)]
    );
    // A director with DR never sees the answers, and still knows what is acknowledged.
    assert_eq!(
        numbers(&[client("S", 100, 0), client(".", 101, 901), client("P.", 101, 901), client(".", 119, 1001)]),
        [(0, 0), (1, 1), (1, 1), (19, 101)]
    );
    // Joined in the middle.
    assert_eq!(numbers(&[vip(".", 5000, 700), client(".", 700, 5100)]), [(1, 1), (1, 101)]);
    // A copy of the SYN changes nothing; a new connection between old ports starts anew on both
    // sides.
    assert_eq!(
        numbers(&[client("S", 100, 0), vip("S.", 900, 101), client("S", 100, 0), client(".", 101, 901),
                  client("S", 5000, 0), client(".", 5001, 77)]),
        [(0, 0), (0, 1), (0, 0), (1, 1), (0, 0), (1, 1)]
    );
    // A closed port answers with sequence number 0, whatever came before.
    assert_eq!(
        numbers(&[client("S", 100, 0), vip("R.", 0, 101), client("S", 300, 0), vip("S.", 900, 301), vip("R.", 0, 301)]),
        [(0, 0), (0, 1), (0, 0), (0, 1), (0, 1)]
    );
    // The answer of a real server in its own name, and the client's reset.
    let mut answer = vip("S.", 900, 101);
    answer.addrs.0 = [192, 0, 2, 11];
    let mut reset = client("R", 101, 0);
    reset.addrs.1 = [192, 0, 2, 11];
    assert_eq!(numbers(&[client("S", 100, 0), answer, reset]), [(0, 0), (0, 1), (1, 0)]);
}

#[test]
fn a_quoted_segment_changes_nothing_that_is_known() {
    let error = places_of(&Segment::syn(50)).remove(3);
    let frames =
        canonical([Segment::syn(100).frame(), error, Segment::from_client(".", 101, 901).frame()]);
    assert!(text(&frames[1]).contains("host 192.0.2.100 unreachable"), "{}", text(&frames[1]));
    assert!(text(&frames[1]).contains(&format!("seq {},", 0_u32.wrapping_sub(50))));
    assert_eq!(u32_at(&frames[2], 38), Ok(1));
}

#[test]
fn a_packet_without_a_frame_has_the_same_form() {
    let bytes = Segment::syn(1).frame();
    let with = frame(&bytes, &mut Memory::default());
    assert_eq!(with[14..], packet(&bytes[14..], &mut Memory::default()));
}

#[test]
fn a_sum_that_is_wrong_is_never_taken_for_none() {
    // All sums that a datagram may have, over its own port.
    for port in 0..=u16::MAX {
        let mut bytes = Vec::new();
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(CLIENT, VIP, 1);
        builder.udp(port, 9).write(&mut bytes, b"").unwrap();
        let right = frame(&bytes, &mut Memory::default());
        assert_eq!(right[34..], bytes[34..]);
        for (field, is_none) in [([0, 0], true), ([bytes[40] ^ 1, bytes[41] ^ 1], false)] {
            bytes[40..42].copy_from_slice(&field);
            let got = frame(&bytes, &mut Memory::default());
            assert_eq!(got[40..42] == [0, 0], is_none || field == [0, 0]);
            assert_ne!(got[40..42], right[40..42]);
        }
    }
}

/// Whether etherparse finds nothing wrong with a frame.
fn is_sound(bytes: &[u8]) -> bool {
    let Ok(sliced) = SlicedPacket::from_ethernet(bytes) else { return false };
    let Some(etherparse::NetSlice::Ipv4(ip)) = sliced.net else { return sliced.net.is_some() };
    let header = ip.header().to_header();
    header.calc_header_checksum() == header.header_checksum
}

proptest! {
    /// What is canonical stays as it is, whatever the frames are and in whatever row they come.
    #[test]
    fn it_is_idempotent_and_takes_all_bytes(
        frames in prop::collection::vec(near_frames(), 1..8),
        drawn: bool,
    ) {
        let start = || if drawn { Memory::with_pinned(&Default::default()) } else { Memory::default() };
        let (mut memory, mut again) = (start(), start());
        for bytes in &frames {
            let once = frame(bytes, &mut memory);
            prop_assert_eq!(once.len(), bytes.len());
            prop_assert_eq!(&frame(&once, &mut again), &once);
        }
        let (mut memory, mut again) = (start(), start());
        for bytes in &frames {
            let once = packet(bytes, &mut memory);
            prop_assert_eq!(&packet(&once, &mut again), &once);
        }
    }

    /// A frame that is right is right afterwards.
    #[test]
    fn a_sound_frame_stays_sound(bytes in near_frames()) {
        let was = is_sound(&bytes);
        prop_assert_eq!(is_sound(&frame(&bytes, &mut Memory::default())), was);
    }
}
