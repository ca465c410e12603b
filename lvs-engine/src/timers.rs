//! When each connection ends, found without touching anything per packet.
//!
//! A heap holds for each connection a time at or before its end. A packet moves the end later and
//! leaves the heap alone; `settle` moves the top down until the top's time is its true end. So the
//! top is exact after each packet, and a connection is moved once a timeout, not once a packet.

use alloc::vec::Vec;

use crate::Instant;

/// A connection's place in the heap, for the connection to keep.
pub(crate) type Place = u32;
/// The place of the connection that ends first.
pub(crate) const FIRST: Place = 0;

/// What the heap asks of the table: the true end of a connection, and to remember its place.
pub(crate) trait Ends {
    /// When this connection ends.
    fn end(&self, id: u32) -> Instant;
    /// Where in the heap this connection is now.
    fn set_place(&mut self, id: u32, place: Place);
}

/// The heap. Among equal times connections come before templates, then the lower id comes first.
///
/// Of the timers of one slot of its wheel Linux fires the one first that was set last. A packet sets
/// its template's and then its connection's, so of two that end together the connection is gone
/// before its template is asked whether somebody needs it. Linux 6.1 timer.c, enqueue_timer;
/// ip_vs_core.c, ip_vs_sched_persist.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    heap: Vec<(Instant, bool, u32)>,
}

impl Timers {
    pub(crate) fn with_capacity(conns: usize) -> Self {
        Self { heap: Vec::with_capacity(conns) }
    }

    /// The earliest time: exact after `settle`.
    #[inline]
    pub(crate) fn first(&self) -> Option<(Instant, u32)> {
        self.heap.first().map(|&(at, _, id)| (at, id))
    }

    /// A new connection or template, which ends at this time or later.
    pub(crate) fn push(&mut self, at: Instant, is_template: bool, id: u32, ends: &mut impl Ends) {
        self.heap.push((at, is_template, id));
        self.up(self.heap.len() - 1, ends);
    }

    /// A connection may end earlier than was thought.
    pub(crate) fn hasten(&mut self, place: Place, at: Instant, ends: &mut impl Ends) {
        let place = place as usize;
        if at < self.heap[place].0 {
            self.heap[place].0 = at;
            self.up(place, ends);
        }
    }

    /// Takes out the connection at this place.
    pub(crate) fn remove(&mut self, place: Place, ends: &mut impl Ends) {
        let place = place as usize;
        let Some(last) = self.heap.pop() else { return };
        if place < self.heap.len() {
            self.heap[place] = last;
            self.up(place, ends);
            self.down(place, ends);
        }
    }

    /// Makes the first one's time its true end.
    #[inline]
    pub(crate) fn settle(&mut self, ends: &mut impl Ends) {
        while let Some((at, id)) = self.first() {
            let end = ends.end(id);
            if end == at {
                break;
            }
            self.heap[0].0 = end;
            self.down(0, ends);
        }
    }

    fn up(&mut self, mut place: usize, ends: &mut impl Ends) {
        while place > 0 && self.heap[place] < self.heap[(place - 1) / 2] {
            let parent = (place - 1) / 2;
            self.heap.swap(place, parent);
            ends.set_place(self.heap[place].2, place as Place);
            place = parent;
        }
        ends.set_place(self.heap[place].2, place as Place);
    }

    fn down(&mut self, mut place: usize, ends: &mut impl Ends) {
        loop {
            let child = match (self.heap.get(place * 2 + 1), self.heap.get(place * 2 + 2)) {
                (Some(left), Some(right)) if right < left => place * 2 + 2,
                (Some(_), _) => place * 2 + 1,
                (None, _) => break,
            };
            if self.heap[place] <= self.heap[child] {
                break;
            }
            self.heap.swap(place, child);
            ends.set_place(self.heap[place].2, place as Place);
            place = child;
        }
        ends.set_place(self.heap[place].2, place as Place);
    }
}
