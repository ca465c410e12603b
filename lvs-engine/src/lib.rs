//! The scheduler and rewrite engine of LVS (IPVS): packets and time in, verdicts out.
//!
//! The engine knows no socket, no clock and no file. It reads one IP packet, asks the host for routes, and answers with a
//! verdict; the host applies the [`Rewrite`] that the verdict carries. What the simulator shows is what production runs.
#![no_std]

extern crate alloc;

mod addr;
mod checksum;
mod config;
mod conn;
mod dest;
mod engine;
mod flow;
mod icmp;
mod limits;
mod packet;
mod probe;
mod reason;
mod rewrite;
mod rng;
mod route;
mod sched;
mod service;
mod state;
mod stats;
mod tcp;
mod time;
mod verdict;

pub use addr::{Endpoint, OriginId};
pub use config::{Change, ConfigError, Timeouts};
pub use conn::{Conn, Flags};
pub use dest::{Dest, DestId, Dests, Method};
pub use engine::Engine;
pub use flow::{Flow, Proto};
pub use icmp::IcmpError;
pub use limits::Limits;
pub use packet::{Malformed, Packet, View};
pub use probe::Probe;
pub use reason::{Reason, Setting};
pub use rewrite::{Outer, Rewrite, Way};
pub use rng::Rng;
pub use route::{Route, Routes};
pub use sched::{DestChange, Pick, Schedule, Scheduler};
pub use service::{Service, ServiceId, ServiceKey};
pub use state::State;
pub use stats::{Counters, Stats};
pub use time::Instant;
pub use verdict::{Hook, Meta, Outcome, Span, Tracked, Verdict};
