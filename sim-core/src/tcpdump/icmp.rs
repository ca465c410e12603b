//! ICMP: echo, timestamps, and errors with the packet they are about.

use std::net::Ipv4Addr;

use super::fields::{
    CutShort, Ipv4, TCP, UDP, addr_at, checksum, checksum_should_be, u8_at, u16_at, u32_at,
};
use super::{Printed, Printer, say};

/// Where the quoted packet begins.
const QUOTE: usize = 8;
/// Where an extension (RFC 4884) begins, if there is one.
const EXTENSION: usize = QUOTE + 128;

impl Printer<'_> {
    /// A message of `length` bytes, of which `bytes` are there.
    pub(super) fn icmp(&mut self, ip: &Ipv4, bytes: &[u8], length: usize) -> Printed {
        self.layer = "icmp";
        let (kind, code) = (u8_at(bytes, 0)?, u8_at(bytes, 1)?);
        let text = match kind {
            3 => unreachable(code, bytes)?,
            5 => redirect(code, bytes)?,
            11 => {
                addr_at(bytes, QUOTE + 16)?;
                match code {
                    0 => "time exceeded in-transit".to_owned(),
                    1 => "ip reassembly time exceeded".to_owned(),
                    other => format!("time exceeded-#{other}"),
                }
            }
            _ => message(kind, code, bytes)?,
        };
        say!(self, "ICMP {text}, length {length}");
        if !self.verbose() {
            return Ok(());
        }
        if !ip.more_fragments() && bytes.len() >= length {
            let sum = checksum(0, &bytes[..length]);
            if sum != 0 {
                let field = u16_at(bytes, 2)?;
                let right = checksum_should_be(field, sum);
                say!(self, " (wrong icmp cksum {field:x} (->{right:x})!)");
            }
        }
        if [3, 4, 5, 11, 12].contains(&kind) {
            self.out.push_str("\n\t");
            let quoted_len = usize::from(u16_at(bytes, QUOTE + 2)?);
            // tcpdump reads the length a second time, then within the bytes that it allows.
            if quoted_len < 4 {
                return Err(CutShort);
            }
            let quoted = &bytes[QUOTE..];
            self.ip(&quoted[..quoted_len.min(quoted.len())], quoted_len)?;
            self.layer = "icmp";
        }
        if [3, 11, 12].contains(&kind) && length > EXTENSION {
            self.icmp_extension(bytes, length)?;
        }
        Ok(())
    }

    /// The headline of an extension. Linux sends none, and a quote that happens to look like one is
    /// as rare as its checksum.
    fn icmp_extension(&mut self, bytes: &[u8], length: usize) -> Printed {
        bytes.get(..EXTENSION + 5).ok_or(CutShort)?;
        let extension = bytes.get(EXTENSION..length);
        let sum = extension.map(|extension| checksum(0, extension));
        if bytes[5] == 0 && sum.is_some_and(|sum| sum != 0) {
            return Ok(());
        }
        let version = bytes[EXTENSION] >> 4;
        say!(self, "\n\tICMP Multi-Part extension v{version}");
        if version != 2 {
            self.out.push_str(" packet not supported");
            return Ok(());
        }
        if let Some(sum) = sum {
            let field = u16_at(bytes, EXTENSION + 2)?;
            let judgement = if sum == 0 { "correct" } else { "incorrect" };
            say!(self, ", checksum 0x{field:04x} ({judgement}), length {}", length - EXTENSION);
        }
        Ok(())
    }
}

/// Whom the packet that an error is about was for.
fn quoted_dst(bytes: &[u8]) -> Result<Ipv4Addr, CutShort> {
    addr_at(bytes, QUOTE + 16)
}

fn unreachable(code: u8, bytes: &[u8]) -> Result<String, CutShort> {
    let protocol = u8_at(bytes, QUOTE + 9)?;
    let dst = quoted_dst(bytes)?;
    Ok(match code {
        0 => format!("net {dst} unreachable"),
        1 => format!("host {dst} unreachable"),
        2 => format!("{dst} protocol {protocol} unreachable"),
        3 => {
            let head = usize::from(u8_at(bytes, QUOTE)? & 0x0f) * 4;
            let port = u16_at(bytes, QUOTE + head + 2)?;
            match protocol {
                TCP => format!("{dst} tcp port {port} unreachable"),
                UDP => format!("{dst} udp port {port} unreachable"),
                other => format!("{dst} protocol {other} port {port} unreachable"),
            }
        }
        4 => match u16_at(bytes, 6)? {
            0 => format!("{dst} unreachable - need to frag"),
            mtu => format!("{dst} unreachable - need to frag (mtu {mtu})"),
        },
        5 => format!("{dst} unreachable - source route failed"),
        6 => format!("net {dst} unreachable - unknown"),
        7 => format!("host {dst} unreachable - unknown"),
        8 => format!("{dst} unreachable - source host isolated"),
        9 => format!("net {dst} unreachable - admin prohibited"),
        10 => format!("host {dst} unreachable - admin prohibited"),
        11 => format!("net {dst} unreachable - tos prohibited"),
        12 => format!("host {dst} unreachable - tos prohibited"),
        13 => format!("host {dst} unreachable - admin prohibited filter"),
        14 => format!("host {dst} unreachable - host precedence violation"),
        15 => format!("host {dst} unreachable - precedence cutoff"),
        other => format!("{dst} unreachable - #{other}"),
    })
}

fn redirect(code: u8, bytes: &[u8]) -> Result<String, CutShort> {
    let (gateway, dst) = (addr_at(bytes, 4)?, quoted_dst(bytes)?);
    Ok(match code {
        0 => format!("redirect {dst} to net {gateway}"),
        1 => format!("redirect {dst} to host {gateway}"),
        2 => format!("redirect-tos {dst} to net {gateway}"),
        3 => format!("redirect-tos {dst} to host {gateway}"),
        other => format!("redirect-#{other} {dst} to {gateway}"),
    })
}

/// The messages that quote nothing that is printed in their first line.
fn message(kind: u8, code: u8, bytes: &[u8]) -> Result<String, CutShort> {
    let id_and_seq = || -> Result<_, CutShort> { Ok((u16_at(bytes, 4)?, u16_at(bytes, 6)?)) };
    Ok(match kind {
        0 | 8 => {
            let (id, seq) = id_and_seq()?;
            let way = if kind == 8 { "request" } else { "reply" };
            format!("echo {way}, id {id}, seq {seq}")
        }
        4 => "source quench".to_owned(),
        9 => "router advertisement".to_owned(),
        10 => "router solicitation".to_owned(),
        12 if code == 0 => format!("parameter problem - octet {}", u8_at(bytes, 4)?),
        12 => format!("parameter problem - code {code}"),
        13 => {
            let (id, seq) = id_and_seq()?;
            format!("time stamp query id {id} seq {seq}")
        }
        14 => {
            let (id, seq) = id_and_seq()?;
            let time = |at| u32_at(bytes, at).map(time_of_day);
            let (org, recv, xmit) = (time(8)?, time(12)?, time(16)?);
            format!("time stamp reply id {id} seq {seq}: org {org}, recv {recv}, xmit {xmit}")
        }
        15 => "information request".to_owned(),
        16 => "information reply".to_owned(),
        17 => "address mask request".to_owned(),
        18 => format!("address mask is 0x{:08x}", u32_at(bytes, 8)?),
        other => format!("type-#{other}"),
    })
}

/// Milliseconds since midnight, as a clock shows them.
fn time_of_day(ms: u32) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{seconds:02}.{ms:03}", minutes / 60, minutes % 60)
}
