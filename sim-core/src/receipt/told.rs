//! What a person is told of a difference.

use std::fmt::Write as _;

use super::compare::{
    CommandDifference, Difference, DurationDifference, FrameDifference, OutputDifference,
    TimeDifference,
};
use super::times::Since;
use super::{Captured, Output, fields, masks};
use crate::tcpdump::{Options, Tcpdump};
use crate::text;
use crate::text::{Lang, Text};

/// Which two runs are compared, as differences name them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// The simulation and the kernel.
    #[default]
    Simulation,
    /// What a receipt says and what the kernel does now.
    Receipt,
}

impl Sides {
    /// The names of both.
    fn names(self) -> [Text; 2] {
        match self {
            Self::Simulation => {
                [text!("in the simulation", "模拟"), text!("on the kernel", "内核")]
            }
            Self::Receipt => [text!("in the receipt", "凭据"), text!("now", "现在")],
        }
    }
}

impl Difference {
    /// What a person is told: a headline, and lines that are indented. `-` is the simulation's, `+`
    /// the kernel's.
    pub fn text(&self) -> Text {
        self.text_of(Sides::Simulation)
    }

    /// The same about two other runs: `-` is the first one's, `+` the second one's.
    pub fn text_of(&self, sides: Sides) -> Text {
        match self {
            Self::Frame(frame) => frame.text(sides),
            Self::Missing { node, iface, is_simulated } => {
                let [first, second] = sides.names();
                let (one, other) = if *is_simulated { (first, second) } else { (second, first) };
                let (Text { en: has, zh: has_zh }, Text { en: lacks, zh: lacks_zh }) = (one, other);
                text!(
                    "{node}:{iface}: has a cable {has}, but not {lacks}",
                    "{node}:{iface}：{has_zh}一侧有网线，{lacks_zh}一侧没有"
                )
            }
            Self::Time(time) => time.text(sides),
            Self::Output(output) => output.text(sides),
            Self::Duration(duration) => duration.text(sides),
            Self::Command(command) => command.text(),
        }
    }
}

/// The same lines below both headlines.
fn below(head: Text, lines: impl Fn(Lang) -> String) -> Text {
    Text {
        en: format!("{}{}", head.en, lines(Lang::En)),
        zh: format!("{}{}", head.zh, lines(Lang::Zh)),
    }
}

impl FrameDifference {
    /// The header fields in which the two frames differ, if both are there.
    pub fn fields(&self) -> Vec<fields::Field> {
        match (self.simulated.first(), self.real.first()) {
            (Some(one), Some(other)) => fields::fields(&one.bytes, &other.bytes),
            _ => Vec::new(),
        }
    }

    fn text(&self, sides: Sides) -> Text {
        let (node, iface, number) = (&self.node, &self.iface, self.index + 1);
        let [ours, theirs] = self.counts;
        let [Text { en: one, zh: one_zh }, Text { en: other, zh: other_zh }] = sides.names();
        let head = text!(
            "{node}:{iface}: frame {number} differs ({ours} frames {one}, {theirs} {other})",
            "{node}:{iface}：第 {number} 帧不同（{one_zh} {ours} 帧，{other_zh} {theirs} 帧）"
        );
        below(head, |lang| self.lines(lang))
    }

    fn lines(&self, lang: Lang) -> String {
        let mut out = String::new();
        let first = self.index + 1 - self.before.len();
        for (number, frame) in (first..).zip(&self.before) {
            write_frame(&mut out, ' ', number, frame);
        }
        for (mark, side) in [('-', &self.simulated), ('+', &self.real)] {
            for (number, frame) in (self.index + 1..).zip(side) {
                let mark = if number == self.index + 1 { mark } else { ' ' };
                write_frame(&mut out, mark, number, frame);
            }
            if side.is_empty() {
                say(&mut out, &format!("{mark} {}", lang.pick("no more frames", "没有更多的帧")));
            }
        }
        for field in self.fields() {
            say(&mut out, &format!("{:<24} - {}", field.name, field.simulated));
            say(&mut out, &format!("{:<24} + {}", "", field.real));
        }
        out
    }
}

fn say(out: &mut String, line: &str) {
    write!(out, "\n    {line}").expect("a string takes all text");
}

fn write_frame(out: &mut String, mark: char, number: usize, frame: &Captured) {
    let (at, text) = (seconds(frame.at_ns), summary(&frame.bytes));
    say(out, &format!("{mark} {number:5} {at:>11}  {text}"));
}

