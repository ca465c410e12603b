//! `lvsim explain`: what stands behind the code of a reason, and which shipped scenarios show it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim_core::explain::{self, Cure, Entry, Words};
use sim_core::scenario::{Expectation, Step};
use sim_core::{Lang, Text, text};

use crate::cli::{Exit, ExplainArgs, Format};
use crate::open::{self, Refused};
use crate::out::say;
use crate::shipped::{SHIPPED, Source};
use crate::width::Width;

/// Where the words of an entry begin.
const LABEL: usize = 10;

/// So many scenarios are named to people; programs get all.
const MOST: usize = 6;

/// What a word on the command line stands for.
enum Asked {
    /// One code.
    One(&'static Entry),
    /// All codes that begin so.
    Family(Vec<&'static Entry>),
}

/// Explains what is asked for.
///
/// # Errors
/// When a code is unknown.
pub fn run(args: &ExplainArgs, lang: Lang) -> Result<Exit, Refused> {
    let asked = match args.all {
        true => explain::entries().iter().map(Asked::One).collect(),
        false => find_all(&args.codes)?,
    };
    let (shown, width) = (shown(), Width::of_output());
    let mut lines = Vec::new();
    for asked in &asked {
        match (asked, args.format) {
            (Asked::One(entry), Format::Json) => lines.push(json(entry, &shown)),
            (Asked::Family(family), Format::Json) => {
                lines.extend(family.iter().map(|entry| json(entry, &shown)));
            }
            (asked, Format::Text) => {
                if !lines.is_empty() {
                    lines.push(String::new());
                }
                match asked {
                    Asked::One(entry) => lines.extend(told(entry, &shown, &width, lang)),
                    Asked::Family(family) => lines.extend(listed(family, &width, lang)),
                }
            }
        }
    }
    let _ = lines.iter().all(|line| say(line));
    Ok(Exit::Ok)
}

/// All that is asked for, or all that is unknown.
fn find_all(codes: &[String]) -> Result<Vec<Asked>, Refused> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for code in codes {
        match find(code) {
            Some(asked) => found.push(asked),
            None => unknown.push(refusal(code)),
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(Refused(unknown)) }
}

fn find(code: &str) -> Option<Asked> {
    if let Some(entry) = explain::entry(code) {
        return Some(Asked::One(entry));
    }
    let start = format!("{}.", code.trim_end_matches('.'));
    let is_of_family = |entry: &&Entry| entry.code.starts_with(&start);
    let family: Vec<_> = explain::entries().iter().filter(is_of_family).collect();
    (!family.is_empty()).then_some(Asked::Family(family))
}

fn refusal(code: &str) -> Text {
    let codes = || explain::entries().iter().map(|entry| entry.code);
    // Half a code is as good as a mistyped one: `proxy-full`.
    let with: Vec<&str> = codes().filter(|own| code.len() > 2 && own.contains(code)).collect();
    let distance = |own: &&str| strsim::damerau_levenshtein(own, code);
    let meant = match with.is_empty() {
        false => with.join(" "),
        true => codes().flat_map(ends).min_by_key(distance).unwrap_or_default().to_owned(),
    };
    text!(
        "{code}: no reason has this code\n   did you mean {meant}? `lvsim explain --all` explains all",
        "{code}：没有这个代码的原因\n   是不是想写 {meant}？`lvsim explain --all` 解释所有代码"
    )
}

/// A code's families, the widest first, and the code.
fn ends(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('.').map(|(at, _)| &code[..at]).chain([code])
}

/// The shipped scenarios whose stories expect a code to be decided, by code.
fn shown() -> BTreeMap<String, Vec<&'static str>> {
    let mut shown: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, text) in SHIPPED {
        let source = Source { name: (*name).into(), text: (*text).into() };
        let Ok(scenario) = open::parse(&source, None, false) else { continue };
        let mut codes = Vec::new();
        for step in &scenario.story {
            if let Step::Expect(expectation) = &step.value {
                expected(expectation, &mut codes);
            }
        }
        codes.sort();
        codes.dedup();
        codes.into_iter().for_each(|code| shown.entry(code).or_default().push(name));
    }
    shown
}

