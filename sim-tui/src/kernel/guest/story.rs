//! The story of a plan in real time: starts what is typed when its time has come, and keeps what it printed.
//!
//! What `lvsim endpoint` plays is started before the story and waits at a gate, so that its first frame leaves
//! when the story says so and not 50 ms later, when a process has been loaded; so do the `ip` and `tc` that
//! change cables. All other commands are the real tools.

use std::collections::BTreeMap;
use std::io::{self, Write};

use nix::sys::signal::Signal;
use sim_core::receipt::Output;

use super::clock::{begin_of_time, lateness, now, pause, widest_slot};
use super::job::{JobId, Jobs, Start};
use super::lab::Lab;
use crate::kernel::plan::{Command, Plan, Player, Told, What};

/// What gets ready takes less.
const READY_NS: u64 = 10_000_000_000;

/// A command that runs so long after the plan's end has to stop.
const LATE_NS: u64 = 60_000_000_000;

/// How often it is asked whether a program is ready.
const LOOK_NS: u64 = 5_000_000;

/// The steps of a plan in a built lab.
pub struct Story<'a> {
    plan: &'a Plan,
    lab: Lab<'a>,
    jobs: Jobs,
    lvsim: &'a str,
    /// What waits at its gate, by the number of its step.
    ready: BTreeMap<usize, JobId>,
    /// Each `ip` and `tc` that waits for a line, by its namespace.
    listeners: BTreeMap<(String, String), JobId>,
    /// Hosts that are off and will be switched on, and what makes them anew.
    forgotten: BTreeMap<&'a str, JobId>,
    /// What was typed, with the time and the step.
    typed: Vec<(usize, JobId, u64)>,
}

impl<'a> Story<'a> {
    /// The servers listen, and the programs of the story wait.
    pub fn prepare(plan: &'a Plan, lab: Lab<'a>, jobs: Jobs, lvsim: &'a str) -> io::Result<Self> {
        let (ready, listeners) = (BTreeMap::new(), BTreeMap::new());
        let (forgotten, typed) = (BTreeMap::new(), Vec::new());
        let mut story = Self { plan, lab, jobs, lvsim, ready, listeners, forgotten, typed };
        for host in &plan.hosts {
            story.serve(&host.name)?;
        }
        story.gather()?;
        Ok(story)
    }

    /// Starts what waits.
    fn gather(&mut self) -> io::Result<()> {
        let mut reborn = Vec::new();
        for (number, step) in self.plan.steps.iter().enumerate() {
            match &step.what {
                What::Power { node, up, told } => {
                    if *up {
                        reborn.push(node);
                    }
                    for told in told {
                        self.listen(told)?;
                    }
                }
                What::Command(command @ Command { player: Player::Endpoint { .. }, node, .. })
                    if !reborn.contains(&node) =>
                {
                    let job = self.endpoint(command, true)?;
                    self.ready.insert(number, job);
                }
                What::Cable(told) => {
                    for told in told {
                        self.listen(told)?;
                    }
                }
                _ => {}
            }
        }
        let waiting: Vec<JobId> = self.ready.values().copied().collect();
        for job in waiting {
            self.await_word(job, "waiting")?;
        }
        Ok(())
    }

    /// Starts the servers of a host, and waits until they listen.
    fn serve(&mut self, name: &str) -> io::Result<()> {
        let host = self.plan.hosts.iter().find(|host| host.name == name);
        for words in host.map_or(&[][..], |host| &host.serves) {
            let command = Command {
                node: name.to_owned(),
                text: words.join(" "),
                background: true,
                player: Player::Endpoint { words: words.clone(), hidden: [false; 2] },
            };
            let job = self.endpoint(&command, false)?;
            self.await_word(job, "ready")?;
        }
        Ok(())
    }

    fn start(&mut self, node: &str, how: Start<'_>) -> io::Result<JobId> {
        let place = self.lab.space(node)?;
        self.jobs.start(self.lab.home(), place, node, how)
    }

    fn endpoint(&mut self, command: &Command, is_gated: bool) -> io::Result<JobId> {
        let Player::Endpoint { words, hidden } = &command.player else {
            return Err(io::Error::other("no endpoint"));
        };
        let mut argv = vec![self.lvsim.to_owned(), "endpoint".to_owned()];
        if is_gated {
            argv.push("--gate".to_owned());
        }
        argv.extend(words.iter().cloned());
        let (text, hidden) = (&*command.text, *hidden);
        let how = Start { text, argv, has_input: is_gated, is_endpoint: true, hidden };
        self.start(&command.node, how)
    }

    fn listen(&mut self, Told { space, tool, .. }: &Told) -> io::Result<()> {
        let key = (space.clone(), tool.clone());
        if !self.listeners.contains_key(&key) {
            let argv = [tool, "-batch", "-"].map(str::to_owned).to_vec();
            let how = Start { text: tool, argv, has_input: true, ..Start::default() };
            // It is not the node's own: it does not end when the node is switched off.
            let place = self.lab.space(space)?;
            let job = self.jobs.start(self.lab.home(), place, "lab", how)?;
            self.listeners.insert(key, job);
        }
        Ok(())
    }

    fn tell(&mut self, told: &[Told]) -> io::Result<()> {
        for Told { space, tool, line } in told {
            let listener = self.listeners[&(space.clone(), tool.clone())];
            let input = self.jobs.job_mut(listener).input.as_mut();
            let input = input.ok_or_else(|| io::Error::other("nobody listens"))?;
            writeln!(input, "{line}")?;
        }
        Ok(())
    }

