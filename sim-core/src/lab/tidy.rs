//! How many knobs an answer has changed: settings, addresses, routes, interfaces, neighbours by hand, services, rules.
//!
//! Two states of the machines are compared, not the commands: what was set and taken back is no change, and a line that sets two
//! settings is two.

use std::collections::BTreeMap;

use lvs_engine::Sysctl;

use crate::host::sysctl::{Conf, NeighConf, Tracking};
use crate::whatif::configured;
use crate::world::World;

/// What tells a knob from others: node, table, and the key within it.
type Key = (String, &'static str, String);

/// The knobs that stand otherwise than before, each as it is printed, with its node and table.
pub(super) fn changes(before: &World, after: &World) -> Vec<String> {
    let (before, after) = (configured(before), configured(after));
    let mut keys: Vec<&Key> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    let changed: Vec<&Key> =
        keys.into_iter().filter(|key| is_change(key, &before, &after)).collect();
    let forwards = |node: &str| {
        changed.iter().any(|(own, _, key)| own == node && key == "net.ipv4.ip_forward")
    };
    let own = changed.iter().filter(|(node, _, key)| !(follows_forwarding(key) && forwards(node)));
    own.map(|key| told(key, &after)).collect()
}

/// Whether writing ip_forward writes this, too. Linux 6.1 net/ipv4/devinet.c, inet_forward_change.
fn follows_forwarding(key: &str) -> bool {
    key.ends_with(".forwarding") || key == "net.ipv4.conf.all.accept_redirects"
}

fn is_change(key: &Key, before: &BTreeMap<Key, String>, after: &BTreeMap<Key, String>) -> bool {
    match (before.get(key), after.get(key)) {
        (Some(one), Some(other)) => one != other,
        // A command that loads a module, or makes an interface, brings settings with it.
        (None, Some(value)) if key.1 == "sysctl" => Some(value.as_str()) != born(&key.2).as_deref(),
        (one, other) => one.is_some() != other.is_some(),
    }
}

/// The value that a setting has when it comes into the world.
fn born(path: &str) -> Option<String> {
    if let Some(own) = Sysctl::ALL.iter().find(|own| own.path() == path) {
        return Some(own.default_value().to_string());
    }
    let name = path.rsplit('.').next()?;
    let conf = || Conf::by_name(name).map(Conf::default_value);
    let neigh = || NeighConf::by_name(name).map(NeighConf::default_value);
    let value = match path.split('.').nth(2)? {
        "conf" => conf(),
        "neigh" => neigh(),
        _ => Tracking::by_name(name).map(Tracking::default_value),
    };
    value.map(|value| value.to_string())
}

fn told(key: &Key, after: &BTreeMap<Key, String>) -> String {
    let (node, table, knob) = key;
    match after.get(key) {
        Some(value) if value.is_empty() => format!("{node} {table}: {knob}"),
        Some(value) => format!("{node} {table}: {knob} = {value}"),
        None => format!("{node} {table}: - {knob}"),
    }
}
