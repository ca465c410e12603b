//! Every verdict has its inputs, each with the place where it was set: its own field, or a note on
//! the way since the last verdict of the same event at the same node.

use std::collections::{BTreeMap, BTreeSet};

use lvsim_tests::plays;
use lvsim_tests::plays::Play;
use sim_core::names::{Names, Value};
use sim_core::reason::Reason;
use sim_core::text::Lang;
use sim_core::why::{Decision, decisions, origins};

/// Verdicts for which there may be nothing that somebody has set, and why.
#[rustfmt::skip]
const NOTHING_SET: [(&str, &str); 41] = [
    ("arp.silent.not-mine",          "the address is nobody's here"),
    ("cable.drop.full",              "a cable is the scenario's, and no command's"),
    ("cable.drop.loss",              "a cable is the scenario's, and chance decides"),
    ("cable.drop.mtu",               "a cable is the scenario's, and no command's"),
    ("cable.drop.out",               "a cable is pulled, and no command typed"),
    ("eth.drop.other-mac",           "the frame names another card"),
    ("eth.drop.unknown-type",        "the frame names a protocol that nothing here speaks"),
    ("icmp.error.no-socket",         "there is no socket"),
    ("icmp.error.not-allowed",       "the packet is itself an error, a late fragment or for many"),
    ("ip.drop.bad-header",           "the packet is damaged"),
    ("ip.drop.broadcast-frame",      "the frame was for all, the packet for another"),
    ("ip.drop.checksum",             "the packet is damaged"),
    ("ip.drop.multicast",            "no group was joined"),
    ("ip.drop.no-protocol",          "the packet names a protocol that nothing here speaks"),
    ("ip.drop.no-route",             "there is no route"),
    ("ip.fragment.dropped",          "the pieces contradict each other, or are too many"),
    ("ip.fragment.expired",          "a piece never came"),
    ("ipvs.accept.fragment",         "the packet is a piece"),
    ("ipvs.accept.idle",             "there is no service"),
    ("ipvs.accept.not-to-us",        "the frame was for all"),
    ("ipvs.accept.protocol",         "the packet names a protocol that IPVS does not schedule"),
    ("ipvs.accept.rst",              "there is no connection to reset"),
    ("ipvs.drop.truncated",          "the packet is cut short"),
    ("ipvs.icmp.checksum",           "the packet is damaged"),
    ("ipvs.icmp.foreign-tunnel",     "there is no such tunnel"),
    ("ipvs.icmp.not-error",          "the packet is no error"),
    ("ipvs.icmp.truncated",          "the packet is cut short"),
    ("ipvs.icmp.unreadable",         "the quoted packet is cut short, or not of TCP or UDP"),
    ("ipvs.reply.none",              "there is no connection"),
    ("ipvs.reply.unreadable",        "the packet is cut short"),
    ("ipvs.service.none",            "there is no service"),
    ("netfilter.conntrack.clash",    "the clients chose the same port"),
    ("power.drop.off",               "the power is switched by the story, and by no command"),
    ("switch.drop.reserved",         "the frame's address is not for switches"),
    ("switch.drop.same-port",        "a switch learns by itself"),
    ("switch.flooded",               "a switch learns by itself"),
    ("switch.forwarded",             "a switch learns by itself"),
    ("tcp.ignored",                  "there is no connection"),
    ("tcp.reset.no-listener",        "nobody listens"),
    ("tcp.reset.unknown-connection", "there is no connection"),
    ("udp.no-socket",                "there is no socket"),
];

/// Whether a reason says where one of its inputs was set.
fn has_origin(reason: &Reason) -> bool {
    !origins(reason).is_empty()
}

/// All verdicts of a play, with what was noted for each.
fn rows(play: &Play) -> Vec<Decision> {
    let all = decisions(&play.trace).into_iter();
    all.filter(|decision| decision.verdict().is_some()).collect()
}

#[test]
fn every_verdict_says_where_its_inputs_were_set() {
    let mut without = BTreeMap::new();
    for play in plays::played() {
        for Decision { at, notes, .. } in rows(play) {
            let verdict = notes.last().expect("a row ends with its verdict");
            if !notes.iter().any(has_origin) {
                let place = || format!("{} at {at} s", play.file.name);
                without.entry(verdict.code()).or_insert_with(place);
            }
        }
    }
    let listed: BTreeSet<&str> = NOTHING_SET.iter().map(|(code, _)| *code).collect();
    assert_eq!(listed.len(), NOTHING_SET.len(), "a code is listed twice");
    assert!(NOTHING_SET.iter().all(|(_, why)| !why.is_empty()), "each has a reason");
    let missing: BTreeMap<_, _> =
        without.iter().filter(|(code, _)| !listed.contains(*code)).collect();
    let stale: Vec<_> = listed.iter().filter(|code| !without.contains_key(*code)).collect();
    assert!(missing.is_empty(), "no input says where it was set: {missing:#?}");
    assert!(stale.is_empty(), "these say everywhere where their inputs were set: {stale:?}");
}

