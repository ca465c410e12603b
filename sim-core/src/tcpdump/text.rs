//! Payloads that tcpdump shows, chosen by port as it does: HTTP, FTP, SMTP, the greeting of SSH,
//! and what is too short for DNS.

use super::fields::{CutShort, u8_at, u16_at};
use super::{Printed, Printer, say};

/// The first words of an HTTP or WebDAV request.
const HTTP_METHODS: [&str; 38] = [
    "GET",
    "PUT",
    "COPY",
    "HEAD",
    "LOCK",
    "MOVE",
    "POLL",
    "POST",
    "BCOPY",
    "BMOVE",
    "MKCOL",
    "TRACE",
    "LABEL",
    "MERGE",
    "DELETE",
    "SEARCH",
    "UNLOCK",
    "REPORT",
    "UPDATE",
    "NOTIFY",
    "BDELETE",
    "CONNECT",
    "OPTIONS",
    "CHECKIN",
    "PROPFIND",
    "CHECKOUT",
    "CCM_POST",
    "SUBSCRIBE",
    "PROPPATCH",
    "BPROPFIND",
    "BPROPPATCH",
    "UNCHECKOUT",
    "MKACTIVITY",
    "MKWORKSPACE",
    "UNSUBSCRIBE",
    "RPC_CONNECT",
    "VERSION-CONTROL",
    "BASELINE-CONTROL",
];

/// A word longer than this is neither a method nor a status.
const MAX_WORD: usize = 128;

/// Length of the header of a DNS message.
pub(super) const DNS_HEAD: usize = 12;

impl Printer<'_> {
    /// The payload of a segment, `length` bytes of which `bytes` are there.
    pub(super) fn segment_text(
        &mut self,
        sport: u16,
        dport: u16,
        bytes: &[u8],
        length: usize,
    ) -> Printed {
        let on = |port| sport == port || dport == port;
        let (layer, name) = if on(25) {
            ("smtp", "SMTP")
        } else if on(22) {
            return self.ssh(bytes, length);
        } else if on(53) {
            return self.dns_over_tcp(bytes, length);
        } else if on(21) {
            ("ftp", "FTP")
        } else if on(80) || on(8080) {
            ("http", "HTTP")
        } else {
            return Ok(());
        };
        self.layer = layer;
        say!(self, ": {name}");
        // The middle of a body is not printed; the other protocols have no bodies.
        if layer == "http" && !starts_http(bytes, length) {
            return Ok(());
        }
        if !self.verbose() {
            self.text_line(": ", bytes, 0, length)?;
            return Ok(());
        }
        say!(self, ", length: {length}");
        let mut at = 0;
        while at < length {
            match self.text_line("\n\t", bytes, at, length)? {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(())
    }

    /// Prints one line and returns where the next begins; `None` behind the last and where the text
    /// turns out to be none.
    fn text_line(
        &mut self,
        before: &str,
        bytes: &[u8],
        start: usize,
        length: usize,
    ) -> Result<Option<usize>, CutShort> {
        let mut at = start;
        let next = loop {
            if at >= length {
                break None;
            }
            match u8_at(bytes, at)? {
                b'\n' => break Some(at + 1),
                b'\r' if at + 1 < length && u8_at(bytes, at + 1)? == b'\n' => break Some(at + 2),
                b'\t' | 0x20..=0x7e => at += 1,
                _ => return Ok(None),
            }
        };
        let line = &bytes[start..at];
        say!(self, "{before}{}", String::from_utf8_lossy(line));
        if next.is_none() {
            self.cut();
        }
        Ok(next)
    }

    /// DNS is not taken apart, but a learner's `hello` on its port is seen to be none: a message
    /// has two bytes of length before it (RFC 1035, 4.2.2).
    fn dns_over_tcp(&mut self, bytes: &[u8], length: usize) -> Printed {
        self.layer = "domain";
        if length < 2 {
            say!(self, " [DNS over TCP: length {length} < 2] (invalid)");
            return Ok(());
        }
        let (prefix, rest) = (usize::from(u16_at(bytes, 0)?), length - 2);
        if prefix != rest {
            say!(self, " [prefix length({prefix}) != length({rest})] (invalid)");
        } else if rest < DNS_HEAD {
            say!(self, " domain [length {rest} < {DNS_HEAD}] (invalid)");
        }
        Ok(())
    }

    /// Of SSH only the greeting is text.
    fn ssh(&mut self, bytes: &[u8], length: usize) -> Printed {
        self.layer = "ssh";
        for (at, letter) in b"SSH-".iter().enumerate() {
            if u8_at(bytes, at)? != *letter {
                return Ok(());
            }
        }
        for at in 4..length {
            match u8_at(bytes, at)? {
                b'\n' => {}
                b'\r' if at + 1 < length && u8_at(bytes, at + 1)? == b'\n' => {}
                0x20..=0x7e => continue,
                _ => return Ok(()),
            }
            say!(self, ": SSH: {}", String::from_utf8_lossy(&bytes[..at]));
            return Ok(());
        }
        Ok(())
    }
}

/// Whether this is the beginning of a request (its first word is a method) or of a response (its
/// second is a status).
fn starts_http(bytes: &[u8], length: usize) -> bool {
    let is_cut = bytes.len() < length;
    let bytes = &bytes[..length.min(bytes.len())];
    let Some((first, rest)) = word(bytes, is_cut) else { return false };
    let is_method = HTTP_METHODS.iter().any(|method| first.eq_ignore_ascii_case(method.as_bytes()));
    let is_status = |word: &[u8]| word.len() == 3 && word.iter().all(u8::is_ascii_digit);
    is_method || word(rest, is_cut).is_some_and(|(second, _)| is_status(second))
}

/// The first word of a line and what follows it and its spaces; `None` for bytes that are no text,
/// or a word that was cut.
fn word(bytes: &[u8], is_cut: bool) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().position(|byte| b" \t\r\n".contains(byte));
    if space.is_none() && is_cut {
        return None;
    }
    let (word, rest) = bytes.split_at(space.unwrap_or(bytes.len()));
    let printable = word.iter().all(|byte| (0x20..=0x7e).contains(byte));
    if word.is_empty() || word.len() > MAX_WORD || !printable {
        return None;
    }
    // A tab ends a word but does not lead to the next one, in tcpdump.
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    Some((word, &rest[spaces..]))
}