fn expected(expectation: &Expectation, codes: &mut Vec<String>) {
    match expectation {
        Expectation::Because { code, .. } => codes.push(code.clone()),
        Expectation::Since(_, inner) => inner.iter().for_each(|one| expected(&one.value, codes)),
        _ => {}
    }
}

/// An entry in full, for people.
fn told(
    entry: &Entry,
    shown: &BTreeMap<String, Vec<&str>>,
    width: &Width,
    lang: Lang,
) -> Vec<String> {
    let pick = |words: Words| lang.pick(words.en, words.zh);
    let cure = match entry.cure {
        Cure::Nothing => lang.pick("none needed: this is how it works", "无需处理：本来就是这样"),
        Cure::Type(command) => command,
        Cure::Do(words) => pick(words),
    };
    let mut lines = vec![entry.code.to_owned(), pick(entry.title).to_owned()];
    let labels = [("rule", "规则"), ("matters", "意义"), ("cure", "处理"), ("source", "出处")];
    let texts = [pick(entry.why), pick(entry.matters), cure, &source(entry)];
    let scenarios = scenarios(shown.get(entry.code).map_or(&[][..], Vec::as_slice), lang);
    let rows = labels.into_iter().zip(texts);
    for ((en, zh), text) in rows {
        lines.extend(width.prose(&label(lang.pick(en, zh)), text));
    }
    lines.extend(width.names(&label(lang.pick("shown in", "场景")), &scenarios));
    lines
}

/// A label of equal width in both languages: a Chinese character takes two columns.
pub fn label(word: &str) -> String {
    let columns = textwrap::core::display_width(word);
    format!("  {word}{}", " ".repeat(LABEL.saturating_sub(columns)))
}

/// Where the rule is written down.
pub fn source(entry: &Entry) -> String {
    let (whose, place) = match entry.linux.strip_prefix("alibaba/LVS ") {
        Some(place) => ("alibaba/LVS", place),
        None => ("Linux 6.1", entry.linux),
    };
    match place.split_once(' ') {
        Some((file, function)) if file.contains('/') => format!("{whose} {file}, {function}"),
        _ => entry.linux.to_owned(),
    }
}

fn scenarios(names: &[&str], lang: Lang) -> String {
    let named = names.iter().take(MOST).copied().collect::<Vec<_>>().join(" ");
    match names.len().saturating_sub(MOST) {
        _ if names.is_empty() => lang.pick("no shipped scenario", "没有自带的场景").to_owned(),
        0 => named,
        more => text!("{named} and {more} more", "{named} 等，另有 {more} 个").of(lang).to_owned(),
    }
}

/// The codes of a family with their titles.
fn listed(family: &[&Entry], width: &Width, lang: Lang) -> Vec<String> {
    let longest = family.iter().map(|entry| entry.code.len()).max().unwrap_or(0);
    let line = |entry: &&Entry| {
        let title = lang.pick(entry.title.en, entry.title.zh);
        width.row(&format!("{:<longest$}  {title}", entry.code), longest + 2)
    };
    family.iter().flat_map(line).collect()
}

/// An entry in full, for programs.
fn json(entry: &Entry, shown: &BTreeMap<String, Vec<&str>>) -> String {
    let mut line = object(entry);
    line["scenarios"] = json!(shown.get(entry.code).map_or(&[][..], Vec::as_slice));
    line.to_string()
}

/// An entry as an object, without the scenarios that show it.
pub fn object(entry: &Entry) -> Value {
    let both = |words: Words| json!({ "en": words.en, "zh": words.zh });
    let (command, words) = match entry.cure {
        Cure::Nothing => (None, Value::Null),
        Cure::Type(command) => (Some(command), Value::Null),
        Cure::Do(words) => (None, both(words)),
    };
    json!({
        "type": "explanation",
        "code": entry.code,
        "title": both(entry.title),
        "why": both(entry.why),
        "matters": both(entry.matters),
        "cure": words,
        "cure_command": command,
        "source": source(entry),
    })
}
