//! Schedulers: which destination a new connection goes to. One formula, one file.
//!
//! What all share: destinations are tried newest first, one of weight 0 or at its upper threshold
//! takes nothing new, and the first of equals wins. To add a scheduler, write its file and one line
//! in the table below.

mod cache;
mod dh;
mod fo;
mod hash;
mod lblc;
mod lblcr;
mod lc;
mod mh;
mod nq;
mod ovf;
mod rr;
mod sed;
mod sh;
mod siphash;
mod twos;
mod wlc;
mod wrr;

use crate::{Dest, DestId, Dests, Flow, Instant, Probe, Reason, Rng, SchedFlags, Sysctls};

/// What a scheduler may look at.
pub struct Pick<'a> {
    /// The time.
    pub now: Instant,
    /// The service's destinations, newest first.
    pub dests: Dests<'a>,
    /// What the service tells its scheduler.
    pub flags: SchedFlags,
    /// Random numbers from the engine's seed.
    pub rng: &'a mut Rng,
    /// The settings that some depend on.
    pub sysctls: &'a Sysctls,
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

    /// The scheduler begins its work.
    fn start(&mut self, _: Instant) {}

    /// When it tidies up its memory next.
    fn tick_at(&self) -> Option<Instant> {
        None
    }

    /// The time of `tick_at` has come.
    fn tick(&mut self, _: Instant, _: &Sysctls) {}

    /// Whether it remembers this destination: a deleted one is kept as long.
    fn remembers(&self, _: DestId) -> bool {
        false
    }
}

/// Whether a destination takes new connections; if not, the reason is noted.
fn takes_new<P: Probe>(dest: &Dest, probe: &mut P) -> bool {
    let (rip, origin) = (dest.rip, dest.origin);
    if dest.weight == 0 {
        probe.note(Reason::Quiesced { rip, origin });
        return false;
    }
    if dest.overloaded {
        probe.note(Reason::Full { rip, conns: dest.conns(), upper: dest.upper, origin });
    }
    !dest.overloaded
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
            /// The kernel's short names of all.
            pub const NAMES: &'static [&'static str] = &[$(<$type>::NAME),*];

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

            pub(crate) fn start(&mut self, now: Instant) {
                match self { $( Self::$kind(scheduler) => scheduler.start(now), )* }
            }

            pub(crate) fn tick_at(&self) -> Option<Instant> {
                match self { $( Self::$kind(scheduler) => scheduler.tick_at(), )* }
            }

            pub(crate) fn tick(&mut self, now: Instant, sysctls: &Sysctls) {
                match self { $( Self::$kind(scheduler) => scheduler.tick(now, sysctls), )* }
            }

            pub(crate) fn remembers(&self, id: DestId) -> bool {
                match self { $( Self::$kind(scheduler) => scheduler.remembers(id), )* }
            }
        }
    };
}

schedulers! {
    Rr: rr::RoundRobin,
    Wrr: wrr::WeightedRoundRobin,
    Lc: lc::LeastConn,
    Wlc: wlc::WeightedLeastConn,
    Sed: sed::ShortestExpectedDelay,
    Nq: nq::NeverQueue,
    Sh: sh::SourceHash,
    Dh: dh::DestinationHash,
    Mh: mh::Maglev,
    Fo: fo::WeightedFailover,
    Ovf: ovf::WeightedOverflow,
    Lblc: lblc::LocalityLeastConn,
    Lblcr: lblcr::ReplicatedLocality,
    Twos: twos::PowerOfTwo,
}

/// No scheduler at all: the kernel knows this name, the engine refuses it.
pub(crate) const NOT_YET: [&str; 1] = ["none"];

#[cfg(test)]
mod tests;
