//! What leaves is what came, but for the fields that the edits name.
//!
//! The edits are carried out here a second time, byte by byte, on a copy of what came. Checksums
//! are left open: that they are right is another checker's law.

use sim_core::Rewrite;
use sim_core::net::Net;
use sim_core::trace::Entry;

use super::Checker;
use super::passes::{Child, Edit, Pass, Passes};
use crate::packet::{ICMP, Ip, TCP, UDP};

/// Frames differ from their parents only in what forwarding and `Note::Rewrite` name.
#[derive(Clone, Debug, Default)]
pub struct OnlyNamedEdits(Passes);

impl Checker for OnlyNamedEdits {
    fn law(&self) -> &'static str {
        "a frame's bytes differ from its parent's only in what its rewrite or forwarding names"
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        let Some(Child { passes, packet }) = self.0.see(net, entry)? else { return Ok(()) };
        let mut why = String::new();
        for pass in passes {
            match Wanted::after(pass).leaves_as(pass, packet) {
                Ok(()) => return Ok(()),
                Err(difference) => why = format!("{difference}; edits: {:?}", pass.edits),
            }
        }
        Err(why)
    }
}

/// A packet that should leave: its bytes, and those of them that may be anything.
#[derive(Clone)]
struct Wanted {
    bytes: Vec<u8>,
    open: Vec<bool>,
}

/// Byte 10 and 11 of a header.
const IP_SUM: std::ops::Range<usize> = 10..12;

impl Wanted {
    fn after(pass: &Pass) -> Self {
        let mut wanted = Self { bytes: pass.packet.clone(), open: vec![false; pass.packet.len()] };
        wanted.open(IP_SUM);
        // RFC 6040: a mark of congestion outside is carried inwards.
        wanted.open[1] = pass.unpacked;
        for edit in &pass.edits {
            match edit {
                Edit::Forward => wanted.age(),
                Edit::Ipvs(rewrite) => wanted.rewrite(rewrite),
                Edit::Tunnel(_) => {}
            }
        }
        wanted
    }

    /// Whether this packet is the wanted one, or what a tunnel made of it or of a piece of it.
    fn leaves_as(&self, pass: &Pass, child: Ip<'_>) -> Result<(), String> {
        let outers: Vec<_> = pass
            .edits
            .iter()
            .filter_map(|edit| match edit {
                Edit::Tunnel(outer) => Some(*outer),
                _ => None,
            })
            .collect();
        let inner = match child.inner() {
            _ if outers.is_empty() => return self.compare(child),
            Some(inner) => {
                self.compare(inner)?;
                let bytes = inner.bytes().to_vec();
                Self { open: vec![false; bytes.len()], bytes }
            }
            // Wrapped first, and cut then.
            None if child.is_piece() => self.clone(),
            None => return self.compare(child),
        };
        let mut why = String::new();
        for outer in outers {
            let mut wrapped = inner.clone();
            wrapped.wrap(outer);
            match wrapped.compare(child) {
                Ok(()) => return Ok(()),
                Err(difference) => why = difference,
            }
        }
        Err(why)
    }

    fn open(&mut self, bytes: std::ops::Range<usize>) {
        if let Some(open) = self.open.get_mut(bytes) {
            open.fill(true);
        }
    }

    fn set(&mut self, at: usize, bytes: &[u8]) {
        if let Some(own) = self.bytes.get_mut(at..at + bytes.len()) {
            own.copy_from_slice(bytes);
        }
    }

    fn age(&mut self) {
        self.bytes[8] = self.bytes[8].saturating_sub(1);
    }

    fn rewrite(&mut self, rewrite: &Rewrite) {
        if rewrite.age {
            self.age();
        }
        let head = usize::from(self.bytes[0] & 15) * 4;
        // Where the address stands, and where the port, if there is one.
        let ends = [(rewrite.src, 12, 0), (rewrite.dst, 16, 2)];
        for (end, addr_at, port_at) in ends {
            let Some(end) = end else { continue };
            self.set(addr_at, &end.addr.octets());
            let sum_at = match self.bytes[9] {
                TCP => head + 16,
                UDP => head + 6,
                ICMP => head + 2,
                _ => continue,
            };
            self.open(sum_at..sum_at + 2);
            match rewrite.quoted {
                None if self.bytes[9] != ICMP => self.set(head + port_at, &end.port.to_be_bytes()),
                // Netfilter's NAT: the id of a question.
                None if rewrite.netfilter => self.set(head + 4, &end.port.to_be_bytes()),
                None => {}
                Some(at) => {
                    self.rewrite_quoted(usize::from(at), end, port_at, rewrite.netfilter);
                }
            }
        }
        if let Some(outer) = rewrite.outer {
            self.wrap(outer);
        }
    }

