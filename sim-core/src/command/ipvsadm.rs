//! `ipvsadm` 1.31: services, their destinations, and what is known of connections; and of
//! alibaba/LVS's ipvsadm what FULLNAT needs: `-b` behind `-a` and `-e`, `-P`, `-Q`, `-G` and `-z`.

use std::fmt;
use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, Persistence, SchedFlags};

use super::input::Input;

pub(super) mod options;
pub(super) use options::is_simulated;
mod parse;
mod restore;

/// One `ipvsadm` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ipvsadm {
    /// `-A`.
    AddService(Service),
    /// `-E`.
    EditService(Service),
    /// `-D`.
    DeleteService(ServiceAddr),
    /// `-C`: all services.
    Clear,
    /// `-a`.
    AddServer(ServiceAddr, Server),
    /// `-e`: what is not given becomes the default, not what it was.
    EditServer(ServiceAddr, Server),
    /// `-d`.
    DeleteServer(ServiceAddr, ServerAddr),
    /// `-P`: a local address for FULLNAT.
    AddLocal(ServiceAddr, Ipv4Addr),
    /// `-Q`.
    DeleteLocal(ServiceAddr, Ipv4Addr),
    /// `-G`: the local addresses of one service, or of all.
    ListLocals(Option<ServiceAddr>),
    /// `-L`.
    List(List),
    /// `-S`: the commands that make the table again.
    Save {
        /// `-n`: numbers in place of names.
        numeric: bool,
    },
    /// `-R`: the commands that came down a pipe.
    Restore(Vec<Self>),
    /// `ipvsadm -S | ipvsadm -R`: the commands that make the table as it is now.
    RestoreSaved {
        /// `-n` of the first.
        numeric: bool,
        /// Behind the pipe stands `ipvsadm-restore`, which clears the table before.
        clear: bool,
    },
    /// `-Z`: sets the counters of one service, or of all, to zero.
    Zero(Option<ServiceAddr>),
    /// `--set`: seconds; 0 leaves a timeout as it is.
    SetTimeouts {
        /// Of an established TCP connection.
        tcp: u32,
        /// Of a TCP connection after a FIN.
        tcp_fin: u32,
        /// Of UDP.
        udp: u32,
    },
}

/// A protocol of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proto {
    /// `-t`.
    Tcp,
    /// `-u`.
    Udp,
}

/// What a service is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceAddr {
    /// `-t`, `-u`.
    Port {
        /// TCP or UDP.
        proto: Proto,
        /// The virtual address and port.
        vip: Endpoint,
    },
    /// `-f`: a firewall mark.
    Mark(u32),
}

impl ServiceAddr {
    /// The port; 0 of a mark.
    pub const fn port(self) -> u16 {
        match self {
            Self::Port { vip, .. } => vip.port,
            Self::Mark(_) => 0,
        }
    }
}

/// A service with its scheduler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What it is known by.
    pub addr: ServiceAddr,
    /// `-s`: the scheduler's short name. A name that no kernel knows is refused only when the
    /// command runs.
    pub scheduler: String,
    /// `-b`: what the scheduler is told besides.
    pub flags: SchedFlags,
    /// `-p`, `-M`: how long and for which clients together a real server is remembered.
    pub persistence: Option<Persistence>,
    /// `-o`: each datagram is scheduled by itself.
    pub one_packet: bool,
}

/// How a packet gets to the real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `-g`: direct routing.
    Dr,
    /// `-i`: an IPIP tunnel.
    Tun,
    /// `-m`: address translation.
    Nat,
    /// `-b`: translation of both addresses.
    FullNat,
}

/// `-r`: what a destination is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerAddr {
    /// The real server's address.
    pub addr: Ipv4Addr,
    /// Its port, if one was typed.
    pub port: Option<u16>,
}

/// A destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it is known by.
    pub addr: ServerAddr,
    /// `-g`, `-i`, `-m`, `-b`.
    pub method: Method,
    /// `-w`.
    pub weight: u32,
    /// `-x`: with so many connections it takes nothing new; 0 is no limit.
    pub upper: u32,
    /// `-y`: below so many it takes new ones again; 0 is three quarters of `upper`.
    pub lower: u32,
}

impl ServerAddr {
    /// The destination that `-d` means: without a port, that of the service.
    pub fn endpoint(self, service: ServiceAddr) -> Endpoint {
        Endpoint::new(self.addr, self.port.unwrap_or(service.port()))
    }
}

impl Server {
    /// The destination that `-a` and `-e` mean: with DR and TUN the port is the service's, whatever
    /// was typed, but for a service by mark.
    ///
    /// ipvsadm 1.31 does this rewriting itself, in silence, and not for `-d`.
    pub fn endpoint(&self, service: ServiceAddr) -> Endpoint {
        match (self.method, service) {
            (Method::Nat | Method::FullNat, _) | (_, ServiceAddr::Mark(_)) => {
                self.addr.endpoint(service)
            }
            (Method::Dr | Method::Tun, ServiceAddr::Port { vip, .. }) => {
                Endpoint::new(self.addr.addr, vip.port)
            }
        }
    }
}

/// What is listed, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// What.
    pub what: Listed,
    /// Only this service.
    pub service: Option<ServiceAddr>,
    /// `-n`: numbers in place of names.
    pub numeric: bool,
    /// `--exact`: counters in full.
    pub exact: bool,
    /// `--nosort`: in the kernel's order.
    pub unsorted: bool,
}

