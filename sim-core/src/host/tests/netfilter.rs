//! Packets and rules: what passes, what is translated, what is answered, and which rules count.

use super::*;
use crate::host::alone::ETH1;
use crate::host::tcp;

const CLIENT: Addr = [10, 0, 0, 10];
const OWN: Addr = [10, 0, 0, 1];
const SERVER: Addr = [192, 168, 1, 10];
const FAR_OWN: Addr = [192, 168, 1, 254];
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

const ROUTER: &str = "sysctl -w net.ipv4.ip_forward=1";

/// A segment between these ends.
fn segment(src: (Addr, u16), dst: (Addr, u16), flags: u8) -> FrameBuf {
    ip(src.0, dst.0, tcp::PROTO).packet(20, |body| {
        body[..2].copy_from_slice(&src.1.to_be_bytes());
        body[2..4].copy_from_slice(&dst.1.to_be_bytes());
        body[4..8].copy_from_slice(&100_u32.to_be_bytes());
        body[8..12].copy_from_slice(&if flags & ACK != 0 { 101_u32 } else { 0 }.to_be_bytes());
        (body[12], body[13], body[14]) = (5 << 4, flags, 4);
        let sum = checksum(body, pseudo(src.0.into(), dst.0.into(), tcp::PROTO, 20));
        body[16..18].copy_from_slice(&sum.to_be_bytes());
    })
}

/// What a packet is, in a word, and whether its checksums are right.
fn told(iface: IfaceId, packet: &FrameBuf) -> String {
    let bytes = packet.bytes();
    let view = lvs_engine::View::new(bytes).expect("a packet");
    let (src, dst, body) = (view.src(), view.dst(), view.payload());
    let port = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
    let whole = pseudo(src, dst, view.proto(), body.len());
    let (what, right) = match view.proto() {
        tcp::PROTO => {
            let flags = match body[13] {
                SYN => "S",
                ACK => ".",
                f if f == RST => "R",
                f if f == RST | ACK => "R.",
                f if f == SYN | ACK => "S.",
                _ => "?",
            };
            (format!("{src}:{} > {dst}:{} {flags}", port(0), port(2)), checksum(body, whole) == 0)
        }
        udp::PROTO => {
            (format!("{src}:{} > {dst}:{}", port(0), port(2)), checksum(body, whole) == 0)
        }
        _ => (format!("{src} > {dst} icmp {}/{}", body[0], body[1]), checksum(body, 0) == 0),
    };
    let right = right && checksum(&bytes[..20], 0) == 0;
    format!("eth{} {what}{}", iface.0 - 1, if right { "" } else { " WRONG SUM" })
}

impl Bench {
    /// A packet comes in by the interface towards its sender; what leaves then.
    fn meets(&mut self, packet: &FrameBuf) -> String {
        self.sent();
        let src = lvs_engine::View::new(packet.bytes()).expect("a packet").src();
        self.packet(if src.octets()[0] == 10 { ETH0 } else { ETH1 }, packet);
        let sent = self.sent_packets();
        let told: Vec<_> = sent.iter().map(|(iface, packet)| told(*iface, packet)).collect();
        told.join(", ")
    }

    /// The reasons that concern netfilter since the last call.
    fn netfilter_codes(&mut self) -> String {
        of_netfilter(&self.codes())
    }
}

fn of_netfilter(codes: &[&str]) -> String {
    let own = codes.iter().filter_map(|code| code.strip_prefix("netfilter."));
    own.collect::<Vec<_>>().join(" ")
}

