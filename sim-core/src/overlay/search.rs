//! Which single change of the scenario explains a capture best: each mistake that people make and
//! each knob is played, and its trace is laid under the capture.
//!
//! The later the first frame that then differs, the likelier; then the fewer the steps that differ,
//! and the less is left to be said. Of those that are alike the one that people get wrong most often,
//! on the machine at which the capture was taken, comes first.

use std::cmp::Reverse;

use super::Overlay;
use super::compare::Found;
use crate::knobs::{self, Knob};
use crate::mutate::{Class, Mistake, Place, mistakes};
use crate::scenario::{Node, Scenario, Step};
use crate::story::Player;
use crate::text::Text;
use crate::trace::Trace;
use crate::whatif::{Change, Run, When};

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A line, a cable or a machine is as people get it wrong.
    Mistake(Mistake),
    /// Something is typed in addition.
    Knob(Knob),
}

/// A change that was played, and how far the capture fits then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What was changed.
    pub what: What,
    /// The number of the first frame of the capture that differs then; none: it fits to its end.
    pub frame: Option<usize>,
    /// How many steps of conversations differ.
    pub steps: usize,
    rank: Rank,
    /// How unlikely it is as such.
    cost: usize,
    order: usize,
}

/// What a search has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Those that explain more than the scenario as it is does, the likeliest first; of one line the
    /// likeliest only.
    pub found: Vec<Candidate>,
    /// How many were played.
    pub tried: usize,
    /// How many there are.
    pub all: usize,
}

/// So many times the events of the run may happen with a change, and so many more.
const MOST_TIMES: u64 = 4;
const MOST_MORE: u64 = 20_000;
/// As many candidates are kept.
const KEPT: usize = 12;

/// Looks for the change that explains the capture best, by at most so many runs.
pub fn search(overlay: &Overlay, tries: usize) -> Searched {
    let scenario = trimmed(overlay);
    let as_it_is = rank(&overlay.found);
    let mistakes = mistakes(&scenario).into_iter().map(What::Mistake).collect::<Vec<_>>();
    let mut searched = Searched { all: mistakes.len(), ..Searched::default() };
    play(overlay, &scenario, mistakes, tries, as_it_is, &mut searched);
    if searched.found.first().is_none_or(|best| best.frame.is_some()) {
        let knobs: Vec<What> = universe(&scenario).into_iter().map(What::Knob).collect();
        searched.all += knobs.len();
        play(overlay, &scenario, knobs, tries, as_it_is, &mut searched);
    }
    searched
}

type Rank = (Reverse<usize>, usize, usize);

fn rank(found: &Found) -> Rank {
    (Reverse(found.key()), found.steps, found.far)
}

fn play(
    overlay: &Overlay,
    scenario: &Scenario,
    all: Vec<What>,
    tries: usize,
    as_it_is: Rank,
    searched: &mut Searched,
) {
    for what in all {
        if searched.tried >= tries {
            return;
        }
        searched.tried += 1;
        let Some(changed) = what.made(scenario) else { continue };
        let Some(found) = Run::tolerant(changed).ok().and_then(|run| overlay.over(&run)) else {
            continue;
        };
        let rank = rank(&found);
        if (rank.0, rank.1) >= (as_it_is.0, as_it_is.1) {
            continue;
        }
        let (frame, steps, order) = (overlay.number(found.key()), found.steps, searched.tried);
        let net = &overlay.run.player.world.net;
        let cost = what.cost(&net.node(overlay.node).name);
        searched.keep(Candidate { what, frame, steps, rank, cost, order });
    }
}

impl Searched {
    /// Keeps a candidate in its place; of one line the likeliest only.
    fn keep(&mut self, candidate: Candidate) {
        let key = |own: &Candidate| (own.rank, own.cost, own.order);
        let same = self.found.iter().position(|own| own.what.is_of_one_place(&candidate.what));
        if let Some(same) = same {
            if key(&self.found[same]) <= key(&candidate) {
                return;
            }
            self.found.remove(same);
        }
        let at = self.found.partition_point(|own| key(own) < key(&candidate));
        self.found.insert(at, candidate);
        self.found.truncate(KEPT);
    }
}

