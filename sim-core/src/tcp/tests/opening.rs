//! Connecting, and what can go wrong with it.

use super::Step::*;
use super::*;

/// A connect of which nothing arrives, or which the network reports as hopeless at some time.
fn alone(error: Option<(u64, IcmpError)>) -> (String, Vec<(usize, SocketEvent)>) {
    let mut pair = Pair::new(0, &[Open], &[]);
    pair.cut_at = Some(Instant::ZERO);
    pair.start();
    if let Some((at_ms, error)) = error {
        pair.run_until(at_ms);
        pair.now = Instant::ZERO + Duration::from_millis(at_ms);
        let seq = pair.isn[0].expect("a SYN was sent");
        let quoted = Quoted { src: CLIENT, dst: SERVER, seq };
        pair.call(0, |tcp, cx| tcp.error(cx, &quoted, error));
        pair.call(0, |tcp, cx| tcp.error(cx, &quoted, error));
    }
    pair.run_until(1_000_000);
    (pair.trace, pair.events)
}

#[test]
fn syn_retransmission_and_the_end() {
    let (trace, events) = alone(None);
    assert_eq!(events, [(0, SocketEvent::Failed(Failure::TimedOut))]);
    check(
        &trace,
        "
        0.0 c>s S   win 64240 lost
        1040.0 c>s S   win 64240 lost
        3120.0 c>s S   win 64240 lost
        7200.0 c>s S   win 64240 lost
        15360.0 c>s S   win 64240 lost
        32000.0 c>s S   win 64240 lost
        64640.0 c>s S   win 64240 lost
    ",
    );
}

/// Two errors come at 3 s, for the SYNs of 0 s and 1 s. The first takes a doubling back, which
/// makes the next SYN overdue, and ends the attempt; nobody hears the second.
#[test]
fn host_unreachable_after_three_seconds() {
    let (trace, events) = alone(Some((2999, IcmpError::Unreachable { code: 1 })));
    assert_eq!(events, [(0, SocketEvent::Failed(Failure::HostUnreachable))]);
    check(
        &trace,
        "
        0.0 c>s S   win 64240 lost
        1040.0 c>s S   win 64240 lost
        2999.0 c>s S   win 64240 lost
    ",
    );
}

/// The loop-back interface: one segment is nearly the whole window.
#[test]
fn a_path_of_64_kib() {
    let client = [Open, Ms(30), Write(1000), Close];
    let server = [Open, Read(1000), ReadEnd, Ms(30), Close];
    let mut pair = Pair::new(0, &client, &server);
    pair.paths = [PathInfo { mtu: 65_535, locked: false, advmss: None }; 2];
    check(
        &pair.run(1000),
        "
        0.0 c>s S   win 65495
        0.0 s>c S.  win 65483 id 0
        0.0 c>s .   ack 1 win 512
        30.0 c>s P.  1:1001(1000) ack 1 win 512
        30.0 c>s F.  1001:1001(0) ack 1 win 512
        30.0 s>c .   ack 1001 win 504
        60.0 s>c F.  1:1(0) ack 1002 win 512
        60.0 c>s .   ack 2 win 512
    ",
    );
}

/// A timer remembers the event that set it, and another one that of its own setting.
#[test]
fn timers_know_their_cause() {
    let mut tcp = Tcp::new(1);
    let (mut rng, mut out) = (Pcg32::seed_from_u64(1), Vec::new());
    let mut cx = Cx { now: Instant::ZERO, cause: 5, rng: &mut rng, out: &mut out };
    tcp.connect(&mut cx, CLIENT, SERVER, ETHERNET).expect("free");
    let timer = tcp.poll_timeout().expect("the SYN may be lost");
    assert_eq!(
        timer,
        Timer { at: Instant::from_nanos(1_040_000_000), cause: 5, set: Instant::ZERO }
    );
    cx.cause = 6;
    tcp.handle_timeout(&mut cx);
    assert_eq!(tcp.poll_timeout(), Some(timer), "it is not due yet");
    cx.now = timer.at;
    tcp.handle_timeout(&mut cx);
    let timer = tcp.poll_timeout().expect("the SYN may be lost again");
    assert_eq!(
        timer,
        Timer {
            at: Instant::from_nanos(3_120_000_000),
            cause: 6,
            set: Instant::from_nanos(1_040_000_000)
        }
    );
}

#[test]
fn errors_that_end_the_attempt() {
    for (error, failure) in [
        (IcmpError::Unreachable { code: 0 }, Failure::NetUnreachable),
        (IcmpError::Unreachable { code: 1 }, Failure::HostUnreachable),
        (IcmpError::Unreachable { code: 2 }, Failure::ProtocolUnreachable),
        (IcmpError::Unreachable { code: 3 }, Failure::Refused),
        (IcmpError::Unreachable { code: 13 }, Failure::HostUnreachable),
        (IcmpError::TimeExceeded, Failure::HostUnreachable),
    ] {
        let (trace, events) = alone(Some((500, error)));
        assert_eq!(events, [(0, SocketEvent::Failed(failure))], "{error:?}");
        assert_eq!(trace.lines().count(), 1, "{error:?}");
    }
}

