//! The shell: turns a typed line, or a pasted script, into simple commands in order.
//!
//! A line is lexed (`lex`), parsed to a small tree (`syntax`), and then walked with the variables'
//! values: loops are unrolled, words are filled in, and each simple command is read by
//! [`Command::parse`]. What a real shell has besides is refused with its place in the line; nothing
//! is passed over. `reading` tells whether a text ends where a shell would read on.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::command::filter::Filter;
use crate::command::{Command, CommandError, Word};
use crate::{Text, text};

mod expand;
mod lex;
mod reading;
mod redirect;
mod streams;
mod syntax;
#[cfg(test)]
mod tests;

pub use reading::is_whole;
pub use streams::{Lead, Streams};

use expand::Vars;
use redirect::Redirected;
use syntax::{Item, Simple, What};

/// Why a line was refused. It is the command's own error: the shell's and the tools' are told apart
/// by their words.
pub type LineError = CommandError;

/// What a shell remembers from one line to the next.
///
/// ```
/// use sim_core::shell::Shell;
/// let mut shell = Shell::default();
/// shell.compile("vip=172.16.100.100")?;
/// let steps = shell.compile("for i in 2 3; do ipvsadm -a -t $vip:80 -r 172.16.100.$i; done")?;
/// assert_eq!(steps[1].text, "ipvsadm -a -t 172.16.100.100:80 -r 172.16.100.3");
/// # Ok::<(), sim_core::shell::LineError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shell {
    /// Its variables.
    pub vars: BTreeMap<String, String>,
    /// Whether it is a switch's, which knows only the commands of [`Switch`](crate::switch::Switch).
    pub on_switch: bool,
}

/// One simple command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it means.
    pub command: Command,
    /// What it would be typed as on a real machine: as it was typed, but with variables filled in,
    /// without `sudo` and without the `&`.
    pub text: String,
    /// Where it stands: bytes of the line.
    pub span: Range<usize>,
    /// When it runs.
    pub after: Chain,
    /// How many steps are passed over if it does not: itself, and the rest of a loop that it begins.
    pub skips: usize,
    /// `&`, and any `serve`: the next command does not wait for it.
    pub background: bool,
    /// Where its output goes.
    pub streams: Streams,
    /// What reads its output before anybody sees it.
    pub filters: Vec<Filter>,
}

impl Step {
    /// Whether it runs after a step that ended so.
    pub fn runs(&self, status: u8) -> bool {
        match self.after {
            Chain::Always => true,
            Chain::IfOk => status == 0,
            Chain::IfFailed => status != 0,
        }
    }
}

/// Help that lists what this shell reads.
pub fn known() -> Text {
    text!(
        "known of the shell: ; && || & # quotes, NAME=value, $NAME, \
         for x in …; do …; done, > >> |, | grep | head | tail | wc -l",
        "shell 可用：; && || & # 引号、NAME=value、$NAME、for x in …; do …; done、> >> |、| grep | head | tail | wc -l",
    )
}

/// Help for those who paste what begins with a word that this shell does not read.
fn inside() -> Text {
    let Text { en, zh } = known();
    text!("type the lines inside by themselves; {en}", "请单独键入其中的行；{zh}")
}

/// When a step runs, by the exit status of the last step that ran before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chain {
    /// In any case.
    #[default]
    Always,
    /// `&&`: if that was 0.
    IfOk,
    /// `||`: if that was not 0.
    IfFailed,
}

/// The most steps of one line, so that loops in loops come to an end.
const MOST_STEPS: usize = 1000;

impl Shell {
    /// The simple commands of a line or script, and the variables that it sets.
    ///
    /// A line that is refused changes no variable.
    pub fn compile(&mut self, line: &str) -> Result<Vec<Step>, LineError> {
        let tokens = lex::tokens(line).map_err(|error| syntax::keyword_first(line, error))?;
        let items = syntax::parse(line, tokens)?;
        let vars = Vars(self.vars.clone());
        let on_switch = self.on_switch;
        let mut walk =
            Walk { line, vars, on_switch, steps: Vec::new(), succeeded: false, visited: 0 };
        walk.items(&items).map_err(|error| whole_letters(line, error))?;
        self.vars = walk.vars.0;
        Ok(walk.steps)
    }
}

/// The same error at whole letters: where variables were filled in, a part of a word is only nearly
/// where it was typed.
fn whole_letters(line: &str, error: LineError) -> LineError {
    let start = line.floor_char_boundary(error.at.start);
    let end = line.ceil_char_boundary(error.at.end);
    LineError { at: start..end.max(start), ..error }
}

/// A command as it was typed, if that says all by itself: nothing to fill in, nothing left out.
fn as_typed(source: &str) -> Option<&str> {
    let plain = !source.contains(['$', '\\', '\n', '&']) && !source.starts_with("sudo ");
    plain.then_some(source.trim())
}

/// A command behind a `|`, with it.
type Reader = (Range<usize>, syntax::Plain);

/// The way through a parsed line.
struct Walk<'a> {
    line: &'a str,
    vars: Vars,
    on_switch: bool,
    steps: Vec<Step>,
    /// Whether what stands before is known to have succeeded: variables, and loops that never turn.
    succeeded: bool,
    /// Items that were walked over, commands or not.
    visited: usize,
}

