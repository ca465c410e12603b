//! Small folders as tables; whole ones are in `tests/import`.

use super::{Dump, Imported, Unusable, import};
use crate::scenario::{Expectation, Node, Step};

fn brought(files: &[(&str, &str)]) -> Result<Imported, Unusable> {
    let dump = |(path, text): &(&str, &str)| Dump { path: (*path).into(), text: (*text).into() };
    import("lab", &files.iter().map(dump).collect::<Vec<_>>())
}

/// The setup of a host.
fn setup<'a>(imported: &'a Imported, host: &str) -> Vec<&'a str> {
    let found = imported.scenario.nodes.iter().find(|node| node.name() == host);
    match found.map(|node| &node.value) {
        Some(Node::Host { setup, .. }) => setup.iter().map(|line| line.value.as_str()).collect(),
        _ => panic!("no host {host}"),
    }
}

/// Who served, as the story expects it.
fn served(imported: &Imported) -> Vec<&str> {
    let steps = imported.scenario.story.iter();
    let names = steps.filter_map(|step| match &step.value {
        Step::Expect(Expectation::Served(names, _)) => Some(names),
        _ => None,
    });
    names.flatten().map(String::as_str).collect()
}

/// A block of a real server for a virtual server.
const REAL: &str = "real_server 10.0.0.11 8080 { weight 3\n uthreshold 9 }";

#[test]
#[rustfmt::skip]
fn a_virtual_server_becomes_the_commands_of_its_table() {
    // The words of the block; the first command, the second, how many warnings there are.
    for (words, service, server, warnings) in [
        ("lb_algo rr\nlb_kind NAT",                  "-s rr",                       "-m -w 3 -x 9", 0),
        ("lvs_sched wrr\nlvs_method DR",             "-s wrr",                      "-g -w 3 -x 9", 0),
        ("lb_algo sh\nsh-port\nlb_kind TUN",         "-s sh -b sh-port",            "-i -w 3 -x 9", 0),
        ("",                                         "-s wlc",                      "-m -w 3 -x 9", 0),
        ("lb_algo lc\nlb_kind FNAT\nquorum 1",       "-s lc",                       "-b -w 3 -x 9", 1),
        ("lb_algo rr\nlb_kind NAT\npersistence_timeout 0", "-s rr",                 "-m -w 3 -x 9", 0),
        ("lb_algo rr\nlb_kind NAT\npersistence_timeout",   "-s rr -p 360",          "-m -w 3 -x 9", 0),
        ("lb_algo rr\nlb_kind NAT\npersistence_timeout 50\npersistence_granularity 255.255.255.0", "-s rr -p 50 -M 255.255.255.0", "-m -w 3 -x 9", 0),
        ("lb_algo rr\nlb_kind NAT\ndelay_loop 6\nalpha\nsorry_server 10.0.0.9 80", "-s rr", "-m -w 3 -x 9", 3),
        ("lb_algo rr\nlb_kind natt\nlb_algoo x",     "-s rr",                       "-m -w 3 -x 9", 2),
    ] {
        let text = format!("virtual_server 192.0.2.100 80 {{\n{words}\n{REAL}\n}}\n");
        let imported = brought(&[("lb/keepalived.conf", &text)]).expect("there is a service");
        let lines = setup(&imported, "lb");
        let at = lines.iter().position(|line| line.starts_with("ipvsadm -A")).expect("it is added");
        let service = format!("ipvsadm -A -t 192.0.2.100:80 {service}");
        let server = format!("ipvsadm -a -t 192.0.2.100:80 -r 10.0.0.11:8080 {server}");
        assert_eq!(lines[at..], [service, server], "{words}");
        // FULLNAT has no local address here, and nobody is served.
        assert_eq!(imported.warnings.len(), warnings + usize::from(words.contains("FNAT")), "{words}: {:?}", imported.warnings);
    }
}

/// A director with one service by DR, and its addresses.
const DIRECTOR: [(&str, &str); 3] = [
    (
        "lb/addr",
        "2: eth0: <UP> mtu 1500\n    inet 10.0.0.2/24 scope global eth0\n    inet 10.9.9.9/32 scope global eth0\n",
    ),
    ("lb/ipvsadm", "-A -t 10.9.9.9:80 -s rr\n-a -t 10.9.9.9:80 -r 10.0.0.11:80 -g -w 1\n"),
    ("lb/route", "default via 10.0.0.1 dev eth0\n"),
];

