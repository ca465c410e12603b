//! Processes inside of the kernel: who started them, what they printed, when they ended.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::clock::now;
use super::space::Space;

/// Where outputs and journals are kept meanwhile.
const FOLDER: &str = "/run/job";

/// What programs find in their environment.
pub const ENVIRONMENT: [(&str, &str); 4] = [
    ("PATH", "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("HOME", "/root"),
    ("LC_ALL", "C"),
    ("TERM", "dumb"),
];

/// The number of a process that was started here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(usize);

/// A process that was started here.
#[derive(Debug)]
pub struct Job {
    /// The node that it runs on.
    pub node: String,
    /// As it was typed.
    pub text: String,
    pid: Pid,
    /// What it waits for at its gate, or reads; dropping it opens the gate.
    pub input: Option<ChildStdin>,
    /// How it ended.
    pub status: Option<u8>,
    /// When it ended, in nanoseconds since 1970.
    pub ended: Option<u64>,
    output: String,
    journal: String,
}

impl Job {
    /// All that it printed on both streams, in the order of writing.
    pub fn output(&self) -> String {
        let bytes = fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// When the endpoint noted this word.
    pub fn noted(&self, word: &str) -> Option<u64> {
        let notes = fs::read_to_string(&self.journal).ok()?;
        let at = notes.lines().rev().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '))?;
        at.parse().ok()
    }

    /// Sends the whole group of processes a signal, if it still runs.
    pub fn signal(&self, signal: Signal) {
        if self.status.is_none() {
            // It may have ended this very moment.
            let _ = killpg(self.pid, signal);
        }
    }
}

/// All processes of one lab.
#[derive(Debug)]
pub struct Jobs {
    all: Vec<Job>,
    running: BTreeMap<Pid, JobId>,
    /// Tells that a child has ended.
    ends: SignalFd,
}

/// How a process is started.
#[derive(Debug, Default)]
pub struct Start<'a> {
    /// As it was typed.
    pub text: &'a str,
    /// The program and its words.
    pub argv: Vec<String>,
    /// Whether it gets a pipe as its standard input, or nothing.
    pub has_input: bool,
    /// Whether it is `lvsim endpoint`, which keeps a journal.
    pub is_endpoint: bool,
    /// Whether its standard output and its standard error are thrown away.
    pub hidden: [bool; 2],
}

impl Jobs {
    /// Nothing runs yet.
    pub fn new() -> io::Result<Self> {
        // Children are awaited by their signal, with a time limit and without a thread.
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.thread_block()?;
        let ends = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        // A lab of before may have left outputs.
        let _ = fs::remove_dir_all(FOLDER);
        fs::create_dir_all(FOLDER)?;
        Ok(Self { all: Vec::new(), running: BTreeMap::new(), ends })
    }

    /// A job.
    pub fn job(&self, id: JobId) -> &Job {
        &self.all[id.0]
    }

    /// A job.
    pub fn job_mut(&mut self, id: JobId) -> &mut Job {
        &mut self.all[id.0]
    }

    /// All that were started, in order.
    pub fn all(&self) -> &[Job] {
        &self.all
    }

    /// Starts a process on a node.
    pub fn start(
        &mut self,
        home: &Space,
        place: &Space,
        node: &str,
        how: Start<'_>,
    ) -> io::Result<JobId> {
        let id = JobId(self.all.len());
        let (output, journal) =
            (format!("{FOLDER}/{}.out", id.0), format!("{FOLDER}/{}.journal", id.0));
        let mut words = how.argv.iter();
        let program = words.next().expect("a program has a name");
        let mut command = Command::new(program);
        if how.is_endpoint {
            command.args([words.next().expect("`endpoint`"), "--journal", &journal]);
        }
        let file = OpenOptions::new().create(true).append(true).open(&output)?;
        let stream = |hidden: bool, file: File| match hidden {
            true => Stdio::null(),
            false => file.into(),
        };
        command
            .args(words)
            .env_clear()
            .envs(ENVIRONMENT)
            .stdin(if how.has_input { Stdio::piped() } else { Stdio::null() })
            .stdout(stream(how.hidden[0], file.try_clone()?))
            .stderr(stream(how.hidden[1], file))
            .process_group(0);
        place.enter()?;
        let child = command.spawn();
        home.enter()?;
        let mut child: Child =
            child.map_err(|error| io::Error::other(format!("{node}: {program}: {error}")))?;
        let pid = Pid::from_raw(child.id().cast_signed());
        let (node, text) = (node.to_owned(), how.text.to_owned());
        let input = child.stdin.take();
        self.all.push(Job { node, text, pid, input, status: None, ended: None, output, journal });
        self.running.insert(pid, id);
        Ok(id)
    }

    /// Waits until something is so or the time has come; whether it is so.
    pub fn wait(&mut self, until: u64, done: impl Fn(&Self) -> bool) -> io::Result<bool> {
        loop {
            self.reap()?;
            if done(self) {
                return Ok(true);
            }
            let left = until.saturating_sub(now()?);
            if left == 0 {
                return Ok(false);
            }
            super::clock::sleep_until_readable(self.ends.as_fd(), left)?;
            while self.ends.read_signal()?.is_some() {}
        }
    }

    /// Waits for a time to come.
    pub fn sleep_until(&mut self, until: u64) -> io::Result<()> {
        self.wait(until, |_| false).map(drop)
    }

    fn reap(&mut self) -> io::Result<()> {
        loop {
            let any = Pid::from_raw(-1);
            let (pid, status) = match waitpid(any, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, code as u8),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, 128 + signal as u8),
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return Ok(()),
                Ok(_) => continue,
                Err(error) => return Err(error.into()),
            };
            let at = now()?;
            // Others are orphans of a shell.
            let Some(id) = self.running.remove(&pid) else { continue };
            let job = &mut self.all[id.0];
            job.status = Some(status);
            job.ended = Some(job.noted("end").unwrap_or(at));
        }
    }
}
