//! A rule in the words that make it again: `-S`, `iptables-save`, and how a command prints itself.
//!
//! iptables 1.8.9: addresses, interfaces and protocol, then the matches, then the target, each in
//! numbers and with all that it implies: `--dport 80` is `-m tcp --dport 80`.

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use super::names::{flag_names, proto_name};
use super::{Counts, Ipvs, Is, NatRange, RejectWith, Rule, States, Target, Test};
use crate::command::word::Quoted;
use lvs_engine::Method;

/// A rule as text, after the name of its chain.
pub(crate) struct Line<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// `-c`: its counters, before the target.
    pub counts: Option<Counts>,
    /// A comment is quoted for a shell, and not as iptables-restore reads it.
    pub shell: bool,
}

/// A `!` before an option.
pub(super) fn not<T>(is: &Is<T>) -> &'static str {
    if is.not { "! " } else { "" }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Rule { src, dst, in_iface, out_iface, proto, tests, target, .. } = self.rule;
        for (option, addr) in [("-s", src), ("-d", dst)] {
            if let Some(addr) = addr {
                write!(f, " {}{option} {}", not(addr), addr.value)?;
            }
        }
        for (option, iface) in [("-i", in_iface), ("-o", out_iface)] {
            if let Some(iface) = iface {
                let name = Quoted(&iface.value);
                match self.shell {
                    true => write!(f, " {}{option} {name}", not(iface))?,
                    false => write!(f, " {}{option} {}", not(iface), iface.value)?,
                }
            }
        }
        if let Some(proto) = proto {
            write!(f, " {}-p {}", not(proto), proto_name(proto.value))?;
        }
        for (test, begins) in matches(tests) {
            if begins {
                write!(f, " -m {}", module(test, self.rule.l4()))?;
            }
            self.test(test, f)?;
        }
        if let Some(Counts { packets, bytes }) = self.counts {
            write!(f, " -c {packets} {bytes}")?;
        }
        match target {
            Some(target) => write!(f, " -j {}", Jump(target)),
            None => Ok(()),
        }
    }
}

impl Rule {
    /// The protocol whose ports it can ask for.
    pub(super) fn l4(&self) -> u8 {
        self.proto.map_or(0, |proto| proto.value)
    }
}

/// The tests with whether each begins a match of its own.
pub(super) fn matches(tests: &[Test]) -> impl Iterator<Item = (&Test, bool)> {
    let before = std::iter::once(None).chain(tests.iter().map(Some));
    before.zip(tests).map(|(before, test)| {
        let goes_on = before.and_then(place).zip(place(test)).is_some_and(|(one, two)| one < two);
        (test, !goes_on)
    })
}

/// Where in its match a test of tcp or udp stands, if it shares it with others.
fn place(test: &Test) -> Option<u8> {
    match test {
        _ if is_empty(test) => None,
        Test::SourcePort(_) => Some(0),
        Test::DestPort(_) => Some(1),
        Test::TcpFlags(_) => Some(2),
        _ => None,
    }
}

/// A match without options.
pub(super) fn is_empty(test: &Test) -> bool {
    matches!(test, Test::DestPort(Is { value, not: false }) if *value == (0..=u16::MAX))
}

/// The match that a test belongs to.
pub(super) fn module(test: &Test, proto: u8) -> &'static str {
    match test {
        Test::SourcePort(_) | Test::DestPort(_) if proto == 17 => "udp",
        Test::SourcePort(_) | Test::DestPort(_) | Test::TcpFlags(_) => "tcp",
        Test::SourcePorts(_) | Test::DestPorts(_) => "multiport",
        Test::IcmpType(_) => "icmp",
        Test::State { old: true, .. } => "state",
        Test::State { old: false, .. } => "conntrack",
        Test::Mark(_) => "mark",
        Test::Ipvs(_) => "ipvs",
        Test::Comment(_) => "comment",
    }
}

impl Line<'_> {
    fn test(&self, test: &Test, f: &mut Formatter<'_>) -> fmt::Result {
        match test {
            _ if is_empty(test) => Ok(()),
            Test::SourcePort(is) => write!(f, " {}--sport {}", not(is), Range(&is.value, ':')),
            Test::DestPort(is) => write!(f, " {}--dport {}", not(is), Range(&is.value, ':')),
            Test::SourcePorts(is) => write!(f, " {}--sports {}", not(is), list(&is.value)),
            Test::DestPorts(is) => write!(f, " {}--dports {}", not(is), list(&is.value)),
            Test::TcpFlags(is) => {
                let (mask, set) = is.value;
                write!(f, " {}--tcp-flags {} {}", not(is), flag_names(mask), flag_names(set))
            }
            Test::IcmpType(is) => write!(f, " {}--icmp-type {}", not(is), icmp_type(is.value)),
            Test::State { states, old } => {
                let option = if *old { "--state" } else { "--ctstate" };
                write!(f, " {}{option} {}", not(states), states.value)
            }
            Test::Mark(is) => write!(f, " {}--mark {}", not(is), masked(is.value)),
            Test::Ipvs(ipvs) => ipvs_options(ipvs, f),
            Test::Comment(text) if self.shell => write!(f, " --comment {}", Quoted(text)),
            Test::Comment(text) => write!(f, " --comment {}", saved(text)),
        }
    }
}

/// Ports from one to another, or the one.
pub(super) struct Range<'a>(pub &'a RangeInclusive<u16>, pub char);

impl Display for Range<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.0.start(), self.0.end());
        write!(f, "{first}")?;
        if first == last { Ok(()) } else { write!(f, "{}{last}", self.1) }
    }
}