#[test]
fn what_nobody_brought_is_added_and_works() {
    let imported = brought(&DIRECTOR).expect("there is a director");
    let names: Vec<&str> = imported.scenario.nodes.iter().map(|node| node.name()).collect();
    assert_eq!(names, ["client", "router", "lan", "lb", "rs1"]);
    // The VIP is in no network: the router must know the way.
    let router = setup(&imported, "router");
    assert!(router.contains(&"ip route add 10.9.9.9/32 via 10.0.0.2"), "{router:?}");
    let server = setup(&imported, "rs1");
    for line in [
        "ip addr add 10.9.9.9/32 dev lo",
        "sysctl -w net.ipv4.conf.all.arp_ignore=1",
        "ip route add default via 10.0.0.1",
    ] {
        assert!(server.contains(&line), "{server:?}");
    }
    assert_eq!(served(&imported), ["rs1"]);
    // Each line knows where it comes from.
    let at =
        imported.scenario.nodes.iter().position(|node| node.name() == "lb").expect("it is there");
    let places: Vec<String> = imported.places[at].iter().map(ToString::to_string).collect();
    let from = ["lb/addr:2", "lb/addr:3", "lb/route:1", "lb/ipvsadm:1", "lb/ipvsadm:2"];
    assert_eq!(places, from, "{:?}", setup(&imported, "lb"));
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
    assert!(imported.guesses.len() >= 5, "{:?}", imported.guesses);
}

#[test]
#[rustfmt::skip]
fn guesses_fit_the_folder() {
    let dr = |rip: &str| format!("-A -t 10.0.0.100:80 -s rr\n-a -t 10.0.0.100:80 -r {rip}:80 -g -w 1\n");
    let tun = "-A -t 10.9.9.9:80 -s rr\n-a -t 10.9.9.9:80 -r 10.5.0.7:80 -i -w 1\n";
    let nat = "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m -w 1\n";
    let udp = "-A -u 10.0.0.100:53 -s rr\n-a -u 10.0.0.100:53 -r 10.0.0.11:53 -g -w 1\n";
    let eth0 = |addr: &str| format!("2: eth0: <UP> mtu 1500\n    inet {addr} scope global eth0\n");
    let [client, server, dr] = [eth0("10.0.0.77/24"), eth0("10.0.0.11/24"), dr("10.0.0.11")];
    let by = "default via 10.0.0.2 dev eth0\n";
    // The files; a host, a line of it; who serves.
    for (files, host, line, by) in [
        // Nothing but a table: the director gets addresses.
        (vec![("lb/ipvs", &*dr)],                        "lb",     "ip addr add 10.0.0.100/32 dev eth0",   vec!["rs1"]),
        // NAT without settings: the director forwards.
        (vec![("lb/ipvs", nat)],                         "lb",     "sysctl -w net.ipv4.ip_forward=1",      vec!["rs1"]),
        // A server of NAT brings its routes: its gateway is the director.
        (vec![("lb/ipvs", nat), ("web/addr", &server), ("web/route", by)], "lb", "ip addr add 10.0.0.2/24 dev eth1", vec!["web"]),
        // A far server of TUN is behind the router.
        (vec![("lb/addr", DIRECTOR[0].1), ("lb/ipvs", tun), ("lb/route", DIRECTOR[2].1)], "rs1", "ip addr add 10.9.9.9/32 dev tunl0", vec!["rs1"]),
        // Who is called client asks.
        (vec![("lb/ipvs", &*dr), ("client9/addr", &client)], "client9", "ip addr add 10.0.0.77/24 dev eth0", vec!["rs1"]),
        (vec![("lb/ipvs", &*dr), ("desk/addr", &client), ("links.ron", "(client: \"desk\")")], "desk", "ip addr add 10.0.0.77/24 dev eth0", vec!["rs1"]),
        // A server of UDP answers in the name of the VIP.
        (vec![("lb/ipvs", udp)],                         "rs1",    "ip addr add 10.0.0.100/32 dev lo",     vec!["rs1"]),
    ] {
        let imported = brought(&files).unwrap_or_else(|why| panic!("{files:?}: {why:?}"));
        let lines = setup(&imported, host);
        assert!(lines.contains(&line), "{files:?}: {lines:?}");
        assert_eq!(served(&imported), by, "{files:?}: {:?}", imported.warnings);
    }
}

