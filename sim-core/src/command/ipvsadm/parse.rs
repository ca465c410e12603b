//! How ipvsadm reads its command line: options in the order typed, then the table, then its own
//! rules, then ours.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use lvs_engine::{Endpoint, Persistence, SchedFlags};

use super::options::{
    FULLNAT, IPVSADM, Kind, OF_SERVERS, Rule, SCHED_FLAGS, Verb, is_simulated, kind_of,
};
use super::restore::restore;
use super::{Ipvsadm, List, Listed, Method, Proto, Server, ServerAddr, Service, ServiceAddr};
use crate::command::error::{CommandError, known};
use crate::command::input::Input;
use crate::command::options::{Arg, Given};
use crate::command::value::{decimal, service_port};
use crate::command::word::Word;
use crate::text;

/// Schedulers that are simulated.
const SCHEDULERS: [&str; 14] =
    ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"];
/// What only the kernel has: no scheduler at all.
const REAL_SCHEDULERS: [&str; 1] = ["none"];
/// `-p` without a number.
const PERSISTENCE_S: u32 = 360;
const SCHEDULER_FLAGS: [&str; 7] =
    ["sh-fallback", "sh-port", "mh-fallback", "mh-port", "flag-1", "flag-2", "flag-3"];
/// The longest timeout, 31 days in seconds.
const LONGEST_TIMEOUT_S: u32 = 2_678_400;

/// What stood on the line.
#[derive(Default)]
struct Typed {
    /// Each kind of option with the word where it stood.
    seen: Vec<(Kind, Word)>,
    /// The first option that is not simulated.
    foreign: Option<Word>,
    service: Option<(ServiceAddr, Word)>,
    scheduler: Option<Word>,
    flags: Option<Word>,
    persistence_s: Option<u32>,
    mask: Option<Ipv4Addr>,
    upper: Option<u32>,
    lower: Option<u32>,
    server: Option<ServerAddr>,
    method: Option<Method>,
    local: Option<Ipv4Addr>,
    weight: Option<u32>,
    tunnel_type: Option<Word>,
    operands: Vec<Word>,
}

impl Ipvsadm {
    pub(in crate::command) fn parse(words: &[Word], input: &Input) -> Result<Self, CommandError> {
        let mut args = IPVSADM.args(words);
        let Some(first) = args.next() else {
            return match input {
                Input::None => Ok(Self::List(List::default())),
                _ => Err(no_reader(&words[0])),
            };
        };
        let verb = verb(first, &words[1])?;
        if matches!(verb, Verb::AddServer | Verb::EditServer) {
            args = args.read_by(&OF_SERVERS);
        }
        let mut typed = Typed::default();
        for arg in args {
            match arg? {
                Arg::Operand(word) => typed.operands.push(word),
                Arg::Option(given) => typed.set(given)?,
            }
        }
        let timeouts = if verb == Verb::Set { Some(typed.timeouts(&words[1])?) } else { None };
        if let Some(extra) = typed.operands.first() {
            return Err(
                refuse(extra, format!("unexpected argument {}", extra.text)).help(verb.shape())
            );
        }
        typed.check(verb, &words[1])?;
        match (verb, timeouts) {
            (Verb::Set, Some([tcp, tcp_fin, udp])) => Ok(Self::SetTimeouts { tcp, tcp_fin, udp }),
            (Verb::Restore, _) => restore(&words[0], input, false),
            _ if *input != Input::None => Err(no_reader(&words[0])),
            (verb, _) => typed.command(verb),
        }
    }

    /// `ipvsadm-restore`, a script: it drops comments, clears the table, and calls `ipvsadm -R`.
    pub(in crate::command) fn parse_restore(
        words: &[Word],
        input: &Input,
    ) -> Result<Self, CommandError> {
        match words.get(1) {
            // The real one passes its words over; a word is a mistake all the same.
            Some(extra) => Err(CommandError::not_simulated(extra, 1).help(Verb::Restore.shape())),
            None => restore(&words[0], input, true),
        }
    }
}

fn refuse(word: &Word, message: impl Into<String>) -> CommandError {
    CommandError::tool(&word.span, 2, message)
}

/// Text comes down a pipe, and only `-R` would read it.
fn no_reader(ipvsadm: &Word) -> CommandError {
    let message = text!("ipvsadm: nothing reads the pipe", "ipvsadm: 管道的内容没有人读");
    CommandError::new(&ipvsadm.span, 2, message).help(Verb::Restore.shape())
}

