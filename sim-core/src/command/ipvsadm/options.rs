//! The options of ipvsadm: which of them each command takes, and in which order it looks.
//!
//! ipvsadm 1.31 has one table of commands and options. An option that the command does not take is
//! refused before one that is missing further on, in the order of that table. What FULLNAT needs is
//! alibaba/LVS's; there `-b` is a forwarding method, in 1.31 it gives flags to a scheduler. Which of
//! them is meant the command says: `-a` and `-e` take the method, `-A` and `-E` the flags.

use crate::Text;
use crate::command::options::{Dialect, Opt, Takes, Tool, flag, value};

/// A command of ipvsadm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    AddService,
    EditService,
    DeleteService,
    Clear,
    AddServer,
    EditServer,
    DeleteServer,
    AddLocal,
    DeleteLocal,
    GetLocal,
    List,
    Zero,
    Restore,
    Save,
    Set,
}

/// What ipvsadm calls an option in its messages; several spellings can be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Numeric,
    Connection,
    Service,
    Scheduler,
    Persistent,
    Netmask,
    Server,
    Forward,
    Weight,
    UpperThreshold,
    LowerThreshold,
    Timeout,
    Daemon,
    Stats,
    Rate,
    Thresholds,
    PersistentConn,
    NoSort,
    SyncId,
    Exact,
    OnePacket,
    Engine,
    SchedulerFlags,
    TunnelInfo,
    TunnelType,
    TunnelPort,
    TunnelChecksum,
    Multicast,
    Local,
}

impl Kind {
    /// All of them in the order of ipvsadm's table, with their names there.
    #[rustfmt::skip]
    pub(super) const ALL: [(Self, &'static str); 29] = [
        (Self::Numeric, "numeric"), (Self::Connection, "connection"), (Self::Service, "service-address"),
        (Self::Scheduler, "scheduler"), (Self::Persistent, "persistent"), (Self::Netmask, "netmask"),
        (Self::Server, "real-server"), (Self::Forward, "forwarding-method"), (Self::Weight, "weight"),
        (Self::UpperThreshold, "u-threshold"), (Self::LowerThreshold, "l-threshold"),
        (Self::Multicast, "mcast-interface"), (Self::Timeout, "timeout"), (Self::Daemon, "daemon"),
        (Self::Stats, "stats"), (Self::Rate, "rate"), (Self::Thresholds, "thresholds"),
        (Self::PersistentConn, "persistent-conn"), (Self::NoSort, "nosort"), (Self::SyncId, "syncid"),
        (Self::Exact, "exact"), (Self::OnePacket, "ops"), (Self::Engine, "pe"), (Self::SchedulerFlags, "sched-flags"),
        (Self::TunnelInfo, "tun-info"), (Self::TunnelType, "tun-type"), (Self::TunnelPort, "tun-port"),
        (Self::TunnelChecksum, "tun-csum"), (Self::Local, "local-address"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Whether this simulator does what the option says.
    pub(super) fn is_simulated(self) -> bool {
        use Kind as K;
        matches!(
            self,
            K::Numeric
                | K::Connection
                | K::Service
                | K::Scheduler
                | K::Persistent
                | K::Netmask
                | K::OnePacket
                | K::SchedulerFlags
                | K::Server
                | K::Forward
                | K::Weight
                | K::UpperThreshold
                | K::LowerThreshold
                | K::Timeout
                | K::Stats
                | K::Rate
                | K::Thresholds
                | K::PersistentConn
                | K::NoSort
                | K::Exact
                | K::TunnelType
                | K::Local
        )
    }
}

/// What a command says to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Required,
    Allowed,
    Illegal,
}

impl Verb {
    /// What ipvsadm calls the command in its messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AddService => "add-service",
            Self::EditService => "edit-service",
            Self::DeleteService => "delete-service",
            Self::Clear => "flush",
            Self::AddServer => "add-server",
            Self::EditServer => "edit-server",
            Self::DeleteServer => "delete-server",
            Self::AddLocal => "add-laddr",
            Self::DeleteLocal => "del-laddr",
            Self::GetLocal => "get-laddr",
            Self::List => "list",
            Self::Zero => "zero",
            Self::Restore => "restore",
            Self::Save => "save",
            Self::Set => "set",
        }
    }

    /// The command of this option.
    pub(super) fn of(option: &str) -> Option<Self> {
        Some(match option {
            "-A" => Self::AddService,
            "-E" => Self::EditService,
            "-D" => Self::DeleteService,
            "-C" => Self::Clear,
            "-a" => Self::AddServer,
            "-e" => Self::EditServer,
            "-d" => Self::DeleteServer,
            "-P" => Self::AddLocal,
            "-Q" => Self::DeleteLocal,
            "-G" => Self::GetLocal,
            "-L" | "-l" => Self::List,
            "-Z" => Self::Zero,
            "-R" => Self::Restore,
            "-S" => Self::Save,
            "--set" => Self::Set,
            _ => return None,
        })
    }

