//! Endings, as observed on a real kernel.

use super::Step::*;
use super::*;

/// The client's FIN is acknowledged 40 ms later, and the connection goes on the other way.
#[test]
fn half_close() {
    let client = [Open, Ms(30), Write(1), ShutDown, ReadEnd, Close];
    let server = [Open, Read(1), ReadEnd, Ms(60), Write(4), Ms(30), Close];
    check(
        &Pair::new(0, &client, &server).run(1000),
        "
        handshake over 0 ms
        30.0 c>s P.  1:2(1) ack 1 win 502
        30.0 c>s F.  2:2(0) ack 1 win 502
        30.0 s>c .   ack 2 win 510
        70.0 s>c .   ack 3 win 510
        90.0 s>c P.  1:5(4) ack 3 win 510
        90.0 c>s .   ack 5 win 502
        120.0 s>c F.  5:5(0) ack 3 win 510
        120.0 c>s .   ack 6 win 502
    ",
    );
}

/// Nobody takes the data any more: the record of the closed server resets.
#[test]
fn the_server_closes_and_the_client_writes_later() {
    let client = [Open, AwaitEnd, Ms(60), Write(4), Ms(30), Write(4)];
    let server = [Open, Ms(30), Close];
    let pair = Pair::new(0, &client, &server).ran(1000);
    assert_eq!(pair.events.last(), Some(&(0, SocketEvent::Failed(Failure::BrokenPipe))));
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 s>c F.  1:1(0) ack 1 win 510
        40.0 c>s .   ack 2 win 502
        90.0 c>s P.  1:5(4) ack 2 win 502
        90.0 s>c R   seq 2 win 0 id 0
        0: Broken pipe
    ",
    );
}

#[test]
fn closing_with_unread_data_resets() {
    let client = [Open, Write(6), AwaitEnd];
    let server = [Open, Ms(60), Close];
    let pair = Pair::new(0, &client, &server).ran(1000);
    assert_eq!(pair.events.last(), Some(&(0, SocketEvent::Failed(Failure::Reset))));
    check(
        &pair.trace,
        "
        handshake over 0 ms
        0.0 c>s P.  1:7(6) ack 1 win 502
        0.0 s>c .   ack 7 win 510
        60.0 s>c R.  seq 1 ack 7 win 510
    ",
    );
}

#[test]
fn linger_zero_resets() {
    let client = [Open, Ms(30), Abort];
    let server = [Open, AwaitEnd, Close];
    let pair = Pair::new(0, &client, &server).ran(1000);
    assert_eq!(pair.events.last(), Some(&(1, SocketEvent::Failed(Failure::Reset))));
    assert_eq!(pair.hosts[0].rows().count(), 0);
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 c>s R.  seq 1 ack 1 win 502
    ",
    );
}

/// Both close at once: each FIN is acknowledged, both wait.
#[test]
fn simultaneous_close() {
    let client = [Open, Ms(40), Close];
    let server = [Open, Ms(35), Close];
    let pair = Pair::new(5, &client, &server).ran(1000);
    assert_eq!(
        (states(&pair, 0), states(&pair, 1)),
        ("TIME-WAIT".into(), "LISTEN TIME-WAIT".into())
    );
    check(
        &pair.trace,
        "
        handshake over 5 ms
        50.0 c>s F.  1:1(0) ack 1 win 502
        50.0 s>c F.  1:1(0) ack 1 win 510
        55.0 s>c .   ack 2 win 510
        55.0 c>s .   ack 2 win 502
    ",
    );
}

/// The last acknowledgement is lost: the server repeats its FIN, the record answers it, and waits
/// anew.
#[test]
fn the_last_acknowledgement_is_lost() {
    let client = [Open, Ms(30), Close];
    let server = [Open, ReadEnd, Ms(30), Close];
    let pair = Pair::new(0, &client, &server).losing(&[7]).ran(1000);
    check(
        &pair.trace,
        "
        handshake over 0 ms
        30.0 c>s F.  1:1(0) ack 1 win 502
        40.0 s>c .   ack 2 win 510
        60.0 s>c F.  1:1(0) ack 2 win 510
        60.0 c>s .   ack 2 win 502 id 0 lost
        270.0 s>c F.  1:1(0) ack 2 win 510
        270.0 c>s .   ack 2 win 502 id 0
    ",
    );
}

/// The client gets a segment whose sequence number is so far behind the server's first one, and
/// which acknowledges all that the client has sent.
fn from_server(pair: &mut Pair, offset: u32, flags: Flags, payload: &[u8]) {
    let segment = Segment {
        src: SERVER,
        dst: CLIENT,
        seq: pair.isn[1].expect("the handshake is over").wrapping_add(offset),
        ack: pair.next[0],
        flags,
        window: 502,
        options: Options::default(),
        payload,
        tos: 0,
    };
    pair.call(0, |tcp, cx| tcp.receive(cx, &segment, ETHERNET));
}

/// The client has closed and waits for the server's FIN. Data would be for nobody and is reset; a
/// bare acknowledgement is not, not even from beyond a hole.
#[test]
fn a_record_resets_only_data() {
    let mut pair = Pair::new(0, &[Open, Close], &[Open]).ran(100);
    let wire = pair.frames;
    from_server(&mut pair, 5, Flags::ACK, b"");
    assert_eq!((states(&pair, 0).as_str(), pair.frames), ("FIN-WAIT-2", wire));
    from_server(&mut pair, 1, Flags::ACK, b"late");
    assert_eq!((states(&pair, 0).as_str(), pair.frames), ("", wire + 1));
    assert!(pair.trace.trim_end().ends_with("c>s R   seq 2 win 0 id 0"), "{}", pair.trace);
}

/// Bytes that claim to come after the FIN are forgotten when it comes, whichever was first.
#[test]
fn nothing_follows_a_fin() {
    let mut pair = Pair::new(0, &[Open], &[Open]).ran(0);
    from_server(&mut pair, 2, Flags::ACK, b"late");
    from_server(&mut pair, 1, Flags::ACK | Flags::FIN, b"");
    pair.run_until(100);
    assert_eq!(pair.hosts[0].readable(pair.socket(0)), 0);
    check(
        &pair.trace,
        "
        handshake over 0 ms
        0.0 c>s .   ack 1 win 502 sack 2:6
        10.0 c>s .   ack 2 win 502
    ",
    );
}

/// The rows of `ss -tan` in the course of a close, and when the records go.
#[test]
fn states_on_the_way() {
    let client = [Open, Ms(30), Close];
    let server = [Open, ReadEnd, Ms(100), Close];
    let mut pair = Pair::new(0, &client, &server);
    pair.start();
    let mut seen = Vec::new();
    for at_ms in [10, 35, 70, 139, 61_439, 61_441] {
        pair.run_until(at_ms);
        seen.push(format!("{at_ms}: {} | {}", states(&pair, 0), states(&pair, 1)));
    }
    assert_eq!(
        seen,
        [
            "10: ESTAB | LISTEN ESTAB",
            "35: FIN-WAIT-1 | LISTEN CLOSE-WAIT",
            "70: FIN-WAIT-2 | LISTEN CLOSE-WAIT",
            "139: TIME-WAIT | LISTEN",
            "61439: TIME-WAIT | LISTEN",
            "61441:  | LISTEN",
        ]
    );
    assert!(pair.hosts[0].is_quiet() && pair.hosts[1].is_quiet());
}
