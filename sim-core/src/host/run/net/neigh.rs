//! `ip neigh`: shows and changes the neighbour table. iproute2 6.1: ip/ipneigh.c; Linux 6.1:
//! net/core/neighbour.c, neigh_add and neigh_delete.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::Done;
use super::addr::flushed;
use super::errno::{Errno, answers, cannot_find, not_simulated, says};
use super::record::{Json, Record, print};
use crate::Mac;
use crate::command::ip::Options;
use crate::command::ip::neigh::{Entry, Filter, Neigh, Nud};
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::iface::IfaceKind;
use crate::host::neigh::{Neighbour, State, Update};

/// Which neighbour.
type Key = (IfaceId, Ipv4Addr);

/// What may become of an entry that is there, and of one that is not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Add,
    Replace,
    Change,
}

impl Host {
    pub(super) fn run_ip_neigh(
        &mut self,
        neigh: &Neigh,
        options: Options,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match neigh {
            Neigh::Show(filter) => match self.chosen(filter) {
                Ok(chosen) => {
                    let with_dev = filter.dev.is_none();
                    let shown =
                        chosen.iter().filter(|&&key| self.neigh[&key].state != State::Noarp);
                    print(
                        shown.map(|&key| self.neigh_line(key, with_dev, options)).collect(),
                        options,
                    )
                }
                Err(done) => done,
            },
            Neigh::Add(entry) => self.ip_neigh_set(entry, Mode::Add, origin, cx),
            Neigh::Replace(entry) => self.ip_neigh_set(entry, Mode::Replace, origin, cx),
            Neigh::Change(entry) => self.ip_neigh_set(entry, Mode::Change, origin, cx),
            Neigh::Del { to, dev } => match self.fib.iface_by_name(dev) {
                Some(id) if self.forget((id, *to), origin, cx) => Done::ok(""),
                Some(_) => answers(Errno::NoEntry),
                None => cannot_find(dev),
            },
            Neigh::Flush(filter) => self.ip_neigh_flush(filter, options, origin, cx),
        }
    }

    /// The entries of a listing.
    fn chosen(&self, filter: &Filter) -> Result<Vec<Key>, Done> {
        let dev = match &filter.dev {
            Some(dev) => Some(self.fib.iface_by_name(dev).ok_or_else(|| cannot_find(dev))?),
            None => None,
        };
        let to = filter.to;
        let fits = |&(id, addr): &Key| {
            dev.is_none_or(|dev| dev == id) && to.is_none_or(|to| to.contains(addr))
        };
        Ok(self.neigh.keys().copied().filter(fits).collect())
    }

    fn neigh_line(&self, key: Key, with_dev: bool, options: Options) -> Record {
        let entry = &self.neigh[&key];
        let (addr, dev) = (key.1, self.fib.iface(key.0).name.as_str());
        let mac = entry.state.is_valid().then_some(entry.mac);
        let mut line = Record::default();
        if options.brief {
            line.say(format!("{:<39} {dev:<16} ", addr.to_string()));
            line.put("dst", addr).put("dev", dev);
            if let Some(mac) = mac {
                line.fact("", "lladdr", mac, "");
            }
            line.say("\n");
            return line;
        }
        line.fact("", "dst", addr, " ");
        if with_dev {
            line.fact("dev ", "dev", dev, " ");
        }
        if let Some(mac) = mac {
            line.fact("lladdr ", "lladdr", mac, " ");
        }
        if options.stats > 0 {
            self.neigh_stats(&mut line, entry);
        }
        let state = entry.state.name();
        line.say(format!("{state} \n")).put("state", Json::words([state]));
        line
    }

    /// References (only a running timer is one), and seconds since it was used, confirmed and
    /// changed.
    fn neigh_stats(&self, line: &mut Record, entry: &Neighbour) {
        let ago = |then| (self.fib.now - then).as_secs();
        if entry.timer.is_some() {
            line.fact(" ref ", "refcnt", 1_u32, "");
        }
        line.fact(" used ", "used", ago(entry.used), "/");
        line.fact("", "confirmed", ago(entry.confirmed), "/");
        line.fact("", "updated", ago(entry.updated), "");
        line.fact("probes ", "probes", entry.probes.unsigned_abs(), " ");
    }

    fn ip_neigh_set(
        &mut self,
        typed: &Entry,
        mode: Mode,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let Some(id) = self.fib.iface_by_name(&typed.dev) else { return cannot_find(&typed.dev) };
        if self.fib.iface(id).kind != IfaceKind::Ethernet {
            return not_simulated(format!("neigh dev {}", typed.dev), 2);
        }
        let key = (id, typed.to);
        match (mode, self.neigh.contains_key(&key)) {
            (Mode::Add, true) => return answers(Errno::Exists),
            (Mode::Change, false) => return answers(Errno::NoEntry),
            _ => {}
        }
        let state = match typed.nud {
            None | Some(Nud::Permanent) => State::Permanent,
            Some(Nud::Reachable) => State::Reachable,
            Some(Nud::Noarp) => State::Noarp,
            Some(Nud::Stale) => State::Stale,
            Some(Nud::Delay) => State::Delay,
            Some(Nud::Probe) => State::Probe,
            Some(Nud::Failed) => {
                self.give_up(key, origin, cx);
                return Done::ok("");
            }
            Some(Nud::None) => return not_simulated("nud none", 2),
            Some(Nud::Incomplete) => return not_simulated("nud incomplete", 2),
        };
        let known = self.neigh.get(&key).filter(|entry| entry.state.is_valid());
        let Some(mac) = typed.lladdr.or(known.map(|entry| entry.mac)) else {
            // Differs from Linux, which leaves an entry behind that no listing shows.
            return says("No link layer address given.");
        };
        self.set_neighbour(key, mac, state, origin, cx);
        Done::ok("")
    }

    /// An administrator's word about a neighbour.
    pub(super) fn set_neighbour(
        &mut self,
        key: Key,
        mac: Mac,
        state: State,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) {
        self.neigh_update(key, Update { mac, state, replace: true, admin: true }, true, cx);
        if let Some(entry) = self.neigh.get_mut(&key) {
            entry.origin = origin;
        }
    }

    /// Nobody will answer: what waits for it is told. Linux 6.1 neighbour.c, __neigh_update.
    fn give_up(&mut self, key: Key, origin: OriginId, cx: &mut Cx<'_>) {
        let entry = self.neigh.entry(key).or_insert_with(|| Neighbour::new(cx.now));
        entry.timer = None;
        let asking = matches!(entry.state, State::Incomplete | State::Probe);
        entry.state = State::Failed;
        if asking {
            self.neigh_fail(key, origin, cx);
        }
    }

    /// Removes an entry, whatever its state; whether there was one.
    pub(super) fn forget(&mut self, key: Key, origin: OriginId, cx: &mut Cx<'_>) -> bool {
        if !self.neigh.contains_key(&key) {
            return false;
        }
        self.give_up(key, origin, cx);
        self.neigh.remove(&key).is_some()
    }

    fn ip_neigh_flush(
        &mut self,
        filter: &Filter,
        options: Options,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let mut chosen = match self.chosen(filter) {
            Ok(chosen) => chosen,
            Err(done) => return done,
        };
        chosen.retain(|key| !matches!(self.neigh[key].state, State::Permanent | State::Noarp));
        let mut text = String::new();
        for &key in &chosen {
            if options.stats > 1 {
                text += &self.neigh_line(key, filter.dev.is_none(), options).text;
            }
            self.forget(key, origin, cx);
        }
        Done::ok(text + &flushed(chosen.len(), "entries", options.stats))
    }
}
