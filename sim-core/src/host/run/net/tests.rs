//! What the tools print, held against recordings of the real ones.
//!
//! `tests/*.txt` are transcripts: lines after `$` are typed, what follows is the output, `[2]` is
//! an exit status that is not 0. They were recorded on Linux 6.1.176 with iproute2 6.1 and
//! net-tools 2.10, procps 4.0.2, on a host with `lo`, `eth0` and `eth1`, all up. Its cards were virtual: the
//! recording leaves out what only those show (`@if2`, `link-netns`) and names the qdisc of real
//! ones. Neighbours stand in the order of interface and address, which on Linux is that of a hash.

use std::time::Duration;

use lvs_engine::OriginId;

use crate::command::Command;
use crate::event::{Cx, Effect, JobId};
use crate::host::Host;
use crate::host::alone::{Alone, ETH0, commands};
use crate::host::sysctl::{Conf, Global, Key, Scope};

/// A host at the console.
struct Console {
    alone: Alone,
    effects: Vec<Effect>,
}

impl Console {
    fn new() -> Self {
        Self { alone: Alone::new(), effects: Vec::new() }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Host, &mut Cx<'_>) -> T) -> T {
        let (value, effects) = self.alone.with(act);
        self.effects = effects;
        value
    }

    /// Lets time pass, with all that is due.
    fn wait(&mut self, time: Duration) {
        let end = self.alone.end_of(time);
        while self.alone.goes_on(end) {
            self.with(Host::wake);
        }
    }

    /// The output of a line, and its exit status if that is not 0, as a transcript shows them.
    fn run(&mut self, line: &str) -> String {
        if let Some(setting) = line.strip_prefix("sysctl -qw ") {
            self.set(setting);
            return String::new();
        }
        let commands = commands(line);
        let [command] = commands.as_slice() else { panic!("{line}: not one command") };
        if let Command::Modprobe(_) = command {
            self.alone.host.load_ipip(OriginId::default());
            return String::new();
        }
        self.with(|host, cx| host.command(JobId(1), command, OriginId(7), cx));
        let mut text = String::new();
        for effect in &self.effects {
            match effect {
                Effect::Print { text: printed, .. } => text += printed,
                Effect::End { status: 0, .. } | Effect::Send { .. } => {}
                Effect::End { status, .. } => text += &format!("[{status}]\n"),
            }
        }
        text
    }

    fn set(&mut self, setting: &str) {
        let (name, value) = setting.split_once('=').expect("NAME=VALUE");
        let key = match name.rsplit('.').collect::<Vec<_>>().as_slice() {
            ["ip_forward", ..] => Key::Global(Global::IpForward),
            [conf, "all", ..] => Key::Conf(Scope::All, Conf::by_name(conf).expect(name)),
            [conf, "default", ..] => Key::Conf(Scope::Default, Conf::by_name(conf).expect(name)),
            [conf, dev, ..] => {
                let id = self.alone.host.fib.iface_by_name(dev).expect(name);
                Key::Conf(Scope::Iface(id), Conf::by_name(conf).expect(name))
            }
            _ => panic!("unknown: {name}"),
        };
        self.alone.host.sysctl.set(key, value.parse().expect(value), OriginId(7));
    }

    /// Types what a transcript has after `$`, and tells where the output is not the recorded one.
    fn play(&mut self, transcript: &str) -> String {
        let mut differences = String::new();
        let mut lines = transcript.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(typed) = line.strip_prefix("$ ") else {
                assert!(line.is_empty() || line.starts_with("# "), "stray line: {line}");
                continue;
            };
            let mut recorded = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with(['$', '#'])) {
                recorded += line;
                recorded += "\n";
            }
            // The recording keeps no empty lines at the end of an output.
            let (recorded, printed) = (recorded.trim_end_matches('\n'), self.run(typed));
            let printed = printed.trim_end_matches('\n');
            if printed != recorded {
                differences +=
                    &format!("$ {typed}\n--- recorded\n{recorded}\n--- printed\n{printed}\n\n");
            }
        }
        differences
    }
}

