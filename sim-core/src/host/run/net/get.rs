//! `ip route get`: which way would a packet take? Asked as a host that sends it, or as one that it
//! came in to.
//!
//! Linux 6.1: net/ipv4/route.c, inet_rtm_getroute, ip_route_output_key_hash_rcu,
//! ip_route_input_slow.

use std::net::Ipv4Addr;

use super::errno::{Errno, answers, cannot_find, not_simulated};
use super::record::{Json, Record, print};
use super::route::{say_kind, say_metrics};
use super::{Done, listing};
use crate::Prefix;
use crate::command::ip::Options;
use crate::command::ip::route::{self as typed, Filter, Get};
use crate::event::IfaceId;
use crate::host::Host;
use crate::host::fib::{Exception, LO, Refusal, Route, RouteKind, Table};
use crate::host::sysctl::Conf;

/// What is known of the way.
struct Way {
    kind: RouteKind,
    /// The gateway, if the next hop is not the destination itself.
    via: Option<Ipv4Addr>,
    iface: IfaceId,
    /// The source that the packet gets.
    src: Option<Ipv4Addr>,
    /// Whether the sender would be told of a better gateway.
    redirect: bool,
    /// What was learnt about the path.
    learnt: Option<Exception>,
    mtu: Option<u16>,
    advmss: Option<u16>,
}

impl Way {
    fn new(kind: RouteKind, iface: IfaceId) -> Self {
        let (via, src, learnt, mtu, advmss) = (None, None, None, None, None);
        Self { kind, via, iface, src, redirect: false, learnt, mtu, advmss }
    }

    /// What the route and the path bring along; a broadcast goes by neither.
    fn with_metrics(self, route: Option<&Route>, learnt: Option<&Exception>) -> Self {
        let learnt = learnt.copied();
        let mtu = learnt.and_then(|known| known.mtu).or(route.and_then(|route| route.mtu));
        Self { learnt, mtu, advmss: route.and_then(|route| route.advmss), ..self }
    }

    fn say_flags(&self, text: &mut Record) {
        let redirected = self.learnt.is_some_and(|known| known.gateway.is_some());
        let broadcast = self.kind == RouteKind::Broadcast;
        let flags = [
            ("local", self.kind == RouteKind::Local || broadcast || self.iface == LO),
            ("brd", broadcast),
            ("redirected", redirected),
            ("redirect", self.redirect),
        ];
        let set: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(flag, _)| *flag).collect();
        if !set.is_empty() {
            text.say(format!("<{}> ", set.join(",")));
        }
        text.put("cache", Json::words(set));
    }
}

impl Host {
    pub(super) fn ip_route_get(&self, get: &Get, options: Options) -> Done {
        let named = [&get.iif, &get.oif].map(|name| match name {
            Some(name) => self.fib.iface_by_name(name).map(Some).ok_or(name),
            None => Ok(None),
        });
        let (iif, oif) = match named {
            [Ok(iif), Ok(oif)] => (iif, oif),
            [Err(name), _] | [_, Err(name)] => return cannot_find(name),
        };
        if get.to.is_multicast() {
            return not_simulated(format!("{} (multicast)", get.to), 2);
        }
        let way = match iif {
            Some(iif) => self.way_in(get.to, get.from.unwrap_or(Ipv4Addr::UNSPECIFIED), iif),
            None => self.way_out(get.to, get.from.filter(|from| !from.is_unspecified()), oif),
        };
        match way {
            Ok(way) => print(vec![self.way_text(get, &way, options.oneline)], options),
            Err(error) => answers(error),
        }
    }

    /// `ip route show cache`: what was learnt about paths, in the order of the destinations. Linux has them in that of a hash which
    /// is another one on each machine. Linux 6.1 route.c, fib_dump_info_fnhe.
    pub(super) fn ip_route_show_cache(
        &self,
        filter: &Filter,
        dev: Option<IfaceId>,
        options: Options,
    ) -> Done {
        let mut learnt: Vec<&Exception> = self.fib.exceptions().collect();
        learnt.sort_unstable_by_key(|known| known.dst);
        let line = |known: &&Exception| {
            let route = self.fib.lookup(known.dst).filter(|route| route.table == Table::Main)?;
            let out = self.fib.output(known.dst, None, None).ok()?;
            let via = out.by_gateway.then_some(out.next);
            let way = Way { via, ..Way::new(out.kind, out.iface) };
            let way = way.with_metrics(Some(route), Some(known));
            let meant = dev.is_none_or(|dev| dev == way.iface)
                && filter.to.is_none_or(|to| to == Prefix::host(known.dst));
            let mut text = Record::default();
            self.say_way(&mut text, known.dst, None, &way, dev.is_none());
            text.put("flags", Json::List(Vec::new()));
            self.say_path(&mut text, &way, options.oneline);
            text.say("\n");
            meant.then_some(text)
        };
        let lines = learnt.iter().filter(|_| filter.table != typed::Table::Local);
        print(lines.filter_map(line).collect(), options)
    }

    fn way_text(&self, get: &Get, way: &Way, oneline: bool) -> Record {
        let mut text = Record::default();
        self.say_way(&mut text, get.to, get.from, way, true);
        if let Some(src) = way.src {
            text.fact("src ", "prefsrc", src, " ");
        }
        text.put("flags", Json::List(Vec::new()));
        if get.iif.is_none() {
            text.fact("uid ", "uid", 0_u32, " ");
        }
        self.say_path(&mut text, way, oneline);
        if let Some(iif) = &get.iif {
            text.fact("iif ", "iif", iif.as_str(), " ");
        }
        text.say("\n");
        text
    }

