//! Mutants: an input with some of its bytes flipped, set, doubled, taken away, or exchanged with
//! another's.

use rand_core::{RngCore, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// No mutant is longer.
const LONGEST: usize = 8192;
/// Bytes at which code decides.
const EDGES: [u8; 12] = [0, 1, 4, 5, 6, 17, 0x45, 0x4f, 0x7f, 0x80, 0xfe, 0xff];

/// Makes mutants of some inputs, always the same ones from the same seed.
pub struct Mutator<'a> {
    rng: Pcg64Mcg,
    inputs: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    pub fn new(seed: u64, inputs: &'a [Vec<u8>]) -> Self {
        Self { rng: Pcg64Mcg::seed_from_u64(seed), inputs }
    }

    /// A number below this one, which is not 0.
    fn below(&mut self, most: usize) -> usize {
        self.rng.next_u32() as usize % most
    }

    fn input(&mut self) -> &'a [u8] {
        let nth = self.below(self.inputs.len());
        &self.inputs[nth]
    }

    pub fn mutant(&mut self) -> Vec<u8> {
        let mut bytes = self.input().to_vec();
        for _ in 0..=self.below(6) {
            self.change(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            bytes.extend_from_slice(self.input());
            return;
        }
        let at = self.below(bytes.len());
        let few = 1 + self.below(8);
        let end = (at + few).min(bytes.len());
        match self.below(8) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = EDGES[self.below(EDGES.len())],
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
            5 => {
                let (other, swapped) = (self.below(bytes.len()), self.below(bytes.len()));
                bytes.swap(other, swapped);
            }
            6 => self.take_word(at, bytes),
            _ => self.take_stretch(at, bytes),
        }
    }

    /// The word at this place becomes one of another input: what makes text that still means
    /// something.
    fn take_word(&mut self, at: usize, bytes: &mut Vec<u8>) {
        let other = self.input();
        if other.is_empty() {
            return;
        }
        let from = self.below(other.len());
        let taken = word(other, from);
        let old = word(bytes, at);
        bytes.splice(old, other[taken].iter().copied());
    }

    /// A stretch of another input is put in, or put over what is there.
    fn take_stretch(&mut self, at: usize, bytes: &mut Vec<u8>) {
        let other = self.input();
        if other.is_empty() {
            return;
        }
        let from = self.below(other.len());
        let len = 1 + self.below(other.len() - from).min(200);
        let over = if self.below(2) == 0 { at } else { (at + len).min(bytes.len()) };
        bytes.splice(at..over, other[from..from + len].iter().copied());
    }
}

/// The stretch around a place that has no blank and no quote in it.
fn word(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_edge = |byte: &u8| matches!(byte, b' ' | b'\n' | b'"' | b'\'' | b'(' | b')' | b',');
    let start = bytes[..at].iter().rposition(is_edge).map_or(0, |edge| edge + 1);
    let end = bytes[at..].iter().position(is_edge).map_or(bytes.len(), |len| at + len);
    start..end.max(start)
}