impl What {
    /// The scenario with the change; none if nobody can type it.
    fn made(&self, scenario: &Scenario) -> Option<Scenario> {
        let mut changed = scenario.clone();
        match self {
            Self::Mistake(mistake) => mistake.make(&mut changed),
            Self::Knob(knob) => {
                // What is put before the story stands before what was put there earlier.
                knob.changes.iter().for_each(|change| change.make(&mut changed, When::Setup));
            }
        }
        (changed != *scenario).then_some(changed)
    }

    /// How unlikely it is as such; `here` is where the capture was taken.
    fn cost(&self, here: &str) -> usize {
        let (cost, on) = match self {
            Self::Mistake(own) => (cost_of_mistake(own), own.on.split(':').next()),
            Self::Knob(knob) => {
                let on = knob.changes.iter().find_map(|change| match change {
                    Change::Type { on, .. } => Some(on.as_str()),
                    _ => None,
                });
                (2 * knob.kind as usize + 8 * (knob.changes.len() - 1), on)
            }
        };
        cost + usize::from(on != Some(here))
    }

    fn is_of_one_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mistake(one), Self::Mistake(other)) => one.place == other.place,
            (Self::Knob(one), Self::Knob(other)) => one.about.is_some() && one.about == other.about,
            _ => false,
        }
    }

    /// As one writes it: `rs1: sysctl -w …`.
    pub fn text(&self) -> Text {
        match self {
            Self::Mistake(mistake) => super::told::mistake(mistake),
            Self::Knob(knob) => {
                let all: Vec<String> = knob.changes.iter().map(ToString::to_string).collect();
                let all = all.join("; ");
                crate::text!("with `{all}`", "加上 `{all}`")
            }
        }
    }

    /// The line of the file that it changes, if it does.
    pub fn line(&self, scenario: &Scenario) -> Option<u32> {
        match self {
            Self::Mistake(mistake) => Some(mistake.origin.line),
            Self::Knob(knob) => {
                let about = knob.about.as_ref()?;
                let mut nodes = scenario.nodes.iter();
                let node = nodes.find(|own| own.name() == about.host)?;
                matches!(node.value, Node::Host { .. }).then_some(())?;
                node.script().get(about.line).map(|line| line.origin.line)
            }
        }
    }
}

/// What people get wrong in a line, the likeliest first. Whoever cannot be reached by his own address is found at once.
fn cost_of_mistake(mistake: &Mistake) -> usize {
    let Mistake { class, place, was, .. } = mistake;
    let is = |word: &str| was.contains(word);
    let is_of_lo = is("dev lo") || is(" lo:") || is("/32") || is("255.255.255.255");
    let of_line = match place {
        Place::Link(_) => 9,
        Place::Node(_) => 8,
        Place::Serves(..) => 4,
        _ if is("arp_") || is("ip_forward") || is("rp_filter") => 0,
        _ if is_of_lo && (is("addr") || is("ifconfig")) => 0,
        _ if is("sysctl") || is("/proc/") || is("route") || is("ipvsadm") => 2,
        _ if is("iptables") => 3,
        _ => 10,
    };
    let of_class = match class {
        Class::Dropped | Class::Setting | Class::Gateway | Class::Method | Class::Port => 0,
        Class::Mask | Class::Interface => 3,
        _ => 1,
    };
    2 * of_line + of_class
}

/// The knobs as the machines stand before the story.
fn universe(scenario: &Scenario) -> Vec<Knob> {
    match Player::tolerant(scenario.clone(), &mut Trace::default()) {
        Ok(player) => knobs::universe_at(scenario, &player.world),
        Err(_) => Vec::new(),
    }
}

/// What is played again: with a limit of events, and without expectations, which take long to be
/// told why they did not come.
fn trimmed(overlay: &Overlay) -> Scenario {
    let mut scenario = overlay.run.player.scenario().clone();
    for step in &mut scenario.story {
        if let Step::Expect(_) = step.value {
            step.value = Step::Say(Text::same(""));
        }
    }
    let most = overlay.run.player.world.events() * MOST_TIMES + MOST_MORE;
    scenario.limits.events = Some(scenario.limits.events.map_or(most, |own| own.min(most)));
    scenario
}
