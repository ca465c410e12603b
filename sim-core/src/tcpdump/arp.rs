//! ARP: who has an address, and where it is.

use super::fields::{CutShort, ETHERTYPE_IPV4, addr_at, u8_at, u16_at};
use super::{Printed, Printer, ethertype_name, say};

/// A trailer-encapsulated packet (RFC 893) has IPv4 addresses too, as far as tcpdump is concerned.
const ETHERTYPE_TRAILER: u16 = 0x1000;

/// The places of an ARP packet's addresses, which its own two length fields decide.
struct Arp<'a> {
    bytes: &'a [u8],
    protocol: u16,
    hard_len: usize,
    proto_len: usize,
}

impl<'a> Arp<'a> {
    /// Length of the part whose size is fixed.
    const HEAD: usize = 8;

    fn has_ipv4(&self) -> bool {
        [ETHERTYPE_IPV4, ETHERTYPE_TRAILER].contains(&self.protocol)
    }

    fn target_start(&self) -> usize {
        Self::HEAD + self.hard_len + self.proto_len
    }

    fn sender_mac(&self) -> Result<&'a [u8], CutShort> {
        self.bytes.get(Self::HEAD..Self::HEAD + self.hard_len).ok_or(CutShort)
    }

    fn target_mac(&self) -> Result<&'a [u8], CutShort> {
        self.bytes.get(self.target_start()..self.target_start() + self.hard_len).ok_or(CutShort)
    }

    fn sender_addr(&self) -> Result<String, CutShort> {
        self.addr(Self::HEAD + self.hard_len)
    }

    fn target_addr(&self) -> Result<String, CutShort> {
        self.addr(self.target_start() + self.hard_len)
    }

    fn addr(&self, at: usize) -> Result<String, CutShort> {
        Ok(if !self.has_ipv4() {
            "<wrong proto type>".to_owned()
        } else if self.proto_len != 4 {
            "<wrong len>".to_owned()
        } else {
            addr_at(self.bytes, at)?.to_string()
        })
    }
}

impl Printer<'_> {
    pub(super) fn arp(&mut self, bytes: &[u8]) -> Printed {
        self.layer = "arp";
        let hardware = u16_at(bytes, 0)?;
        let arp = Arp {
            bytes,
            protocol: u16_at(bytes, 2)?,
            hard_len: usize::from(u8_at(bytes, 4)?),
            proto_len: usize::from(u8_at(bytes, 5)?),
        };
        let operation = u16_at(bytes, 6)?;
        let end = Arp::HEAD + 2 * (arp.hard_len + arp.proto_len);
        bytes.get(..end).ok_or(CutShort)?;

        if !self.options.ether {
            self.out.push_str("ARP, ");
        }
        let odd = !arp.has_ipv4() || arp.proto_len != 4 || arp.hard_len == 0;
        if odd || self.verbose() {
            say!(
                self,
                "{} (len {}), {} (len {})",
                hardware_name(hardware),
                arp.hard_len,
                ethertype_name(arp.protocol).map_or_else(
                    || format!("Unknown Protocol (0x{:04x})", arp.protocol),
                    str::to_owned
                ),
                arp.proto_len
            );
        }
        if !odd || self.verbose() {
            say!(self, "{}{} ", if self.verbose() { ", " } else { "" }, operation_name(operation));
            if !self.arp_operation(&arp, operation)? {
                self.hex_dump(bytes);
                return Ok(());
            }
        }
        say!(self, ", length {}", bytes.len());
        Ok(())
    }

    /// What the operation says; false if it is not known.
    fn arp_operation(&mut self, arp: &Arp<'_>, operation: u16) -> Result<bool, CutShort> {
        match operation {
            1 => {
                let target = arp.target_mac()?;
                // Only a target that the sender claims to know already is worth printing.
                let known = if target.iter().all(|&byte| byte == 0) {
                    String::new()
                } else {
                    format!(" ({})", link_addr(target))
                };
                say!(self, "who-has {}{known} tell {}", arp.target_addr()?, arp.sender_addr()?);
            }
            2 => say!(self, "{} is-at {}", arp.sender_addr()?, link_addr(arp.sender_mac()?)),
            3 | 8 => {
                let (target, sender) = (link_addr(arp.target_mac()?), link_addr(arp.sender_mac()?));
                say!(self, "who-is {target} tell {sender}");
            }
            4 => say!(self, "{} at {}", link_addr(arp.target_mac()?), arp.target_addr()?),
            9 => say!(self, "{} at {}", link_addr(arp.sender_mac()?), arp.sender_addr()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A hardware address of any length.
fn link_addr(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn hardware_name(hardware: u16) -> String {
    match hardware {
        1 => "Ethernet".to_owned(),
        6 => "TokenRing".to_owned(),
        7 => "ArcNet".to_owned(),
        15 => "FrameRelay".to_owned(),
        23 => "Strip".to_owned(),
        24 => "IEEE 1394".to_owned(),
        32 => "InfiniBand".to_owned(),
        other => format!("Unknown Hardware ({other})"),
    }
}

fn operation_name(operation: u16) -> String {
    match operation {
        1 => "Request".to_owned(),
        2 => "Reply".to_owned(),
        3 => "Reverse Request".to_owned(),
        4 => "Reverse Reply".to_owned(),
        8 => "Inverse Request".to_owned(),
        9 => "Inverse Reply".to_owned(),
        10 => "NACK Reply".to_owned(),
        other => format!("Unknown ({other})"),
    }
}