fn list(ports: &[RangeInclusive<u16>]) -> String {
    let ports: Vec<String> = ports.iter().map(|range| Range(range, ':').to_string()).collect();
    ports.join(",")
}

fn icmp_type(wanted: (u8, Option<u8>)) -> String {
    match wanted {
        (255, None) => "any".to_owned(),
        (kind, None) => kind.to_string(),
        (kind, Some(code)) => format!("{kind}/{code}"),
    }
}

/// A mark with its mask, unless that is all bits.
pub(super) fn masked((value, mask): (u32, u32)) -> String {
    if mask == u32::MAX { format!("{value:#x}") } else { format!("{value:#x}/{mask:#x}") }
}

impl Display for States {
    /// In the order of the kernel's bits: `NEW,ESTABLISHED`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = [
            ("INVALID", self.invalid),
            ("NEW", self.new),
            ("RELATED", self.related),
            ("ESTABLISHED", self.established),
            ("UNTRACKED", self.untracked),
        ];
        let names: Vec<&str> = names.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        f.write_str(&names.join(","))
    }
}

/// What `-m ipvs` asks, each with its `!`, its option without dashes, and its value.
pub(super) fn ipvs_words(ipvs: &Ipvs) -> Vec<(&'static str, &'static str, String)> {
    let Ipvs { known, proto, vip, port, original, method } = ipvs;
    let mut words = Vec::new();
    if let Some(known) = known {
        words.push((if *known { "" } else { "! " }, "ipvs", String::new()));
    }
    if let Some(proto) = proto {
        words.push((not(proto), "vproto", proto.value.to_string()));
    }
    if let Some(vip) = vip {
        let prefix = vip.value;
        let addr = if prefix.len == 32 { prefix.addr.to_string() } else { prefix.to_string() };
        words.push((not(vip), "vaddr", addr));
    }
    if let Some(port) = port {
        words.push((not(port), "vport", port.value.to_string()));
    }
    if let Some(original) = original {
        let direction = if *original { "ORIGINAL" } else { "REPLY" };
        words.push(("", "vdir", direction.to_owned()));
    }
    if let Some(method) = method {
        words.push((not(method), "vmethod", method_name(method.value).to_owned()));
    }
    words
}

/// A forwarding method as `--vmethod` calls it.
pub(super) const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Dr => "GATE",
        Method::Tun => "IPIP",
        // Full NAT has no name in Linux; its packets are masqueraded.
        Method::Nat | Method::FullNat => "MASQ",
    }
}

fn ipvs_options(ipvs: &Ipvs, f: &mut Formatter<'_>) -> fmt::Result {
    for (not, option, value) in ipvs_words(ipvs) {
        write!(f, " {not}--{option}")?;
        if !value.is_empty() {
            write!(f, " {value}")?;
        }
    }
    Ok(())
}

/// A text as iptables-restore reads it as one word. iptables 1.8.9 xtables.c, xtables_save_string.
fn saved(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for letter in text.chars() {
        if "\"\\'".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted + "\""
}

/// A target with its options.
struct Jump<'a>(&'a Target);

impl Display for Jump<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Target::Accept => f.write_str("ACCEPT"),
            Target::Drop => f.write_str("DROP"),
            Target::Return => f.write_str("RETURN"),
            Target::Reject(with) => write!(f, "REJECT --reject-with {}", with.name()),
            Target::Mark { value, mask } => write!(f, "MARK --set-xmark {value:#x}/{mask:#x}"),
            Target::Dnat(to) => write!(f, "DNAT --to-destination {to}"),
            Target::Snat(to) => write!(f, "SNAT --to-source {to}"),
            Target::Redirect(None) => f.write_str("REDIRECT"),
            Target::Redirect(Some(to)) => write!(f, "REDIRECT --to-ports {}", Range(to, '-')),
            Target::Masquerade(None) => f.write_str("MASQUERADE"),
            Target::Masquerade(Some(to)) => {
                write!(f, "MASQUERADE --to-ports {}", Range(to, '-'))
            }
            Target::NoTrack { ct: false } => f.write_str("NOTRACK"),
            Target::NoTrack { ct: true } => f.write_str("CT --notrack"),
        }
    }
}

impl Display for NatRange {
    /// `192.0.2.11-192.0.2.12:80-90`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.addrs.start(), self.addrs.end());
        write!(f, "{first}")?;
        if first != last {
            write!(f, "-{last}")?;
        }
        match &self.ports {
            Some(ports) => write!(f, ":{}", Range(ports, '-')),
            None => Ok(()),
        }
    }
}

impl RejectWith {
    /// All of them in iptables' order, each with its other name.
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::Net, "net-unreach"),
        (Self::Host, "host-unreach"),
        (Self::Proto, "proto-unreach"),
        (Self::Port, "port-unreach"),
        (Self::NetProhibited, "net-prohib"),
        (Self::HostProhibited, "host-prohib"),
        (Self::TcpReset, "tcp-rst"),
        (Self::Admin, "admin-prohib"),
    ];

    /// Its name after `--reject-with`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Net => "icmp-net-unreachable",
            Self::Host => "icmp-host-unreachable",
            Self::Proto => "icmp-proto-unreachable",
            Self::Port => "icmp-port-unreachable",
            Self::NetProhibited => "icmp-net-prohibited",
            Self::HostProhibited => "icmp-host-prohibited",
            Self::Admin => "icmp-admin-prohibited",
            Self::TcpReset => "tcp-reset",
        }
    }
}
