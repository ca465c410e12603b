//! What a reason says about the packet or frame that it is about: a note on the way, a verdict for
//! it, or a verdict against it.

use lvs_engine::Outcome;

use super::Reason;

/// What a reason says about the packet or frame that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// A note on the way: something was read, weighed, translated or learnt.
    Step,
    /// A verdict by which it goes on, is answered, or is taken.
    For,
    /// A verdict by which it is dropped, ignored, refused or lost, or stays without an answer.
    Against,
}

/// All codes with their natures, the engine's included.
pub fn all_natures() -> Vec<(&'static str, Nature)> {
    let engine = lvs_engine::Reason::OUTCOMES.iter();
    let engine = engine.map(|&(code, outcome)| (code, of_engine(code, outcome)));
    Reason::NATURES.iter().copied().chain(engine).collect()
}

/// The nature of one of the engine's reasons, by the kind of verdict that it ends a decision with.
///
/// What IPVS leaves to others goes on. But where it was asked for a service and gives none, that
/// is what a person looks for.
pub(super) fn of_engine(code: &str, outcome: Option<Outcome>) -> Nature {
    match (outcome, code) {
        (None, _) => Nature::Step,
        (
            Some(Outcome::Accept),
            "ipvs.accept.ftp-data"
            | "ipvs.accept.no-ftp"
            | "ipvs.accept.not-syn"
            | "ipvs.accept.rst"
            | "ipvs.service.none",
        ) => Nature::Against,
        // The error is another host's: the client is told what it could not hear.
        (Some(Outcome::Reject), "ipvs.icmp.relayed") => Nature::For,
        (Some(Outcome::Reject | Outcome::Drop), _) => Nature::Against,
        (Some(Outcome::Accept | Outcome::Local | Outcome::Forward | Outcome::Reroute), _) => {
            Nature::For
        }
    }
}
