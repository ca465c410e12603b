//! Every single mistake of a scenario, as people make them: a line left out, a wrong address, mask,
//! gateway, port, weight, method or setting, a cable out, a machine off, an MTU lowered.
//!
//! The list is finite, in the order of the file, and each mistake has a name that stays. A mutant
//! is a scenario with one of them; it carries the goal of the original, written out before
//! ([`crate::goal::written_out`]), and is told by the run ([`Outcome::of`]).

mod line;
mod matched;
mod outcome;
#[cfg(test)]
mod tests;

use crate::command::Command;
use crate::goal::Goal;
use crate::scenario::{Line, Located, Node, Origin, Scenario, Step};
use crate::shell::Shell;
use crate::whatif::{Change, When};

pub use matched::{Match, inverse};
pub use outcome::{Outcome, fingerprint};

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A line is not there.
    Dropped,
    /// An address is another.
    Address,
    /// A mask is longer or shorter.
    Mask,
    /// Something is set on another interface.
    Interface,
    /// A route leads to another gateway.
    Gateway,
    /// A port is another.
    Port,
    /// A weight is another.
    Weight,
    /// A destination is reached by another method.
    Method,
    /// A setting has another value, or is set where it does not count.
    Setting,
    /// An MTU is lower.
    Mtu,
    /// A cable is out.
    Cable,
    /// A machine is off.
    Power,
}

impl Class {
    /// All of them, in their order.
    pub const ALL: [Self; 12] = [
        Self::Dropped,
        Self::Address,
        Self::Mask,
        Self::Interface,
        Self::Gateway,
        Self::Port,
        Self::Weight,
        Self::Method,
        Self::Setting,
        Self::Mtu,
        Self::Cable,
        Self::Power,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dropped => "dropped line",
            Self::Address => "wrong address",
            Self::Mask => "wrong mask",
            Self::Interface => "wrong interface",
            Self::Gateway => "wrong gateway",
            Self::Port => "wrong port",
            Self::Weight => "wrong weight",
            Self::Method => "wrong method",
            Self::Setting => "wrong setting",
            Self::Mtu => "lowered MTU",
            Self::Cable => "cable out",
            Self::Power => "machine off",
        }
    }
}

/// Where in a scenario something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of a host's setup: node, line.
    Setup(usize, usize),
    /// What a host serves: node, line.
    Serves(usize, usize),
    /// A line that the story types before its first request: step, line.
    Story(usize, usize),
    /// A cable.
    Link(usize),
    /// A machine.
    Node(usize),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What kind of mistake.
    pub class: Class,
    /// Where.
    pub place: Place,
    /// On which host; of a cable, either end.
    pub on: String,
    /// What stood there.
    pub was: String,
    /// What stands there now; nothing where something was left out.
    pub now: String,
    /// Where the line is written.
    pub origin: Origin,
}

impl Mistake {
    /// Its name: stays while the file does.
    pub fn name(&self) -> String {
        let Self { class, on, was, now, .. } = self;
        let class = class.name();
        match now.is_empty() {
            true => format!("{class}: {on}: {was}"),
            false => format!("{class}: {on}: {was} -> {now}"),
        }
    }

    /// Makes it; the goal of the original stays what it is.
    pub fn make(&self, scenario: &mut Scenario) {
        let put = |lines: &mut Vec<Line>, at: usize| match self.now.as_str() {
            // A line that is left out keeps its place, so that two mistakes find theirs.
            "" => lines[at].value = ":".into(),
            now => lines[at].value = now.into(),
        };
        match self.place {
            Place::Setup(node, at) => {
                if let Node::Host { setup, .. } = &mut scenario.nodes[node].value {
                    put(setup, at);
                }
            }
            Place::Serves(node, at) => {
                if let Node::Host { serves, .. } = &mut scenario.nodes[node].value {
                    match self.now.as_str() {
                        "" => drop(serves.remove(at)),
                        now => serves[at].value = now.into(),
                    }
                }
            }
            Place::Story(step, at) => {
                let step = step + steps_before(scenario);
                if let Step::Do { run, .. } = &mut scenario.story[step].value {
                    put(run, at);
                }
            }
            Place::Link(at) => {
                let link = scenario.links[at].a.clone();
                match self.class {
                    Class::Cable => {
                        Change::Cable { link, up: false }.make(scenario, When::Setup);
                    }
                    _ => scenario.links[at].value.mtu = self.now.parse().ok(),
                }
            }
            Place::Node(at) => {
                let on = scenario.nodes[at].name().to_owned();
                Change::Power { on, up: false }.make(scenario, When::Setup);
            }
        }
    }

    /// The scenario with it, and with the goal of the original.
    pub fn mutant(&self, original: &Scenario, goal: &Goal) -> Scenario {
        let mut mutant = Scenario { goal: Some(goal.clone()), ..original.clone() };
        self.make(&mut mutant);
        mutant
    }
}

/// How many steps other mistakes have put in front of the story: they have no place in the file.
fn steps_before(scenario: &Scenario) -> usize {
    let is_put = |step: &&Located<Step>| {
        step.origin == Origin::default()
            && matches!(step.value, Step::Cable { .. } | Step::Power { .. })
    };
    scenario.story.iter().take_while(is_put).count()
}

