//! A deterministic world of Linux hosts and switches, driven by the commands an administrator types.
//!
//! Packets and time go in, packets and the next wake-up come out; nothing here knows a socket, a clock, a file or a thread.

pub mod canonical;
pub mod export;
pub mod mac;
pub mod scenario;
pub mod tcpdump;

pub use mac::Mac;
