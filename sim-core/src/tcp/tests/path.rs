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

/// Over a distance the report comes before the acknowledgement of what did fit: the small segment is
/// not lost, so the rest of the large ones goes alone. What is sent again counts as sent together
/// with it, and so is taken for lost once more (`scenarios/cable/rest-alone.ron`).
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
        45.0 c>s .   2697:2897(200) ack 1 win 502
        45.0 s>c .   ack 1 win 510 sack 2897:3149
        50.0 s>c .   ack 1349 win 500 sack 2897:3149
        50.0 s>c .   ack 2697 win 490 sack 2897:3149
        50.0 s>c .   ack 3149 win 487
        50.0 c>s .   1:1349(1348) ack 1 win 502
        50.0 s>c P.  1:5(4) ack 3149 win 501
        55.0 c>s .   1349:2697(1348) ack 1 win 502
        55.0 c>s .   2697:2897(200) ack 1 win 502
        55.0 s>c .   ack 3149 win 501 sack 1:1349
        55.0 c>s .   ack 5 win 502
        60.0 s>c .   ack 3149 win 501 sack 1349:2697
        60.0 s>c .   ack 3149 win 501 sack 2697:2897
    ",
    );
}

#[test]
fn what_did_fit_speaks_against_the_rest() {
    check(
        &narrow(5, 3148, 576, false).trace,
        "
        handshake over 5 ms
        40.0 c>s . 1:1449(1448) ack 1 win 502
        40.0 c>s P. 1449:2897(1448) ack 1 win 502
        40.0 c>s P. 2897:3149(252) ack 1 win 502
        45.0 c>s . 1:525(524) ack 1 win 502
        45.0 c>s . 525:1049(524) ack 1 win 502
        45.0 c>s . 1049:1573(524) ack 1 win 502
        45.0 c>s . 1573:2097(524) ack 1 win 502
        45.0 c>s P. 2097:2621(524) ack 1 win 502
        45.0 c>s . 2621:2897(276) ack 1 win 502
        45.0 s>c . ack 1 win 510 sack 2897:3149
        50.0 s>c . ack 525 win 506 sack 2897:3149
        50.0 s>c . ack 1049 win 502 sack 2897:3149
        50.0 s>c . ack 1573 win 498 sack 2897:3149
        50.0 s>c . ack 2097 win 494 sack 2897:3149
        50.0 s>c . ack 2621 win 490 sack 2897:3149
        50.0 s>c . ack 3149 win 486
        50.0 c>s . 1:525(524) ack 1 win 502
        50.0 s>c P. 1:5(4) ack 3149 win 501
        55.0 c>s . 525:1049(524) ack 1 win 502
        55.0 c>s P. 1049:1573(524) ack 1 win 502
        55.0 c>s . 1573:2097(524) ack 1 win 502
        55.0 c>s P. 2097:2621(524) ack 1 win 502
        55.0 c>s . 2621:2897(276) ack 1 win 502
        55.0 s>c . ack 3149 win 501 sack 1:525
        55.0 c>s . ack 5 win 502
        60.0 s>c . ack 3149 win 501 sack 525:1049
        60.0 s>c . ack 3149 win 501 sack 1049:1573
        60.0 s>c . ack 3149 win 501 sack 1573:2097
        60.0 s>c . ack 3149 win 501 sack 2097:2621
        60.0 s>c . ack 3149 win 501 sack 2621:2897
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

/// The route's MTU shrinks and no ICMP error says so: a command did it, or somebody else's packet
/// learnt it. What goes out again is cut anew, the loss probe too, and so is a SYN's promise.
#[test]
fn what_is_sent_again_follows_the_route() {
    let narrower = PathInfo { mtu: 1400, locked: false, advmss: None };
    let client = [Open, Ms(30), Write(5000), Read(4)];
    let server = [Open, Read(5000), Write(4)];
    let cut = |pair: &mut Pair, at_ms, until_ms| {
        pair.start();
        pair.run_until(at_ms);
        pair.call(0, |tcp, _| tcp.set_path(CLIENT, SERVER, narrower));
        pair.run_until(until_ms);
    };
    // Frames 4 to 7 are the data.
    let mut pair = Pair::new(50, &client, &server).losing(&[4, 5, 6, 7]);
    cut(&mut pair, 140, 3_000);
    check(
        &pair.trace,
        "
        handshake over 50 ms
        130.0 c>s .   1:1449(1448) ack 1 win 502 lost
        130.0 c>s P.  1449:2897(1448) ack 1 win 502 lost
        130.0 c>s .   2897:4345(1448) ack 1 win 502 lost
        130.0 c>s P.  4345:5001(656) ack 1 win 502 lost
        360.0 c>s P.  4245:5001(756) ack 1 win 502
        410.0 s>c .   ack 1 win 510 sack 4245:5001
        460.0 c>s .   1:1349(1348) ack 1 win 502
        510.0 s>c .   ack 1349 win 500 sack 4245:5001
        560.0 c>s .   1349:2697(1348) ack 1 win 502
        560.0 c>s P.  2697:2897(200) ack 1 win 502
        610.0 s>c .   ack 2697 win 494 sack 4245:5001
        610.0 s>c .   ack 2897 win 493 sack 4245:5001
        660.0 c>s .   2897:4245(1348) ack 1 win 502
        710.0 s>c .   ack 5001 win 494
        710.0 s>c P.  1:5(4) ack 5001 win 501
        760.0 c>s .   ack 5 win 502
    ",
    );

    let mut pair = Pair::new(50, &[Open], &[Open]).losing(&[1]);
    cut(&mut pair, 0, 1_500);
    assert_eq!(socket(&pair, 0).advmss, 1_360 - 12, "what the second SYN has promised");
}
