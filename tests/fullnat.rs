//! FULLNAT's frames are those of the mainline kernel's recipe, byte for byte.
//!
//! No mainline kernel has FULLNAT, so none can be asked. Its recipe (NAT, `net.ipv4.vs.conntrack` and
//! SNAT) was found equal to a kernel in `netfilter/fullnat*.ron`; here one is held to the other. They
//! differ in one place: of a packet that an ICMP error quotes, IPVS leaves the checksum behind the IP
//! header as it is, and netfilter follows its own edit there.

use lvsim_tests::files::File;
use lvsim_tests::packet::{ETHERNET, ICMP, Ip};
use lvsim_tests::plays;
use sim_core::story::Progress;
use sim_core::trace::Note;

/// How the director asks in its own name.
#[derive(Clone, Copy, Debug)]
enum By {
    Recipe,
    FullNat,
}

impl By {
    fn setup(self) -> &'static str {
        match self {
            Self::Recipe => {
                r#""sysctl -w net.ipv4.ip_forward=1 net.ipv4.vs.conntrack=1",
                "for p in t u; do ipvsadm -a -$p 172.16.100.100:80 -r 192.168.100.2:8080 -m; done",
                "iptables -t nat -A POSTROUTING -m ipvs --vaddr 172.16.100.100/32 --vport 80 -j SNAT --to-source 192.168.100.200","#
            }
            Self::FullNat => {
                r#""for p in t u; do ipvsadm -a -$p 172.16.100.100:80 -r 192.168.100.2:8080 -b; done",
                "for p in t u; do ipvsadm -P -$p 172.16.100.100:80 -z 192.168.100.200; done","#
            }
        }
    }
}

/// Each frame at the client's and the server's card: when, where, which way, and its bytes.
fn frames(by: By, server: &str, story: &str) -> Vec<String> {
    let setup = by.setup();
    let text = format!(
        r#"(
    title: (en: "FULLNAT or its recipe", zh: "FULLNAT 或其主线做法"),
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1")], setup: [
            "ip addr add 172.16.100.10/24 dev eth0",
            "ip addr add 172.16.100.11/24 dev eth0",
        ]),
        Host(name: "director", nics: [("eth0", "02:00:00:00:00:d0"), ("eth1", "02:00:00:00:00:d1")], setup: [
            "ip addr add 172.16.100.1/24 dev eth0",
            "ip addr add 172.16.100.100/32 dev eth0",
            "ip addr add 192.168.100.1/24 dev eth1",
            "ip addr add 192.168.100.200/32 dev eth1",
            "for p in t u; do ipvsadm -A -$p 172.16.100.100:80 -s rr; done",
            {setup}
        ]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: [{server}], setup: [
            "ip addr add 192.168.100.2/24 dev eth0",
        ]),
    ],
    links: [(a: "client:eth0", b: "director:eth0"), (a: "director:eth1", b: "rs1:eth0")],
    story: [Do(on: "client", run: [{story}]), Wait(Idle)],
)"#
    );
    let file = File { name: "fullnat.ron".into(), text };
    let (mut player, mut trace) = plays::start(&file).expect("three hosts can be played");
    while player.step(&mut trace) != Progress::Done {}
    let net = &player.world.net;
    let seen = trace.entries().iter().filter_map(|entry| {
        let node = net.node(entry.node);
        let Note::Frame { iface, dir, frame } = &entry.what else { return None };
        let hex: String = masked(frame.bytes.bytes()).iter().map(|b| format!("{b:02x}")).collect();
        let place = format!("{} {} {dir:?}", node.name, node.iface_name(*iface));
        (*node.name != *"director").then(|| format!("{} {place} {hex}", entry.at))
    });
    seen.collect()
}

/// A frame; of an ICMP error without its own checksum and that of the datagram which it quotes.
fn masked(frame: &[u8]) -> Vec<u8> {
    const SUMS: [usize; 2] = [ETHERNET + 20 + 2, ETHERNET + 20 + 8 + 20 + 6];
    let mut bytes = frame.to_vec();
    if Ip::of_frame(frame).is_some_and(|packet| packet.proto() == ICMP) {
        for at in SUMS {
            bytes[at..at + 2].fill(0);
        }
    }
    bytes
}

#[test]
fn fullnat_sends_what_the_recipe_sends() {
    const HTTP: &str = r#""http 8080""#;
    const UDP: &str = r#""udp 8080""#;
    const ASK: &str = "echo hello | nc -u -w 1";
    let get = r#""curl -m 4 http://172.16.100.100/""#;
    //   what is tried, who listens, what the client types
    #[rustfmt::skip]
    let rows: [(&str, &str, String); 7] = [
        ("a page",             HTTP,               get.into()),
        ("an upload",          HTTP,               r#""head -c 20000 /dev/zero | curl -m 4 --data-binary @- http://172.16.100.100/""#.into()),
        ("a refusal",          "",                 get.into()),
        ("a silent server",    r#""http 8080 --mute""#, r#""curl -m 2 http://172.16.100.100/""#.into()),
        ("two clients",        HTTP,               r#""nc -s 172.16.100.11 -p 40001 -w 1 172.16.100.100 80", "curl -m 4 --local-port 40002 http://172.16.100.100/""#.into()),
        ("a datagram",         UDP,                format!(r#""{ASK} 172.16.100.100 80""#)),
        ("an error that quotes", "",               format!(r#""{ASK} 172.16.100.100 80""#)),
    ];
    for (what, server, story) in rows {
        let recipe = frames(By::Recipe, server, &story);
        assert!(recipe.iter().any(|frame| frame.contains("c0a864c8")), "{what}: from the LIP");
        assert_eq!(recipe, frames(By::FullNat, server, &story), "{what}");
    }
}
