//! The options of iptables: its own, and those that each match and target brings along.

use crate::command::error::{CommandError, known, suggest};
use crate::command::word::Word;
use crate::{Text, text};

/// Who knows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Module {
    Main,
    Tcp,
    Udp,
    Icmp,
    Multiport,
    State,
    Conntrack,
    Mark,
    Ipvs,
    Comment,
    Accept,
    Drop,
    Return,
    Reject,
    SetMark,
    Dnat,
    Snat,
    Masquerade,
    Redirect,
    Notrack,
    Ct,
}

/// The matches that are simulated, by their name after `-m`.
pub(super) const MATCHES: [(&str, Module); 9] = [
    ("tcp", Module::Tcp),
    ("udp", Module::Udp),
    ("icmp", Module::Icmp),
    ("multiport", Module::Multiport),
    ("state", Module::State),
    ("conntrack", Module::Conntrack),
    ("mark", Module::Mark),
    ("ipvs", Module::Ipvs),
    ("comment", Module::Comment),
];

/// The targets that are simulated, by their name after `-j`.
pub(super) const TARGETS: [(&str, Module); 11] = [
    ("ACCEPT", Module::Accept),
    ("DROP", Module::Drop),
    ("RETURN", Module::Return),
    ("REJECT", Module::Reject),
    ("MARK", Module::SetMark),
    ("DNAT", Module::Dnat),
    ("SNAT", Module::Snat),
    ("MASQUERADE", Module::Masquerade),
    ("REDIRECT", Module::Redirect),
    ("NOTRACK", Module::Notrack),
    ("CT", Module::Ct),
];

/// Matches that only the real tool has.
#[rustfmt::skip]
pub(super) const REAL_MATCHES: [&str; 42] = [
    "addrtype", "ah", "bpf", "cgroup", "cluster", "connbytes", "connlabel", "connlimit", "connmark", "cpu", "dccp",
    "devgroup", "dscp", "ecn", "esp", "hashlimit", "helper", "iprange", "length", "limit", "mac", "nfacct", "osf",
    "owner", "physdev", "pkttype", "policy", "quota", "rateest", "realm", "recent", "rpfilter", "sctp", "set", "socket",
    "statistic", "string", "tcpmss", "time", "tos", "ttl", "u32",
];

/// Targets that only the real tool has.
#[rustfmt::skip]
pub(super) const REAL_TARGETS: [&str; 28] = [
    "AUDIT", "CHECKSUM", "CLASSIFY", "CLUSTERIP", "CONNMARK", "CONNSECMARK", "DSCP", "ECN", "HMARK", "IDLETIMER", "LED",
    "LOG", "NETMAP", "NFLOG", "NFQUEUE", "QUEUE", "RATEEST", "SECMARK", "SET", "SYNPROXY", "TCPMSS", "TCPOPTSTRIP", "TEE",
    "TOS", "TPROXY", "TRACE", "TTL", "ULOG",
];

impl Module {
    /// Its name after `-m` or `-j`, and in its complaints.
    pub(super) fn name(self) -> &'static str {
        let all = MATCHES.iter().chain(&TARGETS);
        all.copied().find(|(_, module)| *module == self).map_or("iptables", |(name, _)| name)
    }

    /// The match that `-p` brings along once one of its options is used.
    pub(super) fn of_proto(proto: u8) -> Option<Self> {
        match proto {
            1 => Some(Self::Icmp),
            6 => Some(Self::Tcp),
            17 => Some(Self::Udp),
            _ => None,
        }
    }
}

/// One spelling of an option.
pub(super) struct Opt {
    pub module: Module,
    /// The spelling.
    pub long: &'static str,
    /// How it is called here, whichever spelling was used; main options by their letter.
    pub name: &'static str,
    /// How many words follow it: 0, 1 or 2. Main options look themselves.
    pub takes: u8,
    pub kind: Kind,
}

/// What is special about an option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No `!` before it.
    Plain,
    /// It may stand behind a `!`.
    Invertible,
    /// Only the real tool has it.
    Real,
}

const fn main(long: &'static str, name: &'static str) -> Opt {
    Opt { module: Module::Main, long, name, takes: 0, kind: Kind::Plain }
}

const fn plain(module: Module, long: &'static str, name: &'static str) -> Opt {
    Opt { module, long, name, takes: 1, kind: Kind::Plain }
}

const fn invertible(module: Module, long: &'static str, name: &'static str) -> Opt {
    Opt { module, long, name, takes: 1, kind: Kind::Invertible }
}

const fn real(module: Module, long: &'static str) -> Opt {
    Opt { module, long, name: long, takes: 1, kind: Kind::Real }
}

