//! `check`: the health check of a story on real sockets, with the real `ipvsadm`.
//!
//! It reads the kernel's table from /proc/net/ip_vs at the beginning of each interval, asks each
//! destination in a thread of its own at its place within the interval, and changes the table as an
//! administrator would. Thresholds of a destination are not in that file: unlike in the simulation
//! they are gone when it is added again.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::process::{Command as Program, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use clap::Args;
use sim_core::command::check::{self, Kind};
use sim_core::command::{Command, Word};

use super::clock::{Deadline, Journal, Passed, think};
use super::nc::system_text;
use super::socket::{self, ConnectError};
use crate::lang;
use crate::out::complain;

/// Check the destinations of a TCP service, as `check` in a story does
#[derive(Debug, Args)]
pub struct Check {
    /// The local ports of the questions, in order; then the kernel's choice
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    local_ports: Vec<u16>,
    /// What stands behind `check` on the command line
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    words: Vec<String>,
}

impl Check {
    /// Check until killed; returns only if there is nothing to check.
    pub fn run(&self, journal: &Journal) -> ExitCode {
        let words = std::iter::once("check").chain(self.words.iter().map(String::as_str));
        let words: Vec<Word> = words.map(|word| Word::new(word, 0..0)).collect();
        let options = match Command::parse(&words) {
            Ok(Command::Check(options)) => options,
            Ok(_) => unreachable!("the first word is check"),
            Err(error) => {
                complain(error.message.of(lang::spoken()));
                return ExitCode::from(error.status);
            }
        };
        journal.note("ready");
        let ports = self.local_ports.iter().copied().collect();
        let state = State { targets: BTreeMap::new(), ports };
        let checker = Arc::new(Checker { options, state: Mutex::new(state) });
        if checker.table().is_none() {
            eprintln!("check: no TCP service {} here", checker.options.vip);
            journal.note("end");
            return ExitCode::FAILURE;
        }
        checker.watch()
    }
}

struct Checker {
    options: check::Check,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// By RIP and port: also those that were deleted here.
    targets: BTreeMap<SocketAddrV4, Target>,
    ports: VecDeque<u16>,
}

/// A destination: failures and answers in a row, and what it will be again if it is out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Target {
    failed: u32,
    answered: u32,
    out: Option<Config>,
}

/// What `ipvsadm -a` is told of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Config {
    method: &'static str,
    weight: u32,
}

impl Checker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the state")
    }

    fn table(&self) -> Option<BTreeMap<SocketAddrV4, Config>> {
        let vip = self.options.vip;
        table(&fs::read_to_string("/proc/net/ip_vs").ok()?, SocketAddrV4::new(vip.addr, vip.port))
    }

    /// Interval by interval, for ever.
    fn watch(self: Arc<Self>) -> ! {
        let every = self.options.every;
        let clock = Deadline::start(None);
        for round in 0u32.. {
            clock.sleep_until(every.saturating_mul(round));
            let rips = self.round();
            let count = u32::try_from(rips.len()).unwrap_or(u32::MAX).max(1);
            for (nth, rip) in (0u32..).zip(rips) {
                clock.sleep_until(every.saturating_mul(round) + every * nth / count);
                let checker = Arc::clone(&self);
                thread::spawn(move || checker.ask(rip));
            }
        }
        unreachable!("4 294 967 296 intervals last for years")
    }

    /// Looks at the table: whom to ask in this interval.
    fn round(&self) -> Vec<SocketAddrV4> {
        let mut state = self.state();
        let Some(table) = self.table() else {
            state.targets.clear();
            return Vec::new();
        };
        let weight_0 = self.options.weight_0;
        state
            .targets
            .retain(|rip, target| table.contains_key(rip) || !weight_0 && target.out.is_some());
        for (rip, config) in table {
            let target = state.targets.entry(rip).or_default();
            if target.out.is_some() && !(weight_0 && config.weight == 0) {
                *target = Target::default();
            }
        }
        state.targets.keys().copied().collect()
    }

    fn ask(&self, rip: SocketAddrV4) {
        let port = self.state().ports.pop_front().unwrap_or(0);
        let deadline = Deadline::start(Some(self.options.timeout));
        let local = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port);
        let asked = socket::connect(local, rip, deadline).map_err(|error| match error {
            ConnectError::TimedOut => "timed out".to_owned(),
            ConnectError::Bind(error) | ConnectError::Failed(error) => system_text(&error),
        });
        let asked = asked.and_then(|mut stream| match self.options.kind {
            Kind::Tcp => Ok(stream),
            Kind::Http => fetch(&mut stream, rip, deadline).map(|()| stream),
        });
        match asked {
            Ok(stream) => {
                think();
                drop(stream);
                self.answered(rip);
            }
            Err(why) => self.failed(rip, &why),
        }
    }

    fn failed(&self, rip: SocketAddrV4, why: &str) {
        let mut state = self.state();
        let config = self.table().and_then(|table| table.get(&rip).copied());
        let Some(target) = state.targets.get_mut(&rip) else { return };
        target.answered = 0;
        target.failed = target.failed.saturating_add(1);
        let is_down = target.out.is_none() && target.failed >= self.options.fall;
        let Some(config) = config.filter(|_| is_down) else { return };
        target.out = Some(config);
        let (said, done) = match self.options.weight_0 {
            true => ("weight 0", self.ipvsadm("-e", rip, Some(Config { weight: 0, ..config }))),
            false => ("removed", self.ipvsadm("-d", rip, None)),
        };
        match done {
            Ok(()) => println!("check: {rip} down ({why}), {said}"),
            Err(error) => println!("check: {rip} down ({why}): {error}"),
        }
    }

    fn answered(&self, rip: SocketAddrV4) {
        let mut state = self.state();
        let Some(target) = state.targets.get_mut(&rip) else { return };
        target.failed = 0;
        target.answered = target.answered.saturating_add(1);
        let is_back = target.answered >= self.options.rise;
        let Some(config) = target.out.take_if(|_| is_back) else { return };
        let (said, done) = match self.options.weight_0 {
            true => ("", self.ipvsadm("-e", rip, Some(config))),
            false => ("added again, ", self.ipvsadm("-a", rip, Some(config))),
        };
        match done {
            Ok(()) => println!("check: {rip} up, {said}weight {}", config.weight),
            Err(error) => println!("check: {rip} up: {error}"),
        }
    }

    /// Runs the real tool; an error is what it said.
    fn ipvsadm(&self, what: &str, rip: SocketAddrV4, to: Option<Config>) -> Result<(), String> {
        let (vip, rip) = (self.options.vip.to_string(), rip.to_string());
        let mut program = Program::new("ipvsadm");
        program.args([what, "-t", &vip, "-r", &rip]);
        if let Some(Config { method, weight }) = to {
            program.args([method, "-w", &weight.to_string()]);
        }
        let output = program.output().map_err(|error| system_text(&error))?;
        match output.status.success() {
            true => Ok(()),
            false => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(said.lines().next().unwrap_or_default().to_owned())
            }
        }
    }
}

