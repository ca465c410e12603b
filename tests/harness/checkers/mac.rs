//! Who sends a frame writes its own address into it.

use sim_core::net::Net;
use sim_core::trace::{Dir, Entry, Note};

use super::Checker;

/// Frames leave a host by an interface whose address they carry as source.
#[derive(Clone, Copy, Debug)]
pub struct OwnMac;

impl Checker for OwnMac {
    fn law(&self) -> &'static str {
        "no frame leaves a host with a source MAC that is not its own"
    }

    fn is_of_what_is_made_by_hand(&self) -> bool {
        false
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        let Note::Frame { iface, dir: Dir::Out, frame } = &entry.what else { return Ok(()) };
        let Some(host) = net.node(entry.node).host() else { return Ok(()) };
        let own = host.fib().iface(*iface).mac;
        match frame.bytes.bytes().get(6..12) {
            Some(source) if source == own.0 => Ok(()),
            Some(source) => Err(format!("source {source:02x?}, but the interface is {own}")),
            None => Err("shorter than an Ethernet header".into()),
        }
    }
}