const fn taking(opt: Opt, takes: u8) -> Opt {
    Opt { takes, ..opt }
}

use Module as M;

/// All options. The first spelling of a name is how complaints call it.
#[rustfmt::skip]
pub(super) static OPTIONS: &[Opt] = &[
    main("--append", "-A"), main("--check", "-C"), main("--delete", "-D"), main("--insert", "-I"), main("--replace", "-R"),
    main("--list", "-L"), main("--list-rules", "-S"), main("--flush", "-F"), main("--zero", "-Z"), main("--policy", "-P"),
    main("--delete-chain", "-X"), main("--new-chain", "-N"), main("--rename-chain", "-E"),
    main("--source", "-s"), main("--src", "-s"), main("--destination", "-d"), main("--dst", "-d"),
    main("--protocol", "-p"), main("--proto", "-p"), main("--in-interface", "-i"), main("--out-interface", "-o"),
    main("--jump", "-j"), main("--goto", "-g"), main("--match", "-m"), main("--table", "-t"),
    main("--numeric", "-n"), main("--verbose", "-v"), main("--exact", "-x"), main("--line-numbers", "-0"),
    main("--wait", "-w"), main("--wait-interval", "-W"), main("--fragments", "-f"), main("--set-counters", "-c"),
    main("--modprobe", "-M"), main("--version", "-V"), main("--help", "-h"), main("--ipv4", "-4"), main("--ipv6", "-6"),

    invertible(M::Tcp, "--source-port", "--sport"), invertible(M::Tcp, "--sport", "--sport"),
    invertible(M::Tcp, "--destination-port", "--dport"), invertible(M::Tcp, "--dport", "--dport"),
    taking(invertible(M::Tcp, "--tcp-flags", "--tcp-flags"), 2), taking(invertible(M::Tcp, "--syn", "--syn"), 0),
    real(M::Tcp, "--tcp-option"),
    invertible(M::Udp, "--source-port", "--sport"), invertible(M::Udp, "--sport", "--sport"),
    invertible(M::Udp, "--destination-port", "--dport"), invertible(M::Udp, "--dport", "--dport"),
    invertible(M::Icmp, "--icmp-type", "--icmp-type"),
    invertible(M::Multiport, "--source-ports", "--sports"), invertible(M::Multiport, "--sports", "--sports"),
    invertible(M::Multiport, "--destination-ports", "--dports"), invertible(M::Multiport, "--dports", "--dports"),
    real(M::Multiport, "--ports"),
    invertible(M::State, "--state", "--state"),
    invertible(M::Conntrack, "--ctstate", "--ctstate"),
    real(M::Conntrack, "--ctproto"), real(M::Conntrack, "--ctorigsrc"), real(M::Conntrack, "--ctorigdst"),
    real(M::Conntrack, "--ctreplsrc"), real(M::Conntrack, "--ctrepldst"), real(M::Conntrack, "--ctorigsrcport"),
    real(M::Conntrack, "--ctorigdstport"), real(M::Conntrack, "--ctreplsrcport"), real(M::Conntrack, "--ctrepldstport"),
    real(M::Conntrack, "--ctstatus"), real(M::Conntrack, "--ctexpire"), real(M::Conntrack, "--ctdir"),
    invertible(M::Mark, "--mark", "--mark"),
    taking(invertible(M::Ipvs, "--ipvs", "--ipvs"), 0), invertible(M::Ipvs, "--vproto", "--vproto"),
    invertible(M::Ipvs, "--vaddr", "--vaddr"), invertible(M::Ipvs, "--vport", "--vport"), plain(M::Ipvs, "--vdir", "--vdir"),
    invertible(M::Ipvs, "--vmethod", "--vmethod"), real(M::Ipvs, "--vportctl"),
    plain(M::Comment, "--comment", "--comment"),

    plain(M::Reject, "--reject-with", "--reject-with"),
    plain(M::SetMark, "--set-mark", "--set-mark"), plain(M::SetMark, "--set-xmark", "--set-xmark"),
    plain(M::SetMark, "--and-mark", "--and-mark"), plain(M::SetMark, "--or-mark", "--or-mark"),
    plain(M::SetMark, "--xor-mark", "--xor-mark"),
    plain(M::Dnat, "--to-destination", "--to-destination"),
    real(M::Dnat, "--random"), real(M::Dnat, "--persistent"),
    plain(M::Snat, "--to-source", "--to-source"),
    real(M::Snat, "--random"), real(M::Snat, "--random-fully"), real(M::Snat, "--persistent"),
    plain(M::Masquerade, "--to-ports", "--to-ports"), real(M::Masquerade, "--random"), real(M::Masquerade, "--random-fully"),
    plain(M::Redirect, "--to-ports", "--to-ports"), real(M::Redirect, "--random"),
    taking(plain(M::Ct, "--notrack", "--notrack"), 0), real(M::Ct, "--helper"), real(M::Ct, "--ctevents"),
    real(M::Ct, "--expevents"), real(M::Ct, "--zone"), real(M::Ct, "--zone-orig"), real(M::Ct, "--zone-reply"),
    real(M::Ct, "--timeout"),
];