/// The command, which must be the first option.
fn verb(first: Result<Arg, CommandError>, word: &Word) -> Result<Verb, CommandError> {
    if let Ok(Arg::Option(given)) = &first {
        if let Some(verb) = Verb::of(given.name) {
            return Ok(verb);
        }
        if matches!(given.name, "-h" | "-v" | "--start-daemon" | "--stop-daemon") {
            return Err(CommandError::not_simulated(&given.typed, 2).help(IPVSADM.known()));
        }
    }
    let message = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";
    let nearest =
        first.err().map(|error| error.help).filter(|help| help.en.starts_with("did you mean"));
    let help = text!(
        "the first option is the command: -A -E -D -C -a -e -d -P -Q -G -L -Z -R -S --set",
        "第一个选项是命令：-A -E -D -C -a -e -d -P -Q -G -L -Z -R -S --set",
    );
    Err(CommandError::tool(&word.span, 255, message).help(nearest.unwrap_or(help)))
}

impl Typed {
    fn has(&self, kind: Kind) -> bool {
        self.word(kind).is_some()
    }

    fn word(&self, kind: Kind) -> Option<&Word> {
        self.seen.iter().find(|(seen, _)| *seen == kind).map(|(_, word)| word)
    }

    /// Takes one option in, with the checks that ipvsadm makes while it reads.
    fn set(&mut self, given: Given) -> Result<(), CommandError> {
        let Given { name, typed, value, has_value, .. } = given;
        let command = Verb::of(name).is_some()
            || matches!(name, "-h" | "-v" | "--start-daemon" | "--stop-daemon");
        if command {
            return Err(refuse(&typed, format!("invalid option `{}'", typed.text))
                .help(text!("only one command a line", "每行只能有一个命令")));
        }
        if name == "-6" {
            if !self.seen.iter().any(|(_, word)| word.text.starts_with("-f")) {
                return Err(refuse(&typed, "-6 used before -f\n")
                    .help(text!("and no IPv6 is simulated", "而且未模拟 IPv6")));
            }
            self.foreign(&typed);
            return Ok(());
        }
        let Some(kind) = kind_of(name) else { return Ok(()) };
        if self.has(kind) {
            return Err(refuse(&typed, format!("multiple '{}' options specified", kind.name())));
        }
        match name {
            "-t" => self.service = Some((service(Proto::Tcp, &value)?, value)),
            "-u" => self.service = Some((service(Proto::Udp, &value)?, value)),
            "--sctp-service" => drop(service(Proto::Tcp, &value)?),
            "-f" => self.service = Some((ServiceAddr::Mark(fwmark(&value)?), value)),
            "-s" => self.scheduler = Some(value),
            "-p" if has_value => self.persistence_s = Some(timeout(&value, 1)?),
            "-p" => self.persistence_s = Some(PERSISTENCE_S),
            "-M" => self.mask = Some(netmask(&value)?),
            "-x" => self.upper = Some(threshold(&value, "u_threshold")?),
            "-y" => self.lower = Some(threshold(&value, "l_threshold")?),
            SCHED_FLAGS => self.flags = Some(scheduler_flags(value)?),
            "-r" => self.server = Some(server(&value)?),
            "-g" => self.method = Some(Method::Dr),
            "-i" => self.method = Some(Method::Tun),
            "-m" => self.method = Some(Method::Nat),
            FULLNAT => self.method = Some(Method::FullNat),
            "-z" => self.local = Some(local(&value)?),
            "-w" => self.weight = Some(weight(&value)?),
            "--tun-type" => self.tunnel_type = Some(tunnel_type(value)?),
            _ => {}
        }
        if !is_simulated(name) {
            self.foreign(&Word::new(name, typed.span.clone()));
        }
        self.seen.push((kind, Word::new(name, typed.span)));
        Ok(())
    }

    fn foreign(&mut self, word: &Word) {
        self.foreign.get_or_insert_with(|| word.clone());
    }

    /// The three numbers after `--set`. popt gives them out after all options are read.
    fn timeouts(&mut self, set: &Word) -> Result<[u32; 3], CommandError> {
        if self.operands.len() < 3 {
            let message = "--set option requires 3 timeout values";
            return Err(refuse(set, message).help(Verb::Set.shape()));
        }
        let rest = self.operands.split_off(3);
        let values = std::mem::replace(&mut self.operands, rest);
        let mut timeouts = [0; 3];
        for (slot, word) in timeouts.iter_mut().zip(&values) {
            *slot = timeout(word, 0)?;
        }
        Ok(timeouts)
    }