    fn await_word(&mut self, id: JobId, word: &str) -> io::Result<()> {
        let until = now()? + READY_NS;
        loop {
            let job = self.jobs.job(id);
            let (node, text) = (&job.node, &job.text);
            if job.noted(word).is_some() {
                return Ok(());
            }
            if let Some(status) = job.status {
                let output = job.output();
                return Err(io::Error::other(format!(
                    "{node}: {text}: ended with {status}: {output}"
                )));
            }
            let at = now()?;
            if at > until {
                return Err(io::Error::other(format!("{node}: {text}: did not begin")));
            }
            self.jobs.wait(at + LOOK_NS, |jobs| jobs.job(id).status.is_some())?;
        }
    }

    /// Runs all steps, waits for the plan's end; the begin of time, and what each command did.
    pub fn play(&mut self) -> io::Result<(u64, Vec<Output>)> {
        let jobs = &mut self.jobs;
        let start = begin_of_time(widest_slot(self.plan.end_ns), |at| jobs.sleep_until(at))?;
        let (mut previous, mut late, mut after_tool) = (start, 0, true);
        let limit = start + self.plan.end_ns + LATE_NS;
        for (number, step) in self.plan.steps.iter().enumerate() {
            let due = start + step.at_ns;
            let at = (due + late).max(previous + pause(step.gap_ns, after_tool));
            late = lateness(at, due);
            if let What::Power { node, up: true, .. } = &step.what {
                self.renew(node)?;
            }
            self.jobs.sleep_until(at.max(due + late))?;
            after_tool = matches!(&step.what, What::Command(Command { player: Player::Tool, .. }));
            previous = self.step(number, limit)?;
        }
        self.jobs.sleep_until(previous.max(start + self.plan.end_ns + late))?;
        let outputs = self.typed.iter().map(|(number, job, began)| {
            let job = self.jobs.job(*job);
            let What::Command(command) = &self.plan.steps[*number].what else {
                unreachable!("only commands are typed")
            };
            Output {
                node: command.node.clone(),
                text: command.text.clone(),
                status: job.status,
                output: job.output(),
                at_ns: began.saturating_sub(start),
                end_ns: job.ended.map(|at| at.saturating_sub(start)),
            }
        });
        Ok((start, outputs.collect()))
    }

    /// A host that was switched off is ready to be switched on.
    fn renew(&mut self, node: &str) -> io::Result<()> {
        if let Some(job) = self.forgotten.remove(node) {
            self.lab.renew(&mut self.jobs, node, job)?;
            self.serve(node)?;
        }
        Ok(())
    }

    /// The lab, when the story is over.
    pub fn into_lab(self) -> Lab<'a> {
        self.lab
    }

    /// Runs one step; when it ended. Only commands in the foreground take time.
    fn step(&mut self, number: usize, limit: u64) -> io::Result<u64> {
        let plan = self.plan;
        match &plan.steps[number].what {
            What::Command(command) => return self.command(number, command, limit),
            What::Kill { node, job } => {
                let mut jobs = self.jobs.all().iter();
                if let Some(job) = jobs.rfind(|running| {
                    running.node == *node && running.text == *job && running.status.is_none()
                }) {
                    job.signal(Signal::SIGTERM);
                }
            }
            What::Cable(told) => self.tell(told)?,
            What::Power { node, up: false, told } => {
                // Its interfaces first, so that dying processes cannot speak.
                self.tell(told)?;
                for job in self.jobs.all().iter().filter(|job| job.node == *node) {
                    job.signal(Signal::SIGKILL);
                }
                let mut later = plan.steps[number..].iter();
                if later.any(|step| matches!(&step.what, What::Power { node: again, up: true, .. } if again == node)) {
                    let job = self.lab.forget(&mut self.jobs, node)?;
                    self.forgotten.insert(node, job);
                }
            }
            What::Power { up: true, told, .. } => self.tell(told)?,
            What::Inject { node, iface, bytes } => self.lab.inject(node, iface, bytes)?,
        }
        now()
    }

    fn command(&mut self, number: usize, command: &Command, limit: u64) -> io::Result<u64> {
        let began = now()?;
        let job = match (&command.player, self.ready.remove(&number)) {
            (_, Some(job)) => {
                // The end of its input opens the gate.
                self.jobs.job_mut(job).input = None;
                job
            }
            (Player::Endpoint { .. }, None) => self.endpoint(command, false)?,
            (Player::Tool, None) => {
                let text = command.text.trim_end();
                let text = if command.background { text.trim_end_matches('&') } else { text };
                let argv = ["sh", "-c", text].map(str::to_owned).to_vec();
                let how = Start { text: &command.text, argv, ..Start::default() };
                self.start(&command.node, how)?
            }
        };
        self.typed.push((number, job, began));
        if command.background {
            return now();
        }
        let has_ended = |jobs: &Jobs| jobs.job(job).status.is_some();
        if !self.jobs.wait(limit, has_ended)? {
            self.jobs.job(job).signal(Signal::SIGKILL);
            self.jobs.wait(now()? + READY_NS, has_ended)?;
        }
        self.jobs.job(job).ended.map_or_else(now, Ok)
    }
}
