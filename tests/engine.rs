//! The engine alone against the real kernel: what reached a director in a receipt goes into
//! `lvs-engine`, and what the kernel's director sent must come out, byte for byte save the masks.
//!
//! No host, world or story of sim-core has a part in it. Of sim-core it uses what reads: receipts,
//! scenarios, the words of commands and rules, the canonical form of frames, tcpdump's text. Around
//! the engine stand a table of routes (`table`) and ICMP errors in bytes (`bytes`), written for
//! this.
//!
//! - The director's lines configure engine and table, those of the story at the instant at which
//!   the kernel's command had ended. What the kernel's `ipvsadm` refused, the engine refuses in its
//!   words.
//! - A packet that came to an address of the director is shown to the engine at LOCAL_IN; one to be
//!   forwarded at FORWARD, one hop older. What a host drops before these hooks, it is not shown:
//!   bad headers, sources that are the director's own, TTLs that end, what does not fit.
//! - What the engine makes must leave, by the same interface, once, and for each neighbour in the
//!   order in which it was made. So must the error that says a refusal. It may stay only if the
//!   director asked for the neighbour by ARP and heard nothing.
//! - What left must have been made by the engine, or passed on by it to be forwarded as it was, or
//!   be the host's own: an answer to what the engine let in, a question in no service's name, an
//!   ICMP message about what the engine left to the host or about what could not be handed over.
//!   What is the host's own has met the engine at LOCAL_OUT and come out of it as it was seen.
//! - What the engine passes on to the host need not leave.
//!
//! So what the engine makes too much is found, and what it makes too little; the second test holds
//! the judge to that.

mod bytes;
mod director;
mod lines;
mod own;
mod table;

use director::{Director, Judged};
use lvsim_tests::files::{self, File};
use sim_core::receipt::{Captured, Output, Receipt, Recording};
use sim_core::scenario::{End, LoadOptions, Node, Scenario, Step, load};
use sim_core::shell::Shell;

/// The scenarios in which more than the engine decides what leaves, and what that is. One that
/// could be judged must not stand here.
const NEEDS_A_HOST: [(&str, &str); 20] = [
    ("nat/hairpin", SNAT),
    ("nat/lan-cures", SNAT),
    ("nat/onearm-snat", SNAT),
    (
        "nat/passing-fragments",
        "the host puts what passes together for IPVS, and sends it in the same pieces",
    ),
    ("nat/own-tunnel", "the route to the real server leads into a tunnel of the host, which wraps"),
    ("netfilter/forward-drop", FILTER),
    ("netfilter/fullnat", SNAT),
    ("netfilter/fullnat-ipvs-match", SNAT),
    ("netfilter/input-drop", FILTER),
    (
        "netfilter/mark-anew",
        "netfilter marks what IPVS has made, and the host looks for its route anew",
    ),
    ("netfilter/mark-too-broad", OWN),
    ("netfilter/nf-chains", FILTER),
    ("netfilter/nf-dr", FILTER),
    (
        "netfilter/same-answers",
        "netfilter refuses a connection whose answers it could not tell apart",
    ),
    ("netfilter/two-tables", FILTER),
    ("netfilter/untracked", FILTER),
    ("operate/half-dead", CHECK),
    ("operate/shared-servers", CHECK),
    ("tun/director-asks", OWN),
    ("tun/director-asks-lo", OWN),
];

const SNAT: &str = "netfilter translates what IPVS has made before it leaves";
const FILTER: &str = "netfilter drops or refuses what IPVS would have seen, or what it has made";
const OWN: &str =
    "a program of the director sends, and no interface carries what it sends to the engine";
const CHECK: &str = "a health check changes the destinations, and no receipt says when";

/// The least that must be judged, so that this test cannot become an empty one: receipts in which
/// the engine made something, packets that it made, refusals, packets that it dropped.
const FLOOR: [usize; 4] = [125, 6800, 50, 25];

/// A receipt and its scenario, which has a director.
struct Case {
    /// Folder and name.
    name: String,
    scenario: Scenario,
    recording: Recording,
}

