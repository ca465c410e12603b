//! Bytes from nowhere: whatever comes in, nothing panics and everything comes to an end.
//!
//! A target is a plain function of bytes. Each is fed its committed corpus
//! (`tests/fuzz/corpus/TARGET/`) and mutants of that corpus and of what the scenarios send and
//! type. The mutants come from a fixed seed and are few; `FUZZ_TIMES=20` makes them so many times
//! as many, the same on every machine, `FUZZ_SECONDS=60` as many as the time allows, and
//! `FUZZ_SEED=n` makes them others. An input that was not survived is shrunk and left in
//! `target/fuzz`, from where it belongs into the corpus; there is also what took longest, and what
//! never ended.

mod capture;
mod engine;
mod frames;
mod import;
mod mutate;
mod receipt;
mod scenario;
mod typed;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, process, thread};

use lvsim_tests::files;
use mutate::Mutator;

/// A function of bytes, and what to feed it.
struct Target {
    name: &'static str,
    run: fn(&[u8]),
    /// Inputs to start from besides the corpus.
    seeds: fn() -> Vec<Vec<u8>>,
    /// How many mutants a quick run makes.
    mutants: u32,
}

const ENGINE: Target =
    Target { name: "engine", run: engine::run, seeds: engine::seeds, mutants: 50_000 };
const FRAMES: Target =
    Target { name: "frames", run: frames::run, seeds: frames::seeds, mutants: 5_000 };
const TYPED: Target =
    Target { name: "typed", run: typed::run, seeds: typed::seeds, mutants: 20_000 };
const SCENARIO: Target =
    Target { name: "scenario", run: scenario::run, seeds: scenario::seeds, mutants: 5_000 };
const RECEIPT: Target =
    Target { name: "receipt", run: receipt::run, seeds: receipt::seeds, mutants: 5_000 };
const IMPORT: Target =
    Target { name: "import", run: import::run, seeds: import::seeds, mutants: 1_000 };

const CAPTURE: Target =
    Target { name: "capture", run: capture::run, seeds: capture::seeds, mutants: 2_000 };

#[test]
fn bytes_into_the_reader_of_captures() {
    CAPTURE.feed();
}

#[test]
fn bytes_into_the_engine() {
    ENGINE.feed();
}

#[test]
fn frames_into_hosts() {
    FRAMES.feed();
}

#[test]
fn text_into_the_shell() {
    TYPED.feed();
}

#[test]
fn text_into_the_loader() {
    SCENARIO.feed();
}

#[test]
fn text_into_the_reader_of_receipts() {
    RECEIPT.feed();
}

#[test]
fn text_into_the_import() {
    IMPORT.feed();
}

impl Target {
    fn feed(&self) {
        let corpus = files::bytes_of_all(&format!("tests/fuzz/corpus/{}", self.name));
        assert!(!corpus.is_empty(), "the corpus of {} is committed", self.name);
        for (name, bytes) in &corpus {
            assert!(self.survives(bytes), "{name} was not survived");
        }
        let corpus = corpus.into_iter().map(|(_, bytes)| bytes);
        let inputs: Vec<Vec<u8>> = corpus.chain((self.seeds)()).collect();
        let seed = number("FUZZ_SEED").unwrap_or(1);
        println!("{}: FUZZ_SEED={seed}, {} inputs", self.name, inputs.len());
        let mut clock = Clock::start(self.folder());
        let mut mutator = Mutator::new(seed, &inputs);
        for round in 0.. {
            if clock.is_over(round, self.mutants) {
                println!("{}: {round} mutants", self.name);
                clock.tell_slowest();
                break;
            }
            let mutant = mutator.mutant();
            let survived = clock.time(&mutant, || self.survives(&mutant));
            if !survived {
                self.report(seed, round, mutant);
            }
        }
    }

    fn survives(&self, bytes: &[u8]) -> bool {
        catch_unwind(AssertUnwindSafe(|| (self.run)(bytes))).is_ok()
    }

    /// Where inputs are left.
    fn folder(&self) -> PathBuf {
        let folder = files::root().join("target/fuzz").join(self.name);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        folder
    }

