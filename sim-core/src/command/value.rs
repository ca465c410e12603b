//! The values that several tools take: addresses with a length, names of ifaces, ports, seconds.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::Prefix;

/// The length of a netmask whose ones stand before its zeros.
pub(super) fn mask_len(mask: Ipv4Addr) -> Option<u8> {
    let bits = mask.to_bits();
    let len = bits.leading_ones();
    // 32 ones leave nothing to shift.
    (bits.checked_shl(len).unwrap_or(0) == 0).then_some(u8::try_from(len).ok()?)
}

/// A prefix as iproute2 reads it: `10.1/16`, `10.0.0.0/255.0.0.0`, `10.0.0.1`, `default`.
///
/// iproute2 6.1 `get_prefix`: missing bytes are zero, a missing length is 32.
pub(super) fn iproute_prefix(text: &str) -> Option<Prefix> {
    if matches!(text, "default" | "any" | "all") {
        return Some(Prefix::ANY);
    }
    let Some((addr, len)) = text.split_once('/') else {
        return iproute_addr(text).map(Prefix::host);
    };
    let addr = iproute_addr(addr)?;
    match decimal::<u8>(len) {
        Some(len) if len <= 32 => Some(Prefix { addr, len }),
        Some(_) => None,
        None => Some(Prefix { addr, len: mask_len(len.parse().ok()?)? }),
    }
}

/// An address as iproute2 reads it: up to four decimal bytes, missing ones are zero.
pub(super) fn iproute_addr(text: &str) -> Option<Ipv4Addr> {
    let mut bytes = [0; 4];
    let mut given = text.split('.');
    for byte in &mut bytes {
        match given.next() {
            Some(part) => *byte = decimal(part)?,
            None => break,
        }
    }
    given.next().is_none().then_some(Ipv4Addr::from(bytes))
}

/// An unsigned decimal number: digits and nothing else.
pub(crate) fn decimal<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Whether Linux takes this as the name of an interface: 1 to 15 bytes, no `/`, no blank.
pub(super) fn is_iface_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 15 && !text.contains(|c: char| c == '/' || c.is_whitespace())
}

/// Whether a path names a kernel setting: below `/proc/sys`, without empty parts and without dots
/// for parts.
pub(super) fn is_setting_path(path: &str) -> bool {
    let key = path.strip_prefix("/proc/sys/");
    key.is_some_and(|key| key.split('/').all(|name| !matches!(name, "" | "." | "..")))
}

/// Names of ports that the tools take in place of numbers, as `/etc/services` has them.
const SERVICES: [(&str, u16); 10] = [
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("http", 80),
    ("ntp", 123),
    ("https", 443),
    ("mysql", 3306),
    ("http-alt", 8080),
];

/// The number that a service's name stands for.
pub(super) fn service_port(name: &str) -> Option<u16> {
    SERVICES.iter().find(|(known, _)| *known == name).map(|(_, port)| *port)
}

/// The longest time that can be typed, in seconds. The clock counts to 584 years, this is 285.
pub(super) const LONGEST_S: u64 = 9_000_000_000;

/// Seconds with decimals, in whole nanoseconds: `0.5`, `.25`, `3`.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { decimal(whole)? };
    if whole >= LONGEST_S {
        return None;
    }
    if part.is_empty() {
        return Some(Duration::from_secs(whole));
    }
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // What is finer than a nanosecond is cut off.
    let nanos: u32 = decimal(&format!("{part:0<9}")[..9])?;
    Some(Duration::new(whole, nanos))
}

/// A duration as the decimals that [`seconds`] reads.
pub(super) struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs())?;
        match self.0.subsec_nanos() {
            0 => Ok(()),
            nanos => write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0')),
        }
    }
}

/// A time of our own programs: seconds with decimals, `2s` or `0.5`, or whole milliseconds, `500ms`.
pub fn span(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        let millis = decimal(millis).map(Duration::from_millis);
        return millis.filter(|time| time.as_secs() < LONGEST_S);
    }
    seconds(text.strip_suffix('s').unwrap_or(text))
}

/// A time as [`span`] reads it back.
pub(super) fn written_span(time: Duration) -> String {
    format!("{}s", Seconds(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_prefixes_as_iproute2_does() {
        let rows = [
            ("10.0.0.1", Some("10.0.0.1/32")),
            ("10.0.0.1/24", Some("10.0.0.1/24")),
            ("10.1/16", Some("10.1.0.0/16")),
            ("10.2.0.0/255.255.0.0", Some("10.2.0.0/16")),
            ("default", Some("0.0.0.0/0")),
            ("10.0.0.300/24", None),
            ("1.2.3.4/33", None),
            ("1.2.3.4/255.0.255.0", None),
            ("1.2.3.4.5", None),
            ("1.2.3.4/", None),
            ("", None),
            ("/8", None),
        ];
        for (text, prefix) in rows {
            let read = iproute_prefix(text).map(|p| p.to_string());
            assert_eq!(read.as_deref(), prefix, "{text}");
        }
    }

    #[test]
    fn masks_are_lengths() {
        for len in 0..=32 {
            let prefix = Prefix { addr: Ipv4Addr::UNSPECIFIED, len };
            assert_eq!(mask_len(prefix.mask()), Some(len));
        }
        assert_eq!(mask_len(Ipv4Addr::new(255, 0, 255, 0)), None);
    }

    #[test]
    fn spans_have_units() {
        let ms = Duration::from_millis;
        #[rustfmt::skip]
        let rows = [
            ("2s", Some(2000), "2s"), ("2", Some(2000), "2s"), ("0.5s", Some(500), "0.5s"),
            ("500ms", Some(500), "0.5s"), ("0ms", Some(0), "0s"), ("ms", None, ""), ("s", None, ""),
            ("1.5ms", None, ""), ("1m", None, ""), ("18446744073709551615ms", None, ""),
        ];
        for (text, read, printed) in rows {
            assert_eq!(span(text), read.map(ms), "{text}");
            if let Some(read) = span(text) {
                assert_eq!(written_span(read), printed);
            }
        }
    }

    #[test]
    fn seconds_are_whole_nanoseconds() {
        #[rustfmt::skip]
        let rows = [
            ("0.5", Some((0, 500_000_000)), "0.5"),
            (".25", Some((0, 250_000_000)), "0.25"),
            ("3",   Some((3, 0)),           "3"),
            ("3.",  Some((3, 0)),           "3"),
            ("1.000000001", Some((1, 1)),   "1.000000001"),
            ("1.0000000019", Some((1, 1)),  "1.000000001"),
            ("", None, ""), (".", None, ""), ("-1", None, ""), ("1s", None, ""), ("1.x", None, ""),
            ("1.0000000000x", None, ""), ("0.5é", None, ""), ("9000000000", None, ""),
        ];
        for (text, read, printed) in rows {
            let read = read.map(|(s, n)| Duration::new(s, n));
            assert_eq!(seconds(text), read, "{text}");
            if let Some(read) = read {
                assert_eq!(Seconds(read).to_string(), printed);
            }
        }
    }
}
