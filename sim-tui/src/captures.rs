//! Captures: one classic pcap file for each interface.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sim_core::event::{IfaceId, NodeId};
use sim_core::export::pcap::{self, LinkType};
use sim_core::host::iface::IfaceKind;
use sim_core::net::{Kind, Net};
use sim_core::trace::{Note, Trace};
use sim_core::{Text, text};

use crate::lang;
use crate::open::Refused;

/// Writes DIR/NODE-IFACE.pcap for each interface that has a cable; `all`: for `lo` and `tunl0` too.
///
/// # Errors
/// When a file cannot be written.
pub fn write(dir: &Path, net: &Net, trace: &Trace, all: bool) -> Result<(), Refused> {
    let mut files: BTreeMap<(NodeId, IfaceId), Vec<u8>> = BTreeMap::new();
    for link in &net.links {
        for end in link.ends {
            files.insert((end.node, end.iface), pcap::header().to_vec());
        }
    }
    if all {
        for node in net.node_ids() {
            let Kind::Host(host) = &net.node(node).kind else { continue };
            for iface in host.fib().iface_ids() {
                let header = match host.fib().iface(iface).kind {
                    IfaceKind::Ethernet => continue,
                    IfaceKind::Loopback => pcap::header(),
                    IfaceKind::Tunnel => pcap::header_of(LinkType::Raw),
                };
                files.insert((node, iface), header.to_vec());
            }
        }
    }
    for entry in trace.entries() {
        let (iface, bytes) = match &entry.what {
            Note::Frame { iface, frame, .. } => (*iface, &frame.bytes),
            Note::Packet { iface, bytes, .. } => (*iface, bytes),
            _ => continue,
        };
        if let Some(file) = files.get_mut(&(entry.node, iface)) {
            pcap::record(entry.at.as_nanos(), bytes.bytes(), file);
        }
    }
    fs::create_dir_all(dir).map_err(|why| refused(dir, &why))?;
    for ((node, iface), bytes) in files {
        let node = net.node(node);
        let path = dir.join(format!("{}-{}.pcap", node.name, node.iface_name(iface)));
        fs::write(&path, bytes).map_err(|why| refused(&path, &why))?;
    }
    Ok(())
}

/// Why a file could not be written.
pub fn refused(path: &Path, why: &std::io::Error) -> Refused {
    let (path, Text { en, zh }) = (path.display(), lang::why(why));
    Refused(vec![text!("{path}: cannot be written: {en}", "{path}：无法写入：{zh}")])
}
