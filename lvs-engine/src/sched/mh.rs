//! Maglev hashing: the client's address decides, and a change of the list moves few clients.
//!
//! Each destination has its own order of the table's 4093 places, from two hashes of its address and
//! port. In turns they take their next free place, heavy ones several in a turn, until none is
//! free. Weight 0 keeps a destination's places, so nobody else's clients move; who falls to it is
//! refused, unless the service has `mh-fallback`. With `mh-port` the client's port is hashed as well.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_mh.c, ip_vs_mh_permutate, ip_vs_mh_populate,
//! ip_vs_mh_get_fallback, on a 64-bit machine. After Eisenbud et al., "Maglev: A Fast and Reliable
//! Software Network Load Balancer".

use alloc::vec;
use alloc::vec::Vec;

use super::hash::{look_up, summed};
use super::siphash::hsiphash;
use super::wrr::gcd;
use crate::{DestChange, DestId, Dests, Endpoint, Flow, Pick, Probe, Schedule};

/// The kernel's default, a prime.
const SLOTS: usize = 4093;
/// Turns have at most so many bits.
const TURN_BITS: u32 = 6;
const KEY_1: [u64; 2] = [2_654_435_761; 2];
const KEY_2: [u64; 2] = [2_654_446_892; 2];

/// The `mh` scheduler.
#[derive(Clone, Debug, Default)]
pub struct Maglev {
    /// Empty while no destination has a weight.
    slots: Vec<Option<DestId>>,
}

/// A destination that takes places.
struct Taker {
    id: DestId,
    /// The place that it wants next.
    next: usize,
    skip: usize,
    turns: u32,
}

impl Schedule for Maglev {
    const NAME: &'static str = "mh";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P) -> Option<DestId> {
        let port = if cx.flags.second { flow.src.port } else { 0 };
        let key = Endpoint::new(flow.src.addr, port);
        let place =
            |offset: u32| hsiphash(summed(key).wrapping_add(offset), KEY_1) as usize % SLOTS;
        look_up(&self.slots, key, place, cx, probe)
    }

    fn changed(&mut self, _: DestChange, dests: Dests<'_>) {
        // More destinations than places: the kernel refuses, and keeps the table.
        if dests.len() <= SLOTS {
            self.slots = populate(takers(dests));
        }
    }
}

/// Who takes places, and how many in a turn.
fn takers(dests: Dests<'_>) -> Vec<Taker> {
    let weights = || dests.iter().map(|(_, dest)| dest.last_weight).filter(|weight| *weight > 0);
    let divisor = weights().reduce(gcd).unwrap_or(1);
    let most = weights().max().unwrap_or(0) / divisor;
    let shift = (u32::BITS - most.leading_zeros()).saturating_sub(TURN_BITS);
    let heavy = dests.iter().filter(|(_, dest)| dest.last_weight > 0);
    heavy
        .map(|(id, dest)| {
            let sum = summed(dest.rip);
            Taker {
                id,
                next: hsiphash(sum, KEY_1) as usize % SLOTS,
                skip: hsiphash(sum, KEY_2) as usize % (SLOTS - 1) + 1,
                turns: ((dest.last_weight / divisor) >> shift).max(1),
            }
        })
        .collect()
}

fn populate(mut takers: Vec<Taker>) -> Vec<Option<DestId>> {
    if takers.is_empty() {
        return Vec::new();
    }
    let mut slots = vec![None; SLOTS];
    let mut free = SLOTS;
    loop {
        for Taker { id, next, skip, turns } in &mut takers {
            for _ in 0..*turns {
                while slots[*next].is_some() {
                    *next = (*next + *skip) % SLOTS;
                }
                slots[*next] = Some(*id);
                free -= 1;
                if free == 0 {
                    return slots;
                }
            }
        }
    }
}

#[cfg(test)]
impl Maglev {
    /// Who has which place.
    pub(super) fn slots(&self) -> &[Option<DestId>] {
        &self.slots
    }
}
