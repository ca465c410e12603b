//! What `ron` and `serde` say about a text, told with the place in the file and in our words.

use std::ops::Range;

use ron::Options;
use ron::error::Error as RonError;
use ron::extensions::Extensions;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::Segment;

use super::error::{ScenarioError, Source, suggest};
use super::outline::{Kind, Value, bare, open_string};

/// The file taken apart, or what `ron` itself refuses. Extensions that would change how a file is
/// read are refused, too.
pub(super) fn outline(source: Source<'_>) -> Result<Value, Box<ScenarioError>> {
    if let Err(error) = options().from_str::<IgnoredAny>(source.text) {
        return Err(refused(source, &error).into());
    }
    let Some((root, extensions)) = Value::outline(source.text) else {
        let (message, help) = explain(&RonError::ExpectedNamedStructLike("Scenario"));
        return Err(source.error(0..0, "", message, help).into());
    };
    for name in extensions {
        if &source.text[name.clone()] != "implicit_some" {
            let help = "only implicit_some can be enabled, and it is on anyhow";
            let error = source.error(name, "", "extension not allowed in scenarios", help);
            return Err(error.into());
        }
    }
    Ok(root)
}

fn refused(source: Source<'_>, error: &ron::error::SpannedError) -> ScenarioError {
    let mut at = source.offset(error.span.end.line, error.span.end.col);
    let (message, mut help) = explain(&error.code);
    if error.code == RonError::ExpectedComma {
        // It is missing behind what came before, not before what comes next.
        at = source.text[..at].trim_end().len();
    }
    // A quote that is missing turns the text inside out, and ron stumbles only later.
    if let Some(open) = open_string(source.text, at) {
        let line = source.origin(open).line;
        help += &format!("; or is a string open since line {line}?");
    }
    source.error(at..at, "", message, help)
}

/// How scenarios are read: `Some(…)` need not be written.
pub(super) fn options() -> Options {
    Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// Makes a value of a text that stands for `value`, at `path` of the file. The text may differ from
/// the file in its strings, as parameters are put in, but not in its form.
pub(super) fn read<T: DeserializeOwned>(
    source: Source<'_>,
    text: &str,
    value: &Value,
    path: &str,
) -> Result<T, Box<ScenarioError>> {
    let (error, inner) = match parse(text) {
        Ok(part) => return Ok(part),
        Err(error) => error,
    };
    let at = blame(source.text, &error, value, inner.trim_start_matches('.'));
    let path = format!("{path}{inner}");
    let (message, help) = explain(&error);
    Err(source.error(at, path.trim_start_matches('.'), message, help).into())
}

/// The value, or the error with the path to it: `.setup[1]`.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, (RonError, String)> {
    let whole = |error| (error, String::new());
    let mut deserializer = ron::Deserializer::from_str_with_options(text, &options())
        .map_err(|error| whole(error.code))?;
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let inner = inner_path(error.path());
        (error.into_inner(), inner)
    })?;
    deserializer.end().map_err(whole)?;
    Ok(value)
}