/// Asks for a page; an error is what there was in place of status 200.
fn fetch(stream: &mut TcpStream, rip: SocketAddrV4, deadline: Deadline) -> Result<(), String> {
    let late = |Passed| "timed out".to_owned();
    deadline.think().map_err(late)?;
    let request = check::request(*rip.ip());
    stream
        .set_nodelay(true)
        .and_then(|()| stream.write_all(request.as_bytes()))
        .map_err(|error| system_text(&error))?;
    let mut answer = Vec::new();
    let mut buffer = vec![0; 65536];
    loop {
        let left = deadline.left().map_err(late)?;
        match stream.set_read_timeout(left).and_then(|()| stream.read(&mut buffer)) {
            Ok(0) => return Err("closed without an answer".to_owned()),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            // Out of time: the loop asks the deadline.
            Err(error) if socket::is_timeout(&error) => {}
            Err(error) => return Err(system_text(&error)),
        }
        match check::status(&answer) {
            Some(200) => return Ok(()),
            Some(status) => return Err(format!("HTTP status {status}")),
            None => {}
        }
    }
}

/// The destinations of a TCP service in the text of /proc/net/ip_vs; none if it is not there.
/// Linux 6.1 ip_vs_ctl.c, ip_vs_info_seq_show.
fn table(text: &str, vip: SocketAddrV4) -> Option<BTreeMap<SocketAddrV4, Config>> {
    let mut found = None;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), &mut found) {
            (["TCP", own, ..], _) if address(own) == Some(vip) => found = Some(BTreeMap::new()),
            (["->", rip, method, weight, ..], Some(dests)) => {
                let method = match *method {
                    "Masq" => "-m",
                    "Tunnel" => "-i",
                    _ => "-g",
                };
                if let (Some(rip), Ok(weight)) = (address(rip), weight.parse()) {
                    dests.insert(rip, Config { method, weight });
                }
            }
            (["->", ..], None) => {}
            // The next service begins.
            (_, Some(_)) => return found,
            _ => {}
        }
    }
    found
}

/// `C0A86402:0050`
fn address(text: &str) -> Option<SocketAddrV4> {
    let (addr, port) = text.split_once(':')?;
    let addr = Ipv4Addr::from(u32::from_str_radix(addr, 16).ok()?);
    Some(SocketAddrV4::new(addr, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_is_read() {
        let text = "IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
UDP  AC106464:0050 rr
  -> C0A86409:0050      Masq    1      0          0
TCP  AC106464:0050 rr
  -> C0A86403:0050      Masq    3      1          0
  -> C0A86402:1F90      Tunnel  0      0          2
TCP  AC106465:0050 wlc persistent 360 FFFFFFFF
  -> C0A86404:0050      Route   1      0          0
FWM  00000001 rr
";
        let dests = |vip: &str| table(text, vip.parse().expect("an endpoint"));
        let one = |rip: &str, method, weight| {
            (rip.parse().expect("an endpoint"), Config { method, weight })
        };
        let both = [one("192.168.100.2:8080", "-i", 0), one("192.168.100.3:80", "-m", 3)];
        assert_eq!(dests("172.16.100.100:80"), Some(both.into()));
        let last = [one("192.168.100.4:80", "-g", 1)];
        assert_eq!(dests("172.16.100.101:80"), Some(last.into()));
        assert_eq!(dests("172.16.100.102:80"), None);
        assert_eq!(table("", "172.16.100.100:80".parse().expect("an endpoint")), None);
    }
}
