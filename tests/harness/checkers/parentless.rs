//! What a host sends on behalf of another has a parent: a packet without one is its own.
//!
//! Without this a host that forgot whence a packet came would escape all laws about parents.

use sim_core::net::Net;
use sim_core::trace::{Dir, Entry, Note};

use super::Checker;
use crate::packet::Ip;

/// Packets without a parent carry an address of the host that sends them.
#[derive(Clone, Copy, Debug)]
pub struct OwnPackets;

impl Checker for OwnPackets {
    fn law(&self) -> &'static str {
        "a packet without a parent leaves from an address of the host that sends it"
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        let Note::Frame { dir: Dir::Out, frame, .. } = &entry.what else { return Ok(()) };
        let (Some(host), None) = (net.node(entry.node).host(), frame.parent) else {
            return Ok(());
        };
        let Some(packet) = Ip::of_frame(frame.bytes.bytes()) else { return Ok(()) };
        match host.fib().is_own(packet.src()) {
            true => Ok(()),
            false => Err(format!("{} is no address of this host", packet.src())),
        }
    }
}
