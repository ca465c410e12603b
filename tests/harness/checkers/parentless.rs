//! What a host sends on behalf of another has a parent: a packet without one is its own.
//!
//! Without this a host that forgot whence a packet came would escape all laws about parents.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use sim_core::event::NodeId;
use sim_core::host::fib::RouteKind;
use sim_core::net::Net;
use sim_core::reason::Reason;
use sim_core::trace::{Dir, Entry, Note};

use super::Checker;
use crate::packet::Ip;

/// Packets without a parent carry an address of the host that sends them, one that a route delivers
/// to it, or one that netfilter has named before: a translation's, or that of the host in whose name
/// a segment was rejected.
#[derive(Clone, Debug, Default)]
pub struct OwnPackets {
    named: BTreeSet<(NodeId, Ipv4Addr)>,
}

impl Checker for OwnPackets {
    fn law(&self) -> &'static str {
        "a packet without a parent leaves from an address of the host that sends it"
    }

    fn is_of_what_is_made_by_hand(&self) -> bool {
        false
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        if let Note::Why(
            Reason::NatSourceSet { to: end, .. } | Reason::RejectReset { from: end, .. },
        ) = &entry.what
        {
            self.named.insert((entry.node, end.addr));
        }
        let Note::Frame { dir: Dir::Out, frame, .. } = &entry.what else { return Ok(()) };
        let (Some(host), None) = (net.node(entry.node).host(), frame.parent) else {
            return Ok(());
        };
        let Some(packet) = Ip::of_frame(frame.bytes.bytes()) else { return Ok(()) };
        let src = packet.src();
        let is_own = host.fib().is_own(src) || host.fib().kind_of(src) == RouteKind::Local;
        match is_own || self.named.contains(&(entry.node, src)) {
            true => Ok(()),
            false => Err(format!("{} is no address of this host", packet.src())),
        }
    }
}