/// All single mistakes of a scenario, in the order of the file.
pub fn mistakes(scenario: &Scenario) -> Vec<Mistake> {
    let mut found = Vec::new();
    let known = line::Known::of(scenario);
    let mut of_line = |place, on: &str, line: &Line, is_serve: bool| {
        for (class, now) in line::mistakes(&line.value, on, is_serve, &known) {
            let (on, was, origin) = (on.to_owned(), line.value.clone(), line.origin);
            found.push(Mistake { class, place, on, was, now, origin });
        }
    };
    for (at, node) in scenario.nodes.iter().enumerate() {
        let Node::Host { name, serves, setup, .. } = &node.value else { continue };
        for (line, own) in setup.iter().enumerate() {
            of_line(Place::Setup(at, line), name, own, false);
        }
        for (line, own) in serves.iter().enumerate() {
            of_line(Place::Serves(at, line), name, own, true);
        }
    }
    for (step, on, line, own) in story_lines(scenario) {
        of_line(Place::Story(step, line), on, own, false);
    }
    found.extend(of_cables_and_machines(scenario));
    found.retain(|mistake| {
        let mut mutant = scenario.clone();
        mistake.make(&mut mutant);
        mutant != *scenario && is_typeable_on(&mutant, &mistake.on)
    });
    found
}

/// The MTUs to which a path is lowered: as over a tunnel, and the least that every host takes.
const LOW_MTUS: [u16; 2] = [1400, 576];

fn of_cables_and_machines(scenario: &Scenario) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (at, link) in scenario.links.iter().enumerate() {
        let (place, on, origin) = (Place::Link(at), link.a.to_string(), link.origin);
        let was = format!("({} - {})", link.a, link.b);
        let low = LOW_MTUS.into_iter().filter(|low| link.mtu.is_none_or(|mtu| *low < mtu));
        let low = low.map(|low| (Class::Mtu, low.to_string()));
        let all = std::iter::once((Class::Cable, String::new())).chain(low);
        found.extend(all.map(|(class, now)| Mistake {
            class,
            place,
            on: on.clone(),
            was: was.clone(),
            now,
            origin,
        }));
    }
    for (at, node) in scenario.nodes.iter().enumerate() {
        let (class, place, on) = (Class::Power, Place::Node(at), node.name().to_owned());
        let (was, now, origin) = ("on".into(), String::new(), node.origin);
        found.push(Mistake { class, place, on, was, now, origin });
    }
    found
}

/// The step of the story that first asks somebody for something; its end if none does.
pub fn first_request(scenario: &Scenario) -> usize {
    let asks = |step: &Located<Step>| match &step.value {
        Step::Do { run, .. } => run.iter().any(|line| !is_setup(&line.value)),
        _ => false,
    };
    scenario.story.iter().position(asks).unwrap_or(scenario.story.len())
}

/// The lines that the story types before its first request: step, host, number, line.
fn story_lines(scenario: &Scenario) -> Vec<(usize, &str, usize, &Line)> {
    let mut lines = Vec::new();
    for (step, own) in scenario.story.iter().enumerate().take(first_request(scenario)) {
        if let Step::Do { on, run } = &own.value {
            lines.extend(run.iter().enumerate().map(|(at, line)| (step, on.as_str(), at, line)));
        }
    }
    lines
}

/// Whether a line only sets something up: no command in it sends a packet to ask for something.
fn is_setup(line: &str) -> bool {
    let asks = |command: &Command| {
        use Command::{Arping, Check, Curl, Nc, Ping, Sleep, Tcpdump, Traceroute};
        let talks = matches!(command, Arping(_) | Check(_) | Curl(_) | Nc(_) | Ping(_));
        talks || matches!(command, Sleep(_) | Tcpdump(_) | Traceroute(_))
    };
    // A variable that an earlier line has set does not matter here.
    let words = ["curl ", "nc ", "ping ", "traceroute ", "arping ", "check ", "tcpdump "];
    match Shell::default().compile(line) {
        Ok(steps) => !steps.iter().any(|step| asks(&step.command)),
        Err(_) => !words.iter().any(|word| line.contains(word)),
    }
}

/// Whether every line can still be typed: a variable that is not set any more makes words vanish.
pub fn is_typeable(scenario: &Scenario) -> bool {
    scenario.nodes.iter().all(|node| is_typeable_on(scenario, node.name()))
}

/// The same of one machine's lines.
fn is_typeable_on(scenario: &Scenario, name: &str) -> bool {
    let Some(node) = scenario.nodes.iter().find(|node| node.name() == name) else { return true };
    let on_switch = matches!(node.value, Node::Switch { .. });
    let mut shell = Shell { on_switch, ..Shell::default() };
    if !node.script().iter().all(|line| shell.compile(&line.value).is_ok()) {
        return false;
    }
    scenario.story.iter().all(|step| match &step.value {
        Step::Do { on, run } if on == name => {
            run.iter().all(|line| shell.compile(&line.value).is_ok())
        }
        _ => true,
    })
}
