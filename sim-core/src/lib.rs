//! A deterministic world of Linux hosts and switches, driven by the commands an administrator
//! types.
//!
//! Packets and time go in, packets and the next wake-up come out; nothing here knows a socket, a
//! clock, a file or a thread.

pub mod canonical;
pub mod cause;
pub mod chance;
pub mod command;
pub mod counterfactual;
pub mod counters;
pub mod diagnose;
pub mod digest;
pub mod event;
pub mod explain;
pub mod export;
pub mod frame;
pub mod goal;
pub mod host;
pub mod import;
pub mod job;
pub mod knobs;
pub mod lab;
pub mod mac;
pub mod modes;
pub mod mutate;
pub mod names;
pub mod net;
pub mod netfilter;
pub mod origin;
pub mod overlay;
pub mod prefix;
pub mod random;
pub mod reason;
pub mod receipt;
pub mod scenario;
pub mod shell;
pub mod story;
pub mod switch;
pub mod tcp;
pub mod tcpdump;
pub mod text;
pub mod trace;
pub mod whatif;
pub mod why;
pub mod world;
pub mod worth;

pub use lvs_engine::{Instant, Rewrite};
pub use mac::Mac;
pub use prefix::Prefix;
pub use text::{Lang, Text};
