//! Netfilter's rules as plain data: what `iptables` writes, lists and saves, and what a host obeys.
//!
//! Linux 6.1: net/ipv4/netfilter/ip_tables.c, include/uapi/linux/netfilter_ipv4/ip_tables.h. How a
//! packet meets the rules is `host/netfilter.rs`; how they are typed is `command/iptables.rs`.

use std::fmt;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use lvs_engine::OriginId;

use crate::Prefix;

mod change;
mod list;
pub(crate) mod names;
mod rule_text;
mod save;
mod tracked;

pub use change::{Change, Refused};
pub use list::{ListStyle, list};
pub(crate) use names::{FLAGS, ICMP_TYPES, proto_number, service_number};
pub(crate) use rule_text::Line;
pub use save::{rules, save};
pub use tracked::{Ids, Tracked, Tuple};

/// A table; they stand here in the order in which a packet meets them at a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Before connections are tracked: priority -300.
    Raw,
    /// Edits such as marks: priority -150.
    Mangle,
    /// Address translation, asked once a connection: priority -100 for destinations, 100 for sources.
    Nat,
    /// What may pass: priority 0.
    Filter,
}

/// A built-in chain: netfilter's hook of the same meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chain {
    /// Every packet that came in, before it is known whose it is.
    Prerouting,
    /// For this host.
    Input,
    /// For somebody else.
    Forward,
    /// Made here.
    Output,
    /// Every packet that leaves.
    Postrouting,
}

impl Table {
    /// All of them, in the order in which a packet meets them.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Mangle, Self::Nat, Self::Filter];

    /// Its name after `-t`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Mangle => "mangle",
            Self::Nat => "nat",
            Self::Filter => "filter",
        }
    }

    /// The chains it has, in the order in which it lists them.
    ///
    /// Linux 6.1 net/ipv4/netfilter/iptable_{raw,mangle,nat,filter}.c.
    pub const fn chains(self) -> &'static [Chain] {
        use Chain::{Forward, Input, Output, Postrouting, Prerouting};
        match self {
            Self::Raw => &[Prerouting, Output],
            Self::Mangle => &[Prerouting, Input, Forward, Output, Postrouting],
            Self::Nat => &[Prerouting, Input, Output, Postrouting],
            Self::Filter => &[Input, Forward, Output],
        }
    }
}

impl Chain {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Prerouting, Self::Input, Self::Forward, Self::Output, Self::Postrouting];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prerouting => "PREROUTING",
            Self::Input => "INPUT",
            Self::Forward => "FORWARD",
            Self::Output => "OUTPUT",
            Self::Postrouting => "POSTROUTING",
        }
    }
}

/// A chain of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainId {
    /// The table.
    pub table: Table,
    /// The chain.
    pub chain: Chain,
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table.name(), self.chain.name())
    }
}

impl Policy {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Drop => "DROP",
        }
    }
}

/// What becomes of a packet that no rule of a chain decided about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It goes on.
    #[default]
    Accept,
    /// It is gone.
    Drop,
}

/// A value, or anything but it (`!`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Is<T> {
    /// What is asked for.
    pub value: T,
    /// Whether it must be something else.
    pub not: bool,
}

/// One rule: all tests must hold, then the target acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// `-s`, without host bits.
    pub src: Option<Is<Prefix>>,
    /// `-d`.
    pub dst: Option<Is<Prefix>>,
    /// `-i`: an interface, or with `+` at its end all whose names begin so.
    pub in_iface: Option<Is<String>>,
    /// `-o`.
    pub out_iface: Option<Is<String>>,
    /// `-p`: the IP protocol's number; never 0, which is every protocol.
    pub proto: Option<Is<u8>>,
    /// `-m …`, in the order in which they were written: the first that fails ends the asking.
    pub tests: Vec<Test>,
    /// `-j`; none: the rule only counts.
    pub target: Option<Target>,
    /// Where it was typed.
    pub origin: OriginId,
}

/// A test of an extension.
///
/// Those of one `-m tcp` or `-m udp` stand in the order source port, destination port, flags. A
/// match without options, as in `-p tcp -m tcp`, is a destination port from 0 to 65535.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `--sport` of tcp and udp.
    SourcePort(Is<RangeInclusive<u16>>),
    /// `--dport`.
    DestPort(Is<RangeInclusive<u16>>),
    /// `-m multiport --dports`.
    DestPorts(Is<Vec<RangeInclusive<u16>>>),
    /// `-m multiport --sports`.
    SourcePorts(Is<Vec<RangeInclusive<u16>>>),
    /// `--tcp-flags MASK SET`; `--syn` is FIN,SYN,RST,ACK SYN.
    TcpFlags(Is<(u8, u8)>),
    /// `--icmp-type`: a type, and perhaps a code; type 255 is any.
    IcmpType(Is<(u8, Option<u8>)>),
    /// `-m conntrack --ctstate` or `-m state --state`.
    State {
        /// The states that will do.
        states: Is<States>,
        /// Written as `-m state`.
        old: bool,
    },
    /// `-m mark --mark VALUE/MASK`.
    Mark(Is<(u32, u32)>),
    /// `-m ipvs`: what IPVS knows of the packet.
    Ipvs(Ipvs),
    /// `-m comment --comment`.
    Comment(String),
}

