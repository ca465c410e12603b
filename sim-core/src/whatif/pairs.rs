//! Which event of one run is which of another, and whether it is the same there.

use super::alike::Sides;
use super::compare::Run;
use crate::cause::Causes;

/// The events of two runs, paired by who they are. An event is named by its place in
/// [`Trace::events`](crate::trace::Trace::events).
#[derive(Clone, Debug)]
pub struct Pairs {
    /// The pair of each event, for either run.
    pairs: [Vec<Option<usize>>; 2],
    /// Whether an event of the first run differs from its pair.
    differs: Vec<bool>,
}

impl Pairs {
    /// Pairs the events of two runs.
    pub fn of(runs: [&Run; 2]) -> Self {
        let causes = runs.map(|run| Causes::new(&run.trace, &run.player.world));
        let [one, other] = &causes;
        let sides = Sides::new(runs);
        let mut of_one = vec![None; one.trace().events().len()];
        let mut of_other = vec![None; other.trace().events().len()];
        let mut differs = vec![true; of_one.len()];
        for at in 0..of_one.len() {
            if let Some(pair) = other.find(one.identity(at)) {
                (of_one[at], of_other[pair]) = (Some(pair), Some(at));
                differs[at] = sides.compare([one, other], [at, pair]).is_some();
            }
        }
        Self { pairs: [of_one, of_other], differs }
    }

    /// The pair of an event of the first run (0) or of the second one (1).
    pub fn pair(&self, side: usize, event: usize) -> Option<usize> {
        self.pairs[side].get(event).copied().flatten()
    }

    /// Whether an event of the first run has no pair, or one that differs.
    pub fn differs(&self, event: usize) -> bool {
        self.differs.get(event).copied().unwrap_or(true)
    }
}
