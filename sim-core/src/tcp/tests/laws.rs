//! What holds whatever is lost: every byte arrives once and in order.

use super::Step::*;
use super::*;
use rand_core::RngCore;

#[test]
fn what_is_written_is_read_whatever_is_lost() {
    let mut rng = Pcg32::seed_from_u64(7);
    for round in 0..200 {
        let up = 1 + rng.next_u32() as usize % 120_000;
        let down = 1 + rng.next_u32() as usize % 30_000;
        let one_in = 3 + rng.next_u32() % 30;
        let delay = u64::from(rng.next_u32() % 20);
        let client = [Open, Ms(30), Write(up), Read(down), Ms(30), Close];
        let server = [Open, Read(up), Ms(30), Write(down), ReadEnd, Close];
        let mut pair = Pair::new(delay, &client, &server);
        pair.lost = (1..3000).filter(|_| rng.next_u32().is_multiple_of(one_in)).collect();
        pair.start();
        pair.run_until(2_000_000);
        let failed = pair.events.iter().any(|event| matches!(event.1, SocketEvent::Failed(_)));
        let done = pair.programs.iter().all(|program| program.steps.is_empty());
        let what = format!("round {round}: {up} up, {down} down, one in {one_in}, {delay} ms");
        assert!(done && !failed, "{what}\n{}", pair.trace);
        assert!(pair.hosts.iter().all(Tcp::is_quiet), "round {round}");
    }
}

/// The same calls give the same bytes, and a clone goes on as the original does.
#[test]
fn runs_are_repeatable_and_clones_agree() {
    let pair = || {
        let client = [Open, Ms(30), Write(40_000), Read(4), Close];
        let server = [Open, Read(40_000), Write(4), ReadEnd, Close];
        Pair::new(3, &client, &server).losing(&[2, 9, 17, 18, 30])
    };
    let whole = pair().run(5000);
    let mut parts = pair().ran(0);
    for at_ms in (0..5000).step_by(7) {
        parts.run_until(at_ms);
        parts.hosts = parts.hosts.clone();
    }
    assert_eq!(whole, parts.trace);
}

/// Segments of any content, but for RST, do no harm: no panic, and the connection is still there.
#[test]
fn nonsense_is_survived() {
    let mut rng = Pcg32::seed_from_u64(11);
    for round in 0..300 {
        let mut pair = Pair::new(1, &[Open, Write(5000)], &[Open, Read(5000)]).ran(2);
        for at_ms in 3..30 {
            pair.run_until(at_ms);
            let near = |rng: &mut Pcg32, base: u32| {
                base.wrapping_add(rng.next_u32() % 9000).wrapping_sub(rng.next_u32() % 9000)
            };
            let bases = pair.isn.map(Option::unwrap_or_default);
            let payload = vec![0; rng.next_u32() as usize % 1461];
            let segment = Segment {
                src: SERVER,
                dst: CLIENT,
                seq: near(&mut rng, bases[1]),
                ack: near(&mut rng, bases[0]),
                flags: Flags(rng.next_u32() as u8 & !Flags::RST.0),
                window: rng.next_u32() as u16,
                options: Options {
                    sacks: [(); 4].map(|()| Sack {
                        left: near(&mut rng, bases[0]),
                        right: near(&mut rng, bases[0]),
                    }),
                    sack_count: rng.next_u32() as u8 % 5,
                    ..Options::default()
                },
                payload: &payload,
                tos: 0,
            };
            pair.call(0, |tcp, cx| tcp.receive(cx, &segment, ETHERNET));
        }
        pair.run_until(100_000);
        let failed = pair.events.iter().any(|event| matches!(event.1, SocketEvent::Failed(_)));
        let state = states(&pair, 0);
        assert!(!failed && ["ESTAB", "CLOSE-WAIT"].contains(&&*state), "round {round}: {state}");
    }
}
