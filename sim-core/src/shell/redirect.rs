//! Where output goes and input comes from: `/dev/null`, a kernel setting, a pipe.

use super::expand::Vars;
use super::lex::Arrow;
use super::syntax::Redirect;
use super::{Lead, LineError, Streams};
use crate::command::iptables::Iptables;
use crate::command::ipvsadm::Ipvsadm;
use crate::command::word::Quoted;
use crate::command::{Command, Input, Word, Write, value::decimal};
use crate::{Text, text};

/// A command's words with its redirections carried out.
pub(super) struct Redirected {
    words: Vec<Word>,
    pub streams: Streams,
    /// The file that standard output goes to.
    file: Option<(Word, bool)>,
    /// The redirections as typed, filled in.
    arrows: String,
}

impl Redirected {
    pub(super) fn new(
        words: Vec<Word>,
        redirects: &[Redirect],
        vars: &Vars,
    ) -> Result<Self, LineError> {
        let streams = Streams::default();
        let mut output = Self { words, streams, file: None, arrows: String::new() };
        for redirect in redirects {
            let target = Word::new(vars.value(&redirect.target)?, redirect.target.span.clone());
            output.add(redirect, &target)?;
        }
        Ok(output)
    }

    fn add(&mut self, redirect: &Redirect, target: &Word) -> Result<(), LineError> {
        let null = target.text == "/dev/null";
        let name = Quoted(&target.text);
        match redirect.arrow {
            Arrow::In if null => self.arrows += " < /dev/null",
            Arrow::Both if null && self.file.is_none() => {
                self.streams = Streams { stdout: Lead::Nowhere, stderr: Lead::Nowhere };
                self.arrows += " > /dev/null 2>&1";
            }
            Arrow::Out { fd: 1, .. } if null && self.file.is_none() => {
                self.streams.stdout = Lead::Nowhere;
                self.arrows += " > /dev/null";
            }
            Arrow::Out { fd: 2, .. } if null => {
                self.streams.stderr = Lead::Nowhere;
                self.arrows += " 2> /dev/null";
            }
            Arrow::Out { fd: 1, append } if self.prints() => {
                self.arrows += &format!(" {} {name}", if append { ">>" } else { ">" });
                self.file = Some((target.clone(), append));
            }
            Arrow::Copy { fd: 2 } if target.text == "1" => {
                // Standard error goes where standard output goes now. A setting takes no words.
                let file = self.file.is_some();
                self.streams.stderr = if file { Lead::Nowhere } else { self.streams.stdout };
                self.arrows += " 2>&1";
            }
            Arrow::Copy { fd: 1 } if target.text == "2" && self.file.is_none() => {
                self.streams.stdout = self.streams.stderr;
                self.arrows += " >&2";
            }
            _ => {
                let what = text!("this redirection", "这种重定向");
                return Err(LineError::without(&redirect.span, 2, &what).help(text!(
                    "known: echo VALUE > /proc/sys/KEY, and > /dev/null, 2> /dev/null, 2>&1, \
                     >&2 for every command",
                    "可用：echo VALUE > /proc/sys/KEY，以及任何命令的 > /dev/null、\
                     2> /dev/null、2>&1、>&2",
                )));
            }
        }
        Ok(())
    }

    /// Whether standard output has not been led elsewhere yet.
    fn prints(&self) -> bool {
        self.file.is_none() && self.streams.stdout == Lead::Stdout
    }

    /// The command.
    pub(super) fn command(&self) -> Result<Command, LineError> {
        self.parse(&Input::None)
    }

    fn parse(&self, input: &Input) -> Result<Command, LineError> {
        let command = Command::parse_with_input(&self.words, input)?;
        match (command, &self.file) {
            (Command::Echo(echo), Some((path, append))) => {
                Ok(Command::Write(Write::new(echo, path, *append)?))
            }
            (command, Some((path, _))) => {
                let what = Text::same(format!("{} > {}", command.name(), path.text));
                Err(LineError::without(&path.span, 2, &what).help(text!(
                    "only echo can write to a file: echo VALUE > /proc/sys/KEY",
                    "只有 echo 能写文件：echo VALUE > /proc/sys/KEY",
                )))
            }
            (command, None) => Ok(command),
        }
    }

