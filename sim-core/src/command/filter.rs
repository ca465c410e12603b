//! What stands behind a pipe and passes on some of its lines: `grep`, `head`, `tail`, `wc -l`. GNU grep 3.8, coreutils 9.1.

use std::fmt;

use super::error::{CommandError, known};
use super::options::{Arg, Dialect, Tool, flag, real, value};
use super::sysctl::Pattern;
use super::value::decimal;
use super::word::{Quoted, Word};
use crate::{Text, text};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `grep PATTERN`.
    Grep(Grep),
    /// `head -n N`: the first lines.
    Head(u64),
    /// `tail -n N`: the last ones.
    Tail(u64),
    /// `wc -l`: how many there are.
    Count,
}

/// Lines that a pattern finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grep {
    /// As typed.
    typed: String,
    /// What is looked for.
    pattern: Pattern,
    /// `-E`: the pattern is an extended one.
    extended: bool,
    /// `-i`: capital and small letters are the same.
    fold: bool,
    /// `-v`: the lines that it does not find.
    pub invert: bool,
    /// `-c`: only how many.
    pub count: bool,
    /// `-n`: with their numbers.
    pub number: bool,
    /// `-q`: nothing but the exit status.
    pub quiet: bool,
}

/// Their names.
pub const NAMES: [&str; 4] = ["grep", "head", "tail", "wc"];

static GREP: Tool = Tool {
    name: "grep",
    options: &[
        flag("-v", "--invert-match"),
        flag("-i", "--ignore-case"),
        flag("-c", "--count"),
        flag("-n", "--line-number"),
        flag("-E", "--extended-regexp"),
        flag("-q", "--quiet"),
        real("-A", "--after-context"),
        real("-B", "--before-context"),
        real("-C", "--context"),
        real("-F", "--fixed-strings"),
        real("-G", "--basic-regexp"),
        real("-P", "--perl-regexp"),
        real("-e", "--regexp"),
        real("-f", "--file"),
        real("-h", "--no-filename"),
        real("-H", "--with-filename"),
        real("-l", "--files-with-matches"),
        real("-L", "--files-without-match"),
        real("-m", "--max-count"),
        real("-o", "--only-matching"),
        real("-r", "--recursive"),
        real("-s", "--no-messages"),
        real("-w", "--word-regexp"),
        real("-x", "--line-regexp"),
        real("-z", "--null-data"),
        real("--color", ""),
        real("--line-buffered", ""),
    ],
    dialect: Dialect::Long,
    status: 2,
};