/// The three ways through the hooks, and who stops a packet where.
#[test]
#[rustfmt::skip]
fn each_chain_stops_what_passes_it() {
    let through = || datagram((CLIENT, 4000), (SERVER, 53));
    let here = || datagram((CLIENT, 4000), (OWN, 53));
    let open = || segment((CLIENT, 4000), (OWN, 80), SYN);
    let over = || segment((CLIENT, 4000), (SERVER, 80), SYN);
    let passes = "eth1 10.0.0.10:4000 > 192.168.1.10:53";
    let refused = "eth0 10.0.0.1 > 10.0.0.10 icmp 3/3";
    let rows: [(&str, FrameBuf, &str, &str); 20] = [
        // rule                                                  packet     leaves    why
        ("iptables -A FORWARD -j ACCEPT",                        through(), passes,   "rule.accept"),
        ("iptables -A FORWARD -j DROP",                          through(), "",       "rule.drop"),
        ("iptables -P FORWARD DROP",                             through(), "",       "policy.drop"),
        ("iptables -A INPUT -j DROP",                            through(), passes,   ""),
        ("iptables -A OUTPUT -j DROP",                           through(), passes,   ""),
        ("iptables -t mangle -A POSTROUTING -j DROP",            through(), "",       "rule.drop"),
        ("iptables -t raw -A PREROUTING -p udp -j DROP",         through(), "",       "rule.drop"),
        ("iptables -A FORWARD -o eth0 -j DROP",                  through(), passes,   ""),
        ("iptables -A FORWARD -i eth+ ! -o eth0 -j DROP",        through(), "",       "rule.drop"),
        ("iptables -A FORWARD -s 10.0.0.0/28 -j DROP",           through(), "",       "rule.drop"),
        ("iptables -A FORWARD ! -d 192.168.0.0/16 -j DROP",      through(), passes,   ""),
        ("iptables -A FORWARD -p udp --dport 50:52 -j DROP",     through(), passes,   ""),
        ("iptables -A FORWARD -p udp -m multiport --dports 1,53 -j DROP", through(), "", "rule.drop"),
        ("iptables -A FORWARD -p tcp --syn -j REJECT --reject-with tcp-reset", over(),
            "eth0 192.168.1.10:80 > 10.0.0.10:4000 R.", "rule.reject reject.reset"),
        ("iptables -A FORWARD -j REJECT --reject-with icmp-admin-prohibited", through(),
            "eth0 10.0.0.1 > 10.0.0.10 icmp 3/13", "rule.reject"),
        ("iptables -A INPUT -j REJECT",                          here(),    refused,  "rule.reject"),
        ("iptables -A INPUT -j DROP",                            here(),    "",       "rule.drop"),
        ("iptables -A OUTPUT -p tcp -j DROP",                    open(),    "",       "rule.drop"),
        ("iptables -A OUTPUT -p udp -j DROP",                    open(),
            "eth0 10.0.0.1:80 > 10.0.0.10:4000 R.", ""),
        ("iptables -A FORWARD -j RETURN",                        through(), passes,   ""),
    ];
    for (rule, packet, leaves, why) in rows {
        let mut bench = Bench::new(&[ROUTER, rule]);
        bench.codes();
        assert_eq!(bench.meets(&packet), leaves, "{rule}");
        assert_eq!(bench.netfilter_codes(), why, "{rule}");
    }
}

/// Connections: packets in order, with what leaves and why.
#[test]
#[rustfmt::skip]
fn translations_go_there_and_back() {
    let web = "iptables -t nat -A PREROUTING -d 10.0.0.1 -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:8080";
    let hide = "iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE";
    let snat = "iptables -t nat -A POSTROUTING -o eth1 -p udp -j SNAT --to-source 192.168.1.254:7000-7000";
    let here = "iptables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 81";
    let seg = segment;
    let (c, s, own, far) = (CLIENT, SERVER, OWN, FAR_OWN);
    type Step<'a> = (FrameBuf, &'a str, &'a str);
    let dnat: [Step<'_>; 3] = [
        (seg((c, 4000), (own, 80), SYN),        "eth1 10.0.0.10:4000 > 192.168.1.10:8080 S",
            "conntrack.new nat.destination nat.destination-set"),
        (seg((s, 8080), (c, 4000), SYN | ACK),  "eth0 10.0.0.1:80 > 10.0.0.10:4000 S.",
            "conntrack.reply nat.source-set"),
        (seg((c, 4000), (own, 80), ACK),        "eth1 10.0.0.10:4000 > 192.168.1.10:8080 .",
            "conntrack.original nat.destination-set"),
    ];
    let reset: [Step<'_>; 3] = [
        (seg((c, 4000), (own, 80), SYN),        "eth1 10.0.0.10:4000 > 192.168.1.10:8080 S",
            "conntrack.new nat.destination nat.destination-set"),
        (seg((s, 8080), (c, 4000), RST | ACK),  "eth0 10.0.0.1:80 > 10.0.0.10:4000 R.",
            "conntrack.refused nat.source-set"),
        (seg((s, 8080), (c, 4000), RST | ACK),  "eth0 192.168.1.10:8080 > 10.0.0.10:4000 R.",
            "conntrack.invalid"),
    ];
    let masquerade: [Step<'_>; 2] = [
        (datagram((c, 4000), (s, 53)),          "eth1 192.168.1.254:4000 > 192.168.1.10:53",
            "conntrack.new nat.source nat.source-set"),
        (datagram((s, 53), (far, 4000)),        "eth0 192.168.1.10:53 > 10.0.0.10:4000",
            "conntrack.reply nat.destination-set"),
    ];
    let ports: [Step<'_>; 2] = [
        (datagram((c, 4000), (s, 53)),          "eth1 192.168.1.254:7000 > 192.168.1.10:53",
            "conntrack.new nat.source nat.source-set"),
        // The only port is taken: the connection cannot be.
        (datagram((c, 4001), (s, 53)),          "",
            "conntrack.new nat.source nat.source-set conntrack.clash"),
    ];
    let redirect: [Step<'_>; 1] = [
        (seg((c, 4000), (s, 80), SYN),          "eth0 192.168.1.10:80 > 10.0.0.10:4000 R.",
            "conntrack.new nat.destination nat.destination-set conntrack.refused nat.source-set"),
    ];
    let ping: [Step<'_>; 2] = [
        (echo(c, s),                            "eth1 192.168.1.254 > 192.168.1.10 icmp 8/0",
            "conntrack.new nat.source nat.source-set"),
        (echo([10, 0, 0, 10], s),               "eth1 192.168.1.254 > 192.168.1.10 icmp 8/0",
            "conntrack.original nat.source-set"),
    ];
    for (name, rule, steps) in [
        ("DNAT", web, &dnat[..]), ("reset", web, &reset), ("masquerade", hide, &masquerade),
        ("ports", snat, &ports), ("redirect", here, &redirect), ("ping", hide, &ping),
    ] {
        let mut bench = Bench::new(&[ROUTER, rule]);
        bench.codes();
        for (at, (packet, leaves, why)) in steps.iter().enumerate() {
            let sent = bench.meets(packet);
            let codes = bench.codes();
            assert_eq!(sent, *leaves, "{name} {at}: {codes:?}");
            assert_eq!(of_netfilter(&codes), *why, "{name} {at}");
        }
    }
}

