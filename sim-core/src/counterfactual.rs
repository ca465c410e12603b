//! What would have made a difference: for a verdict against a packet, the smallest change that turns
//! it, found among the scenario's [knobs](crate::knobs) and confirmed by playing the story again.
//!
//! One re-run with a knob turned judges all verdicts of the scenario. A verdict is turned if the
//! event of the same [`Identity`](crate::cause::Identity) ends otherwise at that node, or does not happen at all although
//! what led to it does. Fewer changes come before more; of as many, the one that mends before the
//! one that moves the trouble elsewhere, and then the nearest to the inputs that were read.

mod judge;
mod misses;
mod near;
mod rerun;
mod search;
mod tell;
#[cfg(test)]
mod tests;
mod verdict;

pub use judge::Turned;
pub use misses::{FAMILIES, Family, Place};
pub use rerun::Base;
pub use search::{Counterfactual, Search, Tried};
pub use tell::tell;
pub use verdict::{SURPRISING, Verdict};
