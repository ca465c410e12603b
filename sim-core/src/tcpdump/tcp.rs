//! TCP segments, with sequence numbers relative to what this tcpdump has seen of the connection.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::fields::{
    ACK, CutShort, FIN, Ipv4, RST, SYN, TCP, Tcp, URG, checksum, checksum_should_be, u8_at, u16_at,
    u32_at,
};
use super::{Printed, Printer, say};

/// A segment that resets and carries a reason in words shows at most so many of its bytes.
const MAX_RESET_TEXT: usize = 30;

/// The connections seen so far. Both directions share one entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversations(BTreeMap<Ends, Bases>);

/// A connection, the end with the lower port (of equal ports: the lower address) first.
type Ends = [(u16, Ipv4Addr); 2];

/// The numbers that count as 0, of the first end and of the second.
type Bases = [u32; 2];

/// A segment's numbers as they are printed, and what its SACK blocks are relative to.
struct Numbers {
    seq: u32,
    ack: u32,
    sack_base: u32,
}

impl Conversations {
    /// The relative numbers of a segment with ACK. A segment with SYN, or the first of a connection
    /// that was not seen from its start, is printed with absolute numbers and sets what later ones
    /// are relative to.
    fn relative(&mut self, ip: &Ipv4, tcp: &Tcp) -> Numbers {
        let (src, dst) = ((tcp.sport, ip.src), (tcp.dport, ip.dst));
        // Which end this segment comes from.
        let from = usize::from(src > dst);
        let ends = if from == 0 { [src, dst] } else { [dst, src] };
        let mut numbers = Numbers { seq: tcp.seq, ack: tcp.ack, sack_base: 0 };
        match self.0.get(&ends) {
            Some(bases) if !tcp.has(SYN) => {
                numbers.seq = tcp.seq.wrapping_sub(bases[from]);
                numbers.ack = tcp.ack.wrapping_sub(bases[1 - from]);
                numbers.sack_base = bases[1 - from];
            }
            _ => {
                let mut bases = [0; 2];
                bases[from] = tcp.seq;
                bases[1 - from] = tcp.ack.wrapping_sub(1);
                numbers.sack_base = bases[1 - from];
                self.0.insert(ends, bases);
            }
        }
        numbers
    }
}

/// Where the list of options ended.
enum OptionsEnd {
    /// With the header.
    Complete,
    /// At an option whose length cannot be.
    Bad,
    /// Within an option, since the bytes end.
    Cut,
}