/// The path as people write it: variants have no names of their own in it.
fn inner_path(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("[{index}]"),
            Segment::Map { key } => format!(".{key}"),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

/// The bytes that an error of serde is about.
fn blame(text: &str, error: &RonError, value: &Value, inner: &str) -> Range<usize> {
    let mut outer = inner;
    let mut at = loop {
        match value.find(text, outer) {
            Some(found) => break found,
            None => outer = outer.rfind(['.', '[']).map_or("", |end| &outer[..end]),
        }
    };
    if let RonError::NoSuchStructField { found, .. } = error {
        let parent = inner.rfind('.').map_or("", |end| &inner[..end]);
        let field = value.find(text, parent).and_then(|parent| parent.field(text, found));
        return field.map_or(at.range.clone(), |(name, _)| name);
    }
    loop {
        let word = at.variant().unwrap_or(at.range.clone());
        match (error, &at.kind) {
            (RonError::NoSuchEnumVariant { found, .. }, _)
                if bare(&text[word.clone()]) == found =>
            {
                return word;
            }
            (RonError::DuplicateStructField { field, .. }, Kind::Fields { fields, .. }) => {
                let same = |(name, _): &&(Range<usize>, Value)| bare(&text[name.clone()]) == *field;
                return fields.iter().rfind(same).map_or(word, |(name, _)| name.clone());
            }
            (RonError::MissingStructField { .. }, Kind::Fields { name: None, .. }) => {
                return at.range.start..at.range.start + 1;
            }
            (RonError::MissingStructField { .. }, Kind::Fields { .. }) => return word,
            // `Say(…)`, `Some(…)`: what is wrong is inside.
            (_, Kind::Row { name: Some(_), items }) if items.len() == 1 => at = &items[0],
            _ => return at.range.clone(),
        }
    }
}

/// How a text is written.
const TEXT: &str = "each text is (en: \"…\", zh: \"…\")";

/// What is wrong and what to do, in our words.
fn explain(error: &RonError) -> (String, String) {
    let both = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    match error {
        RonError::Message(text) => match text.split_once("; ") {
            Some((message, help)) => both(message, help),
            None => both(text, ""),
        },
        RonError::NoSuchStructField { expected, found, .. } => {
            (format!("unknown field `{found}`"), suggest(found, expected))
        }
        RonError::NoSuchEnumVariant { expected, found, .. } => {
            (format!("unknown word `{found}`"), suggest(found, expected))
        }
        RonError::MissingStructField { field: field @ ("en" | "zh"), .. } => {
            (format!("missing field `{field}`"), TEXT.into())
        }
        RonError::MissingStructField { field, .. } => {
            (format!("missing field `{field}`"), format!("add {field}: …"))
        }
        RonError::DuplicateStructField { field, .. } => {
            (format!("field `{field}` stands here twice"), "keep one of them".into())
        }
        RonError::InvalidValueForType { expected, .. } => {
            (format!("expected {expected}"), String::new())
        }
        // serde says "tuple variant Expectation::Path with 2 elements".
        RonError::ExpectedDifferentLength { expected, .. } => {
            let expected = expected.rsplit("::").next().unwrap_or(expected);
            (format!("expected {expected}"), "something is missing".into())
        }
        RonError::ExpectedStructLikeEnd | RonError::ExpectedOptionEnd => {
            both("more values than belong here", "remove what is too much")
        }
        RonError::ExpectedNamedStructLike("Text") => both("expected a text in two languages", TEXT),
        RonError::ExpectedNamedStructLike("Scenario")
        | RonError::ExpectedDifferentStructName { expected: "Scenario", .. } => {
            both("expected a scenario", "it is written as (title: …, nodes: […], …)")
        }
        RonError::ExpectedNamedStructLike(_) | RonError::ExpectedStructLike => {
            both("expected values in parentheses", "put them in: (…)")
        }
        RonError::ExpectedString => both("expected a string", "put it in quotes: \"…\""),
        RonError::ExpectedArray => both("expected a list", "put it in brackets: […]"),
        RonError::ExpectedMap => both("expected a map", "put it in braces: {\"name\": …}"),
        RonError::IntegerOutOfBounds => both("number out of bounds", "a whole number, not below 0"),
        RonError::ExpectedBoolean => both("expected true or false", "without quotes"),
        RonError::ExpectedIdentifier => both("expected a word", "as in Say(…), Served(…), Idle"),
        RonError::ExpectedComma => both("expected a comma", "values are separated by commas"),
        RonError::ExpectedMapColon => both("expected a colon", "each value here is name: value"),
        RonError::ExpectedStringEnd => both("a string without end", "close it with a quote"),
        RonError::UnclosedBlockComment => both("a comment without end", "close it with */"),
        RonError::Eof => both("the file ends too early", "something that was opened is not closed"),
        RonError::TrailingCharacters => both("more after the end", "a file is one scenario: (…)"),
        RonError::ExceededRecursionLimit => {
            both("brackets nested too deep", "no scenario needs it")
        }
        other => {
            let text = other.to_string();
            let mut rest = text.chars();
            let first = rest.next().into_iter().flat_map(char::to_lowercase);
            (first.chain(rest).collect(), String::new())
        }
    }
}
