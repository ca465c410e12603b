//! Where each value of a RON text stands.
//!
//! `serde` tells which value is wrong (`nodes[3].setup[1]`), but not where it was written. This is
//! the text taken apart once more, without meaning: only brackets, names, strings and the rest.
//! `ron` has accepted the text before, so whatever it would refuse may be read in any way here.

mod broken;

use std::ops::Range;

pub(super) use broken::{LastString, last_string, open_brackets};

/// One value of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Its bytes in the text.
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number, a truth value, a bare word.
    Word,
    /// A string, raw or not.
    Text,
    /// `[…]`, and `(…)` or `Name(…)` without names inside.
    Row { name: Option<Range<usize>>, items: Vec<Value> },
    /// `(name: …)` or `Name(name: …)`, with the places of the names.
    Fields { name: Option<Range<usize>>, fields: Vec<(Range<usize>, Value)> },
    /// `{…: …}`.
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// The text's only value, and the names of the extensions that the head of the text enables.
    pub(super) fn outline(text: &str) -> Option<(Self, Vec<Range<usize>>)> {
        let mut scanner = Scanner { text, at: 0 };
        let extensions = scanner.extensions()?;
        let root = scanner.value()?;
        scanner.space();
        (scanner.at == text.len()).then_some((root, extensions))
    }

    /// The value at a path such as `nodes[3].setup[1]`.
    ///
    /// Names of variants are no part of a path: what stands alone in `Name(…)` is looked through.
    pub(super) fn find(&self, text: &str, path: &str) -> Option<&Self> {
        let mut value = self;
        for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
            value = match part.strip_suffix(']') {
                Some(index) => value.item(index.parse().ok()?)?,
                None => value.field(text, part)?.1,
            };
        }
        Some(value)
    }

    /// The field, or the entry of a map, with this name: where its name stands, and its value.
    pub(super) fn field(&self, text: &str, name: &str) -> Option<(Range<usize>, &Self)> {
        match &self.kind {
            Kind::Fields { fields, .. } => fields
                .iter()
                .find(|(key, _)| bare(&text[key.clone()]) == name)
                .map(|(key, value)| (key.clone(), value)),
            Kind::Map(entries) => entries
                .iter()
                .find(|(key, _)| text[key.range.clone()].trim_matches('"') == name)
                .map(|(key, value)| (key.range.clone(), value)),
            Kind::Row { items, .. } => match items.as_slice() {
                [only] => only.field(text, name),
                _ => None,
            },
            Kind::Word | Kind::Text => None,
        }
    }

    /// The path of the string, number or word that starts at a byte of the text.
    pub(super) fn path(&self, text: &str, at: usize) -> String {
        let within = |part: &&Self| part.range.contains(&at);
        match &self.kind {
            Kind::Fields { fields, .. } => fields
                .iter()
                .find(|(_, value)| within(&value))
                .map_or_else(String::new, |(name, value)| {
                    join(bare(&text[name.clone()]), &value.path(text, at))
                }),
            Kind::Map(entries) => entries.iter().find(|(_, value)| within(&value)).map_or_else(
                String::new,
                |(key, value)| {
                    join(text[key.range.clone()].trim_matches('"'), &value.path(text, at))
                },
            ),
            Kind::Row { name: Some(_), items } if items.len() == 1 && !items[0].is_list() => {
                items[0].path(text, at)
            }
            Kind::Row { items, .. } => items
                .iter()
                .enumerate()
                .find(|(_, value)| within(value))
                .map_or_else(String::new, |(index, value)| {
                    join(&format!("[{index}]"), &value.path(text, at))
                }),
            Kind::Word | Kind::Text => String::new(),
        }
    }

    /// Whether this is `[…]` or `(…)`, without a name.
    fn is_list(&self) -> bool {
        matches!(self.kind, Kind::Row { name: None, .. })
    }

    fn item(&self, index: usize) -> Option<&Self> {
        let Kind::Row { items, name } = &self.kind else { return None };
        match items.as_slice() {
            [only] if name.is_some() && only.variant().is_some() => only.item(index),
            items => items.get(index),
        }
    }

    /// Where the `Name` of `Name(…)` stands.
    pub(super) fn variant(&self) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Row { name, .. } | Kind::Fields { name, .. } => name.clone(),
            _ => None,
        }
    }

    /// The values of a list or a tuple.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Row { items, .. } => items,
            _ => &[],
        }
    }

    /// What stands directly within, each with the name of its field if it has one.
    pub(super) fn inner(&self) -> Vec<(Option<Range<usize>>, &Self)> {
        match &self.kind {
            Kind::Word | Kind::Text => Vec::new(),
            Kind::Row { items, .. } => items.iter().map(|item| (None, item)).collect(),
            Kind::Fields { fields, .. } => {
                fields.iter().map(|(name, value)| (Some(name.clone()), value)).collect()
            }
            Kind::Map(entries) => entries.iter().map(|(_, value)| (None, value)).collect(),
        }
    }

    /// All strings within, each with the name of the innermost field that holds it.
    pub(super) fn texts<'v>(
        &'v self,
        field: Range<usize>,
        found: &mut Vec<(Range<usize>, &'v Self)>,
    ) {
        match &self.kind {
            Kind::Word => {}
            Kind::Text => found.push((field, self)),
            Kind::Row { items, .. } => {
                items.iter().for_each(|item| item.texts(field.clone(), found));
            }
            Kind::Fields { fields, .. } => {
                fields.iter().for_each(|(name, value)| value.texts(name.clone(), found));
            }
            Kind::Map(entries) => {
                for (key, value) in entries {
                    key.texts(field.clone(), found);
                    value.texts(field.clone(), found);
                }
            }
        }
    }
}

