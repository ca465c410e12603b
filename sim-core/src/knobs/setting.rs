//! Knobs of the kernel: each setting that decides about packets, with the values that mean something.

use lvs_engine::Sysctl;

use super::{Bench, Kind, Seat};
use crate::event::IfaceId;
use crate::host::fib::LO;
use crate::host::iface::IfaceKind;
use crate::host::sysctl::{Combine, Conf, Global, Key, NeighConf, Scope, Tracking};

const SWITCH: &[i32] = &[0, 1];

/// Settings of `conf`, the likeliest first, with their values.
#[rustfmt::skip]
pub const CONF: &[(Conf, &[i32])] = &[
    (Conf::ArpIgnore,         &[0, 1, 2, 3, 8]),
    (Conf::ArpAnnounce,       &[0, 1, 2]),
    (Conf::RpFilter,          &[0, 1, 2]),
    (Conf::AcceptLocal,       SWITCH),
    (Conf::SendRedirects,     SWITCH),
    (Conf::AcceptRedirects,   SWITCH),
    (Conf::ProxyArp,          SWITCH),
    (Conf::ProxyArpPvlan,     SWITCH),
    (Conf::ArpFilter,         SWITCH),
    (Conf::Forwarding,        SWITCH),
    (Conf::SecureRedirects,   SWITCH),
    (Conf::SharedMedia,       SWITCH),
    (Conf::ArpAccept,         SWITCH),
    (Conf::ArpNotify,         SWITCH),
    (Conf::DropGratuitousArp, SWITCH),
    (Conf::RouteLocalnet,     SWITCH),
    (Conf::PromoteSecondaries, SWITCH),
    (Conf::ArpEvictNocarrier, SWITCH),
];

/// Settings of which there is one a host.
#[rustfmt::skip]
pub const GLOBAL: &[(Global, &[i32])] = &[
    (Global::IpForward,                  SWITCH),
    (Global::IcmpEchoIgnoreAll,          SWITCH),
    (Global::IcmpEchoIgnoreBroadcasts,   SWITCH),
    (Global::IpNonlocalBind,             SWITCH),
    (Global::IcmpRatelimit,              &[1_000, 0]),
    (Global::IcmpRatemask,               &[6_168, 0]),
    (Global::IcmpMsgsPerSec,             &[1_000, 10_000]),
    (Global::IcmpMsgsBurst,              &[50, 10_000]),
    (Global::IcmpErrorsUseInboundIfaddr, SWITCH),
    (Global::GcThresh3,                  &[1_024]),
    (Global::IpDefaultTtl,               &[64, 255]),
];

/// Settings of the neighbour table of an interface.
#[rustfmt::skip]
pub const NEIGH: &[(NeighConf, &[i32])] = &[
    (NeighConf::Locktime,            &[0, 100]),
    (NeighConf::UnresQlenBytes,      &[212_992, 10_000_000]),
    (NeighConf::ProxyDelay,          &[0, 80]),
    (NeighConf::ProxyQlen,           &[64, 1_024]),
    (NeighConf::BaseReachableTimeMs, &[30_000]),
    (NeighConf::DelayFirstProbeTime, &[5]),
    (NeighConf::RetransTimeMs,       &[1_000]),
    (NeighConf::UcastSolicit,        &[3]),
    (NeighConf::McastSolicit,        &[3, 10]),
    (NeighConf::McastResolicit,      &[0, 3]),
];

/// Settings of connection tracking; its times have their defaults only.
#[rustfmt::skip]
pub const TRACKING: &[(Tracking, &[i32])] = &[
    (Tracking::Max,      &[65_536, 0]),
    (Tracking::TcpLoose, SWITCH),
    (Tracking::Checksum, SWITCH),
];

/// Settings of IPVS; those that are not here have their defaults only.
#[rustfmt::skip]
pub const IPVS: &[(Sysctl, &[i32])] = &[
    (Sysctl::Conntrack,             SWITCH),
    (Sysctl::SloppyTcp,             SWITCH),
    (Sysctl::ExpireNodestConn,      SWITCH),
    (Sysctl::ExpireQuiescentTemplate, SWITCH),
    (Sysctl::ConnReuseMode,         &[1, 0, 2]),
    (Sysctl::CacheBypass,           SWITCH),
    (Sysctl::SnatReroute,           SWITCH),
    (Sysctl::NatIcmpSend,           SWITCH),
    (Sysctl::ScheduleIcmp,          SWITCH),
    (Sysctl::PmtuDisc,              SWITCH),
    (Sysctl::DropEntry,             &[0]),
    (Sysctl::DropPacket,            &[0]),
    (Sysctl::SecureTcp,             &[0]),
];

/// Settings that a word says of, and no decision reads: they are no knobs.
pub const NO_KNOBS: &[&str] = &["log_martians", "nf_conntrack_acct", "nf_conntrack_count"];

