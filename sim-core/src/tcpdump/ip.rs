//! IPv4: addresses, with `-v` the header's fields, fragments, and which printer the payload goes
//! to.

use super::fields::{
    CutShort, ETHERTYPE_IPV4, GRE, ICMP, IPIP, Ipv4, TCP, UDP, addr_at, checksum,
    checksum_should_be, u8_at, u16_at, u32_at,
};
use super::{MAX_DEPTH, Printed, Printer, ethertype_name, say};

impl Printer<'_> {
    /// A packet that is not in a frame: IPv4 by its first byte.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Printed {
        self.layer = "ipn";
        match u8_at(bytes, 0)? >> 4 {
            4 => self.ip(bytes, bytes.len()),
            version => {
                say!(self, "unknown ip {version}");
                Ok(())
            }
        }
    }

    /// A packet of `length` bytes, of which `bytes` are there: a quoted packet is longer than its
    /// quote.
    pub(super) fn ip(&mut self, bytes: &[u8], length: usize) -> Printed {
        self.layer = "ip";
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.out.push_str("[nested too deeply]");
            return Ok(());
        }
        match u8_at(bytes, 0)? >> 4 {
            4 => {}
            6 => {
                self.out.push_str("IP6, wrong link-layer encapsulation (invalid)");
                return Ok(());
            }
            version => {
                say!(self, "IP{version} (invalid)");
                return Ok(());
            }
        }
        if !self.options.ether {
            self.out.push_str("IP ");
        }
        let Ok(ip) = Ipv4::read(bytes) else {
            self.cut();
            return Ok(());
        };
        if length < Ipv4::HEAD {
            say!(self, "truncated-ip {length}");
            return Ok(());
        }
        if ip.head < Ipv4::HEAD {
            say!(self, "bad-hlen {}", ip.head);
            return Ok(());
        }
        if length < ip.total {
            say!(self, "truncated-ip - {} bytes missing! ", ip.total - length);
        }
        if ip.total < ip.head {
            say!(self, "bad-len {}", ip.total);
            return Ok(());
        }
        // Ethernet's padding is behind the packet's end.
        let bytes = &bytes[..ip.total.min(bytes.len())];
        if self.verbose() && !self.ip_fields(&ip, bytes)? {
            say!(self, "{} > {}: ", ip.src, ip.dst);
            self.cut();
            return Ok(());
        }
        if ip.offset != 0 {
            say!(self, "{} > {}: ip-proto-{}", ip.src, ip.dst, ip.protocol);
            return Ok(());
        }
        if ![TCP, UDP].contains(&ip.protocol) {
            say!(self, "{} > {}: ", ip.src, ip.dst);
        }
        let Some(payload) = bytes.get(ip.head..) else {
            say!(self, " [remaining caplen({}) < header length({})]", bytes.len(), ip.head);
            return Err(CutShort);
        };
        self.ip_payload(&ip, payload, ip.total - ip.head)
    }

    fn ip_payload(&mut self, ip: &Ipv4, payload: &[u8], length: usize) -> Printed {
        match ip.protocol {
            ICMP => self.icmp(ip, payload, length),
            IPIP => self.ip(payload, length),
            TCP => self.tcp(ip, payload, length),
            UDP => self.udp(ip, payload, length),
            GRE => self.gre(payload, length),
            other => {
                say!(self, " ip-proto-{other} {length}");
                Ok(())
            }
        }
    }

    /// The parenthesis of `-v`; false if the options end too early.
    fn ip_fields(&mut self, ip: &Ipv4, bytes: &[u8]) -> Result<bool, CutShort> {
        let ecn = ["", ",ECT(1)", ",ECT(0)", ",CE"][usize::from(ip.tos & 3)];
        say!(self, "(tos 0x{:x}{ecn}", ip.tos);
        if ip.ttl > 0 {
            say!(self, ", ttl {}", ip.ttl);
        }
        say!(
            self,
            ", id {}, offset {}, flags [{}], proto {} ({}), length {}",
            ip.id,
            ip.offset,
            bit_names(&IP_FLAGS, ip.flags),
            protocol_name(ip.protocol),
            ip.protocol,
            ip.total
        );
        let mut complete = true;
        if ip.head > Ipv4::HEAD {
            self.out.push_str(", options (");
            complete = self.ip_options(bytes, ip.head)?;
            self.out.push_str(if complete { ")" } else { " [truncated-option])" });
        }
        if let Some(head) = bytes.get(..ip.head) {
            let sum = checksum(0, head);
            if sum != 0 {
                let right = checksum_should_be(ip.checksum, sum);
                say!(self, ", bad cksum {:x} (->{right:x})!", ip.checksum);
            }
        }
        self.out.push_str(")\n    ");
        Ok(complete)
    }

    /// The names of the options, with the addresses of the routes; false if they end too early.
    fn ip_options(&mut self, bytes: &[u8], head: usize) -> Result<bool, CutShort> {
        let mut at = Ipv4::HEAD;
        while at < head {
            if at > Ipv4::HEAD {
                self.out.push(',');
            }
            let kind = u8_at(bytes, at)?;
            self.out.push_str(&option_name(kind));
            let len = if kind < 2 { 1 } else { usize::from(u8_at(bytes, at + 1)?) };
            if len < 2 && kind > 1 || at + len > head {
                say!(self, " [bad length {len}]");
                return Ok(true);
            }
            let Some(option) = bytes.get(at..at + len) else { return Ok(false) };
            match kind {
                0 => return Ok(true),
                7 | 131 | 137 => self.ip_route(option)?,
                148 if len < 4 => say!(self, " [bad length {len}]"),
                148 if u16_at(option, 2)? != 0 => say!(self, " value {}", u16_at(option, 2)?),
                _ => {}
            }
            at += len;
        }
        Ok(true)
    }

    /// Record route and both source routes: the addresses, and a comma behind those that were
    /// passed already.
    fn ip_route(&mut self, option: &[u8]) -> Printed {
        let len = option.len();
        if len < 3 || !(len + 1).is_multiple_of(4) {
            say!(self, " [bad length {len}]");
        }
        if len < 3 {
            return Ok(());
        }
        let pointer = usize::from(option[2]);
        if pointer < 4 || pointer % 4 != 0 || pointer > len + 2 {
            say!(self, " [bad ptr {pointer}]");
        }
        for at in (3..len).step_by(4) {
            say!(self, " {}", addr_at(option, at)?);
            if pointer > at + 1 {
                self.out.push(',');
            }
        }
        Ok(())
    }

    /// GRE as a TUN destination of type `gre` gets it (RFC 2784, 2890); other versions and its
    /// routing are only named.
    fn gre(&mut self, bytes: &[u8], length: usize) -> Printed {
        self.layer = "gre";
        let flags = u16_at(bytes, 0)?;
        say!(self, "GREv{}", flags & 7);
        if flags & 0x4007 != 0 {
            say!(self, ", length {length}");
            return Ok(());
        }
        if self.verbose() {
            say!(self, ", Flags [{}]", bit_names(&GRE_FLAGS, flags));
        }
        let protocol = u16_at(bytes, 2)?;
        let mut at = 4;
        if flags & 0x8000 != 0 {
            if self.verbose() {
                say!(self, ", sum 0x{:x}", u16_at(bytes, at)?);
            }
            say!(self, ", off 0x{:x}", u16_at(bytes, at + 2)?);
            at += 4;
        }
        if flags & 0x2000 != 0 {
            say!(self, ", key=0x{:x}", u32_at(bytes, at)?);
            at += 4;
        }
        if flags & 0x1000 != 0 {
            say!(self, ", seq {}", u32_at(bytes, at)?);
            at += 4;
        }
        if self.options.ether {
            let name = ethertype_name(protocol).unwrap_or("unknown");
            say!(self, ", proto {name} (0x{protocol:04x})");
        }
        say!(self, ", length {length}{}", if self.verbose() { "\n\t" } else { ": " });
        if protocol == ETHERTYPE_IPV4 {
            return self.ip(bytes.get(at..).unwrap_or_default(), length.saturating_sub(at));
        }
        say!(self, "gre-proto-0x{protocol:x}");
        Ok(())
    }
}

