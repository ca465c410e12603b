//! Laws that hold whatever a scenario is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use etherparse::Ipv4HeaderSlice;
use lvs_engine::{OriginId, View};
use lvsim_tests::golden::{self, Golden};
use lvsim_tests::lab::Lab;
use lvsim_tests::plays::Play;
use lvsim_tests::{lvsim, plays};
use pcap_file::pcap::PcapReader;
use proptest::prelude::*;
use proptest::sample::Index;
use sim_core::frame::FrameId;
use sim_core::host::iface::IfaceKind;
use sim_core::net::Kind;
use sim_core::reason::{self, Reason};
use sim_core::scenario::{Node, Scenario, Step};
use sim_core::shell::Shell;
use sim_core::story::{Player, Progress};
use sim_core::trace::{Note, Trace};
use sim_core::world::World;

/// Nobody is changed by being watched. A shadow without a record starts wherever the story does
/// something, and must be the same world when the story does the next thing.
#[test]
fn a_run_is_the_same_without_a_trace() {
    let mut found = Vec::new();
    for play in plays::played() {
        let (mut player, mut trace) = plays::start(&play.file).expect("it was played before");
        let mut shadow = player.world.clone();
        loop {
            let before = player.world.clone();
            let progress = player.step(&mut trace);
            if progress == Progress::Event {
                shadow.step(None);
                continue;
            }
            if before.digest() != shadow.digest() {
                found.push(format!("{}: at {} s", play.file.name, before.now()));
            }
            if progress == Progress::Done {
                break;
            }
            shadow = player.world.clone();
        }
    }
    assert!(found.is_empty(), "another world without a trace:\n{}", found.join("\n"));
}

/// Types the setup of all machines as a player does.
fn set_up(world: &mut World, scenario: &Scenario, mut trace: Option<&mut Trace>) {
    for (node, machine) in world.net.node_ids().zip(&scenario.nodes) {
        let mut shell = Shell::default();
        for line in machine.script() {
            for step in shell.compile(&line.value).expect("the loader has read it") {
                world.type_command(node, &step, OriginId::default());
                while world.next_at() == Some(world.now()) {
                    world.step(trace.as_deref_mut());
                }
            }
        }
    }
}

/// The same of what comes before the story.
#[test]
fn a_setup_is_the_same_without_a_trace() {
    let mut found = Vec::new();
    for play in plays::played() {
        let scenario = play.player.scenario();
        let mut bare = scenario.clone();
        bare.story.clear();
        for node in &mut bare.nodes {
            if let Node::Host { serves, setup, .. } = &mut node.value {
                (*serves, *setup) = (Vec::new(), Vec::new());
            }
        }
        let mut watched = Player::new(bare, &mut Trace::default()).expect("nothing is typed").world;
        let mut alone = watched.clone();
        let mut trace = Trace::default();
        set_up(&mut watched, scenario, Some(&mut trace));
        set_up(&mut alone, scenario, None);
        if trace.is_empty() || watched.digest() != alone.digest() {
            found.push(&*play.file.name);
        }
    }
    assert!(found.is_empty(), "another world without a trace, or none: {found:?}");
}

/// The typed lines of all scenarios.
fn all_lines() -> impl Iterator<Item = (&'static Play, String, String)> {
    plays::played().flat_map(|play| {
        let scenario = play.player.scenario();
        let set_up = scenario.nodes.iter().flat_map(|node| {
            node.script().into_iter().map(|line| (node.name().to_owned(), line.value))
        });
        let story = scenario.story.iter().flat_map(|step| match &step.value {
            Step::Do { on, run } => {
                run.iter().map(|line| (on.clone(), line.value.clone())).collect()
            }
            _ => Vec::new(),
        });
        let lines: Vec<_> = set_up.chain(story).collect();
        lines.into_iter().map(move |(node, line)| (play, node, line))
    })
}