/// Two clients behind one address use the same port: the second gets another one.
#[test]
fn a_port_in_use_is_exchanged() {
    let mut bench = Bench::new(&[ROUTER, "iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE"]);
    bench.meets(&datagram((CLIENT, 4000), (SERVER, 53)));
    bench.run(&["ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:c1 dev eth0"]);
    let leaves = bench.meets(&datagram(([10, 0, 0, 11], 4000), (SERVER, 53)));
    let port = leaves.split([':', ' ']).nth(2).and_then(|port| port.parse().ok());
    let port: u16 = port.expect("a datagram leaves");
    assert!(port >= 1024 && port != 4000, "{leaves}");
    let back = bench.meets(&datagram((SERVER, 53), (FAR_OWN, port)));
    assert_eq!(back, "eth0 192.168.1.10:53 > 10.0.0.11:4000");
}

/// An error about a translated packet says what its receiver had sent.
#[test]
fn errors_are_translated_with_what_they_quote() {
    let mut bench = Bench::new(&[
        ROUTER,
        "iptables -t nat -A PREROUTING -d 10.0.0.1 -p udp -j DNAT --to-destination 192.168.1.10",
        "iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE",
    ]);
    let sent = datagram((CLIENT, 4000), (OWN, 53));
    bench.meets(&sent);
    let there = datagram((FAR_OWN, 4000), (SERVER, 53));
    let error = ip(SERVER, FAR_OWN, icmp::PROTO).packet(8 + there.len(), |body| {
        (body[0], body[1]) = (3, 3);
        body[8..].copy_from_slice(there.bytes());
        let sum = checksum(body, 0);
        body[2..4].copy_from_slice(&sum.to_be_bytes());
    });
    bench.packet(ETH1, &error);
    let (iface, back) = bench.sent_packets().pop().expect("the error is forwarded");
    assert_eq!(told(iface, &back), "eth0 10.0.0.1 > 10.0.0.10 icmp 3/3");
    let quoted = lvs_engine::View::new(&back.bytes()[28..]).expect("it quotes a packet");
    assert_eq!(quoted.bytes(), sent.bytes(), "as it was sent, checksums included");
}