/// Whatever holds a place tells it.
#[test]
fn the_detail_shows_where() {
    for play in plays::played() {
        let world = &play.player.world;
        for Decision { node, notes, .. } in rows(play) {
            for reason in notes.iter().filter(|reason| has_origin(reason)) {
                for lang in [Lang::En, Lang::Zh] {
                    let (net, origins) = (&world.net, &world.origins);
                    let names = Names { net, origins, node, lang };
                    let detail = names.detail(reason);
                    let places = names.values(reason).into_iter().filter_map(|(_, value)| {
                        matches!(value, Value::Place(_)).then(|| format!("({value})"))
                    });
                    let places: Vec<String> = places.collect();
                    assert!(!places.is_empty(), "{}", reason.code());
                    assert!(places.iter().all(|place| detail.contains(place)), "{detail}");
                }
            }
        }
    }
}

/// One verdict a kind of input, as its row is told: the value, and the place beside it.
#[test]
#[rustfmt::skip]
fn inputs_are_told_with_value_and_place() {
    //  scenario                  verdict                      what its row says
    let wanted = [
        ("arp/two-cards",         "arp.reply.any-interface",   "home eth0 (FILE:12)"),
        ("arp/proxy",             "arp.reply.proxy",           "net.ipv4.conf.eth0.proxy_arp=1 (FILE:"),
        ("arp/table-full",        "neigh.table-full",          "net.ipv4.neigh.default.gc_thresh3=4 (FILE:16)"),
        ("arp/proxy-queue",       "arp.silent.proxy-full",     "net.ipv4.neigh.eth0.proxy_qlen=0 (FILE:14)"),
        ("arp/lock-time",         "neigh.locked",              "net.ipv4.neigh.eth0.locktime=100 (kernel default)"),
        ("operate/static-failover", "neigh.permanent",         "refused 02:00:00:00:00:d2 (FILE:16)"),
        ("operate/static-failover", "arp.silent.bad-source",   "addr=172.16.100.100 (FILE:44)"),
        ("operate/mtu-chain",     "ip.drop.too-big",           "link eth1 mtu=1400 (FILE:"),
        ("tun/rp",                "ip.drop.reverse-path",      "back eth0 (FILE:28)"),
        ("netfilter/table-full",  "netfilter.conntrack.full",  "net.netfilter.nf_conntrack_max=1 (FILE:20)"),
        ("nat/own-tunnel",        "tunnel.wrapped",            "remote 198.51.100.11 (FILE:23)"),
        ("nat/own-tunnel",        "tunnel.drop.down",          "link tunl0 up=0 (kernel default)"),
        ("dr/dummy",              "eth.drop.dummy",            "iface dummy0 (FILE:27)"),
        ("nat/gateway-missing",   "tcp.taken",                 "(FILE:20)"),
        ("operate/check",         "check.failed",              "fall 2 (FILE:54)"),
        ("tun/too-narrow",        "ipvs.tun.too-narrow",       "mtu 67 (FILE:15)"),
    ];
    let mut faults = Vec::new();
    for (name, code, words) in wanted {
        let file = format!("scenarios/{name}.ron");
        let play = plays::played().find(|play| play.file.name == file);
        let play = play.unwrap_or_else(|| panic!("{file} is there"));
        let (net, origins) = (&play.player.world.net, &play.player.world.origins);
        let words = words.replace("FILE", &file);
        let told: Vec<String> = rows(play)
            .iter()
            .filter(|row| row.notes.last().is_some_and(|verdict| verdict.code() == code))
            .map(|row| {
                let names = Names { net, origins, node: row.node, lang: Lang::En };
                row.notes.iter().map(|note| names.detail(note)).collect::<Vec<_>>().join("; ")
            })
            .collect();
        if !told.iter().any(|row| row.contains(&words)) {
            faults.push(format!("{name} {code}: {words:?} is not in {:?}", told.first()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
