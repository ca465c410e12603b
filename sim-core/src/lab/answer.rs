//! An answer file: what a learner predicts and types, as plain text, a line each. It is what a person edits and what is handed in.

use std::ops::Range;
use std::time::Duration;

use super::{Kind, Lab};
use crate::scenario::{BadLine, Node, ScenarioError, parse_duration, point, suggest};
use crate::shell::Shell;
use crate::story::check_line;
use crate::text;
use crate::text::Text;

/// The largest answer file, in bytes: a lab is solved by some twenty lines, and whoever marks reads hundreds of files.
pub const LARGEST: usize = 64 << 10;
/// The most lines of one.
const MOST_LINES: usize = 2_000;
/// The most commands of one: each is played whenever the file is marked.
const MOST_COMMANDS: usize = 300;
/// The longest that one `wait` may last: no timer of a lab is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// An answer file, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its name, as it was given.
    pub file: String,
    /// The lab that it answers.
    pub lab: String,
    /// Who answers, if it says so.
    pub student: Option<String>,
    /// What it says, in its order.
    pub entries: Vec<Entry>,
    /// Its text, for errors that are found later.
    text: String,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line, from 1.
    pub line: u32,
    /// What it says.
    pub said: Said,
    /// Its bytes in the file.
    at: Range<usize>,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// `predict t1.a 2`.
    Predict {
        /// The task.
        task: String,
        /// The question.
        question: String,
        /// The option, from 1.
        option: usize,
    },
    /// `director# ip addr`: a command typed on a node.
    Type {
        /// The node.
        on: String,
        /// The command.
        line: String,
    },
    /// `wait 5s`: time passes.
    Wait(Duration),
    /// `hint 1`: this hint was taken.
    Hint(usize),
}

/// What is wrong with a line, and what to do.
type Bad = (Range<usize>, Text, Text);

impl Answer {
    /// An answer that says nothing.
    pub fn empty(lab: &str) -> Self {
        Self { lab: lab.into(), ..Self::default() }
    }

