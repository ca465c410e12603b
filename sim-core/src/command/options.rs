//! Options of the tools that read them with getopt or a relative: `-n`, `-nc 3`, `-c3`, `--count
//! 3`, `--count=3`.
//!
//! A tool has a table of all that it knows. An option that exists in the real tool but not here is
//! told apart from one that exists nowhere, and either is refused: nothing is ever ignored.

use super::error::{CommandError, known, suggest};
use super::word::Word;
use crate::Text;

/// One option of a tool.
pub(super) struct Opt {
    /// How the tool's reader calls it: `-c`, or its only spelling `--connect-timeout`.
    pub name: &'static str,
    /// Its long spelling, or nothing.
    pub long: &'static str,
    /// Whether it takes a value.
    pub takes: Takes,
    /// False if only the real tool has it.
    pub simulated: bool,
}

/// Whether an option takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// It stands alone.
    Nothing,
    /// The rest of its word, or the next word.
    Value,
    /// The rest of its word, or the next word unless that is an option too.
    MaybeValue,
}

/// An option without value.
pub(super) const fn flag(name: &'static str, long: &'static str) -> Opt {
    Opt { name, long, takes: Takes::Nothing, simulated: true }
}

/// An option with a value.
pub(super) const fn value(name: &'static str, long: &'static str) -> Opt {
    Opt { name, long, takes: Takes::Value, simulated: true }
}

/// An option that only the real tool has.
pub(super) const fn real(name: &'static str, long: &'static str) -> Opt {
    Opt { name, long, takes: Takes::Nothing, simulated: false }
}

/// How a tool words its complaints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `getopt`: one-letter options only.
    Short,
    /// `getopt_long`.
    Long,
    /// `ipvsadm`: the popt library.
    Popt,
    /// `curl`.
    Curl,
    /// `traceroute`.
    Traceroute,
    /// `conntrack`.
    Conntrack,
}

/// A tool and its options.
pub(super) struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its options.
    pub options: &'static [Opt],
    /// Its way to complain.
    pub dialect: Dialect,
    /// Its exit status when it refuses an option.
    pub status: u8,
}

/// One piece of a command line.
pub(super) enum Arg {
    /// An option.
    Option(Given),
    /// Any other word.
    Operand(Word),
}

/// An option that was given.
pub(super) struct Given {
    /// Its name in the table.
    pub name: &'static str,
    /// The word in which it stood.
    pub typed: Word,
    /// Its value; without one, the word again.
    pub value: Word,
    /// Whether a value was given.
    pub has_value: bool,
    /// Which word of the line it was; the first is the tool, 0.
    pub at: usize,
}

impl Tool {
    /// The pieces of a command line, without its first word, in the order in which they were typed.
    pub(super) fn args<'w>(&'static self, words: &'w [Word]) -> Args<'w> {
        Args { tool: self, words, at: 1, bundle: None, operands_only: false }
    }

    /// A word that is one too many.
    pub(super) fn extra(&self, word: &Word) -> CommandError {
        CommandError::extra(self.name, word, self.status).help(self.known())
    }

    /// What this simulator knows of the tool.
    pub(super) fn known(&self) -> Text {
        // ipvsadm has two options that may be written `-b`; their name is the long one.
        let short = |opt: &'static Opt| if opt.long.len() == 2 { opt.long } else { opt.name };
        let mut names: Vec<&str> = self.simulated().map(short).collect();
        // conntrack has several long spellings for one letter.
        names.dedup();
        known(names.join(" "))
    }

    /// The options that do something here.
    fn simulated(&self) -> impl Iterator<Item = &'static Opt> {
        self.options.iter().filter(|opt| match self.dialect {
            // It reads all that the real tool has, so that the real tool's checks come first.
            Dialect::Popt => super::ipvsadm::is_simulated(opt.name),
            _ => opt.simulated,
        })
    }

    /// All spellings that do something here.
    pub(super) fn spellings(&self) -> Vec<&'static str> {
        let names = self.simulated().flat_map(|opt| [opt.name, opt.long]);
        names.filter(|name| !name.is_empty()).collect()
    }

    pub(super) fn find(&self, spelling: &str) -> Option<&'static Opt> {
        self.options.iter().find(|opt| opt.name == spelling || opt.long == spelling)
    }

    fn unknown(&self, typed: &Word, spelling: &str, at: usize) -> CommandError {
        let name = self.name;
        let long = spelling.starts_with("--");
        let letter = spelling.chars().nth(1).unwrap_or('-');
        let message = match self.dialect {
            Dialect::Long if long => format!("{name}: unrecognized option '{}'", typed.text),
            Dialect::Short | Dialect::Long => format!("{name}: invalid option -- '{letter}'"),
            Dialect::Popt => format!("{}: unknown option", typed.text),
            Dialect::Curl => format!("curl: option {}: is unknown", typed.text),
            Dialect::Traceroute => format!("Bad option `{}' (argc {at})", typed.text),
            Dialect::Conntrack => {
                format!("conntrack v1.4.7 (conntrack-tools): unknown option `{spelling}'")
            }
        };
        let error = CommandError::tool(&typed.span, self.status, message);
        let spellings: Vec<_> = self.simulated().flat_map(|opt| [opt.name, opt.long]).collect();
        error.help(suggest(spelling, &spellings, self.known()))
    }

    fn missing(&self, typed: &Word, opt: &Opt, at: usize) -> CommandError {
        let name = self.name;
        let message = match self.dialect {
            Dialect::Long if typed.text.starts_with("--") => {
                format!("{name}: option '{}' requires an argument", typed.text)
            }
            Dialect::Short | Dialect::Long => {
                format!("{name}: option requires an argument -- '{}'", &opt.name[1..])
            }
            Dialect::Popt => format!("{}: missing argument", typed.text),
            Dialect::Curl => format!("curl: option {}: requires parameter", typed.text),
            Dialect::Conntrack => {
                let option = &typed.text;
                format!(
                    "conntrack v1.4.7 (conntrack-tools): option `{option}' requires an argument"
                )
            }
            Dialect::Traceroute => {
                format!("Option `{}' (argc {at}) requires an argument: `{}'", typed.text, meta(opt))
            }
        };
        CommandError::tool(&typed.span, self.status, message)
    }
}

