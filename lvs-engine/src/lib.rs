//! The scheduler and rewrite engine of LVS (IPVS): packets and time in, verdicts out.
//!
//! The engine knows no socket, no clock and no file. It reads one IP packet, asks the host for routes, and answers with a
//! verdict; the host applies the [`Rewrite`] that the verdict carries. What the simulator shows is what production runs.
#![no_std]

extern crate alloc;

mod addr;
mod time;

pub use addr::{Endpoint, OriginId};
pub use time::Instant;
