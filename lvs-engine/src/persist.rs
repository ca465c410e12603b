//! Persistence: a client's next connections go where its first one went.
//!
//! A template remembers the client, or its network, and the destination. It holds for one port of
//! the VIP, or for all ports where the service has port 0 or is FTP's, or for all that has the
//! service's mark. Each new connection gives it its whole time again, and while one of its
//! connections lives it does not end.
//!
//! Linux 6.1 ip_vs_core.c ip_vs_sched_persist, ip_vs_conn.c ip_vs_ct_in_get, ip_vs_check_template.

use core::net::Ipv4Addr;
use core::time::Duration;

use crate::engine::{Arrival, Engine};
use crate::schedule::Refused;
use crate::services::FTP;
use crate::{
    Conn, DestId, Endpoint, Flags, Flow, Persistence, Probe, Proto, Reason, ServiceId, ServiceKey,
    State, Sysctl,
};

impl Engine {
    /// A connection to where the client's template leads, or to where the scheduler says;
    /// `None` if it names no destination.
    pub(crate) fn persist<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        service: ServiceId,
        persistence: Persistence,
        probe: &mut P,
    ) -> Result<Option<u32>, Refused> {
        let name = self.services.get(service).key;
        let key = template_key(name, flow, persistence.mask);
        let known = self.table.find_template(&key).filter(|id| self.is_valid(*id, probe));
        let (template, dest) = match known {
            Some(id) => (id, self.table.get(id).dest),
            None => {
                let Some(dest) = self.pick(service, arrival, flow, probe) else { return Ok(None) };
                let Persistence { timeout_s, .. } = persistence;
                (self.remember(arrival, &key, service, dest, timeout_s, probe)?, dest)
            }
        };
        let port = match self.dests[dest.0 as usize].rip.port {
            port if port != 0 && flow.dst.port == name.vip().port => port,
            _ => flow.dst.port,
        };
        let conn = self.connect(arrival, flow, service, dest, port, probe);
        if let Ok(conn) = conn {
            self.table.adopt(conn, template);
        }
        self.table.touch(template, arrival.now);
        conn.map(Some)
    }

    /// Whether a template still leads anywhere; one that does not is found by no packet any more.
    fn is_valid<P: Probe>(&mut self, id: u32, probe: &mut P) -> bool {
        let Conn { client, vip, rip, dest, .. } = *self.table.get(id);
        let dest = &self.dests[dest.0 as usize];
        let is_quiesced = dest.is_available() && dest.weight == 0;
        if is_quiesced {
            self.sysctls.note(Sysctl::ExpireQuiescentTemplate, probe);
        }
        let ends = is_quiesced && self.sysctls.is_on(Sysctl::ExpireQuiescentTemplate);
        if dest.is_available() && !ends {
            probe.note(Reason::TemplateFound { client, vip, rip, origin: dest.origin });
            return true;
        }
        probe.note(Reason::TemplateInvalid { client, vip, rip, origin: dest.origin });
        self.table.invalidate(id);
        false
    }

    /// Makes a template.
    fn remember<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        key: &Flow,
        service: ServiceId,
        id: DestId,
        timeout_s: u32,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        let dest = &self.dests[id.0 as usize];
        let Flow { proto, src: client, dst: vip } = *key;
        // A template for all ports has no real server's port either.
        let port = if vip.port == 0 { 0 } else { dest.rip.port };
        let rip = Endpoint::new(dest.rip.addr, port);
        let timeout = Duration::from_secs(u64::from(timeout_s));
        let template = Conn {
            client,
            vip,
            rip,
            lip: client,
            proto,
            dest: id,
            service: Some(service),
            method: dest.method,
            state: State::None,
            flags: Flags { template: true, ..Flags::default() },
            timeout,
            expires_at: arrival.now + timeout,
            in_pkts: 0,
        };
        let entry = self.enter(arrival, template, probe)?;
        probe.note(Reason::TemplateNew { client, vip, rip, timeout_s });
        Ok(entry)
    }
}

/// What a packet's template is found by.
fn template_key(service: ServiceKey, flow: &Flow, mask: Ipv4Addr) -> Flow {
    let src = Endpoint::new(flow.src.addr & mask, 0);
    let vip = service.vip();
    match service.mark() {
        _ if flow.dst.port == vip.port && vip.port != FTP => Flow { src, ..*flow },
        Some(mark) => {
            Flow { proto: Proto::Ip, src, dst: Endpoint::new(Ipv4Addr::from_bits(mark), 0) }
        }
        None => Flow { src, dst: Endpoint::new(flow.dst.addr, 0), ..*flow },
    }
}

#[cfg(test)]
mod tests;
