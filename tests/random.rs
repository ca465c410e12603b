//! Random labs: what 300 seeds draw, and what the simulation meets in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::sync::OnceLock;

use lvsim_tests::files::{self, File};
use lvsim_tests::{golden, lvsim, plays};
use sim_core::random::{Fault, Lab, Method, Requests, Shape};
use sim_core::reason::{self, Reason};
use sim_core::story::Progress;
use sim_core::trace::Note;

/// The seeds whose labs stand in the book's table, and are asked of the kernel for a release.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=300;

/// A lab that was played to its end.
struct Played {
    lab: Lab,
    text: String,
    requests: Requests,
    /// The reasons that were met.
    codes: BTreeSet<&'static str>,
    seconds: u64,
}

fn play(seed: u64) -> Result<Played, String> {
    let lab = Lab::draw(seed);
    let file = File { name: format!("random-{seed}.ron"), text: lab.text() };
    let (mut player, mut trace) = plays::start(&file).map_err(|unplayed| unplayed.why)?;
    while player.step(&mut trace) != Progress::Done {}
    if let Some(error) = player.error() {
        return Err(error.to_string());
    }
    let codes = trace.entries().iter().filter_map(|entry| match entry.what {
        Note::Why(Reason::Read { .. }) => None,
        Note::Why(reason) => Some(reason.code()),
        _ => None,
    });
    let requests = Requests::of(&lab, &player, &trace);
    let seconds = player.world.now().as_nanos() / 1_000_000_000;
    Ok(Played { codes: codes.collect(), lab, text: file.text, requests, seconds })
}

fn all() -> &'static [Result<Played, String>] {
    static PLAYED: OnceLock<Vec<Result<Played, String>>> = OnceLock::new();
    PLAYED.get_or_init(|| SEEDS.map(play).collect())
}

fn played() -> impl Iterator<Item = &'static Played> {
    all().iter().filter_map(|play| play.as_ref().ok())
}

#[test]
fn every_lab_is_set_up_and_comes_to_its_end() {
    let wrong: Vec<_> = all().iter().filter_map(|play| play.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} labs:\n{wrong:#?}", wrong.len());
    let longest = played().map(|play| play.seconds).max();
    assert!(longest.is_some_and(|longest| longest <= 30), "a story takes {longest:?} s");
    let again: Vec<_> =
        played().filter(|play| Lab::draw(play.lab.seed).text() != play.text).collect();
    assert!(again.is_empty(), "the same seed draws the same lab");
    let different: BTreeSet<&str> = played().map(|play| &*play.text).collect();
    assert_eq!(different.len(), all().len(), "other seeds draw other labs");
}

#[test]
fn labs_are_right_and_wrong_and_of_all_kinds() {
    let broken = played().filter(|play| play.requests.is_broken()).count();
    let share = broken * 100 / all().len();
    assert!((30..70).contains(&share), "{share}% of the labs are broken");
    let missing = |what: &str, is_in: &dyn Fn(&Played) -> bool| {
        (!played().any(is_in)).then(|| what.to_owned())
    };
    let mut missed: Vec<String> = Vec::new();
    missed.extend(
        Shape::ALL
            .iter()
            .filter_map(|shape| missing(shape.name(), &|play| play.lab.class.shape == *shape)),
    );
    missed.extend(Method::ALL.iter().filter_map(|method| {
        missing(method.name(), &|play| play.lab.class.methods.contains(method))
    }));
    missed.extend(
        Fault::ALL.iter().filter_map(|fault| {
            missing(fault.name(), &|play| play.lab.class.faults.contains(fault))
        }),
    );
    missed.extend(
        arp_settings()
            .iter()
            .filter_map(|setting| missing(setting, &|play| has_word(&play.text, setting))),
    );
    assert!(missed.is_empty(), "no lab has {missed:?}");
}

/// Every value of every setting of ARP.
fn arp_settings() -> Vec<String> {
    let named = |name: &str, most: u32| {
        (0..=most).map(|value| format!(".{name}={value}")).collect::<Vec<_>>()
    };
    let switches = [
        "arp_filter",
        "arp_accept",
        "arp_notify",
        "drop_gratuitous_arp",
        "proxy_arp",
        "proxy_arp_pvlan",
        "arp_evict_nocarrier",
    ];
    let mut all = [named("arp_ignore", 8), named("arp_announce", 2)].concat();
    all.extend(switches.iter().flat_map(|name| named(name, 1)));
    all
}

/// Whether a word stands in a text and ends there.
fn has_word(text: &str, word: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| ends(&text[at + word.len()..]))
}

/// The families that count.
const FAMILIES: [&str; 6] = ["arp", "ip", "icmp", "tcp", "netfilter", "ipvs"];

/// The codes that are not met, each with `kernel` (no mainline kernel reaches it) or `labs`, and why.
const UNREACHED: &str = "tests/random-unreached.txt";

