//! Captures as a real box would make them, of simulated runs: with other MAC addresses, other ports,
//! and the noise of a network; and how often the change is found that made one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use sim_core::Mac;
use sim_core::event::{IfaceId, NodeId};
use sim_core::export::pcap;
use sim_core::mutate::{Mistake, mistakes};
use sim_core::overlay::{Capture, Options, Overlay, Searched, Wanted, What, search};
use sim_core::scenario::Scenario;
use sim_core::trace::Note;
use sim_core::whatif::Run;

/// The frames of an interface with their times, in order.
pub type Frames = Vec<(u64, Vec<u8>)>;

/// What passed an interface.
pub fn frames(run: &Run, (node, iface): (NodeId, IfaceId)) -> Frames {
    let entries = run.trace.entries().iter();
    let own = entries.filter_map(|entry| match &entry.what {
        Note::Frame { iface: at, frame, .. } if (entry.node, *at) == (node, iface) => {
            Some((entry.at.as_nanos(), frame.bytes.bytes().to_vec()))
        }
        _ => None,
    });
    own.collect()
}

/// The frames as a classic capture.
pub fn pcap(frames: &Frames) -> Vec<u8> {
    let mut file = pcap::header().to_vec();
    frames.iter().for_each(|(at, bytes)| pcap::record(*at, bytes, &mut file));
    file
}

/// The interfaces of hosts that have cables, with their names.
pub fn ifaces(run: &Run) -> Vec<((NodeId, IfaceId), String)> {
    let net = &run.player.world.net;
    let ends = net.links.iter().flat_map(|link| link.ends);
    let hosts = ends.filter(|end| net.node(end.node).host().is_some());
    hosts
        .map(|end| {
            let node = net.node(end.node);
            ((end.node, end.iface), format!("{}:{}", node.name, node.iface_name(end.iface)))
        })
        .collect()
}

/// A capture laid over an interface of a run.
///
/// # Errors
/// When it cannot be laid, in English.
pub fn lay(run: &Run, at: (NodeId, IfaceId), file: &[u8]) -> Result<Overlay, String> {
    let capture = Capture::read(file, Wanted::default()).map_err(|why| why.en)?;
    Overlay::lay(run.clone(), at, capture, Options::default()).map_err(|why| why.en)
}

/// The same frames from other machines: every MAC address and each port from 32768 on is another.
pub fn disguised(frames: &Frames) -> Frames {
    let mut known: BTreeMap<Mac, Mac> = BTreeMap::new();
    let mut all = frames.clone();
    for (_, bytes) in &mut all {
        let is_arp = bytes.get(12..14) == Some(&[8, 6]);
        for at in if is_arp { &[0, 6, 22, 32][..] } else { &[0, 6] } {
            let Some(place) = bytes.get_mut(*at..at + 6) else { continue };
            let mac = Mac(place.try_into().expect("six bytes"));
            if mac.is_group() || mac == Mac::ZERO {
                continue;
            }
            let next = Mac([0x52, 0x54, 0, 0x9a, 0x31, 7 * (known.len() as u8 + 1)]);
            let own = *known.entry(mac).or_insert(next);
            place.copy_from_slice(&own.0);
        }
        if bytes.get(12..14) == Some(&[8, 0]) {
            ports(&mut bytes[14..], true);
        }
    }
    all
}

/// Gives each high port of a packet another number, and the sum what that adds to it.
fn ports(packet: &mut [u8], has_sum: bool) {
    let head = packet.first().map_or(0, |first| usize::from(first & 15) * 4);
    let is_later = packet.get(6..8).is_none_or(|word| word[0] & 0x1f != 0 || word[1] != 0);
    let Some(&proto) = packet.get(9) else { return };
    let Some(rest) = packet.get_mut(head..).filter(|_| !is_later && head >= 20) else { return };
    let sum_at = match proto {
        4 => return ports(rest, has_sum),
        6 => 16,
        17 => 6,
        1 if matches!(rest.first(), Some(3 | 4 | 5 | 11 | 12)) && rest.len() > 8 => {
            return ports(&mut rest[8..], false);
        }
        _ => return,
    };
    for at in [0, 2] {
        let Some(port) = rest.get(at..at + 2).map(|own| u16::from_be_bytes([own[0], own[1]]))
        else {
            return;
        };
        if port < 32_768 || (33_434..33_534).contains(&port) {
            continue;
        }
        let other = port ^ 0x0155;
        rest[at..at + 2].copy_from_slice(&other.to_be_bytes());
        let Some(sum) = rest.get(sum_at..sum_at + 2).filter(|_| has_sum) else { continue };
        let sum = u16::from_be_bytes([sum[0], sum[1]]);
        if proto == 17 && sum == 0 {
            continue;
        }
        // RFC 1624: HC' = ~(~HC + ~m + m').
        let mut total = u32::from(!sum) + u32::from(!port) + u32::from(other);
        total = (total & 0xffff) + (total >> 16);
        total = (total & 0xffff) + (total >> 16);
        rest[sum_at..sum_at + 2].copy_from_slice(&(!(total as u16)).to_be_bytes());
    }
}

