//! `lvsim run`: a scenario played, printed and judged.

use sim_core::scenario::Step;
use sim_core::story::{Player, Progress, change};
use sim_core::trace::{Note, Trace};
use sim_core::whatif::Run;
use sim_core::{Instant, Text, text};

use crate::annotated;
use crate::captures;
use crate::cli::{Exit, Format, RunArgs};
use crate::diff;
use crate::failed;
use crate::hint::{self, Hint};
use crate::json;
use crate::lang::Lang;
use crate::legend;
use crate::open::{self, Refused};
use crate::out::{complain, say};
use crate::render::{DETAIL, Renderer};
use crate::width::Width;

/// Plays a scenario.
///
/// # Errors
/// When the file is wrong, or a capture cannot be written.
pub fn run(args: &RunArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, args.vary)?;
    let scenario = diff::changed(&scenario, &args.with)?;
    let mut trace = Trace::default();
    let mut player = open::player(scenario, &mut trace)?;
    // What stands in the way of the captures is said before the story is played.
    if let Some(dir) = &args.pcap {
        captures::Folder::open(dir, &player.world.net, args.pcap_all)?;
    }
    if let Some(file) = &args.pcapng {
        annotated::begin(file)?;
    }
    let mut printer = Printer::new(args, lang);
    printer.title(&player);
    printer.catch_up(&player, &trace);
    let until = args.until.map(|time| Instant::ZERO + time);
    // When nobody reads any more, the story is still judged.
    loop {
        if until.is_some_and(|until| player.next_at().is_some_and(|at| at > until)) {
            player.world.advance(until.unwrap_or_default());
            printer.cut = true;
            break;
        }
        let failed = player.failures().len();
        let progress = player.step(&mut trace);
        // What a step brings about comes behind it: a machine that is switched on is set up anew.
        if let Progress::Story(number) = progress {
            printer.story(&player, number, failed);
        }
        printer.catch_up(&player, &trace);
        if progress == Progress::Done {
            break;
        }
    }
    if let Some(dir) = &args.pcap {
        // Tunnels may have come during the story.
        let folder = captures::Folder::open(dir, &player.world.net, args.pcap_all)?;
        folder.write(&trace)?;
        for left in folder.left() {
            complain(left.of(lang));
        }
    }
    if let Some(file) = &args.pcapng {
        annotated::write(file, &player, &trace, lang)?;
    }
    Ok(printer.verdict(&Run { player, trace }))
}

/// How many expectations the story has still to come to.
fn not_reached(player: &Player) -> usize {
    let left = &player.scenario().story[player.next_step()..];
    left.iter().filter(|step| matches!(step.value, Step::Expect(_))).count()
}

/// What did not hold, as a line of its own.
pub fn failed_line(text: &Text, lang: Lang) -> String {
    format!("{} {}", lang.pick("FAILED", "不成立"), text.of(lang))
}

struct Printer<'a> {
    args: &'a RunArgs,
    lang: Lang,
    width: Width,
    renderer: Renderer,
    printed: usize,
    /// Somebody still reads.
    open: bool,
    /// `--until` has ended the run, not the story.
    cut: bool,
    /// When the last expectation failed.
    failed_at: Instant,
}

impl<'a> Printer<'a> {
    fn new(args: &'a RunArgs, lang: Lang) -> Self {
        let (width, renderer) = (Width::of_output(), Renderer::new(lang));
        let (open, cut, failed_at) = (true, false, Instant::ZERO);
        Self { args, lang, width, renderer, printed: 0, open, cut, failed_at }
    }

    fn line(&mut self, line: &str) {
        if self.open && !self.args.quiet {
            self.open = say(line);
        }
    }

    /// A text behind a mark, wrapped.
    fn prose(&mut self, mark: &str, text: &str) {
        for line in self.width.prose(mark, text) {
            self.line(&line);
        }
    }

    /// What is printed even when only failures are asked for.
    fn told(&mut self, line: &str) {
        for line in line.lines() {
            for line in self.width.row(line, 3) {
                self.open = self.open && say(&line);
            }
        }
    }

    fn title(&mut self, player: &Player) {
        let scenario = player.scenario();
        match self.args.format {
            Format::Text => {
                let (file, seed) = (&scenario.file, scenario.seed);
                let Text { en, zh } = &scenario.title;
                let title = text!("{file}: {en} (seed {seed})", "{file}：{zh}（种子 {seed}）");
                for line in self.width.row(title.of(self.lang), 3) {
                    self.line(&line);
                }
                for line in legend::lines(&self.width, self.lang) {
                    self.line(&line);
                }
            }
            Format::Json => self.line(&json::title(scenario)),
        }
    }

    /// Prints what has been added to the trace.
    fn catch_up(&mut self, player: &Player, trace: &Trace) {
        let world = &player.world;
        for entry in &trace.entries()[self.printed..] {
            match self.args.format {
                Format::Text => {
                    let is_output = matches!(entry.what, Note::Output { .. });
                    for line in self.renderer.lines(entry, &world.net, &world.origins) {
                        match is_output {
                            // Tables of commands keep their columns.
                            true => self.line(&line),
                            false => self.row(&line),
                        }
                    }
                }
                Format::Json => {
                    let line = json::entry(entry, &world.net, &world.origins, self.lang);
                    self.line(&line);
                }
            }
        }
        self.printed = trace.len();
    }