    /// The table, ipvsadm's own rules, and last what is not simulated.
    fn check(&self, verb: Verb, first: &Word) -> Result<(), CommandError> {
        for (kind, name) in Kind::ALL {
            match (verb.rule(kind), self.word(kind)) {
                (Rule::Required, None) => {
                    let message = format!(
                        "You need to supply the '{name}' option for the '{}' command",
                        verb.name()
                    );
                    return Err(refuse(first, message).help(verb.shape()));
                }
                (Rule::Illegal, Some(word)) => {
                    let message =
                        format!("Illegal '{name}' option with the '{}' command", verb.name());
                    return Err(refuse(word, message).help(verb.shape()));
                }
                _ => {}
            }
        }
        match verb {
            Verb::AddService | Verb::EditService => self.check_service()?,
            Verb::AddServer | Verb::EditServer => self.check_tunnel()?,
            Verb::List => self.check_list()?,
            _ => {}
        }
        match &self.foreign {
            Some(word) => Err(CommandError::not_simulated(word, 2).help(verb.shape())),
            None => Ok(()),
        }
    }

    fn check_service(&self) -> Result<(), CommandError> {
        if let (Some(word), Some((ServiceAddr::Port { proto: Proto::Tcp, .. }, _))) =
            (self.word(Kind::OnePacket), &self.service)
        {
            let message = "One-Packet Scheduling is only for UDP virtual services";
            return Err(refuse(word, message));
        }
        if let Some((ServiceAddr::Port { vip, .. }, word)) = &self.service
            && vip.port == 0
            && !self.has(Kind::Persistent)
        {
            let message = "Zero port specified for non-persistent service";
            return Err(refuse(word, message)
                .help(text!("VIP:PORT, as 192.0.2.100:80", "VIP:PORT，如 192.0.2.100:80",)));
        }
        if let Some(flags) = &self.flags {
            let scheduler = self.scheduler.as_ref().map_or("wlc", |word| &word.text);
            let foreign = |flag: &&str| {
                let owner = flag.split_once('-').map_or("", |(owner, _)| owner);
                matches!(owner, "sh" | "mh") && owner != scheduler
            };
            if let Some(flag) = flags.text.split(',').find(foreign) {
                return Err(refuse(flags, format!("incompatible scheduler flag `{flag}'")));
            }
        }
        Ok(())
    }

    /// `--tun-type ipip` is what `-S` prints for every TUN destination; the other types are not
    /// simulated.
    fn check_tunnel(&self) -> Result<(), CommandError> {
        let port = self.word(Kind::TunnelPort);
        let options = [self.tunnel_type.as_ref(), port, self.word(Kind::TunnelChecksum)];
        if let Some(option) = options.into_iter().flatten().next()
            && self.method != Some(Method::Tun)
        {
            return Err(refuse(option, "Tunnel options conflict with forward method"));
        }
        match &self.tunnel_type {
            Some(word) if word.text == "gue" && port.is_none() => {
                let message = "You need to supply the 'tun-port' option for the 'gue' tunnel type";
                Err(refuse(word, message))
            }
            Some(word) if word.text != "ipip" => {
                Err(CommandError::not_simulated(word, 2).help(known("--tun-type ipip")))
            }
            _ => Ok(()),
        }
    }

