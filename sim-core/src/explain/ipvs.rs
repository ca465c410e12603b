//! The reasons of the engine, by subject: what passes, the table, the way out, ICMP,
//! persistence, the choice.

pub(super) mod accept;
pub(super) mod conn;
pub(super) mod forward;
pub(super) mod fullnat;
pub(super) mod icmp;
pub(super) mod persist;
pub(super) mod sched;
