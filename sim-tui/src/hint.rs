//! From an expectation that failed on to cause and cure: the commands to type next, or, where
//! `--diagnose` asks for it, the diagnosis itself.
//!
//! Requests that fail as the file itself says are broken on purpose: nothing is to be healed there.

use std::fmt::Write;

use sim_core::command::Quoted;
use sim_core::diagnose::{Case, Diagnosis};
use sim_core::goal::{self, Judgement};
use sim_core::scenario::{Expectation, Located, Step};
use sim_core::story::Player;
use sim_core::whatif::Run;
use sim_core::{Text, text};

use crate::diagnose;
use crate::lang::Lang;
use crate::width::Width;

/// Which run it is about, as it was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The scenario as it was named.
    pub scenario: &'a str,
    /// Another seed than the file's.
    pub seed: Option<u64>,
    /// What was changed first.
    pub with: &'a [String],
    /// Whether parameters were drawn: only `lvsim run` does that.
    pub vary: bool,
}

/// Whether there is something to heal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cure {
    /// Requests are not served as they should be.
    Sought,
    /// Nobody asks a service.
    NoGoal,
    /// All requests are served as they should be.
    Served,
    /// They are not, and the file says so.
    Meant,
}

impl Cure {
    fn of(run: &Run) -> Self {
        match goal::of(run) {
            None => Self::NoGoal,
            Some(goal) if Judgement::of(&goal, run).holds() => Self::Served,
            Some(_) if is_meant(&run.player) => Self::Meant,
            Some(_) => Self::Sought,
        }
    }
}

/// Whether the file says who is served, and it was so.
fn is_meant(player: &Player) -> bool {
    fn served(expectation: &Expectation, origin: String, places: &mut Vec<String>) {
        match expectation {
            Expectation::Served(..) => places.push(origin),
            Expectation::Since(_, inner) => {
                for own in inner {
                    served(own, own.origin.to_string(), places);
                }
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    for Located { value, origin, .. } in &player.scenario().story {
        if let Step::Expect(expectation) = value {
            served(expectation, origin.to_string(), &mut places);
        }
    }
    let file = &player.scenario().file;
    let fails = |place: &String| {
        let place = format!("{file}:{place}");
        player.failures().iter().any(|failure| failure.place == place)
    };
    player.error().is_none() && !places.is_empty() && !places.iter().any(fails)
}

impl Asked<'_> {
    /// A command about this run, as a shell reads it.
    fn command(&self, name: &str, more: &str) -> String {
        let mut line = format!("lvsim {name} {}{more}", Quoted(self.scenario));
        if let Some(seed) = self.seed {
            // A string takes any text.
            let _ = write!(line, " --seed {seed}");
        }
        for change in self.with {
            let _ = write!(line, " --with {}", Quoted(change));
        }
        line
    }
}

/// The commands that lead on, a line each.
fn lines(asked: &Asked<'_>, run: &Run, lang: Lang) -> Vec<String> {
    let colon = lang.pick(": ", "：");
    let cure = lang.pick("cure", "处理");
    let is_sought = Cure::of(run) == Cure::Sought;
    if asked.vary {
        let both = lang.pick("why, and its cure", "原因和处理");
        let again = asked.command("run", " --vary --diagnose");
        return is_sought.then(|| format!("{both}{colon}{again}")).into_iter().collect();
    }
    let why = asked.command("why", " last-failure");
    let mut lines = vec![format!("{}{colon}{why}", lang.pick("why", "原因"))];
    if is_sought {
        lines.push(format!("{cure}{colon}{}", asked.command("diagnose", "")));
    }
    lines
}

/// What heals a run whose expectations failed; or why nothing is looked for.
fn diagnosis(asked: &Asked<'_>, run: &Run) -> Result<(Case, Diagnosis), Text> {
    match Cure::of(run) {
        Cure::Sought => diagnose::diagnosed(run.player.scenario(), diagnose::TRIES)
            .map_err(|refused| refused.0.into_iter().next().unwrap_or_default()),
        Cure::NoGoal => {
            Err(text!("nobody asks a service by curl or nc", "没有人用 curl 或 nc 访问服务"))
        }
        Cure::Served => {
            Err(text!("all requests are served as they should be", "所有请求都得到了应有的服务"))
        }
        Cure::Meant => {
            let line = asked.command("diagnose", "");
            Err(text!(
                "requests end as `Served` in the file says; to look all the same: {line}",
                "请求的结果与文件中的 `Served` 一致；仍要查找：{line}"
            ))
        }
    }
}

/// What leads on from a run whose expectations failed.
#[derive(Clone, Debug)]
pub struct Hint {
    /// For people: a line each.
    pub lines: Vec<String>,
    /// For programs: the line of `lvsim diagnose --format json`, if there is a diagnosis.
    pub json: Option<String>,
}

impl Hint {
    /// The commands to type next.
    pub fn commands(asked: &Asked<'_>, run: &Run, lang: Lang) -> Self {
        Self { lines: lines(asked, run, lang), json: None }
    }

    /// The same below what it is about: indented, and therefore without empty lines.
    pub fn below(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter(|line| !line.is_empty()).map(|line| format!("  {line}"))
    }

    /// The diagnosis itself; where there is none, why, and the commands all the same.
    pub fn diagnosed(asked: &Asked<'_>, run: &Run, width: Width, lang: Lang) -> Self {
        match diagnosis(asked, run) {
            Ok((case, found)) => {
                let lines = diagnose::lines(&case, &found, width, lang);
                Self { lines, json: Some(diagnose::json_line(&case, &found, lang)) }
            }
            Err(Text { en, zh }) => {
                let text = text!("no diagnosis: {en}", "没有诊断：{zh}");
                let own = std::iter::once(text.of(lang).to_owned());
                let lines = own.chain(lines(asked, run, lang)).collect();
                Self { lines, json: None }
            }
        }
    }
}
