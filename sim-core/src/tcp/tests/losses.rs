//! Losses, and a cut cable. The ladders are those of a real kernel, with its times rounded.

use super::Step::*;
use super::*;

/// An upload over a round trip of 10 ms, in which these frames are lost.
fn upload(bytes: usize, lost: &[usize]) -> Pair {
    let client = [Open, Ms(30), Write(bytes), Read(4)];
    let server = [Open, Read(bytes), Ms(30), Write(4), ReadEnd];
    Pair::new(5, &client, &server).losing(lost).ran(20_000)
}

fn windows(pair: &Pair) -> (u32, u32) {
    let congestion = &socket(pair, 0).congestion;
    (congestion.cwnd, congestion.ssthresh)
}

/// Reports beyond the hole let out new data first; the third one proves the loss.
#[test]
fn one_of_ten_is_lost() {
    let pair = upload(20_000, &[8]);
    assert_eq!(windows(&pair), (9, 9));
    // On the judge the last window was 421: a segment that was sent alone takes 400 bytes more of
    // its memory.
    check(
        &pair.trace,
        "
        handshake over 5 ms
        40.0 c>s .   1:1449(1448) ack 1 win 502
        40.0 c>s P.  1449:2897(1448) ack 1 win 502
        40.0 c>s .   2897:4345(1448) ack 1 win 502
        40.0 c>s P.  4345:5793(1448) ack 1 win 502
        40.0 c>s .   5793:7241(1448) ack 1 win 502 lost
        40.0 c>s P.  7241:8689(1448) ack 1 win 502
        40.0 c>s .   8689:10137(1448) ack 1 win 502
        40.0 c>s P.  10137:11585(1448) ack 1 win 502
        40.0 c>s .   11585:13033(1448) ack 1 win 502
        40.0 c>s P.  13033:14481(1448) ack 1 win 502
        45.0 s>c .   ack 1449 win 501
        45.0 s>c .   ack 2897 win 494
        45.0 s>c .   ack 4345 win 485
        45.0 s>c .   ack 5793 win 476
        45.0 s>c .   ack 5793 win 476 sack 7241:8689
        45.0 s>c .   ack 5793 win 476 sack 7241:10137
        45.0 s>c .   ack 5793 win 476 sack 7241:11585
        45.0 s>c .   ack 5793 win 476 sack 7241:13033
        45.0 s>c .   ack 5793 win 476 sack 7241:14481
        50.0 c>s .   14481:15929(1448) ack 1 win 502
        50.0 c>s P.  15929:17377(1448) ack 1 win 502
        50.0 c>s .   17377:18825(1448) ack 1 win 502
        50.0 c>s P.  18825:20001(1176) ack 1 win 502
        50.0 c>s .   5793:7241(1448) ack 1 win 502
        55.0 s>c .   ack 5793 win 476 sack 7241:15929
        55.0 s>c .   ack 5793 win 476 sack 7241:17377
        55.0 s>c .   ack 5793 win 476 sack 7241:18825
        55.0 s>c .   ack 5793 win 476 sack 7241:20001
        55.0 s>c .   ack 20001 win 422
        85.0 s>c P.  1:5(4) ack 20001 win 501
        90.0 c>s .   ack 5 win 502
    ",
    );
}

/// Nothing comes after the loss that could report it: the probe repeats the last segment after two
/// round trips and 200 ms, and the window stays.
#[test]
fn the_last_one_is_lost() {
    let pair = upload(5000, &[7]);
    assert_eq!(windows(&pair).0, 10);
    check(
        &pair.trace,
        "
        handshake over 5 ms
        40.0 c>s .   1:1449(1448) ack 1 win 502
        40.0 c>s P.  1449:2897(1448) ack 1 win 502
        40.0 c>s .   2897:4345(1448) ack 1 win 502
        40.0 c>s P.  4345:5001(656) ack 1 win 502 lost
        45.0 s>c .   ack 1449 win 501
        45.0 s>c .   ack 2897 win 494
        45.0 s>c .   ack 4345 win 485
        270.0 c>s P.  4345:5001(656) ack 1 win 502
        275.0 s>c .   ack 5001 win 501
        305.0 s>c P.  1:5(4) ack 5001 win 501
        310.0 c>s .   ack 5 win 502
    ",
    );
}

/// The probe and everything else is lost for a while: timeout, then slow start up to the new
/// threshold.
#[test]
fn all_are_lost() {
    let pair = upload(5000, &[4, 5, 6, 7, 8, 9]);
    check(
        &pair.trace,
        "
        handshake over 5 ms
        40.0 c>s .   1:1449(1448) ack 1 win 502 lost
        40.0 c>s P.  1449:2897(1448) ack 1 win 502 lost
        40.0 c>s .   2897:4345(1448) ack 1 win 502 lost
        40.0 c>s P.  4345:5001(656) ack 1 win 502 lost
        90.0 c>s P.  4345:5001(656) ack 1 win 502 lost
        310.0 c>s .   1:1449(1448) ack 1 win 502 lost
        750.0 c>s .   1:1449(1448) ack 1 win 502
        755.0 s>c .   ack 1449 win 501
        760.0 c>s .   1449:2897(1448) ack 1 win 502
        760.0 c>s .   2897:4345(1448) ack 1 win 502
        765.0 s>c .   ack 2897 win 501
        765.0 s>c .   ack 4345 win 494
        770.0 c>s P.  4345:5001(656) ack 1 win 502
        775.0 s>c .   ack 5001 win 501
        805.0 s>c P.  1:5(4) ack 5001 win 501
        810.0 c>s .   ack 5 win 502
    ",
    );
}

