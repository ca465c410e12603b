//! `iptables-save` and `iptables-restore`: their options, and the lines that come down the pipe.

use super::parse::{change, table};
use super::typed::policy;
use super::{Iptables, Restore, RestoreLine, Save};
use crate::command::error::CommandError;
use crate::command::input::Input;
use crate::command::options::{Arg, Dialect, Opt, Takes, Tool, flag, real, value};
use crate::command::value::decimal;
use crate::command::word::Word;
use crate::netfilter::{Change, Counts, Table};
use crate::{Text, text};

pub(in crate::command) static SAVE: Tool = Tool {
    name: "iptables-save",
    options: &[
        flag("-c", "--counters"),
        value("-t", "--table"),
        real("-M", "--modprobe"),
        real("-d", "--dump"),
        real("-f", "--file"),
        real("-h", "--help"),
        real("-V", "--version"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

pub(in crate::command) static RESTORE: Tool = Tool {
    name: "iptables-restore",
    options: &[
        flag("-c", "--counters"),
        flag("-n", "--noflush"),
        Opt { name: "-w", long: "--wait", takes: Takes::MaybeValue, simulated: true },
        real("-t", "--test"),
        real("-T", "--table"),
        real("-v", "--verbose"),
        real("-W", "--wait-interval"),
        real("-M", "--modprobe"),
        real("-h", "--help"),
        real("-V", "--version"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

impl Save {
    pub(in crate::command) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut save = Self::default();
        for arg in SAVE.args(words) {
            match arg? {
                Arg::Option(given) if given.name == "-c" => save.counts = true,
                Arg::Option(given) => {
                    let unknown = |error: CommandError| {
                        if error.status == 3 && error.message.en.starts_with("not") {
                            return error;
                        }
                        let why = "Table does not exist (do you need to insmod?)";
                        let message =
                            format!("iptables-save v1.8.9 (legacy): Cannot initialize: {why}");
                        CommandError::tool(&given.value.span, 1, message).help(error.help)
                    };
                    save.table = Some(table(&given.value).map_err(unknown)?);
                }
                Arg::Operand(word) => {
                    let message = "Unknown arguments found on commandline";
                    return Err(CommandError::tool(&word.span, 1, message).help(SAVE.known()));
                }
            }
        }
        Ok(save)
    }
}

impl Iptables {
    /// `iptables-restore`, behind a pipe.
    pub(in crate::command) fn parse_restore(
        words: &[Word],
        input: &Input,
    ) -> Result<Self, CommandError> {
        let mut restore = Restore::default();
        for arg in RESTORE.args(words) {
            match arg? {
                Arg::Option(given) => match given.name {
                    "-c" => restore.counts = true,
                    "-n" => restore.keep = true,
                    _ if given.has_value && decimal::<u32>(&given.value.text).is_none() => {
                        let message = "iptables-restore: wait seconds not numeric";
                        return Err(CommandError::tool(&given.value.span, 2, message));
                    }
                    _ => {}
                },
                Arg::Operand(word) => {
                    let message = format!("Can't open {}: No such file or directory", word.text);
                    return Err(CommandError::tool(&word.span, 1, message).help(shape()));
                }
            }
        }
        let tool = &words[0];
        match input {
            Input::Tables(save) => Ok(Self::RestoreSaved(*save, restore)),
            Input::Text(echo) => Ok(Self::Restore(restore, lines(tool, &echo.text)?)),
            Input::None | Input::Zeros(_) | Input::Saved { .. } => {
                let message = text!(
                    "iptables-restore reads the pipe, and there is no text in it",
                    "iptables-restore 要读管道，而管道里没有文字",
                );
                Err(CommandError::new(&tool.span, 1, message).help(shape()))
            }
        }
    }

    /// The lines that `iptables-save` printed.
    pub fn saved(text: &str) -> Vec<RestoreLine> {
        lines(&Word::new("iptables-restore", 0..0), text)
            .expect("iptables-restore reads what iptables-save has written")
    }
}

/// How tables come to be restored here.
fn shape() -> Text {
    Text::same("iptables-save [-c] [-t TABLE] | iptables-restore [-c] [-n]")
}

fn lines(tool: &Word, text: &str) -> Result<Vec<RestoreLine>, CommandError> {
    let mut lines = Vec::new();
    let mut table = None;
    for (number, typed) in (1_u32..).zip(text.split('\n')) {
        let place = |error: CommandError| in_line(tool, number, typed, error);
        let line = line(tool, number, typed, table).map_err(place)?;
        match &line {
            RestoreLine::Table(started) => table = Some(*started),
            RestoreLine::Commit => table = None,
            _ => {}
        }
        lines.push(line);
    }
    match table {
        Some(_) => {
            let number = lines.len() + 1;
            let message = format!("iptables-restore: COMMIT expected at line {number}");
            Err(CommandError::tool(&tool.span, 1, message))
        }
        None => Ok(lines),
    }
}

/// What the real tool says of a line at a wrong place.
fn failed(tool: &Word, number: u32) -> CommandError {
    let message = format!("iptables-restore: line {number} failed");
    CommandError::tool(&tool.span, 1, message).help(text!(
        "known: *TABLE, then :CHAIN POLICY and -A CHAIN RULE, then COMMIT",
        "可用：*TABLE，然后是 :CHAIN POLICY 和 -A CHAIN RULE，最后是 COMMIT",
    ))
}

/// The same error with the line in which it stands.
fn in_line(tool: &Word, number: u32, line: &str, error: CommandError) -> CommandError {
    let Text { en, zh } = &error.help;
    let mut help = text!(
        "in line {number} of the pipe: {line}\n{en}",
        "在管道的第 {number} 行：{line}\n{zh}",
    );
    for help in [&mut help.en, &mut help.zh] {
        help.truncate(help.trim_end().len());
    }
    let mut message = error.message;
    for words in [&mut message.en, &mut message.zh] {
        if let Some(rest) = words.strip_prefix("iptables v1.8.9") {
            *words = format!("iptables-restore v1.8.9{rest}");
        }
    }
    CommandError { at: tool.span.clone(), message, help, ..error }
}

/// One line, which may be about a table that was named before.
fn line(
    tool: &Word,
    number: u32,
    line: &str,
    table_now: Option<Table>,
) -> Result<RestoreLine, CommandError> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(RestoreLine::Comment(line.to_owned()));
    }
    let Some(table) = table_now else {
        let name = line.strip_prefix('*').ok_or_else(|| failed(tool, number))?;
        return Ok(RestoreLine::Table(table(&Word::new(name.trim(), tool.span.clone()))?));
    };
    if line.starts_with('*') {
        return Err(failed(tool, number));
    }
    if line.trim_end() == "COMMIT" {
        return Ok(RestoreLine::Commit);
    }
    if let Some(rest) = line.strip_prefix(':') {
        return policy_line(tool, rest, table);
    }
    let (counts, rest) = match line.strip_prefix('[') {
        Some(rest) => {
            let (counts, rest) = rest.split_once(']').unwrap_or((rest, ""));
            (Some(counters(tool, counts)?), rest)
        }
        None => (None, line),
    };
    let mut words = vec![Word::new("iptables", tool.span.clone())];
    words.extend(split(rest).into_iter().map(|text| Word::new(text, tool.span.clone())));
    Ok(RestoreLine::Change { counts, change: change(&words, table)? })
}

/// `INPUT ACCEPT [5:10]`.
fn policy_line(tool: &Word, rest: &str, table: Table) -> Result<RestoreLine, CommandError> {
    let mut words = rest.split_whitespace().map(|text| Word::new(text, tool.span.clone()));
    let invalid = || {
        CommandError::tool(&tool.span, 2, "iptables-restore: policy invalid")
            .help(Text::same(":CHAIN ACCEPT|DROP|- [PACKETS:BYTES]"))
    };
    let (chain, typed) = words.next().zip(words.next()).ok_or_else(invalid)?;
    let counts = words.next().map(|word| {
        let inner = word.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        counters(tool, inner.unwrap_or(""))
    });
    if words.next().is_some() {
        return Err(invalid());
    }
    let known = table.chains().iter().find(|known| known.name() == chain.text);
    let Some(known) = known else {
        let names: Vec<&str> = table.chains().iter().map(|chain| chain.name()).collect();
        return Err(CommandError::not_simulated(&chain, 1).known(&chain.text, &names));
    };
    let policy = match typed.text.as_str() {
        "-" => None,
        _ => Some(policy(&typed, table)?),
    };
    Ok(RestoreLine::Policy { chain: *known, policy, counts: counts.transpose()? })
}

/// `5:10`.
fn counters(tool: &Word, text: &str) -> Result<Counts, CommandError> {
    let numbers = text.split_once(':').and_then(|(packets, bytes)| {
        Some(Counts { packets: decimal(packets)?, bytes: decimal(bytes)? })
    });
    numbers.ok_or_else(|| {
        CommandError::tool(&tool.span, 2, "invalid counters").help(Text::same("[PACKETS:BYTES]"))
    })
}

/// The words of a line: blanks part them, quotes hold them together, a backslash in quotes takes
/// the next letter as it is. iptables 1.8.9 xshared.c, add_param_to_argv.
pub(crate) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut escaped) = (None::<String>, None, false);
    for letter in line.chars() {
        match quote {
            _ if escaped => {
                word.get_or_insert_default().push(letter);
                escaped = false;
            }
            Some(_) if letter == '\\' => escaped = true,
            Some(open) if open == letter => quote = None,
            Some(_) => word.get_or_insert_default().push(letter),
            None if matches!(letter, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if matches!(letter, ' ' | '\t') => words.extend(word.take()),
            None => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// What the lines between a table's name and its COMMIT do, at once or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The table.
    pub table: Table,
    /// The changes, each with the counters that a new rule or policy begins with.
    pub changes: Vec<(Change, Counts)>,
    /// The line of each change: the real tool says `iptables-restore: line N failed` of one that is
    /// refused, and reads no further.
    pub lines: Vec<u32>,
}

/// The lines for `iptables-restore` as what happens, one table after the other.
pub fn transactions(restore: Restore, lines: &[RestoreLine]) -> Vec<Transaction> {
    let counted = |counts: &Option<Counts>| counts.filter(|_| restore.counts).unwrap_or_default();
    let mut all: Vec<Transaction> = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let change = match line {
            RestoreLine::Table(table) => {
                all.push(Transaction { table: *table, changes: Vec::new(), lines: Vec::new() });
                (!restore.keep).then(|| (Change::Flush(None), Counts::default()))
            }
            RestoreLine::Policy { chain, policy: Some(policy), counts } => {
                Some((Change::Policy(*chain, *policy), counted(counts)))
            }
            RestoreLine::Change { counts, change } => Some((change.clone(), counted(counts))),
            RestoreLine::Policy { policy: None, .. }
            | RestoreLine::Commit
            | RestoreLine::Comment(_) => None,
        };
        if let (Some(change), Some(last)) = (change, all.last_mut()) {
            last.changes.push(change);
            last.lines.push(number);
        }
    }
    all
}