    /// Reads an answer file from its bytes.
    ///
    /// # Errors
    /// All that is wrong with it, line by line; what is too large, or no text, is told by one sentence.
    pub fn of_bytes(file: &str, bytes: &[u8]) -> Result<Self, Vec<ScenarioError>> {
        let of_file = |line: &str, message, help| Err(vec![point(file, line, 0..0, message, help)]);
        if bytes.len() > LARGEST {
            let most = LARGEST >> 10;
            let message = text!("too large for an answer file", "作为答案文件太大");
            return of_file("", message, text!("at most {most} KiB", "最多 {most} KiB"));
        }
        match str::from_utf8(bytes) {
            Ok(text) => Self::read(file, text),
            Err(wrong) => {
                let line =
                    1 + bytes[..wrong.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                let message = text!(
                    "line {line} is no text (not UTF-8)",
                    "第 {line} 行不是文本（不是 UTF-8）"
                );
                of_file("", message, text!("save the file as UTF-8", "请把文件存为 UTF-8"))
            }
        }
    }

    /// Reads an answer file.
    ///
    /// ```
    /// use sim_core::lab::{Answer, Said};
    /// let answer = Answer::read("a.txt", "lab b1-two-servers\npredict t1.a 2\nrs1# ip route\n").unwrap();
    /// assert_eq!(answer.lab, "b1-two-servers");
    /// assert_eq!(answer.entries[1].said, Said::Type { on: "rs1".into(), line: "ip route".into() });
    /// let errors = Answer::read("a.txt", "lab b1-two-servers\nip route\n").unwrap_err();
    /// assert!(errors[0].to_string().starts_with("a.txt:2:1: not a line of an answer"));
    /// ```
    ///
    /// # Errors
    /// All that is wrong with it, in its order.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<ScenarioError>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut answer = Self { file: file.into(), text: text.into(), ..Self::default() };
        let mut errors = Vec::new();
        let mut start = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if let Err((at, message, help)) = answer.line(index, line.trim_end(), start) {
                errors.push(point(file, text, at, message, help));
            }
            start += line.len();
            if errors.len() == MOST_ERRORS || index >= MOST_LINES {
                break;
            }
        }
        if answer.lab.is_empty() && errors.is_empty() {
            errors.push(point(file, text, 0..0, no_lab(), begin()));
        }
        if errors.is_empty() { Ok(answer) } else { Err(errors) }
    }

    fn line(&mut self, index: usize, line: &str, start: usize) -> Result<(), Bad> {
        let indent = line.len() - line.trim_start().len();
        let (start, line) = (start + indent, &line[indent..]);
        let whole = start..start + line.len();
        if index >= MOST_LINES {
            let message = text!("too many lines", "行数太多");
            return Err((whole, message, text!("at most {MOST_LINES}", "最多 {MOST_LINES} 行")));
        }
        let is_control = |(_, c): &(usize, char)| c.is_control() && *c != '\t';
        if let Some((at, found)) = line.char_indices().find(is_control) {
            let at = start + at..start + at + found.len_utf8();
            let message = text!("a control character", "控制字符");
            return Err((
                at,
                message,
                text!("an answer is plain text: remove it", "答案是纯文本：请删去"),
            ));
        }
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim_start();
        let argument = start + line.len() - rest.len()..start + line.len();
        if self.lab.is_empty() && word != "lab" {
            return Err((whole, no_lab(), begin()));
        }
        let said = match word {
            "lab" => return self.head(rest, argument),
            "student" => return self.student(rest, argument),
            "predict" => predict(rest, argument)?,
            "wait" => wait(rest, argument)?,
            "hint" => match rest.parse() {
                Ok(number @ 1..) => Said::Hint(number),
                _ => {
                    return Err((
                        argument,
                        text!("not a hint's number", "不是提示的编号"),
                        text!("written as hint 1", "写成 hint 1"),
                    ));
                }
            },
            _ => match prompt(line) {
                None => return Err((whole, unknown(), forms())),
                // The last prompt of what was pasted: nothing was typed there.
                Some((_, "")) => return Ok(()),
                Some((on, line)) => Said::Type { on: on.into(), line: line.into() },
            },
        };
        let is_command = matches!(said, Said::Type { .. });
        if is_command && self.commands().count() >= MOST_COMMANDS {
            let help = text!("at most {MOST_COMMANDS}", "最多 {MOST_COMMANDS} 条");
            return Err((whole, text!("too many commands", "命令太多"), help));
        }
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.entries.push(Entry { line, said, at: whole });
        Ok(())
    }

    fn head(&mut self, id: &str, at: Range<usize>) -> Result<(), Bad> {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !self.lab.is_empty() {
            let message = text!("a second lab in one file", "一个文件里有两个练习");
            return Err((at, message, text!("one file answers one lab", "一个文件只回答一个练习")));
        }
        if id.is_empty() || id.len() > 64 || !id.chars().all(is_fine) {
            return Err((at, text!("not the name of a lab", "不是练习的名字"), begin()));
        }
        self.lab = id.into();
        Ok(())
    }

    fn student(&mut self, name: &str, at: Range<usize>) -> Result<(), Bad> {
        if self.student.is_some() {
            let message = text!("a second student in one file", "一个文件里有两个学生");
            return Err((at, message, text!("keep one of them", "只保留一个")));
        }
        self.student = Some(name.to_owned()).filter(|name| !name.is_empty());
        Ok(())
    }

    /// The commands in their order, each with its line.
    pub fn commands(&self) -> impl Iterator<Item = (u32, &str, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.said {
            Said::Type { on, line } => Some((entry.line, on.as_str(), line.as_str())),
            _ => None,
        })
    }

    /// The hints that were taken, each once, in the order of their numbers.
    pub fn hints(&self) -> Vec<usize> {
        let mut hints: Vec<usize> = self
            .entries
            .iter()
            .filter_map(|entry| match entry.said {
                Said::Hint(number) => Some(number),
                _ => None,
            })
            .collect();
        hints.sort_unstable();
        hints.dedup();
        hints
    }
}

/// As many errors of one file are told: of what is no answer file at all each line is one.
const MOST_ERRORS: usize = 10;

fn no_lab() -> Text {
    text!("the first line does not say which lab this is", "第一行没有写明是哪个练习")
}

fn begin() -> Text {
    text!(
        "begin with: lab NAME, as in lab b1-two-servers",
        "以 lab 名字 开头，如 lab b1-two-servers"
    )
}

fn unknown() -> Text {
    text!("not a line of an answer", "不是答案里的行")
}

fn forms() -> Text {
    text!(
        "a command: NODE# COMMAND; or predict TASK.QUESTION NUMBER, wait 5s, hint 1; a remark begins with #",
        "命令写成 节点# 命令；或 predict 任务.问题 编号、wait 5s、hint 1；注释以 # 开头"
    )
}

/// `director# ip addr`: the node and the command.
fn prompt(line: &str) -> Option<(&str, &str)> {
    let (node, command) = line.split_once('#')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!node.is_empty() && node.chars().all(is_name)).then_some((node, command.trim()))
}