/// What `-L` lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// Services and destinations.
    #[default]
    Services,
    /// `--stats`: the same with counters.
    Stats,
    /// `--rate`: the same with what the counters grow by in a second.
    Rate,
    /// `--thresholds`: with the thresholds in place of the weights.
    Thresholds,
    /// `--persistent-conn`: with the templates of persistent clients.
    PersistentConn,
    /// `-c`: connections.
    Connections,
    /// `--timeout`: the three timeouts.
    Timeouts,
}

impl Ipvsadm {
    /// Whether only an ipvsadm with FULLNAT takes this command, and so no mainline kernel.
    pub fn is_full_nat(&self) -> bool {
        match self {
            Self::AddServer(_, server) | Self::EditServer(_, server) => {
                server.method == Method::FullNat
            }
            Self::AddLocal(..) | Self::DeleteLocal(..) | Self::ListLocals(_) => true,
            Self::Restore(lines) => lines.iter().any(Self::is_full_nat),
            _ => false,
        }
    }
}

impl fmt::Display for ServiceAddr {
    /// As an option: `-t 192.0.2.100:80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port { proto: Proto::Tcp, vip } => write!(f, "-t {vip}"),
            Self::Port { proto: Proto::Udp, vip } => write!(f, "-u {vip}"),
            Self::Mark(mark) => write!(f, "-f {mark}"),
        }
    }
}

impl fmt::Display for ServerAddr {
    /// As an option: `-r 192.0.2.11:80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-r {}", self.addr)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -s {}", self.addr, super::word::Quoted(&self.scheduler))?;
        if let Some(Persistence { timeout_s, mask }) = self.persistence {
            write!(f, " -p {timeout_s}")?;
            if mask != Ipv4Addr::BROADCAST {
                write!(f, " -M {mask}")?;
            }
        }
        if self.one_packet {
            f.write_str(" -o")?;
        }
        match flag_names(&self.scheduler, self.flags) {
            flags if flags.is_empty() => Ok(()),
            flags => write!(f, " -b {flags}"),
        }
    }
}

/// The flags of `-b` as ipvsadm names them: sh and mh have names of their own for the first two.
pub fn flag_names(scheduler: &str, flags: SchedFlags) -> String {
    let own = match scheduler {
        "sh" => ["sh-fallback", "sh-port"],
        "mh" => ["mh-fallback", "mh-port"],
        _ => ["flag-1", "flag-2"],
    };
    let SchedFlags { first, second, third } = flags;
    let all = [(first, own[0]), (second, own[1]), (third, "flag-3")];
    let set: Vec<&str> = all.into_iter().filter(|(is_set, _)| *is_set).map(|(_, it)| it).collect();
    set.join(",")
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Dr => "-g",
            Method::Tun => "-i",
            Method::Nat => "-m",
            Method::FullNat => "-b",
        };
        write!(f, "{} {method} -w {}", self.addr, self.weight)?;
        for (option, value) in [("-x", self.upper), ("-y", self.lower)] {
            if value != 0 {
                write!(f, " {option} {value}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("-L")?;
        if let Some(service) = &self.service {
            write!(f, " {service}")?;
        }
        let what = match self.what {
            Listed::Services => "",
            Listed::Stats => " --stats",
            Listed::Rate => " --rate",
            Listed::Thresholds => " --thresholds",
            Listed::PersistentConn => " --persistent-conn",
            Listed::Connections => " -c",
            Listed::Timeouts => " --timeout",
        };
        f.write_str(what)?;
        let flags = [("-n", self.numeric), ("--exact", self.exact), ("--nosort", self.unsorted)];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        Ok(())
    }
}

/// The options of a command, as they stand after `ipvsadm` and in a file for `-R`.
struct Line<'a>(&'a Ipvsadm);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ipvsadm::AddService(service) => write!(f, "-A {service}"),
            Ipvsadm::EditService(service) => write!(f, "-E {service}"),
            Ipvsadm::DeleteService(service) => write!(f, "-D {service}"),
            Ipvsadm::Clear => f.write_str("-C"),
            Ipvsadm::AddServer(service, server) => write!(f, "-a {service} {server}"),
            Ipvsadm::EditServer(service, server) => write!(f, "-e {service} {server}"),
            Ipvsadm::DeleteServer(service, server) => write!(f, "-d {service} {server}"),
            Ipvsadm::AddLocal(service, addr) => write!(f, "-P {service} -z {addr}"),
            Ipvsadm::DeleteLocal(service, addr) => write!(f, "-Q {service} -z {addr}"),
            Ipvsadm::ListLocals(None) => f.write_str("-G"),
            Ipvsadm::ListLocals(Some(service)) => write!(f, "-G {service}"),
            Ipvsadm::List(list) => write!(f, "{list}"),
            Ipvsadm::Save { numeric: false } => f.write_str("-S"),
            Ipvsadm::Save { numeric: true } => f.write_str("-S -n"),
            Ipvsadm::Restore(_) | Ipvsadm::RestoreSaved { .. } => f.write_str("-R"),
            Ipvsadm::Zero(None) => f.write_str("-Z"),
            Ipvsadm::Zero(Some(service)) => write!(f, "-Z {service}"),
            Ipvsadm::SetTimeouts { tcp, tcp_fin, udp } => write!(f, "--set {tcp} {tcp_fin} {udp}"),
        }
    }
}

impl fmt::Display for Ipvsadm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restore(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| Line(line).to_string()).collect();
                write!(f, "echo {} | ", super::word::Quoted(&lines.join("\n")))?;
            }
            Self::RestoreSaved { numeric, clear } => {
                write!(f, "{}", Input::Saved { numeric: *numeric })?;
                if *clear {
                    return f.write_str("ipvsadm-restore");
                }
            }
            _ => {}
        }
        write!(f, "ipvsadm {}", Line(self))
    }
}

#[cfg(test)]
mod tests;