#[test]
#[rustfmt::skip]
fn what_does_not_fit_is_told_with_its_place() {
    let lb = ("lb/ipvsadm", "-A -t 10.0.0.100:80 -s rr\n-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1\n");
    for (path, text, told) in [
        ("lb/ipvsadm.2",  "-A -t 10.0.0.100:81 -s rrr\n",                "lb/ipvsadm.2:1: `ipvsadm -A -t 10.0.0.100:81 -s rrr` on lb is left out: no scheduler `rrr`"),
        ("lb/ipvsadm.2",  "-a -t 10.0.0.7:81 -r 10.0.0.9 -g\n",          "lb/ipvsadm.2:1: `-a -t 10.0.0.7:81 -r 10.0.0.9 -g`: no line before adds this service"),
        ("lb/ipvsadm.2",  "-A -t 10.0.0.100:81 --frob\n",                "lb/ipvsadm.2:1: `-A -t 10.0.0.100:81 --frob`: --frob: unknown option"),
        ("lb/route",      "10.7.0.0/16 via 10.6.0.1\n",                  "lb/route:1: 10.6.0.1, a gateway, is in no known network"),
        ("lb/route",      "default via 10.0.0.1 frobnicate 7\n",         "lb/route:1: unknown word `frobnicate` of a route"),
        ("lb/neigh",      "10.0.0.1 dev eth0 what STALE\n",              "lb/neigh:1: unknown word `what` of a neighbour"),
        ("lb/sysctl",     "net.ipv4.ip_forward = 1\nfoo\n",              "lb/sysctl:2: not KEY = VALUE: `foo`"),
        ("lb/sysctl",     "net.ipv4.conf.all.arp_ignor=1\n",             "lb/sysctl:1: no setting net.ipv4.conf.all.arp_ignor"),
        ("lb/sysctl",     "net.ipv4.ip_default_ttl=999\n",               "lb/sysctl:1: `sysctl -w net.ipv4.ip_default_ttl=999` on lb is left out: sysctl: setting key"),
        ("lb/iptables",   "*filter\n-A INPUT -j FROB\nCOMMIT\n",         "lb/iptables:2: `-A INPUT -j FROB`: "),
        ("lb/iptables",   "*filter\n-A INPUT -j DROP\n",                 "lb/iptables: ends without COMMIT"),
        ("lb/keepalived.conf", "vrrp_instance V {\n  stat MASTER\n}\n",  "lb/keepalived.conf:2: unknown word `stat` in vrrp_instance"),
        ("lb/keepalived.conf", "virtual_servr 1 2 {\n}\nglobal_defs {\n}\n", "lb/keepalived.conf:1: unknown word `virtual_servr`"),
        ("links.ron",     "(client: \"nobody\")",                        "links.ron: client: there is no host `nobody`"),
        ("links.ron",     "(\n  switch: 1,\n)",                          "links.ron:2: "),
        ("links.ron",     "(links: [(a: \"lb:eth7\", b: \"lan:0\")])",   "links.ron: there is no lb:eth7"),
        ("notes.txt",     "hello",                                       "notes.txt: of no host"),
    ] {
        let imported = brought(&[lb, (path, text)]).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        let all: Vec<String> = imported.warnings.iter().map(|own| own.text().en).collect();
        assert!(all.iter().any(|own| own.starts_with(told)), "{text}: {all:?}");
    }
    for (files, why) in [
        (vec![],                                             "nothing of any host here"),
        (vec![("a/b", "hello")],                             "nothing of any host here"),
        (vec![("a/sysctl", "net.ipv4.ip_forward = 1\n")],    "no host has an address or a service"),
    ] {
        let refused = brought(&files).expect_err("nothing is there");
        assert!(refused.text.en.starts_with(why), "{files:?}: {}", refused.text);
    }
}

#[test]
fn the_address_of_two_hosts_is_told_and_stays() {
    let eth0 = "2: eth0: <UP> mtu 1500\n    inet 10.0.0.11/24 scope global eth0\n";
    let files = [("a/addr", eth0), ("b/addr", eth0)];
    let imported = brought(&files).expect("both can be set up");
    let all: Vec<String> = imported.warnings.iter().map(|own| own.text().en).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].starts_with("b/addr:2: 10.0.0.11 is on cards of two hosts, a and b"), "{all:?}");
    assert_eq!(setup(&imported, "a"), setup(&imported, "b"));
}