#[test]
fn every_command_parses_prints_and_parses_to_the_same() {
    let mut found = Vec::new();
    let mut shells: BTreeMap<(String, String), Shell> = BTreeMap::new();
    for (play, node, line) in all_lines() {
        let shell = shells.entry((play.file.name.clone(), node)).or_default();
        let steps = shell.compile(&line).expect("the loader has read it");
        for step in steps {
            for text in [step.command.to_string(), step.text.clone()] {
                let again = Shell::default().compile(&text).map(|mut steps| steps.pop());
                let is_same = matches!(&again, Ok(Some(again)) if again.command == step.command);
                if !is_same {
                    let name = &play.file.name;
                    found.push(format!("{name}: `{line}` prints as `{text}`, which is {again:?}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The codes that no scenario reaches.
const UNREACHED: Golden = Golden {
    name: "tests/unreached.txt",
    head: "Codes of reasons that no scenario reaches.\n\
           A code may leave this list; none may enter it silently.\n\
           UPDATE=1 cargo test --workspace --test all writes it anew.",
};

#[test]
fn every_reason_has_a_code_and_the_unreached_ones_get_fewer() {
    let all: BTreeSet<&str> = reason::all_codes().into_iter().collect();
    let mut reached = BTreeSet::new();
    for play in plays::played() {
        for entry in play.trace.entries() {
            match entry.what {
                // An input of a decision, no reason of its own.
                Note::Why(Reason::Read { .. }) => {}
                Note::Why(reason) => drop(reached.insert(reason.code())),
                _ => {}
            }
        }
    }
    let unknown: Vec<_> = reached.difference(&all).collect();
    assert!(unknown.is_empty(), "not in Reason::all_codes(): {unknown:?}");
    let unreached: Vec<String> = all.difference(&reached).map(|&code| code.to_owned()).collect();
    if golden::updates() {
        UNREACHED.write(&unreached);
        return;
    }
    let known = UNREACHED.lines();
    let new: Vec<_> = unreached.iter().filter(|code| !known.contains(code)).collect();
    // A line that stayed would let its code be lost again in silence.
    let stale: Vec<_> = known.iter().filter(|code| !unreached.contains(code)).collect();
    assert!(
        new.is_empty() && stale.is_empty(),
        "no scenario reaches these any more: {new:?}\n\
         these are reached now, or are no codes: {stale:?}\n\
         if this is meant: UPDATE=1 cargo test --workspace --test all"
    );
}

/// The packets of all frames of all scenarios, each frame once.
fn packets() -> Vec<&'static [u8]> {
    let mut all = Vec::new();
    for play in plays::played() {
        let mut seen: BTreeSet<FrameId> = BTreeSet::new();
        for entry in play.trace.entries() {
            match &entry.what {
                Note::Frame { frame, .. } if seen.insert(frame.id) => {
                    all.extend(frame.bytes.bytes().get(14..));
                }
                Note::Packet { bytes, .. } => all.push(bytes.bytes()),
                _ => {}
            }
        }
    }
    all
}

/// What both readers say of a packet, field by field.
fn is_read_alike(bytes: &[u8]) -> Result<(), String> {
    let header = Ipv4HeaderSlice::from_slice(bytes).ok();
    let total = |header: &Ipv4HeaderSlice<'_>| usize::from(header.total_len());
    let header = header.filter(|own| (own.slice().len()..=bytes.len()).contains(&total(own)));
    let (view, header) = match (View::new(bytes), header) {
        (Ok(view), Some(header)) => (view, header),
        (Err(_), None) => return Ok(()),
        (view, header) => return Err(format!("readable? {view:?} against {}", header.is_some())),
    };
    let ours = format!(
        "{} > {} {} ttl {} tos {:#x} id {} df {} more {} at {} head {} payload {:?}",
        view.src(),
        view.dst(),
        view.proto(),
        view.ttl(),
        view.tos(),
        view.id(),
        view.df(),
        view.more_fragments(),
        view.fragment_offset(),
        view.header_len(),
        view.payload(),
    );
    let theirs = format!(
        "{} > {} {} ttl {} tos {:#x} id {} df {} more {} at {} head {} payload {:?}",
        header.source_addr(),
        header.destination_addr(),
        header.protocol().0,
        header.ttl(),
        header.dcp().value() << 2 | header.ecn().value(),
        header.identification(),
        header.dont_fragment(),
        header.more_fragments(),
        header.fragments_offset().byte_offset(),
        header.slice().len(),
        &bytes[header.slice().len()..total(&header)],
    );
    if ours == theirs { Ok(()) } else { Err(format!("ours   {ours}\ntheirs {theirs}")) }
}

#[test]
fn the_engine_reads_packets_as_etherparse_does() {
    let packets = packets();
    assert!(packets.len() > 100, "the scenarios send packets");
    for bytes in packets {
        is_read_alike(bytes).expect("both read the same");
    }
}

/// Files that `tcpdump -r` reads hold the very frames that passed, interface by interface.
#[test]
fn captures_read_back_as_the_frames_of_the_trace() {
    let folder = lvsim::folder("captures");
    let mut found = Vec::new();
    for (nth, play) in plays::played().enumerate() {
        let dir = folder.join(nth.to_string());
        let to = dir.display().to_string();
        lvsim::run(&["run", &play.file.name, "--quiet", "--pcap", &to, "--pcap-all"]);
        for (file, wanted) in captured(play) {
            let name = format!("{}: {file}", play.file.name);
            match fs::read(dir.join(&file)).map(|bytes| read_capture(&bytes)) {
                Ok(read) if read == wanted => {}
                Ok(read) => {
                    found.push(format!("{name}: {} records, not {}", read.len(), wanted.len()))
                }
                Err(why) => found.push(format!("{name}: {why}")),
            }
        }
    }
    fs::remove_dir_all(&folder).expect("an own folder can be removed");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The times, cut to microseconds, and the bytes of one capture.
type Records = Vec<(Duration, Vec<u8>)>;

/// What each capture of a play must hold, by the file's name.
fn captured(play: &Play) -> BTreeMap<String, Records> {
    let net = &play.player.world.net;
    let name = |node, iface| {
        let node = net.node(node);
        format!("{}-{}.pcap", node.name, node.iface_name(iface))
    };
    let mut files: BTreeMap<String, Records> = BTreeMap::new();
    for end in net.links.iter().flat_map(|link| link.ends) {
        files.insert(name(end.node, end.iface), Vec::new());
    }
    for node in net.node_ids() {
        let Kind::Host(host) = &net.node(node).kind else { continue };
        for iface in host.fib().iface_ids() {
            if host.fib().iface(iface).kind != IfaceKind::Ethernet {
                files.insert(name(node, iface), Vec::new());
            }
        }
    }
    for entry in play.trace.entries() {
        let (iface, bytes) = match &entry.what {
            Note::Frame { iface, frame, .. } => (*iface, frame.bytes.bytes()),
            Note::Packet { iface, bytes, .. } => (*iface, bytes.bytes()),
            _ => continue,
        };
        if let Some(records) = files.get_mut(&name(entry.node, iface)) {
            let at = Duration::from_micros(entry.at.as_nanos() / 1000);
            records.push((at, bytes.to_vec()));
        }
    }
    files
}

fn read_capture(bytes: &[u8]) -> Records {
    let mut reader = PcapReader::new(bytes).expect("a capture has a header");
    let mut records = Vec::new();
    while let Some(record) = reader.next_packet() {
        let record = record.expect("a record is whole");
        assert_eq!(record.orig_len as usize, record.data.len(), "nothing is cut");
        records.push((record.timestamp, record.data.into_owned()));
    }
    records
}

/// Few cases: a failure is repeated by its seed, which a person keeps as a scenario or a row.
fn few() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }
}

proptest! {
    #![proptest_config(few())]

    /// A packet with some bytes changed and its end cut off is refused by both readers, or read
    /// alike.
    #[test]
    fn a_spoiled_packet_is_read_alike(
        nth in any::<Index>(),
        changes in prop::collection::vec((0_usize..24, any::<u8>()), 0..4),
        cut in 0_usize..80,
    ) {
        let mut bytes = nth.get(&packets()).to_vec();
        for (at, byte) in changes {
            if let Some(own) = bytes.get_mut(at) {
                *own = byte;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut.saturating_sub(40)));
        prop_assert_eq!(is_read_alike(&bytes), Ok(()));
    }

    /// Whatever is typed, in whichever order, on whichever node: a record changes nothing.
    #[test]
    fn typing_anything_is_the_same_without_a_trace(
        picks in prop::collection::vec((any::<Index>(), any::<Index>()), 1..6),
    ) {
        let lines: Vec<String> = all_lines().map(|(_, _, line)| line).collect();
        let (mut watched, mut alone) = (Lab::new(), Lab::new());
        let mut trace = Trace::default();
        for (line, node) in picks {
            let (line, node) = (line.get(&lines), node.index(watched.nodes()));
            watched.type_line(node, line, Some(&mut trace));
            alone.type_line(node, line, None);
        }
        prop_assert_eq!(watched.world.digest(), alone.world.digest());
    }
}