    pub(super) fn rule(self, kind: Kind) -> Rule {
        use Kind as K;
        let service = kind == K::Service;
        match self {
            Self::AddService | Self::EditService | Self::DeleteService if service => Rule::Required,
            Self::AddService | Self::EditService => allowed(matches!(
                kind,
                K::Scheduler
                    | K::Persistent
                    | K::Netmask
                    | K::OnePacket
                    | K::Engine
                    | K::SchedulerFlags
            )),
            Self::AddServer | Self::EditServer | Self::DeleteServer
                if service || kind == K::Server =>
            {
                Rule::Required
            }
            Self::AddServer | Self::EditServer => allowed(matches!(
                kind,
                K::Forward
                    | K::Weight
                    | K::UpperThreshold
                    | K::LowerThreshold
                    | K::TunnelType
                    | K::TunnelPort
                    | K::TunnelChecksum
            )),
            Self::List => allowed(matches!(
                kind,
                K::Numeric
                    | K::Connection
                    | K::Service
                    | K::Timeout
                    | K::Daemon
                    | K::Stats
                    | K::Rate
                    | K::Thresholds
                    | K::PersistentConn
                    | K::NoSort
                    | K::Exact
                    | K::TunnelInfo
            )),
            Self::AddLocal | Self::DeleteLocal if service || kind == K::Local => Rule::Required,
            Self::Zero | Self::GetLocal => allowed(service),
            Self::Save => allowed(kind == K::Numeric),
            Self::DeleteService
            | Self::DeleteServer
            | Self::AddLocal
            | Self::DeleteLocal
            | Self::Clear
            | Self::Restore
            | Self::Set => Rule::Illegal,
        }
    }

    /// How the command is written with what is simulated.
    pub(super) fn shape(self) -> Text {
        Text::same(match self {
            Self::AddService => {
                "ipvsadm -A -t|-u VIP:PORT|-f MARK [-s SCHEDULER] [-b FLAGS] [-p [SECONDS]] \
                 [-M NETMASK] [-o]"
            }
            Self::EditService => {
                "ipvsadm -E -t|-u VIP:PORT|-f MARK [-s SCHEDULER] [-b FLAGS] [-p [SECONDS]] \
                 [-M NETMASK] [-o]"
            }
            Self::DeleteService => "ipvsadm -D -t|-u VIP:PORT|-f MARK",
            Self::Clear => "ipvsadm -C",
            Self::AddServer => {
                "ipvsadm -a -t|-u VIP:PORT|-f MARK -r RIP[:PORT] [-g|-i|-m|-b] [-w WEIGHT] [-x UPPER] \
                 [-y LOWER]"
            }
            Self::EditServer => {
                "ipvsadm -e -t|-u VIP:PORT|-f MARK -r RIP[:PORT] [-g|-i|-m|-b] [-w WEIGHT] [-x UPPER] \
                 [-y LOWER]"
            }
            Self::DeleteServer => "ipvsadm -d -t|-u VIP:PORT|-f MARK -r RIP[:PORT]",
            Self::AddLocal => "ipvsadm -P -t|-u VIP:PORT|-f MARK -z LIP",
            Self::DeleteLocal => "ipvsadm -Q -t|-u VIP:PORT|-f MARK -z LIP",
            Self::GetLocal => "ipvsadm -G [-t|-u VIP:PORT|-f MARK]",
            Self::List => {
                "ipvsadm -L [-t|-u VIP:PORT|-f MARK] [-n] [-c | --stats | --rate | --thresholds | \
                 --persistent-conn | --timeout] [--exact] [--nosort]"
            }
            Self::Zero => "ipvsadm -Z [-t|-u VIP:PORT|-f MARK]",
            Self::Restore => "ipvsadm -S -n | ipvsadm -R, echo '-A -t 192.0.2.100:80' | ipvsadm -R",
            Self::Save => "ipvsadm -S [-n]",
            Self::Set => "ipvsadm --set TCP TCPFIN UDP",
        })
    }
}

fn allowed(is: bool) -> Rule {
    if is { Rule::Allowed } else { Rule::Illegal }
}

