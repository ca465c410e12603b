//! `lvsim kernel fuzz`: random labs, here and on a real kernel; what differs is made small and kept as a scenario.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sim_core::random::{Lab, Requests};
use sim_core::receipt::{self, Difference, Recording, masks};
use sim_core::scenario::Scenario;
use sim_core::story::Progress;
use sim_core::trace::Trace;
use sim_core::{Text, text};

use super::batch::{self, Workplace};
use super::simulate::simulate_slowly;
use super::{FuzzArgs, place};
use crate::captures;
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::shipped::Source;

/// So much longer a real program may take for a step. Where a lab is what the kernel did with programs that
/// are that much slower, and not with ours, it hangs on a tick of the kernel's clock, and neither is wrong.
const SLOWER_MS: [u64; 5] = [1, 2, 4, 6, 8];

/// How many labs share a boot.
const AT_ONCE: usize = 16;

/// How many smaller labs are tried in all, of one that differs.
const MOST_SMALLER: usize = 400;

/// What came of a lab on both sides.
enum Verdict {
    Equal,
    /// Equal to a simulation whose programs take so many milliseconds longer for a step.
    Slower(u64),
    Different(Vec<Text>),
    /// The kernel could not play it, which the simulation can: a difference as well.
    Unplayed(Text),
}

impl Verdict {
    fn is_equal(&self) -> bool {
        matches!(self, Self::Equal)
    }

    fn is_different(&self) -> bool {
        matches!(self, Self::Different(_) | Self::Unplayed(_))
    }

    fn sentences(&self) -> &[Text] {
        match self {
            Self::Equal | Self::Slower(_) => &[],
            Self::Different(found) => found,
            Self::Unplayed(why) => std::slice::from_ref(why),
        }
    }
}

/// Plays the labs of the seeds that are asked for.
///
/// # Errors
/// When something is missing, a lab cannot be simulated or a file cannot be written.
pub fn run(args: &FuzzArgs, lang: Lang) -> Result<Exit, Refused> {
    let seeds = args.seed..args.seed.saturating_add(args.count.into());
    let folder = args.keep.clone().unwrap_or_else(|| PathBuf::from("."));
    fs::create_dir_all(&folder).map_err(|why| captures::refused(&folder, &why))?;
    if args.list {
        return list(seeds, args.keep.as_deref(), lang);
    }
    let mut run = Run { args, lang, folder, equal: 0, noisy: 0, slower: 0, different: 0 };
    let seeds: Vec<u64> = seeds.collect();
    for seeds in seeds.chunks(AT_ONCE) {
        run.some(seeds)?;
    }
    let Run { equal, noisy, slower, different, .. } = run;
    let summary = text!(
        "== {equal} equal, {noisy} equal the second time, {slower} with slower programs, {different} different",
        "== {equal} 个一致，{noisy} 个第二次才一致，{slower} 个在程序较慢时一致，{different} 个不一致"
    );
    say(summary.of(lang));
    Ok(if different == 0 { Exit::Ok } else { Exit::Failed })
}

/// A run over many seeds.
struct Run<'a> {
    args: &'a FuzzArgs,
    lang: Lang,
    folder: PathBuf,
    equal: usize,
    noisy: usize,
    slower: usize,
    different: usize,
}

