//! Captures laid over simulated interfaces: what a run itself has made fits, whoever the machines are and whatever passes
//! besides; what another run has made does not, and the line that was changed is named.

use std::fmt::Write;
use std::fs;

use lvsim_tests::files;
use lvsim_tests::golden::is_kept_within;
use lvsim_tests::lvsim::{folder, run as run_binary};
use lvsim_tests::overlay::{Fate, disguised, fate, frames, ifaces, lay, noisy, pcap};
use lvsim_tests::plays::{self, Play};
use sim_core::overlay::What;
use sim_core::scenario::{Line, Node, Scenario};
use sim_core::story::open;
use sim_core::whatif::Run;

fn run(play: &Play) -> Run {
    Run { player: play.player.clone(), trace: play.trace.clone() }
}

#[test]
fn every_run_fits_itself_on_every_interface_in_disguise_and_among_noise() {
    let mut faults = Vec::new();
    let mut count = 0;
    for play in plays::played() {
        let run = run(play);
        for (at, name) in ifaces(&run) {
            let own = frames(&run, at);
            if own.is_empty() {
                continue;
            }
            let kinds = [own.clone(), disguised(&own), noisy(&disguised(&own))];
            for (kind, frames) in kinds.iter().enumerate() {
                count += 1;
                match lay(&run, at, &pcap(frames)) {
                    Ok(laid) if laid.fits() => {}
                    Ok(laid) => {
                        let first = laid.first().expect("it differs");
                        let said = (first.head("it").en, first.fields.clone());
                        faults.push(format!("{} {name} {kind}: {said:?}", play.file.name));
                    }
                    Err(why) => faults.push(format!("{} {name} {kind}: {why}", play.file.name)),
                }
            }
        }
    }
    assert!(count > 1_000, "{count}");
    assert!(faults.is_empty(), "{} of {count}\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn what_is_set_aside_is_counted() {
    let play = plays::played().find(|play| play.file.name.ends_with("dr/client-behind-router.ron"));
    let run = run(play.expect("it is shipped"));
    let (at, _) =
        ifaces(&run).into_iter().find(|(_, name)| name == "rs1:eth0").expect("it has a cable");
    let laid = lay(&run, at, &pcap(&noisy(&frames(&run, at)))).expect("it can be laid");
    let notes: Vec<String> = laid.notes().into_iter().map(|note| note.en).collect();
    let expected = [
        "5 frames of 2 conversations that the scenario does not know",
        "3 frames of ARP that the scenario does not have, and that contradict nothing",
        "9 frames that mean nothing here: IPv6 3, LLDP 3, spanning tree and other LLC 3",
    ];
    assert!(laid.fits());
    assert_eq!(notes, expected);
}

const DR: &str = "scenarios/dr/client-behind-router.ron";
const NAT: &str = "scenarios/nat/two-nets.ron";
const TUN: &str = "scenarios/tun/two-networks.ron";

/// A change of one line of a host's setup, and where the capture was taken. Nothing for what stood there: the line is typed last.
struct Change {
    file: &'static str,
    at: &'static str,
    host: &'static str,
    was: &'static str,
    now: &'static str,
}

#[rustfmt::skip]
const CHANGES: &[Change] = &[
    row(DR, "rs1:eth0", "rs1", "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2", ""),
    row(DR, "router:eth1", "rs1", "arp_ignore=1", "arp_ignore=0"),
    row(DR, "rs1:eth0", "rs1", "arp_announce=2", "arp_announce=0"),
    row(DR, "rs2:eth0", "rs2", "conf.all.arp_ignore=1", "conf.lo.arp_ignore=1"),
    row(DR, "rs1:eth0", "rs1", "ip addr add $vip/32 dev lo", ""),
    row(DR, "rs1:eth0", "rs1", "ip addr add $vip/32 dev lo", "ip addr add $vip/32 dev eth0"),
    row(DR, "rs1:eth0", "rs1", "via 172.16.100.254", "via 172.16.100.1"),
    row(DR, "director:eth0", "director", "172.16.100.2 -g", "172.16.100.2 -m"),
    row(DR, "director:eth0", "director", "172.16.100.2 -g", "172.16.100.2 -i"),
    row(DR, "director:eth0", "director", "-r 172.16.100.3 -g", "-r 172.16.100.4 -g"),
    row(DR, "director:eth0", "director", "ipvsadm -A -t $vip:80 -s rr", "ipvsadm -A -t $vip:8080 -s rr"),
    row(DR, "router:eth0", "router", "ip_forward=1", "ip_forward=0"),
    row(NAT, "director:eth1", "director", "ip_forward=1", "ip_forward=0"),
    row(NAT, "rs1:eth0", "rs1", "via 192.168.100.1", "via 192.168.100.254"),
    row(NAT, "rs1:eth0", "rs1", "ip route add default via 192.168.100.1", ""),
    row(NAT, "director:eth1", "director", "192.168.100.2:80 -m", "192.168.100.2:8080 -m"),
    row(NAT, "director:eth1", "director", "192.168.100.2:80 -m", "192.168.100.2:80 -g"),
    row(NAT, "director:eth1", "director", "-r 10.2.0.2:80 -m", "-r 10.2.0.3:80 -m"),
    row(NAT, "router2:eth0", "router2", "ip_forward=1", "ip_forward=0"),
    row(NAT, "director:eth1", "director", "ip route add 10.2.0.0/24 via 192.168.100.254", ""),
    row(TUN, "rs1:eth0", "rs1", "ip addr add $vip/32 dev tunl0", ""),
    row(TUN, "rs1:eth0", "rs1", "ip link set tunl0 up", ""),
    row(TUN, "rs2:eth0", "rs2", "modprobe ipip", ""),
    row(TUN, "director:eth0", "director", "172.16.100.2 -i", "172.16.100.2 -g"),
    row(TUN, "director:eth0", "director", "ip route add 192.168.7.0/24 via 172.16.100.253", ""),
    // What is no mistake in a line of the file.
    row(TUN, "rs1:eth0", "rs1", "", "sysctl -w net.ipv4.conf.all.rp_filter=1"),
    row(DR, "rs1:eth0", "rs1", "", "ip link set eth0 mtu 1400"),
    row(DR, "rs1:eth0", "rs1", "", "iptables -A INPUT -p tcp --dport 80 -j DROP"),
    row(NAT, "director:eth0", "director", "", "iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE"),
];

const fn row(
    file: &'static str,
    at: &'static str,
    host: &'static str,
    was: &'static str,
    now: &'static str,
) -> Change {
    Change { file, at, host, was, now }
}

fn scenario(name: &str) -> Scenario {
    let text = fs::read_to_string(files::root().join(name)).expect("it is shipped");
    open(name, &text, None, false).expect("it loads")
}

impl Change {
    /// The scenario with the change, and the line of the file.
    fn make(&self, scenario: &Scenario) -> (Scenario, u32) {
        let mut changed = scenario.clone();
        let vip = scenario.params.get("vip").expect("each of these has one");
        let (was, now) = (self.was.replace("$vip", vip), self.now.replace("$vip", vip));
        let nodes = &mut changed.nodes;
        let node = nodes.iter_mut().find(|node| node.name() == self.host).expect("a host");
        let Node::Host { setup, .. } = &mut node.value else { panic!("{} is a switch", self.host) };
        if was.is_empty() {
            setup.push(Line::from(now));
            return (changed, 0);
        }
        let line = setup.iter_mut().find(|line| line.value.contains(&was));
        let line = line.unwrap_or_else(|| panic!("{}: {was}", self.host));
        let number = line.origin.line;
        line.value = if now.is_empty() { ":".into() } else { line.value.replace(&was, &now) };
        (changed, number)
    }

    fn fate(&self) -> Option<Fate> {
        let scenario = scenario(self.file);
        let (changed, line) = self.make(&scenario);
        let healthy = Run::play(scenario.clone()).expect("it is healthy");
        let broken = Run::tolerant(changed).expect("it ends");
        let (at, _) = ifaces(&healthy).into_iter().find(|(_, name)| name == self.at)?;
        let is_it = |what: &What| match line {
            0 => what.text().en.contains(&format!("{}: {}", self.host, self.now)),
            line => what.line(&scenario) == Some(line),
        };
        fate(&healthy, &broken, at, &is_it)
    }
}

#[test]
fn the_line_that_was_changed_is_named() {
    let (mut first, mut third, mut rows) = (0, 0, String::new());
    for own in CHANGES {
        let Change { file, at, host, was, now } = own;
        let name = file.trim_start_matches("scenarios/").trim_end_matches(".ron");
        let fate = own.fate();
        let rank = fate.as_ref().and_then(|fate| fate.rank);
        first += usize::from(rank == Some(1));
        third += usize::from(rank.is_some_and(|rank| rank <= 3));
        let rank = rank.map_or("-".into(), |rank| rank.to_string());
        let alike = fate.as_ref().map_or("-".into(), |fate| fate.rivals.to_string());
        println!("{name} {at} {host}: {was} -> {now}: {rank} of {alike}: {fate:?}");
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        let (was, now) = (code(was), code(now));
        writeln!(rows, "| {name} | {at} | {host} | {was} | {now} | {rank} | {alike} |")
            .expect("a text takes all");
    }
    let all = CHANGES.len();
    println!("{first} of {all} are named first, {third} among the first three");
    let heads = [
        ("book/overlay.md", "scenario | captured at | host | the line | becomes | place | alike"),
        ("book/overlay.zh.md", "场景 | 抓包处 | 主机 | 原来的行 | 改为 | 名次 | 同样好的"),
    ];
    for (page, head) in heads {
        let said = if page.ends_with(".zh.md") {
            format!("{all} 个改动中，{first} 个排在第一，{third} 个在前三名。")
        } else {
            format!("Of {all} changes {first} are named first, {third} among the first three.")
        };
        let table = format!("\n{said}\n\n| {head} |\n|---|---|---|---|---|---|---|\n{rows}");
        assert!(is_kept_within(page, "changes", &table), "{page} says otherwise\n{table}");
    }
    assert!(4 * first >= 3 * all && 10 * third >= 8 * all, "{first} and {third} of {all}");
}

/// Captures of real kernels: of `lvsim kernel run dr/client-behind-router --keep DIR`, as it is and without rs1's ARP settings;
/// and of two namespaces with curl and a web server of another making, by tcpdump: on `any`, and where nobody serves.
#[rustfmt::skip]
const KERNEL: [(&str, &str, &str, &str); 6] = [
    // scenario                     interface      capture                what is named
    ("dr/client-behind-router",     "router:eth1", "healthy-router-eth1", ""),
    ("dr/client-behind-router",     "rs1:eth0",    "healthy-rs1-eth0",    ""),
    ("dr/client-behind-router",     "router:eth1", "broken-router-eth1",  "without `rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1"),
    ("dr/client-behind-router",     "rs1:eth0",    "broken-rs1-eth0",     "without `rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1"),
    ("tests/overlay/two-hosts.ron", "b:eth0",      "any-b",               ""),
    ("tests/overlay/two-hosts.ron", "b:eth0",      "closed-b",            "if b does not serve `http 80`"),
];

#[test]
fn captures_of_real_kernels_fit_or_name_what_is_wrong() {
    for (scenario, at, name, named) in KERNEL {
        let file = format!("tests/overlay/{name}.pcap");
        let said = run_binary(&["overlay", scenario, at, &file]);
        let status = i32::from(!named.is_empty());
        assert_eq!((said.status, said.err.as_str()), (Some(status), ""), "{name}\n{}", said.out);
        // The first change that is told.
        let likely = said.out.split("less likely").next().expect("a text has a beginning");
        assert!(likely.replace('\n', " ").contains(named), "{name}\n{}", said.out);
        assert_eq!(said.out.contains("the most likely"), status == 1, "{name}\n{}", said.out);
    }
}

/// The pages show what is printed.
#[test]
fn the_book_shows_what_is_printed() {
    for (lang, page) in [("en", "book/overlay.md"), ("zh", "book/overlay.zh.md")] {
        for mark in ["broken", "healthy"] {
            let file = format!("tests/overlay/{mark}-rs1-eth0.pcap");
            let args = ["overlay", "dr/client-behind-router", "rs1:eth0", &file];
            let said = run_binary(&[&args[..], &["--lang", lang]].concat());
            let text = format!("\n```console\n$ lvsim {}\n{}```\n", args.join(" "), said.out);
            assert!(is_kept_within(page, mark, &text), "{page} shows otherwise\n{text}");
        }
    }
}

#[test]
fn what_cannot_be_laid_is_told_why() {
    let dir = folder("overlay");
    let good = fs::read(files::root().join("tests/overlay/healthy-rs1-eth0.pcap"))
        .expect("it is committed");
    let with_link = |link: u8| {
        let mut file = good.clone();
        file[20] = link;
        file
    };
    let only_v6 =
        [&good[..24], &[0; 8], &[20, 0, 0, 0, 20, 0, 0, 0], &[2; 12], &[0x86, 0xdd], &[0; 6]]
            .concat();
    let foreign = {
        let mut frame = good[24..].to_vec();
        // The first frame is ARP: other addresses in it.
        frame[16 + 28..16 + 32].copy_from_slice(&[10, 9, 9, 9]);
        frame[16 + 38..16 + 42].copy_from_slice(&[10, 9, 9, 1]);
        [&good[..24], &frame[..16 + 42]].concat()
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        fs::write(&path, bytes).expect("an own folder can be written");
        path.display().to_string()
    };
    let rows = [
        (write("empty", b""), "rs1:eth0", "is empty: no capture"),
        (write("text", b"hello, world"), "rs1:eth0", "is no capture: neither pcap nor pcapng"),
        (write("header", &good[..10]), "rs1:eth0", "is cut off in its header"),
        (write("none", &good[..24]), "rs1:eth0", "has no frames"),
        (write("half", &good[..50]), "rs1:eth0", "is cut off before its first frame ends"),
        (
            write("wifi", &with_link(105)),
            "rs1:eth0",
            "has link type 105 (IEEE 802.11), which is not read",
        ),
        (write("v6", &only_v6), "rs1:eth0", "has no IPv4 and no ARP: 1 frames (IPv6 1)"),
        (write("foreign", &foreign), "rs1:eth0", "--map 10.9.9.1=ADDRESS-OF-THE-SCENARIO"),
        (write("good", &good), "rs1:eht0", "did you mean rs1:eth0?"),
        (write("good", &good), "rs1", "did you mean rs1:eth0?"),
        (dir.join("absent").display().to_string(), "rs1:eth0", "cannot be read"),
    ];
    for (path, at, words) in rows {
        let said = run_binary(&["overlay", "dr/client-behind-router", at, &path]);
        assert_eq!((said.status, said.out.as_str()), (Some(2), ""), "{path}: {}", said.err);
        assert!(said.err.contains(words), "{path}: {}", said.err);
    }
    // What was cut off later is told, and what is there is compared.
    let cut = write("cut", &good[..good.len() - 5]);
    let said =
        run_binary(&["overlay", "dr/client-behind-router", "rs1:eth0", &cut, "--tries", "0"]);
    assert!(said.out.contains("the file ends in the middle of a frame"), "{}", said.out);
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

/// A box with other addresses, by `--map`; and one of two that are mapped to one is refused.
#[test]
fn addresses_are_mapped() {
    let args = |map: &[&'static str]| {
        let fixed = [
            "overlay",
            "dr/client-behind-router",
            "rs1:eth0",
            "tests/overlay/healthy-rs1-eth0.pcap",
            "--tries",
            "0",
        ];
        let maps = map.iter().flat_map(|own| ["--map", own]).collect::<Vec<_>>();
        [&fixed[..], &maps].concat()
    };
    let swapped = run_binary(&args(&["172.16.100.2=172.16.100.3", "172.16.100.3=172.16.100.2"]));
    assert_eq!(swapped.status, Some(1), "{}", swapped.out);
    let refused = run_binary(&args(&["10.0.0.1=172.16.100.2", "10.0.0.2=172.16.100.2"]));
    assert_eq!(refused.status, Some(2));
    assert!(refused.err.contains("is mapped already"), "{}", refused.err);
}
