//! Replay is the truth: a scenario plays the same way twice and from every keyframe, and as it did
//! when its fingerprint was committed.

use lvsim_tests::fingerprint::Fingerprint;
use lvsim_tests::golden::{self, Golden};
use lvsim_tests::plays::{self, Play};
use sim_core::digest;
use sim_core::story::{Player, Progress};
use sim_core::trace::{End, Entry, Trace};

/// The most keyframes of one run.
const MOST_KEYFRAMES: usize = 64;

/// A run at some moment.
struct Keyframe {
    player: Player,
    end: End,
    steps: usize,
}

/// Plays a scenario once more, and keeps evenly spaced moments of it: the first is the start, the
/// last the end.
fn again(play: &Play) -> (Vec<Keyframe>, Trace) {
    let (mut player, mut trace) = plays::start(&play.file).expect("it was played before");
    let mut keyframes = Vec::new();
    let (mut steps, mut distance) = (0, 1);
    loop {
        if steps % distance == 0 {
            keyframes.push(Keyframe { player: player.clone(), end: trace.end(), steps });
        }
        if keyframes.len() == MOST_KEYFRAMES {
            distance *= 2;
            keyframes.retain(|keyframe| keyframe.steps % distance == 0);
        }
        steps += 1;
        if player.step(&mut trace) == Progress::Done {
            break;
        }
    }
    keyframes.push(Keyframe { player, end: trace.end(), steps });
    (keyframes, trace)
}

/// The first entry in which two traces of a scenario differ.
fn difference(play: &Play, from: usize, wanted: &[Entry], seen: &[Entry]) -> Option<String> {
    let at = wanted.iter().zip(seen).position(|(one, other)| one != other);
    let at = at.or((wanted.len() != seen.len()).then(|| wanted.len().min(seen.len())))?;
    let show = |entries: &[Entry]| match entries.get(at) {
        Some(entry) => format!("{} s, event {}: {entry:?}", entry.at, entry.seq.0),
        None => "nothing".into(),
    };
    let name = &play.file.name;
    Some(format!("{name}: entry {}\n   was {}\n   is  {}", from + at, show(wanted), show(seen)))
}

/// Whether two players stand at the same place of the same world.
fn same_place(play: &Play, one: &Player, other: &Player) -> Option<String> {
    let differ = digest::of_debug(one) != digest::of_debug(other);
    differ.then(|| {
        format!("{}: the same trace, but another world at {} s", play.file.name, one.world.now())
    })
}

#[test]
fn a_run_repeats_from_the_start_and_from_each_keyframe() {
    let mut found = Vec::new();
    for play in plays::played() {
        let (keyframes, mut trace) = again(play);
        let entries = play.trace.entries();
        let end = &keyframes.last().expect("the end is one").player;
        found.extend(difference(play, 0, entries, trace.entries()));
        let events = trace.events().to_vec();
        found.extend(same_place(play, &play.player, end));
        // From the last to the first: each pair cuts the trace off where it begins.
        for pair in keyframes.windows(2).rev() {
            let [from, to] = [&pair[0], &pair[1]];
            let mut player = from.player.clone();
            trace.truncate(from.end);
            for _ in from.steps..to.steps {
                player.step(&mut trace);
            }
            let (from, until) = (from.end.entries, to.end.entries.min(entries.len()));
            let wanted = &entries[from..until];
            found.extend(difference(play, from, wanted, &trace.entries()[from..]));
            if trace.events() != &events[..to.end.events] {
                found.push(format!("{}: other events up to {:?}", play.file.name, to.end));
            }
            found.extend(same_place(play, &to.player, &player));
        }
    }
    assert!(found.is_empty(), "{} differences:\n\n{}", found.len(), found.join("\n\n"));
}

#[test]
fn the_first_differing_entry_is_named() {
    let play = plays::played().next().expect("there are scenarios");
    let entries = play.trace.entries();
    assert_eq!(difference(play, 0, entries, entries), None);
    let mut other = entries.to_vec();
    other[3].seq.0 += 1;
    let found = difference(play, 7, entries, &other).expect("they differ");
    assert!(found.starts_with(&format!("{}: entry 10\n", play.file.name)), "{found}");
    let found = difference(play, 0, entries, &entries[..5]).expect("one is shorter");
    assert!(found.contains(": entry 5\n") && found.ends_with("is  nothing"), "{found}");
}

/// Each scenario's fingerprint.
const FINGERPRINTS: Golden = Golden {
    name: "tests/fingerprints.txt",
    head: "What each scenario did; a change that moves one says so in its commit.\n\
           file, then: order and addresses, bytes without random fields, times, all\n\
           UPDATE=1 cargo test --workspace --test all writes it anew.",
};

#[test]
fn no_fingerprint_moves_unnoticed() {
    let is: Vec<(&str, Fingerprint)> =
        plays::played().map(|play| (play.file.name.as_str(), Fingerprint::of(play))).collect();
    if golden::updates() {
        let width = is.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines: Vec<_> =
            is.iter().map(|(name, print)| format!("{name:width$} {print}")).collect();
        FINGERPRINTS.write(&lines);
        return;
    }
    let lines = FINGERPRINTS.lines();
    let was: Vec<(&str, Option<Fingerprint>)> = lines
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, print)| (name, Fingerprint::parse(print)))
        .collect();
    let mut moved = Vec::new();
    for (name, print) in &is {
        match was.iter().find(|(other, _)| other == name).and_then(|(_, print)| *print) {
            None => moved.push(format!("{name}: has no fingerprint yet")),
            Some(was) if was != *print => {
                moved.push(format!("{name}: moved in {}", was.moved(print).join(", ")));
            }
            Some(_) => {}
        }
    }
    let gone = was.iter().filter(|(name, _)| !is.iter().any(|(other, _)| other == name));
    moved.extend(gone.map(|(name, _)| format!("{name}: has a fingerprint, but cannot be played")));
    assert!(
        moved.is_empty(),
        "{}\n\nif this is meant: UPDATE=1 cargo test --workspace --test all",
        moved.join("\n")
    );
}

#[test]
fn a_fingerprint_says_what_moved() {
    let one = Fingerprint([1, 2, 3, 4]);
    let other = Fingerprint([1, 5, 3, 6]);
    assert_eq!(one.moved(&other), ["bytes without random fields", "all"]);
    assert_eq!(Fingerprint::parse(&one.to_string()), Some(one));
    assert_eq!(Fingerprint::parse("1 2 3"), None);
}
