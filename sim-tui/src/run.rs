//! `lvsim run`: a scenario played, printed and judged.

use sim_core::scenario::Step;
use sim_core::story::{Player, Progress};
use sim_core::trace::Trace;
use sim_core::{Instant, Text};

use crate::captures;
use crate::cli::{Exit, Format, RunArgs};
use crate::json;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::render::Renderer;

/// Plays a scenario.
///
/// # Errors
/// When the file is wrong, or a capture cannot be written.
pub fn run(args: &RunArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, args.vary)?;
    let mut trace = Trace::default();
    let mut player = open::player(scenario, &mut trace)?;
    let mut printer =
        Printer { args, lang, renderer: Renderer::new(lang), printed: 0, open: true, cut: false };
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
        captures::write(dir, &player.world.net, &trace, args.pcap_all)?;
    }
    Ok(printer.verdict(&player))
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
    renderer: Renderer,
    printed: usize,
    /// Somebody still reads.
    open: bool,
    /// `--until` has ended the run, not the story.
    cut: bool,
}

impl Printer<'_> {
    fn line(&mut self, line: &str) {
        if self.open && !self.args.quiet {
            self.open = say(line);
        }
    }

    fn title(&mut self, player: &Player) {
        let scenario = player.scenario();
        match self.args.format {
            Format::Text => {
                let title = scenario.title.of(self.lang).to_owned();
                let seed = self.lang.pick("seed", "种子");
                self.line(&format!("{}: {title} ({seed} {})", scenario.file, scenario.seed));
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
                    for line in self.renderer.lines(entry, &world.net, &world.origins) {
                        self.line(&line);
                    }
                }
                Format::Json => {
                    let line = json::entry(entry, &world.net, &world.origins);
                    self.line(&line);
                }
            }
        }
        self.printed = trace.len();
    }

    /// Prints a step of the story, and what did not hold in it.
    fn story(&mut self, player: &Player, number: usize, failed: usize) {
        let step = &player.scenario().story[number].value;
        if self.args.format == Format::Json {
            self.line(&json::story(number, step));
            for failure in &player.failures()[failed..] {
                self.line(&json::failure(failure, self.lang));
            }
            return;
        }
        let lang = self.lang;
        match step {
            Step::Say(text) => self.line(&format!("-- {}", text.of(lang))),
            Step::Ask { question, options, answer, .. } => {
                self.line(&format!("?? {}", question.of(lang)));
                for (at, option) in options.iter().enumerate() {
                    let mark = if at == usize::from(*answer) { '*' } else { ' ' };
                    self.line(&format!("  {mark} {}", option.of(lang)));
                }
            }
            Step::Cable { link, .. } => {
                self.line(&format!("-- {} {link}", lang.pick("cable", "线缆")))
            }
            Step::Power { on, up } => {
                let state = if *up { lang.pick("on", "开") } else { lang.pick("off", "关") };
                self.line(&format!("-- {} {on} {state}", lang.pick("power", "电源")));
            }
            Step::Do { .. } | Step::Wait(_) | Step::Mark(_) | Step::Expect(_) => {}
        }
        for failure in &player.failures()[failed..] {
            self.line(&failed_line(&failure.text(), lang));
        }
    }

    /// What a run that was cut short can say.
    fn cut_short(&self, player: &Player) -> String {
        let left = not_reached(player);
        let words = self.lang.pick("stopped; expectations not reached", "已停止；尚未检查的预期");
        format!("{words}: {left}")
    }

    /// Prints what has come of it.
    fn verdict(&mut self, player: &Player) -> Exit {
        let failures = player.failures();
        let error = player.error();
        let exit = if failures.is_empty() && error.is_none() { Exit::Ok } else { Exit::Failed };
        match self.args.format {
            Format::Json => {
                let not_reached = if self.cut { not_reached(player) } else { 0 };
                self.line(&json::end(player, self.cut, not_reached, self.lang));
            }
            Format::Text => {
                if self.args.quiet {
                    for failure in failures {
                        self.open = self.open && say(&failed_line(&failure.text(), self.lang));
                    }
                }
                if let Some(error) = error {
                    self.open = self.open && say(&failed_line(&error.text(), self.lang));
                }
                let events = player.world.events();
                let now = player.world.now();
                let summary = match exit {
                    Exit::Ok if self.cut => self.cut_short(player),
                    Exit::Ok => {
                        self.lang.pick("all expectations hold", "所有预期均成立").to_owned()
                    }
                    _ => format!(
                        "{}: {}",
                        self.lang.pick("expectations that do not hold", "不成立的预期"),
                        failures.len() + usize::from(error.is_some())
                    ),
                };
                let word = self.lang.pick("events", "个事件");
                self.line(&format!("== {summary} ({events} {word}, {now} s)"));
            }
        }
        exit
    }
}
