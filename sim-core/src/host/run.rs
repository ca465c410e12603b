//! Runs the commands that an administrator types, and answers as the real tools do.

mod files;
mod iptables;
mod ipvsadm;
mod net;
mod sysctl;

pub(super) use net::Errno;

use lvs_engine::OriginId;

use super::Host;
use super::app::{AppEvent, Signal};
use crate::command::{Bridge, Command, kill};
use crate::event::{Cx, JobId, Stream};
use crate::host::iface::{Iface, IfaceKind};

/// What a command has said, in order and on which stream, and its exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct Done {
    said: Vec<(Stream, String)>,
    pub(in crate::host) status: u8,
}

impl Done {
    /// It did what it was told.
    pub(in crate::host) fn ok(text: impl Into<String>) -> Self {
        Self::printed(text, 0)
    }

    /// It could not, and says why on standard error.
    pub(in crate::host) fn failed(text: impl Into<String>, status: u8) -> Self {
        Self { said: vec![(Stream::Err, text.into())], status }
    }

    /// It says on standard output what came of it.
    pub(in crate::host) fn printed(text: impl Into<String>, status: u8) -> Self {
        Self { said: vec![(Stream::Out, text.into())], status }
    }

    /// Adds what another command has said; the status is the later failure's, if there is one.
    fn then(mut self, next: Self) -> Self {
        for (stream, text) in next.said {
            match self.said.last_mut() {
                Some((last, said)) if *last == stream => said.push_str(&text),
                _ => self.said.push((stream, text)),
            }
        }
        if next.status != 0 {
            self.status = next.status;
        }
        self
    }
}

impl Host {
    /// A command is typed. Its output and its end come as effects, at once or later.
    pub fn command(&mut self, job: JobId, command: &Command, origin: OriginId, cx: &mut Cx<'_>) {
        self.fib.now = cx.now;
        if !self.spawn(job, command, origin, cx) {
            let done = self.run(command, origin, cx);
            for (stream, text) in done.said {
                cx.say(job, stream, text);
            }
            cx.end(job, done.status);
        }
        self.run_apps(cx);
    }

    /// Ctrl-C is typed while a command runs: its program gets SIGINT.
    pub fn interrupt(&mut self, job: JobId, cx: &mut Cx<'_>) {
        self.fib.now = cx.now;
        let found = self.running().find(|(_, process)| process.job() == job).map(|(id, _)| id);
        if let Some(id) = found {
            self.app_event(id, AppEvent::Signal(Signal::Interrupt));
        }
        self.run_apps(cx);
    }

    /// Runs a command that is done in an instant.
    fn run(&mut self, command: &Command, origin: OriginId, cx: &mut Cx<'_>) -> Done {
        match command {
            Command::Arp(command) => self.run_arp(command, origin, cx),
            Command::Bridge(command) => self.run_bridge(command),
            Command::Cat(command) => self.run_cat(command, cx),
            Command::Conntrack(command) => self.run_conntrack(command, cx),
            Command::Echo(command) => Done::ok(command.bytes()),
            Command::Exit(command) => Done::printed("", command.status.unwrap_or_default()),
            Command::False => Done::failed("", 1),
            Command::Hostname => Done::ok(format!("{}\n", self.name())),
            Command::Ifconfig(command) => self.run_ifconfig(command, origin, cx),
            Command::Ip(command) => self.run_ip(command, origin, cx),
            Command::Iptables(command) => self.run_iptables(command, origin, cx),
            Command::Ipvsadm(command) => self.run_ipvsadm(command, origin, cx),
            Command::Kill(command) => self.run_kill(command),
            Command::Modprobe(command) => self.run_modprobe(&command.modules, origin),
            Command::Netstat(command) => self.run_netstat(command),
            Command::Nstat(command) => self.run_nstat(command),
            Command::Route(command) => self.run_route(command, origin),
            Command::Ss(command) => self.run_ss(command),
            Command::Sysctl(command) => self.run_sysctl(command, origin, cx),
            Command::True => Done::ok(""),
            Command::Uname => Done::ok("6.1.176\n"),
            Command::Write(command) => self.run_write(command, origin, cx),
            Command::Arping(_)
            | Command::Check(_)
            | Command::Curl(_)
            | Command::Nc(_)
            | Command::Ping(_)
            | Command::Serve(_)
            | Command::Sleep(_)
            | Command::Tcpdump(_)
            | Command::Traceroute(_) => unreachable!("programs that take time are spawned"),
        }
    }

    /// A host has no bridge: what it listens to beside its own addresses is all there is to see.
    /// Linux 6.1 rtnetlink.c, ndo_dflt_fdb_dump; igmp.c, ip_mc_up: all hosts, 224.0.0.1.
    fn run_bridge(&self, command: &Bridge) -> Done {
        if let Some(name) = &command.bridge {
            return Done::failed(format!("Cannot find bridge device \"{name}\"\n"), 255);
        }
        let up = |iface: &&Iface| iface.up && iface.kind == IfaceKind::Ethernet;
        let line = |iface: &Iface| format!("01:00:5e:00:00:01 dev {} self permanent\n", iface.name);
        Done::ok(self.fib.ifaces.iter().filter(up).map(line).collect::<String>())
    }

    /// `ipip` makes `tunl0`, switched off; the other modules leave nothing to see.
    fn run_modprobe(&mut self, modules: &[String], origin: OriginId) -> Done {
        for module in modules {
            if matches!(module.as_str(), "ipip" | "tunnel4") {
                self.load_ipip(origin);
            }
            if let Some(scheduler) = module.strip_prefix("ip_vs_") {
                self.load_scheduler(scheduler);
            }
        }
        Done::ok("")
    }

    /// Ends programs: by name all of that name, by `%N` the Nth that runs.
    fn run_kill(&mut self, command: &kill::Kill) -> Done {
        let ids: Vec<_> = match &command.target {
            kill::Target::Name(name) => self
                .running()
                .filter(|(_, process)| process.name() == name)
                .map(|(id, _)| id)
                .collect(),
            kill::Target::Job(number) => {
                let nth = (*number as usize).saturating_sub(1);
                self.running().nth(nth).map(|(id, _)| id).into_iter().collect()
            }
        };
        if ids.is_empty() {
            let target = match &command.target {
                kill::Target::Name(name) => format!("kill: {name}: no such process\n"),
                kill::Target::Job(number) => format!("kill: %{number}: no such job\n"),
            };
            return Done::failed(target, 1);
        }
        let signal = if command.hard { Signal::Kill } else { Signal::Terminate };
        for id in ids {
            self.app_event(id, AppEvent::Signal(signal));
        }
        Done::ok("")
    }
}