fn cases() -> Vec<Case> {
    let scenarios = files::scenarios();
    let case = |file: File| {
        let ron = file.name.replace(".receipt", ".ron");
        let scenario = scenarios.iter().find(|file| file.name == ron)?;
        let options = LoadOptions::default();
        let scenario = load(&ron, &scenario.text, &options, &mut |_, _| Ok(()));
        let scenario = scenario.expect("another test plays it");
        let receipt = Receipt::parse(&file.text).expect("another test reads it");
        let name = ron.trim_start_matches("scenarios/").trim_end_matches(".ron").to_owned();
        Some(Case { name, scenario, recording: receipt.recording })
    };
    let all = files::receipts().into_iter().filter_map(case);
    all.filter(|case| directors(&case.scenario).next().is_some()).collect()
}

/// The nodes whose lines make them directors by NAT, DR or TUN.
fn directors(scenario: &Scenario) -> impl Iterator<Item = &Node> {
    let nodes = scenario.nodes.iter().map(|node| &node.value);
    nodes.filter(|node| {
        let mut shell = Shell::default();
        let mut adds_server = |line: &str| {
            let steps = shell.compile(line).unwrap_or_default();
            steps.iter().any(|step| lines::adds_server(&step.command))
        };
        let typed = scenario.story.iter().filter_map(|step| match &step.value {
            Step::Do { on, run } if on == node.name() => Some(run),
            _ => None,
        });
        let setup = node.script().into_iter().map(|line| line.value);
        let story = typed.flatten().map(|line| line.value.clone());
        matches!(node, Node::Host { .. }) && setup.chain(story).any(|line| adds_server(&line))
    })
}

/// What of a frame that left is told to the judge.
type Wire = dyn Fn(&[u8]) -> Vec<Vec<u8>>;

/// What happens to a director, in the order in which it counts at one instant.
#[derive(Clone, Copy, Debug)]
enum Event<'a> {
    Came(&'a str, &'a Captured),
    Left(&'a str, &'a Captured),
    Typed(&'a Output),
}

impl Event<'_> {
    const fn rank(&self) -> u8 {
        match self {
            Self::Came(..) => 0,
            Self::Left(..) => 1,
            Self::Typed(_) => 2,
        }
    }
}

/// All that happened to a director, by time. What left has waited for the cable's delay before it
/// was recorded.
fn events<'a>(case: &'a Case, node: &'a Node) -> Vec<(u64, Event<'a>)> {
    let Node::Host { name, nics, .. } = node else { return Vec::new() };
    let mut events = Vec::new();
    for capture in case.recording.captures.iter().filter(|capture| capture.node == *name) {
        let iface = capture.iface.as_str();
        let mac = nics.iter().find(|nic| nic.iface == iface).map(|nic| nic.mac);
        let end = End { node: name.clone(), iface: iface.into() };
        let link = case.scenario.links.iter().find(|link| link.a == end || link.b == end);
        let delay = link.map_or(0, |link| link.delay.as_nanos() as u64);
        for frame in &capture.frames {
            let is_own = mac.is_some_and(|mac| frame.bytes.get(6..12) == Some(&mac.0[..]));
            events.push(match is_own {
                true => (frame.at_ns.saturating_sub(delay), Event::Left(iface, frame)),
                false => (frame.at_ns, Event::Came(iface, frame)),
            });
        }
    }
    for output in case.recording.outputs.iter().filter(|output| output.node == *name) {
        events.push((output.end_ns.unwrap_or(output.at_ns), Event::Typed(output)));
    }
    events.sort_by_key(|(at, event)| (*at, event.rank()));
    events
}

