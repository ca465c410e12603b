//! Whether what a diagnosis names is the mistake that was made.

use super::{Class, Mistake, Place};
use crate::command::Command;
use crate::command::ipvsadm::Ipvsadm;
use crate::diagnose::{Cause, Cure, lines};
use crate::goal::commands;
use crate::knobs::Knob;
use crate::scenario::Scenario;
use crate::whatif::{Change, Comparison, Run};

/// How a named cause fits a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It is the line, the cable or the machine.
    Same,
    /// What is typed is what the line says without the mistake.
    Typed,
    /// After the cure all machines stand as they did without the mistake.
    Tables,
    /// The line was left out, and what is typed sets the same thing to another value: an address of
    /// the same card, a route to the same target, the same setting, service, destination or program.
    Thing,
    /// It is named beside another line: the two contradict each other, and either can be made to
    /// fit the other.
    Rival,
    /// It is another.
    None,
}

/// The tables that somebody sets; others are learnt.
const SET: [&str; 7] = ["power", "sysctl", "link", "addr", "route", "services", "iptables"];

impl Match {
    /// How a cure's causes fit a mistake of this original.
    pub fn of(mistake: &Mistake, cure: &Cure, original: &Run) -> Self {
        if cure.causes.iter().any(|cause| is_same(mistake, cause)) {
            return Self::Same;
        }
        let original_lines = lines::of(original.player.scenario(), &mistake.on);
        let own = original_lines.iter().find(|own| own.place == mistake.place);
        let now = lines::says(&mistake.now);
        let is_typed = |change: &Change| match change {
            Change::Type { on, line } if *on == mistake.on => own.is_some_and(|own| {
                let typed = lines::says(line);
                own.says.iter().any(|says| typed.contains(says) && !now.contains(says))
            }),
            _ => false,
        };
        if cure.changes().any(is_typed) {
            return Self::Typed;
        }
        let rows = Comparison::of([original, &cure.run]).rows;
        if !rows.iter().any(|row| SET.contains(&row.table)) {
            return Self::Tables;
        }
        let is_object = |cause: &Cause| match cause {
            Cause::Missing { host, line } => {
                mistake.class == Class::Dropped
                    && *host == mistake.on
                    && share_object(&mistake.was, line)
            }
            _ => false,
        };
        if cure.causes.iter().any(is_object) {
            return Self::Thing;
        }
        let rival = |(_, causes): &(Vec<Change>, Vec<Cause>)| {
            causes.iter().any(|own| is_same(mistake, own) || is_object(own))
        };
        if cure.others.iter().any(rival) { Self::Rival } else { Self::None }
    }
}

/// Whether a cause names the very place of a mistake.
pub(super) fn is_same(mistake: &Mistake, cause: &Cause) -> bool {
    match (cause, mistake.place) {
        (Cause::Line { host, place, origin, .. }, own) => {
            let is_place = *place == own || *origin == mistake.origin && origin.line > 0;
            *host == mistake.on && is_place
        }
        (Cause::Machine(Change::Cable { link, .. } | Change::Mtu { link, .. }), Place::Link(_)) => {
            mistake.on == link.to_string() || mistake.was.contains(&link.to_string())
        }
        (Cause::Machine(Change::Power { on, .. }), Place::Node(_)) => *on == mistake.on,
        _ => false,
    }
}

/// Whether two lines set one thing: an address of the same interface, a route to the same target,
/// the same setting, service, destination or program.
fn share_object(line: &str, other: &str) -> bool {
    let other: Vec<String> = commands(other).filter_map(|own| object(&own)).collect();
    // An address in a variable is some address.
    let mut parts = line.split('$');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.trim_start_matches(|c: char| c.is_alphanumeric()));
    let one = rest.fold(first, |text, part| text + "192.0.2.1" + part);
    commands(&one).filter_map(|own| object(&own)).any(|own| other.contains(&own))
}

/// What a command sets, in a word.
fn object(command: &Command) -> Option<String> {
    let text = command.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    let behind = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    match command {
        Command::Ip(_) => match words.get(1..3)? {
            ["addr" | "address", "add"] => Some(format!("addr {}", behind("dev")?)),
            ["route", "add" | "replace"] => Some(format!("route {}", words.get(3)?)),
            ["link", ..] => Some(format!("link {}", behind("set").or(behind("dev"))?)),
            ["neigh" | "neighbour", _] => Some(format!("neigh {}", words.get(3)?)),
            _ => None,
        },
        Command::Ifconfig(_) => {
            let dev = words.get(1)?;
            Some(format!("addr {}", dev.split(':').next().unwrap_or(dev)))
        }
        Command::Route(_) => {
            let to = words.iter().find(|word| **word == "default" || word.contains('.'))?;
            Some(format!("route {to}"))
        }
        Command::Sysctl(_) | Command::Write(_) => {
            let key = words.iter().find(|word| word.contains("net"))?;
            let key = key.split('=').next().unwrap_or(key);
            let leaf = key.rsplit(['.', '/']).next().unwrap_or(key);
            Some(format!("setting {leaf}"))
        }
        Command::Ipvsadm(own) => match own {
            Ipvsadm::AddService(service) | Ipvsadm::EditService(service) => {
                Some(format!("service {:?}", service.addr))
            }
            Ipvsadm::AddServer(addr, server) | Ipvsadm::EditServer(addr, server) => {
                Some(format!("dest {addr:?} {:?}", server.addr.addr))
            }
            Ipvsadm::AddLocal(addr, _) => Some(format!("local {addr:?}")),
            _ => None,
        },
        Command::Serve(serve) => Some(format!("serve {}", serve.port)),
        Command::Modprobe(_) => Some(text.clone()),
        Command::Iptables(_) => Some("rules".into()),
        _ => None,
    }
}

/// Those of these knobs that take a mistake of this original back: one for each of its commands. None
/// if there is none for one of them, or if more than two would be needed.
pub fn inverse<'a>(
    mistake: &Mistake,
    original: &Scenario,
    knobs: &'a [Knob],
) -> Option<Vec<&'a Knob>> {
    if matches!(mistake.place, Place::Link(_) | Place::Node(_)) {
        return Some(knobs.iter().filter(|knob| turns(mistake, knob)).take(1).collect());
    }
    let lines = lines::of(original, &mistake.on);
    let own = lines.iter().find(|own| own.place == mistake.place)?;
    let typed = |change: &Change| match change {
        Change::Type { on, line } if *on == mistake.on => lines::says(line),
        _ => Vec::new(),
    };
    // A line of several commands may be typed again as it should be.
    let is_whole = |knob: &&Knob| {
        knob.changes.iter().any(|change| typed(change) == own.says) && own.says.len() > 1
    };
    if let Some(whole) = knobs.iter().find(is_whole) {
        return Some(vec![whole]);
    }
    let now = lines::says(&mistake.now);
    let wanted: Vec<_> = own.says.iter().filter(|says| !now.contains(says)).collect();
    if wanted.len() > 2 {
        return None;
    }
    let says = |knob: &Knob, wanted: &Vec<String>| {
        knob.changes.iter().flat_map(&typed).any(|own| own == *wanted)
    };
    wanted.into_iter().map(|wanted| knobs.iter().find(|knob| says(knob, wanted))).collect()
}

/// Whether a knob puts a cable in or a machine on that a mistake has taken.
fn turns(mistake: &Mistake, knob: &Knob) -> bool {
    knob.changes.iter().any(|change| is_same(mistake, &Cause::Machine(change.clone())))
}