static HEAD: Tool = Tool {
    name: "head",
    options: &[
        value("-n", "--lines"),
        real("-c", "--bytes"),
        real("-q", "--quiet"),
        real("-v", "--verbose"),
        real("-z", "--zero-terminated"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

static TAIL: Tool = Tool {
    name: "tail",
    options: &[
        value("-n", "--lines"),
        real("-c", "--bytes"),
        real("-f", "--follow"),
        real("-F", ""),
        real("-q", "--quiet"),
        real("-s", "--sleep-interval"),
        real("-v", "--verbose"),
        real("-z", "--zero-terminated"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

static WC: Tool = Tool {
    name: "wc",
    options: &[
        flag("-l", "--lines"),
        real("-c", "--bytes"),
        real("-m", "--chars"),
        real("-w", "--words"),
        real("-L", "--max-line-length"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

impl Filter {
    /// Whether these words are one of them.
    pub(crate) fn is_one(words: &[Word]) -> bool {
        words
            .first()
            .is_some_and(|word| NAMES.contains(&super::unknown::without_folder(&word.text)))
    }

    /// Reads the words of one.
    pub(crate) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        match super::unknown::without_folder(&words[0].text) {
            "grep" => Grep::parse(words).map(Self::Grep),
            "head" => lines(&HEAD, words).map(Self::Head),
            "tail" => lines(&TAIL, words).map(Self::Tail),
            _ => count(words),
        }
    }
}

/// Help for those who type one without a pipe.
pub(super) fn behind_a_pipe() -> Text {
    known("COMMAND | grep [-vicnEq] WORD, COMMAND | head -N, COMMAND | tail -N, COMMAND | wc -l")
}

/// A file to read: only a pipe is read here.
fn no_file(word: &Word, tool: &Tool) -> CommandError {
    CommandError::not_simulated(word, tool.status).help(behind_a_pipe())
}

/// `-N`, `-n N`; ten without a word.
fn lines(tool: &'static Tool, words: &[Word]) -> Result<u64, CommandError> {
    let mut many = 10;
    // `-3` is `-n 3`, but only as the first word.
    let short = words.get(1).and_then(|word| decimal(word.text.strip_prefix('-')?));
    let rest = match short {
        Some(short) => {
            many = short;
            [&words[..1], &words[2..]].concat()
        }
        None => words.to_vec(),
    };
    for arg in tool.args(&rest) {
        match arg? {
            Arg::Option(given) => {
                let (name, text) = (tool.name, &given.value.text);
                let from = |signed: &str| decimal::<u64>(signed).is_some();
                many = match decimal(text) {
                    Some(number) => number,
                    None if text.strip_prefix(['-', '+']).is_some_and(from) => {
                        return Err(
                            CommandError::not_simulated(&given.value, 1).help(known("-n N"))
                        );
                    }
                    None => {
                        let message = format!("{name}: invalid number of lines: ‘{text}’");
                        return Err(CommandError::tool(&given.value.span, 1, message));
                    }
                };
            }
            Arg::Operand(file) => return Err(no_file(&file, tool)),
        }
    }
    Ok(many)
}

fn count(words: &[Word]) -> Result<Filter, CommandError> {
    let mut lines = false;
    for arg in WC.args(words) {
        match arg? {
            Arg::Option(_) => lines = true,
            Arg::Operand(file) => return Err(no_file(&file, &WC)),
        }
    }
    match lines {
        true => Ok(Filter::Count),
        false => Err(CommandError::not_simulated(&words[0], 1).help(known("wc -l"))),
    }
}

impl Grep {
    fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut given, mut pattern) = (String::new(), None);
        for arg in GREP.args(words) {
            match arg? {
                Arg::Option(option) => given += &option.name[1..],
                Arg::Operand(word) if pattern.is_none() => pattern = Some(word),
                Arg::Operand(file) => return Err(no_file(&file, &GREP)),
            }
        }
        let Some(word) = pattern else {
            let message = "Usage: grep [OPTION]... PATTERNS [FILE]...";
            return Err(CommandError::tool(&words[0].span, 2, message).help(behind_a_pipe()));
        };
        let (extended, fold) = (given.contains('E'), given.contains('i'));
        let pattern = Self::pattern(&word.text, extended, fold).ok_or_else(|| {
            CommandError::not_simulated(&word, 2).help(text!(
                "a pattern: . * ^ $ [a-z], with -E also + ? | ( ); \\ before one stands for it",
                "模式：. * ^ $ [a-z]，加 -E 还有 + ? | ( )；前面加 \\ 表示字符本身"
            ))
        })?;
        Ok(Self {
            typed: word.text,
            pattern,
            extended,
            fold,
            invert: given.contains('v'),
            count: given.contains('c'),
            number: given.contains('n'),
            quiet: given.contains('q'),
        })
    }

    fn pattern(typed: &str, extended: bool, fold: bool) -> Option<Pattern> {
        let typed = if extended { typed.to_owned() } else { basic(typed) };
        Pattern::folded(&typed, fold)
    }

    /// Whether it passes a line on.
    pub fn wants(&self, line: &str) -> bool {
        self.pattern.finds(line) != self.invert
    }
}

/// A basic regular expression as an extended one: `+ ? | ( ) { }` are themselves, and operators behind a `\`, as GNU has them.
fn basic(typed: &str) -> String {
    let (mut extended, mut bracket) = (String::new(), false);
    let mut chars = typed.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !bracket => match chars.next() {
                Some(next) if "+?|(){}".contains(next) => extended.push(next),
                next => extended.extend([c].into_iter().chain(next)),
            },
            c if "+?|(){}".contains(c) && !bracket => extended.extend(['\\', c]),
            // A star that nothing stands before is a star.
            '*' if extended.is_empty() || extended == "^" => extended += "\\*",
            c => {
                bracket = if bracket { c != ']' } else { c == '[' };
                extended.push(c);
            }
        }
    }
    extended
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grep(grep) => {
                f.write_str("grep")?;
                let flags = [
                    ("-E", grep.extended),
                    ("-i", grep.fold),
                    ("-v", grep.invert),
                    ("-c", grep.count),
                    ("-n", grep.number),
                    ("-q", grep.quiet),
                ];
                for (flag, _) in flags.iter().filter(|(_, given)| *given) {
                    write!(f, " {flag}")?;
                }
                let dashes = if grep.typed.starts_with('-') { "-- " } else { "" };
                write!(f, " {dashes}{}", Quoted(&grep.typed))
            }
            Self::Head(lines) => write!(f, "head -n {lines}"),
            Self::Tail(lines) => write!(f, "tail -n {lines}"),
            Self::Count => f.write_str("wc -l"),
        }
    }
}
