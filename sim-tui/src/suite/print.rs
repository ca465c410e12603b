//! What `lvsim test` says while it runs: a line a scenario, what did not hold, a summary.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{End, Row, Verdict};
use crate::cli::{Format, TestArgs};
use crate::hint::Hint;
use crate::lang::Lang;
use crate::out::say;

/// The printer of a suite; on a terminal it also shows how far the suite is.
pub struct Printer<'a> {
    args: &'a TestArgs,
    lang: Lang,
    bar: ProgressBar,
    /// Somebody still reads.
    open: bool,
}

impl<'a> Printer<'a> {
    /// For so many scenarios.
    pub fn new(args: &'a TestArgs, lang: Lang, scenarios: usize) -> Self {
        // It draws on standard error, and only if that is a terminal.
        let bar = ProgressBar::new(scenarios as u64);
        let style = ProgressStyle::with_template("{pos}/{len} [{wide_bar}]");
        bar.set_style(style.expect("the template is fixed").progress_chars("=> "));
        Self { args, lang, bar, open: true }
    }

    /// One more is done.
    pub fn progress(&self) {
        self.bar.inc(1);
    }

    /// Says what has come of a scenario.
    pub fn row(&mut self, row: &Row) {
        let verdict = row.end.verdict();
        if verdict == Verdict::Ok && self.args.quiet {
            return;
        }
        if self.args.format == Format::Json {
            self.line(&json_row(row, self.lang));
            if let Some(diagnosis) = row.end.hint().and_then(|hint| hint.json.as_ref()) {
                self.line(diagnosis);
            }
            return;
        }
        let word = word(verdict, self.lang);
        let name = &row.name;
        match &row.end {
            End::Played { events, now, .. } => {
                let counted = self.lang.pick("events", "个事件");
                self.line(&format!("{word} {name} ({events} {counted}, {now} s)"));
            }
            End::Wrong(_) => self.line(&format!("{word} {name}")),
        }
        for text in row.end.sentences() {
            self.line(&format!("  {}", text.of(self.lang).replace('\n', "\n  ")));
        }
        for line in row.end.hint().into_iter().flat_map(Hint::below) {
            self.line(&line);
        }
    }

    /// Says how many there were of each kind.
    pub fn summary(&mut self, rows: &[Row]) {
        self.bar.finish_and_clear();
        let count = |verdict| rows.iter().filter(|row| row.end.verdict() == verdict).count();
        let [ok, failed, wrong] = [Verdict::Ok, Verdict::Failed, Verdict::Wrong].map(count);
        let all = rows.len();
        let line = match self.args.format {
            Format::Json => {
                json!({ "type": "summary", "scenarios": all, "ok": ok, "failed": failed, "wrong": wrong })
                    .to_string()
            }
            Format::Text => match self.lang {
                Lang::En => format!("== {all} scenarios: {ok} ok, {failed} failed, {wrong} wrong"),
                Lang::Zh => {
                    format!("== 共 {all} 个场景：{ok} 个通过，{failed} 个不成立，{wrong} 个有误")
                }
            },
        };
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        if self.open {
            self.open = self.bar.suspend(|| say(line));
        }
    }
}

/// What has come of a scenario, in a word; the words of a language are equally wide.
fn word(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Ok => lang.pick("ok    ", "通过  "),
        Verdict::Failed => lang.pick("FAILED", "不成立"),
        Verdict::Wrong => lang.pick("WRONG ", "有误  "),
    }
}

fn json_row(row: &Row, lang: Lang) -> String {
    let (events, now) = match &row.end {
        End::Played { events, now, .. } => (Some(events), Some(now.as_nanos())),
        End::Wrong(_) => (None, None),
    };
    let sentences: Vec<&str> = row.end.sentences().iter().map(|text| text.of(lang)).collect();
    json!({
        "type": "scenario",
        "file": row.name,
        "result": result(row.end.verdict()),
        "messages": sentences,
        "events": events,
        "t_ns": now,
    })
    .to_string()
}

/// The name of a result for programs.
fn result(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Failed => "failed",
        Verdict::Wrong => "wrong",
    }
}