#[test]
fn the_syn_is_lost() {
    check(
        &upload(10, &[1]).trace,
        "
        0.0 c>s S   win 64240 lost
        1040.0 c>s S   win 64240
        1045.0 s>c S.  win 65160 id 0
        1050.0 c>s .   ack 1 win 502
        1080.0 c>s P.  1:11(10) ack 1 win 502
        1085.0 s>c .   ack 11 win 509
        1115.0 s>c P.  1:5(4) ack 11 win 509
        1120.0 c>s .   ack 5 win 502
    ",
    );
}

/// The server's timer and the client's second SYN both repeat the SYN-ACK; the client acknowledges
/// the second too.
#[test]
fn the_syn_ack_is_lost() {
    check(
        &upload(10, &[2]).trace,
        "
        0.0 c>s S   win 64240
        5.0 s>c S.  win 65160 id 0 lost
        1040.0 c>s S   win 64240
        1040.0 s>c S.  win 65160 id 0
        1045.0 s>c S.  win 65160 id 0
        1045.0 c>s .   ack 1 win 502
        1050.0 c>s .   ack 1 win 502
        1075.0 c>s P.  1:11(10) ack 1 win 502
        1080.0 s>c .   ack 11 win 509
        1110.0 s>c P.  1:5(4) ack 11 win 509
        1115.0 c>s .   ack 5 win 502
    ",
    );
}

/// Data into a cut path: the probe, then the timeout doubled up to two minutes; after 924 s the
/// connection is given up.
#[test]
fn the_path_is_cut() {
    let client = [Open, Ms(30), Write(4), Read(4), Ms(30), Write(4)];
    let server = [Open, Read(4), Ms(30), Write(4)];
    let mut pair = Pair::new(0, &client, &server);
    pair.cut_at = Some(Instant::ZERO + Duration::from_millis(61));
    pair.start();
    pair.run_until(2_000_000);
    assert_eq!(pair.events.last(), Some(&(0, SocketEvent::Failed(Failure::TimedOut))));
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 c>s P.  1:5(4) ack 1 win 502
        30.0 s>c .   ack 5 win 510
        60.0 s>c P.  1:5(4) ack 5 win 510
        60.0 c>s .   ack 5 win 502
        90.0 c>s P.  5:9(4) ack 5 win 502 lost
        300.0 c>s P.  5:9(4) ack 5 win 502 lost
        510.0 c>s P.  5:9(4) ack 5 win 502 lost
        930.0 c>s P.  5:9(4) ack 5 win 502 lost
        1840.0 c>s P.  5:9(4) ack 5 win 502 lost
        3600.0 c>s P.  5:9(4) ack 5 win 502 lost
        7040.0 c>s P.  5:9(4) ack 5 win 502 lost
        14080.0 c>s P.  5:9(4) ack 5 win 502 lost
        28160.0 c>s P.  5:9(4) ack 5 win 502 lost
        55680.0 c>s P.  5:9(4) ack 5 win 502 lost
        112640.0 c>s P.  5:9(4) ack 5 win 502 lost
        225280.0 c>s P.  5:9(4) ack 5 win 502 lost
        348160.0 c>s P.  5:9(4) ack 5 win 502 lost
        471040.0 c>s P.  5:9(4) ack 5 win 502 lost
        593920.0 c>s P.  5:9(4) ack 5 win 502 lost
        716800.0 c>s P.  5:9(4) ack 5 win 502 lost
        839680.0 c>s P.  5:9(4) ack 5 win 502 lost
    ",
    );
}

/// While the path is cut the network says so: the timeout shrinks back to its beginning, and what
/// is overdue is sent at once (RFC 6069). The connection goes on.
#[test]
fn unreachable_takes_a_doubling_back() {
    let client = [Open, Ms(30), Write(4), Read(4)];
    let server = [Open, Read(4), Write(4)];
    let mut pair = Pair::new(0, &client, &server);
    pair.lost = (4..9).collect();
    pair.start();
    pair.run_until(2600);
    pair.now = Instant::ZERO + Duration::from_millis(2600);
    let seq = socket(&pair, 0).snd.una;
    let quoted = Quoted { src: CLIENT, dst: SERVER, seq };
    pair.call(0, |tcp, cx| tcp.error(cx, &quoted, IcmpError::Unreachable { code: 1 }));
    pair.run_until(5000);
    assert!(pair.events.iter().all(|event| !matches!(event.1, SocketEvent::Failed(_))));
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 c>s P.  1:5(4) ack 1 win 502 lost
        240.0 c>s P.  1:5(4) ack 1 win 502 lost
        450.0 c>s P.  1:5(4) ack 1 win 502 lost
        870.0 c>s P.  1:5(4) ack 1 win 502 lost
        1760.0 c>s P.  1:5(4) ack 1 win 502 lost
        2600.0 c>s P.  1:5(4) ack 1 win 502
        2600.0 s>c .   ack 5 win 510
        2600.0 s>c P.  1:5(4) ack 5 win 510
        2600.0 c>s .   ack 5 win 502
    ",
    );
}

/// What was written in two portions is repeated as one segment, the FIN with it; the probe repeats
/// only the last.
#[test]
fn small_segments_are_joined_when_they_are_repeated() {
    let client = [Open, Ms(30), NoDelay, Write(4), Write(4), Close];
    let server = [Open, ReadEnd];
    let pair = Pair::new(0, &client, &server).losing(&[4, 5, 6, 7]).ran(700);
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 c>s P.  1:5(4) ack 1 win 502 lost
        30.0 c>s P.  5:9(4) ack 1 win 502 lost
        30.0 c>s F.  9:9(0) ack 1 win 502 lost
        60.0 c>s F.  9:9(0) ack 1 win 502 lost
        270.0 c>s FP. 1:9(8) ack 1 win 502
        310.0 s>c .   ack 10 win 509
    ",
    );
}