impl Walk<'_> {
    fn items(&mut self, items: &[Item]) -> Result<(), LineError> {
        for item in items {
            self.count(&item.span)?;
            let after = match item.after {
                Chain::IfFailed if self.succeeded => continue,
                Chain::IfOk if self.succeeded => Chain::Always,
                after => after,
            };
            match &item.what {
                What::Simple(simple) => self.simple(simple, item, after)?,
                What::Set(_) if after != Chain::Always => {
                    let what =
                        text!("a variable after a command and &&, ||", "命令与 &&、|| 之后的变量");
                    let help = text!("give it a line of its own", "请单独写一行");
                    return Err(LineError::without(&item.span, 2, &what).help(help));
                }
                What::Set(assignments) => {
                    self.succeeded = true;
                    for assignment in assignments {
                        let value = self.vars.value(&assignment.value)?;
                        self.vars.0.insert(assignment.name.clone(), value);
                    }
                }
                What::For { name, words, body } => {
                    let first = self.steps.len();
                    let mut values = Vec::new();
                    for word in words {
                        values.extend(self.vars.words(word)?);
                    }
                    self.succeeded = after == Chain::Always;
                    for value in values {
                        self.count(&item.span)?;
                        self.vars.0.insert(name.clone(), value.text);
                        self.items(body)?;
                    }
                    if after != Chain::Always {
                        self.hang(first, after, item);
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes the steps from `first` on, those of a loop, depend on what ran before it. Nobody knows
    /// here whether they will run, so nobody may ask for a variable that they set.
    fn hang(&mut self, first: usize, after: Chain, item: &Item) {
        if self.succeeded && self.steps.len() > first {
            // The loop ended with a variable: what comes after it must not see an older status.
            self.push(Command::True, "true".into(), item, Chain::Always);
        }
        let many = self.steps.len() - first;
        if let Some(step) = self.steps.get_mut(first) {
            (step.after, step.skips) = (after, many);
        }
        item.names(&mut |name| drop(self.vars.0.remove(name)));
        self.succeeded = false;
    }

    fn count(&mut self, span: &Range<usize>) -> Result<(), LineError> {
        self.visited += 1;
        if self.visited > MOST_STEPS {
            let message = text!(
                "more than {MOST_STEPS} commands in one line",
                "一行超过 {MOST_STEPS} 个命令",
            );
            let help = text!("make the loop turn fewer times", "请减少循环次数");
            return Err(LineError::new(span, 2, message).help(help));
        }
        Ok(())
    }

    fn simple(&mut self, simple: &Simple, item: &Item, after: Chain) -> Result<(), LineError> {
        let (filters, rest) = self.filters(&simple.readers)?;
        let Some(first) = self.redirected(&simple.first)? else {
            return match simple.readers.first() {
                Some((pipe, _)) => Err(syntax::unexpected(pipe, "|")),
                None => Ok(()),
            };
        };
        let (output, mut command, mut text) = match rest {
            [] => {
                let command = first.command()?;
                let text = first.text();
                (first, command, text)
            }
            [(_, reader)] => {
                let Some(output) = self.redirected(reader)? else { return Ok(()) };
                let (command, text) = (output.fed(&first)?, output.text());
                let text = format!("{} | {text}", first.text());
                (output, command, text)
            }
            [_, (second, _), ..] => {
                return Err(LineError::without(second, 2, &text!("a second pipe", "第二个管道")));
            }
        };
        if !filters.is_empty() {
            output.check_pipe()?;
            if matches!(command, Command::Exit(_)) {
                // Beside a pipe it ends only a shell of its own.
                command = Command::True;
            }
        }
        for filter in &filters {
            text += &format!(" | {filter}");
        }
        let text = match as_typed(&self.line[item.span.clone()]) {
            Some(typed) => typed.to_owned(),
            None => text,
        };
        let step = self.push(command, text, item, after);
        (step.streams, step.filters) = (output.streams, filters);
        Ok(())
    }

    /// The filters at the end of a pipeline, and what stands before them.
    fn filters<'p>(&self, readers: &'p [Reader]) -> Result<(Vec<Filter>, &'p [Reader]), LineError> {
        let (mut filters, mut rest) = (Vec::new(), readers);
        while let Some(((_, last), before)) = rest.split_last() {
            let words = self.words(last)?;
            if !Filter::is_one(&words) {
                break;
            }
            if let Some(redirect) = last.redirects.first() {
                let what = text!("a redirection behind a pipe", "管道之后的重定向");
                return Err(LineError::without(&redirect.span, 2, &what));
            }
            filters.insert(0, Filter::parse(&words)?);
            rest = before;
        }
        Ok((filters, rest))
    }

    fn push(&mut self, command: Command, text: String, item: &Item, after: Chain) -> &mut Step {
        let background =
            item.background || matches!(command, Command::Serve(_) | Command::Check(_));
        let (span, streams) = (item.span.clone(), Streams::default());
        let filters = Vec::new();
        self.steps.push(Step {
            command,
            text,
            span,
            after,
            skips: 1,
            background,
            streams,
            filters,
        });
        self.succeeded = false;
        self.steps.last_mut().expect("it was pushed just now")
    }

    /// The words of one command, without `sudo`.
    fn words(&self, plain: &syntax::Plain) -> Result<Vec<Word>, LineError> {
        let mut words: Vec<Word> = Vec::new();
        for word in &plain.words {
            words.extend(self.vars.words(word)?);
        }
        if words.first().is_some_and(|word| word.text == "sudo") {
            words.remove(0);
        }
        Ok(words)
    }

    /// The words and redirections of one command; nothing if all its words turned out empty.
    fn redirected(&self, plain: &syntax::Plain) -> Result<Option<Redirected>, LineError> {
        let words = self.words(plain)?;
        let Some(tool) = words.first() else { return Ok(None) };
        if self.on_switch {
            crate::command::on_switch(tool)?;
        }
        Redirected::new(words, &plain.redirects, &self.vars).map(Some)
    }
}
