//! Words that describe a frame, as expectations use them.
//!
//! A description is a capture filter if it reads as one. Otherwise its words must all be found, in this order but not side by
//! side, among the words of what `tcpdump -nn -e -v` says of the frame; punctuation at the ends of words does not count, nor
//! does case, and `*` in a word stands for anything. TCP's numbers may be as they are in the segment or as a tcpdump says them
//! that has run on the iface from the start: so a line of `lvsim run` describes its own frame.
//!
//! A filter with a slip would read as words that no frame has, and "no such frame" would hold for ever. So what looks like a
//! filter must be one.

use std::collections::BTreeMap;

use crate::event::{IfaceId, NodeId};
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
            Err(_) => Ok(Self::Line(split(text))),
        }
    }

    /// Whether an Ethernet frame is as described, by the numbers in the frame itself.
    pub fn matches(&self, frame: &[u8]) -> bool {
        let seen = Seen { bytes: frame, is_packet: false };
        match self {
            Self::Filter(filter) => seen.passes(filter),
            Self::Line(wanted) => depth(wanted, &seen.line(&mut printer(true))) == wanted.len(),
        }
    }
}

/// What passed an iface: an Ethernet frame, or an IP packet without one, as on `tunl0`.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) is_packet: bool,
}

impl Seen<'_> {
    fn passes(self, filter: &Filter) -> bool {
        match self.is_packet {
            true => filter.matches_packet(self.bytes),
            false => filter.matches(self.bytes),
        }
    }

    /// The words of its line. With `-e` tcpdump leaves out the word `IP`, within a tunnel as well, so the Ethernet header is
    /// asked for by itself.
    fn line(self, printer: &mut Tcpdump) -> Vec<String> {
        if self.is_packet {
            return split(&printer.packet_line(self.bytes));
        }
        let ether = Options { ether: true, ..Options::default() };
        let whole = Tcpdump::new(ether).line(self.bytes);
        let head = whole.split_once(": ").map_or("", |(head, _)| head);
        let mut words = split(head);
        words.extend(split(&printer.line(self.bytes)));
        words
    }
}

fn printer(absolute: bool) -> Tcpdump {
    Tcpdump::new(Options { ether: false, verbose: 1, absolute })
}

/// A description held against what passes, in order: relative numbers depend on what came before.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    words: Words,
    /// The description's parts as they were written, and the filters of their first one, two, …
    parts: Vec<String>,
    heads: Vec<Filter>,
    printers: BTreeMap<(NodeId, IfaceId), Tcpdump>,
}

impl Watcher {
    /// One that has seen nothing yet; the loader has read the description before.
    pub(crate) fn new(text: &str) -> Self {
        let words = Words::parse(text).expect("the loader has checked it");
        let (parts, heads) = match &words {
            Words::Line(_) => {
                let parts = text.split_whitespace().filter(|word| !split(word).is_empty());
                (parts.map(str::to_owned).collect(), Vec::new())
            }
            Words::Filter(_) => heads_of(text),
        };
        Self { words, parts, heads, printers: BTreeMap::new() }
    }

    /// Whether what passes must be shown from the start of the story on: TCP's numbers are asked for.
    pub(super) fn remembers(&self) -> bool {
        let Words::Line(wanted) = &self.words else { return false };
        wanted.iter().any(|word| matches!(word.as_str(), "seq" | "ack"))
    }

    /// How many parts of the description fit, from its beginning.
    pub(crate) fn fits(&mut self, at: (NodeId, IfaceId), seen: Seen<'_>) -> usize {
        match &self.words {
            // What `or` joins may be as described without its first part.
            Words::Filter(filter) if seen.passes(filter) => self.parts.len(),
            Words::Filter(_) => self.heads.iter().take_while(|head| seen.passes(head)).count(),
            Words::Line(_) => self.best_line(at, seen),
        }
    }

    /// Whether so many are all of them.
    pub(crate) fn is_all(&self, fits: usize) -> bool {
        fits == self.parts.len()
    }

    /// The part behind so many others, as it was written.
    pub(super) fn part(&self, behind: usize) -> &str {
        self.parts.get(behind).map_or("", String::as_str)
    }

    /// How many words are found, with the numbers in the segment or with the relative ones.
    fn best_line(&mut self, at: (NodeId, IfaceId), seen: Seen<'_>) -> usize {
        let Words::Line(wanted) = &self.words else { return 0 };
        let found = depth(wanted, &seen.line(&mut printer(true)));
        if !self.remembers() {
            return found;
        }
        let running = self.printers.entry(at).or_insert_with(|| printer(false));
        found.max(depth(wanted, &seen.line(running)))
    }
}

/// The parts of a filter that `and` joins, and the filters of the first one, two, …
fn heads_of(text: &str) -> (Vec<String>, Vec<Filter>) {
    let ends = [" and ", " && "].iter().flat_map(|sign| text.match_indices(sign));
    let mut ends: Vec<usize> = ends.map(|(at, _)| at).collect();
    ends.sort_unstable();
    ends.push(text.len());
    let (mut parts, mut heads, mut from) = (Vec::new(), Vec::new(), 0);
    for end in ends {
        // Where a bracket is still open there is no filter yet.
        let Ok(head) = Filter::parse(&text[..end]) else { continue };
        let part = text[from..end].trim();
        let part = part.strip_prefix("and ").or_else(|| part.strip_prefix("&& ")).unwrap_or(part);
        parts.push(part.to_owned());
        heads.push(head);
        from = end;
    }
    (parts, heads)
}

/// How many of the wanted words are found, in this order.
fn depth(wanted: &[String], said: &[String]) -> usize {
    let mut said = said.iter();
    wanted.iter().take_while(|word| said.any(|other| fits(word, other))).count()
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
        assert_eq!(depth(&split("arp tell 192.0.2.2"), &line), 3);
        assert_eq!(depth(&split("arp reply 192.0.2.2"), &line), 1);
        assert_eq!(depth(&split("tell arp"), &line), 1);
    }

    #[test]
    fn a_filter_has_parts() {
        let (parts, heads) = heads_of("tcp and (host 192.0.2.1 and port 80) && tcp[13] & 2 != 0");
        assert_eq!(parts, ["tcp", "(host 192.0.2.1 and port 80)", "tcp[13] & 2 != 0"]);
        assert_eq!(heads.len(), 3);
    }
}
