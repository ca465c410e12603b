//! The engine: packets, routes and time in, verdicts and reasons out.

use alloc::vec::Vec;

use crate::{
    Change, ConfigError, Conn, Dest, DestId, Instant, Limits, Meta, Probe, Reason, Rewrite, Rng,
    Routes, Service, ServiceId, ServiceKey, Stats, Timeouts, Verdict, View,
};

/// The director's engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) services: Vec<Service>,
    pub(crate) dests: Vec<Dest>,
    pub(crate) total: Stats,
    pub(crate) timeouts: Timeouts,
    pub(crate) rng: Rng,
    pub(crate) limits: Limits,
}

impl Engine {
    /// An engine without services. Its memory for connections is taken here.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self {
            services: Vec::new(),
            dests: Vec::new(),
            total: Stats::default(),
            timeouts: Timeouts::default(),
            rng: Rng::new(seed),
            limits,
        }
    }

    /// Changes the configuration.
    pub fn apply(&mut self, _now: Instant, _change: Change<'_>) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Decides what happens to one packet.
    pub fn handle<R: Routes, P: Probe>(
        &mut self,
        _now: Instant,
        _meta: Meta,
        _packet: &View<'_>,
        _routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        probe.note(Reason::NoServices);
        Verdict::Accept(Rewrite::default())
    }

    /// Reads ahead what `handle` will read for these packets: no effect, any order, any subset.
    pub fn warm<'p>(&self, _packets: impl Iterator<Item = &'p [u8]>) {}

    /// When `handle_timeout` has something to do next; exact, never early.
    /// It may have changed after `handle`, `apply` and `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Does all that is due: connections end, unused deleted destinations are forgotten.
    pub fn handle_timeout<P: Probe>(&mut self, _now: Instant, _probe: &mut P) {}

    /// The services, in order of creation.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter()
    }

    /// A service by its name.
    pub fn service(&self, key: ServiceKey) -> Option<&Service> {
        self.services().find(|service| service.key == key)
    }

    /// A service by its handle.
    pub fn service_by_id(&self, id: ServiceId) -> Option<&Service> {
        self.services().find(|service| service.id == id)
    }

    /// A service's destinations in the kernel's order: newest first.
    pub fn dests<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Dest> {
        service.dests.iter().filter_map(|id| self.dest(*id))
    }

    /// A destination by its handle, also a deleted one as long as it is remembered.
    pub fn dest(&self, id: DestId) -> Option<&Dest> {
        self.dests.get(id.0 as usize)
    }

    /// The connections, in the order of their place in the table.
    pub fn conns(&self) -> impl Iterator<Item = Conn> + '_ {
        core::iter::empty()
    }

    /// The timeouts that `--set` changes.
    pub fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// The counters of all services together.
    pub fn total(&self) -> &Stats {
        &self.total
    }

    /// The limits that it was made with.
    pub fn limits(&self) -> Limits {
        self.limits
    }
}