impl Printer<'_> {
    /// A segment of `length` bytes, of which `bytes` are there.
    pub(super) fn tcp(&mut self, ip: &Ipv4, bytes: &[u8], length: usize) -> Printed {
        self.layer = "tcp";
        let (Ok(sport), Ok(dport)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else {
            say!(self, "{} > {}:", ip.src, ip.dst);
            self.cut();
            return Ok(());
        };
        say!(self, "{}.{sport} > {}.{dport}: ", ip.src, ip.dst);
        let Ok(tcp) = Tcp::read(bytes) else {
            self.cut();
            return Ok(());
        };
        if tcp.head < Tcp::HEAD {
            // tcpdump's unsigned subtraction goes round.
            let rest = (length as u32).wrapping_sub(tcp.head as u32);
            say!(self, " tcp {rest} [bad hdr length {} - too short, < 20]", tcp.head);
            return Ok(());
        }
        say!(self, "Flags [{}]", tcp.flag_letters());
        let numbers = if tcp.has(ACK) && !self.options.absolute {
            self.seen.relative(ip, &tcp)
        } else {
            Numbers { seq: tcp.seq, ack: tcp.ack, sack_base: 0 }
        };
        if tcp.head > length {
            say!(self, " [bad hdr length {} - too long, > {length}]", tcp.head);
            return Ok(());
        }
        if self.verbose() && !ip.more_fragments() && bytes.len() >= length {
            self.tcp_checksum(ip, &tcp, &bytes[..length]);
        }
        let payload_len = length - tcp.head;
        self.tcp_numbers(&tcp, &numbers, payload_len);
        if tcp.head > Tcp::HEAD && !self.tcp_options(bytes, tcp.head, numbers.sack_base)? {
            return Ok(());
        }
        say!(self, ", length {payload_len}");
        if payload_len == 0 {
            return Ok(());
        }
        let Some(payload) = bytes.get(tcp.head..) else {
            say!(self, " [remaining caplen({}) < header length({})]", bytes.len(), tcp.head);
            return Err(CutShort);
        };
        if tcp.has(RST) && self.verbose() {
            self.reset_text(payload, payload_len);
            return Ok(());
        }
        self.segment_text(tcp.sport, tcp.dport, payload, payload_len)
    }

    fn tcp_checksum(&mut self, ip: &Ipv4, tcp: &Tcp, segment: &[u8]) {
        let sum = checksum(ip.pseudo_sum(TCP, segment.len()), segment);
        say!(self, ", cksum 0x{:04x} ", tcp.checksum);
        match sum {
            0 => self.out.push_str("(correct)"),
            _ => say!(self, "(incorrect -> 0x{:04x})", checksum_should_be(tcp.checksum, sum)),
        }
    }

    fn tcp_numbers(&mut self, tcp: &Tcp, numbers: &Numbers, payload_len: usize) {
        if self.options.verbose > 1 || payload_len > 0 || tcp.has(SYN | FIN | RST) {
            say!(self, ", seq {}", numbers.seq);
            if payload_len > 0 {
                say!(self, ":{}", numbers.seq.wrapping_add(payload_len as u32));
            }
        }
        if tcp.has(ACK) {
            say!(self, ", ack {}", numbers.ack);
        }
        say!(self, ", win {}", tcp.window);
        if tcp.has(URG) {
            say!(self, ", urg {}", tcp.urgent);
        }
    }

    /// The options in brackets; false if they are broken, and then nothing follows them.
    fn tcp_options(&mut self, bytes: &[u8], head: usize, sack_base: u32) -> Result<bool, CutShort> {
        self.out.push_str(", options [");
        let start = self.out.len();
        let end = self.tcp_option_list(bytes, head, sack_base)?;
        // What closes a broken list depends on whether an option was printed before.
        let several = self.out[start..].contains(',');
        match end {
            OptionsEnd::Complete => self.out.push(']'),
            OptionsEnd::Bad => self.out.push_str(if several { "[bad opt]]" } else { "[bad opt]" }),
            OptionsEnd::Cut => {
                self.cut();
                self.out.push_str(if several { ">" } else { "" });
            }
        }
        Ok(matches!(end, OptionsEnd::Complete))
    }

    fn tcp_option_list(
        &mut self,
        bytes: &[u8],
        head: usize,
        sack_base: u32,
    ) -> Result<OptionsEnd, CutShort> {
        let mut at = Tcp::HEAD;
        while at < head {
            if at > Tcp::HEAD {
                self.out.push(',');
            }
            let kind = u8_at(bytes, at)?;
            if kind < 2 {
                self.out.push_str(["eol", "nop"][usize::from(kind)]);
                if kind == 0 {
                    return Ok(OptionsEnd::Complete);
                }
                at += 1;
                continue;
            }
            let len = usize::from(u8_at(bytes, at + 1)?);
            if len < 2 || at + len > head {
                return Ok(OptionsEnd::Bad);
            }
            let body_len = self.option_name(kind, len - 2);
            if at + 2 + body_len > head {
                return Ok(OptionsEnd::Bad);
            }
            let there = bytes.get(at + 2..).unwrap_or_default();
            let there = &there[..body_len.min(there.len())];
            if self.option_body(kind, there, body_len, sack_base).is_err() {
                return Ok(OptionsEnd::Cut);
            }
            if len != body_len + 2 {
                say!(self, "[len {len}]");
            }
            // The next option is looked for behind what was printed, not behind what was declared.
            at += 2 + body_len;
        }
        Ok(OptionsEnd::Complete)
    }

    /// Prints the name of an option and returns how many bytes its kind has; kinds without a fixed
    /// length have all that were declared.
    fn option_name(&mut self, kind: u8, declared: usize) -> usize {
        let (name, body_len) = match kind {
            2 => ("mss", 2),
            3 => ("wscale", 1),
            4 => ("sackOK", 0),
            5 => ("sack", declared),
            8 => ("TS", 8),
            other => {
                say!(self, "unknown-{other}");
                return declared;
            }
        };
        self.out.push_str(name);
        body_len
    }

    /// The values of an option of `len` bytes, of which `body` are there.
    fn option_body(&mut self, kind: u8, body: &[u8], len: usize, sack_base: u32) -> Printed {
        if [2, 3, 8].contains(&kind) && body.len() < len {
            return Err(CutShort);
        }
        match kind {
            2 => say!(self, " {}", u16_at(body, 0)?),
            3 => say!(self, " {}", u8_at(body, 0)?),
            4 => {}
            5 if !len.is_multiple_of(8) => self.out.push_str(" invalid sack"),
            5 => {
                say!(self, " {} ", len / 8);
                for at in (0..len).step_by(8) {
                    let start = u32_at(body, at)?.wrapping_sub(sack_base);
                    let end = u32_at(body, at + 4)?.wrapping_sub(sack_base);
                    say!(self, "{{{start}:{end}}}");
                }
            }
            8 => say!(self, " val {} ecr {}", u32_at(body, 0)?, u32_at(body, 4)?),
            _ => {
                if len > 0 {
                    self.out.push_str(" 0x");
                }
                for at in 0..len {
                    say!(self, "{:02x}", u8_at(body, at)?);
                }
            }
        }
        Ok(())
    }

    /// RFC 9293, 3.5.3 lets a RST carry an explanation.
    fn reset_text(&mut self, payload: &[u8], length: usize) {
        self.out.push_str(if payload.len() >= length { " [RST" } else { " [!RST" });
        self.out.push_str(if length > MAX_RESET_TEXT { "+ " } else { " " });
        for &byte in payload.iter().take(length.min(MAX_RESET_TEXT)) {
            // A byte with its top bit set is shown as M-, a control byte as ^ and the letter of its
            // key.
            if byte >= 0x80 {
                self.out.push_str("M-");
            }
            match byte & 0x7f {
                printable @ 0x20..=0x7e => self.out.push(char::from(printable)),
                control => {
                    self.out.push('^');
                    self.out.push(char::from(control ^ 0x40));
                }
            }
        }
        self.out.push(']');
    }
}