fn join(outer: &str, inner: &str) -> String {
    let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    format!("{outer}{dot}{inner}")
}

/// A name without the `r#` that RON allows before it.
pub(super) fn bare(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// White space in RON; the last two change the direction of writing.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200e}' | '\u{200f}')
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    /// Goes behind the next `wanted`.
    fn skip_past(&mut self, wanted: &str) -> Option<()> {
        self.at += self.rest().find(wanted)? + wanted.len();
        Some(())
    }

    /// Passes white space and comments. Block comments nest, as in Rust.
    fn space(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(is_space).len();
            if self.eat("//") {
                let rest = self.rest();
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if self.eat("/*") {
                self.comment();
            } else {
                return;
            }
        }
    }

    fn comment(&mut self) {
        let mut depth = 1;
        while depth > 0 && self.at < self.text.len() {
            if self.eat("/*") {
                depth += 1;
            } else if self.eat("*/") {
                depth -= 1;
            } else {
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            }
        }
    }

    /// `#![enable(…)]` at the head of the text.
    fn extensions(&mut self) -> Option<Vec<Range<usize>>> {
        let mut names = Vec::new();
        loop {
            self.space();
            if !self.eat("#") {
                return Some(names);
            }
            while !self.eat("]") {
                let name = self.word();
                match &self.text[name.clone()] {
                    "" => self.at += self.rest().chars().next()?.len_utf8(),
                    "!" | "enable" => {}
                    _ => names.push(name),
                }
                self.space();
            }
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.space();
        let start = self.at;
        let kind = match self.rest().bytes().next()? {
            b'"' => self.string()?,
            b'r' | b'b' if self.is_prefixed_string() => self.string()?,
            b'\'' => self.character()?,
            b'[' => self.row(None, "[", "]")?,
            b'{' => self.map()?,
            b'(' => self.parenthesis(None)?,
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return None;
                }
                let end = self.at;
                self.space();
                if self.rest().starts_with('(') {
                    self.parenthesis(Some(word))?
                } else {
                    self.at = end;
                    Kind::Word
                }
            }
        };
        Some(Value { range: start..self.at, kind })
    }

    /// Numbers and names, whatever they are made of.
    fn word(&mut self) -> Range<usize> {
        let start = self.at;
        let ends = |c: char| is_space(c) || ",:()[]{}\"'/".contains(c);
        self.at += self.rest().find(ends).unwrap_or(self.rest().len());
        start..self.at
    }

    /// Whether a string starts here with `r"`, `r#"` or `b"`; `r#name` is a name.
    fn is_prefixed_string(&self) -> bool {
        let rest = self.rest().trim_start_matches(['b', 'r']);
        let prefix = self.rest().len() - rest.len();
        prefix <= 2 && rest.trim_start_matches('#').starts_with('"')
    }

    fn string(&mut self) -> Option<Kind> {
        // Bytes are no text: no field of a scenario takes them.
        let kind = if self.eat("b") { Kind::Word } else { Kind::Text };
        if self.eat("r") {
            let rest = self.rest();
            let hashes = rest.len() - rest.trim_start_matches('#').len();
            let end = format!("\"{}", "#".repeat(hashes));
            self.at += hashes + 1;
            self.skip_past(&end)?;
            return Some(kind);
        }
        self.eat("\"");
        loop {
            self.at += self.rest().find(['"', '\\'])?;
            if self.eat("\"") {
                return Some(kind);
            }
            self.eat("\\");
            self.at += self.rest().chars().next()?.len_utf8();
        }
    }

    fn character(&mut self) -> Option<Kind> {
        self.eat("'");
        self.eat("\\");
        self.at += self.rest().chars().next()?.len_utf8();
        self.skip_past("'")?;
        Some(Kind::Word)
    }

    /// What stands in parentheses: with names if there is one behind the first.
    fn parenthesis(&mut self, name: Option<Range<usize>>) -> Option<Kind> {
        let start = self.at;
        self.eat("(");
        self.space();
        self.word();
        self.space();
        let named = self.rest().starts_with(':');
        self.at = start;
        if !named {
            return self.row(name, "(", ")");
        }
        self.eat("(");
        let mut fields = Vec::new();
        loop {
            self.space();
            if self.eat(")") {
                return Some(Kind::Fields { name, fields });
            }
            let key = self.word();
            self.space();
            if key.is_empty() || !self.eat(":") {
                return None;
            }
            fields.push((key, self.value()?));
            self.space();
            self.eat(",");
        }
    }

    fn row(&mut self, name: Option<Range<usize>>, open: &str, close: &str) -> Option<Kind> {
        self.eat(open);
        let mut items = Vec::new();
        loop {
            self.space();
            if self.eat(close) {
                return Some(Kind::Row { name, items });
            }
            items.push(self.value()?);
            self.space();
            self.eat(",");
        }
    }

    fn map(&mut self) -> Option<Kind> {
        self.eat("{");
        let mut entries = Vec::new();
        loop {
            self.space();
            if self.eat("}") {
                return Some(Kind::Map(entries));
            }
            let key = self.value()?;
            self.space();
            if !self.eat(":") {
                return None;
            }
            entries.push((key, self.value()?));
            self.space();
            self.eat(",");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"// head
#![enable(implicit_some)]
#![enable(unwrap_newtypes, explicit_struct_names)] /* a /* nested */ ) */
(
    title: (en: "a ) // no comment", zh: r#"b " ] "#),
    r#let: { "vip": "1.2.3.4", "n": "2" },
    nodes: [
        Host(name: "rs1", nics: [("eth0", "02"), ("eth1", "03", 9000)], setup: ["one", "t\"w\\",]),
        Repeat /* odd */ (count: 2, node: Host(name: "x$i")),
    ],
    story: [
        Say((en: "x", zh: "y")),
        Wait(Idle), Wait("2s"),
        Expect(Because(on: "rs1", code: "c")),
        Expect(Served(["a", "b"])),
        Expect(Since("m", [Neigh(on: "r", mac: Some("02")), Path("f", ["a"])])),
    ],
    odd: ('"', '\'', b"x\"", 1..2, -1.5e3, ()),
)
"##;

    #[test]
    #[rustfmt::skip]
    fn finds_values() {
        let (root, extensions) = Value::outline(TEXT).expect("an outline");
        let names: Vec<&str> = extensions.into_iter().map(|name| &TEXT[name]).collect();
        assert_eq!(names, ["implicit_some", "unwrap_newtypes", "explicit_struct_names"]);
        for (path, found) in [
            ("title.en",              Some(r#""a ) // no comment""#)),
            ("title.zh",              Some(r##"r#"b " ] "#"##)),
            ("let.n",                 Some(r#""2""#)),
            ("nodes[0].nics[1][2]",   Some("9000")),
            ("nodes[0].setup[1]",     Some(r#""t\"w\\""#)),
            ("nodes[0].setup[2]",     None),
            ("nodes[1].node.name",    Some(r#""x$i""#)),
            ("story[0].zh",           Some(r#""y""#)),
            ("story[1]",              Some("Wait(Idle)")),
            ("story[1][0]",           Some("Idle")),
            ("story[3].code",         Some(r#""c""#)),
            ("story[4][0][1]",        Some(r#""b""#)),
            ("story[5][0]",           Some(r#""m""#)),
            ("story[5][1][0].mac",    Some(r#"Some("02")"#)),
            ("story[5][1][1][1][0]",  Some(r#""a""#)),
            ("odd[4]",                Some("-1.5e3")),
            ("story[7]",              None),
            ("nothing",               None),
            ("title[0]",              None),
        ] {
            let value = root.find(TEXT, path);
            assert_eq!(value.map(|value| &TEXT[value.range.clone()]), found, "{path}");
        }
        assert_eq!(root.find(TEXT, ""), Some(&root));
    }

    #[test]
    fn refuses_what_it_cannot_take_apart() {
        for text in
            ["", "(", "[1, 2", "\"a", "r#\"a\"", "{1}", "(a: 1, 2)", ") (", "'", "#![x", "1 2"]
        {
            assert_eq!(Value::outline(text), None, "{text}");
        }
    }
}