#[test]
fn the_labs_reach_what_a_kernel_can_reach() {
    let counts = |code: &&str| FAMILIES.contains(&code.split('.').next().unwrap_or_default());
    let all: BTreeSet<&str> = reason::all_codes()
        .into_iter()
        .filter(|code| *code != "ipvs.read")
        .filter(counts)
        .collect();
    let met: BTreeSet<&str> = played().flat_map(|play| play.codes.iter().copied()).collect();
    let text = fs::read_to_string(files::root().join(UNREACHED)).unwrap_or_default();
    let mut listed: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let [code, who @ ("kernel" | "labs"), why] = words[..] else {
            panic!("{UNREACHED}: `{line}` is not CODE kernel|labs WHY")
        };
        assert!(!why.trim().is_empty() && listed.insert(code, who).is_none(), "{line}");
    }
    let missed: BTreeSet<&str> = all.difference(&met).copied().collect();
    let known: BTreeSet<&str> = listed.keys().copied().collect();
    let new: Vec<_> = missed.difference(&known).collect();
    let stale: Vec<_> = known.difference(&missed).collect();
    assert!(
        new.is_empty() && stale.is_empty(),
        "no lab reaches {new:?}; {UNREACHED} does not say why\nthese are reached, or are no codes: {stale:?}"
    );
    let labs = listed.values().filter(|who| **who == "labs").count();
    let reachable = all.len() - (listed.len() - labs);
    assert!(labs * 100 <= reachable * 15, "{labs} of {reachable} codes are not met");
}

/// The pages that show the table, and the words of its rows.
const PAGES: [(&str, bool); 2] = [("book/random-labs.md", false), ("book/random-labs.zh.md", true)];

/// Between these stands what is counted.
const MARKS: [&str; 2] = ["<!-- counted -->\n", "<!-- /counted -->"];

#[test]
fn the_table_of_the_book_is_what_the_seeds_draw() {
    for (page, is_zh) in PAGES {
        let path = files::root().join(page);
        let text = fs::read_to_string(&path).expect("the page is there");
        let [start, end] = MARKS.map(|mark| text.find(mark).expect("the page has both marks"));
        let start = start + MARKS[0].len();
        let table = table(is_zh);
        if golden::updates() {
            fs::write(&path, format!("{}{table}{}", &text[..start], &text[end..]))
                .expect("it can be written");
            continue;
        }
        assert_eq!(
            &text[start..end],
            table,
            "{page}: UPDATE=1 cargo test --workspace --test all writes it anew"
        );
    }
}

/// Classes and counts.
fn table(is_zh: bool) -> String {
    let pick = |en: &'static str, zh: &'static str| if is_zh { zh } else { en };
    let mut text = format!(
        "| {} | {} | {} | {} |\n|---|---|---|---|\n",
        pick("kind", "类别"),
        pick("class", "取值"),
        pick("labs", "实验数"),
        pick("broken", "有故障")
    );
    let mut row = |kind: &str, class: &str, is_in: &dyn Fn(&Played) -> bool| {
        let labs: Vec<_> = played().filter(|play| is_in(play)).collect();
        let broken = labs.iter().filter(|play| play.requests.is_broken()).count();
        writeln!(text, "| {kind} | {class} | {} | {broken} |", labs.len())
            .expect("a string takes all");
    };
    row(pick("all", "全部"), "", &|_| true);
    for shape in Shape::ALL {
        row(pick("shape", "布局"), shape.name(), &|play| play.lab.class.shape == shape);
    }
    for method in Method::ALL {
        row(pick("method", "转发方式"), method.name(), &|play| {
            play.lab.class.methods.contains(&method)
        });
    }
    let schedulers: BTreeSet<&str> =
        played().flat_map(|play| play.lab.class.schedulers.iter().copied()).collect();
    for scheduler in schedulers {
        row(pick("scheduler", "调度算法"), scheduler, &|play| {
            play.lab.class.schedulers.contains(scheduler)
        });
    }
    for fault in Fault::ALL {
        row(pick("fault", "错误"), fault.name(), &|play| play.lab.class.faults.contains(fault));
    }
    row(pick("fault", "错误"), pick("none", "无"), &|play| play.lab.class.faults.is_empty());
    for setting in arp_settings() {
        let name = setting.trim_start_matches('.').to_owned();
        row(pick("ARP setting", "ARP 设置"), &name, &|play| has_word(&play.text, &setting));
    }
    text
}

#[cfg(target_os = "linux")]
#[test]
fn what_would_be_asked_can_be_listed() {
    let said = lvsim::run(&["kernel", "fuzz", "--seed", "7", "--count", "3", "--list"]);
    assert_eq!(said.status, Some(0), "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 4, "{said:?}");
    for (seed, line) in (7..10).zip(&lines) {
        let class = Lab::draw(seed).class.summary();
        assert!(line.starts_with(&format!("seed {seed}: {class}; ")), "{line}");
    }
    assert!(lines[3].starts_with("== 3 labs, "), "{said:?}");
}