const IP_FLAGS: [(u16, &str); 3] = [(Ipv4::MF, "+"), (Ipv4::DF, "DF"), (Ipv4::RESERVED, "rsvd")];

const GRE_FLAGS: [(u16, &str); 6] = [
    (0x8000, "checksum present"),
    (0x4000, "routing present"),
    (0x2000, "key present"),
    (0x1000, "sequence# present"),
    (0x0800, "source routing present"),
    (0x0080, "ack present"),
];

/// The names of the bits that are set, in the table's order.
fn bit_names(table: &[(u16, &str)], bits: u16) -> String {
    let names: Vec<&str> =
        table.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn option_name(kind: u8) -> String {
    match kind {
        0 => "EOL".to_owned(),
        1 => "NOP".to_owned(),
        7 => "RR".to_owned(),
        68 => "timestamp".to_owned(),
        82 => "traceroute".to_owned(),
        130 => "security".to_owned(),
        131 => "LSRR".to_owned(),
        137 => "SSRR".to_owned(),
        148 => "RA".to_owned(),
        other => format!("unknown {other}"),
    }
}

/// tcpdump's names of IP protocols, which are not those of /etc/protocols.
fn protocol_name(protocol: u8) -> &'static str {
    match protocol {
        0 => "Options",
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPIP",
        6 => "TCP",
        8 => "EGP",
        9 => "IGRP",
        17 => "UDP",
        33 => "DCCP",
        41 => "IPv6",
        43 => "Routing",
        44 => "Fragment",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        55 => "Mobile IP",
        58 => "ICMPv6",
        62 => "Mobile IP (old)",
        88 => "EIGRP",
        89 => "OSPF",
        103 => "PIM",
        108 => "Compressed IP",
        112 => "VRRP",
        113 => "PGM",
        132 => "SCTP",
        135 => "Mobility",
        143 => "Ethernet",
        _ => "unknown",
    }
}