/// All knobs of the kernel of a host.
pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    for (key, values) in GLOBAL {
        one(bench, seat, key.path().to_owned(), Key::Global(*key), values);
    }
    for (key, values) in CONF {
        conf(bench, seat, *key, values);
    }
    if seat.host.engine().is_some() {
        ipvs(bench, seat);
    }
    if seat.host.engine().is_some() || seat.host.netfilter().is_some() {
        for key in Tracking::ALL.iter().filter(|key| !NO_KNOBS.contains(&key.name())) {
            let default = [key.default_value()];
            let own = TRACKING.iter().find(|(own, _)| own == key);
            let values = own.map_or(&default[..], |(_, values)| values);
            one(bench, seat, format!("net.netfilter.{}", key.name()), Key::Tracking(*key), values);
        }
    }
    for iface in cards(seat) {
        let name = &seat.host.fib().iface(iface).name;
        for (key, values) in NEIGH {
            let path = format!("net.ipv4.neigh.{name}.{}", key.name());
            one(bench, seat, path, Key::Neigh(Scope::Iface(iface), *key), values);
        }
    }
    recipes(bench, seat);
}

/// The interfaces of a host that packets pass.
fn cards(seat: &Seat<'_>) -> impl Iterator<Item = IfaceId> {
    let fib = seat.host.fib();
    fib.iface_ids().filter(|id| *id != LO && !fib.iface(*id).gone)
}

/// One setting with each value that it has not.
fn one(bench: &mut Bench<'_>, seat: &Seat<'_>, path: String, key: Key, values: &[i32]) {
    let Some(own) = seat.host.sysctls().get(key) else { return };
    for value in values.iter().filter(|value| **value != own.value) {
        let line = format!("sysctl -w {path}={value}");
        bench.line(Kind::Setting, seat, line, Some(own.origin));
    }
}

/// A setting of `conf`: of all interfaces, of each, and for ARP of `lo`, where it does nothing.
fn conf(bench: &mut Bench<'_>, seat: &Seat<'_>, key: Conf, values: &[i32]) {
    let mut scopes = Vec::new();
    if key.combine() != Combine::Own {
        scopes.push(("all".to_owned(), Scope::All));
    }
    let own = |id: IfaceId| (seat.host.fib().iface(id).name.clone(), Scope::Iface(id));
    scopes.extend(cards(seat).map(own));
    if matches!(key, Conf::ArpIgnore | Conf::ArpAnnounce | Conf::RpFilter) {
        scopes.push(own(LO));
    }
    for (name, scope) in scopes {
        let path = format!("net.ipv4.conf.{name}.{}", key.name());
        one(bench, seat, path, Key::Conf(scope, key), values);
    }
}

fn ipvs(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let Some(engine) = seat.host.engine() else { return };
    for sysctl in Sysctl::ALL.iter().filter(|own| own.has_effect() && own.scheduler().is_none()) {
        let default = [sysctl.default_value()];
        let own = IPVS.iter().find(|(own, _)| own == sysctl);
        let values = own.map_or(&default[..], |(_, values)| values);
        let (now, origin) = engine.sysctl(*sysctl);
        for value in values.iter().filter(|value| **value != now) {
            let line = format!("sysctl -w {}={value}", sysctl.path());
            bench.line(Kind::Setting, seat, line, Some(origin));
        }
    }
}

/// Two settings of which one alone is none: what is off only where both are off, and what belongs
/// together.
fn recipes(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let sysctls = seat.host.sysctls();
    let value = |scope, key| sysctls.get(Key::Conf(scope, key)).map_or(0, |own| own.value);
    let set = |name: &str, key: Conf, value: i32| {
        format!("sysctl -w net.ipv4.conf.{name}.{}={value}", key.name())
    };
    for card in cards(seat) {
        let iface = seat.host.fib().iface(card);
        if iface.kind == IfaceKind::Dummy {
            continue;
        }
        let scopes = [Scope::All, Scope::Iface(card)];
        for (key, _) in CONF.iter().filter(|(key, _)| {
            matches!(key.combine(), Combine::Max | Combine::Or)
                && scopes.iter().all(|scope| value(*scope, *key) != 0)
        }) {
            let origin = sysctls.get(Key::Conf(Scope::All, *key)).map(|own| own.origin);
            let lines = vec![set("all", *key, 0), set(&iface.name, *key, 0)];
            bench.lines(Kind::Setting, seat, lines, origin);
        }
        let lines = vec![set(&iface.name, Conf::AcceptLocal, 1), set("all", Conf::RpFilter, 0)];
        if scopes.iter().any(|scope| value(*scope, Conf::RpFilter) != 0) {
            bench.lines(Kind::Setting, seat, lines, None);
        }
    }
    let both = vec![set("all", Conf::ArpIgnore, 1), set("all", Conf::ArpAnnounce, 2)];
    if value(Scope::All, Conf::ArpIgnore) == 0 && value(Scope::All, Conf::ArpAnnounce) == 0 {
        bench.lines(Kind::Setting, seat, both, None);
    }
}
