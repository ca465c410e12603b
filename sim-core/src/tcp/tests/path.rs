//! A path that becomes narrower.

use super::Step::*;
use super::*;

/// Lets the connection open, writes, and reports for every segment that is larger than the path
/// that it did not fit.
fn narrow(delay_ms: u64, bytes: usize, mtu: u16, locked: bool) -> Pair {
    let client = [Open, Ms(30), Write(bytes), Read(4)];
    let server = [Open, Read(bytes), Write(4)];
    let mut pair = Pair::new(delay_ms, &client, &server);
    pair.narrow = Some(PathInfo { mtu, locked, advmss: None });
    pair.ran(2000)
}

/// What did not fit is repeated in smaller segments at once, without waiting for any timer.
#[test]
fn fragmentation_needed() {
    check(
        &narrow(0, 3148, 1400, false).trace,
        "
        handshake over 0 ms
        30.0 c>s .   1:1449(1448) ack 1 win 502
        30.0 c>s .   1449:2897(1448) ack 1 win 502
        30.0 c>s P.  2897:3149(252) ack 1 win 502
        30.0 c>s .   1:1349(1348) ack 1 win 502
        30.0 c>s .   1349:2697(1348) ack 1 win 502
        30.0 c>s P.  2697:3149(452) ack 1 win 502
        30.0 s>c .   ack 1 win 510 sack 2897:3149
        30.0 s>c .   ack 1349 win 500 sack 2897:3149
        30.0 s>c .   ack 2697 win 490 sack 2897:3149
        30.0 s>c .   ack 3149 win 489 sack 2897:3149
        30.0 s>c P.  1:5(4) ack 3149 win 501
        30.0 c>s .   ack 5 win 502
    ",
    );
}

/// Over a distance the report comes before the acknowledgement of what did fit: the small segment
/// is taken along with the rest of the large ones, and reported as a duplicate.
#[test]
fn fragmentation_needed_over_a_distance() {
    check(
        &narrow(5, 3148, 1400, false).trace,
        "
        handshake over 5 ms
        40.0 c>s .   1:1449(1448) ack 1 win 502
        40.0 c>s P.  1449:2897(1448) ack 1 win 502
        40.0 c>s P.  2897:3149(252) ack 1 win 502
        45.0 c>s .   1:1349(1348) ack 1 win 502
        45.0 c>s P.  1349:2697(1348) ack 1 win 502
        45.0 c>s P.  2697:3149(452) ack 1 win 502
        45.0 s>c .   ack 1 win 510 sack 2897:3149
        50.0 s>c .   ack 1349 win 500 sack 2897:3149
        50.0 s>c .   ack 2697 win 490 sack 2897:3149
        50.0 s>c .   ack 3149 win 489 sack 2897:3149
        50.0 s>c P.  1:5(4) ack 3149 win 501
        55.0 c>s .   ack 5 win 502
    ",
    );
}

/// A path too narrow to be believed: packets go without DF.
#[test]
fn a_locked_path_goes_without_df() {
    let pair = narrow(0, 1000, 552, true);
    assert!(socket(&pair, 0).path.locked);
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 c>s P.  1:1001(1000) ack 1 win 502
        30.0 c>s .   1:501(500) ack 1 win 502
        30.0 c>s P.  501:1001(500) ack 1 win 502
        30.0 s>c .   ack 501 win 506
        30.0 s>c .   ack 1001 win 503
        30.0 s>c P.  1:5(4) ack 1001 win 503
        30.0 c>s .   ack 5 win 502
    ",
    );
}

/// A useless report, with an MTU that is not smaller, changes nothing.
#[test]
fn a_larger_mtu_is_ignored() {
    let mut pair = narrow(0, 100, 1500, false);
    let una = socket(&pair, 0).snd.una;
    let quoted = Quoted { src: CLIENT, dst: SERVER, seq: una };
    let path = PathInfo { mtu: 1500, locked: false, advmss: None };
    let before = pair.frames;
    pair.call(0, |tcp, cx| tcp.error(cx, &quoted, IcmpError::FragmentationNeeded { path }));
    assert_eq!(pair.frames, before);
}
