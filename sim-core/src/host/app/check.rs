//! `check`: asks the destinations of a service, one after the other within each interval, and takes
//! those that do not answer out of the table until they do.
//!
//! It knows IPVS as any program does: it reads the table, and adds, edits and deletes destinations.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_engine::{Dest, DestConfig, Endpoint, Proto, ServiceKey};

use super::{AppEvent, Ctl, Token};
use crate::command::check as command;
use crate::command::check::{Kind, request, status};
use crate::host::run::Errno;
use crate::host::tcp::{NotConnected, SocketEvent, SocketId};
use crate::reason::Reason;

/// A `check` that runs.
#[derive(Clone, Debug)]
pub(super) struct Check {
    options: command::Check,
    /// By RIP and port: also those that it has deleted.
    targets: BTreeMap<Endpoint, Target>,
    probes: BTreeMap<u32, Probe>,
    /// What the timers are for; tokens are never used twice.
    steps: BTreeMap<Token, Step>,
    next: u32,
}

/// A destination.
#[derive(Clone, Copy, Debug, Default)]
struct Target {
    /// Failures, or answers, in a row.
    failed: u32,
    answered: u32,
    /// It is out, and this is what it will be again.
    out: Option<DestConfig>,
}

/// One question.
#[derive(Clone, Debug)]
struct Probe {
    rip: Endpoint,
    socket: SocketId,
    answer: Vec<u8>,
    /// It is known how it went.
    over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Round,
    Begin(Endpoint),
    Ask(u32),
    Read(u32),
    GiveUp(u32),
    Close(u32),
}

impl Check {
    pub(super) fn new(options: &command::Check) -> Self {
        Self {
            options: options.clone(),
            targets: BTreeMap::new(),
            probes: BTreeMap::new(),
            steps: BTreeMap::new(),
            next: 0,
        }
    }