    /// Leaves the input, as small as it gets, where it can be found.
    fn report(&self, seed: u64, round: u32, input: Vec<u8>) -> ! {
        let small = self.shrink(input);
        let path = self.folder().join(format!("{seed}-{round}"));
        fs::write(&path, &small).expect("the target folder can be written");
        panic!(
            "{} did not survive mutant {round} of FUZZ_SEED={seed}, shrunk to {} bytes in {}:\n{}",
            self.name,
            small.len(),
            path.display(),
            small.escape_ascii()
        );
    }

    /// Takes stretches away as long as it is still not survived.
    fn shrink(&self, mut input: Vec<u8>) -> Vec<u8> {
        let mut len = input.len() / 2;
        let mut tries = 500;
        while len > 0 {
            let mut at = 0;
            while at < input.len() && tries > 0 {
                tries -= 1;
                let mut less = input.clone();
                less.drain(at..(at + len).min(input.len()));
                if self.survives(&less) {
                    at += len;
                } else {
                    input = less;
                }
            }
            len /= 2;
        }
        input
    }
}

/// How long to go on: by count, `FUZZ_TIMES` as many as a quick run, or by the seconds of
/// `FUZZ_SECONDS`. With either it also knows what took longest, and leaves an input that never ends.
#[expect(
    clippy::disallowed_types,
    reason = "how long a person wants to wait is measured by a clock"
)]
struct Clock {
    times: Option<u32>,
    limit: Option<(std::time::Instant, Duration)>,
    folder: PathBuf,
    slowest: (Duration, Vec<u8>),
    /// What is being tried, and since when.
    current: Arc<Mutex<Option<Tried>>>,
}

/// An input, and since when it is tried.
#[expect(clippy::disallowed_types, reason = "as above")]
type Tried = (std::time::Instant, Vec<u8>);

/// No input takes that long.
const ENDLESS: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_types, reason = "as above")]
impl Clock {
    fn start(folder: PathBuf) -> Self {
        let times =
            number("FUZZ_TIMES").map(|n| u32::try_from(n).expect("FUZZ_TIMES fits 32 bits"));
        let seconds = number("FUZZ_SECONDS").map(Duration::from_secs);
        let limit = seconds.map(|time| (std::time::Instant::now(), time));
        let (slowest, current) = (Default::default(), Arc::default());
        let clock = Self { times, limit, folder, slowest, current };
        if clock.is_long() {
            clock.watch();
        }
        clock
    }

    fn is_long(&self) -> bool {
        self.times.is_some() || self.limit.is_some()
    }

    /// An input that never ends cannot be reported by the thread that tries it.
    fn watch(&self) {
        let (current, path) = (Arc::downgrade(&self.current), self.folder.join("endless"));
        thread::spawn(move || {
            while let Some(current) = current.upgrade() {
                let tried = current.lock().expect("nothing panics while it is held").clone();
                if let Some((since, input)) = tried
                    && since.elapsed() > ENDLESS
                {
                    fs::write(&path, input).expect("the target folder can be written");
                    eprintln!("does not come to an end: {}", path.display());
                    process::abort();
                }
                drop(current);
                thread::sleep(Duration::from_secs(1));
            }
        });
    }

    fn is_over(&self, round: u32, quick: u32) -> bool {
        let most = quick.saturating_mul(self.times.unwrap_or(1));
        self.limit.map_or(round >= most, |(start, time)| start.elapsed() >= time)
    }

    fn time(&mut self, input: &[u8], run: impl FnOnce() -> bool) -> bool {
        if !self.is_long() {
            return run();
        }
        let start = std::time::Instant::now();
        let keep = |tried| *self.current.lock().expect("nothing panics while it is held") = tried;
        keep(Some((start, input.to_vec())));
        let survived = run();
        keep(None);
        if start.elapsed() > self.slowest.0 {
            self.slowest = (start.elapsed(), input.to_vec());
        }
        survived
    }

    fn tell_slowest(&self) {
        let (time, input) = &self.slowest;
        if self.is_long() {
            let path = self.folder.join("slowest");
            fs::write(&path, input).expect("the target folder can be written");
            println!("the slowest took {time:?}: {}", path.display());
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
