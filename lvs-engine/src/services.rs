//! The services of an engine: found by key for a new connection, by handle for each packet.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::{Endpoint, Proto, Service, ServiceId, ServiceKey};

/// All services. A slot is used again after its service is deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    slots: Vec<Option<Service>>,
    by_key: BTreeMap<ServiceKey, ServiceId>,
    /// In order of creation.
    order: Vec<ServiceId>,
}

impl Services {
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Service> {
        self.order.iter().map(|id| self.get(*id))
    }

    pub(crate) fn oldest(&self) -> Option<ServiceId> {
        self.order.first().copied()
    }

    pub(crate) fn find(&self, key: ServiceKey) -> Option<ServiceId> {
        self.by_key.get(&key).copied()
    }

    /// The service for a packet: its exact port, or a service for all ports.
    /// Linux 6.1 ip_vs_ctl.c ip_vs_service_find, without fwmarks and FTP.
    pub(crate) fn serving(&self, proto: Proto, dst: Endpoint) -> Option<ServiceId> {
        let at = |port| self.find(ServiceKey { proto, vip: Endpoint::new(dst.addr, port) });
        at(dst.port).or_else(|| at(0))
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
