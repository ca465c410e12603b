//! From tokens to a tree: which words make a command, which commands a list, which lists a loop.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::lex::{Arrow, Kind, Piece, RawWord, Text, Token};
use super::{Chain, LineError};
use crate::command::Refusal;
use crate::text;

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub what: What,
    pub after: Chain,
    pub background: bool,
    pub span: Range<usize>,
}

impl Item {
    /// Calls for each variable that it may set.
    pub(super) fn names(&self, found: &mut impl FnMut(&str)) {
        match &self.what {
            What::Simple(_) => {}
            What::Set(assignments) => assignments.iter().for_each(|set| found(&set.name)),
            What::For { name, body, .. } => {
                found(name);
                for item in body {
                    item.names(found);
                }
            }
        }
    }
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Simple(Simple),
    Set(Vec<Assignment>),
    For { name: String, words: Vec<RawWord>, body: Vec<Item> },
}

/// A command, and those that read what it writes into a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Simple {
    pub first: Plain,
    /// Each with its `|`.
    pub readers: Vec<(Range<usize>, Plain)>,
}

/// Words and redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plain {
    pub words: Vec<RawWord>,
    pub redirects: Vec<Redirect>,
    pub span: Range<usize>,
}

/// A redirection with its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    pub arrow: Arrow,
    pub target: RawWord,
    pub span: Range<usize>,
}

/// `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub name: String,
    pub value: RawWord,
}

/// Words with which a shell begins something that is not simulated.
const KEYWORDS: [&str; 10] =
    ["if", "while", "until", "case", "select", "function", "time", "coproc", "{", "!"];

/// How deep loops may stand in loops.
const DEEPEST: usize = 8;

/// The list of a whole line.
pub(super) fn parse(line: &str, tokens: Vec<Token>) -> Result<Vec<Item>, LineError> {
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), end: line.len() };
    let items = parser.list(0)?;
    // Only a `done` that belongs to no loop ends the list early.
    match parser.tokens.peek() {
        Some(_) => Err(parser.misplaced().help(one_string())),
        None => Ok(items),
    }
}

/// The shell's complaint about a word or sign where none belongs.
pub(super) fn unexpected(span: &Range<usize>, what: &str) -> LineError {
    LineError::tool(span, 2, format!("bash: syntax error near unexpected token `{what}'"))
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    /// The end of the line, where what is missing would stand.
    end: usize,
}

impl Parser {
    /// The word that is next, if it has no quotes and no variables.
    fn keyword(&mut self) -> Option<String> {
        match self.tokens.peek() {
            Some(Token { kind: Kind::Word(word), .. }) => word.bare().map(Into::into),
            _ => None,
        }
    }

    fn eat(&mut self, kind: &Kind) -> Option<Range<usize>> {
        self.tokens.next_if(|token| token.kind == *kind).map(|token| token.span)
    }

    fn skip_lines(&mut self) {
        while self.eat(&Kind::Line).is_some() {}
    }

    /// What stands where something else should: a sign, a word or the end.
    fn misplaced(&mut self) -> LineError {
        match self.tokens.peek() {
            None => LineError::tool(
                &(self.end..self.end),
                2,
                "bash: syntax error: unexpected end of file",
            ),
            Some(token) => unexpected(&token.span, &spelling(&token.kind)),
        }
    }

    /// Items up to the end or to a `done`.
    fn list(&mut self, depth: usize) -> Result<Vec<Item>, LineError> {
        let mut items = Vec::new();
        let mut after = Chain::Always;
        loop {
            self.skip_lines();
            let done = self.keyword().is_some_and(|word| word == "done");
            if done || self.tokens.peek().is_none() {
                // `&&` at the end of a line wants a command in the next one.
                return if after == Chain::Always { Ok(items) } else { Err(self.misplaced()) };
            }
            let mut item = self.item(after, depth)?;
            after = self.separator(&mut item)?;
            items.push(item);
        }
    }

    /// The sign after an item, and so when the next one runs.
    fn separator(&mut self, item: &mut Item) -> Result<Chain, LineError> {
        let Some(token) = self.tokens.peek() else { return Ok(Chain::Always) };
        let (kind, span) = (token.kind.clone(), token.span.clone());
        let after = match kind {
            Kind::Semi | Kind::Line => Chain::Always,
            Kind::And => Chain::IfOk,
            Kind::Or => Chain::IfFailed,
            Kind::Amp => {
                item.background = true;
                Chain::Always
            }
            _ => return Err(self.misplaced()),
        };
        self.tokens.next();
        let simple = matches!(item.what, What::Simple(_));
        if item.background && !(simple && item.after == Chain::Always) {
            let error = not_simulated(
                &span,
                text!("& after anything but one command", "不在单个命令之后的 &"),
            );
            return Err(error.help(own_line()));
        }
        Ok(after)
    }

