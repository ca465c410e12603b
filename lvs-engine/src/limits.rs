//! What the engine may use up.

/// The engine's limits: memory is taken in [`Engine::new`](crate::Engine::new) for the connections
/// it starts with, and in doubling steps until the limit. Production starts at its limit.
///
/// ```
/// use lvs_engine::Limits;
/// let production = Limits { conns: 1 << 20, conns_at_start: 1 << 20 };
/// assert!(production.conns > Limits::default().conns);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most connections that exist at once; one more is refused with a reason.
    pub conns: u32,
    /// For how many connections there is room at the start.
    pub conns_at_start: u32,
}

impl Default for Limits {
    /// Small, as a lesson needs it: 65536 connections, room for 64 at the start.
    fn default() -> Self {
        Self { conns: 1 << 16, conns_at_start: 64 }
    }
}