/// The kind of an option that is no command; `--sort` has none, it does nothing and is taken
/// everywhere.
pub(super) fn kind_of(option: &str) -> Option<Kind> {
    Some(match option {
        "-n" => Kind::Numeric,
        "-c" => Kind::Connection,
        "-t" | "-u" | "-f" | "--sctp-service" => Kind::Service,
        "-s" => Kind::Scheduler,
        "-p" => Kind::Persistent,
        "-M" => Kind::Netmask,
        "-r" => Kind::Server,
        "-g" | "-i" | "-m" | FULLNAT => Kind::Forward,
        "-z" => Kind::Local,
        "-w" => Kind::Weight,
        "-x" => Kind::UpperThreshold,
        "-y" => Kind::LowerThreshold,
        "--timeout" => Kind::Timeout,
        "--daemon" => Kind::Daemon,
        "--stats" => Kind::Stats,
        "--rate" => Kind::Rate,
        "--thresholds" => Kind::Thresholds,
        "--persistent-conn" => Kind::PersistentConn,
        "--nosort" => Kind::NoSort,
        "--syncid" => Kind::SyncId,
        "-X" => Kind::Exact,
        "-o" => Kind::OnePacket,
        "--pe" => Kind::Engine,
        SCHED_FLAGS => Kind::SchedulerFlags,
        "--tun-info" => Kind::TunnelInfo,
        "--tun-type" => Kind::TunnelType,
        "--tun-port" => Kind::TunnelPort,
        "--tun-nocsum" | "--tun-csum" | "--tun-remcsum" => Kind::TunnelChecksum,
        "--mcast-interface" | "--mcast-group" | "--mcast-port" | "--mcast-ttl"
        | "--sync-maxlen" => Kind::Multicast,
        _ => return None,
    })
}

/// Whether this simulator does what the option or command says.
pub(in crate::command) fn is_simulated(option: &str) -> bool {
    let kind = kind_of(option).filter(|_| option != "--sctp-service");
    Verb::of(option).is_some() || kind.is_some_and(Kind::is_simulated)
}

/// How the two options are called of which either may be written `-b`.
pub(super) const FULLNAT: &str = "--fullnat";
pub(super) const SCHED_FLAGS: &str = "--sched-flags";

/// ipvsadm where `-b` gives flags to a scheduler.
pub(in crate::command) static IPVSADM: Tool =
    tool(&const { options(value(SCHED_FLAGS, "-b"), flag(FULLNAT, "")) });

/// ipvsadm behind `-a` and `-e`, where `-b` is FULLNAT.
pub(super) static OF_SERVERS: Tool =
    tool(&const { options(flag(FULLNAT, "-b"), value(SCHED_FLAGS, "")) });

const fn tool(options: &'static [Opt]) -> Tool {
    Tool { name: "ipvsadm", options, dialect: Dialect::Popt, status: 255 }
}

/// Every option of ipvsadm 1.31, and FULLNAT's. What is not simulated is read all the same, so that
/// ipvsadm's own checks come first.
const fn options(b: Opt, other: Opt) -> [Opt; 63] {
    [
        flag("-A", "--add-service"),
        flag("-E", "--edit-service"),
        flag("-D", "--delete-service"),
        flag("-C", "--clear"),
        flag("-a", "--add-server"),
        flag("-e", "--edit-server"),
        flag("-d", "--delete-server"),
        flag("-P", "--add-laddr"),
        flag("-Q", "--del-laddr"),
        flag("-G", "--get-laddr"),
        flag("-L", "--list"),
        flag("-l", ""),
        flag("-Z", "--zero"),
        flag("-R", "--restore"),
        flag("-S", "--save"),
        flag("--set", ""),
        flag("-h", "--help"),
        flag("-v", "--version"),
        value("--start-daemon", ""),
        value("--stop-daemon", ""),
        value("-t", "--tcp-service"),
        value("-u", "--udp-service"),
        value("--sctp-service", ""),
        value("-f", "--fwmark-service"),
        flag("-6", "--ipv6"),
        value("-s", "--scheduler"),
        Opt { name: "-p", long: "--persistent", takes: Takes::MaybeValue, simulated: true },
        value("-M", "--netmask"),
        value("--pe", ""),
        b,
        other,
        flag("-o", "--ops"),
        value("-r", "--real-server"),
        flag("-g", "--gatewaying"),
        flag("-i", "--ipip"),
        flag("-m", "--masquerading"),
        value("--tun-type", ""),
        value("--tun-port", ""),
        flag("--tun-nocsum", ""),
        flag("--tun-csum", ""),
        flag("--tun-remcsum", ""),
        value("-z", "--laddr"),
        value("-w", "--weight"),
        value("-x", "--u-threshold"),
        value("-y", "--l-threshold"),
        flag("-c", "--connection"),
        flag("-n", "--numeric"),
        flag("--timeout", ""),
        flag("--daemon", ""),
        flag("--stats", ""),
        flag("--rate", ""),
        flag("-X", "--exact"),
        flag("--thresholds", ""),
        flag("--persistent-conn", ""),
        flag("--tun-info", ""),
        flag("--nosort", ""),
        flag("--sort", ""),
        value("--syncid", ""),
        value("--sync-maxlen", ""),
        value("--mcast-interface", ""),
        value("--mcast-group", ""),
        value("--mcast-port", ""),
        value("--mcast-ttl", ""),
    ]
}
