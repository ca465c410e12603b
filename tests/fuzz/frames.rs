//! Frames into the nodes of the DR lab, at any end of any cable, and into everything that shows
//! frames.
//!
//! An input is a row of records: one byte that says where (and, by its highest bits, to wait first
//! and to make lengths and checksums right), two that say how long, and that many bytes.

use std::time::Duration;

use lvsim_tests::checkers::tables;
use lvsim_tests::lab::Lab;
use lvsim_tests::packet::{ICMP, TCP, UDP};
use lvsim_tests::{plays, sum};
use sim_core::canonical::{self, Memory};
use sim_core::net::Node;
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::trace::{Dir, Note, Trace};

/// The most frames of one input.
const MOST_FRAMES: usize = 64;
/// The most events that one input may cause in the time that follows: each frame may be flooded,
/// answered and forwarded as often as its TTL allows.
const MOST_EVENTS: u64 = 50_000;

/// A second passes before the frame comes.
const WAIT: u8 = 0x80;
/// The frame's packet gets the length and the checksums that it should have: else hosts throw most
/// mutants away at once.
const REPAIR: u8 = 0x40;
/// No end of a cable: the client asks for a page, and the frames that follow meet the connection.
const ASK: u8 = 0x3f;

pub fn run(bytes: &[u8]) {
    let mut lab = Lab::new();
    let mut trace = Trace::default();
    let ends = lab.ends();
    let mut rest = bytes;
    for _ in 0..MOST_FRAMES {
        let Some((&[place, high, low], behind)) = rest.split_first_chunk() else { break };
        let len = usize::from(u16::from_be_bytes([high, low])).min(behind.len());
        let (frame, next) = behind.split_at(len);
        rest = next;
        if place & WAIT != 0 {
            let rests = lab.pass(Duration::from_secs(1), MOST_EVENTS, Some(&mut trace));
            assert!(rests, "{MOST_EVENTS} events in a second");
        }
        if place % REPAIR == ASK {
            ask(&mut lab, &mut trace);
            continue;
        }
        let mut frame = frame.to_vec();
        if place & REPAIR != 0 {
            repair(&mut frame);
        }
        lab.world.inject(ends[usize::from(place % REPAIR) % ends.len()], &frame);
        show(&frame);
    }
    let rests = lab.pass(Duration::from_secs(10), MOST_EVENTS, Some(&mut trace));
    assert!(rests, "{MOST_EVENTS} events in ten seconds");
    for engine in lab.world.net.nodes.iter().filter_map(Node::host).filter_map(|host| host.engine())
    {
        assert_eq!(tables::breaches(engine, lab.world.now()), [], "the tables agree");
    }
}

/// Types what the lab's story types first, at the same time: so the frames of the story fit the
/// connection.
fn ask(lab: &mut Lab, trace: &mut Trace) {
    lab.pass(Duration::from_millis(100), MOST_EVENTS, Some(trace));
    lab.type_line(0, "curl -m 4 http://192.0.2.100/ &", Some(trace));
    lab.pass(Duration::from_millis(50), MOST_EVENTS, Some(trace));
}

fn repair(frame: &mut [u8]) {
    let Some(packet) = frame.get_mut(14..).filter(|packet| packet.len() >= 20) else { return };
    let head = usize::from(packet[0] & 15).clamp(5, 15) * 4;
    let (Ok(total), true) = (u16::try_from(packet.len()), head <= packet.len()) else { return };
    packet[0] = 0x40 | (head / 4) as u8;
    packet[2..4].copy_from_slice(&total.to_be_bytes());
    packet[10..12].fill(0);
    let check = sum::of(&[&packet[..head]]);
    packet[10..12].copy_from_slice(&check.to_be_bytes());
    let (header, payload) = packet.split_at_mut(head);
    let at = match header[9] {
        ICMP => 2,
        TCP => 16,
        UDP => 6,
        _ => return,
    };
    if payload.len() < at + 2 {
        return;
    }
    payload[at..at + 2].fill(0);
    let len = (payload.len() as u16).to_be_bytes();
    let check = match header[9] {
        ICMP => sum::of(&[payload]),
        proto => sum::of(&[&header[12..20], &[0, proto], &len, payload]),
    };
    payload[at..at + 2].copy_from_slice(&check.to_be_bytes());
}

/// Whatever a frame is, it can be shown.
fn show(frame: &[u8]) {
    let canonical = canonical::frame(frame, &mut Memory::default());
    assert_eq!(canonical::frame(&canonical, &mut Memory::default()), canonical);
    drop(canonical::packet(frame, &mut Memory::default()));
    let told = Options { ether: true, verbose: 2, absolute: false };
    drop(Tcpdump::new(told).line(frame));
    drop(Tcpdump::new(Options::default()).packet_line(frame));
}

/// The frames of the DR lab, where and as they came in, some together.
pub fn seeds() -> Vec<Vec<u8>> {
    let lab = Lab::new();
    let ends = lab.ends();
    let mut all = Vec::new();
    let play = plays::played().find(|play| play.file.name == "tests/worlds/dr.ron");
    let entries = play.map(|play| play.trace.entries()).unwrap_or_default();
    let mut input = Vec::new();
    for entry in entries {
        let Note::Frame { iface, dir: Dir::In, frame } = &entry.what else { continue };
        let place = ends.iter().position(|end| (end.node, end.iface) == (entry.node, *iface));
        let Some(place) = place else { continue };
        let bytes = frame.bytes.bytes();
        input.push(REPAIR | place as u8);
        input.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
        input.extend_from_slice(bytes);
        if input.len() > 600 {
            all.push(std::mem::replace(&mut input, vec![ASK, 0, 0]));
        }
    }
    all.push(input);
    all
}
