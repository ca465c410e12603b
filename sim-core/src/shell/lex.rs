//! From characters to words and operators. Here quotes end, and all that is no part of our shell is
//! refused.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::LineError;
use crate::command::error::known;
use crate::command::ipv6::is_ipv6;
use crate::text;

/// A word or an operator, with its place in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word(RawWord),
    /// `;`.
    Semi,
    /// The end of a line.
    Line,
    Amp,
    And,
    Or,
    Pipe,
    /// `>`, `>>`, `<` with the number before it, `&>`, and `>&`.
    Redirect(Arrow),
}

/// A redirection without its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrow {
    In,
    Out {
        fd: u32,
        append: bool,
    },
    /// `&>`.
    Both,
    /// `2>&`, to be followed by a number.
    Copy {
        fd: u32,
    },
}

/// A word whose variables are not yet filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RawWord {
    pub pieces: Vec<Piece>,
    pub span: Range<usize>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: Text,
    pub quoted: bool,
    pub span: Range<usize>,
}

/// What a part of a word says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Literal(String),
    Variable(String),
}

impl RawWord {
    /// The word if it has no quotes and no variables: only such a word can be a keyword.
    pub(super) fn bare(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece { text: Text::Literal(text), quoted: false, .. }] => Some(text),
            _ => None,
        }
    }
}

