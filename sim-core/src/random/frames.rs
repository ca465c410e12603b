//! Frames made by hand, as no stack sends them: broken, forged, or about connections that nobody has.

use std::net::Ipv4Addr;

use etherparse::{IpNumber, Ipv4Header, TcpHeader, UdpHeader, checksum::Sum16BitWords};

use super::dice::Dice;
use super::layout::Shape;
use super::plan::Plan;
use super::service::Method;

const IPV4: &str = "0800";

/// Who is meant.
struct Aim {
    /// The next hop's MAC address, in hexadecimal.
    to: String,
    from: String,
    client: Ipv4Addr,
    vip: Ipv4Addr,
    server: Ipv4Addr,
    director: Ipv4Addr,
    port: u16,
    is_udp: bool,
    has_tunnels: bool,
    /// What goes to a real server itself crosses the director.
    crosses_director: bool,
}

/// One to three frames that this client sends, each as rows of hexadecimal digits.
pub(super) fn draw(plan: &Plan, dice: &mut Dice, client: usize) -> Vec<Vec<String>> {
    let hop = match plan.shape {
        Shape::Router | Shape::Far => plan.router.expect("there is one in this shape"),
        Shape::Lan | Shape::TwoArms => plan.director.host,
    };
    let mac = |host: usize| plan.machines[host].cards[0].mac.replace(':', "");
    let seat = plan.clients.iter().find(|seat| seat.host == client).unwrap_or(&plan.clients[0]);
    let service = &plan.services[dice.index(&plan.services)];
    let aim = Aim {
        to: mac(hop),
        from: mac(client),
        client: seat.addr,
        vip: plan.vip,
        server: plan.servers[dice.index(&plan.servers)].addr,
        director: plan.director.addr,
        port: service.port(),
        is_udp: service.is_udp(),
        crosses_director: plan.shape == Shape::TwoArms,
        has_tunnels: service.methods().any(|method| method == Method::Tun),
    };
    match dice.below(6) {
        0 | 1 => broken(&aim, dice),
        2 => forged(&aim, dice),
        3 => vec![segment(&aim, dice)],
        _ => vec![error(&aim, dice)],
    }
}

impl Aim {
    /// The protocol of the service, and a beginning between these ports.
    fn ports(&self, from: u16, to: u16) -> (u8, Vec<u8>) {
        let rest = if self.is_udp { [0, 8, 0, 0] } else { [0, 0, 0, 1] };
        let rest = [&from.to_be_bytes()[..], &to.to_be_bytes(), &rest].concat();
        (if self.is_udp { 17 } else { 6 }, rest)
    }

    fn frame(&self, packet: &[&[u8]]) -> Vec<String> {
        let mut rows = vec![format!("{} {} {IPV4}", self.to, self.from)];
        rows.extend(packet.iter().map(|row| hex(row)));
        rows
    }