    fn check_list(&self) -> Result<(), CommandError> {
        let of = |kinds: &[Kind]| kinds.iter().find_map(|kind| self.word(*kind));
        let tables = [Kind::Stats, Kind::PersistentConn, Kind::Rate, Kind::Thresholds];
        let others = [Kind::Connection, Kind::Timeout, Kind::Daemon];
        if let (Some(word), Some(_)) = (of(&tables), of(&others)) {
            return Err(
                refuse(word, "options conflicts in the list command").help(Verb::List.shape())
            );
        }
        let conflict = |kind: Kind, with: Kind| {
            let (kind_name, with_name) = (kind.name(), with.name());
            let word = self.word(kind)?;
            let message = format!(
                "The option '{kind_name}' conflicts with the '{with_name}' option in the 'list' command"
            );
            self.has(with).then(|| refuse(word, message).help(Verb::List.shape()))
        };
        let rows = [
            (Kind::Service, Kind::Connection),
            (Kind::Timeout, Kind::Connection),
            (Kind::Daemon, Kind::Connection),
            (Kind::Timeout, Kind::Service),
            (Kind::Daemon, Kind::Service),
        ];
        match rows.into_iter().find_map(|(kind, with)| conflict(kind, with)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The command itself: all that it requires has been checked to be there.
    fn command(self, verb: Verb) -> Result<Ipvsadm, CommandError> {
        let given = self.service.as_ref().map(|(service, _)| *service);
        let service = || given.expect("the table requires a service");
        let at = || self.server.expect("the table requires a real server");
        let local = || self.local.expect("the table requires a local address");
        let method = self.method.unwrap_or(Method::Dr);
        let server = || Server {
            addr: at(),
            method,
            weight: self.weight.unwrap_or(1),
            upper: self.upper.unwrap_or(0),
            lower: self.lower.unwrap_or(0),
        };
        Ok(match verb {
            Verb::AddService => Ipvsadm::AddService(self.whole_service(service())?),
            Verb::EditService => Ipvsadm::EditService(self.whole_service(service())?),
            Verb::DeleteService => Ipvsadm::DeleteService(service()),
            Verb::Clear => Ipvsadm::Clear,
            Verb::AddServer => Ipvsadm::AddServer(service(), server()),
            Verb::EditServer => Ipvsadm::EditServer(service(), server()),
            Verb::DeleteServer => Ipvsadm::DeleteServer(service(), at()),
            Verb::AddLocal => Ipvsadm::AddLocal(service(), local()),
            Verb::DeleteLocal => Ipvsadm::DeleteLocal(service(), local()),
            Verb::GetLocal => Ipvsadm::ListLocals(given),
            Verb::Zero => Ipvsadm::Zero(given),
            Verb::Save => Ipvsadm::Save { numeric: self.has(Kind::Numeric) },
            Verb::List => Ipvsadm::List(List {
                what: self.listed(),
                service: given,
                numeric: self.has(Kind::Numeric),
                exact: self.has(Kind::Exact),
                unsorted: self.has(Kind::NoSort),
            }),
            Verb::Restore | Verb::Set => unreachable!("both are made before"),
        })
    }

    fn listed(&self) -> Listed {
        if self.has(Kind::Connection) {
            Listed::Connections
        } else if self.has(Kind::Timeout) {
            Listed::Timeouts
        } else if self.has(Kind::Stats) {
            // Given both, ipvsadm shows the counters.
            Listed::Stats
        } else if self.has(Kind::Rate) {
            Listed::Rate
        } else if self.has(Kind::Thresholds) {
            Listed::Thresholds
        } else if self.has(Kind::PersistentConn) {
            Listed::PersistentConn
        } else {
            Listed::Services
        }
    }

    fn whole_service(&self, addr: ServiceAddr) -> Result<Service, CommandError> {
        let mask = self.mask.unwrap_or(Ipv4Addr::BROADCAST);
        let given = |flags: &[&str]| {
            let typed = self.flags.as_ref().map_or("", |word| &word.text);
            typed.split(',').any(|flag| flags.contains(&flag))
        };
        Ok(Service {
            addr,
            scheduler: self.scheduler()?,
            flags: SchedFlags {
                first: given(&["flag-1", "sh-fallback", "mh-fallback"]),
                second: given(&["flag-2", "sh-port", "mh-port"]),
                third: given(&["flag-3"]),
            },
            persistence: self.persistence_s.map(|timeout_s| Persistence { timeout_s, mask }),
            one_packet: self.has(Kind::OnePacket),
        })
    }

    /// The scheduler's name. One that no kernel has is found out by the kernel.
    fn scheduler(&self) -> Result<String, CommandError> {
        let Some(word) = self.scheduler.as_ref().filter(|word| !word.text.is_empty()) else {
            return Ok("wlc".into());
        };
        if REAL_SCHEDULERS.contains(&word.text.as_str()) {
            let scheduler = &word.text;
            let message = text!("not simulated yet: {scheduler}", "尚未模拟：{scheduler}");
            return Err(CommandError::new(&word.span, 2, message).known("", &SCHEDULERS));
        }
        Ok(word.text.clone())
    }
}

/// `host[:port]`. A missing port is none; `host:` and a bare number are refused.
fn host_port(word: &Word, whose: &str) -> Result<(std::net::Ipv4Addr, Option<u16>), CommandError> {
    let illegal = || refuse(word, format!("illegal {whose} server address[:port] specified"));
    let text = word.text.as_str();
    if let Some(rest) = text.strip_prefix('[') {
        let addr = rest.split(']').next().unwrap_or_default();
        return Err(match Ipv6Addr::from_str(addr) {
            Ok(_) => CommandError::not_simulated(word, 2)
                .help(text!("only IPv4 is simulated", "只模拟 IPv4")),
            Err(_) => illegal(),
        });
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let hint = || {
        illegal().help(text!(
            "an IPv4 address, and a port after a colon: 192.0.2.100:80",
            "IPv4 地址，冒号后跟端口：192.0.2.100:80",
        ))
    };
    // The one name that every machine knows, by its `/etc/hosts`.
    let addr = match host {
        "localhost" => std::net::Ipv4Addr::LOCALHOST,
        _ => host.parse().map_err(|_| hint())?,
    };
    let port = port
        .map(|port| service_port(port).or_else(|| decimal(port)).ok_or_else(hint))
        .transpose()?;
    Ok((addr, port))
}

fn service(proto: Proto, word: &Word) -> Result<ServiceAddr, CommandError> {
    let (addr, port) = host_port(word, "virtual")?;
    Ok(ServiceAddr::Port { proto, vip: Endpoint::new(addr, port.unwrap_or(0)) })
}

fn server(word: &Word) -> Result<ServerAddr, CommandError> {
    let (addr, port) = host_port(word, "real")?;
    Ok(ServerAddr { addr, port })
}

/// `-z`: alibaba/LVS reads it as a service's address, and leaves a port aside.
fn local(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let help = || text!("an IPv4 address: 192.0.2.200", "IPv4 地址：192.0.2.200");
    let (addr, port) = host_port(word, "virtual")
        .map_err(|_| refuse(word, "illegal local address").help(help()))?;
    match port {
        None => Ok(addr),
        Some(_) => Err(refuse(word, "illegal local address").help(help())),
    }
}

fn weight(word: &Word) -> Result<u32, CommandError> {
    let number = word.text.strip_prefix('+').unwrap_or(&word.text);
    let weight = decimal(number).filter(|weight| *weight <= i32::MAX.unsigned_abs());
    let help = || text!("a weight is 0 to 2147483647", "权重为 0 到 2147483647");
    weight.ok_or_else(|| refuse(word, "illegal weight specified").help(help()))
}

fn timeout(word: &Word, least: u32) -> Result<u32, CommandError> {
    let seconds = decimal(&word.text).filter(|s| (least..=LONGEST_TIMEOUT_S).contains(s));
    seconds.ok_or_else(|| {
        let message = format!("invalid timeout value `{}' specified", word.text);
        refuse(word, message).help(text!(
            "seconds, {least} to {LONGEST_TIMEOUT_S}",
            "单位为秒，{least} 到 {LONGEST_TIMEOUT_S}",
        ))
    })
}

fn threshold(word: &Word, whose: &str) -> Result<u32, CommandError> {
    let number = decimal(&word.text).filter(|number| *number <= i32::MAX.unsigned_abs());
    let help = || text!("a threshold is 0 to 2147483647", "上限或下限为 0 到 2147483647");
    number.ok_or_else(|| refuse(word, format!("illegal {whose} specified")).help(help()))
}

fn netmask(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let help = || text!("a mask as 255.255.255.0", "掩码，如 255.255.255.0");
    word.text
        .parse()
        .map_err(|_| refuse(word, "illegal virtual server persistent mask specified").help(help()))
}

fn fwmark(word: &Word) -> Result<u32, CommandError> {
    match decimal::<u32>(&word.text) {
        Some(mark) if mark > 0 => Ok(mark),
        _ => Err(refuse(word, format!("invalid fwmark value `{}' specified", word.text))),
    }
}

fn scheduler_flags(word: Word) -> Result<Word, CommandError> {
    match word.text.split(',').find(|flag| !SCHEDULER_FLAGS.contains(flag)) {
        Some(flag) => Err(refuse(&word, format!("invalid scheduler flag `{flag}'"))),
        None => Ok(word),
    }
}

fn tunnel_type(word: Word) -> Result<Word, CommandError> {
    match word.text.as_str() {
        "ipip" | "gue" | "gre" => Ok(word),
        _ => Err(refuse(&word, "illegal tunnel type specified").help(known("ipip"))),
    }
}