    /// What was quoted went the other way: there, a source stands where a destination stands
    /// outside.
    /// Netfilter's NAT sees to the checksum inside too.
    fn rewrite_quoted(
        &mut self,
        at: usize,
        end: lvs_engine::Endpoint,
        port_at: usize,
        netfilter: bool,
    ) {
        let Some(&first) = self.bytes.get(at) else { return };
        let inner_head = usize::from(first & 15) * 4;
        let other = 2 - port_at;
        self.set(at + 12 + 2 * other, &end.addr.octets());
        self.open(at + IP_SUM.start..at + IP_SUM.end);
        let inner = at + inner_head;
        let (port_at, sum_at) = match self.bytes.get(at + 9) {
            Some(&TCP) => (inner + other, inner + 16),
            Some(&UDP) => (inner + other, inner + 6),
            Some(&ICMP) if netfilter => (inner + 4, inner + 2),
            _ => return,
        };
        self.set(port_at, &end.port.to_be_bytes());
        if netfilter {
            self.open(sum_at..sum_at + 2);
        }
    }

    fn wrap(&mut self, outer: lvs_engine::Outer) {
        // What has an id may be cut, unless the tunnel says otherwise.
        let df = match outer.df {
            Some(df) => u8::from(df) << 6,
            None if outer.id == 0 => self.bytes[6] & 0x40,
            None => 0,
        };
        let [id_high, id_low] = outer.id.to_be_bytes();
        // RFC 3168: congestion inside is not repeated outside.
        let ecn = if self.bytes[1] & 3 == 3 { 2 } else { self.bytes[1] & 3 };
        let tos = outer.tos.unwrap_or(self.bytes[1]) & 0xfc | ecn;
        let ttl = outer.ttl.unwrap_or(self.bytes[8]);
        let [long, short] = (self.bytes.len() as u16 + 20).to_be_bytes();
        let mut head = vec![0x45, tos, long, short, id_high, id_low, df, 0, ttl, 4, 0, 0];
        head.extend_from_slice(&outer.src.octets());
        head.extend_from_slice(&outer.dst.octets());
        self.bytes.splice(0..0, head);
        self.open.splice(0..0, [false; 20]);
        self.open(IP_SUM);
    }

    /// Whether this packet, or the piece of it that it says it is, is the wanted one.
    fn compare(&self, child: Ip<'_>) -> Result<(), String> {
        let Some(whole) = Ip::read(&self.bytes) else { return Err("nothing readable came".into()) };
        let (offset, came_offset) = (child.offset(), whole.offset());
        let was_cut = child.is_piece() && (offset, child.more()) != (came_offset, whole.more())
            || child.bytes().len() < whole.bytes().len();
        let head = child.header_len();
        if head != whole.header_len() {
            return Err("another header length".into());
        }
        // Length, flags and offset are each piece's own.
        let is_own = |at: usize| was_cut && (matches!(at, 2 | 3 | 6 | 7));
        let from =
            offset.checked_sub(came_offset).ok_or("an earlier piece than the one that came")?;
        if !was_cut && child.bytes().len() != whole.bytes().len() {
            return Err(format!(
                "{} bytes leave, not {}",
                child.bytes().len(),
                whole.bytes().len()
            ));
        }
        for (at, byte) in child.bytes().iter().enumerate() {
            let origin = if at < head { at } else { at + from };
            match self.bytes.get(origin) {
                Some(wanted) if wanted == byte || self.open[origin] || is_own(at) => {}
                Some(wanted) => return Err(format!("byte {at} is {byte:#04x}, not {wanted:#04x}")),
                None => return Err(format!("byte {at} is behind the end of what came")),
            }
        }
        Ok(())
    }
}