#[test]
fn a_closed_port_refuses() {
    let mut pair = Pair::new(5, &[Open], &[]);
    let listener = pair.hosts[1].listeners[0].id;
    pair.call(1, |tcp, cx| tcp.unlisten(cx, listener));
    pair.start();
    pair.run_until(5000);
    assert_eq!(pair.events, [(0, SocketEvent::Failed(Failure::Refused))]);
    check(
        &pair.trace,
        "
        0.0 c>s S   win 64240
        5.0 s>c R.  seq 0 ack 1 win 0 id 0
    ",
    );
}

/// LVS-NAT with the wrong gateway: the answer comes from an address that was not asked. The client
/// resets it, the server forgets the request, and so each SYN gets a SYN-ACK with another ISN.
#[test]
fn the_wrong_address_answers() {
    let vip = Endpoint::new(Ipv4Addr::new(192, 168, 1, 100), 80);
    let (mut client, mut server) = (Tcp::new(1), Tcp::new(2));
    server.listen(Some(SERVER.addr), 80, 5).expect("free");
    let mut rng = Pcg32::seed_from_u64(1);
    let mut trace = Vec::new();
    let mut now = Instant::ZERO;
    let mut call = |now, action: &mut dyn FnMut(&mut Cx<'_>)| {
        let mut out = Vec::new();
        action(&mut Cx { now, cause: 0, rng: &mut rng, out: &mut out });
        out.retain(|output| !matches!(output, Output::Counted(_)));
        out
    };
    let mut out = call(now, &mut |cx| {
        client.connect(cx, CLIENT, vip, ETHERNET).expect("free");
    });
    let mut isns = Vec::new();
    for _ in 0..3 {
        // The director passes each segment for the VIP on to the server, which answers directly.
        while let Some(Output::Segment(emit)) = out.pop() {
            let zero = if emit.ip_id == IpId::Zero { " id 0" } else { "" };
            if emit.flags.has(Flags::SYN) {
                isns.push(emit.seq);
            } else {
                assert_eq!(emit.seq, isns[0].wrapping_add(1), "the acknowledgement of the SYN-ACK");
            }
            let line = format!("{now} {} > {} {}{zero}", emit.src, emit.dst, emit.flags);
            trace.push(line.replace(".000000", ""));
            let (to, dst) =
                if emit.src == CLIENT { (&mut server, SERVER) } else { (&mut client, CLIENT) };
            let mut bytes = vec![0; emit.size()];
            emit.write_to(&mut bytes);
            let segment = Segment::parse(emit.src.addr, dst.addr, 0, &bytes).expect("well formed");
            out = call(now, &mut |cx| to.receive(cx, &segment, ETHERNET));
        }
        assert!(server.is_quiet(), "the request is forgotten");
        now = client.poll_timeout().expect("the SYN is repeated").at;
        out = call(now, &mut |cx| client.handle_timeout(cx));
    }
    check(
        &trace.join("\n"),
        "
        0 10.0.0.10:41000 > 192.168.1.100:80 S
        0 192.168.1.12:80 > 10.0.0.10:41000 S. id 0
        0 10.0.0.10:41000 > 192.168.1.12:80 R id 0
        1.040000 10.0.0.10:41000 > 192.168.1.100:80 S
        1.040000 192.168.1.12:80 > 10.0.0.10:41000 S. id 0
        1.040000 10.0.0.10:41000 > 192.168.1.12:80 R id 0
        3.120000 10.0.0.10:41000 > 192.168.1.100:80 S
        3.120000 192.168.1.12:80 > 10.0.0.10:41000 S. id 0
        3.120000 10.0.0.10:41000 > 192.168.1.12:80 R id 0
    ",
    );
    assert!(isns[0] == isns[2] && isns[2] == isns[4], "the SYN is the same");
    assert!(isns[1] != isns[3] && isns[3] != isns[5], "the SYN-ACK is another one");
}

