//! The first difference, to be told: the two frames, their fields, and what the simulation decided
//! there.

use super::compare::{Apart, Kind, Place};
use super::shape::Step;
use super::talk::Side;
use super::{Overlay, Real, Simulated};
use crate::event::NodeId;
use crate::receipt::Field;
use crate::trace::{Dir, Note};
use crate::why::{Asked, Decision, Why, decisions};

/// A difference as it is told.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// How the two differ there.
    pub kind: Kind,
    /// The simulation's frame.
    pub simulated: Option<&'a Simulated>,
    /// The capture's: the one that differs, or what comes instead of the one that is missing.
    pub real: Option<&'a Real>,
    /// The last frame before it that both have of this conversation, as the capture has it.
    pub before: Option<&'a Real>,
    /// In which fields the two frames differ.
    pub fields: Vec<Field>,
}

impl Overlay {
    /// The first difference.
    pub fn first(&self) -> Option<Difference<'_>> {
        let (_, apart) = self.found.apart.first()?;
        let simulated = apart.sim.map(|at| &self.simulated[at]);
        let real = apart.real.map(|at| &self.capture.frames[at]);
        let before = apart.before.and_then(|sim| self.common(apart, sim));
        let fields = self.fields(apart);
        Some(Difference { kind: apart.kind, simulated, real, before, fields })
    }

    /// The capture's frame that is this one of the simulation, of the conversation of a difference.
    fn common(&self, apart: &Apart, sim: usize) -> Option<&Real> {
        let step = |side: &Side, frame: usize| {
            let all = side.talks.iter().chain(&side.arps);
            all.flat_map(|talk| &talk.steps)
                .find(|own| own.frame == frame)
                .map(|own| own.step.clone())
        };
        let own = step(&self.sim, sim)?;
        let upto = apart.real.unwrap_or(self.capture.frames.len());
        let all = self.real.talks.iter().chain(&self.real.arps);
        let mut found = all
            .flat_map(|talk| &talk.steps)
            .filter(|theirs| theirs.frame < upto && theirs.step.is_like(&own))
            .filter(|theirs| self.found.macs.fit(&own, &theirs.step));
        found.next_back().map(|own| &self.capture.frames[own.frame])
    }

    fn step(side: &Side, place: Place) -> &Step {
        let talks = if place.is_arp { &side.arps } else { &side.talks };
        &talks[place.talk].steps[place.step].step
    }

    /// In which fields the frames of a difference differ; MAC addresses with whose they are.
    fn fields(&self, apart: &Apart) -> Vec<Field> {
        let [Some(sim), Some(real)] = apart.steps else { return Vec::new() };
        let (sim, real) = (Self::step(&self.sim, sim), Self::step(&self.real, real));
        let mut fields = Vec::new();
        for (name, own) in &sim.macs {
            let Some((_, theirs)) = real.macs.iter().find(|(other, _)| other == name) else {
                continue;
            };
            let meant = self.found.macs.sim(*theirs);
            if meant == Some(*own) || *own == *theirs && own.is_group() {
                continue;
            }
            let whose = |mac| self.wire.name(mac).map_or(String::new(), |own| format!(" ({own})"));
            let simulated = format!("{own}{}", whose(*own));
            let real = format!("{theirs}{}", meant.map_or(" (?)".into(), whose));
            fields.push(Field { name: (*name).to_owned(), simulated, real });
        }
        let mut say = |name: &str, simulated: &str, real: &str| {
            if simulated != real {
                let (name, simulated, real) = (name.into(), simulated.into(), real.into());
                fields.push(Field { name, simulated, real });
            }
        };
        say("step", sim.role.name(), real.role.name());
        // What only one kind of step has says nothing of another kind.
        let all = |step: &Step| match sim.role == real.role {
            true => [&step.fields[..], &step.more].concat(),
            false => step.fields.clone(),
        };
        let (own, theirs) = (all(sim), all(real));
        let value = |all: &[(String, String)], name: &str| {
            all.iter().find(|(own, _)| own == name).map_or("-".into(), |(_, value)| value.clone())
        };
        for (name, value_of) in &own {
            say(name, value_of, &value(&theirs, name));
        }
        for (name, value_of) in theirs.iter().filter(|(name, _)| value(&own, name) == "-") {
            say(name, "-", value_of);
        }
        fields
    }

    /// What was decided in the simulation at the first difference: by whoever sent the frame that
    /// should have come, or by those who let the last common one end where the capture goes on.
    pub fn decided(&self) -> Vec<Decision> {
        let Some((_, apart)) = self.found.apart.first() else { return Vec::new() };
        let all = decisions(&self.run.trace);
        let whose = |place: Option<Place>| -> Option<NodeId> {
            let step = Self::step(&self.real, place?);
            let (_, mac) = step.macs.iter().find(|(name, _)| *name == "eth.src")?;
            let name = self.wire.name(self.found.macs.sim(*mac)?)?;
            self.run.player.world.net.node_by_name(name.split(':').next()?)
        };
        let culprit = whose(apart.steps[1]);
        let last = |is: &dyn Fn(&&Decision) -> bool| {
            all.iter().filter(|own| own.verdict().is_some()).rfind(is).cloned()
        };
        let mut found = Vec::new();
        if let (Some(before), Some(culprit)) = (apart.before, culprit) {
            // Whoever speaks where he should not got the frame before: as it is, if it was for all.
            let Simulated { entry, bytes, .. } = &self.simulated[before];
            let at = self.run.trace.entries()[*entry].at;
            let came = self.run.trace.entries().iter().find(|own| match &own.what {
                Note::Frame { frame, dir: Dir::In, .. } => {
                    own.node == culprit && own.at >= at && frame.bytes.bytes() == bytes
                }
                _ => false,
            });
            found.extend(
                came.and_then(|came| last(&|own| own.seq == came.seq && own.node == came.node)),
            );
        }
        if let Some(sim) = apart.sim.filter(|_| found.is_empty()) {
            let entry = &self.run.trace.entries()[self.sent(sim)];
            found.extend(last(&|own| own.seq == entry.seq && own.node == entry.node));
        }
        if let (Some(before), true) = (apart.before, found.is_empty()) {
            let asked = Asked::Frame { id: self.simulated[before].id, others: 0 };
            let told = Why::of(&self.run, asked).told;
            found.extend(told.into_iter().map(|told| told.decision).take(2));
        }
        found
    }

    /// Where in the trace a frame of the simulation was sent first.
    fn sent(&self, sim: usize) -> usize {
        let Simulated { id, entry, .. } = self.simulated[sim];
        let entries = self.run.trace.entries()[..=entry].iter();
        let sent = entries.enumerate().find(|(_, own)| {
            matches!(&own.what, Note::Frame { frame, dir: Dir::Out, .. } if frame.id == id)
        });
        sent.map_or(entry, |(at, _)| at)
    }
}
