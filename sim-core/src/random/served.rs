//! Whether a lab does what it was built for: who asks a service is served, through the director.

use std::collections::BTreeSet;

use super::Lab;
use crate::command::Command;
use crate::command::nc::Peer;
use crate::event::JobId;
use crate::reason::Reason;
use crate::shell::Shell;
use crate::story::Player;
use crate::trace::{Note, Trace};

/// The requests of a lab's story to its services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// How many there were.
    pub asked: usize,
    /// How many of them were answered, and seen by IPVS on their way.
    pub served: usize,
}

impl Requests {
    /// Those of a story that was played to its end.
    pub fn of(lab: &Lab, player: &Player, trace: &Trace) -> Self {
        let answered: BTreeSet<JobId> = trace
            .entries()
            .iter()
            .filter_map(|entry| match entry.what {
                Note::Served { job, .. } => Some(job),
                _ => None,
            })
            .collect();
        let seen: BTreeSet<u16> = trace
            .entries()
            .iter()
            .filter_map(|entry| match entry.what {
                Note::Why(Reason::Ipvs(reason)) => client_port(&reason),
                _ => None,
            })
            .collect();
        let mut requests = Self::default();
        for entry in trace.entries() {
            let Note::Asked { job, port } = entry.what else { continue };
            let text = player.world.job(job).map_or("", |job| &job.text);
            if is_for_service(lab, text) {
                requests.asked += 1;
                let is_served = answered.contains(&job) && seen.contains(&port);
                requests.served += usize::from(is_served);
            }
        }
        requests
    }

    /// Whether one was not served.
    pub fn is_broken(self) -> bool {
        self.served < self.asked
    }
}

/// The client's port in a reason that tells of a request in the connection table.
fn client_port(reason: &lvs_engine::Reason) -> Option<u16> {
    use lvs_engine::Reason::{ConnFound, ConnNew, ConnOnePacket};
    match reason {
        ConnNew { client, .. } | ConnFound { client, .. } | ConnOnePacket { client, .. } => {
            Some(client.port)
        }
        _ => None,
    }
}

/// Whether this asks one of the lab's services.
fn is_for_service(lab: &Lab, text: &str) -> bool {
    let steps = Shell::default().compile(text).unwrap_or_default();
    let asked = match steps.first().map(|step| &step.command) {
        Some(Command::Curl(curl)) => (curl.url.addr, curl.url.port),
        Some(Command::Nc(nc)) => match nc.peer {
            Peer::Connect { addr, port, .. } => (addr, port),
            Peer::Listen { .. } => return false,
        },
        _ => return false,
    };
    let services = &lab.class.services;
    services.contains(&asked) || services.contains(&(asked.0, 0))
}
