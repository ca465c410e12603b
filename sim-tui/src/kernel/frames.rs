//! The frames of a run on a real kernel: one capture of all interfaces, which Wireshark opens too.

use std::collections::BTreeMap;

use pcap_file::PcapError;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use sim_core::export::pcap::LinkType;
use sim_core::export::pcapng::{self, Packet};
use sim_core::receipt::{Capture, Captured};

use super::guest::Stamped;
use super::plan::Plan;

/// The bits of a packet's flags that tell its direction, and their value for one that came in.
const DIRECTION: u32 = 3;
const INWARD: u32 = 1;

/// The capture of what was recorded from the start of the story on.
pub fn write(
    plan: &Plan,
    recorded: &BTreeMap<(String, String), Vec<Stamped>>,
    start: u64,
) -> Vec<u8> {
    let mut out = Vec::new();
    pcapng::section(concat!("lvsim ", env!("CARGO_PKG_VERSION")), &plan.scenario, &mut out);
    let mut frames: Vec<(u32, &Stamped)> = Vec::new();
    for (number, key @ (node, iface)) in (0_u32..).zip(&plan.captures) {
        pcapng::interface(&format!("{node}.{iface}"), "", LinkType::Ethernet, &mut out);
        let own = recorded.get(key).into_iter().flatten().filter(|frame| frame.at >= start);
        frames.extend(own.map(|frame| (number, frame)));
    }
    frames.sort_by_key(|(_, frame)| frame.at);
    for (iface, Stamped { at, inward, bytes }) in frames {
        let (at_ns, inward) = (at - start, *inward);
        pcapng::packet(&Packet { iface, at_ns, inward, bytes, comments: &[] }, &mut out);
    }
    out
}

/// The frames of each interface, in the plan's order, and whether each came in.
///
/// # Errors
/// When it is no capture.
pub fn read(plan: &Plan, file: &[u8]) -> Result<(Vec<Capture>, Vec<Vec<bool>>), PcapError> {
    let empty = |(node, iface): &(String, String)| Capture {
        node: node.clone(),
        iface: iface.clone(),
        frames: Vec::new(),
    };
    let mut captures: Vec<Capture> = plan.captures.iter().map(empty).collect();
    let mut inward = vec![Vec::new(); captures.len()];
    let mut reader = PcapNgReader::new(file)?;
    while let Some(block) = reader.next_block() {
        let Block::EnhancedPacket(packet) = block? else { continue };
        let number = packet.interface_id as usize;
        let Some(capture) = captures.get_mut(number) else { continue };
        let at_ns = u64::try_from(packet.timestamp.as_nanos()).unwrap_or(u64::MAX);
        capture.frames.push(Captured { at_ns, bytes: packet.data.into_owned() });
        inward[number].push(packet.options.iter().any(|option| {
            matches!(option, EnhancedPacketOption::Flags(flags) if flags & DIRECTION == INWARD)
        }));
    }
    Ok((captures, inward))
}
