//! One request by each of the four methods: what each changes on its way, in every lab that can be
//! set up so, and what is said of it.

use lvsim_tests::lvsim::run;
use lvsim_tests::plays;
use sim_core::modes::{METHODS, Method, Mode, Modes};

/// The hosts between client and server on one way.
fn between(hops: &[sim_core::modes::Hop]) -> String {
    let names: Vec<&str> = hops.iter().skip(1).map(|hop| hop.from.as_str()).collect();
    names.join(" ")
}

fn modes(name: &str) -> Modes {
    let play = plays::played().find(|play| play.file.name == format!("scenarios/{name}.ron"));
    Modes::of(play.expect("it is shipped").player.scenario()).expect("a client asks by curl")
}

#[test]
#[rustfmt::skip]
fn each_method_has_its_ways_and_its_price() {
    for (name, rows) in [
        // served, forward, back, the server's gateway, bytes: one row a method
        ("dr/seed", [
            ("rs1", "router director",         "director router", "172.16.100.1",   2466),
            ("rs1", "router director",         "router",          "172.16.100.254", 2126),
            ("rs1", "router director",         "router",          "172.16.100.254", 2246), // six packets, 20 bytes more on one hop
            ("rs1", "router director",         "director router", "172.16.100.1",   2466),
        ]),
        ("nat/seed", [
            ("rs1", "director",                "director",        "192.168.100.1",  1640),
            ("-",   "director",                "",                "192.168.100.1",  1036), // ends at the director
            ("-",   "director",                "",                "192.168.100.1",  1096),
            ("rs1", "director",                "director",        "192.168.100.1",  1640),
        ]),
        ("tun/two-networks", [
            ("rs1", "router director",         "director router", "172.16.100.1",   2448),
            ("rs1", "router director",         "router",          "172.16.100.254", 2108),
            ("rs1", "router director",         "router",          "172.16.100.254", 2228),
            ("rs1", "router director",         "director router", "172.16.100.1",   2448),
        ]),
        ("fullnat/gateway-irrelevant", [
            ("-",   "router director",         "router",          "192.168.100.254", 0), // the lab's own fault
            ("rs1", "router director",         "router",          "192.168.100.254", 0),
            ("rs1", "router director",         "router",          "192.168.100.254", 0),
            ("rs1", "router director",         "director router", "192.168.100.1",   0),
        ]),
    ] {
        let modes = modes(name);
        for (mode, (served, forward, back, gateway, bytes)) in modes.plays.iter().zip(rows) {
            let at = format!("{name} {:?} {:?}", mode.method, mode.refused);
            assert_eq!(mode.served.as_deref().unwrap_or("-"), served, "{at}");
            assert_eq!(between(&mode.request), forward, "{at}");
            assert_eq!(between(&mode.reply), back, "{at}");
            assert_eq!(mode.gateway.map(|addr| addr.to_string()).as_deref(), Some(gateway), "{at}");
            if bytes > 0 {
                assert_eq!(mode.sent.1, bytes, "{at}");
            }
        }
    }
}

/// What is wrong with the request of one method that was served.
fn faults(mode: &Mode, modes: &Modes) -> Vec<String> {
    let cast = &modes.cast;
    let mut faults = Vec::new();
    let mut law = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{:?}: {what}: {:?}", mode.method, mode.request));
        }
    };
    let at = mode.request.iter().position(|hop| hop.from == cast.director);
    let (before, behind) = mode.request.split_at(at.expect("it works"));
    law(before.iter().all(|hop| hop.dst == cast.vip && hop.outer.is_none()), "to the VIP");
    let (rewrites, asks) = match mode.method {
        Method::Nat => (true, cast.cip),
        Method::FullNat => (true, cast.lip),
        Method::Dr | Method::Tun => (false, cast.cip),
    };
    law(behind.iter().all(|hop| (hop.dst.addr == cast.rip.addr) == rewrites), "the destination");
    law(behind.iter().all(|hop| hop.src.addr == asks), "the source");
    let is_tunnel = mode.method == Method::Tun;
    law(behind.iter().all(|hop| hop.outer.is_some() == is_tunnel), "the outer header");
    for pair in mode.request.windows(2) {
        // Within a tunnel only the outer TTL falls.
        let inside = pair[0].outer.is_some();
        let fallen = pair[0].ttl - u8::from(!inside) == pair[1].ttl;
        let outer = pair[0].outer.zip(pair[1].outer).is_none_or(|(one, two)| one.2 - 1 == two.2);
        law(fallen && outer, "the TTL");
    }
    let crosses = mode.reply.iter().any(|hop| hop.from == cast.director);
    law(mode.method != Method::FullNat || crosses, "FULLNAT's answers cross the director");
    law(mode.reply.last().is_some_and(|hop| hop.src == cast.vip), "the VIP answers");
    faults
}

#[test]
fn in_every_lab_each_method_changes_what_it_should_and_nothing_else() {
    let (mut faults, mut served) = (Vec::new(), [0; 4]);
    for play in plays::played() {
        // Rules and tunnels of a lab's own change packets, too.
        let text = &play.file.text;
        if text.contains("iptables") || text.contains("ip tunnel add") {
            continue;
        }
        let Ok(modes) = Modes::of(play.player.scenario()) else { continue };
        let works = |mode: &Mode| mode.works(&modes.cast);
        for (at, mode) in modes.plays.iter().enumerate().filter(|(_, mode)| works(mode)) {
            served[at] += 1;
            let found = self::faults(mode, &modes);
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", play.file.name)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for (method, count) in METHODS.iter().zip(served) {
        assert!(count >= 25, "{method:?} serves in {count} labs only");
    }
}

#[test]
#[rustfmt::skip]
fn the_command_line_shows_them_side_by_side() {
    for (args, code, words) in [
        (&["modes", "dr/seed"][..],                      0, "bytes     2466             2126             2246             2466\n"),
        (&["modes", "dr/seed", "--lang", "zh"],          0, "字节      2466             2126             2246             2466\n"),
        (&["modes", "dr/seed"],                          0, " dst      RIP:80 *         VIP:80           VIP:80           RIP:80 *\n"),
        (&["modes", "nat/seed"],                         1, "DR: nobody is served; it ends at director: ip.drop.own-source\n"),
        (&["modes", "fullnat/two-networks"],             1, "not in this lab: rs1 is in no network of the director's"),
        (&["modes", "ip/silent-connection"],             2, "no host has a TCP service 192.0.2.11:80 in IPVS when it is asked for"),
        (&["modes", "sched/rr"],                         2, "no step of the story asks a service by curl"),
    ] {
        let said = run(args);
        assert_eq!(said.status, Some(code), "{args:?}: {said:?}");
        let told = if code == 2 { &said.err } else { &said.out };
        assert!(told.contains(words), "{args:?}:\n{told}");
    }
}