/// The words in which traceroute asks for a value.
fn meta(opt: &Opt) -> String {
    let value = match opt.name {
        "-m" => "max_ttl",
        "-q" => "nqueries",
        "-w" => "MAX,HERE,NEAR",
        _ => "value",
    };
    format!("{} {value}", opt.name)
}

/// The pieces of a command line, one after the other.
pub(super) struct Args<'w> {
    tool: &'static Tool,
    words: &'w [Word],
    at: usize,
    /// A word of several options, and the byte of the next one.
    bundle: Option<(&'w Word, usize)>,
    /// After `--`.
    operands_only: bool,
}

impl<'w> Args<'w> {
    /// The rest of them, read by another table.
    pub(super) fn read_by(self, tool: &'static Tool) -> Self {
        Self { tool, ..self }
    }

    fn next_word(&mut self) -> Option<&'w Word> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The option spelt so, its value taken from `rest` or from the next word.
    fn option(
        &mut self,
        spelling: &str,
        typed: &Word,
        rest: Option<Word>,
    ) -> Result<Arg, CommandError> {
        let at = self.at - 1;
        let opt = self.tool.find(spelling).ok_or_else(|| self.tool.unknown(typed, spelling, at))?;
        if !opt.simulated {
            let word = Word::new(spelling, typed.span.clone());
            return Err(
                CommandError::not_simulated(&word, self.tool.status).help(self.tool.known())
            );
        }
        let value = match (opt.takes, rest) {
            (Takes::Nothing, Some(_)) => return Err(self.tool.unknown(typed, &typed.text, at)),
            (Takes::Nothing, None) => None,
            (_, Some(rest)) => Some(rest),
            (Takes::MaybeValue, None) => {
                let free = self.words.get(self.at).is_some_and(|next| !next.text.starts_with('-'));
                if free { self.next_word().cloned() } else { None }
            }
            (Takes::Value, None) => {
                let next = self.next_word().cloned();
                Some(next.ok_or_else(|| self.tool.missing(typed, opt, at))?)
            }
        };
        let has_value = value.is_some();
        let value = value.unwrap_or_else(|| typed.clone());
        Ok(Arg::Option(Given { name: opt.name, typed: typed.clone(), value, has_value, at }))
    }

    /// The next letter of a word like `-nc3`.
    fn letter(&mut self, word: &'w Word, from: usize) -> Result<Arg, CommandError> {
        let letter = word.text[from..].chars().next().expect("a bundle ends with its last letter");
        let after = from + letter.len_utf8();
        let spelling = format!("-{letter}");
        let more = after < word.text.len();
        let takes = self.tool.find(&spelling).map_or(Takes::Nothing, |opt| opt.takes);
        if takes == Takes::Nothing {
            self.bundle = more.then_some((word, after));
            return self.option(&spelling, word, None);
        }
        self.bundle = None;
        // popt takes `-w=5` as well as `-w5`.
        let skip =
            usize::from(self.tool.dialect == Dialect::Popt && word.text[after..].starts_with('='));
        let rest = more.then(|| word.tail(after + skip));
        self.option(&spelling, word, rest)
    }
}

impl Iterator for Args<'_> {
    type Item = Result<Arg, CommandError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((word, from)) = self.bundle {
            return Some(self.letter(word, from));
        }
        let word = self.next_word()?;
        if self.operands_only || !word.text.starts_with('-') || word.text == "-" {
            return Some(Ok(Arg::Operand(word.clone())));
        }
        if word.text == "--" {
            self.operands_only = true;
            return self.next();
        }
        if !word.text.starts_with("--") {
            return Some(self.letter(word, 1));
        }
        // curl has no `--name=value`.
        let equals = word.text.find('=').filter(|_| self.tool.dialect != Dialect::Curl);
        Some(match equals {
            Some(equals) => self.option(&word.text[..equals], word, Some(word.tail(equals + 1))),
            None => self.option(&word.text, word, None),
        })
    }
}