    fn item(&mut self, after: Chain, depth: usize) -> Result<Item, LineError> {
        let start = self.tokens.peek().map_or(self.end, |token| token.span.start);
        let (what, end) = match self.keyword().as_deref() {
            Some("for") => self.for_loop(depth)?,
            Some("do") => return Err(self.misplaced().help(one_string())),
            Some("in" | "then" | "fi" | "else" | "elif" | "esac" | "}") => {
                return Err(self.misplaced());
            }
            Some(word) if KEYWORDS.contains(&word) => {
                return Err(foreign(&(start..start + word.len()), word));
            }
            _ => self.command()?,
        };
        Ok(Item { what, after, background: false, span: start..end })
    }

    /// `for NAME in WORDS; do LIST done`.
    fn for_loop(&mut self, depth: usize) -> Result<(What, usize), LineError> {
        let start = self.tokens.next().map_or(self.end, |token| token.span.start);
        if depth == DEEPEST {
            let what = text!("more than {DEEPEST} loops in one another", "超过 {DEEPEST} 层的循环");
            return Err(not_simulated(&(start..start + 3), what));
        }
        let name = self.word()?;
        let name = match name.bare().filter(|name| is_name(name)) {
            Some(name) => name.to_owned(),
            None => {
                let message =
                    format!("bash: `{}': not a valid identifier", name.bare().unwrap_or("…"));
                return Err(LineError::tool(&name.span, 1, message).help(loop_shape()));
            }
        };
        if self.keyword().as_deref() != Some("in") {
            return Err(self.no_loop());
        }
        self.tokens.next();
        let mut words = Vec::new();
        while let Some(Token { kind: Kind::Word(_), .. }) = self.tokens.peek() {
            words.push(self.word()?);
        }
        if self.eat(&Kind::Semi).is_none() && self.eat(&Kind::Line).is_none() {
            return Err(self.no_loop());
        }
        self.skip_lines();
        if self.keyword().as_deref() != Some("do") {
            return Err(self.no_loop());
        }
        self.tokens.next();
        let body = self.list(depth + 1)?;
        let end = match self.tokens.peek() {
            Some(done) if !body.is_empty() => done.span.end,
            _ => return Err(self.no_loop()),
        };
        self.tokens.next();
        if let Some(Token { kind: Kind::Redirect(_) | Kind::Pipe, span }) = self.tokens.peek() {
            let what = text!("a redirection or a pipe after a loop", "循环之后的重定向或管道");
            return Err(not_simulated(span, what).help(text!(
                "write it behind each command of the loop",
                "请写在循环中每个命令之后"
            )));
        }
        Ok((What::For { name, words, body }, end))
    }

    /// A `for` that goes on as no loop does, or not at all.
    fn no_loop(&mut self) -> LineError {
        let help = if self.tokens.peek().is_some() { loop_shape() } else { one_string() };
        self.misplaced().help(help)
    }

    fn word(&mut self) -> Result<RawWord, LineError> {
        match self.tokens.next_if(|token| matches!(token.kind, Kind::Word(_))) {
            Some(Token { kind: Kind::Word(word), .. }) => Ok(word),
            _ => Err(self.misplaced()),
        }
    }

    /// A command with its pipe, or variables that are set.
    fn command(&mut self) -> Result<(What, usize), LineError> {
        let mut first = self.plain()?;
        let end = first.span.end;
        let sets = first.words.iter().take_while(|word| assignment(word).is_some()).count();
        let exports = first.words[0].bare() == Some("export");
        if exports || sets == first.words.len() {
            let words = if exports { first.words.split_off(1) } else { first.words };
            if let Some(redirect) = first.redirects.first() {
                return Err(not_simulated(
                    &redirect.span,
                    text!("a redirection of a variable", "变量的重定向"),
                ));
            }
            let words = words.into_iter().map(|word| exported(word, exports));
            let sets = words.collect::<Result<Vec<_>, _>>()?;
            return Ok((What::Set(sets.into_iter().flatten().collect()), end));
        }
        if sets > 0 {
            let what = text!("a variable for one command", "只给一个命令的变量");
            return Err(not_simulated(&first.words[0].span, what).help(text!(
                "set it before, with ; or in a line of its own",
                "请先设置，用 ; 隔开或单独写一行",
            )));
        }
        let (mut readers, mut end) = (Vec::new(), end);
        while let Some(pipe) = self.eat(&Kind::Pipe) {
            self.skip_lines();
            let reader = self.plain()?;
            end = reader.span.end;
            readers.push((pipe, reader));
        }
        Ok((What::Simple(Simple { first, readers }), end))
    }

