//! What would have turned a decision, found and confirmed by playing the story again.

use sim_core::counterfactual::{Counterfactual, Search};
use sim_core::scenario::Scenario;
use sim_core::why::Why;

use crate::open::Refused;

/// What the search for one decision came to.
pub struct Otherwise {
    /// The smallest change that turns it.
    pub found: Option<Counterfactual>,
    /// Two changes that mend more than that one does.
    pub pair: Option<Counterfactual>,
    /// What people try, and does nothing.
    pub no_use: Vec<Counterfactual>,
    /// How many changes were tried until it was found.
    pub tried: usize,
}

/// Searches for each decision of an answer; nothing for one that is not against a packet.
///
/// # Errors
/// When the setup does not come to an end.
pub fn search(scenario: Scenario, why: &Why) -> Result<Vec<Option<Otherwise>>, Refused> {
    let mut search = Search::of(scenario).map_err(|error| Refused(vec![error.text()]))?;
    let numbers = why.told.iter().map(|told| {
        let decision = &told.decision;
        search.base().verdicts.iter().position(|own| {
            (Some(own.event), own.node, own.code) == (told.event, decision.node, decision.code())
        })
    });
    let numbers: Vec<Option<usize>> = numbers.collect();
    let mut of = |number: usize| {
        let tried = search.find(number);
        Otherwise {
            found: tried.found,
            pair: search.pair(number),
            no_use: search.near_misses(number),
            tried: tried.knobs,
        }
    };
    Ok(numbers.into_iter().map(|number| number.map(&mut of)).collect())
}
