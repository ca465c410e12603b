//! The services of an engine: found by key for a new connection, by handle for each packet.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::{DestId, Endpoint, Flow, Instant, Proto, Service, ServiceId, ServiceKey, Sysctls};

/// The port of FTP's commands.
pub(crate) const FTP: u16 = 21;
/// The port from which active FTP sends its data.
pub(crate) const FTP_DATA: u16 = 20;
/// The kernel's `net.ipv4.ip_unprivileged_port_start`: data of passive FTP goes to these ports.
const UNPRIVILEGED: u16 = 1024;

/// All services. A slot is used again after its service is deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    slots: Vec<Option<Service>>,
    by_key: BTreeMap<ServiceKey, ServiceId>,
    /// In order of creation.
    order: Vec<ServiceId>,
    /// When the first scheduler tidies up its memory.
    tick: Option<Instant>,
}

impl Services {
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Service> {
        self.order.iter().map(|id| self.get(*id))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Service> {
        self.slots.iter_mut().flatten()
    }

    pub(crate) fn oldest(&self) -> Option<ServiceId> {
        self.order.first().copied()
    }

    pub(crate) fn find(&self, key: ServiceKey) -> Option<ServiceId> {
        self.by_key.get(&key).copied()
    }

    /// The service for a packet: its mark, its exact port, FTP's for the ports of its data, or a
    /// service for all ports. Linux 6.1 ip_vs_ctl.c ip_vs_service_find.
    pub(crate) fn serving(&self, mark: u32, flow: &Flow) -> Option<ServiceId> {
        let &Flow { proto, dst, .. } = flow;
        if mark != 0
            && let Some(id) = self.find(ServiceKey::Mark(mark))
        {
            return Some(id);
        }
        let at = |port| self.find(ServiceKey::Port { proto, vip: Endpoint::new(dst.addr, port) });
        let may_be_ftp = proto == Proto::Tcp && (dst.port == FTP_DATA || dst.port >= UNPRIVILEGED);
        at(dst.port).or_else(|| at(FTP).filter(|_| may_be_ftp)).or_else(|| at(0))
    }

    /// When a scheduler tidies up its memory next.
    pub(crate) fn next_tick(&self) -> Option<Instant> {
        self.tick
    }

    /// Makes `next_tick` right; to be called after a scheduler came, went or ticked.
    pub(crate) fn plan_tick(&mut self) {
        self.tick = self.iter().filter_map(|service| service.scheduler.tick_at()).min();
    }

    /// Lets the schedulers whose time has come tidy up their memory.
    pub(crate) fn tick(&mut self, now: Instant, sysctls: &Sysctls) {
        for service in self.iter_mut() {
            if service.scheduler.tick_at().is_some_and(|at| at <= now) {
                service.scheduler.tick(now, sysctls);
            }
        }
        self.plan_tick();
    }

    /// Whether a scheduler remembers this destination, be it deleted or not.
    pub(crate) fn remember(&self, id: DestId) -> bool {
        self.iter().any(|service| service.scheduler.remembers(id))
    }

    #[inline]
    pub(crate) fn get(&self, id: ServiceId) -> &Service {
        self.slots[id.0 as usize].as_ref().expect(HELD)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: ServiceId) -> &mut Service {
        self.slots[id.0 as usize].as_mut().expect(HELD)
    }

    /// Adds the service that is made for the handle which it gets.
    pub(crate) fn add(&mut self, make: impl FnOnce(ServiceId) -> Service) {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        let id = ServiceId(u32::try_from(free).expect("fewer services than addresses and ports"));
        let service = make(id);
        self.by_key.insert(service.key, id);
        self.order.push(id);
        if free == self.slots.len() {
            self.slots.push(Some(service));
        } else {
            self.slots[free] = Some(service);
        }
    }

    pub(crate) fn remove(&mut self, id: ServiceId) -> Service {
        let service = self.slots[id.0 as usize].take().expect(HELD);
        self.by_key.remove(&service.key);
        self.order.retain(|other| *other != id);
        service
    }
}

const HELD: &str = "a handle is held only while its service exists";
