//! Question and answer: which acknowledgements leave on their own. The ladders are those of a real
//! kernel, with its times rounded to the think times and delays that were asked for.

use super::Step::*;
use super::*;

const ASK: &[Step] = &[Open, Ms(30), Write(4), Read(3)];
const ANSWER: &[Step] = &[Open, Read(4), Ms(30), Write(3)];

/// The client asks and the server answers; then both go on as given, and so does the ladder.
#[track_caller]
fn after_an_answer(client: &[Step], server: &[Step], expected: &str) {
    let pair = Pair::new(0, &[ASK, client].concat(), &[ANSWER, server].concat());
    let so_far = "
        handshake over 0 ms
        30.0 c>s P.  1:5(4) ack 1 win 502
        30.0 s>c .   ack 5 win 510
        60.0 s>c P.  1:4(3) ack 5 win 510
        60.0 c>s .   ack 4 win 502
    ";
    check(&pair.run(2000), &format!("{so_far}{expected}"));
}

#[test]
fn the_client_closes() {
    // No acknowledgement of the client's FIN alone: the server closes within 40 ms.
    after_an_answer(
        &[Ms(30), Close],
        &[ReadEnd, Ms(30), Close],
        "
        90.0 c>s F.  5:5(0) ack 4 win 502
        120.0 s>c F.  4:4(0) ack 6 win 510
        120.0 c>s .   ack 5 win 502
    ",
    );
}

#[test]
fn the_server_closes() {
    after_an_answer(
        &[ReadEnd, Ms(30), Close],
        &[Ms(30), Close],
        "
        90.0 s>c F.  4:4(0) ack 5 win 510
        120.0 c>s F.  5:5(0) ack 5 win 502
        120.0 s>c .   ack 6 win 510
    ",
    );
}

#[test]
fn a_page_over_a_round_trip_of_ten_milliseconds() {
    let client = [Open, Ms(30), Write(76), Read(68), Ms(30), Close];
    let server = [Open, Read(76), Ms(30), Write(68), ReadEnd, Ms(30), Close];
    check(
        &Pair::new(5, &client, &server).run(1000),
        "
        handshake over 5 ms
        40.0 c>s P.  1:77(76) ack 1 win 502
        45.0 s>c .   ack 77 win 509
        75.0 s>c P.  1:69(68) ack 77 win 509
        80.0 c>s .   ack 69 win 502
        110.0 c>s F.  77:77(0) ack 69 win 502
        145.0 s>c F.  69:69(0) ack 78 win 509
        150.0 c>s .   ack 70 win 502
    ",
    );
}

#[test]
fn only_the_first_request_and_the_first_answer_are_acknowledged_alone() {
    let again: &[Step] = &[Ms(30), Write(4), Read(3)];
    let answer: &[Step] = &[Read(4), Ms(30), Write(3)];
    after_an_answer(
        &[again, again, &[Ms(30), Close]].concat(),
        &[answer, answer, &[ReadEnd, Ms(30), Close]].concat(),
        "
        90.0 c>s P.  5:9(4) ack 4 win 502
        120.0 s>c P.  4:7(3) ack 9 win 510
        150.0 c>s P.  9:13(4) ack 7 win 502
        180.0 s>c P.  7:10(3) ack 13 win 510
        210.0 c>s F.  13:13(0) ack 10 win 502
        240.0 s>c F.  10:10(0) ack 14 win 510
        240.0 c>s .   ack 11 win 502
    ",
    );
}

/// Who answers after more than 40 ms does not converse: everything is acknowledged at once, only
/// the FIN waits. By then the closed client is a mere record, whose last acknowledgement has IP ID
/// 0.
#[test]
fn slow_thinkers() {
    let client = [Open, Ms(200), Write(4), Read(3), Ms(200), Close];
    let server = [Open, Read(4), Ms(200), Write(3), ReadEnd, Ms(200), Close];
    check(
        &Pair::new(0, &client, &server).run(2000),
        "
        handshake over 0 ms
        200.0 c>s P.  1:5(4) ack 1 win 502
        200.0 s>c .   ack 5 win 510
        400.0 s>c P.  1:4(3) ack 5 win 510
        400.0 c>s .   ack 4 win 502
        600.0 c>s F.  5:5(0) ack 4 win 502
        640.0 s>c .   ack 6 win 510
        800.0 s>c F.  4:4(0) ack 6 win 510
        800.0 c>s .   ack 5 win 502 id 0
    ",
    );
}

/// A client that only asks never converses: each of four writes is acknowledged.
#[test]
fn a_stream_of_small_answers() {
    let client = [Open, Ms(30), Write(4), Read(40)];
    let writes = [Write(10), Ms(10), Write(10), Ms(10), Write(10), Ms(10), Write(10)];
    let server = [&[Open, Read(4), Ms(30)][..], &writes].concat();
    check(
        &Pair::new(0, &client, &server).run(2000),
        "
        handshake over 0 ms
        30.0 c>s P.  1:5(4) ack 1 win 502
        30.0 s>c .   ack 5 win 510
        60.0 s>c P.  1:11(10) ack 5 win 510
        60.0 c>s .   ack 11 win 502
        70.0 s>c P.  11:21(10) ack 5 win 510
        70.0 c>s .   ack 21 win 502
        80.0 s>c P.  21:31(10) ack 5 win 510
        80.0 c>s .   ack 31 win 502
        90.0 s>c P.  31:41(10) ack 5 win 510
        90.0 c>s .   ack 41 win 502
    ",
    );
}

/// Three small writes: the second and third wait for the acknowledgement of the first, which the
/// server, conversing, delays; its timer ends the conversation, so that the next acknowledgement is
/// at once.
#[test]
fn nagle_meets_the_delayed_acknowledgement() {
    after_an_answer(
        &[Ms(30), Write(3), Write(3), Write(3)],
        &[Read(9)],
        "
        90.0 c>s P.  5:8(3) ack 4 win 502
        130.0 s>c .   ack 8 win 510
        130.0 c>s P.  8:14(6) ack 4 win 502
        130.0 s>c .   ack 14 win 510
    ",
    );
}

#[test]
fn nodelay_does_not_wait() {
    after_an_answer(
        &[NoDelay, Ms(30), Write(3), Write(3), Write(3)],
        &[Read(9)],
        "
        90.0 c>s P.  5:8(3) ack 4 win 502
        90.0 c>s P.  8:11(3) ack 4 win 502
        90.0 c>s P.  11:14(3) ack 4 win 502
        90.0 s>c .   ack 14 win 510
    ",
    );
}
