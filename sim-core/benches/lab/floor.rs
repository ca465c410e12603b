//! The floor: the least that a simulator of bytes must do for the same echoes.
//!
//! A heap of arrivals, learning switches, a router (checks, neighbour, TTL, RFC 1624), hosts that
//! verify both checksums and answer. It has no ARP, no routes, no timers, no queues, no statistics,
//! no commands, no reasons and no trace.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

type Mac = [u8; 6];
/// Ethernet, IP and ICMP headers, and 64 bytes.
type Frame = [u8; 106];
/// A node and one of its ports.
type End = (usize, usize);

enum Node {
    Switch { heard: BTreeMap<Mac, usize> },
    Router { neighbours: BTreeMap<u32, (usize, Mac)> },
    Host { left: u64 },
}

/// Clients that ask their servers, as in the lab.
#[derive(Default)]
pub struct Floor {
    now: u64,
    arrivals: BinaryHeap<Reverse<(u64, u64, End, usize)>>,
    frames: Vec<Frame>,
    nodes: Vec<(Mac, Node)>,
    wires: Vec<Vec<End>>,
    hops: u64,
}

impl Floor {
    /// So many clients, each about to ask so many times.
    pub fn new(pairs: u8, echoes: u64) -> Self {
        let mut floor = Self::default();
        let mut neighbours = BTreeMap::new();
        for side in [0_u8, 1] {
            floor.nodes.push(([0; 6], Node::Switch { heard: BTreeMap::new() }));
            floor.wires.push(Vec::new());
            for number in 1..=pairs {
                let mac = [2, 0, 0, 0, side, number];
                neighbours.insert(u32::from_be_bytes([10, 0, side, number]), (side.into(), mac));
            }
        }
        let router = floor.add([2, 0, 0, 0, 0xff, 0], Node::Router { neighbours }, &[0, 1]);
        for side in [0, 1] {
            for number in 1..=pairs {
                let mac = [2, 0, 0, 0, side, number];
                let host = floor.add(mac, Node::Host { left: echoes - 1 }, &[side.into()]);
                if side == 0 {
                    floor.frames.push(request(mac, floor.nodes[router].0, number));
                    floor.send((host, 0), floor.frames.len() - 1);
                }
            }
        }
        floor
    }

    fn add(&mut self, mac: Mac, node: Node, switches: &[usize]) -> usize {
        let own = self.nodes.len();
        self.nodes.push((mac, node));
        self.wires.push(switches.iter().map(|at| (*at, self.wires[*at].len())).collect());
        switches.iter().enumerate().for_each(|(port, at)| self.wires[*at].push((own, port)));
        own
    }

    /// Lets everything happen; how many packet-hops that took.
    pub fn run(mut self) -> u64 {
        while let Some(Reverse((at, _, (node, port), id))) = self.arrivals.pop() {
            self.now = at;
            self.hops += 1;
            let frame = &mut self.frames[id];
            let (mac, node_kind) = &mut self.nodes[node];
            let port = match node_kind {
                Node::Switch { heard } => {
                    heard.insert(mac_at(frame, 6), port);
                    let known = heard.get(&mac_at(frame, 0)).copied();
                    // Its receiver may not have spoken yet: a look at the wires stands for the flood.
                    known.or_else(|| self.behind(node, id))
                }
                Node::Router { neighbours } => forward(frame, *mac, neighbours),
                Node::Host { left } => answer(frame, *mac, left).then_some(0),
            };
            if let Some(port) = port {
                self.send((node, port), id);
            }
        }
        self.hops
    }

    fn behind(&self, switch: usize, id: usize) -> Option<usize> {
        let to = mac_at(&self.frames[id], 0);
        self.wires[switch].iter().position(|(node, _)| self.nodes[*node].0 == to)
    }

    fn send(&mut self, (node, port): End, id: usize) {
        let order = self.hops << 8 | id as u64;
        self.arrivals.push(Reverse((self.now + 1_000_000, order, self.wires[node][port], id)));
    }
}

fn request(src: Mac, dst: Mac, number: u8) -> Frame {
    let mut frame = [0; 106];
    frame[..6].copy_from_slice(&dst);
    frame[6..12].copy_from_slice(&src);
    frame[12..24].copy_from_slice(&[8, 0, 0x45, 0, 0, 92, 0, 1, 0x40, 0, 64, 1]);
    frame[26..34].copy_from_slice(&[10, 0, 0, number, 10, 0, 1, number]);
    frame[34] = 8;
    seal(&mut frame);
    frame
}

/// What a host does: a server answers, a client asks again until it has asked often enough.
fn answer(frame: &mut Frame, mac: Mac, left: &mut u64) -> bool {
    let own = mac_at(frame, 0) == mac && frame[12..14] == [8, 0] && frame[14] == 0x45;
    if !own || sum(&frame[14..34]) != 0xffff || sum(&frame[34..]) != 0xffff {
        return false;
    }
    let is_reply = frame[34] == 0;
    if is_reply {
        let Some(fewer) = left.checked_sub(1) else { return false };
        *left = fewer;
    }
    frame.copy_within(6..12, 0);
    frame[6..12].copy_from_slice(&mac);
    let (src, dst) = frame[26..34].split_at_mut(4);
    src.swap_with_slice(dst);
    (frame[22], frame[34]) = (64, if is_reply { 8 } else { 0 });
    seal(frame);
    true
}

fn forward(frame: &mut Frame, mac: Mac, to: &BTreeMap<u32, (usize, Mac)>) -> Option<usize> {
    let own = mac_at(frame, 0) == mac && frame[12..14] == [8, 0] && frame[14] == 0x45;
    if !own || sum(&frame[14..34]) != 0xffff || frame[22] < 2 {
        return None;
    }
    let dst = u32::from_be_bytes([frame[30], frame[31], frame[32], frame[33]]);
    let &(port, next) = to.get(&dst)?;
    let half = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
    // RFC 1624 equation 3 for a TTL less one.
    let check = u32::from(!half(24)) + u32::from(!half(22)) + u32::from(half(22) - 0x100);
    let check = !fold(check);
    frame[22] -= 1;
    frame[24..26].copy_from_slice(&check.to_be_bytes());
    frame[..6].copy_from_slice(&next);
    frame[6..12].copy_from_slice(&mac);
    Some(port)
}

/// Both checksums anew.
fn seal(frame: &mut Frame) {
    for (from, to, at) in [(14, 34, 24), (34, 106, 36)] {
        frame[at..at + 2].fill(0);
        let check = !sum(&frame[from..to]);
        frame[at..at + 2].copy_from_slice(&check.to_be_bytes());
    }
}

fn sum(bytes: &[u8]) -> u16 {
    let (words, _) = bytes.as_chunks::<2>();
    fold(words.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum())
}

fn fold(sum: u32) -> u16 {
    let sum = (sum & 0xffff) + (sum >> 16);
    ((sum & 0xffff) + (sum >> 16)) as u16
}

fn mac_at(frame: &Frame, at: usize) -> Mac {
    *frame[at..].first_chunk().expect("a frame has two MAC addresses")
}