#[test]
fn all_outputs_are_those_of_the_real_tools() {
    let transcripts = [
        ("addr", include_str!("tests/addr.txt")),
        ("link", include_str!("tests/link.txt")),
        ("route", include_str!("tests/route.txt")),
        ("get", include_str!("tests/get.txt")),
        ("neigh", include_str!("tests/neigh.txt")),
        ("ifconfig", include_str!("tests/ifconfig.txt")),
        ("route_tool", include_str!("tests/route_tool.txt")),
        ("tunnel", include_str!("tests/tunnel.txt")),
        ("dummy", include_str!("tests/dummy.txt")),
        ("dr", include_str!("tests/dr.txt")),
        ("json", include_str!("tests/json.txt")),
        ("sysctl", include_str!("tests/sysctl.txt")),
    ];
    for (name, transcript) in transcripts {
        let differences = Console::new().play(transcript);
        assert!(differences.is_empty(), "{name}.txt:\n{differences}");
    }
}

#[test]
fn a_cable_that_is_out_shows() {
    let mut console = Console::new();
    console.run("ip addr add 172.16.100.3/24 dev eth0");
    console.run("ip route add default via 172.16.100.254");
    console.run("ifconfig lo:0 172.16.100.100 broadcast 172.16.100.100 netmask 255.255.255.255 up");
    console.run("route add -host 172.16.100.100 lo:0");
    console.run("ip neigh add 172.16.100.254 lladdr 02:00:00:00:00:a1 dev eth0 nud reachable");
    console.with(|host, cx| host.carrier(ETH0, false, cx));
    let differences = console.play(
        "\
$ ip link show eth0
2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc fq_codel state DOWN mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:d1 brd ff:ff:ff:ff:ff:ff
$ ip -br link show eth0
eth0             DOWN           02:00:00:00:00:d1 <NO-CARRIER,BROADCAST,MULTICAST,UP> \n\
$ ip route
default via 172.16.100.254 dev eth0 linkdown \n\
172.16.100.0/24 dev eth0 proto kernel scope link src 172.16.100.3 linkdown \n\
172.16.100.100 dev lo scope link src 172.16.100.100 \n\
$ ip route show table local dev eth0
local 172.16.100.3 proto kernel scope host src 172.16.100.3 \n\
broadcast 172.16.100.255 proto kernel scope link src 172.16.100.3 linkdown \n\
$ ip neigh
$ ifconfig eth0
eth0: flags=4099<UP,BROADCAST,MULTICAST>  mtu 1500
        inet 172.16.100.3  netmask 255.255.255.0  broadcast 0.0.0.0
        ether 02:00:00:00:00:d1  txqueuelen 1000  (Ethernet)
        RX packets 0  bytes 0 (0.0 B)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 0  bytes 0 (0.0 B)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0
",
    );
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn neighbours_show_their_state_and_age() {
    let mut console = Console::new();
    console.run("ip addr add 192.168.1.11/24 dev eth0");
    console.wait(Duration::from_secs(100));
    let key = (ETH0, [192, 168, 1, 13].into());
    console.with(|host, cx| host.neigh_resolve(key, cx));
    assert_eq!(console.run("ip neigh"), "192.168.1.13 dev eth0 INCOMPLETE \n");
    console.wait(Duration::from_millis(4_500));
    let failed = "192.168.1.13 dev eth0  used 4/4/1probes 6 FAILED \n";
    assert_eq!(console.run("ip -s neigh"), failed);
    console.run("ip neigh replace 192.168.1.13 lladdr 02:00:00:00:00:13 dev eth0 nud reachable");
    console.wait(Duration::from_secs(2));
    let known =
        "192.168.1.13 dev eth0 lladdr 02:00:00:00:00:13  ref 1 used 6/2/2probes 6 REACHABLE \n";
    assert_eq!(console.run("ip -s neigh"), known);
    console.wait(Duration::from_secs(4));
    console.run("ip neigh change 192.168.1.13 dev eth0 nud delay");
    console.wait(Duration::from_millis(10));
    assert_eq!(console.run("ip neigh"), "192.168.1.13 dev eth0 lladdr 02:00:00:00:00:13 PROBE \n");
    console.run("ip neigh change 192.168.1.13 dev eth0 nud failed");
    assert_eq!(console.run("ip neigh"), "192.168.1.13 dev eth0 FAILED \n");
    assert_eq!(console.run("ip neigh add 192.168.1.9 dev eth0"), {
        "Error: No link layer address given.\n[2]\n"
    });
}

#[test]
fn what_was_learnt_about_a_path_belongs_to_its_route() {
    let mut console = Console::new();
    console.run("ip addr add 192.168.1.11/24 dev eth0");
    console.run("ip route add default via 192.168.1.254 advmss 1400");
    let far = [10, 0, 0, 10].into();
    console.alone.host.fib.learn_pmtu(far, 1400);
    console.wait(Duration::from_millis(30));
    let get = "ip route get 10.0.0.10";
    let plain = "10.0.0.10 via 192.168.1.254 dev eth0 src 192.168.1.11 uid 0 \n";
    let cache = |rest: &str| format!("{plain}    cache {rest}\n");
    assert_eq!(console.run(get), cache("expires 599sec mtu 1400 advmss 1400 "));
    console.alone.host.fib.learn_pmtu(far, 68);
    console.wait(Duration::from_secs(1));
    assert_eq!(console.run(get), cache("expires 599sec mtu lock 552 advmss 1400 "));
    console.run("ip route flush cache");
    assert_eq!(console.run(get), cache("advmss 1400 "));
    console.alone.host.fib.learn_gateway(far, [192, 168, 1, 253].into());
    console.wait(Duration::from_millis(30));
    assert_eq!(
        console.run(get),
        "10.0.0.10 via 192.168.1.253 dev eth0 src 192.168.1.11 uid 0 \n    \
         cache <redirected> expires 299sec advmss 1400 \n"
    );
    console.alone.host.fib.learn_pmtu([10, 0, 0, 9].into(), 1280);
    let all = "10.0.0.9 via 192.168.1.254 dev eth0 \n    cache expires 599sec mtu 1280 advmss 1400 \n\
        10.0.0.10 via 192.168.1.253 dev eth0 \n    cache <redirected> expires 299sec advmss 1400 \n";
    let one = all.lines().skip(2).fold(String::new(), |text, line| text + line + "\n");
    console.wait(Duration::from_millis(30));
    for (line, shown) in [
        ("ip route show cache", all),
        ("ip route list table cache", all),
        ("ip route show cache 10.0.0.10", &one),
        ("ip route show cache 10.0.0.0/24", ""),
        ("ip route show table local cache", ""),
        ("ip route show cache dev lo", ""),
        ("ip route show cache dev eth0", &all.replace("dev eth0 ", "")),
        ("ip -o route show cache 10.0.0.10", &one.replace("\n    ", "\\    ")),
    ] {
        assert_eq!(console.run(line), shown, "{line}");
    }
    console.run("ip route replace default via 192.168.1.254");
    assert!(console.run(get).contains("192.168.1.253"), "the same gateway is the same way");
    console.run("ip route replace default via 192.168.1.1");
    assert!(console.run(get).starts_with("10.0.0.10 via 192.168.1.1 "), "another one is not");
}

#[test]
fn arp_notify_announces_when_a_link_comes_up_or_changes_its_mac() {
    let mut console = Console::new();
    console.run("ip addr add 192.168.1.11/24 dev eth0");
    console.run("ip addr add 192.168.1.12/24 dev eth0");
    let sent = |console: &mut Console, line: &str| {
        console.run(line);
        console.effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count()
    };
    assert_eq!(sent(&mut console, "ip link set eth0 down"), 0);
    assert_eq!(sent(&mut console, "ip link set eth0 up"), 0, "the default is silence");
    console.run("sysctl -qw net.ipv4.conf.all.arp_notify=1");
    assert_eq!(sent(&mut console, "ip link set eth0 address 02:00:00:00:00:07"), 2);
    assert_eq!(sent(&mut console, "ip link set eth0 down"), 0);
    assert_eq!(sent(&mut console, "ip link set eth0 address 02:00:00:00:00:08"), 0, "it is off");
    assert_eq!(sent(&mut console, "ifconfig eth0 up"), 2);
    assert_eq!(sent(&mut console, "ip addr add 192.168.1.13/24 dev eth0"), 0);
}

#[test]
fn everything_remembers_where_it_was_set() {
    let mut console = Console::new();
    console.run("ifconfig eth0:0 192.168.1.11 netmask 255.255.255.0");
    console.run("ip route add default via 192.168.1.1");
    console.run("route add -host 10.0.0.1 gw 192.168.1.1");
    console.run("arp -s 192.168.1.1 02:00:00:00:00:01");
    let Host { fib, neigh, .. } = &console.alone.host;
    let typed = OriginId(7);
    assert!(fib.iface(ETH0).addrs.iter().all(|own| own.origin == typed));
    let routes = fib.routes(crate::host::fib::Table::Main);
    assert_eq!(routes.iter().map(|route| route.origin).collect::<Vec<_>>(), [typed; 3]);
    assert!(neigh.values().all(|entry| entry.origin == typed) && neigh.len() == 1);
}

#[test]
fn the_first_address_settles_the_settings_of_an_interface() {
    for line in ["ip addr add 10.0.0.1/8 dev eth0", "ifconfig eth0 10.0.0.1"] {
        let mut console = Console::new();
        let default = Key::Conf(Scope::Default, Conf::ArpIgnore);
        console.alone.host.sysctl.set(default, 1, OriginId(7));
        console.run(line);
        console.alone.host.sysctl.set(default, 2, OriginId(7));
        assert_eq!(console.alone.host.sysctl.quiet(Conf::ArpIgnore, ETH0), 1, "{line}");
    }
}

#[test]
fn counters_stand_in_their_columns() {
    let mut console = Console::new();
    let iface = console.alone.host.fib.iface_mut(ETH0);
    (iface.rx.bytes, iface.rx.packets, iface.tx.bytes, iface.tx.packets) =
        (432_642, 301, 435_162, 361);
    let differences = console.play(
        "\
$ ip -s link show eth0
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:d1 brd ff:ff:ff:ff:ff:ff
    RX:  bytes packets errors dropped  missed   mcast           \n\
\x20       432642     301      0       0       0       0 \n\
\x20   TX:  bytes packets errors dropped carrier collsns           \n\
\x20       435162     361      0       0       0       0 \n\
$ netstat -i
Kernel Interface table
Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg
eth0             1500      301      0      0 0           361      0      0      0 BMRU
eth1             1500        0      0      0 0             0      0      0      0 BMRU
lo              65536        0      0      0 0             0      0      0      0 LRU
",
    );
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn what_linux_would_do_and_this_host_does_not_is_said() {
    let mut console = Console::new();
    console.run("modprobe ipip");
    #[rustfmt::skip]
    let rows = [
        ("ip addr add 10.0.0.1/8 dev eth0 scope nowhere", "scope nowhere", 2),
        ("ip link set lo mtu 20",                         "lo mtu 20", 2),
        ("ifconfig lo mtu 70000",                         "lo mtu 70000", 2),
        ("ip link set tunl0 arp on",                      "tunl0 arp on", 2),
        ("ip link del tunl0",                             "link del tunl0", 2),
        ("ifconfig lo -arp",                              "lo -arp", 2),
        ("ip route get 224.0.0.1",                        "224.0.0.1 (multicast)", 2),
        ("ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev lo", "neigh dev lo", 2),
        ("ip neigh add 10.0.0.2 dev eth0 nud none",       "nud none", 2),
    ];
    for (line, what, status) in rows {
        let said = format!("not simulated / 未模拟: {what}\n[{status}]\n");
        assert_eq!(console.run(line), said, "{line}");
    }
}