    /// A row for the whole header, and the rest.
    fn ip(&self, header: &Ipv4Header, rest: &[u8]) -> Vec<String> {
        self.frame(&[&bytes(header), rest])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .chunks(2)
        .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect::<Vec<String>>()
        .join(" ")
}

fn header(src: Ipv4Addr, dst: Ipv4Addr, protocol: u8, payload: usize) -> Ipv4Header {
    let payload = u16::try_from(payload).expect("frames here are short");
    let mut header = Ipv4Header::new(payload, 64, IpNumber(protocol), src.octets(), dst.octets())
        .expect("frames here are short");
    header.identification = 0x1234;
    header.dont_fragment = false;
    header
}

/// With the right checksum.
fn bytes(header: &Ipv4Header) -> Vec<u8> {
    let mut header = header.clone();
    header.header_checksum = header.calc_header_checksum();
    header.to_bytes().to_vec()
}

fn icmp(kind: u8, code: u8, rest: [u8; 4], about: &[u8]) -> Vec<u8> {
    let sum = Sum16BitWords::new().add_2bytes([kind, code]).add_4bytes(rest).add_slice(about);
    let [high, low] = sum.ones_complement().to_be_bytes();
    [&[kind, code, high, low], &rest[..], about].concat()
}

fn udp(src: Ipv4Addr, dst: Ipv4Addr, from: u16, to: u16, data: &[u8]) -> Vec<u8> {
    let udp = UdpHeader::with_ipv4_checksum(from, to, &header(src, dst, 17, 8 + data.len()), data);
    [&udp.expect("frames here are short").to_bytes()[..], data].concat()
}

fn tcp(aim: &Aim, from: u16, to: u16, flags: u8) -> Vec<u8> {
    let mut tcp = TcpHeader::new(from, to, 1000, 64_000);
    (tcp.syn, tcp.rst, tcp.ack, tcp.fin) =
        (flags & 2 != 0, flags & 4 != 0, flags & 16 != 0, flags & 1 != 0);
    let ip = header(aim.client, aim.vip, 6, 20);
    tcp.checksum = tcp.calc_checksum_ipv4(&ip, &[]).expect("frames here are short");
    tcp.to_bytes().to_vec()
}

/// What is dropped before anybody asks whose it is.
fn broken(aim: &Aim, dice: &mut Dice) -> Vec<Vec<String>> {
    let to = dice.pick(&[aim.vip, aim.server, aim.director]);
    let ping = icmp(8, 0, [0, 7, 0, 1], b"lvs!");
    let whole = header(aim.client, to, 1, ping.len());
    match dice.weighted(&[(1, 0), (1, 1), (1, 2), (1, 3), (3, 4), (1, 5), (2, 6)]) {
        0 => {
            let mut head = bytes(&whole);
            head[10] ^= 0xff;
            vec![aim.frame(&[&head, &ping])]
        }
        1 => {
            let mut ping = ping;
            ping[2] ^= 0xff;
            vec![aim.ip(&whole, &ping)]
        }
        2 => {
            let long = header(aim.client, to, 1, 200);
            vec![aim.ip(&long, &ping)]
        }
        3 => {
            let mut segment = tcp(aim, 40_001, aim.port, 2);
            segment[16] ^= 0xff;
            vec![aim.ip(&header(aim.client, aim.vip, 6, 20), &segment)]
        }
        4 => {
            let to = if aim.crosses_director { aim.server } else { aim.vip };
            let most = if aim.crosses_director { 2 } else { 6 };
            let short = &[0x9c, 0x41, 0, 80, 0, 0][..most];
            vec![aim.ip(&header(aim.client, to, 6, short.len()), short)]
        }
        5 => vec![aim.ip(&header(aim.client, aim.vip, 1, 4), &[3, 1, 0xfc, 0xfe])],
        _ => {
            // Two fragments that overlap, and one of a protocol that nobody speaks.
            let datagram = udp(aim.client, to, 40_002, aim.port, &[b'x'; 40]);
            let mut first = header(aim.client, to, 17, 24);
            first.more_fragments = true;
            let mut last = header(aim.client, to, 17, 32);
            last.fragment_offset = 2.try_into().expect("it is below 8192");
            let mut lone = header(aim.client, aim.server, 99, 8);
            lone.more_fragments = true;
            vec![
                aim.ip(&first, &datagram[..24]),
                aim.ip(&last, &datagram[16..]),
                aim.ip(&lone, b"lvs!lvs!"),
            ]
        }
    }
}

/// From or to where nothing comes from or goes to.
fn forged(aim: &Aim, dice: &mut Dice) -> Vec<Vec<String>> {
    let ping = icmp(8, 0, [0, 7, 0, 2], b"lvs!");
    let from = |src: Ipv4Addr, dst| header(src, dst, 1, ping.len());
    let to = dice.pick(&[aim.vip, aim.server]);
    match dice.below(10) {
        0 => vec![aim.ip(&from(dice.pick(&[aim.director, aim.vip]), to), &ping)],
        1 => vec![aim.ip(&from(Ipv4Addr::new(127, 0, 0, 9), to), &ping)],
        2 => vec![aim.ip(&from(Ipv4Addr::new(10, 88, 0, 1), to), &ping)],
        3 => vec![aim.ip(&from(aim.client, Ipv4Addr::new(127, 0, 0, 1)), &ping)],
        4 => vec![aim.ip(&from(aim.client, Ipv4Addr::new(239, 1, 1, 1)), &ping)],
        5 => vec![aim.ip(&from(aim.client, Ipv4Addr::new(0, 0, 0, 1)), &ping)],
        6 | 7 => {
            // To everybody on the wire, and yet to one address.
            let to = dice.pick(&[aim.server, aim.vip, aim.director]);
            let mut rows = aim.ip(&from(aim.client, to), &ping);
            rows[0] = format!("ffffffffffff {} {IPV4}", aim.from);
            vec![rows]
        }
        8 => {
            let mut rows = vec![format!("{} {} 88b5", aim.to, aim.from)];
            rows.push(hex(b"hello"));
            vec![rows]
        }
        _ => vec![aim.ip(&header(aim.client, to, 99, 4), b"lvs!")],
    }
}

/// A segment that no open connection sends, or a datagram that reaches no further than the director.
fn segment(aim: &Aim, dice: &mut Dice) -> Vec<String> {
    let flags = dice.pick(&[2, 4, 16, 17]);
    let from = dice.pick(&[40_003, 40_004, 20]);
    let mut head = header(aim.client, aim.vip, 6, 20);
    head.time_to_live = dice.weighted(&[(50, 64), (30, 2), (20, 1)]);
    aim.ip(&head, &tcp(aim, from, aim.port, flags))
}

/// An ICMP error about a packet that the director or a real server might have sent.
fn error(aim: &Aim, dice: &mut Dice) -> Vec<String> {
    /// Kind, code and what stands behind the checksum.
    const KINDS: [(u8, u8, [u8; 4]); 5] = [
        (3, 3, [0; 4]),
        (3, 1, [0; 4]),
        (3, 4, [0, 0, 0x05, 0x14]),
        (11, 0, [0; 4]),
        (5, 1, [198, 51, 100, 9]),
    ];
    let [_, _, too_big, _, redirect] = KINDS;
    let any = dice.pick(&KINDS);
    let usual = dice.weighted(&[(70, aim.vip), (15, aim.director), (15, aim.server)]);
    let what = if aim.has_tunnels && dice.percent(60) { 3 } else { dice.below(6) };
    let ((kind, code, rest), to, about) = match what {
        // An answer of the service, to the client.
        0..=2 => (any, usual, whole(aim.vip, aim.client, &aim.ports(aim.port, 40_000))),
        // A tunnel, the director's or somebody's.
        3 => {
            let inner = whole(aim.client, aim.vip, &aim.ports(40_000, aim.port));
            let far = dice.weighted(&[(80, aim.server), (20, Ipv4Addr::new(203, 0, 113, 9))]);
            let outer = bytes(&header(aim.director, far, 4, inner.len()));
            let kind = if dice.percent(60) { too_big } else { any };
            (kind, aim.director, [outer, inner].concat())
        }
        // Something of the director's own.
        4 => {
            let asked = udp(aim.director, aim.client, 40_000, 9, b"hello\n");
            let kind = if dice.percent(60) { redirect } else { any };
            (kind, aim.director, whole(aim.director, aim.client, &(17, asked)))
        }
        _ => (any, usual, bytes(&header(aim.vip, aim.client, 99, 8))[..16].to_vec()),
    };
    let mut error = icmp(kind, code, rest, &about);
    if dice.percent(15) {
        error[2] ^= 0xff;
    }
    aim.ip(&header(aim.client, to, 1, error.len()), &error)
}

/// A packet, or the beginning of one, as an error quotes it.
fn whole(src: Ipv4Addr, dst: Ipv4Addr, (protocol, rest): &(u8, Vec<u8>)) -> Vec<u8> {
    [bytes(&header(src, dst, *protocol, rest.len())), rest.clone()].concat()
}
