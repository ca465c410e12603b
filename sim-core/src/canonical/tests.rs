//! What the canonical text keeps, and what it leaves out.

use etherparse::{PacketBuilder, TcpOptionElement as TcpOption};
use proptest::prelude::*;

use super::*;
use crate::tcpdump::tests::{near_frames, recorded_frames};

#[test]
fn writes_what_a_person_can_read() {
    let frames = recorded_frames();
    let mut memory = Memory::default();
    let lines: Vec<String> = frames.iter().map(|frame| line(frame, &mut memory)).collect();
    // The number of the frame in `recorded.txt`, and its line without the MAC addresses. Many
    // frames there share one connection, so a later one may quote a number from before the
    // beginning of an earlier one.
    let table = "\
2 arp reply 02:00:00:00:00:01 10.0.0.1 > 02:00:00:00:00:0c 10.0.0.10
13 arp op=7 02:00:00:00:00:0c 10.0.0.10 > 02:00:00:00:00:0d 192.168.1.10
17 broken arp data=16:00010800000400010a00000a0a000001
19 ip 10.0.0.10 > 192.168.1.11 ttl=64 tos=0x00 df id=some len=60 tcp 52118 > 80 [S] seq=0 win=64240 options=mss:1460,sackOK,TS,nop,wscale:7 data=0
20 ip 192.168.1.11 > 10.0.0.10 ttl=63 tos=0x00 df id=0 len=60 tcp 80 > 52118 [S.] seq=0 ack=1 win=65160 options=mss:1460,sackOK,TS,nop,wscale:7 data=0
21 ip 10.0.0.10 > 192.168.1.11 ttl=64 tos=0x00 df id=some len=52 tcp 52118 > 80 [.] seq=1 ack=1 options=nop,nop,TS data=0
22 ip 10.0.0.10 > 192.168.1.11 ttl=64 tos=0x00 df id=some len=128 tcp 52118 > 80 [P.] seq=1 ack=1 options=nop,nop,TS data=76
26 ip 10.0.0.10 > 192.168.1.11 ttl=64 tos=0x00 df id=0 len=52 tcp 52118 > 80 [F.] seq=77 ack=69 options=nop,nop,TS data=0
32 ip 192.168.1.11 > 10.0.0.10 ttl=63 tos=0x00 df id=0 len=40 tcp 82 > 53024 [R.] seq=none ack=1 data=0
47 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 df id=0 len=40 tcp 40001 > 81 [.] seq=1 ack=1 data=0 bad-tcp-sum
91 ip 192.168.1.100 > 10.0.0.10 ttl=64 tos=0x00 df id=0 len=33 udp 5300 > 46137 len=13 data=5:68656c6c6f
95 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 df id=0 len=31 udp 1 > 2 len=11 data=3:616263 bad-udp-sum
96 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 df id=0 len=31 udp 1 > 2 len=11 data=3:616263 no-udp-sum
97 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 df id=0 len=26 udp 1 > 2 cut
102 ip 192.168.1.11 > 10.0.0.10 ttl=64 tos=0x00 id=some len=84 icmp 0/0 seq=2 data=56
135 ip 192.168.1.11 > 192.168.1.10 ttl=64 tos=0xc0 id=some len=108 icmp 3/2 {ip 192.168.1.10 > 192.168.1.11 ttl=63 tos=0x00 df id=0 len=80 ipip {ip 10.0.0.10 > 192.168.1.100 ttl=63 tos=0x00 df id=some len=60 tcp 40000 > 80 [S] seq=-3999 win=64240 options=mss:1460,sackOK,TS,nop,wscale:7 data=0}}
136 ip 10.0.0.1 > 10.0.0.10 ttl=64 tos=0xc0 id=some len=576 icmp 3/4 mtu=1400 {ip 10.0.0.10 > 192.168.1.100 ttl=62 tos=0x00 df id=0 len=572 tcp 40000 > 80 [P.] seq=-4899 ack=199 options=nop,nop,TS data=520}
139 ip 192.168.1.100 > 10.0.0.10 ttl=64 tos=0xc0 id=some len=56 icmp 3/4 mtu=1480 {ip 10.0.0.10 > 192.168.1.100 ttl=62 tos=0x00 df id=0 len=572 tcp 40000 > 80 cut}
147 ip 192.168.1.100 > 10.0.0.10 ttl=64 tos=0xc0 id=some len=61 icmp 3/3 bad-icmp-sum {ip 10.0.0.10 > 192.168.1.11 ttl=63 tos=0x00 df id=some len=33 udp 40448 > 5353 len=13 data=5:68656c6c6f}
153 ip 192.168.1.10 > 192.168.1.12 ttl=64 tos=0xc0 id=some len=112 icmp 5/1 gateway=192.168.1.254 {ip 192.168.1.11 > 10.0.0.10 ttl=63 tos=0x00 df id=some len=84 icmp 8/0 seq=1 data=56}
163 ip 192.168.1.10 > 192.168.1.11 ttl=63 tos=0x00 df id=0 len=80 ipip {ip 10.0.0.10 > 192.168.1.100 ttl=63 tos=0x00 df id=some len=60 tcp 40000 > 80 [S] seq=0 win=64240 options=mss:1460,sackOK,TS,nop,wscale:7 data=0}
169 ip 192.168.1.10 > 192.168.1.11 ttl=64 tos=0x00 df id=0 len=58 ipip {ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 df id=0 len=38 bad-ip-sum udp 1 > 2 len=18 data=10:78787878787878787878}
174 ip 192.168.1.10 > 192.168.1.11 ttl=64 tos=0x00 df id=0 len=88 gre flags=0x2000 {ip 10.0.0.10 > 192.168.1.100 ttl=63 tos=0x00 df id=some len=60 tcp 40000 > 80 [S] seq=0 win=64240 options=mss:1460,sackOK,TS,nop,wscale:7 data=0}
180 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 mf id=some offset=0 len=100 udp 1000 > 2000 len=208 data=72:78787878787878787878787878787878~78d37ce5
181 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 id=some offset=80 len=148 proto=17
203 ip 10.0.0.10 > 192.168.1.100 ttl=64 tos=0x00 df id=0 len=1000 missing=969 udp 1 > 2 len=11 data=3:616263
214 type=0x1234 data=3:010203";
    for row in table.lines() {
        let (number, expected) = row.split_once(' ').unwrap();
        let line = &lines[number.parse::<usize>().unwrap() - 1];
        assert_eq!(line[38..], *expected, "frame {number}");
    }
}

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