/// A frame in one line, as tcpdump prints it.
pub(super) fn summary(bytes: &[u8]) -> String {
    let options = Options { ether: false, verbose: 0, absolute: true };
    let line = Tcpdump::new(options).only_line(bytes);
    line.chars().map(|c| if c.is_control() { '.' } else { c }).collect()
}

/// Nanoseconds as seconds with six decimals.
pub(super) fn seconds(ns: u64) -> String {
    let micros = ns / 1_000;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// The same where it may be negative.
fn signed_seconds(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    format!("{sign}{}", seconds(ns.unsigned_abs()))
}

impl TimeDifference {
    fn text(&self, sides: Sides) -> Text {
        let (node, iface, number) = (&self.node, &self.iface, self.index + 1);
        let since = match &self.gap.since {
            Since::Start => text!("the start of the story", "故事开始"),
            Since::Frame(place) => {
                let number = place + 1;
                text!("frame {number}", "第 {number} 帧")
            }
            Since::Command(said) => text!("`{said}` was typed", "键入 `{said}` "),
        };
        let Text { en: since, zh: since_zh } = since;
        let [Text { en: one, zh: one_zh }, Text { en: other, zh: other_zh }] = sides.names();
        let [ours, theirs] = self.gap.ns.map(signed_seconds);
        let near = seconds(self.gap.tolerance_ns());
        let head = text!(
            "{node}:{iface}: frame {number} comes at another time: {ours} s after {since} {one}, \
             {theirs} s {other} (it may be {near} s more or less)",
            "{node}:{iface}：第 {number} 帧到来的时间不同：{since_zh}之后，{one_zh} {ours} 秒，\
             {other_zh} {theirs} 秒（允许相差 {near} 秒）"
        );
        below(head, |_| {
            let mut out = String::new();
            for (mark, side) in [('-', &self.simulated), ('+', &self.real)] {
                for (number, frame) in (number + 1 - side.len()..).zip(side) {
                    let mark = if number == self.index + 1 { mark } else { ' ' };
                    write_frame(&mut out, mark, number, frame);
                }
            }
            out
        })
    }
}

impl DurationDifference {
    fn text(&self, sides: Sides) -> Text {
        let Self { index, node, text, took_ns } = self;
        let number = index + 1;
        let [Text { en: one, zh: one_zh }, Text { en: other, zh: other_zh }] = sides.names();
        let near = seconds(masks::tolerance_ns(took_ns[0]));
        let [ours, theirs] = took_ns.map(seconds);
        text!(
            "command {number}, {node}$ {text}: took {ours} s {one}, {theirs} s {other} (it may be {near} s more or less)",
            "第 {number} 条命令，{node}$ {text}：用时{one_zh} {ours} 秒，{other_zh} {theirs} 秒（允许相差 {near} 秒）"
        )
    }
}

impl OutputDifference {
    fn text(&self, sides: Sides) -> Text {
        let number = self.index + 1;
        let (node, typed) = (&self.real.node, &self.real.text);
        let status =
            |output: &Output| output.status.map_or("-".into(), |status| status.to_string());
        let (ours, theirs) = (status(&self.simulated), status(&self.real));
        let [Text { en: one, zh: one_zh }, Text { en: other, zh: other_zh }] = sides.names();
        let head = match self.line {
            _ if ours != theirs => text!(
                "command {number}, {node}$ {typed}: status {ours} {one}, {theirs} {other}",
                "第 {number} 条命令，{node}$ {typed}：退出码{one_zh} {ours}，{other_zh} {theirs}"
            ),
            Some(line) => {
                let line = line + 1;
                text!(
                    "command {number}, {node}$ {typed}: line {line} of the output differs",
                    "第 {number} 条命令，{node}$ {typed}：输出第 {line} 行不同"
                )
            }
            None => Text::default(),
        };
        below(head, |lang| {
            let mut out = String::new();
            for (mark, output) in [('-', &self.simulated), ('+', &self.real)] {
                for line in output.output.lines() {
                    say(&mut out, &format!("{mark} {line}"));
                }
                if output.output.is_empty() {
                    say(&mut out, &format!("{mark} {}", lang.pick("(nothing)", "（无）")));
                }
            }
            out
        })
    }
}

impl CommandDifference {
    fn text(&self) -> Text {
        let number = self.index + 1;
        let head = text!("command {number} is another one", "第 {number} 条命令不是同一条");
        below(head, |lang| {
            let mut out = String::new();
            for (mark, side) in [('-', &self.simulated), ('+', &self.real)] {
                let typed = match side {
                    Some((node, text)) => format!("{node}$ {text}"),
                    None => lang.pick("(none)", "（无）").to_owned(),
                };
                say(&mut out, &format!("{mark} {typed}"));
            }
            out
        })
    }
}
