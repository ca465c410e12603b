//! The settings of a host: the value that counts, which of its copies made it so, and where that one was set.

use lvs_engine::{OriginId, Sysctl};
use sim_core::event::IfaceId;
use sim_core::host::Host;
use sim_core::host::iface::IfaceKind;
use sim_core::host::sysctl::{Combine, Conf, Global, Key, NeighConf, Scope, Tracking, Value};
use sim_core::knobs::setting::CONF;

use super::table::Row;

/// The kernel itself: nobody set it.
const KERNEL: OriginId = OriginId(0);

/// What LVS stands and falls with: shown whoever set it.
const ALWAYS: [Conf; 4] = [Conf::ArpIgnore, Conf::ArpAnnounce, Conf::RpFilter, Conf::Forwarding];

/// The settings. Unless `all` is wanted, those that LVS depends on and those that somebody has set.
pub(super) fn settings(host: &Host, all: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let sysctls = host.sysctls();
    for key in Global::ALL {
        let own = sysctls.get(Key::Global(*key));
        plain(&mut rows, key.path().into(), own, all || *key == Global::IpForward);
    }
    let mut confs: Vec<Conf> = CONF.iter().map(|(conf, _)| *conf).collect();
    confs.extend(Conf::ALL.iter().filter(|conf| !CONF.iter().any(|(own, _)| own == *conf)));
    for conf in confs {
        for iface in host.fib().iface_ids() {
            rows.extend(of_iface(host, conf, iface, all));
        }
    }
    for iface in host.fib().iface_ids().filter(|id| !host.fib().iface(*id).gone) {
        let name = &host.fib().iface(iface).name;
        for key in NeighConf::ALL {
            let own = sysctls.get(Key::Neigh(Scope::Iface(iface), *key));
            plain(&mut rows, format!("net.ipv4.neigh.{name}.{}", key.name()), own, all);
        }
    }
    if let Some(engine) = host.engine() {
        for key in Sysctl::ALL.iter().filter(|key| key.has_effect()) {
            let (value, origin) = engine.sysctl(*key);
            plain(&mut rows, key.path().into(), Some(Value { value, origin }), all);
        }
    }
    if host.netfilter().is_some() {
        for key in Tracking::ALL.iter().filter(|key| **key != Tracking::Count) {
            let own = sysctls.get(Key::Tracking(*key));
            plain(&mut rows, format!("net.netfilter.{}", key.name()), own, all);
        }
    }
    rows
}

/// A setting of which there is one copy.
fn plain(rows: &mut Vec<Row>, name: String, own: Option<Value>, is_wanted: bool) {
    let Some(Value { value, origin }) = own.filter(|own| is_wanted || own.origin != KERNEL) else {
        return;
    };
    let cells = vec![name.clone(), value.to_string(), String::new()];
    rows.push(Row::new(name, cells, Some(origin)));
}

/// A setting of an interface: `all` and its own value make the one that counts.
fn of_iface(host: &Host, conf: Conf, iface: IfaceId, all: bool) -> Option<Row> {
    let (sysctls, card) = (host.sysctls(), host.fib().iface(iface));
    let common = sysctls.get(Key::Conf(Scope::All, conf))?;
    let own = sysctls.get(Key::Conf(Scope::Iface(iface), conf))?;
    // On lo nobody asks who has an address, and nothing comes from elsewhere.
    let is_card = card.kind != IfaceKind::Loopback;
    let is_set = own.origin != KERNEL || is_card && common.origin != KERNEL;
    if card.gone || !(all || is_card && ALWAYS.contains(&conf) || is_set) {
        return None;
    }
    let value = sysctls.quiet(conf, iface);
    let combine = match sysctls.quiet(Conf::Forwarding, iface) != 0 {
        true if conf == Conf::AcceptRedirects => Combine::And,
        _ => conf.combine(),
    };
    let (origin, words) = decided(combine, common, own, &card.name);
    let name = format!("net.ipv4.conf.{}.{}", card.name, conf.name());
    let cells = vec![name.clone(), value.to_string(), words];
    Some(Row::new(name, cells, Some(origin)))
}

/// Which of both copies has made the value, and how. Where both would have, the one that somebody has set.
fn decided(combine: Combine, all: Value, own: Value, name: &str) -> (OriginId, String) {
    let (a, b) = (all.value, own.value);
    let set = if own.origin != KERNEL { own.origin } else { all.origin };
    let by = |is_all: bool, is_own: bool| match (is_all, is_own) {
        (true, false) => all.origin,
        (false, true) => own.origin,
        _ => set,
    };
    match combine {
        Combine::Max => (by(a > b, b > a), format!("max(all {a}, {name} {b})")),
        Combine::Or => (by(a != 0 && b == 0, a == 0 && b != 0), format!("all {a} or {name} {b}")),
        Combine::And => (by(a == 0 && b != 0, a != 0 && b == 0), format!("all {a} and {name} {b}")),
        Combine::Own => (own.origin, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn the_copy_that_decides_says_where_it_was_set() {
        let (kernel, one, other) = (KERNEL, OriginId(7), OriginId(8));
        for (combine, all, own, origin, words) in [
            (Combine::Max, (2, one),    (1, other),  one,    "max(all 2, eth0 1)"),
            (Combine::Max, (1, one),    (2, other),  other,  "max(all 1, eth0 2)"),
            (Combine::Max, (1, one),    (1, kernel), one,    "max(all 1, eth0 1)"),
            (Combine::Max, (0, kernel), (0, kernel), kernel, "max(all 0, eth0 0)"),
            (Combine::Or,  (0, one),    (1, kernel), kernel, "all 0 or eth0 1"),
            (Combine::And, (0, one),    (1, other),  one,    "all 0 and eth0 1"),
            (Combine::Own, (1, one),    (0, other),  other,  ""),
        ] {
            let value = |(value, origin)| Value { value, origin };
            assert_eq!(decided(combine, value(all), value(own), "eth0"), (origin, words.to_owned()));
        }
    }
}