/// The same frames among those of a network that nobody has cleaned: IPv6, LLDP, spanning tree, mDNS, another host's
/// connection and its ARP.
pub fn noisy(frames: &Frames) -> Frames {
    let from = [0x0c, 0xc4, 0x7a, 1, 2, 3];
    let ether =
        |to: [u8; 6], kind: u16, body: &[u8]| [&to[..], &from, &kind.to_be_bytes(), body].concat();
    let other = Ipv4Addr::new(10, 250, 0, 9);
    let mdns = Ipv4Addr::new(224, 0, 0, 251);
    let mut who_has = vec![0, 1, 8, 0, 6, 4, 0, 1];
    who_has.extend(from);
    who_has.extend(other.octets());
    who_has.extend([0; 6]);
    who_has.extend([10, 250, 0, 1]);
    let ip = |proto: u8, to: Ipv4Addr, body: &[u8]| {
        let total = (20 + body.len()) as u16;
        let mut head = vec![0x45, 0];
        head.extend(total.to_be_bytes());
        head.extend([0, 1, 0x40, 0, 64, proto, 0, 0]);
        head.extend(other.octets());
        head.extend(to.octets());
        head.extend(body);
        head
    };
    let datagram = [&5353_u16.to_be_bytes()[..], &5353_u16.to_be_bytes(), &[0, 8, 0, 0]].concat();
    let mut syn = [&50_000_u16.to_be_bytes()[..], &443_u16.to_be_bytes()].concat();
    syn.extend([0, 0, 0, 7, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0]);
    let noise = [
        ether([0x33, 0x33, 0, 0, 0, 1], 0x86dd, &[0x60; 40]),
        ether([1, 0x80, 0xc2, 0, 0, 0x0e], 0x88cc, &[2; 30]),
        ether([1, 0x80, 0xc2, 0, 0, 0], 0x0026, &[0x42; 46]),
        ether([1, 0, 0x5e, 0, 0, 0xfb], 0x0800, &ip(17, mdns, &datagram)),
        ether([0xff; 6], 0x0806, &who_has),
        ether([2, 9, 9, 9, 9, 9], 0x0800, &ip(6, Ipv4Addr::new(10, 250, 0, 1), &syn)),
    ];
    let mut all = Vec::new();
    let mut noise = noise.iter().cycle();
    for (number, (at, bytes)) in frames.iter().enumerate() {
        if number % 3 == 0 || frames.len() < 18 {
            all.extend(noise.next().map(|own| (*at, own.clone())));
        }
        all.push((*at, bytes.clone()));
    }
    all
}

/// What has become of a change that a capture was made with.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// Its place among the candidates, from 1; none: it is not among them.
    pub rank: Option<usize>,
    /// How many explain as much as the first.
    pub rivals: usize,
    /// The likeliest change, as it is told.
    pub told: String,
    /// The first difference, as it is told.
    pub first: String,
    /// How many were played.
    pub tried: usize,
}

/// Lays the capture of a changed scenario over the healthy one, and looks for the change; none where
/// the two do not differ at this interface.
pub fn fate(
    healthy: &Run,
    broken: &Run,
    at: (NodeId, IfaceId),
    is_it: &dyn Fn(&What) -> bool,
) -> Option<Fate> {
    let own = frames(broken, at);
    let laid = lay(healthy, at, &pcap(&disguised(&own))).ok()?;
    let first = laid.first()?;
    let number = first.real.map_or(own.len() + 1, |real| real.number);
    let Searched { found, tried, .. } = search(&laid, 3_000);
    let best = found.first();
    let rivals =
        found.iter().filter(|own| best.is_some_and(|best| own.frame == best.frame)).count();
    Some(Fate {
        rank: found.iter().position(|own| is_it(&own.what)).map(|at| at + 1),
        rivals,
        told: best.map_or("-".into(), |best| best.told(&laid, number).en),
        first: first.head("it").en,
        tried,
    })
}

/// Whether a candidate is this mistake: at the same place of the file.
pub fn is_mistake(mistake: &Mistake, what: &What, scenario: &Scenario) -> bool {
    match what {
        What::Mistake(own) => own.place == mistake.place,
        What::Knob(_) => {
            let line = what.line(scenario);
            line == Some(mistake.origin.line) && what.text().en.contains(&mistake.on)
        }
    }
}

/// The interfaces at which somebody looks who looks for a mistake: those of its host first.
pub fn lookouts(run: &Run, mistake: &Mistake) -> Vec<((NodeId, IfaceId), String)> {
    let host = mistake.on.split(':').next().unwrap_or_default();
    let mut all = ifaces(run);
    all.sort_by_key(|(_, name)| name.split(':').next() != Some(host));
    all
}

/// The mistakes of a scenario, or each n-th of them.
pub fn some_mistakes(scenario: &Scenario, every: usize, offset: usize) -> Vec<Mistake> {
    mistakes(scenario).into_iter().skip(offset).step_by(every).collect()
}