fn lines(frames: impl IntoIterator<Item = Vec<u8>>) -> Vec<String> {
    let mut memory = Memory::default();
    frames.into_iter().map(|frame| line(&frame, &mut memory)).collect()
}

/// The sequence and acknowledgement numbers of a row of segments.
fn numbers(segments: &[Segment]) -> Vec<String> {
    lines(segments.iter().map(Segment::frame))
        .iter()
        .map(|line| {
            let from = line.find("seq=").unwrap();
            let words = line[from..].split(' ');
            words
                .filter(|word| word.starts_with("seq=") || word.starts_with("ack="))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn leaves_out_what_differs_from_run_to_run() {
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
        lines([Segment::syn(client), answer, request].iter().map(Segment::frame))
    };
    let line = run(1, 2, 3, 4, 5);
    assert_eq!(line, run(u32::MAX, u32::MAX - 1, 9, 8, 7));

    // A ping: its id, and the time in its payload.
    let ping = |id: u16, time: u8| {
        let mut frame = Vec::new();
        PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(CLIENT, VIP, 64)
            .icmpv4_echo_request(id, 1)
            .write(&mut frame, &[time; 56])
            .unwrap();
        lines([frame])
    };
    assert_eq!(ping(1, 2), ping(3, 4));
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
    let before = lines([original.frame()]);
    for (number, edit) in edits.into_iter().enumerate() {
        let mut edited = original.clone();
        edit(&mut edited);
        assert_ne!(lines([edited.frame()]), before, "edit {number}");
    }
    // One wrong bit in each checksum, and in it alone.
    for (at, mark) in [(24, " bad-ip-sum"), (50, " bad-tcp-sum")] {
        let mut frame = original.frame();
        frame[at] ^= 1;
        assert!(lines([frame])[0].contains(mark), "{mark}");
    }
    // A gap in a connection.
    let row = |next: u32| {
        let segments = [Segment::syn(7), Segment::from_client(".", next, 1)];
        lines(segments.iter().map(Segment::frame))
    };
    assert_ne!(row(8), row(9));
}

#[test]
#[rustfmt::skip]
fn numbers_are_relative_to_what_was_seen() {
    let (client, vip) = (Segment::from_client, Segment::from_vip);
    // Seen from the start; a number before the beginning.
    assert_eq!(
        numbers(&[client("S", 100, 0), vip("S.", 900, 101), client(".", 101, 901), client(".", 99, 901)]),
        ["seq=0", "seq=0 ack=1", "seq=1 ack=1", "seq=-1 ack=1"]
    );
    // A director with DR never sees the answers, and still knows what is acknowledged.
    assert_eq!(
        numbers(&[client("S", 100, 0), client(".", 101, 901), client("P.", 101, 901), client(".", 119, 1001)]),
        ["seq=0", "seq=1 ack=1", "seq=1 ack=1", "seq=19 ack=101"]
    );
    // Joined in the middle.
    assert_eq!(numbers(&[vip(".", 5000, 700), client(".", 700, 5100)]), ["seq=1 ack=1", "seq=1 ack=101"]);
    // A copy of the SYN changes nothing; a new connection between old ports starts anew on both
    // sides.
    assert_eq!(
        numbers(&[client("S", 100, 0), vip("S.", 900, 101), client("S", 100, 0), client(".", 101, 901),
                  client("S", 5000, 0), client(".", 5001, 77)]),
        ["seq=0", "seq=0 ack=1", "seq=0", "seq=1 ack=1", "seq=0", "seq=1 ack=1"]
    );
    // A closed port answers with sequence number 0, whatever came before.
    assert_eq!(
        numbers(&[client("S", 100, 0), vip("R.", 0, 101), client("S", 300, 0), vip("S.", 900, 301), vip("R.", 0, 301)]),
        ["seq=0", "seq=none ack=1", "seq=0", "seq=0 ack=1", "seq=none ack=1"]
    );
    // The answer of a real server in its own name, and the client's reset.
    let mut answer = vip("S.", 900, 101);
    answer.addrs.0 = [192, 0, 2, 11];
    let mut reset = client("R", 101, 0);
    reset.addrs.1 = [192, 0, 2, 11];
    assert_eq!(numbers(&[client("S", 100, 0), answer, reset]), ["seq=0", "seq=0 ack=1", "seq=1"]);
}

#[test]
fn a_quoted_segment_changes_nothing_that_is_known() {
    let old = &Segment::syn(50).frame()[14..];
    let mut error = Vec::new();
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 0, 0, 1], CLIENT, 64)
        .icmpv4(etherparse::Icmpv4Type::DestinationUnreachable(
            etherparse::icmpv4::DestUnreachableHeader::Host,
        ))
        .write(&mut error, old)
        .unwrap();
    let lines =
        lines([Segment::syn(100).frame(), error, Segment::from_client(".", 101, 901).frame()]);
    assert!(lines[1].contains(" icmp 3/1 {ip 10.0.0.10 > 192.0.2.100 "), "{}", lines[1]);
    assert!(lines[1].contains("[S] seq=-50 "), "{}", lines[1]);
    assert!(lines[2].contains(" seq=1 ack=1 "), "{}", lines[2]);
}

#[test]
fn a_packet_without_a_frame_has_the_same_text() {
    let frame = Segment::syn(1).frame();
    let with = line(&frame, &mut Memory::default());
    let without = packet_line(&frame[14..], &mut Memory::default());
    assert_eq!(with[38..], without);
}

proptest! {
    /// Any bytes have one line, whatever was seen before.
    #[test]
    fn no_bytes_make_it_panic(frames in prop::collection::vec(near_frames(), 1..5)) {
        let mut memory = Memory::default();
        for frame in frames {
            let line = line(&frame, &mut memory);
            prop_assert!(!line.is_empty() && !line.contains('\n'));
            packet_line(&frame, &mut memory);
        }
    }
}
