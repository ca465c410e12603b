//! What `ip` lists: addresses, routes, neighbours, as JSON (`-j`) or as text.
//!
//! Both forms are read as the same objects, with the keys of the JSON, so that there is one reading
//! of what they mean. iproute2 6.1: ip/ipaddress.c, ip/iproute.c, ip/ipneigh.c.

mod addr;
mod neigh;
mod route;

pub(super) use addr::{Addr, Iface, IfaceKind, ifaces};
pub(super) use neigh::{Neighbour, neighbours};
pub(super) use route::{Route, routes};

use serde_json::{Map, Value};

use super::told::Told;
use super::{Dump, Place};
use crate::text;

/// One listed thing, and the place of its line; a file of JSON has no lines to speak of.
type Object = (Map<String, Value>, Place);

/// The objects of a dump; `text` reads a listing that is no JSON.
fn objects(dump: &Dump, told: &mut Told, text: fn(&Dump, &mut Told) -> Vec<Object>) -> Vec<Object> {
    if !dump.text.trim_start().starts_with(['[', '{']) {
        return text(dump, told);
    }
    let whole = || Place { file: dump.path.clone(), line: 0 };
    let mut found = Vec::new();
    // `ip -j` of several commands in one file is one list behind the other.
    for value in serde_json::Deserializer::from_str(&dump.text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(values)) => found.extend(values),
            Ok(value) => found.push(value),
            Err(error) => {
                let line = u32::try_from(error.line()).unwrap_or(0);
                let text = text!(
                    "not JSON from here on: {error}; is the dump whole?",
                    "从这里起不是 JSON：{error}；输出是否完整？"
                );
                told.wrong(&Place { line, ..whole() }, text);
                break;
            }
        }
    }
    let mut objects = Vec::new();
    for value in found {
        match value {
            // Older versions of iproute2 list an empty object for what a filter has left out.
            Value::Object(map) if map.is_empty() => {}
            Value::Object(map) => objects.push((map, whole())),
            value => {
                let text =
                    text!("not an object of `ip -j`: {value}", "不是 `ip -j` 的对象：{value}");
                told.unknown(&whole(), text);
            }
        }
    }
    objects
}

/// A member that is a text, or a number as one.
fn word(object: &Map<String, Value>, key: &str) -> Option<String> {
    as_word(object.get(key)?)
}

fn as_word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The words of a member that is a list.
fn words(object: &Map<String, Value>, key: &str) -> Vec<String> {
    let list = object.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(as_word).collect()
}

/// The lines of a text that are not empty, each with its place.
fn lines(dump: &Dump) -> impl Iterator<Item = (&str, Place)> {
    let numbered = (1..).zip(dump.text.lines());
    let filled = numbered.filter(|(_, line)| !line.trim().is_empty());
    filled.map(|(line, text)| (text, Place { file: dump.path.clone(), line }))
}
