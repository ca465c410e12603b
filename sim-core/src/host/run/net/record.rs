//! What a tool says of one thing, once as words and once as JSON.
//!
//! iproute2 writes each fact by one call that knows its word and its key, and prints one of the
//! two. So does this: a [`Record`] grows by facts, and [`print`] chooses. iproute2 6.1:
//! lib/json_print.c, lib/json_writer.c.

use std::fmt;
use std::net::Ipv4Addr;

use super::Done;
use crate::Mac;
use crate::command::ip::Options;

/// A value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    True,
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    /// A list of words.
    pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(words.into_iter().map(Self::from).collect())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Ipv4Addr> for Json {
    fn from(addr: Ipv4Addr) -> Self {
        Self::Text(addr.to_string())
    }
}

impl From<Mac> for Json {
    fn from(mac: Mac) -> Self {
        Self::Text(mac.to_string())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u16> for Json {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

/// One thing: its words, and the same facts as the members of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) text: String,
    members: Vec<(&'static str, Json)>,
}

impl Record {
    /// Only words.
    pub(super) fn say(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.text += text.as_ref();
        self
    }

    /// Only a member.
    pub(super) fn put(&mut self, key: &'static str, value: impl Into<Json>) -> &mut Self {
        self.members.push((key, value.into()));
        self
    }

    /// A fact: between these words, and under this key.
    pub(super) fn fact<T>(&mut self, before: &str, key: &'static str, value: T, after: &str)
    where
        T: fmt::Display + Into<Json>,
    {
        self.text += &format!("{before}{value}{after}");
        self.put(key, value);
    }

    /// Things that belong to this one: their words follow, their objects are a list.
    pub(super) fn list(&mut self, key: &'static str, records: Vec<Self>) {
        let mut objects = Vec::new();
        for record in records {
            self.text += &record.text;
            objects.push(Json::Object(record.members));
        }
        self.put(key, Json::List(objects));
    }

    /// A part of this thing: its words follow, its object is a member.
    pub(super) fn part(&mut self, key: &'static str, part: Self) {
        self.text += &part.text;
        self.put(key, Json::Object(part.members));
    }
}

/// The listing as the options ask for it.
pub(super) fn print(records: Vec<Record>, options: Options) -> Done {
    if !options.json {
        return Done::ok(records.into_iter().map(|record| record.text).collect::<String>());
    }
    let objects = records.into_iter().map(|record| Json::Object(record.members)).collect();
    let mut writer = Writer { text: String::new(), pretty: options.pretty, depth: 0, full: false };
    writer.value(&Json::List(objects));
    Done::ok(writer.text + "\n")
}

/// Writes as iproute2 does. iproute2 6.1 lib/json_writer.c.
struct Writer {
    text: String,
    pretty: bool,
    depth: usize,
    /// Something stands before in this list or object.
    full: bool,
}

impl Writer {
    fn value(&mut self, value: &Json) {
        self.comma();
        match value {
            Json::Null => self.text += "null",
            Json::True => self.text += "true",
            Json::Number(number) => self.text += &number.to_string(),
            Json::Text(text) => self.quoted(text),
            Json::List(values) => {
                self.text += if self.pretty { "[ " } else { "[" };
                self.inside(|writer| values.iter().for_each(|value| writer.value(value)));
                if self.pretty && !values.is_empty() {
                    self.text.push(' ');
                }
                self.text.push(']');
            }
            Json::Object(members) => {
                self.text.push('{');
                self.inside(|writer| members.iter().for_each(|member| writer.member(member)));
                if !members.is_empty() {
                    self.line();
                }
                self.text.push('}');
            }
        }
        self.full = true;
    }

    fn member(&mut self, (key, value): &(&str, Json)) {
        self.comma();
        self.line();
        self.quoted(key);
        self.text += if self.pretty { ": " } else { ":" };
        self.full = false;
        self.value(value);
    }

    fn inside(&mut self, write: impl FnOnce(&mut Self)) {
        (self.depth, self.full) = (self.depth + 1, false);
        write(self);
        self.depth -= 1;
    }

    fn comma(&mut self) {
        if self.full {
            self.text.push(',');
        }
        self.full = false;
    }

    fn line(&mut self) {
        if self.pretty {
            self.text.push('\n');
            self.text += &"    ".repeat(self.depth);
        }
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' | '\'' => self.text.extend(['\\', c]),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
