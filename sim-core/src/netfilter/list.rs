//! `iptables -L`: tables in columns, as iptables 1.8.9 prints them.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::names::{flag_names, icmp_name, port_name, proto_name};
use super::rule_text::{Range, ipvs_words, is_empty, masked, matches, module};
use super::{Chain, Counts, Is, Listed, ListedChain, ListedRule, Rule, Target, Test};
use crate::Prefix;

/// What of the tables is shown, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListStyle {
    /// Only this chain.
    pub chain: Option<Chain>,
    /// Only this rule of it, from 1, without a header.
    pub number: Option<u32>,
    /// `-n`: numbers in place of names.
    pub numeric: bool,
    /// `-v`: counters and interfaces.
    pub verbose: bool,
    /// `-x`: counters in full.
    pub exact: bool,
    /// `--line-numbers`.
    pub numbered: bool,
}

/// The text of `iptables -L`.
pub fn list(table: &Listed, style: &ListStyle) -> String {
    let wanted = |chain: &&ListedChain| style.chain.is_none_or(|wanted| chain.chain == wanted);
    let chains = table.chains.iter().filter(wanted);
    let chains: Vec<String> = chains.map(|chain| style.chain_text(chain)).collect();
    chains.join("\n")
}

impl ListStyle {
    fn chain_text(&self, chain: &ListedChain) -> String {
        let mut text = String::new();
        if self.number.is_none() {
            self.header(&mut text, chain);
        }
        for (number, rule) in (1..).zip(&chain.rules) {
            if self.number.is_none_or(|wanted| wanted == number) {
                self.row(&mut text, number, rule);
            }
        }
        text
    }

    fn header(&self, text: &mut String, chain: &ListedChain) {
        let _ = write!(text, "Chain {} (policy {}", chain.chain.name(), chain.policy.name());
        if self.verbose {
            let Counts { packets, bytes } = chain.counts;
            let (packets, bytes) = (self.count(packets), self.count(bytes));
            let _ = write!(text, " {packets} packets, {bytes} bytes");
        }
        text.push_str(")\n");
        if self.numbered {
            text.push_str("num  ");
        }
        text.push_str(match (self.verbose, self.exact) {
            (false, _) => "",
            (true, false) => " pkts bytes ",
            (true, true) => "    pkts      bytes ",
        });
        text.push_str("target     prot opt");
        if self.verbose {
            text.push_str(" in     out   ");
            text.push(' ');
        }
        let _ = writeln!(text, " {:<19}  {:<19} ", "source", "destination");
    }

    fn row(&self, text: &mut String, number: u32, listed: &ListedRule) {
        let ListedRule { rule, counts } = listed;
        if self.numbered {
            let _ = write!(text, "{number:<4} ");
        }
        if self.verbose {
            let width = if self.exact { 8 } else { 5 };
            for count in [counts.packets, counts.bytes] {
                let _ = write!(text, "{:>width$} ", self.count(count));
            }
        }
        let _ = write!(text, "{:<9} ", rule.target.as_ref().map_or("", target_name));
        text.push(if rule.proto.is_some_and(|proto| proto.not) { '!' } else { ' ' });
        let _ = write!(text, "{:<4} --", self.proto(rule));
        text.push(' ');
        if self.verbose {
            let iface = |iface: &Option<Is<String>>| match iface {
                Some(Is { value, not }) => format!("{}{value}", if *not { "!" } else { "" }),
                None => if self.numeric { "*" } else { "any" }.to_owned(),
            };
            let _ = write!(text, " {:<6} {:<6} ", iface(&rule.in_iface), iface(&rule.out_iface));
        }
        for addr in [&rule.src, &rule.dst] {
            text.push(if addr.is_some_and(|addr| addr.not) { '!' } else { ' ' });
            let prefix = addr.map_or(Prefix::ANY, |addr| addr.value);
            let _ = write!(text, "{:<19} ", self.addr(prefix));
        }
        self.matches(text, rule);
        if let Some(target) = &rule.target {
            text.push_str(&target_text(target));
        }
        text.push('\n');
    }

    /// A counter: in thousands, millions and so on once it has more than five digits.
    ///
    /// iptables 1.8.9 xtables.c, xtables_print_num.
    fn count(&self, count: u64) -> String {
        if self.exact || count <= 99_999 {
            return count.to_string();
        }
        let mut number = count;
        for unit in ["K", "M", "G"] {
            number = (number + 500) / 1000;
            if number <= 9999 {
                return format!("{number}{unit}");
            }
        }
        format!("{}T", (number + 500) / 1000)
    }

    fn proto(&self, rule: &Rule) -> String {
        match (rule.proto, self.numeric) {
            (None, true) => "0".to_owned(),
            (None, false) => "all".to_owned(),
            (Some(proto), true) => proto.value.to_string(),
            (Some(proto), false) => proto_name(proto.value),
        }
    }

    /// An address, by the names that every host has in `/etc/hosts` and `/etc/networks`.
    fn addr(&self, prefix: Prefix) -> String {
        if !self.numeric && prefix.len == 0 {
            return "anywhere".to_owned();
        }
        let name = match prefix.addr.octets() {
            _ if self.numeric => None,
            [127, 0, 0, 1] => Some("localhost"),
            [127, 0, 0, 0] => Some("loopback"),
            [169, 254, 0, 0] => Some("link-local"),
            [0, 0, 0, 0] => Some("default"),
            _ => None,
        };
        let addr = name.map_or_else(|| prefix.addr.to_string(), str::to_owned);
        if prefix.len == 32 { addr } else { format!("{addr}/{}", prefix.len) }
    }