/// A router tells a neighbour of the shorter way, but not about what nat changes, or may yet
/// change: an error of its own belongs to the connection of the packet that it is about.
#[test]
#[rustfmt::skip]
fn no_redirect_about_what_is_translated() {
    let shorter = "ip route add 203.0.113.0/24 via 10.0.0.11 dev eth0";
    let near = "ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:c1 dev eth0";
    for (rule, leaves, why) in [
        ("iptables -A FORWARD -m state --state INVALID -j DROP", "eth0 10.0.0.1 > 10.0.0.10 icmp 5/1, eth0 10.0.0.10:4000 > 203.0.113.1:80 S",
            "conntrack.new"),
        ("iptables -t nat -A POSTROUTING -p tcp -j SNAT --to-source 10.0.0.1", "eth0 10.0.0.1:4000 > 203.0.113.1:80 S",
            "conntrack.new nat.redirect-dropped nat.source nat.source-set"),
    ] {
        let mut bench = Bench::new(&[ROUTER, shorter, near, rule]);
        bench.codes();
        assert_eq!(bench.meets(&segment((CLIENT, 4000), ([203, 0, 113, 1], 80), SYN)), leaves, "{rule}");
        assert_eq!(bench.netfilter_codes(), why, "{rule}");
    }
}

/// Only rules that need it turn tracking on; NOTRACK keeps a packet out of it.
#[test]
#[rustfmt::skip]
fn tracking_is_on_when_a_rule_needs_it() {
    let rows: [(Lines<'_>, &str); 5] = [
        (&["iptables -A FORWARD -p udp -j ACCEPT"],                          "rule.accept"),
        (&["iptables -t nat -L"],                                            ""),
        (&["iptables -A FORWARD -m state --state NEW -j ACCEPT"],            "conntrack.new rule.accept"),
        (&["iptables -t raw -A PREROUTING -p udp -j NOTRACK"],               "rule.notrack"),
        (&["iptables -A FORWARD -m conntrack --ctstate UNTRACKED -j DROP",
           "iptables -t raw -A PREROUTING -p udp -j NOTRACK"],               "rule.notrack rule.drop"),
    ];
    for (rules, why) in rows {
        let mut bench = Bench::new(&[ROUTER]);
        bench.run(rules);
        bench.codes();
        bench.meets(&datagram((CLIENT, 4000), (SERVER, 53)));
        assert_eq!(bench.netfilter_codes(), why, "{rules:?}");
    }
}

/// Rules count what matches them, policies the rest; a mark lasts until the packet is gone.
#[test]
fn rules_count_what_they_match() {
    use crate::netfilter::Table;
    let mut bench = Bench::new(&[
        ROUTER,
        "iptables -t mangle -A PREROUTING -p udp -j MARK --set-mark 7",
        "iptables -A FORWARD -m mark --mark 7",
        "iptables -A FORWARD -m mark --mark 8 -j DROP",
    ]);
    for _ in 0..3 {
        bench.meets(&datagram((CLIENT, 4000), (SERVER, 53)));
    }
    let netfilter = bench.alone.host.netfilter().expect("rules were typed");
    let forward = &netfilter.table(Table::Filter).chains[1];
    let counts = |own: crate::netfilter::Counts| (own.packets, own.bytes);
    let rules: Vec<_> = forward.rules.iter().map(|rule| counts(rule.counts)).collect();
    assert_eq!(rules, [(3, 96), (0, 0)]);
    assert_eq!(counts(forward.counts), (3, 96));
}

/// Whole again before they are tracked, and in pieces again as they came.
#[test]
fn pieces_are_tracked_as_one_packet() {
    let mut bench = Bench::new(&[ROUTER, "iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE"]);
    let long = ip(CLIENT, SERVER, udp::PROTO).packet(1408, |body| {
        body[..6].copy_from_slice(&[0x0f, 0xa0, 0, 53, 0x05, 0x80]);
    });
    let pieces = crate::host::frag::cut(long.bytes(), 620);
    for piece in &pieces {
        bench.packet(ETH0, piece);
    }
    let lengths = |own: &[FrameBuf]| own.iter().map(FrameBuf::len).collect::<Vec<_>>();
    let sent: Vec<_> = bench.sent_packets().into_iter().map(|(_, packet)| packet).collect();
    assert_eq!(lengths(&sent), lengths(&pieces));
    assert!(sent.iter().all(|piece| piece.bytes()[12..16] == FAR_OWN));
}

/// What a host sends to itself keeps its entry: the answers find back through `lo`.
#[test]
fn a_redirected_connection_to_oneself_works() {
    let mut bench = Bench::new(&[
        "serve http 81 --name own &",
        "iptables -t nat -A OUTPUT -d 192.0.2.80 -p tcp --dport 80 -j REDIRECT --to-ports 81",
        "ip route add default via 10.0.0.10",
    ]);
    bench.run(&["curl -m 4 http://192.0.2.80/"]);
    bench.wait(Duration::from_secs(2));
    assert!(bench.said.contains("own"), "{}", bench.said);
}
