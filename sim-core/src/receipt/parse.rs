//! The reading of a receipt.

use std::collections::BTreeMap;
use std::fmt;

use super::file::HEAD;
use super::{Capture, Captured, Output, Receipt, notation};
use crate::text;
use crate::text::{Lang, Text};

/// Why a text is no receipt: where, what and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadReceipt {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: Text,
}

impl BadReceipt {
    /// With its line, in a language: to stand behind the file's name and a colon.
    pub fn of(&self, lang: Lang) -> String {
        format!("{}{}{}", self.line, lang.pick(": ", "："), self.what.of(lang))
    }
}

impl fmt::Display for BadReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of(Lang::En))
    }
}

impl std::error::Error for BadReceipt {}

impl Receipt {
    /// Reads what a receipt prints. Lines that begin with `#` say nothing, nor does what is behind a
    /// `#` in the first line of a frame.
    ///
    /// # Errors
    /// At the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadReceipt> {
        let mut reader = Reader::default();
        let mut lines = (1..).zip(text.lines());
        let bad = |line, what| BadReceipt { line, what };
        match lines.next() {
            Some((_, HEAD)) => {}
            first => {
                let first = first.map_or("", |(_, line)| line);
                let what = text!(
                    "not a receipt of this version: `{first}` instead of `{HEAD}`; \
                     record it anew: lvsim kernel record",
                    "不是此版本的 receipt：应为 `{HEAD}`，而不是 `{first}`；请重新记录：lvsim kernel record"
                );
                return Err(bad(1, what));
            }
        }
        for (number, line) in lines {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let read = match line.strip_prefix("  ") {
                Some(inside) => reader.inside(inside),
                None => reader.begin(line),
            };
            read.map_err(|what| bad(number, what))?;
        }
        Ok(reader.receipt)
    }
}

/// What the indented lines belong to.
#[derive(Default)]
enum Section {
    #[default]
    Head,
    Frame(String),
    Capture,
    Output,
}

#[derive(Default)]
struct Reader {
    receipt: Receipt,
    frames: BTreeMap<String, notation::Reading>,
    section: Section,
}