/// Holds the engine of one director to what the kernel's did; `left` is what of it left.
fn judge(case: &Case, node: &Node, left: &Wire) -> Director {
    let Node::Host { nics, .. } = node else { unreachable!("a switch is no director") };
    let cards = nics.iter().map(|nic| (nic.iface.as_str(), nic.mac, nic.mtu));
    let mut director = Director::new(cards, case.scenario.limits.conns);
    for line in node.script() {
        director.set_up(&line.value);
    }
    for (at, event) in events(case, node) {
        match event {
            Event::Came(iface, frame) => director.receive(at, iface, &frame.bytes),
            Event::Left(iface, frame) => {
                left(&frame.bytes).iter().for_each(|frame| director.send(at, iface, frame));
            }
            Event::Typed(output) => director.type_line(at, output),
        }
    }
    director.end();
    director
}

/// The same for all directors of a scenario.
fn judge_all(case: &Case, left: &Wire) -> (Judged, Vec<String>) {
    let (mut judged, mut wrong) = (Judged::default(), Vec::new());
    for director in directors(&case.scenario).map(|node| judge(case, node, left)) {
        judged.add(director.judged);
        wrong.extend(director.wrong);
    }
    (judged, wrong)
}

/// A scenario's file, by its folder and name.
fn path_of(name: &str) -> String {
    format!("scenarios/{name}.ron")
}

fn needs_a_host(case: &Case) -> Option<&'static str> {
    NEEDS_A_HOST.iter().find(|(name, _)| *name == case.name).map(|(_, why)| *why)
}

#[test]
fn the_engine_alone_does_what_the_kernels_directors_did() {
    let (mut total, mut telling, mut differ) = (Judged::default(), 0, Vec::new());
    let cases = cases();
    for case in &cases {
        let (judged, wrong) = judge_all(case, &|frame| vec![frame.to_vec()]);
        let name = &case.name;
        match (needs_a_host(case), wrong.is_empty()) {
            (None, true) => {
                telling += usize::from(judged.packets > 0);
                total.add(judged);
            }
            (None, false) => differ.push(format!("{name}:\n  {}", wrong.join("\n  "))),
            (Some(_), false) => {}
            (Some(_), true) => {
                differ.push(format!("{name}: could be judged; take it off the list"));
            }
        }
    }
    let scenarios = files::scenarios();
    let is_there = |name: &str| scenarios.iter().any(|file| file.name == path_of(name));
    let gone = NEEDS_A_HOST.iter().filter(|(name, _)| !is_there(name));
    differ.extend(gone.map(|(name, why)| format!("{name} is no scenario, but on the list: {why}")));
    assert!(differ.is_empty(), "{} differ:\n\n{}", differ.len(), differ.join("\n\n"));
    let Judged { packets, refusals, drops } = total;
    let found = [telling, packets, refusals, drops];
    let is_enough = found.iter().zip(FLOOR).all(|(found, least)| *found >= least);
    assert!(is_enough, "{found:?} were judged, at least {FLOOR:?} must be");
    let left_out = cases.iter().filter(|case| needs_a_host(case).is_some()).count();
    assert!(left_out * 5 <= cases.len(), "four of five receipts are judged");
}

#[test]
fn a_kernel_that_does_something_else_is_found() {
    fn is_ip(frame: &[u8]) -> bool {
        frame.get(12..14) == Some(&[8, 0])
    }
    let silent = |frame: &[u8]| if is_ip(frame) { vec![] } else { vec![frame.to_vec()] };
    let twice = |frame: &[u8]| vec![frame.to_vec(); if is_ip(frame) { 2 } else { 1 }];
    let other = |frame: &[u8]| {
        let mut frame = frame.to_vec();
        if is_ip(&frame) {
            // Bits of the TOS that nobody sets here.
            frame[15] ^= 0x14;
        }
        vec![frame]
    };
    for case in cases().iter().filter(|case| needs_a_host(case).is_none()) {
        let (judged, _) = judge_all(case, &|frame| vec![frame.to_vec()]);
        let lies: [(&str, &Wire); 3] = [("silent", &silent), ("twice", &twice), ("other", &other)];
        for (lie, left) in lies {
            let (_, wrong) = judge_all(case, left);
            let least = judged.packets + judged.refusals;
            assert!(wrong.len() >= least, "{} {lie}: {} of {least}", case.name, wrong.len());
        }
    }
}