/// A SYN with other options than ours: what was not offered is left out.
#[test]
fn syn_acks_to_other_syns() {
    let full = "020405b40402080a0000000100000000".to_owned() + "01030307";
    let cases = [
        // options, flags, MTU          SYN-ACK
        (&full[..], Flags::SYN, 1500),
        ("", Flags::SYN, 1500),
        ("020405b4", Flags::SYN, 1500),
        ("020405b401010402", Flags::SYN, 1500),
        (&full, Flags::SYN, 1400),
        (&full, Flags::SYN | Flags::ECE | Flags::CWR, 1500),
    ];
    let mut seen = String::new();
    for (options, flags, mtu) in cases {
        let mut pair = Pair::new(0, &[], &[]);
        pair.paths[1].mtu = mtu;
        let bytes: Vec<u8> = (0..options.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&options[at..at + 2], 16).unwrap())
            .collect();
        let segment = Segment {
            src: CLIENT,
            dst: SERVER,
            seq: 7,
            ack: 0,
            flags,
            window: 1000,
            options: Options::parse(&bytes),
            payload: &[],
            tos: 0,
        };
        let (mut out, path) = (Vec::new(), pair.paths[1]);
        let mut cx = Cx { now: pair.now, cause: 0, rng: &mut pair.rng, out: &mut out };
        pair.hosts[1].receive(&mut cx, &segment, path);
        let emit = out.iter().find_map(|output| match output {
            Output::Segment(emit) => Some(emit),
            _ => None,
        });
        let emit = emit.expect("an answer");
        let mut text = format!("{:?}", emit.options);
        if let Some(stamps) = Options::parse(emit.options.as_slice()).timestamps {
            text = text.replace(&format!("{:08x}", stamps.value), "TSVALUE.");
        }
        let _ = writeln!(seen, "{} win {} {text}", emit.flags, emit.window);
    }
    check(
        &seen,
        "
        S. win 65160 020405b40402080aTSVALUE.0000000101030307
        S. win 64240 020405b4
        S. win 64240 020405b4
        S. win 64240 020405b401010402
        S. win 64704 020405500402080aTSVALUE.0000000101030307
        S.E win 65160 020405b40402080aTSVALUE.0000000101030307
    ",
    );
}

/// Copies of the SYN-ACK: for a repeated SYN at most every half second, which starts the timer
/// anew; then by the timer five times, and the request is forgotten.
#[test]
fn syn_ack_retransmission() {
    let mut pair = Pair::new(0, &[], &[]);
    pair.start();
    let socket = pair.socket(0);
    pair.call(0, |tcp, cx| tcp.abort(cx, socket)); // it leaves without a word
    pair.lost = vec![2];
    let (_, syn) = pair.queue.pop_first().expect("the SYN");
    let Happening::Arrive { emit, .. } = syn else { panic!("the SYN") };
    pair.cut_at = Some(Instant::ZERO);
    pair.arrive(1, &emit);
    for at_ms in [200, 400, 900] {
        pair.run_until(at_ms);
        pair.now = Instant::ZERO + Duration::from_millis(at_ms);
        pair.arrive(1, &emit);
    }
    pair.run_until(200_000);
    assert_eq!(states(&pair, 1), "LISTEN");
    check(
        &pair.trace,
        "
        0.0 c>s S   win 64240
        0.0 s>c S.  win 65160 id 0 lost
        200.0 s>c S.  win 65160 id 0 lost
        900.0 s>c S.  win 65160 id 0 lost
        1920.0 s>c S.  win 65160 id 0 lost
        4000.0 s>c S.  win 65160 id 0 lost
        8080.0 s>c S.  win 65160 id 0 lost
        16640.0 s>c S.  win 65160 id 0 lost
        33280.0 s>c S.  win 65160 id 0 lost
    ",
    );
}

/// `listen(1)` takes two connections; the third SYN gets no answer until one is taken.
#[test]
fn a_full_backlog_is_silent() {
    let mut pair = Pair::new(0, &[], &[]);
    pair.accepts = false;
    let listener = pair.hosts[1].listen(None, 81, 1).expect("free");
    let mut answers = Vec::new();
    for port in 1..=3 {
        let client = Endpoint::new(CLIENT.addr, port);
        let server = Endpoint::new(SERVER.addr, 81);
        let before = pair.frames;
        let connect = |tcp: &mut Tcp, cx: &mut Cx<'_>| tcp.connect(cx, client, server, ETHERNET);
        pair.call(0, connect).expect("free");
        while let Some((_, what)) = pair.queue.pop_first() {
            if let Happening::Arrive { to, emit } = what {
                pair.ids.clear();
                pair.arrive(to, &emit);
            }
        }
        answers.push(pair.frames - before);
        pair.ids.clear();
    }
    assert_eq!(answers, [3, 3, 1]);
    assert!(pair.hosts[1].accept(listener).is_some());
    assert!(pair.hosts[1].accept(listener).is_some());
    assert_eq!(pair.hosts[1].accept(listener), None);
}

/// The endpoints of a connection in TIME_WAIT can be used again: the ISN is higher, and the window
/// is counted in segments that have room for timestamps.
#[test]
fn endpoints_in_time_wait_are_used_again() {
    let client = [Open, Ms(30), Close];
    let server = [Open, ReadEnd, Close];
    let mut pair = Pair::new(0, &client, &server).ran(1000);
    assert!(!pair.hosts[0].is_free(CLIENT, SERVER));
    let first = pair.isn[0].expect("a SYN was sent");
    pair.trace.clear();
    pair.ids.clear();
    pair.now = Instant::ZERO + Duration::from_secs(2);
    pair.start();
    pair.run_until(2500);
    let second = pair.isn[0].expect("a SYN was sent");
    assert!(second.wrapping_sub(first) > 65_537 && second.wrapping_sub(first) < 70_000);
    check(
        &pair.trace,
        "
        2000.0 c>s S   win 65160
        2000.0 s>c S.  win 65160 id 0
        2000.0 c>s .   ack 1 win 510
    ",
    );
}
