//! What is served, and what only seems to be.

use super::{Fate, Judgement, of, written_out};
use crate::scenario::Scenario;
use crate::story::open;
use crate::whatif::{Change, Run, When};

/// A director and two real servers in DR on one switch, with a client beside them.
pub(crate) const LAB: &str = include_str!("tests/dr.ron");

pub(crate) fn lab() -> Scenario {
    open("dr.ron", LAB, None, false).expect("the lab loads")
}

#[test]
fn what_a_run_comes_to_is_told() {
    let arp = "sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.eth0.arp_ignore=0";
    #[rustfmt::skip]
    let rows: [(&str, &str, bool, bool); 5] = [
        // host       line                                                      holds  past the director
        ("client",    "true",                                                   true,  false),
        ("director",  "ip addr del 192.0.2.100/32 dev eth0",                    false, false),
        ("rs1",       arp,                                                      false, true),
        ("director",  "ipvsadm -e -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 2",  true,  false),
        ("director",  "ipvsadm -D -t 192.0.2.100:80",                           false, false),
    ];
    let goal = written_out(&Run::play(lab()).expect("it plays")).expect("it is healthy");
    for (on, line, holds, past) in rows {
        let mut scenario = Change::typed(on, line).apply(&lab(), When::Setup);
        scenario.goal = Some(goal.clone());
        let run = Run::tolerant(scenario).expect("it ends");
        let judged = Judgement::of(&goal, &run);
        assert_eq!((judged.holds(), judged.is_past_director()), (holds, past), "{line}");
        assert_eq!(judged.texts(&goal, &run).is_empty(), holds, "{line}");
    }
}

#[test]
fn a_goal_that_is_written_out_is_read_back_and_says_who_serves_how_many() {
    let run = Run::play(lab()).expect("it plays");
    let derived = of(&run).expect("somebody asks a service");
    assert_eq!(derived.servers, ["rs1", "rs2"]);
    assert!(derived.requests[0].shares.is_empty());
    let goal = written_out(&run).expect("it is healthy");
    assert_eq!(goal.requests[0].shares.values().copied().collect::<Vec<_>>(), [2, 2]);
    let written = Scenario { goal: Some(goal.clone()), ..lab() };
    let again = open("dr.ron", &written.to_ron(), None, false).expect("it is a file");
    assert_eq!(again.goal, Some(goal));
}

#[test]
fn fates_are_told_apart() {
    assert_ne!(Fate::Served, Fate::Unanswered);
    let run = Run::play(lab()).expect("it plays");
    let judged = Judgement::of(&of(&run).expect("a goal"), &run);
    assert!(judged.fates.iter().all(|fate| *fate == Some(Fate::Served)));
    assert_eq!(judged.served, 4);
}
