//! The form of `keepalived.conf`: words, blocks in braces, comments, quotes, parameters.

use std::collections::BTreeMap;

use crate::import::told::Told;
use crate::import::{Dump, Place};
use crate::text;

/// A line of words, and the block behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) words: Vec<String>,
    /// From 1.
    pub(super) line: u32,
    pub(super) block: Vec<Statement>,
}

impl Statement {
    /// The first word.
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The word behind the first.
    pub(super) fn value(&self) -> &str {
        self.words.get(1).map_or("", String::as_str)
    }
}

/// Blocks in blocks that are followed.
const DEEPEST: usize = 16;

/// What a line is made of.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Open,
    Close,
}

/// Reads a file.
pub(super) fn read(dump: &Dump, told: &mut Told) -> Vec<Statement> {
    let mut reader = Reader { open: vec![Statement::default()], told, file: &dump.path };
    let mut params: BTreeMap<String, String> = BTreeMap::new();
    for (line, text) in (1..).zip(dump.text.lines()) {
        let text = filled_in(text, &params);
        // `$NAME=VALUE` makes a parameter.
        if let Some((name, value)) =
            text.trim().strip_prefix('$').and_then(|rest| rest.split_once('='))
            && is_name(name)
        {
            params.insert(name.to_owned(), value.trim().to_owned());
            continue;
        }
        reader.line(line, tokens(&text));
    }
    reader.end()
}

struct Reader<'a> {
    /// The blocks that are open, the whole file first.
    open: Vec<Statement>,
    told: &'a mut Told,
    file: &'a str,
}

impl Reader<'_> {
    fn line(&mut self, line: u32, tokens: Vec<Token>) {
        let mut statement = Statement { line, ..Statement::default() };
        for token in tokens {
            match token {
                Token::Word(word) => statement.words.push(word),
                Token::Open => {
                    let mut head = std::mem::take(&mut statement);
                    statement.line = line;
                    if head.words.is_empty() {
                        // The brace stands in a line of its own.
                        let last = self.last().block.pop();
                        head = last.unwrap_or(Statement { line, ..Statement::default() });
                    }
                    if self.open.len() > DEEPEST {
                        self.wrong(line, text!("too many blocks in blocks", "块嵌套太深"));
                    } else {
                        self.open.push(head);
                    }
                }
                Token::Close => {
                    self.add(std::mem::take(&mut statement));
                    statement.line = line;
                    match self.open.len() {
                        1 => self.wrong(line, text!("`}}` closes nothing", "`}}` 没有对应的 `{{`")),
                        _ => self.close(),
                    }
                }
            }
        }
        self.add(statement);
    }

    fn last(&mut self) -> &mut Statement {
        self.open.last_mut().expect("the file itself stays open")
    }

    fn add(&mut self, statement: Statement) {
        if !statement.words.is_empty() {
            self.last().block.push(statement);
        }
    }

    fn close(&mut self) {
        let closed = self.open.pop().expect("more than the file is open");
        self.last().block.push(closed);
    }

    fn wrong(&mut self, line: u32, text: crate::Text) {
        self.told.wrong(&Place { file: self.file.to_owned(), line }, text);
    }

    fn end(mut self) -> Vec<Statement> {
        while self.open.len() > 1 {
            let (line, name) = (self.last().line, self.last().name().to_owned());
            self.wrong(
                line,
                text!("the block of `{name}` is never closed", "`{name}` 的块没有结束"),
            );
            self.close();
        }
        self.open.pop().map(|file| file.block).unwrap_or_default()
    }
}

/// The words and braces of a line, up to a comment.
fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if quoted => word.get_or_insert_default().push(c),
            '#' | '!' => break,
            '{' | '}' => {
                tokens.extend(word.take().map(Token::Word));
                tokens.push(if c == '{' { Token::Open } else { Token::Close });
            }
            c if c.is_whitespace() => tokens.extend(word.take().map(Token::Word)),
            c => word.get_or_insert_default().push(c),
        }
    }
    tokens.extend(word.map(Token::Word));
    tokens
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A line with its parameters filled in; what is no parameter stays.
fn filled_in(line: &str, params: &BTreeMap<String, String>) -> String {
    if params.is_empty() || !line.contains('$') {
        return line.to_owned();
    }
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('$') {
        filled += before;
        let braced = behind.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let plain = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, after) =
            braced.unwrap_or_else(|| behind.split_at(plain.unwrap_or(behind.len())));
        match params.get(name) {
            Some(value) => {
                filled += value;
                rest = after;
            }
            None => {
                filled.push('$');
                rest = behind;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(statements: &[Statement]) -> String {
        let one = |statement: &Statement| {
            let block = match statement.block.is_empty() {
                true => String::new(),
                false => format!("({})", printed(&statement.block)),
            };
            format!("{}:{}{block}", statement.line, statement.words.join("_"))
        };
        statements.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    #[rustfmt::skip]
    fn words_and_blocks_with_their_lines() {
        for (text, read, warnings) in [
            ("a b\nc {\n d e # f\n}\n",            "1:a_b 2:c(3:d_e)",        0),
            ("a\n{\n b\n}",                        "1:a(3:b)",                0),
            ("a { b 1 }",                          "1:a(1:b_1)",              0),
            ("! all\na \"b c\" ! d\n",             "2:a_b c",                 0),
            ("a {\n b {\n c\n}\n}\nd",             "1:a(2:b(3:c)) 6:d",       0),
            ("$V=10.0.0.1\na $V x${V}y $W",        "2:a_10.0.0.1_x10.0.0.1y_$W", 0),
            ("a {\n b",                            "1:a(2:b)",                1),
            ("a\n}\nb",                            "1:a 3:b",                 1),
            ("a{b}",                               "1:a(1:b)",                0),
            ("{ {",                                "1:(1:)",                  2),
        ] {
            let mut told = Told::default();
            let dump = Dump { path: "k".into(), text: text.into() };
            let statements = super::read(&dump, &mut told);
            assert_eq!((printed(&statements).as_str(), told.warnings.len()), (read, warnings), "{text}");
        }
    }
}
