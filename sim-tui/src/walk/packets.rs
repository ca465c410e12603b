//! Packets with their ways: what crossed several cables unchanged is one packet and told once.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::Instant;
use sim_core::event::{NodeId, Seq};
use sim_core::net::{Kind, Net};
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::trace::{Dir, Entry, Note};

use crate::lang::Lang;

/// A packet on its way from host to host, as long as its addresses stay and it need not wait.
pub struct Packet {
    /// Where in the entries it was last seen; it is told there.
    pub end: usize,
    /// When that was.
    pub at: Instant,
    /// What tcpdump says of it, shortened.
    pub text: String,
    /// The hosts that it went through.
    path: Vec<String>,
    /// It was for everybody.
    to_all: bool,
    /// The last host must ask for a MAC address first.
    waits: bool,
    /// Only the full trace of `lvsim run` shows it.
    pub quiet: bool,
}

impl Packet {
    /// The hosts in order, and what became of it.
    pub fn way(&self, lang: Lang) -> String {
        let mut way = self.path.join(" → ");
        if self.to_all {
            way += lang.pick(" → all", " → 全网段");
        } else if self.path.len() == 1 {
            way += " → …";
        }
        if self.waits {
            way += lang.pick(" (waits there)", "（在此等待）");
        }
        way
    }
}

/// The packets of these entries.
pub fn packets(entries: &[Entry], net: &Net) -> Vec<Packet> {
    let mut packets: Vec<Packet> = Vec::new();
    let mut of = BTreeMap::new();
    let mut arrived: Option<(Seq, usize)> = None;
    let mut taken: Option<Seq> = None;
    let mut answering: BTreeSet<NodeId> = BTreeSet::new();
    for (at, entry) in entries.iter().enumerate() {
        let (iface, dir, frame) = match &entry.what {
            Note::Frame { iface, dir, frame } => (*iface, *dir, frame),
            Note::Why(reason) if reason.code().starts_with("arp.reply.") => {
                answering.insert(entry.node);
                continue;
            }
            // What waits from here on is the answer.
            Note::Why(reason) if is_of_a_socket(reason.code()) => {
                taken = Some(entry.seq);
                continue;
            }
            Note::Why(reason) if reason.code() == "neigh.waits" => {
                let came = arrived.filter(|(seq, _)| *seq == entry.seq && taken != Some(*seq));
                if let Some((_, packet)) = came {
                    packets[packet].waits = true;
                }
                continue;
            }
            _ => continue,
        };
        let own = of.get(&frame.id).or_else(|| of.get(&frame.parent?)).copied();
        let node = net.node(entry.node);
        let bytes = frame.bytes.bytes();
        let Kind::Host(host) = &node.kind else {
            of.extend(own.map(|packet| (frame.id, packet)));
            continue;
        };
        if dir == Dir::Out {
            let line = Tcpdump::new(Options::default()).line(bytes);
            let text = shorten(&line);
            let goes_on = |packet: &usize| {
                let packet = &packets[*packet];
                packet.text == text && !packet.waits
            };
            let packet = own.filter(goes_on).unwrap_or_else(|| {
                // The reason for an answer is told, and it says the same.
                let is_answer = line.starts_with("ARP, Reply") && answering.contains(&entry.node);
                packets.push(Packet {
                    end: at,
                    at: entry.at,
                    text,
                    path: vec![node.name.to_string()],
                    to_all: false,
                    waits: false,
                    quiet: is_answer || is_housekeeping(&line),
                });
                packets.len() - 1
            });
            of.insert(frame.id, packet);
        } else if let Some(number) = own {
            let packet = &mut packets[number];
            if bytes.starts_with(&host.fib().iface(iface).mac.0) {
                packet.path.push(node.name.to_string());
                (packet.end, packet.at) = (at, entry.at);
                arrived = Some((entry.seq, number));
            } else if bytes.starts_with(&[0xff; 6]) && !packet.to_all {
                packet.to_all = true;
                (packet.end, packet.at) = (at, entry.at);
            }
        }
    }
    packets
}

/// Whether the packet has come to whom it was for.
fn is_of_a_socket(code: &str) -> bool {
    ["tcp.", "udp.", "icmp."].iter().any(|start| code.starts_with(start))
}

/// Acknowledgements without data and orderly closing.
fn is_housekeeping(line: &str) -> bool {
    line.contains("Flags [F.]") || line.contains("Flags [.]") && line.ends_with("length 0")
}

/// Without numbers that only the full trace needs: those of a segment, and the length of what has no content of its own.
fn shorten(line: &str) -> String {
    let (before, after) = match line.rsplit_once(", length ") {
        Some(parts) => parts,
        None => return line.to_owned(),
    };
    let before = match before.split_once("Flags [").and_then(|(head, rest)| {
        let (flags, _) = rest.split_once(']')?;
        Some(format!("{head}Flags [{flags}]"))
    }) {
        Some(segment) => segment,
        None => before.to_owned(),
    };
    match line.starts_with("ARP") || after == "0" {
        true => before,
        false => format!("{before}, length {after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn lines_are_told_short() {
        for (line, short) in [
            ("ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28", "ARP, Request who-has 10.0.0.1 tell 10.0.0.2"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S], seq 1, win 5, options [mss 1460,nop], length 0",
                "IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S]"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [P.], seq 1:79, ack 1, win 5, length 78: HTTP: GET / HTTP/1.1",
                "IP 10.0.0.1.4 > 10.0.0.2.80: Flags [P.], length 78: HTTP: GET / HTTP/1.1"),
            ("IP 10.0.0.1.4 > 10.0.0.2.53: UDP, length 5", "IP 10.0.0.1.4 > 10.0.0.2.53: UDP, length 5"),
            ("IP 10.0.0.1 > 10.0.0.2: igmp", "IP 10.0.0.1 > 10.0.0.2: igmp"),
        ] {
            assert_eq!(shorten(line), short);
        }
    }
}
