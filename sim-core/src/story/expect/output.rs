//! What a command of an expectation says, and the digest of a table.

use std::time::Duration;

use super::TABLES;
use crate::scenario::Line;
use crate::shell::Shell;
use crate::story::Player;
use crate::story::sight::add;
use crate::text;
use crate::text::Text;
use crate::trace::{Entry, Note, Trace};

/// The longest that a command of an expectation may run, in virtual time.
const LONGEST_LOOK: Duration = Duration::from_secs(200);
/// The most events that it may cause.
const MOST_LOOKED: u64 = 200_000;
/// How many lines of a table are shown.
const MOST_SHOWN: usize = 12;

impl Player {
    /// What a command says, without its leaving a trace.
    pub fn output(&self, on: &str, line: &Line) -> String {
        self.look(on, line).0
    }

    /// What a command says in a world of its own, and what happens there until it has ended.
    fn look(&self, on: &str, line: &Line) -> (String, Trace) {
        let mut world = self.world.clone();
        let mut trace = Trace::default();
        let node = self.node(on);
        let mut said = String::new();
        let until = world.now() + LONGEST_LOOK;
        let most = world.events() + MOST_LOOKED;
        let steps = Shell::default().compile(&line.value).expect("the loader has checked the line");
        for step in steps {
            let job = world.type_command(node, &step, lvs_engine::OriginId::default());
            while world.job(job).is_some_and(|job| job.status.is_none())
                && world.next_at().is_some_and(|at| at <= until)
                && world.events() < most
            {
                world.step(Some(&mut trace));
            }
            if let Some(job) = world.job(job) {
                said.push_str(&job.output);
            }
        }
        (said, trace)
    }

    pub(super) fn check_output(
        &self,
        on: &str,
        run: &Line,
        has: &str,
        trace: &Trace,
    ) -> Result<(), Text> {
        let (said, looked) = self.look(on, run);
        if said.contains(has) {
            return Ok(());
        }
        let (now, run, said) = (self.world.now(), &run.value, said.trim_end());
        let wanted = text!(
            "expected `{has}` in the output of `{run}` on {on}",
            "期望 {on} 上 `{run}` 的输出含有 `{has}`"
        );
        let Text { en, zh } = wanted;
        let mut told = match said {
            "" => text!("{en}; at {now} it says nothing", "{zh}；它在 {now} 没有输出"),
            _ => text!("{en}; at {now} it says:\n{said}", "{zh}；它在 {now} 的输出是：\n{said}"),
        };
        add_nearest_line(&mut told, said, has);
        let node = self.node(on);
        let is_own = |entry: &Entry| entry.node == node && matches!(entry.what, Note::Frame { .. });
        match looked.entries().iter().rposition(is_own) {
            Some(last) => {
                let label = ("the last frame while it ran", "运行期间的最后一个帧");
                add(&mut told, label, &self.sight(&looked.entries()[last]));
                self.add_about(&mut told, looked.entries(), last);
            }
            None => self.add_last(&mut told, node, 0, trace),
        }
        Err(told)
    }

    pub(super) fn check_digest(
        &self,
        on: &str,
        table: &str,
        is: &str,
        trace: &Trace,
    ) -> Result<(), Text> {
        let (_, show) =
            TABLES.iter().find(|(name, _)| *name == table).expect("the loader has checked");
        let said = self.output(on, &Line::from((*show).to_owned()));
        let seen = format!("{:016x}", crate::digest::of_bytes(said.as_bytes()));
        if seen == is {
            return Ok(());
        }
        let (now, lines) = (self.world.now(), said.lines().count());
        let mut told = text!(
            "expected table {table} of {on} to have digest {is}, at {now} it has {seen}",
            "期望 {on} 的表 {table} 的指纹为 {is}，在 {now} 实为 {seen}"
        );
        let label = text!(
            "a digest stands for all that `{show}` prints, lines: {lines}",
            "指纹代表 `{show}` 的全部输出，行数：{lines}"
        );
        add(&mut told, (&label.en, &label.zh), &Text::default());
        for line in said.lines().take(MOST_SHOWN) {
            let line = format!("\n    {}", line.trim_end());
            told.en += &line;
            told.zh += &line;
        }
        self.add_last(&mut told, self.node(on), 0, trace);
        Err(told)
    }
}

/// Adds the first line that is missing, and the line of the output that has most of its words.
fn add_nearest_line(told: &mut Text, said: &str, has: &str) {
    let missing = has.lines().find(|line| !said.contains(line)).unwrap_or(has);
    if missing != has {
        add(told, ("the first line that is missing", "缺少的第一行"), &Text::same(missing.trim()));
    }
    let common = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        missing.split_whitespace().filter(|word| words.contains(word)).count()
    };
    let lines: Vec<(usize, &str)> = (1..).zip(said.lines()).collect();
    // Of equals the first.
    let nearest = lines.into_iter().rev().max_by_key(|(_, line)| common(line));
    if let Some((number, line)) = nearest.filter(|(_, line)| common(line) > 0) {
        let label = text!("nearest, line {number}", "最接近的是第 {number} 行");
        add(told, (&label.en, &label.zh), &Text::same(line.trim()));
    }
}