/// The main option of a letter.
pub(super) fn of_letter(letter: char) -> Option<&'static Opt> {
    let own = |opt: &&Opt| opt.module == Module::Main && opt.name.ends_with(letter);
    // `-0` is how iptables calls --line-numbers, and no letter.
    OPTIONS.iter().find(own).filter(|_| letter != '0')
}

/// The option spelt so, in full or by a beginning that fits only one.
///
/// getopt_long: a full spelling wins, then the one option that the spelling begins. `loaded` are
/// the modules whose options count, the youngest last; it hides the others' options.
pub(super) fn of_spelling(spelling: &str, loaded: &[Module]) -> Option<&'static Opt> {
    let counts = |opt: &&Opt| loaded.contains(&opt.module);
    let rank = |opt: &&'static Opt| loaded.iter().rposition(|module| *module == opt.module);
    let exact = OPTIONS.iter().filter(counts).filter(|opt| opt.long == spelling);
    if let Some(opt) = exact.max_by_key(rank) {
        return Some(opt);
    }
    let mut begun = OPTIONS.iter().filter(counts).filter(|opt| opt.long.starts_with(spelling));
    let first = begun.next()?;
    let same = |opt: &Opt| opt.module == first.module && opt.name == first.name;
    begun.all(same).then_some(first)
}

/// How iptables calls an option in its complaints.
pub(super) fn full_name(opt: &Opt) -> &'static str {
    let same = |other: &&Opt| other.module == opt.module && other.name == opt.name;
    OPTIONS.iter().find(same).map_or(opt.long, |first| first.long)
}

/// The simulated options of a module, one spelling each.
pub(super) fn names(module: Module) -> impl Iterator<Item = &'static str> {
    let of = move |opt: &&Opt| opt.module == module && opt.kind != Kind::Real;
    let simulated = |opt: &&Opt| {
        opt.module != Module::Main
            || !matches!(
                opt.name,
                "-N" | "-E" | "-g" | "-W" | "-f" | "-c" | "-M" | "-V" | "-h" | "-6"
            )
    };
    let mut last = "";
    OPTIONS.iter().filter(of).filter(simulated).filter_map(move |opt| {
        let name = if opt.name == "-0" { opt.long } else { opt.name };
        (std::mem::replace(&mut last, name) != name).then_some(name)
    })
}

/// Help on an option that nobody knows: where it would be known, the nearest one, or all.
pub(super) fn help(spelling: &str, loaded: &[Module]) -> Text {
    let elsewhere = |opt: &&Opt| opt.long == spelling && !loaded.contains(&opt.module);
    let owners: Vec<Module> = OPTIONS.iter().filter(elsewhere).map(|opt| opt.module).collect();
    if let Some(first) = owners.first() {
        let name = first.name();
        return match first {
            Module::Tcp if owners.contains(&Module::Udp) => text!(
                "write -p tcp or -p udp before {spelling}",
                "在 {spelling} 之前写 -p tcp 或 -p udp",
            ),
            Module::Tcp | Module::Udp | Module::Icmp => {
                text!("write -p {name} before {spelling}", "在 {spelling} 之前写 -p {name}")
            }
            _ if MATCHES.iter().any(|(_, module)| module == first) => {
                text!("write -m {name} before {spelling}", "在 {spelling} 之前写 -m {name}")
            }
            _ => text!("write -j {name} before {spelling}", "在 {spelling} 之前写 -j {name}"),
        };
    }
    let all: Vec<&str> = loaded.iter().flat_map(|module| names(*module)).collect();
    suggest(spelling, &all, known(all.join(" ")))
}

/// A complaint of the tool itself, which ends it with status 2.
pub(super) fn refuse(word: &Word, message: impl std::fmt::Display) -> CommandError {
    CommandError::tool(&word.span, 2, format!("iptables v1.8.9 (legacy): {message}"))
}

/// What the kernel says of a rule that cannot be; it does not say why.
pub(super) fn invalid(word: &Word) -> CommandError {
    let message = "iptables: Invalid argument. Run `dmesg' for more information.";
    CommandError::tool(&word.span, 1, message)
}
