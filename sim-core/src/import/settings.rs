//! Kernel settings: `sysctl -a`, `/etc/sysctl.conf`.
//!
//! A whole dump has a thousand lines, and most say what a fresh kernel says: only what differs from
//! that is typed. What this simulator has not is told by families.

use std::collections::{BTreeMap, BTreeSet};

use lvs_engine::{Scheduler, Sysctl};

use super::told::Told;
use super::{Dump, Place};
use crate::command::sysctl::Key;
use crate::host::sysctl::tree::{is_real, paths};
use crate::host::sysctl::{Conf, Global, NeighConf, Tracking};
use crate::text;

/// The settings of a host: by path below `/proc/sys`, the value and its place.
pub(super) type Settings = BTreeMap<String, (String, Place)>;

/// Reads one dump into what is known already; where two disagree, the fuller dump counts.
pub(super) fn read(dump: &Dump, settings: &mut Settings, told: &mut Told) {
    let mut own = Settings::new();
    for (number, line) in (1..).zip(dump.text.lines()) {
        let place = Place { file: dump.path.clone(), line: number };
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        match line.split_once('=') {
            Some((key, value)) => {
                let key = Key::new(key.trim().trim_start_matches('-'));
                own.insert(key.path().to_owned(), (value.trim().to_owned(), place));
            }
            // What sysctl says on standard error stands in many a dump.
            None if line.starts_with("sysctl:") => {}
            None => told
                .unknown(&place, text!("not KEY = VALUE: `{line}`", "不是 KEY = VALUE：`{line}`")),
        }
    }
    let (fuller, other) = match own.len() >= settings.len() {
        true => (own, std::mem::take(settings)),
        false => (std::mem::take(settings), own),
    };
    *settings = other;
    for (path, (value, place)) in fuller {
        if let Some((old, at)) = settings.get(&path)
            && *old != value
        {
            let key = Key::from_path(&path);
            let text = text!(
                "{key} is {old} here and {value} in {place}; that counts, as more stands there",
                "{key} 在这里是 {old}，在 {place} 中是 {value}；以后者为准，因为它更完整"
            );
            told.wrong(at, text);
        }
        settings.insert(path, (value, place));
    }
}

/// The commands that make these settings, of IPVS apart from the others: those need their
/// schedulers.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) host: Vec<(String, Place)>,
    pub(super) ipvs: Vec<(String, Place)>,
}

/// What is to be typed on a host with these interfaces.
pub(super) fn lines(settings: &Settings, ifaces: &[&str], told: &mut Told) -> Typed {
    let known: BTreeSet<String> =
        paths(ifaces.iter().copied(), Scheduler::NAMES).into_iter().collect();
    let forwards = settings.get(FORWARD).is_some_and(|(value, _)| value == "1");
    let mut typed = Typed::default();
    let mut families = Families::default();
    // First what the kernel copies into all others.
    let first = settings.iter().filter(|(path, _)| *path == FORWARD);
    let rest = settings.iter().filter(|(path, _)| *path != FORWARD);
    for (path, (value, place)) in first.chain(rest) {
        if !known.contains(path) {
            match is_linux(path, &known) {
                true => families.add(path, ifaces, place),
                false => {
                    let key = Key::from_path(path);
                    told.unknown(place, text!("no setting {key}", "没有内核参数 {key}"));
                }
            }
            continue;
        }
        if path.ends_with("/nf_conntrack_count") {
            continue;
        }
        if value.parse().ok() == Some(usual(path, settings, forwards)) {
            continue;
        }
        let to = if path.starts_with("net/ipv4/vs/") { &mut typed.ipvs } else { &mut typed.host };
        to.push((format!("sysctl -w {}={value}", Key::from_path(path)), place.clone()));
    }
    families.tell(told);
    typed
}

const FORWARD: &str = "net/ipv4/ip_forward";

/// The value that a setting has on a fresh host once what stands before it is typed.
fn usual(path: &str, settings: &Settings, forwards: bool) -> i32 {
    let parts: Vec<&str> = path.split('/').collect();
    let of_default = |below: &str, key: &str, usual: i32| {
        // Interfaces that nobody has touched follow `default`: none may be passed over then.
        let set = settings.get(&format!("net/ipv4/{below}/default/{key}"));
        let set = set.and_then(|(value, _)| value.parse::<i32>().ok());
        if set.is_some_and(|set| set != usual) { i32::MIN } else { usual }
    };
    match parts.as_slice() {
        ["net", "ipv4", "conf", _, "forwarding"] if forwards => 1,
        ["net", "ipv4", "conf", "all", "accept_redirects"] if forwards => 0,
        ["net", "ipv4", "conf", scope, key] => {
            let usual = Conf::by_name(key).map_or(0, Conf::default_value);
            match *scope {
                "all" | "default" => usual,
                _ => of_default("conf", key, usual),
            }
        }
        ["net", "ipv4", "neigh", "default", "gc_thresh3"] => Global::GcThresh3.default_value(),
        ["net", "ipv4", "neigh", scope, key] => {
            let usual = NeighConf::by_name(key).map_or(0, NeighConf::default_value);
            if *scope == "default" { usual } else { of_default("neigh", key, usual) }
        }
        ["net", "ipv4", "vs", key] => Sysctl::by_name(key).map_or(0, Sysctl::default_value),
        ["net", "netfilter", key] => Tracking::by_name(key).map_or(0, Tracking::default_value),
        ["net", "ipv4", key] => Global::by_name(key).map_or(0, Global::default_value),
        _ => 0,
    }
}

/// Settings that are not simulated, by families: of each where it begins, the names, how many.
#[derive(Default)]
struct Families(BTreeMap<String, (Place, BTreeSet<String>, u32)>);

/// So many names of a family are told.
const NAMES: usize = 6;

impl Families {
    fn add(&mut self, path: &str, ifaces: &[&str], place: &Place) {
        let parts: Vec<&str> = path.split('/').collect();
        let here = |scope: &str| ifaces.contains(&scope) || matches!(scope, "all" | "default");
        let (family, name) = match parts.as_slice() {
            ["net", "ipv4", below @ ("conf" | "neigh"), scope, key] => match here(scope) {
                true => (format!("net.ipv4.{below}.*"), *key),
                false => (format!("net.ipv4.{below}"), *scope),
            },
            ["net", "ipv4", key, ..] => ("net.ipv4".to_owned(), *key),
            ["net", below, ..] => ("net".to_owned(), *below),
            [top, ..] => ("Linux".to_owned(), *top),
            [] => return,
        };
        let new = || (place.clone(), BTreeSet::new(), 0);
        let (_, names, count) = self.0.entry(family).or_insert_with(new);
        names.insert(name.to_owned());
        *count += 1;
    }

    fn tell(self, told: &mut Told) {
        for (family, (place, names, count)) in self.0 {
            let more = if names.len() > NAMES { " …" } else { "" };
            let names: Vec<String> = names.into_iter().take(NAMES).collect();
            let names = names.join(" ") + more;
            let text = text!(
                "settings of {family}: {names} ({count})",
                "{family} 的参数：{names}（{count} 个）"
            );
            told.without(&place, text);
        }
    }
}

/// Whether Linux has a setting, as far as we know: the same one of an interface that is not here,
/// one of another part of Linux.
fn is_linux(path: &str, known: &BTreeSet<String>) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["net", "ipv4", below @ ("conf" | "neigh"), _, key] => {
            is_real(path) || known.contains(&format!("net/ipv4/{below}/default/{key}"))
        }
        ["net", "ipv4", ..] => is_real(path),
        // Of the other parts we know no names.
        _ => true,
    }
}
