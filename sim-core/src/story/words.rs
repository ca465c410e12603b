//! Words that describe a frame, as expectations use them.
//!
//! A description is a capture filter if it reads as one. Otherwise its words must all be found, in this order but not side by
//! side, among the words of what `tcpdump -nn -e -v` says of the frame; punctuation at the ends of words does not count, nor
//! does case, and `*` in a word stands for anything.
//!
//! A filter with a slip would read as words that no frame has, and "no such frame" would hold for ever. So what looks like a
//! filter must be one.

use crate::tcpdump::filter::Filter;
use crate::tcpdump::{FilterError, Options, Tcpdump};

/// A description of frames.
#[derive(Clone, Debug)]
pub enum Words {
    /// A capture filter.
    Filter(Filter),
    /// Words of tcpdump's line.
    Line(Vec<String>),
}

/// The protocols that begin filters, with the words that tcpdump's own lines have behind the same word.
const PROTOCOLS: [(&str, &[&str]); 7] = [
    ("arp", &["request", "reply", "who-has"]),
    ("rarp", &[]),
    ("ether", &[]),
    ("ip", &[]),
    ("icmp", &["echo", "redirect", "time", "parameter"]),
    ("tcp", &[]),
    ("udp", &["length"]),
];
/// Other words that begin filters and no line of tcpdump.
const BEGIN: [&str; 11] = [
    "host",
    "net",
    "port",
    "portrange",
    "less",
    "greater",
    "gateway",
    "vlan",
    "broadcast",
    "multicast",
    "ip6",
];
/// Words and signs that stand in filters only.
const WITHIN: [&str; 12] =
    ["and", "or", "not", "src", "dst", "&&", "||", "==", "!=", "<=", ">=", "="];

impl Words {
    /// Reads a description.
    ///
    /// # Errors
    /// What the filter's reader says of something that looks like a filter and is none.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        match Filter::parse(text) {
            Ok(filter) => Ok(Self::Filter(filter)),
            Err(error) if looks_like_a_filter(text) => Err(with_a_way_out(error)),
            Err(_) => {
                let mut words = split(text);
                // So begins the short line, as `lvsim run` prints it.
                if let Some(first) = words.first_mut().filter(|first| *first == "ip") {
                    *first = "ipv4".into();
                }
                Ok(Self::Line(words))
            }
        }
    }

    /// Whether a frame is as described.
    pub fn matches(&self, frame: &[u8]) -> bool {
        match self {
            Self::Filter(filter) => filter.matches(frame),
            Self::Line(wanted) => {
                let options = Options { ether: true, verbose: 1, absolute: true };
                let said = split(&Tcpdump::new(options).line(frame));
                let mut said = said.iter();
                wanted.iter().all(|word| said.any(|other| fits(word, other)))
            }
        }
    }
}

fn looks_like_a_filter(text: &str) -> bool {
    let mut words = text.split_whitespace().map(|word| word.trim_matches(['(', ')', '!']));
    let first = words.clone().find(|word| !word.is_empty()).unwrap_or_default();
    let second = words.clone().filter(|word| !word.is_empty()).nth(1).unwrap_or_default();
    let begins = match PROTOCOLS.iter().find(|(name, _)| *name == first) {
        Some((_, behind)) => !behind.contains(&&*second.to_lowercase()),
        // `proto TCP (6)` is tcpdump's, `proto 6` is a filter's.
        None if first == "proto" => !second.starts_with(|c: char| c.is_ascii_uppercase()),
        None => BEGIN.contains(&first),
    };
    let indexes = |word: &str| {
        word.split_once('[').is_some_and(|(name, _)| PROTOCOLS.iter().any(|(own, _)| *own == name))
    };
    begins || words.any(|word| WITHIN.contains(&word) || indexes(word))
}

/// Adds how to say it if no filter was meant.
fn with_a_way_out(mut error: FilterError) -> FilterError {
    error.help.en += "; words of tcpdump's line begin in capitals (ARP, IP, UDP) or with *";
    error.help.zh += "；若指 tcpdump 输出中的词，请以大写（ARP、IP、UDP）或 * 开头";
    error
}

