//! The scheduler and rewrite engine of LVS (IPVS): packets and time in, verdicts out.
//!
//! The engine knows no socket, no clock and no file. It reads one IP packet, asks the host for
//! routes, and answers with a verdict; the host applies the [`Rewrite`] that the verdict carries.
//! What the simulator shows is what production runs.
//!
//! ```
//! use core::net::Ipv4Addr;
//! use lvs_engine::{
//!     Change, DestConfig, Endpoint, Engine, Hook, Instant, Limits, Meta, Method, OriginId, Packet,
//!     Proto, Route, Routes, ServiceConfig, ServiceKey, Verdict,
//! };
//!
//! /// The host's routing: everything is behind one interface.
//! struct OneWay;
//! impl Routes for OneWay {
//!     type Path = &'static str;
//!     fn route(&mut self, _: Ipv4Addr) -> Option<Route<Self::Path>> {
//!         Some(Route { local: false, mtu: 1500, src: [10, 1, 0, 1].into(), path: "eth1" })
//!     }
//!     fn learn_mtu(&mut self, _: Ipv4Addr, _: u16) {}
//! }
//!
//! let mut engine = Engine::new(Limits::default(), 1);
//! let now = Instant::ZERO;
//! let origin = OriginId(0);
//! let vip = Endpoint::new([10, 0, 0, 100].into(), 133);
//! let rip = Endpoint::new([10, 1, 0, 11].into(), 9131);
//! let service = ServiceKey::Port { proto: Proto::Udp, vip };
//! let config = ServiceConfig::new("wlc");
//! engine.apply(now, Change::AddService { service, config, origin })?;
//! let config = DestConfig::new(Method::Nat, 1);
//! engine.apply(now, Change::AddDest { service, rip, config, origin })?;
//!
//! // 10.0.0.2:45002 > 10.0.0.100:133, "hello", TTL 64.
//! let mut frame = *b"\x45\0\0\x21\x12\x34\x40\0\x40\x11\x14\x33\x0a\0\0\x02\x0a\0\0\x64\
//!     \xaf\xca\0\x85\0\x0d\0\0hello";
//! let mut packet = Packet::new(&mut frame, 0)?;
//! let meta = Meta::at(Hook::LocalIn);
//! let verdict = engine.handle(now, meta, &packet.view(), &mut OneWay, &mut ());
//!
//! let Verdict::Forward { path, rewrite, .. } = verdict else { panic!("{verdict:?}") };
//! rewrite.apply(&mut packet)?;
//! assert_eq!((path, packet.view().dst(), packet.view().ttl()), ("eth1", rip.addr, 63));
//! assert_eq!(engine.conns().next().map(|conn| conn.rip), Some(rip));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod addr;
mod bypass;
mod checksum;
mod config;
mod configure;
mod conn;
mod defend;
mod dest;
mod engine;
#[cfg(test)]
mod fixture;
mod flow;
mod fullnat;
mod icmp;
mod index;
#[cfg(test)]
mod laws;
mod limits;
mod local;
mod packet;
mod persist;
mod ports;
mod probe;
mod reason;
mod relay;
mod reply;
mod rewrite;
mod rng;
mod route;
mod sched;
mod schedule;
mod service;
mod services;
mod setting;
mod state;
mod stats;
mod sysctl;
mod table;
mod tcp;
mod time;
mod timers;
mod transmit;
mod trash;
mod verdict;
pub mod wheel;

pub use addr::{Endpoint, OriginId};
pub use config::{
    Change, ConfigError, DestConfig, Persistence, SchedFlags, ServiceConfig, Timeouts,
};
pub use conn::{Conn, Flags};
pub use dest::{Dest, DestId, Dests, Method};
pub use engine::Engine;
pub use flow::{Flow, Proto};
pub use icmp::IcmpError;
pub use limits::Limits;
pub use local::LocalAddr;
pub use packet::{Malformed, Packet, View};
pub use probe::Probe;
pub use reason::{Field, Reason};
pub use rewrite::{Outer, Rewrite, Way};
pub use rng::Rng;
pub use route::{Route, Routes};
pub use sched::{DestChange, Pick, Schedule, Scheduler};
pub use service::{Service, ServiceId, ServiceKey};
pub use setting::Setting;
pub use state::State;
pub use stats::{Counters, Stats};
pub use sysctl::{Sysctl, Sysctls};
pub use time::Instant;
pub use verdict::{Hook, Meta, Outcome, Span, Track, Tracked, Verdict};