impl Run<'_> {
    /// Asks about some labs at once, and again about each that differs.
    fn some(&mut self, seeds: &[u64]) -> Result<(), Refused> {
        let labs: Vec<Lab> = seeds.iter().map(|seed| Lab::draw(*seed)).collect();
        let (mut equal, mut suspects) = (0, Vec::new());
        self.ask(&labs, |nth, verdict| {
            if verdict.is_equal() {
                equal += 1;
                self.tell(seeds[nth], &text!("equal", "一致"));
            } else {
                suspects.push(nth);
            }
        })?;
        self.equal += equal;
        for nth in suspects {
            self.suspect(&labs[nth])?;
        }
        Ok(())
    }

    /// A lab that differs: a busy machine stretches milliseconds, so it is asked about once more, alone.
    fn suspect(&mut self, lab: &Lab) -> Result<(), Refused> {
        let seed = lab.seed;
        let verdict = self.ask_one(lab)?;
        if verdict.is_equal() {
            self.noisy += 1;
            self.tell(seed, &text!("equal the second time", "第二次才一致"));
            return Ok(());
        }
        if let Verdict::Slower(by) = verdict {
            self.slower += 1;
            let word = text!(
                "equal with programs {by} ms slower: it hangs on a tick",
                "程序慢 {by} 毫秒时一致：结果取决于一个时钟滴答"
            );
            self.tell(seed, &word);
            return Ok(());
        }
        self.different += 1;
        self.tell(seed, &text!("DIFFERENT", "不一致"));
        let (small, verdict) = match self.args.whole {
            true => (lab.clone(), verdict),
            false => self.shrink(lab.clone(), verdict)?,
        };
        for sentence in verdict.sentences() {
            say(&format!("  {}", sentence.of(self.lang).replace('\n', "\n  ")));
        }
        let file = keep(&small, &self.folder)?;
        let file = file.display();
        say(text!("  kept as {file}", "  已保存为 {file}").of(self.lang));
        Ok(())
    }

    /// The smallest lab that still differs, as far as taking parts away leads to it.
    fn shrink(&self, mut lab: Lab, mut verdict: Verdict) -> Result<(Lab, Verdict), Refused> {
        let mut tried = 0;
        'smaller: loop {
            let smaller: Vec<Lab> = lab.smaller().into_iter().filter(plays).collect();
            for labs in smaller.chunks(AT_ONCE) {
                tried += labs.len();
                if tried > MOST_SMALLER {
                    return Ok((lab, verdict));
                }
                let mut differing = Vec::new();
                self.ask(labs, |nth, verdict| {
                    differing.extend(verdict.is_different().then_some(nth))
                })?;
                for nth in differing {
                    // Noise must not lead the way.
                    let again = self.ask_one(&labs[nth])?;
                    if again.is_different() {
                        (lab, verdict) = (labs[nth].clone(), again);
                        continue 'smaller;
                    }
                }
            }
            return Ok((lab, verdict));
        }
    }

    fn ask_one(&self, lab: &Lab) -> Result<Verdict, Refused> {
        let mut last = Verdict::Equal;
        self.ask(std::slice::from_ref(lab), |_, verdict| last = verdict)?;
        Ok(last)
    }

    /// Plays labs on both sides and tells what came of each, by its place.
    fn ask(&self, labs: &[Lab], mut told: impl FnMut(usize, Verdict)) -> Result<(), Refused> {
        let scenarios = labs.iter().map(|lab| Ok((name(lab), scenario(lab)?)));
        let scenarios: Result<Vec<_>, Refused> = scenarios.collect();
        let out = Workplace::open(None)?;
        let mut nth = 0;
        batch::ask(scenarios?, place(self.args.netns), &out, |asked, played| {
            let verdict = match played {
                Err(why) => Verdict::Unplayed(why),
                Ok(played) => {
                    let (ours, theirs) = (&asked.simulated, &played.recording);
                    let found = receipt::compare_within(ours, theirs, masks::DRAWN_CROSSING_NS);
                    match found.is_empty() {
                        true => Verdict::Equal,
                        false => slower(&labs[nth], theirs).map_or_else(
                            || Verdict::Different(found.iter().map(Difference::text).collect()),
                            Verdict::Slower,
                        ),
                    }
                }
            };
            told(nth, verdict);
            nth += 1;
        })
    }

    fn tell(&self, seed: u64, word: &Text) {
        let text = text!("seed {seed}: ", "种子 {seed}：");
        say(&format!("{}{}", text.of(self.lang), word.of(self.lang)));
    }
}

/// By how many milliseconds slower programs would have to be for the simulation to do what the kernel did.
fn slower(lab: &Lab, theirs: &Recording) -> Option<u64> {
    SLOWER_MS.into_iter().find(|by| {
        let slow = scenario(lab)
            .and_then(|scenario| simulate_slowly(scenario, &name(lab), Duration::from_millis(*by)));
        slow.is_ok_and(|ours| {
            receipt::compare_within(&ours.recording, theirs, masks::DRAWN_CROSSING_NS).is_empty()
        })
    })
}

fn name(lab: &Lab) -> String {
    format!("random-{}", lab.seed)
}

/// The scenario of a lab, by the way of all scenarios.
fn scenario(lab: &Lab) -> Result<Scenario, Refused> {
    let source = Source { name: format!("{}.ron", name(lab)), text: lab.text() };
    open::parse(&source, None, false)
}

/// Whether a lab can still be set up: a part that was taken away may have been needed.
fn plays(lab: &Lab) -> bool {
    scenario(lab).is_ok_and(|scenario| open::player(scenario, &mut Trace::default()).is_ok())
}

/// Keeps a lab as a scenario.
fn keep(lab: &Lab, folder: &Path) -> Result<PathBuf, Refused> {
    let file = folder.join(format!("{}.ron", name(lab)));
    fs::write(&file, lab.text()).map_err(|why| captures::refused(&file, &why))?;
    Ok(file)
}

/// Tells what would be asked, without a kernel; keeps all of it where a folder is given.
fn list(seeds: Range<u64>, folder: Option<&Path>, lang: Lang) -> Result<Exit, Refused> {
    let (mut count, mut broken) = (0, 0);
    for seed in seeds {
        let lab = Lab::draw(seed);
        let mut trace = Trace::default();
        let mut player = open::player(scenario(&lab)?, &mut trace)?;
        while player.step(&mut trace) != Progress::Done {}
        if let Some(folder) = folder {
            keep(&lab, folder)?;
        }
        let requests = Requests::of(&lab, &player, &trace);
        let Requests { asked, served } = requests;
        let class = lab.class.summary();
        let line = text!(
            "seed {seed}: {class}; {served} of {asked} requests served",
            "种子 {seed}：{class}；{asked} 个请求中 {served} 个得到服务"
        );
        if !say(line.of(lang)) {
            break;
        }
        count += 1;
        broken += usize::from(requests.is_broken());
    }
    let summary = text!(
        "== {count} labs, {broken} of them broken",
        "== {count} 个实验，其中 {broken} 个有故障"
    );
    say(summary.of(lang));
    Ok(Exit::Ok)
}
