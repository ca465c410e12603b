//! Applies changes of the configuration, with the kernel's refusals in the kernel's order.
//!
//! Linux 6.1 ip_vs_ctl.c: do_ip_vs_set_ctl, ip_vs_add_service, ip_vs_add_dest, __ip_vs_update_dest,
//! __ip_vs_del_service. A destination goes to the head of its list, also when it comes back from
//! the trash.

use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

use crate::dest::{KnownPath, Place};
use crate::local::Locals;
use crate::sched::NOT_YET;
use crate::{
    Change, ConfigError, Dest, DestChange, DestConfig, DestId, Dests, Endpoint, Engine, Instant,
    Method, OriginId, Scheduler, Service, ServiceConfig, ServiceId, ServiceKey, Stats, Sysctl,
};

/// How long after a deletion the connections of deleted destinations end, under
/// `expire_nodest_conn`: one to two ticks of the kernel's clock at HZ=100. Linux 6.1 ip_vs.h
/// ip_vs_enqueue_expire_nodest_conns.
const TICK: Duration = Duration::from_millis(10);

impl Engine {
    /// Changes the configuration, or refuses and changes nothing.
    pub fn apply(&mut self, now: Instant, change: Change<'_>) -> Result<(), ConfigError> {
        match change {
            Change::AddService { service, config, origin } => {
                self.add_service(now, service, config, origin)
            }
            Change::EditService { service, config, origin } => {
                self.edit_service(now, service, config, origin)
            }
            Change::DeleteService { service } => {
                let id = self.services.find(service).ok_or(ConfigError::NoSuchService)?;
                self.delete_service(now, id);
                Ok(())
            }
            Change::AddDest { service, rip, config, origin } => {
                self.add_dest(now, service, rip, config, origin)
            }
            Change::EditDest { service, rip, config, origin } => {
                self.edit_dest(service, rip, config, origin)
            }
            Change::DeleteDest { service, rip } => self.delete_dest(now, service, rip),
            Change::AddLocal { service, addr, origin } => {
                self.local_addrs_of(service)?.add(addr, origin)?;
                self.make_room_for_ports();
                Ok(())
            }
            Change::DeleteLocal { service, addr } => self.local_addrs_of(service)?.remove(addr),
            Change::Flush => {
                while let Some(id) = self.services.oldest() {
                    self.delete_service(now, id);
                }
                Ok(())
            }
            Change::Zero { service } => self.zero(now, service),
            Change::SetTimeouts { tcp, tcpfin, udp, origin } => {
                self.timeouts.set(tcp, tcpfin, udp, origin);
                Ok(())
            }
            Change::SetSysctl { sysctl, value, origin } => {
                self.set_sysctl(now, sysctl, value, origin)
            }
        }
    }

    fn set_sysctl(
        &mut self,
        now: Instant,
        sysctl: Sysctl,
        value: i32,
        origin: OriginId,
    ) -> Result<(), ConfigError> {
        self.sysctls.set(sysctl, value, origin)?;
        match sysctl {
            Sysctl::DropEntry => self.defence.plan(now, &self.sysctls),
            Sysctl::RunEstimation => {
                let services = self.services.iter_mut().map(|service| &mut service.stats);
                let dests = self.dests.iter_mut().map(|dest| &mut dest.stats);
                let all = services.chain(dests).chain([&mut self.total]);
                all.for_each(|stats| stats.run(now, value != 0));
            }
            _ => {}
        }
        Ok(())
    }

    /// The counters of something new.
    fn new_stats(&self) -> Stats {
        Stats::new(self.sysctls.is_on(Sysctl::RunEstimation))
    }

    fn add_service(
        &mut self,
        now: Instant,
        key: ServiceKey,
        config: ServiceConfig<'_>,
        origin: OriginId,
    ) -> Result<(), ConfigError> {
        if self.services.find(key).is_some() {
            return Err(ConfigError::ServiceExists);
        }
        let ServiceConfig { scheduler, flags, persistence, one_packet } = config;
        let mut scheduler = named(scheduler)?;
        scheduler.start(now);
        let (dests, stats, locals) = (Vec::new(), self.new_stats(), Locals::default());
        self.services.add(|id| Service {
            id,
            key,
            scheduler,
            flags,
            persistence,
            one_packet,
            dests,
            locals,
            stats,
            origin,
        });
        self.services.plan_tick();
        Ok(())
    }

