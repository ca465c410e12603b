//! Where two recordings differ: the first frame of each interface, and each output.

use std::fmt::Write as _;

use super::align::{align, without_probes};
use super::{Capture, Captured, Output, Recording, fields, masks, neigh};
use crate::tcpdump::{Options, Tcpdump};
use crate::text;
use crate::text::{Lang, Text};

/// How many frames are shown before and behind the one that differs.
const CONTEXT: usize = 3;

/// What differs between a simulated run and one of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An interface whose frames differ.
    Frame(FrameDifference),
    /// An interface that only one side has.
    Missing {
        /// The node.
        node: String,
        /// The interface.
        iface: String,
        /// Whether the simulation has it.
        is_simulated: bool,
    },
    /// A command that did something else.
    Output(OutputDifference),
    /// Another command was typed; those behind it are not compared.
    Command(CommandDifference),
}

/// The first frame of an interface that differs. Frames are canonical; probes are not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameDifference {
    /// The node.
    pub node: String,
    /// The interface.
    pub iface: String,
    /// How many frames are equal before it.
    pub index: usize,
    /// How many frames each side has: the simulation, the kernel.
    pub counts: [usize; 2],
    /// Some of the equal frames before it, with the simulation's times.
    pub before: Vec<Captured>,
    /// The simulation's frame and some behind it; empty if there are no more.
    pub simulated: Vec<Captured>,
    /// The kernel's frame and some behind it; empty if there are no more.
    pub real: Vec<Captured>,
}

/// A command whose status or output differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputDifference {
    /// How many commands were typed before it.
    pub index: usize,
    /// What the simulation's said.
    pub simulated: Output,
    /// What the kernel's said.
    pub real: Output,
    /// The first line that differs, counted from 0; none if only the status does.
    pub line: Option<usize>,
}

/// A command that only one side typed at this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandDifference {
    /// How many commands were typed before it.
    pub index: usize,
    /// The node and the text of the simulation's.
    pub simulated: Option<(String, String)>,
    /// And of the kernel's.
    pub real: Option<(String, String)>,
}

/// All that differs beyond the masks: of each interface the first frame, and each output.
pub fn compare(simulated: &Recording, real: &Recording) -> Vec<Difference> {
    let pinned = &simulated.pinned | &real.pinned;
    let (simulated, real) = (simulated.canonical(&pinned), real.canonical(&pinned));
    let mut found = Vec::new();
    for capture in &simulated.captures {
        match real.capture(&capture.node, &capture.iface) {
            Some(theirs) => found.extend(compare_frames(capture, theirs)),
            None => found.push(missing(capture, true)),
        }
    }
    let unknown =
        real.captures.iter().filter(|own| simulated.capture(&own.node, &own.iface).is_none());
    found.extend(unknown.map(|capture| missing(capture, false)));
    compare_outputs(&simulated, &real, &mut found);
    found
}

fn missing(capture: &Capture, is_simulated: bool) -> Difference {
    let (node, iface) = (capture.node.clone(), capture.iface.clone());
    Difference::Missing { node, iface, is_simulated }
}

fn compare_frames(simulated: &Capture, real: &Capture) -> Option<Difference> {
    let theirs = without_probes(&real.frames);
    let ours = align(without_probes(&simulated.frames), &theirs);
    let counts = [ours.len(), theirs.len()];
    let differs = ours.iter().zip(&theirs).position(|(one, other)| one.bytes != other.bytes);
    let index = match differs {
        Some(index) => index,
        None if counts[0] == counts[1] => return None,
        None => counts[0].min(counts[1]),
    };
    let copy = |frames: &[&Captured]| frames.iter().copied().cloned().collect::<Vec<_>>();
    let from = |frames: &[&Captured]| copy(&frames[index..frames.len().min(index + CONTEXT + 1)]);
    Some(Difference::Frame(FrameDifference {
        node: simulated.node.clone(),
        iface: simulated.iface.clone(),
        index,
        counts,
        before: copy(&ours[index.saturating_sub(CONTEXT)..index]),
        simulated: from(&ours),
        real: from(&theirs),
    }))
}

fn compare_outputs(simulated: &Recording, real: &Recording, found: &mut Vec<Difference>) {
    for index in 0..simulated.outputs.len().max(real.outputs.len()) {
        let sides = [simulated.outputs.get(index), real.outputs.get(index)];
        let [Some(one), Some(other)] = sides else {
            found.push(other_command(index, sides));
            return;
        };
        if (&one.node, &one.text) != (&other.node, &other.text) {
            found.push(other_command(index, sides));
            return;
        }
        let texts = neigh::without_old_states([simulated, real], [one, other]);
        let [ours, theirs] = texts.map(|text| masks::lines(&one.text, &text));
        let differs = ours.iter().zip(&theirs).position(|(one, other)| !one.agrees(other));
        let is_longer = ours.len() != theirs.len();
        let line = differs.or(is_longer.then_some(ours.len().min(theirs.len())));
        if line.is_some() || one.status != other.status {
            let (simulated, real) = (one.clone(), other.clone());
            found.push(Difference::Output(OutputDifference { index, simulated, real, line }));
        }
    }
}

fn other_command(index: usize, sides: [Option<&Output>; 2]) -> Difference {
    let [simulated, real] =
        sides.map(|side| side.map(|output| (output.node.clone(), output.text.clone())));
    Difference::Command(CommandDifference { index, simulated, real })
}

impl Difference {
    /// What a person is told: a headline, and lines that are indented. `-` is the simulation's, `+`
    /// the kernel's.
    pub fn text(&self) -> Text {
        match self {
            Self::Frame(frame) => frame.text(),
            Self::Missing { node, iface, is_simulated: true } => {
                text!(
                    "{node}:{iface}: not recorded on the kernel",
                    "{node}:{iface}：内核一侧没有记录"
                )
            }
            Self::Missing { node, iface, is_simulated: false } => text!(
                "{node}:{iface}: recorded on the kernel, but no cable is there now",
                "{node}:{iface}：内核一侧有记录，但现在那里没有网线"
            ),
            Self::Output(output) => output.text(),
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

    fn text(&self) -> Text {
        let (node, iface, number) = (&self.node, &self.iface, self.index + 1);
        let [ours, theirs] = self.counts;
        let head = text!(
            "{node}:{iface}: frame {number} differs ({ours} frames simulated, {theirs} on the kernel)",
            "{node}:{iface}：第 {number} 帧不同（模拟 {ours} 帧，内核 {theirs} 帧）"
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

impl OutputDifference {
    fn text(&self) -> Text {
        let number = self.index + 1;
        let (node, typed) = (&self.real.node, &self.real.text);
        let status =
            |output: &Output| output.status.map_or("-".into(), |status| status.to_string());
        let (ours, theirs) = (status(&self.simulated), status(&self.real));
        let head = match self.line {
            _ if ours != theirs => text!(
                "command {number}, {node}$ {typed}: status {ours} simulated, {theirs} on the kernel",
                "第 {number} 条命令，{node}$ {typed}：退出码模拟 {ours}，内核 {theirs}"
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
