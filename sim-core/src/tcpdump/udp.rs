//! UDP datagrams. What they carry is not taken apart, DNS included.

use super::fields::{CutShort, Ipv4, UDP, checksum, checksum_should_be, u16_at};
use super::text::DNS_HEAD;
use super::{Printed, Printer, say};

/// Length of a UDP header.
const HEAD: usize = 8;

impl Printer<'_> {
    /// A datagram for which the packet has `length` bytes, of which `bytes` are there.
    pub(super) fn udp(&mut self, ip: &Ipv4, bytes: &[u8], length: usize) -> Printed {
        self.layer = "udp";
        let (Ok(sport), Ok(dport)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else {
            say!(self, "{} > {}: ", ip.src, ip.dst);
            return Err(CutShort);
        };
        say!(self, "{}.{sport} > {}.{dport}: ", ip.src, ip.dst);
        if length < HEAD {
            say!(self, "truncated-udp {length}");
            return Ok(());
        }
        let own_length = usize::from(u16_at(bytes, 4)?);
        if own_length < HEAD {
            say!(self, "truncated-udplength {own_length}");
            return Ok(());
        }
        let there = own_length.min(length);
        let field = u16_at(bytes, 6)?;
        if self.options.verbose > 1 && !ip.more_fragments() {
            self.udp_checksum(ip, field, bytes, there);
        }
        // DNS is not taken apart, but what is too short for it is called so.
        let on_dns = [53, 5353].iter().any(|port| [sport, dport].contains(port));
        if on_dns && there - HEAD < DNS_HEAD {
            say!(self, "domain [length {} < {DNS_HEAD}] (invalid)", there - HEAD);
            return Ok(());
        }
        // Only the first of several fragments may promise more than it has.
        if own_length > there && !ip.more_fragments() {
            say!(self, "UDP, bad length {} > {}", own_length - HEAD, there - HEAD);
        } else {
            say!(self, "UDP, length {}", own_length - HEAD);
        }
        Ok(())
    }

    fn udp_checksum(&mut self, ip: &Ipv4, field: u16, bytes: &[u8], length: usize) {
        if field == 0 {
            self.out.push_str("[no cksum] ");
            return;
        }
        let Some(datagram) = bytes.get(..length) else { return };
        match checksum(ip.pseudo_sum(UDP, length), datagram) {
            0 => self.out.push_str("[udp sum ok] "),
            sum => {
                let right = checksum_should_be(field, sum);
                say!(self, "[bad udp cksum 0x{field:04x} -> 0x{right:04x}!] ");
            }
        }
    }
}