    fn edit_service(
        &mut self,
        now: Instant,
        key: ServiceKey,
        config: ServiceConfig<'_>,
        origin: OriginId,
    ) -> Result<(), ConfigError> {
        let id = self.services.find(key).ok_or(ConfigError::NoSuchService)?;
        let mut scheduler = named(config.scheduler)?;
        let service = self.services.get_mut(id);
        (service.flags, service.origin) = (config.flags, origin);
        (service.persistence, service.one_packet) = (config.persistence, config.one_packet);
        if service.scheduler.name() != scheduler.name() {
            scheduler.start(now);
            service.scheduler = scheduler;
            self.tell_scheduler(id, DestChange::All);
            self.services.plan_tick();
        }
        Ok(())
    }

    /// The service goes, its destinations go to the trash; connections stay.
    fn delete_service(&mut self, now: Instant, id: ServiceId) {
        let service = self.services.remove(id);
        self.services.plan_tick();
        for dest in service.dests {
            self.discard(now, dest);
        }
        // A later service of this name is another one: it takes the destinations back without
        // counters.
        for dest in self.trash.iter() {
            let dest = &mut self.dests[dest.0 as usize];
            dest.service = dest.service.filter(|of| *of != id);
        }
    }

    fn add_dest(
        &mut self,
        now: Instant,
        key: ServiceKey,
        rip: Endpoint,
        config: DestConfig,
        origin: OriginId,
    ) -> Result<(), ConfigError> {
        let service = self.services.find(key).ok_or(ConfigError::ServiceNotDefined)?;
        check(config)?;
        if self.find_dest(service, rip).is_some() {
            return Err(ConfigError::DestExists);
        }
        let id = match self.trash.take(key, rip, &self.dests) {
            Some(id) => id,
            None if !is_unicast(rip.addr) => return Err(ConfigError::BadAddress),
            None => self.new_dest(key, service, rip, config.method),
        };
        let dest = &mut self.dests[id.0 as usize];
        if dest.service != Some(service) {
            dest.stats.zero(now);
        }
        dest.service = Some(service);
        dest.place = Place::InService;
        dest.last_weight = config.weight;
        dest.configure(config, origin);
        self.services.get_mut(service).dests.insert(0, id);
        if config.method == Method::FullNat {
            self.make_room_for_ports();
        }
        self.tell_scheduler(service, DestChange::Added(id));
        Ok(())
    }

    /// A destination that is yet to be configured.
    fn new_dest(
        &mut self,
        home: ServiceKey,
        service: ServiceId,
        rip: Endpoint,
        method: Method,
    ) -> DestId {
        let dest = Dest {
            rip,
            method,
            weight: 0,
            last_weight: 0,
            upper: 0,
            lower: 0,
            overloaded: false,
            active: 0,
            inactive: 0,
            persistent: 0,
            stats: self.new_stats(),
            origin: OriginId::default(),
            home,
            service: Some(service),
            place: Place::InService,
            path: KnownPath::default(),
        };
        match self.trash.free_slot() {
            Some(id) => {
                self.dests[id.0 as usize] = dest;
                id
            }
            None => {
                self.dests.push(dest);
                DestId(self.dests.len() as u32 - 1)
            }
        }
    }

    fn edit_dest(
        &mut self,
        key: ServiceKey,
        rip: Endpoint,
        config: DestConfig,
        origin: OriginId,
    ) -> Result<(), ConfigError> {
        let service = self.services.find(key).ok_or(ConfigError::ServiceNotDefined)?;
        check(config)?;
        let (_, id) = self.find_dest(service, rip).ok_or(ConfigError::NoSuchDest)?;
        self.dests[id.0 as usize].configure(config, origin);
        if config.method == Method::FullNat {
            self.make_room_for_ports();
        }
        self.tell_scheduler(service, DestChange::Edited(id));
        Ok(())
    }

