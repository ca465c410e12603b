//! Checksums on the wire: IP, TCP, UDP, ICMP. Those that an ICMP error quotes may be old and are
//! left out.

use sim_core::net::Net;
use sim_core::trace::{Dir, Entry, Note};

use super::Checker;
use crate::packet::{ICMP, IPIP, Ip, TCP, TYPE_IPV4, UDP, u16_at};
use crate::sum;

/// Every checksum on every cable is right.
#[derive(Clone, Copy, Debug)]
pub struct RightSums;

impl Checker for RightSums {
    fn law(&self) -> &'static str {
        "every checksum on every link is right"
    }

    fn is_of_what_is_made_by_hand(&self) -> bool {
        false
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        match &entry.what {
            // What came over a cable is what went into it; `lo` has no cable and shows a frame
            // once.
            Note::Frame { dir: Dir::In, iface, .. }
                if net
                    .link_at(sim_core::net::End { node: entry.node, iface: *iface })
                    .is_some() =>
            {
                Ok(())
            }
            Note::Frame { frame, .. } => {
                let bytes = frame.bytes.bytes();
                if u16_at(bytes, 12) != Some(TYPE_IPV4) {
                    return Ok(());
                }
                judge(Ip::of_frame(bytes).ok_or("not a whole IPv4 packet")?)
            }
            Note::Packet { bytes, .. } => {
                judge(Ip::read(bytes.bytes()).ok_or("not a whole IPv4 packet")?)
            }
            _ => Ok(()),
        }
    }
}

fn judge(ip: Ip<'_>) -> Result<(), String> {
    if !sum::is_right(&[ip.header()]) {
        return Err(format!("the IP checksum is wrong: {:02x?}", ip.header()));
    }
    let payload = ip.payload();
    // The sum of a cut packet is in its pieces together.
    if ip.is_piece() {
        return Ok(());
    }
    let len = (payload.len() as u16).to_be_bytes();
    let pseudo = [&ip.bytes()[12..20], &[0, ip.proto()], &len[..], payload];
    let right = match ip.proto() {
        TCP => payload.len() >= 20 && sum::is_right(&pseudo),
        UDP => payload.len() >= 8 && (payload[6..8] == [0, 0] || sum::is_right(&pseudo)),
        ICMP => payload.len() >= 8 && sum::is_right(&[payload]),
        IPIP => return judge(ip.inner().ok_or("no whole packet in the tunnel's")?),
        _ => true,
    };
    match right {
        true => Ok(()),
        false => Err(format!("the checksum of protocol {} is wrong", ip.proto())),
    }
}