    /// Whether a question waits for its answer.
    pub(super) fn is_asking(&self) -> bool {
        !self.probes.is_empty()
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start if self.table(ctl).is_none() => {
                let vip = self.options.vip;
                ctl.complain(format!("check: no TCP service {vip} here\n"));
                ctl.end(1);
            }
            AppEvent::Start => self.round(ctl),
            AppEvent::Timer(token) => {
                if let Some(step) = self.steps.remove(&token) {
                    self.step(step, ctl);
                }
            }
            AppEvent::Tcp { socket, event } => self.news(socket, event, ctl),
            _ => {}
        }
    }

    const fn service(&self) -> ServiceKey {
        ServiceKey::Port { proto: Proto::Tcp, vip: self.options.vip }
    }

    /// The destinations of the service as they are configured; none if there is no such service.
    fn table(&self, ctl: &Ctl<'_, '_>) -> Option<BTreeMap<Endpoint, DestConfig>> {
        let engine = ctl.host.engine.as_ref()?;
        let service = engine.service(self.service())?;
        Some(engine.dests(service).map(|dest| (dest.rip(), config(dest))).collect())
    }

    fn later(&mut self, time: Duration, step: Step, ctl: &mut Ctl<'_, '_>) {
        self.next += 1;
        let token = Token(self.next);
        self.steps.insert(token, step);
        ctl.after(time, token);
    }

    fn forget(&mut self, step: Step, ctl: &mut Ctl<'_, '_>) {
        let tokens = self.steps.iter().filter(|(_, own)| **own == step).map(|(&token, _)| token);
        for token in tokens.collect::<Vec<_>>() {
            self.steps.remove(&token);
            ctl.cancel(token);
        }
    }

    /// An interval begins: the questions of all destinations are spread over it.
    fn round(&mut self, ctl: &mut Ctl<'_, '_>) {
        let Some(table) = self.table(ctl) else {
            // The service was deleted, and with it what was to be put back.
            self.targets.clear();
            self.later(self.options.every, Step::Round, ctl);
            return;
        };
        // What others have done to the table counts: a destination that they deleted is theirs.
        let weight_0 = self.options.weight_0;
        self.targets
            .retain(|rip, target| table.contains_key(rip) || !weight_0 && target.out.is_some());
        for (rip, config) in table {
            let target = self.targets.entry(rip).or_default();
            if target.out.is_some() && !(weight_0 && config.weight == 0) {
                *target = Target::default();
            }
        }
        let every = self.options.every;
        let count = u32::try_from(self.targets.len()).unwrap_or(u32::MAX).max(1);
        let targets: Vec<_> = self.targets.keys().copied().collect();
        for (nth, rip) in (0..).zip(targets) {
            self.later(every * nth / count, Step::Begin(rip), ctl);
        }
        self.later(every, Step::Round, ctl);
    }

    fn step(&mut self, step: Step, ctl: &mut Ctl<'_, '_>) {
        match step {
            Step::Round => self.round(ctl),
            Step::Begin(rip) => self.begin(rip, ctl),
            Step::Ask(id) => {
                if let Some(probe) = self.probes.get(&id) {
                    ctl.write(probe.socket, request(probe.rip.addr).as_bytes());
                }
            }
            Step::Read(id) => self.read(id, ctl),
            Step::GiveUp(id) => self.fail(id, "timed out", ctl),
            Step::Close(id) => {
                if let Some(probe) = self.probes.remove(&id) {
                    ctl.close(probe.socket);
                }
            }
        }
    }

    fn begin(&mut self, rip: Endpoint, ctl: &mut Ctl<'_, '_>) {
        match ctl.probe(rip) {
            Ok(socket) => {
                self.next += 1;
                let id = self.next;
                let probe = Probe { rip, socket, answer: Vec::new(), over: false };
                self.probes.insert(id, probe);
                self.later(self.options.timeout, Step::GiveUp(id), ctl);
            }
            Err(NotConnected::NoRoute(why)) => {
                self.failed(rip, &Errno::from(why).to_string(), ctl);
            }
            Err(NotConnected::PortTaken) => {
                self.failed(rip, "Cannot assign requested address", ctl)
            }
        }
    }

    fn news(&mut self, socket: SocketId, event: SocketEvent, ctl: &mut Ctl<'_, '_>) {
        let own = self.probes.iter().find(|(_, probe)| probe.socket == socket);
        let Some((&id, _)) = own else { return };
        match event {
            SocketEvent::Connected if self.options.kind == Kind::Tcp => self.well(id, ctl),
            SocketEvent::Connected => self.later(ctl.think(), Step::Ask(id), ctl),
            SocketEvent::Readable | SocketEvent::PeerClosed => {
                self.later(Duration::ZERO, Step::Read(id), ctl);
            }
            SocketEvent::Accepted { .. } => {}
            SocketEvent::Failed(why) => self.fail(id, &why.to_string(), ctl),
        }
    }

    fn read(&mut self, id: u32, ctl: &mut Ctl<'_, '_>) {
        let Some(probe) = self.probes.get_mut(&id) else { return };
        let more = ctl.read(probe.socket);
        let closed = more.is_empty();
        probe.answer.extend(more);
        if probe.over {
            return;
        }
        match status(&probe.answer) {
            Some(200) => self.well(id, ctl),
            Some(status) => self.fail(id, &format!("HTTP status {status}"), ctl),
            None if closed => self.fail(id, "closed without an answer", ctl),
            None => {}
        }
    }

    /// A question was answered well: its connection is closed after a pause.
    fn well(&mut self, id: u32, ctl: &mut Ctl<'_, '_>) {
        let Some(probe) = self.probes.get_mut(&id) else { return };
        probe.over = true;
        let rip = probe.rip;
        self.forget(Step::GiveUp(id), ctl);
        self.later(ctl.think(), Step::Close(id), ctl);
        self.answered(rip, ctl);
    }

    /// A question was answered badly or not at all: its connection is closed at once.
    fn fail(&mut self, id: u32, why: &str, ctl: &mut Ctl<'_, '_>) {
        let Some(probe) = self.probes.remove(&id) else { return };
        ctl.close(probe.socket);
        for step in [Step::GiveUp(id), Step::Ask(id), Step::Read(id), Step::Close(id)] {
            self.forget(step, ctl);
        }
        if !probe.over {
            self.failed(probe.rip, why, ctl);
        }
    }

    fn failed(&mut self, rip: Endpoint, why: &str, ctl: &mut Ctl<'_, '_>) {
        let config = self.table(ctl).and_then(|table| table.get(&rip).copied());
        let Some(target) = self.targets.get_mut(&rip) else { return };
        target.answered = 0;
        target.failed = target.failed.saturating_add(1);
        let (failed, fall) = (target.failed, self.options.fall);
        let origin = ctl.origin();
        ctl.cx.note(Reason::CheckFailed { rip, failed, fall, origin });
        let Some(config) = config.filter(|_| target.out.is_none() && failed >= fall) else {
            return;
        };
        target.out = Some(config);
        ctl.cx.note(Reason::CheckDown { rip, origin });
        let service = self.service();
        let (said, refused) = match self.options.weight_0 {
            true => {
                let quiet = DestConfig { weight: 0, ..config };
                ("weight 0", ctl.host.edit_dest(service, rip, quiet, origin, ctl.cx))
            }
            false => ("removed", ctl.host.delete_dest(service, rip, ctl.cx)),
        };
        ctl.print(match refused {
            Ok(()) => format!("check: {rip} down ({why}), {said}\n"),
            Err(error) => format!("check: {rip} down ({why}): {error}\n"),
        });
    }

    fn answered(&mut self, rip: Endpoint, ctl: &mut Ctl<'_, '_>) {
        let Some(target) = self.targets.get_mut(&rip) else { return };
        target.failed = 0;
        target.answered = target.answered.saturating_add(1);
        let is_back = target.answered >= self.options.rise;
        let Some(config) = target.out.take_if(|_| is_back) else { return };
        let (service, origin) = (self.service(), ctl.origin());
        ctl.cx.note(Reason::CheckUp { rip, origin });
        let (said, refused) = match self.options.weight_0 {
            true => ("", ctl.host.edit_dest(service, rip, config, origin, ctl.cx)),
            false => ("added again, ", ctl.host.add_dest(service, rip, config, origin, ctl.cx)),
        };
        ctl.print(match refused {
            Ok(()) => format!("check: {rip} up, {said}weight {}\n", config.weight),
            Err(error) => format!("check: {rip} up: {error}\n"),
        });
    }
}

/// What a destination was configured as.
fn config(dest: &Dest) -> DestConfig {
    let (upper, lower) = dest.thresholds();
    DestConfig { upper, lower, ..DestConfig::new(dest.method(), dest.weight()) }
}