    /// Where it goes.
    fn say_way(
        &self,
        text: &mut Record,
        to: Ipv4Addr,
        from: Option<Ipv4Addr>,
        way: &Way,
        with_dev: bool,
    ) {
        say_kind(text, way.kind);
        text.fact("", "dst", to, " ");
        if let Some(from) = from.filter(|from| !from.is_unspecified()) {
            text.fact("from ", "from", from, " ");
        }
        if let Some(via) = way.via {
            text.fact("via ", "gateway", via, " ");
        }
        if with_dev {
            text.fact("dev ", "dev", self.fib.iface(way.iface).name.as_str(), " ");
        }
    }

    /// The second line: what is known of the path.
    fn say_path(&self, text: &mut Record, way: &Way, oneline: bool) {
        text.say(listing::line_end(oneline)).say("    cache ");
        way.say_flags(text);
        if let Some(known) = way.learnt {
            let left = (known.expires - self.fib.now).as_secs();
            text.fact("expires ", "expires", left, "sec ");
        }
        let locked = way.learnt.is_some_and(|known| known.mtu.is_some() && known.locked);
        say_metrics(text, way.mtu, locked, way.advmss);
    }

    /// The way of a packet of our own.
    fn way_out(
        &self,
        to: Ipv4Addr,
        from: Option<Ipv4Addr>,
        oif: Option<IfaceId>,
    ) -> Result<Way, Errno> {
        if let Some(from) = from {
            if from.is_multicast() || from.is_broadcast() || from.octets()[0] == 0 {
                return Err(Errno::Invalid);
            }
            if self.fib.kind_of(from) != RouteKind::Local {
                return Err(Errno::NetworkUnreachable);
            }
        }
        if to.is_unspecified() {
            let src = from.is_none().then_some(Ipv4Addr::LOCALHOST);
            return Ok(Way { src, ..Way::new(RouteKind::Local, LO) });
        }
        let out = self.fib.output(to, from, oif)?;
        if from.is_some_and(|from| from.is_loopback()) && out.iface != LO {
            return Err(Errno::Invalid);
        }
        let kind = if to.is_broadcast() { RouteKind::Broadcast } else { out.kind };
        let way = Way { src: from.is_none().then_some(out.src), ..Way::new(kind, out.iface) };
        if kind == RouteKind::Local {
            return Ok(way.with_metrics(None, self.fib.exception_of(to)));
        }
        if kind != RouteKind::Unicast {
            return Ok(way);
        }
        let via = out.by_gateway.then_some(out.next);
        let route = self.fib.lookup_on(to, oif);
        Ok(Way { via, ..way }.with_metrics(route, route.and(self.fib.exception_of(to))))
    }

    /// The way of a packet that came in.
    fn way_in(&self, to: Ipv4Addr, from: Ipv4Addr, iif: IfaceId) -> Result<Way, Errno> {
        let localnet = self.sysctl.quiet(Conf::RouteLocalnet, iif) != 0;
        if from.is_multicast() || from.is_broadcast() {
            return Err(Errno::Invalid);
        }
        if to.is_broadcast() || from.is_unspecified() && to.is_unspecified() {
            return Ok(Way::new(RouteKind::Broadcast, LO));
        }
        let loops = (from.is_loopback() || to.is_loopback()) && !localnet;
        if loops || from.octets()[0] == 0 || to.octets()[0] == 0 {
            return Err(Errno::Invalid);
        }
        let forwards = self.sysctl.quiet(Conf::Forwarding, iif) != 0;
        let unless_host = |error| if forwards { error } else { Errno::HostUnreachable };
        let Some(route) = self.fib.lookup(to) else {
            return Err(unless_host(Errno::NetworkUnreachable));
        };
        match route.kind {
            RouteKind::Local | RouteKind::Broadcast => {
                self.fib.validate(from, iif, None, self.strictness(iif)).map_err(refused)?;
                Ok(Way::new(route.kind, LO))
            }
            RouteKind::Unicast if forwards => self.way_through(to, from, iif, route),
            RouteKind::Unicast => Err(Errno::HostUnreachable),
            RouteKind::Prohibit => Err(unless_host(Errno::Access)),
            RouteKind::Blackhole => Err(unless_host(Errno::Invalid)),
            RouteKind::Throw => Err(unless_host(Errno::NetworkUnreachable)),
            RouteKind::Unreachable => Err(Errno::HostUnreachable),
        }
    }

    /// Forwarded, perhaps with a hint to the sender. Linux 6.1 route.c, __mkroute_input.
    fn way_through(
        &self,
        to: Ipv4Addr,
        from: Ipv4Addr,
        iif: IfaceId,
        route: &Route,
    ) -> Result<Way, Errno> {
        let out = self.fib.output(to, Some(from), None)?;
        let strictness = self.strictness(iif);
        let on_link = self.fib.validate(from, iif, Some(out.iface), strictness).map_err(refused)?;
        let shared = self.sysctl.quiet(Conf::SharedMedia, out.iface) != 0
            || self.fib.iface(out.iface).on_link(from, out.next);
        let redirect = out.iface == iif && on_link && strictness.send_redirects && shared;
        let via = out.by_gateway.then_some(out.next);
        let way = Way { via, redirect, ..Way::new(RouteKind::Unicast, out.iface) };
        Ok(way.with_metrics(Some(route), self.fib.exception_of(to)))
    }
}

/// Linux 6.1 fib_frontend.c, __fib_validate_source: only the reverse path filter has a number of
/// its own.
fn refused(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::Own | Refusal::NotUnicast => Errno::Invalid,
        Refusal::NoReversePath | Refusal::OtherInterface(..) => Errno::CrossDevice,
    }
}