    fn port(&self, port: u16, proto: u8) -> String {
        if self.numeric { port.to_string() } else { port_name(port, proto) }
    }

    fn ports(&self, ports: &RangeInclusive<u16>, proto: u8) -> String {
        let (first, last) = (*ports.start(), *ports.end());
        let name = |port| self.port(port, proto);
        if first == last { name(first) } else { format!("{}:{}", name(first), name(last)) }
    }

    fn matches(&self, text: &mut String, rule: &Rule) {
        let proto = rule.l4();
        for (test, begins) in matches(&rule.tests) {
            let is_port =
                matches!(test, Test::SourcePort(_) | Test::DestPort(_) | Test::TcpFlags(_));
            if begins && is_port {
                let _ = write!(text, " {}", module(test, proto));
            }
            text.push_str(&self.test(test, proto));
        }
    }

    fn test(&self, test: &Test, proto: u8) -> String {
        let not = |not: bool| if not { "!" } else { "" };
        match test {
            _ if is_empty(test) => String::new(),
            Test::SourcePort(is) => self.port_test("spt", is, proto),
            Test::DestPort(is) => self.port_test("dpt", is, proto),
            Test::SourcePorts(is) => self.port_list("sports", is, proto),
            Test::DestPorts(is) => self.port_list("dports", is, proto),
            Test::TcpFlags(Is { value: (mask, set), not: is_not }) => {
                let not = not(*is_not);
                match self.numeric {
                    true => format!(" flags:{not}0x{mask:02X}/0x{set:02X}"),
                    false => format!(" flags:{not}{}/{}", flag_names(*mask), flag_names(*set)),
                }
            }
            Test::IcmpType(is) => self.icmp_test(is),
            Test::State { states, old } => {
                let word = if *old { "state" } else { "ctstate" };
                format!(" {}{word} {}", if states.not { "! " } else { "" }, states.value)
            }
            Test::Mark(is) => {
                format!(" mark match {}{}", if is.not { "! " } else { "" }, masked(is.value))
            }
            Test::Ipvs(ipvs) => {
                let words = ipvs_words(ipvs).into_iter();
                let words = words.map(|(not, option, value)| format!(" {not}{option} {value}"));
                words.map(|word| word.trim_end().to_owned()).collect()
            }
            Test::Comment(comment) => format!(" /* {comment} */"),
        }
    }

    fn port_test(&self, name: &str, is: &Is<RangeInclusive<u16>>, proto: u8) -> String {
        let many = if is.value.start() == is.value.end() { "" } else { "s" };
        let not = if is.not { "!" } else { "" };
        format!(" {name}{many}:{not}{}", self.ports(&is.value, proto))
    }

    fn port_list(&self, name: &str, is: &Is<Vec<RangeInclusive<u16>>>, proto: u8) -> String {
        let ports: Vec<String> = is.value.iter().map(|range| self.ports(range, proto)).collect();
        format!(" multiport {name} {}{}", if is.not { " !" } else { "" }, ports.join(","))
    }

    /// iptables 1.8.9 libxt_icmp.h, print_icmptype: only what has a name is named.
    fn icmp_test(&self, is: &Is<(u8, Option<u8>)>) -> String {
        let (kind, code) = is.value;
        if let Some(name) = icmp_name(is.value).filter(|_| !self.numeric) {
            return format!(" icmp {}{name}", if is.not { "!" } else { "" });
        }
        let code = code.map_or_else(String::new, |code| format!(" code {code}"));
        if is.not { format!(" icmp !type {kind}{code}") } else { format!(" icmptype {kind}{code}") }
    }
}

/// A target as its column calls it.
fn target_name(target: &Target) -> &'static str {
    match target {
        Target::Accept => "ACCEPT",
        Target::Drop => "DROP",
        Target::Return => "RETURN",
        Target::Reject(_) => "REJECT",
        Target::Mark { .. } => "MARK",
        Target::Dnat(_) => "DNAT",
        Target::Redirect(_) => "REDIRECT",
        Target::Snat(_) => "SNAT",
        Target::Masquerade(_) => "MASQUERADE",
        Target::NoTrack { .. } => "CT",
    }
}

/// What a target says at the end of the line.
fn target_text(target: &Target) -> String {
    match target {
        Target::Reject(with) => format!(" reject-with {}", with.name()),
        Target::Mark { value, mask } => {
            let (verb, number) = match (*value, *mask) {
                (0, mask) => ("and", format!("{:#x}", !mask)),
                (value, mask) if value == mask => ("or", format!("{value:#x}")),
                (value, 0) => ("xor", format!("{value:#x}")),
                (value, u32::MAX) => ("set", format!("{value:#x}")),
                (value, mask) => ("xset", format!("{value:#x}/{mask:#x}")),
            };
            format!(" MARK {verb} {number}")
        }
        Target::Dnat(to) | Target::Snat(to) => format!(" to:{to}"),
        Target::Redirect(Some(to)) => format!(" redir ports {}", Range(to, '-')),
        Target::Masquerade(Some(to)) => format!(" masq ports: {}", Range(to, '-')),
        Target::NoTrack { ct: false } => " NOTRACK".to_owned(),
        Target::NoTrack { ct: true } => " CT notrack".to_owned(),
        Target::Accept
        | Target::Drop
        | Target::Return
        | Target::Redirect(None)
        | Target::Masquerade(None) => String::new(),
    }
}
