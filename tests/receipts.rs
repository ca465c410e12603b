//! The real kernel's word: each receipt beside a scenario is what the simulation does.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use lvsim_tests::files::{self, File};
use lvsim_tests::golden::{self, Golden};
use lvsim_tests::plays::{self, Play};
use sim_core::receipt::{Capture, Captured, Difference, Receipt, Recording, compare, play_out};
use sim_core::scenario::Kernel;
use sim_core::tcpdump::{Options, Tcpdump};

/// What the simulation left, as a run on the kernel leaves it.
fn recording(play: &Play) -> Recording {
    let (mut player, mut trace) = (play.player.clone(), play.trace.clone());
    play_out(&mut player, &mut trace);
    Recording::of(&player, &trace)
}

/// A receipt beside what the simulation does.
#[derive(Debug)]
pub struct Judged {
    /// The scenario's file.
    pub scenario: String,
    receipt: Receipt,
    found: Vec<Difference>,
}

impl Judged {
    /// Which kernel it was.
    pub fn version(&self) -> &str {
        self.receipt.versions.get("kernel").map_or("-", String::as_str)
    }

    /// Whether both did the same.
    pub fn agrees(&self) -> bool {
        self.found.is_empty()
    }
}

static JUDGED: OnceLock<(Vec<Judged>, Vec<String>)> = OnceLock::new();

/// All receipts that can be judged, and what is wrong with the others.
fn judgement() -> &'static (Vec<Judged>, Vec<String>) {
    JUDGED.get_or_init(|| {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for file in files::receipts() {
            match judge(&file) {
                Ok(judged) => all.push(judged),
                Err(why) => wrong.push(why),
            }
        }
        (all, wrong)
    })
}

/// All receipts that can be judged.
pub fn judged() -> &'static [Judged] {
    &judgement().0
}

fn judge(file: &File) -> Result<Judged, String> {
    let name = &file.name;
    let scenario = name.replace(".receipt", ".ron");
    let play = plays::played().find(|play| play.file.name == scenario);
    let play = play.ok_or_else(|| format!("{name}: there is no {scenario} that can be played"))?;
    if play.player.scenario().kernel != Kernel::Yes {
        return Err(format!("{name}: {scenario} says that no kernel can be asked"));
    }
    let receipt = Receipt::parse(&file.text).map_err(|bad| format!("{name}:{bad}"))?;
    if receipt.to_string() != file.text {
        return Err(format!("{name}: was edited, or is of an older lvsim; record it anew"));
    }
    let found = compare(&recording(play), &receipt.recording);
    Ok(Judged { scenario, receipt, found })
}

#[test]
fn the_simulation_does_what_the_kernel_did() {
    let (judged, unjudged) = judgement();
    let told = judged.iter().flat_map(|one| {
        one.found.iter().map(|found| format!("{}: {}", one.scenario, found.text()))
    });
    let wrong: Vec<String> = unjudged.iter().cloned().chain(told).collect();
    assert!(wrong.is_empty(), "{} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// What only times tell: of a receipt and an interface the words of a frame, which of those with these
/// words, and a second by which the kernel would have sent it another time.
#[rustfmt::skip]
const TIMED: [(&str, &str, &str, usize, i64); 5] = [
    ("netfilter/nf-chains", "client:eth0", ".34576 > 172.16.100.100.80: Flags [S]", 1,  1), // asked again after 1 s
    ("netfilter/nf-chains", "client:eth0", ".34576 > 172.16.100.100.80: Flags [S]", 2, -1), // after 3 s
    ("netfilter/nf-chains", "client:eth0", ".34576 > 172.16.100.100.80: Flags [S]", 3, -1), // after 7 s
    ("arp/proxy",           "router:eth0", "ICMP host 10.9.1.99 unreachable",       0, -1), // given up after 3 s
    ("arp/lock-time",       "client:eth0", "Reply 192.0.2.100 is-at 02:00:00:00:00:52", 1, 1), // within the lock time, and behind it
];

#[test]
fn another_time_in_a_receipt_is_told() {
    for (name, iface, words, nth, seconds) in TIMED {
        let file = format!("scenarios/{name}.ron");
        let judged = judged().iter().find(|judged| judged.scenario == file);
        let mut recording = judged.expect("this one has a receipt").receipt.recording.clone();
        let named = |capture: &&mut Capture| format!("{}:{}", capture.node, capture.iface) == iface;
        let capture = recording.captures.iter_mut().find(named).expect("it was recorded");
        let said = |frame: &Captured| Tcpdump::new(Options::default()).only_line(&frame.bytes);
        let mut places =
            capture.frames.iter().enumerate().filter(|(_, frame)| said(frame).contains(words));
        let (place, _) = places.nth(nth).expect("such a frame was recorded");
        for frame in &mut capture.frames[place..] {
            frame.at_ns = frame.at_ns.saturating_add_signed(seconds * 1_000_000_000);
        }
        let play = plays::played().find(|play| play.file.name == file).expect("it was judged");
        let found = compare(&self::recording(play), &recording);
        let is_told = |found: &Difference| matches!(found, Difference::Time(time) if format!("{}:{}", time.node, time.iface) == iface);
        assert!(found.iter().any(is_told), "{name}, {iface}: {words}: {found:?}");
    }
}

/// The scenarios that no kernel was asked about, though one could be.
const UNRECORDED: Golden = Golden {
    name: "tests/unrecorded.txt",
    head: "Scenarios without `kernel: No(…)` and without a receipt.\n\
           One may leave this list; none may enter it silently.\n\
           UPDATE=1 cargo test --workspace --test all writes it anew.",
};

#[test]
fn the_scenarios_without_a_receipt_get_fewer() {
    let receipts: BTreeSet<String> = files::receipts().into_iter().map(|file| file.name).collect();
    let asked = plays::played().filter(|play| play.player.scenario().kernel == Kernel::Yes);
    let names = asked.map(|play| play.file.name.as_str());
    let names = names.filter(|name| name.starts_with("scenarios/"));
    let unrecorded: Vec<String> = names
        .filter(|name| !receipts.contains(&name.replace(".ron", ".receipt")))
        .map(str::to_owned)
        .collect();
    if golden::updates() {
        UNRECORDED.write(&unrecorded);
        return;
    }
    let known = UNRECORDED.lines();
    let new: Vec<_> = unrecorded.iter().filter(|name| !known.contains(name)).collect();
    // A line that stayed would let its receipt be lost again in silence.
    let stale: Vec<_> = known.iter().filter(|name| !unrecorded.contains(name)).collect();
    assert!(
        new.is_empty() && stale.is_empty(),
        "these have no receipt: {new:?}; record them: lvsim kernel record\n\
         these have one now, or are no such scenarios: {stale:?}\n\
         if this is meant: UPDATE=1 cargo test --workspace --test all"
    );
}
