//! A host on a bench: frames and commands go in, frames and reasons come out.

use std::time::Duration;

use etherparse::{ArpEthIpv4Packet, ArpOperation};
use lvs_engine::OriginId;

use super::alone::{Alone, ETH0, MACS, commands};
use super::fib::LO;
use super::iface::IfaceKind;
use super::packet::{IpHead, checksum, pseudo};
use super::{Host, icmp, tunnel, udp};
use crate::Mac;
use crate::event::{Cx, Effect, IfaceId, JobId};
use crate::frame::{ETHERNET, Ethernet, FrameBuf, TYPE_ARP, TYPE_IPV4};
use crate::trace::{End, Note};

mod netfilter;

/// Whoever is at the other end of a cable.
const PEER: Mac = Mac([2, 0, 0, 0, 0, 0xc1]);

/// A host with 10.0.0.1/24 on eth0 and 192.168.1.254/24 on eth1, whose neighbours .10 are known.
struct Bench {
    alone: Alone,
    /// What it has sent by its cables.
    sent: Vec<(IfaceId, FrameBuf)>,
    /// What its commands have said.
    said: String,
}

type Lines<'a> = &'a [&'a str];
type Addr = [u8; 4];
/// Something that happens to the host.
type Act = Box<dyn FnOnce(&mut Host, &mut Cx<'_>)>;

impl Bench {
    fn new(setup: Lines<'_>) -> Self {
        let mut bench = Self { alone: Alone::new(), sent: Vec::new(), said: String::new() };
        bench.run(&[
            "ip addr add 10.0.0.1/24 dev eth0",
            "ip addr add 192.168.1.254/24 dev eth1",
            "ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:c1 dev eth0",
            "ip neigh add 192.168.1.10 lladdr 02:00:00:00:00:c1 dev eth1",
        ]);
        bench.run(setup);
        bench
    }

    /// Lets something happen, and what the host sends to itself come back.
    fn with(&mut self, act: impl FnOnce(&mut Host, &mut Cx<'_>) + 'static) {
        self.act(Box::new(act));
    }

    fn act(&mut self, act: Act) {
        let ((), effects) = self.alone.with(act);
        for effect in effects {
            match effect {
                Effect::Send { iface: LO, frame } => {
                    self.with(move |host, cx| host.receive(LO, frame, cx));
                }
                Effect::Send { iface, frame } => self.sent.push((iface, frame.bytes)),
                Effect::Print { text, .. } => self.said.push_str(&text),
                Effect::End { .. } => {}
            }
        }
    }

    fn run(&mut self, lines: Lines<'_>) {
        for line in lines {
            for command in commands(line) {
                self.with(move |host, cx| host.command(JobId(1), &command, OriginId(7), cx));
            }
        }
    }

    /// Lets time pass, with all that is due.
    fn wait(&mut self, time: Duration) {
        let end = self.alone.end_of(time);
        while self.alone.goes_on(end) {
            self.with(Host::wake);
        }
    }

    /// A packet comes in, in a frame for the interface alone.
    fn packet(&mut self, iface: IfaceId, packet: &FrameBuf) {
        let dst = MACS[usize::from(iface.0)];
        self.frame(iface, Ethernet { dst, src: PEER, kind: TYPE_IPV4 }, packet.bytes());
    }

    fn frame(&mut self, iface: IfaceId, ethernet: Ethernet, payload: &[u8]) {
        let bytes = FrameBuf::new(payload).with_front(&ethernet.bytes());
        let frame = self.alone.frames.make(None, bytes);
        self.with(move |host, cx| host.receive(iface, frame, cx));
    }

    /// An ARP request comes in by broadcast on eth0.
    fn arp_request(&mut self, sender: Addr, target: Addr) {
        let message = ArpEthIpv4Packet {
            operation: ArpOperation::REQUEST,
            sender_mac: PEER.0,
            sender_ipv4: sender,
            target_mac: Mac::ZERO.0,
            target_ipv4: target,
        };
        let ethernet = Ethernet { dst: Mac::BROADCAST, src: PEER, kind: TYPE_ARP };
        self.frame(ETH0, ethernet, &message.to_bytes());
    }

    /// What it has sent since the last call.
    fn sent(&mut self) -> Vec<(IfaceId, FrameBuf)> {
        std::mem::take(&mut self.sent)
    }

    /// The IP packets among it.
    fn sent_packets(&mut self) -> Vec<(IfaceId, FrameBuf)> {
        let is_ip = |bytes: &FrameBuf| Ethernet::read(bytes.bytes()).map(|own| own.kind);
        let sent = self.sent().into_iter().filter(|(_, bytes)| is_ip(bytes) == Some(TYPE_IPV4));
        sent.map(|(iface, bytes)| (iface, bytes.without_front(ETHERNET))).collect()
    }

    /// The codes of its reasons since the last call, without the settings that were read.
    fn codes(&mut self) -> Vec<&'static str> {
        let codes = self.alone.trace.entries().iter().filter_map(|entry| match entry.what {
            Note::Why(reason) if reason.code() != "read" => Some(reason.code()),
            _ => None,
        });
        let codes = codes.collect();
        self.alone.trace.truncate(End::default());
        codes
    }
}

fn ip(src: Addr, dst: Addr, proto: u8) -> IpHead {
    IpHead { src: src.into(), dst: dst.into(), proto, ttl: 64, tos: 0, id: 7, df: false }
}

/// An echo request.
fn echo(src: Addr, dst: Addr) -> FrameBuf {
    ip(src, dst, icmp::PROTO).packet(16, |body| {
        body[0] = icmp::ECHO;
        let sum = checksum(body, 0);
        body[2..4].copy_from_slice(&sum.to_be_bytes());
    })
}

/// A datagram between these ends.
fn datagram(src: (Addr, u16), dst: (Addr, u16)) -> FrameBuf {
    ip(src.0, dst.0, udp::PROTO).packet(12, |body| {
        body[..2].copy_from_slice(&src.1.to_be_bytes());
        body[2..4].copy_from_slice(&dst.1.to_be_bytes());
        body[4..6].copy_from_slice(&12_u16.to_be_bytes());
        let sum = checksum(body, pseudo(src.0.into(), dst.0.into(), udp::PROTO, 12));
        body[6..8].copy_from_slice(&sum.to_be_bytes());
    })
}

/// What becomes of an echo request from a wire. Linux 6.1 route.c, ip_route_input_slow and
/// ip_route_input_rcu.
#[test]
#[rustfmt::skip]
fn what_input_routing_says() {
    const LIMITED: Addr = [255; 4];
    const NET0: Addr = [10, 0, 0, 255];
    const OWN: Addr = [10, 0, 0, 1];
    const NEAR: Addr = [10, 0, 0, 10];
    const WIRE: Addr = [192, 168, 1, 10];
    let strict = "sysctl -w net.ipv4.conf.all.rp_filter=1";
    let deaf = "sysctl -w net.ipv4.icmp_echo_ignore_all=1";
    let router = ["sysctl -w net.ipv4.ip_forward=1", "ip route add default via 192.168.1.10"];
    let answered = ["ip.local", "icmp.echo.reply", "ip.send"];
    let ignored = ["ip.local", "icmp.echo.ignored"];
    let rows: [(Lines<'_>, Addr, Addr, Lines<'_>); 13] = [
        // set up,  from,           to,             why
        (&[],       NEAR,           OWN,            &answered),
        (&[deaf],   NEAR,           OWN,            &ignored),
        (&[],       NEAR,           NET0,           &ignored),
        (&[],       NEAR,           LIMITED,        &ignored),
        (&[],       [0; 4],         LIMITED,        &ignored), // who has no address yet may ask all
        (&[],       [0; 4],         OWN,            &["ip.drop.martian"]),
        (&[],       OWN,            LIMITED,        &["ip.drop.own-source"]),
        (&[],       OWN,            NET0,           &["ip.drop.own-source"]),
        (&[strict], WIRE,           NET0,           &["ip.drop.reverse-path"]),
        (&[],       [224, 0, 0, 1], OWN,            &["ip.drop.martian"]),
        (&router,   NEAR,           [224, 0, 0, 5], &["ip.drop.multicast"]),
        (&[],       [127, 0, 0, 1], OWN,            &["ip.drop.martian"]),
        (&[],       NEAR,           [192, 0, 2, 1], &["ip.drop.not-forwarding"]),
    ];
    for (setup, src, dst, codes) in rows {
        let mut bench = Bench::new(setup);
        bench.codes();
        bench.packet(ETH0, &echo(src, dst));
        assert_eq!(bench.codes(), codes, "{src:?} to {dst:?} after {setup:?}");
    }
}

/// A redirect goes only to a sender that is on the very wire. Linux 6.1 fib_frontend.c,
/// __fib_validate_source.
#[test]
fn only_a_sender_on_the_wire_is_redirected() {
    for (src, redirected) in [([10, 0, 0, 10], true), ([192, 168, 1, 77], false)] {
        let mut bench = Bench::new(&[
            "sysctl -w net.ipv4.ip_forward=1",
            "ip route add 203.0.113.0/24 via 10.0.0.10",
        ]);
        bench.packet(ETH0, &echo(src, [203, 0, 113, 1]));
        let codes = bench.codes();
        assert!(codes.contains(&"ip.forward"), "{src:?}: {codes:?}");
        assert_eq!(codes.contains(&"icmp.redirect.sent"), redirected, "{src:?}: {codes:?}");
    }
}

/// Who asks by ARP, and what comes of it. The asker's address is looked at only where an answer is
/// possible, for an own address or as a proxy. Linux 6.1 arp.c, arp_process.
#[test]
#[rustfmt::skip]
fn who_is_answered_by_arp() {
    const OWN: Addr = [10, 0, 0, 1];
    const FAR: Addr = [192, 168, 1, 254];
    const NEAR: Addr = [10, 0, 0, 10];
    let (filter, ignore, router) = (
        "sysctl -w net.ipv4.conf.all.arp_filter=1",
        "sysctl -w net.ipv4.conf.all.arp_ignore=1",
        "sysctl -w net.ipv4.ip_forward=1",
    );
    let rows: [(Lines<'_>, Addr, Addr, &str); 9] = [
        // set up,  asks,              for,              why
        (&[],       NEAR,              OWN,              "arp.reply.own-interface"),
        (&[],       NEAR,              FAR,              "arp.reply.any-interface"),
        (&[ignore], NEAR,              FAR,              "arp.silent.not-on-interface"),
        (&[filter], [192, 168, 1, 10], OWN,              "arp.silent.filter"),
        (&[filter], [0; 4],            OWN,              "arp.reply.own-interface"),
        (&[],       FAR,               OWN,              "arp.silent.bad-source"),
        (&[],       FAR,               [10, 0, 0, 9],    "arp.silent.not-mine"),
        (&[router], FAR,               [192, 168, 1, 9], "arp.silent.bad-source"),
        (&[router], NEAR,              [10, 0, 0, 9],    "arp.silent.not-mine"),
    ];
    for (setup, sender, target, code) in rows {
        let mut bench = Bench::new(setup);
        bench.codes();
        bench.arp_request(sender, target);
        let codes = bench.codes();
        let codes: Vec<_> = codes.into_iter().filter(|code| code.starts_with("arp.")).collect();
        assert_eq!(codes, [code], "{sender:?} for {target:?} after {setup:?}");
    }
}

/// A flood of questions fills neither the queue of a proxy nor the table of neighbours.
#[test]
fn what_a_flood_leaves_is_bounded() {
    let mut bench = Bench::new(&["sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.eth0.proxy_arp=1"]);
    for asker in 0..70 {
        bench.arp_request([10, 0, 0, 100 + asker], [192, 168, 1, 9]);
    }
    assert_eq!(bench.alone.host.proxy_replies.len(), 65);
    assert!(bench.codes().contains(&"arp.silent.proxy-full"));
    let scan = |bench: &mut Bench| {
        for asker in 0..2_000_u16 {
            let [high, low] = asker.to_be_bytes();
            bench.arp_request([10, 9, high, low], [10, 0, 0, 1]);
        }
        bench.codes().contains(&"neigh.table-full")
    };
    assert!(scan(&mut bench), "young entries are not forgotten");
    // The two permanent ones do not count.
    assert_eq!(bench.alone.host.neighbours().len(), 1_024 + 2);
    bench.wait(Duration::from_secs(6));
    bench.codes();
    bench.arp_request([10, 8, 0, 1], [10, 0, 0, 1]);
    assert!(bench.codes().contains(&"neigh.learned"), "old ones make room");
    assert!(
        bench.alone.host.neighbours().contains_key(&(ETH0, [10, 0, 0, 10].into())),
        "permanent"
    );
}

/// Errors are about a packet to one of our addresses, and come from there. Linux 6.1 icmp.c,
/// __icmp_send; ip_fragment.c, ip_expire.
#[test]
fn errors_about_packets_for_us_come_from_where_they_were_sent() {
    let other = [192, 168, 1, 254];
    let mut bench = Bench::new(&[]);
    let first = super::frag::cut(echo([10, 0, 0, 10], other).bytes(), 28).remove(0);
    bench.packet(ETH0, &first);
    bench.wait(Duration::from_secs(31));
    bench.packet(ETH0, &datagram(([10, 0, 0, 10], 9), (other, 9)));
    let errors = bench.sent_packets();
    let kinds: Vec<_> = errors.iter().map(|(_, error)| error.bytes()[20]).collect();
    assert_eq!(kinds, [icmp::TIME_EXCEEDED, icmp::UNREACHABLE]);
    for (iface, error) in &errors {
        assert_eq!((*iface, &error.bytes()[12..16]), (ETH0, &other[..]));
    }
}

/// However many errors a second are allowed.
#[test]
fn limits_of_any_size_are_kept() {
    let mut bench = Bench::new(&[
        "sysctl -w net.ipv4.icmp_msgs_per_sec=2147483647 net.ipv4.icmp_msgs_burst=2147483647",
        "sysctl -w net.ipv4.neigh.eth0.ucast_solicit=2147483647",
        "ping -c 1 10.0.0.77",
    ]);
    for _ in 0..3 {
        bench.packet(ETH0, &datagram(([10, 0, 0, 10], 9), ([10, 0, 0, 1], 9)));
        bench.wait(Duration::from_secs(1));
    }
    assert_eq!(bench.sent_packets().len(), 3);
}

/// An ICMP error about a datagram reaches the program that has sent it, if its socket is connected.
#[test]
fn errors_about_datagrams_find_their_socket() {
    let refused = |bench: &mut Bench| {
        let (_, sent) = bench.sent_packets().pop().expect("a datagram was sent");
        let error = ip([10, 0, 0, 10], [10, 0, 0, 1], icmp::PROTO);
        let error = error.packet(8 + sent.len(), |body| {
            body[..2].copy_from_slice(&[icmp::UNREACHABLE, 3]);
            body[8..].copy_from_slice(sent.bytes());
            let sum = checksum(body, 0);
            body[2..4].copy_from_slice(&sum.to_be_bytes());
        });
        bench.codes();
        bench.packet(ETH0, &error);
        bench.codes()
    };
    let mut bench = Bench::new(&["echo a | nc -u 10.0.0.10 9 &", "echo b | nc -u 10.0.0.10 9 &"]);
    bench.wait(Duration::from_millis(100));
    assert_eq!(refused(&mut bench), ["ip.local", "icmp.error.delivered"]);
    assert_eq!(bench.alone.host.running().count(), 1, "the other nc goes on");

    let mut bench = Bench::new(&["serve udp 53 &"]);
    bench.packet(ETH0, &datagram(([10, 0, 0, 10], 9), ([10, 0, 0, 1], 53)));
    bench.wait(Duration::from_millis(100));
    assert_eq!(refused(&mut bench), ["ip.local", "udp.error.unheard"]);

    let mut bench = Bench::new(&["ping -c 1 10.0.0.10 &", "ping -c 1 10.0.0.10 &"]);
    assert_eq!(refused(&mut bench), ["ip.local", "icmp.error.delivered"]);
}

#[test]
fn only_a_connected_socket_makes_a_sender_a_stranger() {
    let rows = [
        (&["serve udp 53 --bind 192.168.1.254 &"][..], "udp.no-socket"),
        (&["echo a | nc -u -p 53 10.0.0.77 9 &"][..], "udp.stranger"),
        (&["serve udp 53 &"][..], "udp.taken"),
    ];
    for (setup, code) in rows {
        let mut bench = Bench::new(setup);
        bench.codes();
        bench.packet(ETH0, &datagram(([10, 0, 0, 10], 9), ([10, 0, 0, 1], 53)));
        assert!(bench.codes().contains(&code), "{code} after {setup:?}");
    }
}

/// 0.0.0.0 as a destination is this host. Linux 6.1 route.c, ip_route_output_key_hash_rcu.
#[test]
fn nobody_is_oneself() {
    for (line, answer) in [
        (
            "ping -c 1 0.0.0.0",
            "PING 0.0.0.0 (127.0.0.1) 56(84) bytes of data.\n64 bytes from 127.0.0.1: ",
        ),
        ("ping -c 1 -I 10.0.0.1 0.0.0.0", "PING 0.0.0.0 (10.0.0.1) from 10.0.0.1 : 56(84) bytes"),
        ("ping -c 1 -I eth1 0.0.0.0", "PING 0.0.0.0 (192.168.1.254) from 192.168.1.254 eth1: "),
        ("curl http://0.0.0.0/", "host\n"),
        (
            "traceroute -n 0.0.0.0",
            "traceroute to 0.0.0.0 (0.0.0.0), 30 hops max, 60 byte packets\n 1  127.0.0.1 ",
        ),
    ] {
        let mut bench =
            Bench::new(&["ip route add default via 10.0.0.10", "serve http 80 &", line]);
        bench.wait(Duration::from_secs(1));
        assert!(bench.said.starts_with(answer), "{line}: {}", bench.said);
        assert!(bench.sent_packets().is_empty(), "{line} stays inside");
    }
}

#[test]
fn a_datagram_longer_than_a_packet_is_refused() {
    for (len, is_sent) in [(65_507, true), (65_508, false)] {
        let mut bench = Bench::new(&[&format!("head -c {len} /dev/zero | nc -u 10.0.0.10 9")]);
        bench.wait(Duration::from_millis(100));
        assert_eq!(bench.said, "", "netcat says nothing of it");
        assert_eq!(bench.codes().contains(&"ip.send"), is_sent, "{len} bytes");
    }
}

/// Packets in packets in packets come out one after the other: the host's stack does not grow.
#[test]
fn a_deep_nest_of_tunnels_is_taken_apart() {
    let mut bench = Bench::new(&["modprobe ipip", "ip link set tunl0 up"]);
    let mut packet = echo([10, 0, 0, 10], [10, 0, 0, 1]);
    let deep = (65_535 - packet.len()) / 20;
    for _ in 0..deep {
        let inner = packet.bytes().to_vec();
        let head = ip([10, 0, 0, 10], [10, 0, 0, 1], tunnel::PROTO);
        packet = head.packet(inner.len(), |body| body.copy_from_slice(&inner));
    }
    bench.codes();
    bench.packet(ETH0, &packet);
    let codes = bench.codes();
    assert_eq!(codes.iter().filter(|code| **code == "tunnel.unpacked").count(), deep);
    assert!(codes.contains(&"icmp.echo.reply"));
}

/// Which interface a packet in a packet from 10.0.0.10 to 10.0.0.1 comes out of. Linux 6.1
/// ip_tunnel.c, ip_tunnel_lookup.
#[test]
#[rustfmt::skip]
fn the_closest_tunnel_takes_a_packet() {
    let exact = "ip tunnel add t0 mode ipip remote 10.0.0.10 local 10.0.0.1";
    let remote = "ip tunnel add t1 mode ipip remote 10.0.0.10";
    let local = "ip tunnel add t2 mode ipip local 10.0.0.1";
    let other = "ip tunnel add t3 mode ipip remote 10.0.0.99 local 10.0.0.1";
    let up = |name: &str| format!("ip link set {name} up");
    let rows: [(Lines<'_>, Lines<'_>, Option<&str>); 7] = [
        // tunnels                 up                      takes it
        (&[exact, remote, local],  &["tunl0", "t0", "t1"], Some("t0")),
        (&[local, remote, exact],  &["tunl0", "t1", "t2"], Some("t1")),
        (&[local],                 &["tunl0", "t2"],       Some("t2")),
        (&[other],                 &["tunl0", "t3"],       Some("tunl0")),
        (&[other],                 &["t3"],                None),
        (&[exact],                 &["tunl0"],             Some("tunl0")),
        (&["modprobe ipip"],       &[],                    None),
    ];
    for (tunnels, ups, takes) in rows {
        let mut bench = Bench::new(tunnels);
        for name in ups {
            bench.run(&[&up(name)]);
        }
        let inner = echo([10, 0, 0, 10], [10, 0, 0, 1]);
        let head = ip([10, 0, 0, 10], [10, 0, 0, 1], tunnel::PROTO);
        let packet = head.packet(inner.len(), |body| body.copy_from_slice(inner.bytes()));
        bench.packet(ETH0, &packet);
        let ifaces = &bench.alone.host.fib().ifaces;
        let taken = ifaces.iter().find(|own| own.kind == IfaceKind::Tunnel && own.rx.packets > 0);
        assert_eq!(taken.map(|own| own.name.as_str()), takes, "{tunnels:?}, {ups:?} up");
        let codes = bench.codes();
        assert_eq!(codes.contains(&"icmp.echo.reply"), takes.is_some(), "{codes:?}");
    }
}