fn split(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.trim_matches([',', ':', '(', ')']).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a word fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, word: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == word };
    let Some(mut left) = word.strip_prefix(head) else { return false };
    let mut rest = rest;
    while let Some((part, more)) = rest.split_once('*') {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
        rest = more;
    }
    left.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn a_star_stands_for_anything() {
        for (pattern, word, fit) in [
            ("[s]",        "[s]",            true),
            ("10.0.0.2.*", "10.0.0.2.40000", true),
            ("10.0.0.2.*", "10.0.0.20.4",    false),
            ("*.80",       "10.0.0.2.80",    true),
            ("*.8*.*0",    "1.80.30",        true),
            ("a*b",        "ab",             true),
            ("a*b",        "ac",             false),
        ] {
            assert_eq!(fits(pattern, word), fit, "{pattern} on {word}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn what_looks_like_a_filter_must_be_one() {
        // A description, and: F a filter, L words of a line, else what is wrong in it.
        for (text, read) in [
            ("tcp and port 80",                          "F"),
            ("tcp prt 80",                               "prt"),
            ("tcp[tcpflag] & tcp-rst != 0",              "tcpflag"),
            ("(tcp or upd) and host 192.0.2.1",          "upd"),
            ("not hots 192.0.2.1",                       "hots"),
            ("ip proto tpc",                             "tpc"),
            ("proto 300",                                "300"),
            ("host 192.0.2.300",                         "192.0.2.300"),
            ("ether scr 02:00:00:00:00:51",              "scr"),
            ("arp hsot 192.0.2.1",                       "hsot"),
            ("10.0.0.1 and prt 80",                      "10.0.0.1"),
            ("arp Request who-has 192.0.2.100",          "L"),
            ("ARP Reply 192.0.2.100",                    "L"),
            ("icmp echo request",                        "L"),
            ("IP 192.0.2.1.* > 192.0.2.2.80",            "L"),
            ("UDP port 53 unreachable",                  "L"),
            ("* port 53 unreachable",                    "L"),
            ("proto IPIP 192.0.2.1 > 192.0.2.2",         "L"),
            ("192.0.2.1 > 192.0.2.2 ICMP echo reply",    "L"),
            ("ttl 63 $ Flags [S]",                       "L"),
        ] {
            match Words::parse(text) {
                Ok(Words::Filter(_)) => assert_eq!("F", read, "{text}"),
                Ok(Words::Line(_)) => assert_eq!("L", read, "{text}"),
                Err(error) => {
                    assert_eq!(&text[error.at.clone()], read, "{text}: {error}");
                    assert!(error.help.zh.contains('*'), "{text}: {}", error.help.zh);
                }
            }
        }
    }

    #[test]
    fn a_short_line_describes_what_it_prints() {
        let mut syn = vec![0x02; 12];
        syn.extend(*b"\x08\0\x45\0\0\x1c\0\0\x40\0\x40\x11\0\0\xc0\0\x02\x01\xc0\0\x02\x02");
        syn.extend([0x9c, 0x40, 0, 53, 0, 8, 0, 0]);
        for (text, fit) in [
            ("IP 192.0.2.1.40000 > 192.0.2.2.53", true),
            ("IP", true),
            ("IP 192.0.2.2.53 > 192.0.2.1.40000", false),
            ("ARP", false),
        ] {
            assert_eq!(Words::parse(text).expect("words").matches(&syn), fit, "{text}");
        }
    }

    #[test]
    fn words_match_in_order_and_not_side_by_side() {
        let line = split(
            "02:00:00:00:00:51 > ff:ff:ff:ff:ff:ff, ARP, Request who-has 192.0.2.1 tell 192.0.2.2",
        );
        let found = |text: &str| {
            let mut said = line.iter();
            split(text).iter().all(|word| said.any(|other| fits(word, other)))
        };
        assert!(found("arp tell 192.0.2.2"));
        assert!(!found("tell arp"));
    }
}