    /// The command with what `input` writes into its pipe.
    pub(super) fn fed(&self, input: &Self) -> Result<Command, LineError> {
        self.parse(&input.writes()?)
    }

    /// What this command writes into a pipe.
    fn writes(&self) -> Result<Input, LineError> {
        let first = &self.words[0];
        if !self.prints() {
            let what = text!("a redirection before a pipe", "管道之前的重定向");
            return Err(LineError::without(&first.span, 2, &what));
        }
        match first.text.as_str() {
            "echo" => match self.command()? {
                Command::Echo(echo) => Ok(Input::Text(echo)),
                other => unreachable!("echo is read as {other}"),
            },
            "head" => self.head(),
            "ipvsadm" | "ipvsadm-save" => match self.command()? {
                Command::Ipvsadm(Ipvsadm::Save { numeric }) => Ok(Input::Saved { numeric }),
                other => Err(self.no_pipe_from(&other.to_string())),
            },
            "iptables-save" => match self.command()? {
                Command::Iptables(Iptables::Save(save)) => Ok(Input::Tables(save)),
                other => unreachable!("iptables-save is read as {other}"),
            },
            name => Err(self.no_pipe_from(name)),
        }
    }

    /// What it says can go into a pipe, unless a file has it.
    pub(super) fn check_pipe(&self) -> Result<(), LineError> {
        match &self.file {
            None => Ok(()),
            Some((path, _)) => {
                let what = text!("a redirection before a pipe", "管道之前的重定向");
                Err(LineError::without(&path.span, 2, &what))
            }
        }
    }

    fn no_pipe_from(&self, what: &str) -> LineError {
        let pipe = text!("a pipe from {what}", "来自 {what} 的管道");
        LineError::without(&self.words[0].span, 2, &pipe).help(text!(
            "known: echo TEXT | nc HOST PORT, ipvsadm -S -n | ipvsadm -R, \
             iptables-save | iptables-restore, head -c N /dev/zero | curl --data-binary @- URL",
            "可用：echo TEXT | nc HOST PORT，ipvsadm -S -n | ipvsadm -R，\
             iptables-save | iptables-restore，head -c N /dev/zero | curl --data-binary @- URL",
        ))
    }

    /// `head -c N /dev/zero`.
    fn head(&self) -> Result<Input, LineError> {
        let help = text!(
            "known: head -c N /dev/zero, with N as 5000 or 4K",
            "可用：head -c N /dev/zero，N 如 5000 或 4K",
        );
        let (count, file) = match &self.words[1..] {
            [option, count, file] if option.text == "-c" => (count.clone(), file),
            [option, file] if option.text.starts_with("-c") => {
                (Word::new(&option.text[2..], option.span.clone()), file)
            }
            _ => {
                let what = text!("this form of head", "head 的这种写法");
                return Err(LineError::without(&self.words[0].span, 1, &what).help(help));
            }
        };
        if file.text != "/dev/zero" {
            let why = "No such file or directory";
            let message = format!("head: cannot open '{}' for reading: {why}", file.text);
            return Err(LineError::tool(&file.span, 1, message).help(help));
        }
        match bytes(&count.text) {
            Some(bytes) if bytes <= MOST_ZEROS => Ok(Input::Zeros(bytes)),
            Some(_) => {
                let what = text!("more than 64 MiB down a pipe", "管道中超过 64 MiB 的数据");
                Err(LineError::without(&count.span, 1, &what))
            }
            None => {
                let message = format!("head: invalid number of bytes: ‘{}’", count.text);
                Err(LineError::tool(&count.span, 1, message).help(help))
            }
        }
    }

    /// As it would be typed on a real machine.
    pub(super) fn text(&self) -> String {
        let words: Vec<String> =
            self.words.iter().map(|word| Quoted(&word.text).to_string()).collect();
        words.join(" ") + &self.arrows
    }
}

/// More bytes than any lab sends; they are held in memory.
const MOST_ZEROS: u64 = 64 << 20;

/// A number of bytes with head's suffixes: `4K` is 4096, `4kB` is 4000.
fn bytes(text: &str) -> Option<u64> {
    let units =
        [("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("K", 1 << 10), ("M", 1 << 20), ("b", 512)];
    let unit = units.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)));
    let (number, size) = unit.unwrap_or((text, 1));
    decimal::<u64>(number)?.checked_mul(size)
}