    /// Words and redirections up to the next sign; at least one word.
    fn plain(&mut self) -> Result<Plain, LineError> {
        let mut plain =
            Plain { words: Vec::new(), redirects: Vec::new(), span: self.end..self.end };
        while let Some(Token { kind, span }) = self.tokens.peek().cloned() {
            let end = match kind {
                Kind::Word(word) => {
                    self.tokens.next();
                    plain.words.push(word);
                    span.end
                }
                Kind::Redirect(arrow) => {
                    self.tokens.next();
                    let target = self.word()?;
                    let whole = span.start..target.span.end;
                    plain.redirects.push(Redirect { arrow, target, span: whole.clone() });
                    whole.end
                }
                _ => break,
            };
            plain.span = plain.span.start.min(span.start)..end;
        }
        match (plain.words.is_empty(), plain.redirects.first()) {
            (false, _) => Ok(plain),
            (true, None) => Err(self.misplaced()),
            (true, Some(redirect)) => {
                let what = text!("a redirection without a command", "没有命令的重定向");
                Err(not_simulated(&redirect.span, what))
            }
        }
    }
}

/// What the lexer refuses within an `if` or a `case` is not what is wrong with it.
pub(super) fn keyword_first(line: &str, error: LineError) -> LineError {
    let start = line.len() - line.trim_start().len();
    let word = line[start..].split([' ', '\t', '\r', '\n', ';', '(']).next().unwrap_or_default();
    match KEYWORDS.contains(&word) && error.kind == Refusal::NotSimulated {
        true => foreign(&(start..start + word.len()), word),
        false => error,
    }
}

/// A word that begins what this shell does not read.
fn foreign(span: &Range<usize>, word: &str) -> LineError {
    not_simulated(span, crate::Text::same(word)).help(super::inside())
}

/// The one loop that there is.
fn loop_shape() -> crate::Text {
    crate::Text::same("for NAME in WORD WORD …; do COMMAND; …; done")
}

/// Help for a loop that is not ended in its text.
fn one_string() -> crate::Text {
    text!(
        "the whole loop stands in one string, on one line or several: \
         for NAME in WORD WORD …; do COMMAND; …; done",
        "整个循环要写在同一个字符串里，一行或多行：\
         for NAME in WORD WORD …; do COMMAND; …; done",
    )
}

/// Help for what cannot stand beside something else.
fn own_line() -> crate::Text {
    text!("give it a line of its own", "请单独写一行")
}

/// A word after `export`, or one that sets a variable: nothing is set by a name alone.
fn exported(word: RawWord, exports: bool) -> Result<Option<Assignment>, LineError> {
    if let Some(assignment) = assignment(&word) {
        return Ok(Some(assignment));
    }
    if exports && word.bare().is_some_and(is_name) {
        return Ok(None);
    }
    let message = format!("bash: export: `{}': not a valid identifier", word.bare().unwrap_or("…"));
    Err(LineError::tool(&word.span, 1, message).help(crate::Text::same("export NAME=VALUE")))
}

/// The word as `NAME=value`, if it is one.
fn assignment(word: &RawWord) -> Option<Assignment> {
    let Some(Piece { text: Text::Literal(text), quoted: false, span }) = word.pieces.first() else {
        return None;
    };
    let (name, start) = text.split_once('=').filter(|(name, _)| is_name(name))?;
    let first = Piece { text: Text::Literal(start.into()), quoted: true, span: span.clone() };
    let pieces = std::iter::once(first).chain(word.pieces[1..].iter().cloned()).collect();
    let value = RawWord { pieces, span: word.span.clone() };
    Some(Assignment { name: name.into(), value })
}

/// Whether a variable can have this name.
fn is_name(name: &str) -> bool {
    let letter = |b: u8| b == b'_' || b.is_ascii_alphabetic();
    name.bytes().all(|b| letter(b) || b.is_ascii_digit()) && name.bytes().next().is_some_and(letter)
}

/// A token as it was typed, or nearly so.
fn spelling(kind: &Kind) -> String {
    match kind {
        Kind::Word(word) => word.bare().unwrap_or("…").into(),
        Kind::Semi => ";".into(),
        Kind::Line => "newline".into(),
        Kind::Amp => "&".into(),
        Kind::And => "&&".into(),
        Kind::Or => "||".into(),
        Kind::Pipe => "|".into(),
        Kind::Redirect(Arrow::In) => "<".into(),
        Kind::Redirect(Arrow::Out { append: true, .. }) => ">>".into(),
        Kind::Redirect(Arrow::Out { .. }) => ">".into(),
        Kind::Redirect(Arrow::Both) => "&>".into(),
        Kind::Redirect(Arrow::Copy { .. }) => ">&".into(),
    }
}

fn not_simulated(span: &Range<usize>, what: crate::Text) -> LineError {
    LineError::without(span, 2, &what)
}