impl Reader {
    /// A line that begins a section.
    fn begin(&mut self, line: &str) -> Result<(), Text> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "version" => self.version(rest),
            "frame" => self.frame(rest),
            "iface" => self.capture(rest),
            "output" => self.output(rest),
            other => Err(text!(
                "a line begins with `{other}`; known: version, frame, iface, output, and two blanks \
                 before what belongs to one",
                "行首是 `{other}`；可用的有：version、frame、iface、output；属于它们的行以两个空格开头"
            )),
        }
    }

    /// A line that belongs to the section.
    fn inside(&mut self, line: &str) -> Result<(), Text> {
        match &self.section {
            Section::Head => Err(text!(
                "this line belongs to nothing: a frame, an iface or an output comes first",
                "此行不属于任何部分：前面应有 frame、iface 或 output"
            )),
            Section::Frame(name) => {
                self.frames.get_mut(name).expect("its first line was read").read(line)
            }
            Section::Capture => self.captured(line),
            Section::Output => self.said(line),
        }
    }

    fn version(&mut self, rest: &str) -> Result<(), Text> {
        let Some((name, version)) = rest.split_once(": ").filter(|(name, _)| is_word(name)) else {
            return Err(text!("a version is NAME: VERSION", "版本写作：名称: 版本"));
        };
        self.receipt.versions.insert(name.into(), unescape(version)?);
        self.section = Section::Head;
        Ok(())
    }

    fn frame(&mut self, rest: &str) -> Result<(), Text> {
        let head = rest.split('#').next().unwrap_or_default().trim();
        let (name, reading) = match head.split_once(" like ") {
            Some((name, base)) => (name, notation::Reading::like(self.bytes(base)?)),
            None => (head, notation::Reading::default()),
        };
        if !is_word(name) || self.frames.insert(name.into(), reading).is_some() {
            return Err(text!(
                "a frame has a name of its own: `{name}`",
                "每个帧有自己的名称：`{name}`"
            ));
        }
        self.section = Section::Frame(name.into());
        Ok(())
    }

    /// The bytes of a frame.
    fn bytes(&self, name: &str) -> Result<&[u8], Text> {
        let found = self.frames.get(name).map(|reading| &reading.bytes[..]);
        found.ok_or_else(|| text!("no frame is named `{name}`", "没有名为 `{name}` 的帧"))
    }

    fn capture(&mut self, rest: &str) -> Result<(), Text> {
        let (node, iface) = rest.split_once(':').unwrap_or((rest, ""));
        if !is_word(node)
            || !is_word(iface)
            || self.receipt.recording.capture(node, iface).is_some()
        {
            return Err(text!(
                "an iface is NODE:IFACE, each once: `{rest}`",
                "接口写作 节点:接口，各出现一次：`{rest}`"
            ));
        }
        let (node, iface) = (node.into(), iface.into());
        self.receipt.recording.captures.push(Capture { node, iface, frames: Vec::new() });
        self.section = Section::Capture;
        Ok(())
    }

    fn captured(&mut self, line: &str) -> Result<(), Text> {
        let Some((at, name)) = line.split_once(' ') else {
            return Err(text!(
                "what passed an iface is a time and a frame: 0.101000 1c5be6",
                "经过接口的内容写作时间与帧：0.101000 1c5be6"
            ));
        };
        let at_ns = nanos(at)?;
        let frame = Captured { at_ns, bytes: self.bytes(name)?.to_vec() };
        let capture = self.receipt.recording.captures.last_mut().expect("its first line was read");
        capture.frames.push(frame);
        Ok(())
    }

    fn output(&mut self, rest: &str) -> Result<(), Text> {
        let wrong = || {
            text!(
                "an output is NODE FROM TO status STATUS: COMMAND, `-` for what is not known",
                "output 写作：节点 起 止 status 退出码: 命令；未知的写 `-`"
            )
        };
        let (head, command) = rest.split_once(": ").ok_or_else(wrong)?;
        let words: Vec<&str> = head.split(' ').collect();
        let [node, from, to, "status", status] = words[..] else { return Err(wrong()) };
        if !is_word(node) {
            return Err(wrong());
        }
        let known = |word| (word != "-").then_some(word);
        let status = known(status).map(str::parse).transpose().map_err(|_| wrong())?;
        self.receipt.recording.outputs.push(Output {
            node: node.into(),
            text: unescape(command)?,
            status,
            output: String::new(),
            at_ns: nanos(from)?,
            end_ns: known(to).map(nanos).transpose()?,
        });
        self.section = Section::Output;
        Ok(())
    }

    fn said(&mut self, line: &str) -> Result<(), Text> {
        let own = self.receipt.recording.outputs.last_mut().expect("its first line was read");
        let is_open = !own.output.is_empty() && !own.output.ends_with('\n');
        let (line, end) = match (line.strip_prefix('|'), line.strip_prefix('>')) {
            (Some(line), _) if !is_open => (line, "\n"),
            (_, Some(line)) if !is_open => (line, ""),
            _ => {
                return Err(text!(
                    "a line of output begins with |, or with > if it has no end and is the last",
                    "输出的行以 | 开头；没有行尾的最后一行以 > 开头"
                ));
            }
        };
        own.output.push_str(&unescape(line)?);
        own.output.push_str(end);
        Ok(())
    }
}

/// Whether this can be a name.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Seconds with six decimals, as nanoseconds.
fn nanos(word: &str) -> Result<u64, Text> {
    let wrong = || {
        text!(
            "`{word}` is no time: seconds with six decimals, as 2.101000",
            "`{word}` 不是时间：应为带六位小数的秒数，如 2.101000"
        )
    };
    let (seconds, micros) = word.split_once('.').ok_or_else(wrong)?;
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    if micros.len() != 6 || !is_number(micros) || !is_number(seconds) {
        return Err(wrong());
    }
    let [seconds, micros] = [seconds, micros].map(str::parse::<u64>);
    let (seconds, micros) = (seconds.map_err(|_| wrong())?, micros.map_err(|_| wrong())?);
    let total = seconds.checked_mul(1_000_000).and_then(|total| total.checked_add(micros));
    total.and_then(|total| total.checked_mul(1_000)).ok_or_else(wrong)
}

/// The inverse of what the writer does to a line.
fn unescape(line: &str) -> Result<String, Text> {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let (char, behind) = match escape.strip_prefix("u{").and_then(|code| code.split_once('}')) {
            Some((code, behind)) => {
                let number = u32::from_str_radix(code, 16).ok();
                (number.and_then(char::from_u32), behind)
            }
            None => {
                let mut chars = escape.chars();
                let char = match chars.next() {
                    Some('\\') => Some('\\'),
                    Some('n') => Some('\n'),
                    Some('r') => Some('\r'),
                    Some('t') => Some('\t'),
                    _ => None,
                };
                (char, chars.as_str())
            }
        };
        let Some(char) = char else {
            return Err(text!(
                "behind a backslash stand \\, n, r, t or u{{CODE}}",
                "反斜杠之后应为 \\、n、r、t 或 u{{编码}}"
            ));
        };
        out.push(char);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}