/// All tokens of a line.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, LineError> {
    let mut lexer = Lexer { line, chars: line.char_indices().peekable(), tokens: Vec::new() };
    while let Some((at, c)) = lexer.chars.peek().copied() {
        lexer.token(at, c)?;
    }
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    line: &'a str,
    chars: Peekable<CharIndices<'a>>,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    /// Where the next character begins.
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.line.len(), |(at, _)| *at)
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn push(&mut self, start: usize, kind: Kind) {
        let end = self.at();
        self.tokens.push(Token { kind, span: start..end });
    }

    fn token(&mut self, at: usize, c: char) -> Result<(), LineError> {
        match c {
            ' ' | '\t' | '\r' => drop(self.chars.next()),
            '#' => while self.chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '\n' => {
                self.chars.next();
                self.push(at, Kind::Line);
            }
            ';' => {
                self.chars.next();
                self.push(at, Kind::Semi);
            }
            '&' => {
                self.chars.next();
                let kind = if self.eat('&') {
                    Kind::And
                } else if self.eat('>') {
                    Kind::Redirect(Arrow::Both)
                } else {
                    Kind::Amp
                };
                self.push(at, kind);
            }
            '|' => {
                self.chars.next();
                let kind = if self.eat('|') { Kind::Or } else { Kind::Pipe };
                self.push(at, kind);
            }
            '>' | '<' => self.redirect(at, None)?,
            '(' | ')' => {
                let what = text!("subshells and functions", "子 shell 和函数");
                return Err(not_simulated(at..at + 1, what).help(super::inside()));
            }
            _ => self.word(at)?,
        }
        Ok(())
    }

    /// `fd` is the number that stood directly before the arrow.
    fn redirect(&mut self, start: usize, fd: Option<u32>) -> Result<(), LineError> {
        let arrow = match self.chars.next() {
            Some((_, '<')) if matches!(self.chars.peek(), Some((_, '<' | '(' | '&' | '>'))) => {
                let what = text!("here-documents", "here 文档");
                return Err(not_simulated(start..self.at() + 1, what).help(text!(
                    "echo LINE >> FILE adds a line, as echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf",
                    "添加一行用 echo LINE >> FILE，如 echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf",
                )));
            }
            Some((_, '<')) => Arrow::In,
            _ if self.eat('>') => Arrow::Out { fd: fd.unwrap_or(1), append: true },
            _ if self.eat('&') => match fd {
                Some(fd) => Arrow::Copy { fd },
                // `>&2` copies, `>&FILE` is `&>FILE`.
                None if self.chars.peek().is_some_and(|(_, c)| c.is_ascii_digit()) => {
                    Arrow::Copy { fd: 1 }
                }
                None => Arrow::Both,
            },
            _ if self.eat('|') => {
                return Err(not_simulated(start..self.at(), crate::Text::same(">|")));
            }
            _ => Arrow::Out { fd: fd.unwrap_or(1), append: false },
        };
        self.push(start, Kind::Redirect(arrow));
        Ok(())
    }

    fn word(&mut self, start: usize) -> Result<(), LineError> {
        let mut word = RawWord::default();
        while let Some((at, c)) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '>' | '<' | '(' | ')' => break,
                _ => self.piece(&mut word, at, c)?,
            }
        }
        let arrow = matches!(self.chars.peek(), Some((_, '>' | '<')));
        let number = word.bare().filter(|_| arrow).and_then(crate::command::value::decimal);
        if let Some(fd) = number {
            return self.redirect(start, Some(fd));
        }
        if self.line[start..self.at()].ends_with('=') && matches!(self.chars.peek(), Some((_, '(')))
        {
            return Err(not_simulated(start..self.at(), text!("arrays", "数组")));
        }
        word.span = start..self.at();
        self.push(start, Kind::Word(word));
        Ok(())
    }

    fn piece(&mut self, word: &mut RawWord, at: usize, c: char) -> Result<(), LineError> {
        match c {
            '\'' => {
                self.chars.next();
                let text = self.quoted_to('\'', at)?;
                word.add(text, true, at..self.at());
            }
            '"' => self.double_quoted(word, at)?,
            '\\' => {
                self.chars.next();
                match self.chars.next() {
                    // A backslash before the end of the line continues it.
                    Some((_, '\n')) => {}
                    Some((_, '\r')) if self.eat('\n') => {}
                    Some((_, c)) => word.add(c.into(), true, at..self.at()),
                    None => word.add("\\".into(), true, at..self.at()),
                }
            }
            '$' => self.variable(word, at, false)?,
            '`' => return Err(not_simulated(at..at + 1, substitution())),
            _ => {
                self.refuse_pattern(word, at, c)?;
                self.chars.next();
                word.add(c.into(), false, at..self.at());
            }
        }
        Ok(())
    }

    /// Patterns of file names, braces, home folders and wide blanks.
    fn refuse_pattern(&mut self, word: &RawWord, at: usize, c: char) -> Result<(), LineError> {
        // Nearly all characters are none: what stands around them is not looked at.
        if !matches!(c, '[' | '*' | '?' | '{' | '~' | '\u{a0}' | '\u{3000}') {
            return Ok(());
        }
        let first = word.pieces.is_empty();
        let rest = &self.line[at..];
        let name: &str =
            rest.split([' ', '\t', '\r', '\n', ';', '|', '&']).next().unwrap_or_default();
        let whole =
            at - word.pieces.first().map_or(0, |piece| at - piece.span.start)..at + name.len();
        match c {
            // The test command is not a pattern; it is refused as a command.
            '[' if first && matches!(name, "[" | "[[") => Ok(()),
            // A pattern that no file matches stands for itself; the tool has a word about IPv6.
            '[' if is_ipv6(name) || is_ipv6(&self.line[whole.clone()]) => Ok(()),
            '*' | '?' | '[' => {
                let error = not_simulated(whole, text!("file name patterns", "文件名通配符"));
                Err(error.help(text!("put it in quotes", "请加引号")))
            }
            '{' if name.contains('}') && (name.contains(',') || name.contains("..")) => {
                let error = not_simulated(whole, text!("braces", "花括号展开"));
                Err(error.help(text!(
                    "write the words out: for i in 1 2 3",
                    "请逐个写出：for i in 1 2 3",
                )))
            }
            '~' if first => Err(not_simulated(whole, text!("home folders", "主目录 ~"))),
            '\u{a0}' | '\u{3000}' => {
                let code = u32::from(c);
                let message = text!(
                    "a wide blank (U+{code:04X}) does not part words",
                    "宽空格（U+{code:04X}）不能分隔词",
                );
                Err(LineError::new(&(at..at + c.len_utf8()), 127, message)
                    .help(text!("type an ordinary blank", "请改用普通空格")))
            }
            _ => Ok(()),
        }
    }

    /// The text up to the closing quote, which is read too.
    fn quoted_to(&mut self, quote: char, start: usize) -> Result<String, LineError> {
        let mut text = String::new();
        for (_, c) in self.chars.by_ref() {
            if c == quote {
                return Ok(text);
            }
            text.push(c);
        }
        Err(unclosed(start, self.line, quote))
    }

    fn double_quoted(&mut self, word: &mut RawWord, start: usize) -> Result<(), LineError> {
        self.chars.next();
        word.add(String::new(), true, start..start + 1);
        while let Some((at, c)) = self.chars.peek().copied() {
            match c {
                '"' => {
                    self.chars.next();
                    return Ok(());
                }
                '$' => self.variable(word, at, true)?,
                '`' => return Err(not_simulated(at..at + 1, substitution())),
                '\\' => {
                    self.chars.next();
                    let escaped =
                        self.chars.next_if(|(_, c)| matches!(c, '"' | '\\' | '$' | '`' | '\n'));
                    match escaped {
                        Some((_, '\n')) => {}
                        Some((_, c)) => word.add(c.into(), true, at..self.at()),
                        None => word.add("\\".into(), true, at..self.at()),
                    }
                }
                _ => {
                    self.chars.next();
                    word.add(c.into(), true, at..self.at());
                }
            }
        }
        Err(unclosed(start, self.line, '"'))
    }

    /// `$NAME`, `${NAME}`; a dollar before anything else that is no name stands for itself.
    fn variable(
        &mut self,
        word: &mut RawWord,
        start: usize,
        quoted: bool,
    ) -> Result<(), LineError> {
        self.chars.next();
        match self.chars.peek().copied() {
            Some((_, '{')) => {
                self.chars.next();
                let name = self.name();
                let end = self.at();
                if !self.eat('}') {
                    return match self.chars.peek() {
                        None => Err(unclosed(start, self.line, '}')),
                        Some(_) => {
                            let span =
                                start..end + self.chars.peek().map_or(0, |(_, c)| c.len_utf8());
                            let what = text!("changing a variable's value", "对变量的值做变换");
                            Err(not_simulated(span, what).help(known("$NAME ${NAME}")))
                        }
                    };
                }
                if name.is_empty() {
                    let message = "bash: ${}: bad substitution";
                    return Err(LineError::tool(&(start..self.at()), 1, message));
                }
                word.put(Piece { text: Text::Variable(name), quoted, span: start..self.at() });
            }
            Some((_, '(')) => return Err(not_simulated(start..start + 2, substitution())),
            Some((at, c)) if c.is_ascii_digit() || "?@#*$!-".contains(c) => {
                let name = &self.line[start..=at];
                let what = text!("the special variable {name}", "特殊变量 {name}");
                return Err(not_simulated(start..at + 1, what));
            }
            Some((at, '\'' | '"')) if !quoted => {
                return Err(not_simulated(start..at + 1, text!("$ before quotes", "引号前的 $")));
            }
            _ => {
                let name = self.name();
                if name.is_empty() {
                    word.add("$".into(), quoted, start..start + 1);
                } else {
                    word.put(Piece { text: Text::Variable(name), quoted, span: start..self.at() });
                }
            }
        }
        Ok(())
    }

    /// A variable's name, perhaps none.
    fn name(&mut self) -> String {
        let mut name = String::new();
        let part = |name: &str, c: char| {
            c == '_' || c.is_ascii_alphabetic() || (!name.is_empty() && c.is_ascii_digit())
        };
        while let Some((_, c)) = self.chars.next_if(|(_, c)| part(&name, *c)) {
            name.push(c);
        }
        name
    }
}

impl RawWord {
    fn put(&mut self, piece: Piece) {
        self.pieces.push(piece);
    }

    /// Literal text, joined to what stands before it if that is of its kind.
    fn add(&mut self, text: String, quoted: bool, span: Range<usize>) {
        match self.pieces.last_mut() {
            Some(Piece { text: Text::Literal(before), quoted: kind, span: place })
                if *kind == quoted =>
            {
                before.push_str(&text);
                place.end = span.end;
            }
            _ => self.put(Piece { text: Text::Literal(text), quoted, span }),
        }
    }
}

fn not_simulated(span: Range<usize>, what: crate::Text) -> LineError {
    LineError::without(&span, 2, &what).help(super::known())
}

fn substitution() -> crate::Text {
    text!("command substitution", "命令替换")
}

fn unclosed(start: usize, line: &str, quote: char) -> LineError {
    let message = format!("bash: unexpected EOF while looking for matching `{quote}'");
    LineError::tool(&(start..line.len()), 2, message)
}
