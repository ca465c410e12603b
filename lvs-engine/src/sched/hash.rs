//! What the hash schedulers share: the kernel's multiplicative hash, and the look at a table's slot.
//!
//! Linux 6.1: include/linux/hash.h, __hash_32_generic.

use super::takes_new;
use crate::{DestId, Endpoint, Pick, Probe, Reason};

/// The golden ratio as a fraction of 2^32, less than one half: 2^32 * (3 - sqrt 5) / 2.
const GOLDEN_RATIO: u32 = 0x61c8_8647;

/// The upper bits of the product: they depend on all bits of the value.
pub(super) const fn hash_32(value: u32, bits: u32) -> usize {
    (value.wrapping_mul(GOLDEN_RATIO) >> (32 - bits)) as usize
}

/// What sh and mh hash of a client: the sum of its address and port, so neighbours may collide.
pub(super) const fn summed(key: Endpoint) -> u32 {
    key.addr.to_bits().wrapping_add(key.port as u32)
}

/// The destination of a key in a scheduler's table.
///
/// Where it takes nothing new there is none, unless the service's first flag says to look further:
/// then from place to place, as `probe_at` leads, and an empty one ends the search.
pub(super) fn look_up<P: Probe>(
    table: &[Option<DestId>],
    key: Endpoint,
    place: impl Fn(u32) -> usize,
    cx: &Pick<'_>,
    probe: &mut P,
) -> Option<DestId> {
    let first = place(0);
    let slots = table.len() as u32;
    probe.note(Reason::Hashed { key, slot: first as u32, slots });
    let id = (*table.get(first)?)?;
    if takes_new(cx.dests.by_id(id), probe) {
        return Some(id);
    }
    if !cx.flags.first {
        return None;
    }
    for step in 0..slots {
        let at = place((step + first as u32) % slots);
        let id = table[at]?;
        let dest = cx.dests.by_id(id);
        if dest.weight > 0 && !dest.overloaded {
            probe.note(Reason::FellBack { from: first as u32, to: at as u32 });
            return Some(id);
        }
    }
    None
}
