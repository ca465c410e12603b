//! The checkers find nothing in any scenario, and each of them can find something.
//!
//! That a checker can fire is shown with the traces of the labs in `tests/worlds`: one entry is
//! changed, and the checker must name that entry, that frame and its law.

use lvs_engine::{Conn, Instant, Method};
use lvsim_tests::checkers::{
    Ageing, Checker, OnlyNamedEdits, OwnMac, OwnPackets, RightSums, Watch, Wires, check, tables,
};
use lvsim_tests::packet::{ICMP, IPIP, Ip, TCP, UDP};
use lvsim_tests::plays::{self, Play};
use sim_core::frame::Frame;
use sim_core::net::Net;
use sim_core::trace::{Dir, Entry, Note};

#[test]
fn no_scenario_breaks_a_law() {
    let mut found = Vec::new();
    for play in plays::played() {
        found.extend(play.breaches.iter().map(|breach| format!("{}: {breach}", play.file.name)));
    }
    assert!(found.is_empty(), "{} breaches:\n\n{}", found.len(), found.join("\n\n"));
}

fn lab(name: &str) -> &'static Play {
    let name = format!("tests/worlds/{name}.ron");
    plays::played().find(|play| play.file.name == name).expect("the labs can be played")
}

/// Whether an entry is a frame that leaves this node and holds such a packet.
fn leaves(net: &Net, entry: &Entry, node: &str, is: &dyn Fn(&Ip<'_>) -> bool) -> bool {
    let Note::Frame { dir: Dir::Out, frame, .. } = &entry.what else { return false };
    *net.node(entry.node).name == *node
        && Ip::of_frame(frame.bytes.bytes()).is_some_and(|ip| is(&ip))
}

/// Changes the first entry of a lab's trace that fits, and lets one checker look at the whole.
fn doctored(
    checker: &dyn Fn() -> Box<dyn Checker>,
    lab: &Play,
    fits: &dyn Fn(&Net, &Entry) -> bool,
    change: &dyn Fn(usize, &mut Vec<Entry>),
) {
    let net = &lab.player.world.net;
    let mut entries = lab.trace.entries().to_vec();
    assert_eq!(check(&mut *checker(), net, &entries), [], "clean as it was played");
    let at = entries.iter().position(|entry| fits(net, entry)).expect("the lab has such an entry");
    let seq = entries[at].seq;
    change(at, &mut entries);
    let found = check(&mut *checker(), net, &entries);
    let first = found.first().expect("the checker fires");
    assert_eq!(first.law, checker().law());
    assert!(first.seq >= seq && first.frame.is_some(), "{first}");
}

/// Whether an entry is a frame that was made of another one.
fn is_child(entry: &Entry) -> bool {
    matches!(&entry.what, Note::Frame { frame, .. } if frame.parent.is_some())
}

/// The frame of an entry, to be changed.
fn frame(entry: &mut Entry) -> &mut Frame {
    match &mut entry.what {
        Note::Frame { frame, .. } => frame,
        _ => panic!("the entry is a frame"),
    }
}

/// The bytes of an entry's frame, to be changed.
fn bytes(entry: &mut Entry) -> &mut [u8] {
    frame(entry).bytes.bytes_mut()
}

/// Bytes of an Ethernet header before the packet.
const IP: usize = 14;
/// A byte of the header behind a plain IP header.
const NEXT: usize = IP + 20;

#[test]
fn a_foreign_source_mac_is_seen() {
    let change = |at: usize, entries: &mut Vec<Entry>| bytes(&mut entries[at])[11] ^= 1;
    let sent = |_: &Net, entry: &Entry| matches!(entry.what, Note::Frame { dir: Dir::Out, .. });
    doctored(&|| Box::new(OwnMac), lab("dr"), &sent, &change);
}

#[test]
fn a_forgotten_parent_is_seen() {
    let forwarded =
        |net: &Net, entry: &Entry| is_child(entry) && leaves(net, entry, "router", &|_| true);
    let orphan = |at: usize, entries: &mut Vec<Entry>| frame(&mut entries[at]).parent = None;
    doctored(&|| Box::new(OwnPackets::default()), lab("dr"), &forwarded, &orphan);
}

#[test]
#[rustfmt::skip]
fn a_wrong_checksum_is_seen() {
    //   lab    node        protocol, and the byte that is changed
    for (world, node,       proto,    at) in [
        ("dr",  "client",   TCP,      IP + 11),   // the header's own sum
        ("dr",  "client",   TCP,      NEXT + 17),
        ("nat", "client",   UDP,      NEXT + 7),
        ("dr",  "client",   ICMP,     NEXT + 8),
        ("tun", "director", IPIP,     NEXT + 11), // inside of the tunnel's packet
        ("tun", "director", IPIP,     NEXT + 20 + 17),
    ] {
        doctored(
            &|| Box::new(RightSums),
            lab(world),
            &|net, entry| leaves(net, entry, node, &|ip| ip.proto() == proto && !ip.is_piece()),
            &|place, entries| bytes(&mut entries[place])[at] ^= 0x10,
        );
    }
}

#[test]
#[rustfmt::skip]
fn a_wrong_ttl_is_seen() {
    //   lab    node        byte, and what it is off by
    for (world, node,       at,       by) in [
        ("dr",  "router",   IP + 8,   1_u8), // not aged
        ("dr",  "router",   IP + 8,   255),  // aged twice
        ("dr",  "director", IP + 8,   1),
        ("nat", "director", IP + 8,   1),
        ("tun", "director", IP + 8,   1),    // the header around
        ("tun", "director", NEXT + 8, 1),    // the packet inside
    ] {
        doctored(
            &|| Box::new(Ageing::default()),
            lab(world),
            &|net, entry| is_child(entry) && leaves(net, entry, node, &|_| true),
            &|place, entries| {
                let ttl = &mut bytes(&mut entries[place])[at];
                *ttl = ttl.wrapping_add(by);
            },
        );
    }
}

#[test]
fn a_cable_that_does_more_than_carry_is_seen() {
    let comes = |net: &Net, entry: &Entry| {
        let from_cable = net.node(entry.node).host().is_some();
        from_cable && matches!(entry.what, Note::Frame { dir: Dir::In, .. })
    };
    let twice = |at: usize, entries: &mut Vec<Entry>| entries.insert(at, entries[at].clone());
    let never_sent = |at: usize, entries: &mut Vec<Entry>| drop(entries.remove(at - 1));
    let changed = |at: usize, entries: &mut Vec<Entry>| bytes(&mut entries[at])[20] ^= 1;
    for change in [&twice as &dyn Fn(usize, &mut Vec<Entry>), &never_sent, &changed] {
        doctored(&|| Box::new(Wires::default()), lab("dr"), &comes, change);
    }
}

#[test]
fn a_switch_that_makes_frames_is_seen() {
    let floods = |net: &Net, entry: &Entry| {
        let is_switch = net.node(entry.node).host().is_none();
        is_switch && matches!(entry.what, Note::Frame { dir: Dir::Out, .. })
    };
    let renumbered =
        |at: usize, entries: &mut Vec<Entry>| frame(&mut entries[at]).id.0 += 1_000_000;
    doctored(&|| Box::new(Wires::default()), lab("dr"), &floods, &renumbered);
}

#[test]
#[rustfmt::skip]
fn an_edit_that_nobody_named_is_seen() {
    let unreachable = |ip: &Ip<'_>| ip.proto() == ICMP && ip.payload()[0] == 3;
    type Is<'a> = &'a dyn Fn(&Ip<'_>) -> bool;
    let rows: [(&str, &str, Is<'_>, usize); 12] = [
        // lab  node        which packet                       which byte
        ("dr",  "router",   &|_| true,                         IP + 5),    // the id
        ("dr",  "director", &|ip| ip.proto() == TCP,           IP + 19),   // the VIP
        ("dr",  "director", &|ip| ip.proto() == TCP,           NEXT + 4),  // the sequence number
        ("nat", "director", &|ip| ip.proto() == TCP,           IP + 19),   // the RIP
        ("nat", "director", &|ip| ip.proto() == TCP,           NEXT + 3),  // its port
        ("nat", "director", &|ip| ip.proto() == TCP,           NEXT + 1),  // the client's port
        ("nat", "director", &unreachable,                      NEXT + 8 + 19), // the quoted VIP
        ("nat", "director", &unreachable,                      NEXT + 8 + 20 + 3), // its port
        ("nat", "director", &|ip| ip.is_piece(),               NEXT + 20), // a piece's payload
        ("tun", "director", &|ip| ip.proto() == IPIP,          IP + 19),   // the RIP outside
        ("tun", "director", &|ip| ip.proto() == IPIP,          IP + 3),    // the outer length
        ("tun", "director", &|ip| ip.proto() == IPIP,          NEXT + 19), // the VIP inside
    ];
    for (row, (world, node, is, at)) in rows.into_iter().enumerate() {
        println!("row {row}");
        doctored(
            &|| Box::new(OnlyNamedEdits::default()),
            lab(world),
            &|net, entry| is_child(entry) && leaves(net, entry, node, is),
            &|place, entries| bytes(&mut entries[place])[at] ^= 0x04,
        );
    }
    doctored(
        &|| Box::new(OnlyNamedEdits::default()),
        lab("nat"),
        &|_, entry| matches!(entry.what, Note::Rewrite(_)),
        &|place, entries| drop(entries.remove(place)),
    );
    doctored(
        &|| Box::new(OnlyNamedEdits::default()),
        lab("dr"),
        &|net, entry| is_child(entry) && leaves(net, entry, "router", &|_| true),
        &|place, entries| {
            let own = frame(&mut entries[place]);
            own.parent = Some(own.id);
        },
    );
}

/// The connections of the NAT lab's director in the middle of its story.
fn conns() -> Vec<Conn> {
    let play = lab("nat");
    let (mut player, mut trace) = plays::start(&play.file).expect("it was played before");
    let mut most = Vec::new();
    while player.step(&mut trace) != sim_core::story::Progress::Done {
        let director = player.world.net.node_by_name("director").expect("the lab has one");
        let engine = player.world.net.node(director).host().and_then(|host| host.engine());
        let conns: Vec<Conn> = engine.map(|engine| engine.conns().collect()).unwrap_or_default();
        if conns.len() > most.len() {
            most = conns;
        }
    }
    most
}

#[test]
fn a_miscounted_destination_is_seen() {
    let director = lab("nat").player.world.net.node_by_name("director").expect("the lab has one");
    let engine = lab("nat").player.world.net.node(director).host().and_then(|host| host.engine());
    let mut all = tables::counted(engine.expect("it has services"));
    assert!(all.len() >= 3 && tables::miscounts(&all).is_empty(), "{all:?}");
    all[1].counts.1 += 1;
    let found = tables::miscounts(&all);
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == tables::COUNTS && found[0].1.starts_with(&all[1].dest), "{found:?}");
}

#[test]
fn a_wrong_table_is_laid_to_the_last_frame() {
    let play = lab("nat");
    let world = &play.player.world;
    let director = world.net.node_by_name("director").expect("the lab has a director");
    let mut watch = Watch::default();
    watch.look(world, &play.trace);
    assert_eq!(watch.breaches, []);
    watch.report(world, director, vec![(tables::COUNTS, "doctored".into())]);
    let last = play.trace.entries().iter().rev().find_map(|entry| match &entry.what {
        Note::Frame { dir: Dir::In, frame, .. } if entry.node == director => {
            Some((frame.id, entry.at))
        }
        _ => None,
    });
    let breach = &watch.breaches[0];
    let frame = breach.frame.as_ref().expect("the director had frames");
    assert_eq!(Some((frame.id, frame.at)), last);
    let told = breach.to_string();
    let wanted = format!(", frame {} ({} {}): doctored", frame.id.0, frame.at, frame.end);
    assert!(frame.end.starts_with("director:eth") && told.contains(&wanted), "{told}");
}

#[test]
#[rustfmt::skip]
fn a_shared_tuple_is_seen() {
    let shared = |conns: &[Conn]| tables::shared_tuples(conns.iter().copied(), Instant::ZERO);
    let conns = conns();
    assert!(conns.len() >= 4);
    assert_eq!(shared(&conns), []);
    let one = conns[1];
    let mut other_vip = one.vip;
    other_vip.port += 1;
    let other_dest = conns.iter().map(|conn| conn.dest).find(|dest| *dest != one.dest);
    let other_dest = other_dest.expect("the lab has several");
    for (another, is_seen) in [
        (Conn { vip: other_vip, ..one },                            true),
        (Conn { vip: other_vip, dest: other_dest, ..one },          false), // as in Linux
        (Conn { vip: other_vip, expires_at: Instant::ZERO, ..one }, false), // it is over
        (Conn { vip: other_vip, method: Method::Dr, ..one },        false), // told apart by the VIP
    ] {
        let found = shared(&[&conns[..], &[another]].concat());
        assert_eq!(found.len(), usize::from(is_seen), "{found:?}");
        assert!(found.iter().all(|(law, _)| *law == tables::TUPLES));
    }
    // The local port is to tell FULLNAT's replies apart, whosever they are.
    let full = Conn { method: Method::FullNat, ..one };
    let another = Conn { vip: other_vip, dest: other_dest, ..full };
    assert_eq!(shared(&[full, another]).len(), 1);
    assert_eq!(shared(&[full, Conn { lip: other_vip, ..another }]), []);
}