fn predict(rest: &str, at: Range<usize>) -> Result<Said, Bad> {
    let bad = || {
        let help = text!(
            "written as predict t1.a 2: task, question, and the number of the option, from 1",
            "写成 predict t1.a 2：任务、问题、选项的编号（从 1 数起）"
        );
        (at.clone(), text!("not a prediction", "不是预测"), help)
    };
    let (of, option) = rest.split_once(char::is_whitespace).ok_or_else(bad)?;
    let (task, question) = of.split_once('.').ok_or_else(bad)?;
    match option.trim().parse() {
        Ok(option @ 1..) if !task.is_empty() && !question.is_empty() => {
            Ok(Said::Predict { task: task.into(), question: question.into(), option })
        }
        _ => Err(bad()),
    }
}

fn wait(rest: &str, at: Range<usize>) -> Result<Said, Bad> {
    match parse_duration(rest) {
        Ok(time) if time <= LONGEST_WAIT => Ok(Said::Wait(time)),
        Ok(_) => {
            let help = text!("at most 1h at once", "一次最多 1h");
            Err((at, text!("too long a wait", "等待太久"), help))
        }
        Err(wrong) => Err((at, wrong.message, wrong.help)),
    }
}

impl Lab {
    /// What of an answer is not about this lab, or cannot be typed in it.
    pub fn unfit(&self, answer: &Answer) -> Vec<ScenarioError> {
        let error = |(at, message, help): Bad| point(&answer.file, &answer.text, at, message, help);
        if answer.lab != self.id {
            let (own, id) = (&answer.lab, &self.id);
            let message = text!(
                "an answer of lab `{own}`, not of `{id}`",
                "这是练习 `{own}` 的答案，不是 `{id}` 的"
            );
            return vec![error((0..0, message, Text::default()))];
        }
        let mut shells: Vec<(&str, Shell)> = Vec::new();
        let entries = answer.entries.iter();
        entries
            .filter_map(|entry| self.unfit_entry(entry, answer, &mut shells))
            .map(error)
            .take(MOST_ERRORS)
            .collect()
    }

    fn unfit_entry<'a>(
        &'a self,
        entry: &Entry,
        answer: &Answer,
        shells: &mut Vec<(&'a str, Shell)>,
    ) -> Option<Bad> {
        let at = entry.at.clone();
        match &entry.said {
            Said::Wait(_) => None,
            Said::Hint(number) if *number <= self.hints.len() => None,
            Said::Hint(number) => {
                let many = self.hints.len();
                Some((
                    at,
                    text!("there is no hint {number}", "没有提示 {number}"),
                    text!("this lab has {many}", "这个练习有 {many} 条"),
                ))
            }
            Said::Predict { task, question, option } => {
                self.unfit_prediction(task, question, *option, at)
            }
            Said::Type { on, line } => {
                let mut hosts = self.start.nodes.iter().filter_map(|node| match &node.value {
                    Node::Host { name, .. } => Some(name.as_str()),
                    Node::Switch { .. } => None,
                });
                let Some(host) = hosts.clone().find(|host| host == on) else {
                    let known: Vec<&str> = hosts.by_ref().collect();
                    return Some((
                        at.start..at.start + on.len(),
                        text!("no host `{on}` in this lab", "这个练习没有主机 `{on}`"),
                        suggest(on, &known),
                    ));
                };
                if !shells.iter().any(|(own, _)| *own == host) {
                    shells.push((host, Shell::default()));
                }
                let (_, shell) = shells.iter_mut().find(|(own, _)| *own == host)?;
                let BadLine { at: within, message, help } = check_line(shell, line).err()?;
                let start = at.start + answer.text[at.clone()].find(line.as_str())?;
                Some((start + within.start..start + within.end, message, help))
            }
        }
    }

    fn unfit_prediction(
        &self,
        task: &str,
        question: &str,
        option: usize,
        at: Range<usize>,
    ) -> Option<Bad> {
        let predictions = self.tasks.iter().filter_map(|own| match &own.kind {
            Kind::Predict(questions) => Some((own.id.as_str(), questions)),
            Kind::Do(_) => None,
        });
        let all =
            predictions.flat_map(|(task, questions)| questions.iter().map(move |own| (task, own)));
        let found = all.clone().find(|(own, asked)| *own == task && asked.id == question);
        let Some((_, found)) = found else {
            let known: Vec<String> = all.map(|(task, own)| format!("{task}.{}", own.id)).collect();
            let asked = format!("{task}.{question}");
            return Some((
                at,
                text!("no question `{asked}` in this lab", "这个练习没有问题 `{asked}`"),
                suggest(&asked, &known),
            ));
        };
        let many = found.options.len();
        (option > many).then(|| {
            (
                at,
                text!("no option {option}", "没有选项 {option}"),
                text!("1 to {many}", "1 到 {many}"),
            )
        })
    }
}