    /// What is one line in a pipe.
    fn row(&mut self, line: &str) {
        for line in self.width.row(line, DETAIL) {
            self.line(&line);
        }
    }

    /// Prints a step of the story, and what did not hold in it.
    fn story(&mut self, player: &Player, number: usize, failed: usize) {
        let step = &player.scenario().story[number].value;
        if player.failures().len() > failed {
            self.failed_at = player.world.now();
        }
        if self.args.format == Format::Json {
            self.line(&json::story(number, step));
            for failure in &player.failures()[failed..] {
                self.line(&json::failure(failure, self.lang));
            }
            return;
        }
        let lang = self.lang;
        match step {
            Step::Say(text) => self.prose("-- ", text.of(lang)),
            Step::Ask { question, options, answer, .. } => {
                self.prose("?? ", question.of(lang));
                for (at, option) in options.iter().enumerate() {
                    self.prose(&format!("   {}) ", at + 1), option.of(lang));
                }
                let word = lang.pick("answer: ", "答案：");
                self.line(&format!("   {word}{}", answer + 1));
            }
            step => {
                if let Some(change) = change::sentence(step) {
                    self.prose("-- ", change.of(lang));
                }
            }
        }
        if !self.args.quiet {
            for failure in &player.failures()[failed..] {
                self.told(&failed_line(&failure.text(), lang));
            }
        }
    }

    /// The last line: what has come of it.
    fn summary(&self, player: &Player, wrong: usize) -> Text {
        let (events, now) = (player.world.events(), player.world.now());
        let Text { en, zh } = match (wrong, self.cut) {
            (0, false) => text!("all expectations hold", "所有预期均成立"),
            (0, true) => {
                let left = not_reached(player);
                text!(
                    "stopped by --until; expectations not reached: {left}",
                    "按 --until 停止；尚未检查的预期：{left}"
                )
            }
            (_, false) => text!("expectations that do not hold: {wrong}", "不成立的预期：{wrong}"),
            (_, true) => {
                let left = not_reached(player);
                text!(
                    "stopped by --until; expectations that do not hold: {wrong}, not reached: {left}",
                    "按 --until 停止；不成立的预期：{wrong}，尚未检查：{left}"
                )
            }
        };
        text!("== {en} ({events} events, {now} s)", "== {zh}（{events} 个事件，{now} 秒）")
    }

    /// Prints what has come of it.
    fn verdict(&mut self, run: &Run) -> Exit {
        let player = &run.player;
        let failures = player.failures();
        let error = player.error();
        if error.is_some() {
            self.failed_at = player.world.now();
        }
        let exit = if failures.is_empty() && error.is_none() { Exit::Ok } else { Exit::Failed };
        let hint = (exit == Exit::Failed).then(|| self.hint(run));
        match self.args.format {
            Format::Json => self.verdict_json(player, hint),
            Format::Text => self.verdict_text(player, hint),
        }
        exit
    }

    /// What leads from the failure to its cause and cure.
    fn hint(&self, run: &Run) -> Hint {
        let RunArgs { scenario, seed, with, vary, .. } = self.args;
        let asked = hint::Asked { scenario, seed: *seed, with, vary: *vary };
        match self.args.diagnose {
            true => Hint::diagnosed(&asked, run, self.width, self.lang),
            false => Hint::commands(&asked, run, self.lang),
        }
    }

    fn verdict_json(&mut self, player: &Player, hint: Option<Hint>) {
        let mut told = Vec::new();
        if self.args.quiet {
            told.extend(player.failures().iter().map(|failure| json::failure(failure, self.lang)));
        }
        if let Some(hint) = hint {
            told.extend(failed::json_lines(player, self.failed_at, self.lang));
            told.extend(hint.json);
        }
        for line in told {
            self.open = self.open && say(&line);
        }
        let not_reached = if self.cut { not_reached(player) } else { 0 };
        let end = json::end(player, self.cut, not_reached, self.lang);
        match player.error() {
            Some(_) => self.open = self.open && say(&end),
            None => self.line(&end),
        }
    }

    fn verdict_text(&mut self, player: &Player, hint: Option<Hint>) {
        let (failures, error) = (player.failures(), player.error());
        if self.args.quiet {
            for failure in failures {
                self.told(&failed_line(&failure.text(), self.lang));
            }
        }
        if let Some(error) = error {
            self.told(&failed_line(&error.text(), self.lang));
        }
        if let Some(hint) = hint {
            let failed = failed::lines(player, self.failed_at, self.lang);
            for line in failed.into_iter().chain(hint.below()) {
                self.told(&line);
            }
        }
        let summary = self.summary(player, failures.len() + usize::from(error.is_some()));
        // Who asks for failures alone must not take a part for the whole.
        match self.cut && not_reached(player) > 0 {
            true => self.told(summary.of(self.lang)),
            false => self.prose("", summary.of(self.lang)),
        }
    }
}
