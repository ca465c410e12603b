//! The lab of a plan: built by its script (`sim_core::export::netns`), entered and recorded by us.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, sendto, socket};

use super::capture::{Capture, Stamped};
use super::clock::now;
use super::job::{JobId, Jobs, Start};
use super::space::Space;
use crate::kernel::plan::Plan;

/// What a script's word takes less than.
const SCRIPT_NS: u64 = 60_000_000_000;

/// The namespaces of a plan's lab.
pub struct Lab<'a> {
    plan: &'a Plan,
    script: &'a Path,
    home: Space,
    spaces: BTreeMap<String, Space>,
    captures: Vec<Capture>,
}

impl<'a> Lab<'a> {
    /// Builds it and begins to record.
    pub fn up(plan: &'a Plan, script: &'a Path, jobs: &mut Jobs) -> io::Result<Self> {
        let home = Space::here()?;
        let (spaces, captures) = (BTreeMap::new(), Vec::new());
        let mut lab = Self { plan, script, home, spaces, captures };
        lab.script(jobs, &["up"])?;
        lab.open_all()?;
        Ok(lab)
    }

    /// Where we are at home.
    pub fn home(&self) -> &Space {
        &self.home
    }

    /// A node's place.
    pub fn space(&self, node: &str) -> io::Result<&Space> {
        self.spaces.get(node).ok_or_else(|| io::Error::other(format!("no namespace {node}")))
    }

    /// Runs one word of the script to its end.
    fn script(&self, jobs: &mut Jobs, words: &[&str]) -> io::Result<()> {
        let job = self.begin(jobs, words)?;
        self.finish(jobs, job)
    }

    fn begin(&self, jobs: &mut Jobs, words: &[&str]) -> io::Result<JobId> {
        let script = self.script.display().to_string();
        let argv = ["bash", &script].iter().chain(words).map(|word| (*word).to_owned()).collect();
        let how = Start { text: &words.join(" "), argv, ..Start::default() };
        jobs.start(&self.home, &self.home, "lab", how)
    }

    fn finish(&self, jobs: &mut Jobs, job: JobId) -> io::Result<()> {
        jobs.wait(now()? + SCRIPT_NS, |jobs| jobs.job(job).status.is_some())?;
        let job = jobs.job(job);
        match job.status {
            Some(0) => Ok(()),
            _ => Err(io::Error::other(format!("lab.sh {}: {}", job.text, job.output()))),
        }
    }

    /// Opens the place of each node, and of what is between them, and begins to record.
    fn open_all(&mut self) -> io::Result<()> {
        for name in std::fs::read_dir("/run/netns")? {
            let name = name?.file_name().to_string_lossy().into_owned();
            self.open(&name)?;
        }
        Ok(())
    }

    fn open(&mut self, name: &str) -> io::Result<()> {
        let space = Space::of(name, &self.home)?;
        let ifaces: Vec<&str> = self
            .plan
            .captures
            .iter()
            .filter(|(node, _)| node == name)
            .map(|(_, iface)| iface.as_str())
            .collect();
        if !ifaces.is_empty() {
            space.enter()?;
            let capture = Capture::start(name, &ifaces);
            self.home.enter()?;
            self.captures.push(capture?);
        }
        self.spaces.insert(name.to_owned(), space);
        Ok(())
    }

    /// All that was recorded, by node and interface.
    pub fn recorded(&self) -> io::Result<BTreeMap<(String, String), Vec<Stamped>>> {
        let mut recorded = BTreeMap::new();
        for capture in &self.captures {
            capture.read(&mut recorded)?;
        }
        Ok(recorded)
    }

    /// Puts a frame on the wire: the node's own stack takes no part.
    pub fn inject(&self, node: &str, iface: &str, bytes: &[u8]) -> io::Result<()> {
        self.space(node)?.enter()?;
        let sent = send(iface, bytes);
        self.home.enter()?;
        sent
    }

    /// Begins to make a switched-off host's namespace anew: nothing that it knew is left.
    pub fn forget(&mut self, jobs: &mut Jobs, node: &str) -> io::Result<JobId> {
        self.spaces.remove(node);
        self.begin(jobs, &["power-off", node])
    }

    /// Waits until that is done, and records it anew.
    pub fn renew(&mut self, jobs: &mut Jobs, node: &str, forgotten: JobId) -> io::Result<()> {
        self.finish(jobs, forgotten)?;
        self.open(node)
    }
}

fn send(iface: &str, bytes: &[u8]) -> io::Result<()> {
    let none = SockProtocol::EthAll;
    let raw = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, none)?;
    sendto(raw.as_raw_fd(), bytes, &super::iface(iface)?, MsgFlags::empty())?;
    Ok(())
}
