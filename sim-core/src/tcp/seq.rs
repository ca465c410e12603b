//! Sequence numbers: a circle of 2^32, on which "before" means "less than half a turn behind" (RFC
//! 9293 section 3.4).

/// Whether `a` comes before `b`.
pub fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Whether `a` comes after `b`.
pub fn after(a: u32, b: u32) -> bool {
    before(b, a)
}

/// Whether `x` lies in `low ..= high`.
pub fn between(x: u32, low: u32, high: u32) -> bool {
    high.wrapping_sub(low) >= x.wrapping_sub(low)
}

/// The later of two.
pub fn later(a: u32, b: u32) -> u32 {
    if after(a, b) { a } else { b }
}

/// The earlier of two.
pub fn earlier(a: u32, b: u32) -> u32 {
    if before(a, b) { a } else { b }
}

/// Whether a segment touches a window (`tcp_in_window`): an empty one must begin inside, or at the
/// edge of an empty window.
pub fn in_window(seq: u32, end: u32, low: u32, high: u32) -> bool {
    if seq == low {
        return true;
    }
    if after(end, low) && before(seq, high) {
        return true;
    }
    seq == high && seq == end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circle_closes() {
        for (a, b, expected) in [
            (1, 2, true),
            (2, 1, false),
            (7, 7, false),
            (u32::MAX, 0, true),
            (0, u32::MAX, false),
            (0xffff_ff00, 0x100, true),
        ] {
            assert_eq!(before(a, b), expected, "{a} before {b}");
            assert_eq!(after(b, a), expected, "{b} after {a}");
        }
        assert!(between(3, u32::MAX, 5));
        assert!(!between(6, u32::MAX, 5));
        assert_eq!((later(u32::MAX, 2), earlier(u32::MAX, 2)), (2, u32::MAX));
    }

    #[test]
    fn a_window_is_touched() {
        //   seq end  low high
        for (seq, end, low, high, expected) in [
            (10, 10, 10, 20, true),  // the next byte expected
            (5, 12, 10, 20, true),   // partly old
            (5, 10, 10, 20, false),  // all old
            (20, 20, 10, 20, true),  // an empty one at the right edge
            (20, 21, 10, 20, false), // a byte beyond it
            (10, 15, 10, 10, true),  // into a closed window, but in order
        ] {
            assert_eq!(in_window(seq, end, low, high), expected, "{seq}:{end} in {low}:{high}");
        }
    }
}