    fn delete_dest(
        &mut self,
        now: Instant,
        key: ServiceKey,
        rip: Endpoint,
    ) -> Result<(), ConfigError> {
        let service = self.services.find(key).ok_or(ConfigError::ServiceNotDefined)?;
        let (place, id) = self.find_dest(service, rip).ok_or(ConfigError::NoSuchDest)?;
        let order = &mut self.services.get_mut(service).dests;
        order.remove(place);
        let before = place.checked_sub(1).map(|place| order[place]);
        self.discard(now, id);
        self.tell_scheduler(service, DestChange::Removed { id, before });
        Ok(())
    }

    /// A destination that left its service. Linux 6.1 ip_vs_ctl.c __ip_vs_del_dest.
    fn discard(&mut self, now: Instant, id: DestId) {
        self.trash.put(now, id, &mut self.dests);
        if self.sysctls.is_on(Sysctl::ExpireNodestConn) {
            self.sweep.get_or_insert(now + TICK);
        }
    }

    fn zero(&mut self, now: Instant, key: Option<ServiceKey>) -> Result<(), ConfigError> {
        let ids: Vec<ServiceId> = match key {
            Some(key) => alloc::vec![self.services.find(key).ok_or(ConfigError::NoSuchService)?],
            None => {
                self.total.zero(now);
                self.services.iter().map(|service| service.id).collect()
            }
        };
        for id in ids {
            let Service { dests, stats, .. } = self.services.get_mut(id);
            stats.zero(now);
            for dest in dests {
                self.dests[dest.0 as usize].stats.zero(now);
            }
        }
        Ok(())
    }

    /// So that no packet needs memory to have its local port counted, except where a service for all
    /// ports asks a real server at many.
    fn make_room_for_ports(&mut self) {
        let pairs = self.services.iter().map(|service| {
            let is_full = |id: &&DestId| self.dests[id.0 as usize].method == Method::FullNat;
            service.dests.iter().filter(is_full).count() * service.locals.iter().count()
        });
        let pairs = pairs.sum();
        self.table.make_room_for_ports(pairs);
    }

    fn local_addrs_of(&mut self, key: ServiceKey) -> Result<&mut Locals, ConfigError> {
        let service = self.services.find(key).ok_or(ConfigError::ServiceNotDefined)?;
        Ok(&mut self.services.get_mut(service).locals)
    }

    /// A destination of this service: its place in the list and its handle.
    fn find_dest(&self, service: ServiceId, rip: Endpoint) -> Option<(usize, DestId)> {
        let order = &self.services.get(service).dests;
        let is_it = |id: &DestId| self.dests[id.0 as usize].rip == rip;
        order.iter().position(is_it).map(|place| (place, order[place]))
    }

    fn tell_scheduler(&mut self, service: ServiceId, what: DestChange) {
        let Service { scheduler, dests: order, .. } = self.services.get_mut(service);
        scheduler.changed(what, Dests { order, slab: &self.dests });
    }
}

impl Dest {
    /// Takes over what was said; what was remembered of the way there is asked for again.
    /// Overload ends where the upper threshold is taken away or raised; newer kernels compare anew.
    fn configure(&mut self, config: DestConfig, origin: OriginId) {
        let DestConfig { method, weight, upper, lower } = config;
        self.overloaded &= upper != 0 && upper <= self.upper;
        if weight != 0 {
            self.last_weight = weight;
        }
        (self.method, self.weight) = (method, weight);
        (self.upper, self.lower) = (upper, lower);
        self.origin = origin;
        self.path.mtu = 0;
    }
}

/// The scheduler of this name, or why there is none.
fn named(name: &str) -> Result<Scheduler, ConfigError> {
    Scheduler::named(name).ok_or_else(|| {
        let known = NOT_YET.iter().find(|known| **known == name);
        known.map_or(ConfigError::NoScheduler, |what| ConfigError::NotSimulated { what })
    })
}

fn check(config: DestConfig) -> Result<(), ConfigError> {
    if config.lower > config.upper {
        return Err(ConfigError::OutOfRange);
    }
    Ok(())
}

/// Whether an address may be a host's own, as far as it can be told without a routing table. A
/// network's broadcast address is for the host to refuse. Linux 6.1 fib_frontend.c
/// __inet_dev_addr_type.
fn is_unicast(addr: Ipv4Addr) -> bool {
    addr.octets()[0] != 0 && !addr.is_multicast() && !addr.is_broadcast()
}

#[cfg(test)]
mod tests;
