//! Schedulers: which destination a new connection goes to. One formula, one file.
//!
//! What all share: destinations are tried newest first, one of weight 0 takes nothing new, and the
//! first of equals wins. To add a scheduler, write its file and one line in the table below.

mod lc;
mod rr;
mod wlc;
mod wrr;

use crate::{DestId, Dests, Flow, Instant, Probe, Rng};

/// What a scheduler may look at.
pub struct Pick<'a> {
    /// The time.
    pub now: Instant,
    /// The service's destinations, newest first.
    pub dests: Dests<'a>,
    /// Random numbers from the engine's seed.
    pub rng: &'a mut Rng,
}

/// What happened to a service's list; the list that comes with it is the one after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestChange {
    /// At the head of the list.
    Added(DestId),
    /// From the list.
    Removed {
        /// Which one.
        id: DestId,
        /// The one that stood before it; `None` if it was the head.
        before: Option<DestId>,
    },
    /// Weight or method, at its old place.
    Edited(DestId),
    /// The scheduler is new, and was just bound to this list.
    All,
}

/// One way to choose.
pub trait Schedule {
    /// The kernel's short name.
    const NAME: &'static str;

    /// The destination for a new connection; `None` if none can take it.
    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P) -> Option<DestId>;

    /// The list of destinations has changed.
    fn changed(&mut self, _: DestChange, _: Dests<'_>) {}
}

/// Writes the closed set of schedulers: static dispatch, no allocation.
macro_rules! schedulers {
    ($($kind:ident: $type:ty,)*) => {
        /// The scheduler of a service, with its memory.
        #[derive(Clone, Debug)]
        pub enum Scheduler {
            $(
                #[doc = concat!("See `", stringify!($type), "`.")]
                $kind($type),
            )*
        }

        impl Scheduler {
            /// A new scheduler by the kernel's short name.
            ///
            /// ```
            /// use lvs_engine::Scheduler;
            /// assert_eq!(Scheduler::named("wlc").unwrap().name(), "wlc");
            /// assert!(Scheduler::named("fastest").is_none());
            /// ```
            pub fn named(name: &str) -> Option<Self> {
                $( if name == <$type>::NAME { return Some(Self::$kind(<$type>::default())); } )*
                None
            }

            /// The kernel's short name.
            pub const fn name(&self) -> &'static str {
                match self { $( Self::$kind(_) => <$type>::NAME, )* }
            }

            pub(crate) fn pick<P: Probe>(
                &mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P,
            ) -> Option<DestId> {
                match self { $( Self::$kind(scheduler) => scheduler.pick(cx, flow, probe), )* }
            }

            pub(crate) fn changed(&mut self, what: DestChange, dests: Dests<'_>) {
                match self { $( Self::$kind(scheduler) => scheduler.changed(what, dests), )* }
            }
        }
    };
}

schedulers! {
    Rr: rr::RoundRobin,
    Wrr: wrr::WeightedRoundRobin,
    Lc: lc::LeastConn,
    Wlc: wlc::WeightedLeastConn,
}

/// The kernel's other schedulers: known by name, refused as not simulated.
pub(crate) const NOT_YET: [&str; 11] =
    ["sed", "nq", "sh", "dh", "mh", "fo", "ovf", "twos", "lblc", "lblcr", "none"];

#[cfg(test)]
mod tests;