/// States of a packet's connection, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// INVALID: it belongs to no connection and cannot begin one.
    pub invalid: bool,
    /// NEW: it begins one, or only one side was seen so far.
    pub new: bool,
    /// ESTABLISHED: both sides were seen.
    pub established: bool,
    /// RELATED: an ICMP error about one.
    pub related: bool,
    /// UNTRACKED: it was taken out of tracking.
    pub untracked: bool,
}

/// What `-m ipvs` asks; what is absent is not asked. Linux 6.1 xt_ipvs.c.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ipvs {
    /// `--ipvs`: whether IPVS knows the packet's connection at all; set only if nothing else is asked.
    pub known: Option<bool>,
    /// `--vproto`.
    pub proto: Option<Is<u8>>,
    /// `--vaddr`, host bits and all.
    pub vip: Option<Is<Prefix>>,
    /// `--vport`.
    pub port: Option<Is<u16>>,
    /// `--vdir`: true for ORIGINAL, false for REPLY.
    pub original: Option<bool>,
    /// `--vmethod`.
    pub method: Option<Is<lvs_engine::Method>>,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The packet goes on to the next hook's tables.
    Accept,
    /// It is gone.
    Drop,
    /// As if the chain had ended: the policy decides.
    Return,
    /// It is gone, and its sender hears of it.
    Reject(RejectWith),
    /// `MARK`: mark = mark & !mask ^ value.
    Mark {
        /// Which bits are set.
        value: u32,
        /// Which bits are cleared before.
        mask: u32,
    },
    /// `DNAT --to-destination`.
    Dnat(NatRange),
    /// `REDIRECT --to-ports`: to this host.
    Redirect(Option<RangeInclusive<u16>>),
    /// `SNAT --to-source`.
    Snat(NatRange),
    /// `MASQUERADE`: the address of the interface that it leaves by.
    Masquerade(Option<RangeInclusive<u16>>),
    /// Its connection is not tracked.
    NoTrack {
        /// Written as `CT --notrack`, and not as `NOTRACK`.
        ct: bool,
    },
}

/// The error of REJECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RejectWith {
    /// icmp-net-unreachable.
    Net,
    /// icmp-host-unreachable.
    Host,
    /// icmp-proto-unreachable.
    Proto,
    /// icmp-port-unreachable, the default.
    #[default]
    Port,
    /// icmp-net-prohibited.
    NetProhibited,
    /// icmp-host-prohibited.
    HostProhibited,
    /// icmp-admin-prohibited.
    Admin,
    /// tcp-reset.
    TcpReset,
}

/// Where an address is translated to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatRange {
    /// The addresses, both ends included.
    pub addrs: RangeInclusive<Ipv4Addr>,
    /// The ports; none: kept if they can be.
    pub ports: Option<RangeInclusive<u16>>,
}

impl<T> Is<T> {
    /// Exactly this.
    pub const fn yes(value: T) -> Self {
        Self { value, not: false }
    }
}

impl Rule {
    /// Whether it is the same rule, wherever it was typed: what `-D` and `-C` look for.
    pub fn is_same(&self, other: &Self) -> bool {
        *self == Self { origin: self.origin, ..other.clone() }
    }
}

/// Packets and their bytes, IP headers included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many packets.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A table as it is listed, saved and changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub table: Table,
    /// Its chains, in the order of [`Table::chains`].
    pub chains: Vec<ListedChain>,
}

/// A chain with its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedChain {
    /// Which.
    pub chain: Chain,
    /// What becomes of the rest.
    pub policy: Policy,
    /// What the policy decided about.
    pub counts: Counts,
    /// The rules, in order.
    pub rules: Vec<ListedRule>,
}

/// A rule with what it matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRule {
    /// The rule.
    pub rule: Rule,
    /// What matched it.
    pub counts: Counts,
}

impl Listed {
    /// The table as the kernel makes it: no rules, every policy ACCEPT.
    pub fn new(table: Table) -> Self {
        let empty = |chain: &Chain| ListedChain {
            chain: *chain,
            policy: Policy::Accept,
            counts: Counts::default(),
            rules: Vec::new(),
        };
        Self { table, chains: table.chains().iter().map(empty).collect() }
    }
}
