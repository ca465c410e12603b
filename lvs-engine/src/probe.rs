//! Who listens to the reasons. Production passes `()`, and they cost nothing.

use crate::Reason;

/// Takes the reasons of each decision, in order; the last one of a packet implies its verdict.
///
/// ```
/// use lvs_engine::{Probe, Reason};
///
/// /// Keeps the codes.
/// #[derive(Default)]
/// struct Codes(Vec<&'static str>);
///
/// impl Probe for Codes {
///     fn note(&mut self, reason: Reason) {
///         self.0.push(reason.code());
///     }
/// }
///
/// let mut codes = Codes::default();
/// codes.note(Reason::NotToUs);
/// assert_eq!(codes.0, ["ipvs.accept.not-to-us"]);
/// ```
pub trait Probe {
    /// One reason. Its arguments are values that the decision had at hand.
    fn note(&mut self, reason: Reason);
}

impl Probe for () {
    #[inline(always)]
    fn note(&mut self, _: Reason) {}
}
