//! Packets age by one at each host that forwards them, and nowhere else.

use sim_core::net::Net;
use sim_core::trace::Entry;

use super::Checker;
use super::passes::{Child, Edit, Pass, Passes};
use crate::packet::Ip;

/// The TTL falls by one from parent to child. That a switch changes nothing is another checker's
/// law.
#[derive(Clone, Debug, Default)]
pub struct Ageing(Passes);

impl Checker for Ageing {
    fn law(&self) -> &'static str {
        "TTL falls by one from parent to child at each forwarding host and nowhere else"
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        let Some(Child { passes, packet }) = self.0.see(net, entry)? else { return Ok(()) };
        let aged = passes.iter().any(|pass| has_aged(pass, packet));
        let came: Vec<_> =
            passes.iter().filter_map(|pass| Ip::read(&pass.packet)).map(|ip| ip.ttl()).collect();
        match aged {
            true => Ok(()),
            false => Err(format!("TTL {} leaves, {came:?} came", packet.ttl())),
        }
    }
}

/// The packet's own TTL has fallen by one; a header around it says the same.
fn has_aged(pass: &Pass, child: Ip<'_>) -> bool {
    let Some(parent) = Ip::read(&pass.packet) else { return false };
    // A tunnel's outer header may have a TTL of its own.
    let tunnel = pass.edits.iter().find_map(|edit| match edit {
        Edit::Tunnel(outer) => Some(outer),
        _ => None,
    });
    let is_wrapped = tunnel.is_some()
        || pass
            .edits
            .iter()
            .any(|edit| matches!(edit, Edit::Ipvs(rewrite) if rewrite.outer.is_some()));
    let inside = match is_wrapped && child.offset() == 0 {
        // A piece holds the header inside as well, but not the whole packet.
        true => child.payload().get(8).copied(),
        false => Some(child.ttl()),
    };
    let wanted = parent.ttl().checked_sub(1);
    let outside = tunnel.and_then(|outer| outer.ttl).or(wanted);
    inside == wanted && outside == Some(child.ttl())
}
