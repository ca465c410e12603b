//! What `ron` and `serde` say about a text, told with the place in the file and in our words.

use std::ops::Range;

use ron::Options;
use ron::error::Error as RonError;
use ron::extensions::Extensions;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::Segment;

use super::error::{ScenarioError, Source, suggest};
use super::outline::{Kind, LastString, Value, bare, last_string, open_brackets};
use super::wrong::Wrong;
use crate::text;
use crate::text::Text;

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
            let message = text!("extension not allowed in scenarios", "场景中不允许这个扩展");
            let help = text!(
                "only implicit_some can be enabled, and it is on anyhow",
                "只能启用 implicit_some，而它本来就是启用的"
            );
            let error = source.error(name, "", message, help);
            return Err(error.into());
        }
    }
    Ok(root)
}

fn refused(source: Source<'_>, error: &ron::error::SpannedError) -> ScenarioError {
    let text = source.text;
    let mut at = source.offset(error.span.end.line, error.span.end.col);
    let is_blank = text.trim().is_empty();
    if is_blank || error.code == RonError::Eof && open_brackets(text, at).is_empty() {
        let message = match is_blank {
            true => text!("the file is empty", "文件是空的"),
            false => text!("the file holds no scenario", "文件里没有场景"),
        };
        let help = text!("a file is one scenario: (…)", "一个文件就是一个场景：(…)");
        return source.error(at..at, "", message, help);
    }
    if let Some((wide, sign, plain)) = full_width(text, at) {
        let message = text!("`{sign}` is full-width", "`{sign}` 是全角字符");
        return source.error(wide, "", message, text!("write {plain}", "写成半角 {plain}"));
    }
    if error.code == RonError::ExpectedComma {
        // It is missing behind what came before, not before what comes next.
        at = text[..at].trim_end().len();
    }
    if let Some((at, message, help)) = slip(source, &error.code, at) {
        return source.error(at, "", message, help);
    }
    let (message, mut help) = explain(&error.code);
    // A quote that is missing turns the text inside out, and ron stumbles only later.
    if let Some(last) = last_string(text, at).filter(|last| text[last.range.clone()].contains('\n'))
    {
        let line = source.origin(last.range.start).line;
        help.en += &format!("; or is a string open since line {line}?");
        help.zh += &format!("；或者从第 {line} 行起有字符串没有结束？");
    }
    source.error(at..at, "", message, help)
}

/// Something wrong that is told with its place.
type Slip = (Range<usize>, Text, Text);

/// What people often do where `ron` stumbles over it.
fn slip(source: Source<'_>, error: &RonError, at: usize) -> Option<Slip> {
    comment_sign(source.text, at)
        .or_else(|| runaway_string(source, at))
        .or_else(|| bare_list(source.text, error, at))
        .or_else(|| crossed_brackets(source, error, at))
}

/// `#` before a comment, as in the shell.
fn comment_sign(text: &str, at: usize) -> Option<Slip> {
    let (before, rest) = text.split_at(at);
    let start = match rest.trim_start().strip_prefix('#') {
        Some(behind) => text.len() - behind.len() - 1,
        // ron has gone past it, expecting `#![…]`.
        None => before.trim_end().strip_suffix('#').filter(|_| !rest.starts_with('!'))?.len(),
    };
    let starts_word = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || c == '"');
    starts_word(&text[..start]).then(|| {
        let message = text!("`#` begins no comment", "`#` 不是注释的开头");
        (start..start + 1, message, text!("a comment begins with //", "注释以 // 开头"))
    })
}

/// A string whose closing quote is missing goes on to the next quote, and what should stand in the
/// next string stands behind it, unquoted.
fn runaway_string(source: Source<'_>, at: usize) -> Option<Slip> {
    let LastString { range, is_closed } = last_string(source.text, at)?;
    let behind = source.text[range.end..].chars().next()?;
    let is_content = !behind.is_whitespace() && !",:)]}/".contains(behind);
    if !is_closed || range.end != at || !is_content {
        return None;
    }
    let end = source.origin(range.end - 1);
    let message =
        text!("a misplaced quote: this string ends at {end}", "引号有误：这个字符串到 {end} 结束");
    let help = text!(
        "close it where it should end; a quote within it is written \\\"",
        "在应当结束处加引号；字符串里面的引号写成 \\\""
    );
    Some((range, message, help))
}

/// `links: (…), (…)` without the brackets of the list.
fn bare_list(text: &str, error: &RonError, at: usize) -> Option<Slip> {
    let rest = text[at..].trim_start();
    let value = text.len() - rest.len();
    let first = rest.chars().next().filter(|first| "([{\"".contains(*first))?;
    let field = open_brackets(text, value).pop()?.field;
    if *error != RonError::ExpectedIdentifier || field.is_empty() {
        return None;
    }
    let field = bare(&text[field]);
    let message = text!("more than one value for `{field}`", "`{field}` 有不止一个值");
    let help = text!("a list stands in brackets: {field}: […]", "列表写在方括号里：{field}: […]");
    Some((value..value + first.len_utf8(), message, help))
}

/// A bracket that closes another than the one that is open, or none where the file ends.
fn crossed_brackets(source: Source<'_>, error: &RonError, at: usize) -> Option<Slip> {
    let text = source.text;
    let rest = text[at..].trim_start();
    let place = text.len() - rest.len();
    let open = open_brackets(text, place).pop()?.at;
    let (line, opening) = (source.origin(open).line, &text[open..=open]);
    let closing = match opening {
        "(" => ")",
        "[" => "]",
        _ => "}",
    };
    if *error == RonError::Eof {
        let (message, _) = explain(error);
        let help = text!(
            "`{opening}` of line {line} is not closed",
            "第 {line} 行的 `{opening}` 没有关闭"
        );
        return Some((at..at, message, help));
    }
    let found = rest.chars().next().filter(|found| ")]}".contains(*found))?;
    if closing.starts_with(found) {
        return None;
    }
    let message = text!(
        "`{found}`, but `{opening}` of line {line} is still open",
        "出现 `{found}`，但第 {line} 行的 `{opening}` 还没有关闭"
    );
    Some((place..place + 1, message, text!("close it with {closing}", "用 {closing} 关闭")))
}

/// The full-width sign that stands where ron stumbled, and what is meant: a slip of those whose
/// keyboard writes Chinese.
fn full_width(text: &str, at: usize) -> Option<(Range<usize>, char, char)> {
    let rest = text[at..].trim_start();
    // ron may have gone past the sign.
    let before = text[..at].chars().next_back().map(|sign| (at - sign.len_utf8(), sign));
    let here = rest.chars().next().map(|sign| (text.len() - rest.len(), sign));
    [here, before].into_iter().flatten().find_map(|(start, sign)| {
        let plain = match sign {
            '“' | '”' | '＂' => '"',
            '【' => '[',
            '】' => ']',
            // Full-width forms stand in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0)?,
            _ => return None,
        };
        Some((start..start + sign.len_utf8(), sign, plain))
    })
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
fn a_text() -> Text {
    text!("each text is (en: \"…\", zh: \"…\")", "文本写成 (en: \"…\", zh: \"…\")")
}

/// What is wrong and what to do, in our words.
fn explain(error: &RonError) -> (Text, Text) {
    match error {
        RonError::Message(text) => match Wrong::unpack(text) {
            Some(Wrong { message, help }) => (message, help),
            None => (foreign(text), Text::default()),
        },
        RonError::NoSuchStructField { expected, found, .. } => {
            (text!("unknown field `{found}`", "没有字段 `{found}`"), suggest(found, expected))
        }
        RonError::NoSuchEnumVariant { expected, found, .. } => {
            (text!("unknown word `{found}`", "不认识 `{found}`"), suggest(found, expected))
        }
        RonError::MissingStructField { field, .. } => {
            let help = match *field {
                "en" | "zh" => a_text(),
                _ => text!("add {field}: …", "加上 {field}: …"),
            };
            (text!("missing field `{field}`", "缺少字段 `{field}`"), help)
        }
        RonError::DuplicateStructField { field, .. } => (
            text!("field `{field}` stands here twice", "字段 `{field}` 出现了两次"),
            text!("keep one of them", "只保留一个"),
        ),
        RonError::InvalidValueForType { expected, .. } if expected == "a whole number" => {
            (wanted(expected), text!("0 or more, written as 4", "不小于 0，写成 4"))
        }
        RonError::InvalidValueForType { expected, .. } => (wanted(expected), Text::default()),
        // serde says "tuple variant Expectation::Path with 2 elements".
        RonError::ExpectedDifferentLength { expected, .. } => (
            wanted(expected.rsplit("::").next().unwrap_or(expected)),
            text!("something is missing", "缺了一部分"),
        ),
        RonError::ExpectedNamedStructLike("Text") => {
            (text!("expected a text in two languages", "此处应是两种语言的文本"), a_text())
        }
        RonError::ExpectedNamedStructLike("Scenario")
        | RonError::ExpectedDifferentStructName { expected: "Scenario", .. } => (
            text!("expected a scenario", "此处应是场景"),
            text!("it is written as (title: …, nodes: […], …)", "写成 (title: …, nodes: […], …)"),
        ),
        RonError::ExpectedNamedStructLike(_) => explain(&RonError::ExpectedStructLike),
        RonError::InvalidEscape(_) => (
            text!("no such escape in a string", "字符串中没有这种转义"),
            text!("a backslash is written \\\\", "反斜杠写成 \\\\"),
        ),
        RonError::InvalidIntegerDigit { digit, base } => (
            text!("`{digit}` is no digit of base {base}", "`{digit}` 不是 {base} 进制的数字"),
            text!("written as 4 or 0x1f", "写成 4 或 0x1f"),
        ),
        RonError::NoSuchExtension(name) => (
            text!("no RON extension named `{name}`", "没有名为 `{name}` 的 RON 扩展"),
            text!("remove the line", "删去这一行"),
        ),
        RonError::UnexpectedChar(found) => (
            text!("unexpected character {found:?}", "意外的字符 {found:?}"),
            text!("a file is one scenario: (…)", "一个文件就是一个场景：(…)"),
        ),
        RonError::SuggestRawIdentifier(name) => (
            text!("`{name}` is no name here", "`{name}` 不能作名字"),
            text!("write r#{name}", "写成 r#{name}"),
        ),
        other => {
            let known = KNOWN.iter().find(|(error, ..)| error == other);
            known.map_or_else(
                || (foreign(&other.to_string()), Text::default()),
                |(_, message, help)| (both(*message), both(*help)),
            )
        }
    }
}

/// English and Chinese.
type Both = (&'static str, &'static str);

fn both((en, zh): Both) -> Text {
    Text { en: en.into(), zh: zh.into() }
}

/// Words of `ron` or `serde` that we have none of our own for.
fn foreign(said: &str) -> Text {
    let mut rest = said.chars();
    let first = rest.next().into_iter().flat_map(char::to_lowercase);
    let said: String = first.chain(rest).collect();
    text!("{said}", "RON 语法不接受：{said}")
}

/// What `serde` says that it expects here.
fn wanted(expected: &str) -> Text {
    let zh = match expected {
        "a string" => "此处应是字符串".into(),
        "a whole number" => "此处应是整数".into(),
        "a time as text or the word Idle" => "此处应是时间（字符串）或 Idle".into(),
        "an iface: its name, its MAC address and perhaps its MTU" => {
            "此处应是接口：名字、MAC 地址，还可以有 MTU".into()
        }
        other => match other.split_once(" with ").and_then(|(name, rest)| {
            let count = rest.strip_suffix(" elements").or(rest.strip_suffix(" element"))?;
            Some((name, count))
        }) {
            Some((name, count)) => format!("{name} 应有 {count} 个值"),
            None => format!("此处应是 {other}"),
        },
    };
    Text { en: format!("expected {expected}"), zh }
}

/// What `ron` refuses, what we say of it, and what to do.
#[rustfmt::skip]
const KNOWN: [(RonError, Both, Both); 24] = [
    (RonError::ExpectedStructLikeEnd,
        ("more values than belong here", "值太多"), ("remove what is too much", "删去多余的")),
    (RonError::ExpectedOptionEnd,
        ("more values than belong here", "值太多"), ("remove what is too much", "删去多余的")),
    (RonError::ExpectedStructLike,
        ("expected values in parentheses", "此处应是括号中的值"), ("put them in: (…)", "写成 (…)")),
    (RonError::ExpectedString,
        ("expected a string", "此处应是字符串"), ("put it in quotes: \"…\"", "加上引号：\"…\"")),
    (RonError::ExpectedArray,
        ("expected a list", "此处应是列表"), ("put it in brackets: […]", "加上方括号：[…]")),
    (RonError::ExpectedArrayEnd,
        ("a list without end", "列表没有结束"), ("close it with ]", "用 ] 结束")),
    (RonError::ExpectedMap,
        ("expected a map", "此处应是映射"), ("put it in braces: {\"name\": …}", "加上花括号：{\"name\": …}")),
    (RonError::ExpectedMapEnd,
        ("a map without end", "映射没有结束"), ("close it with }", "用 } 结束")),
    (RonError::ExpectedInteger,
        ("expected a whole number", "此处应是整数"), ("written as 4", "写成 4")),
    (RonError::IntegerOutOfBounds,
        ("number out of bounds", "数超出范围"), ("a whole number of at most 64 bits, not below 0", "应是不小于 0、最多 64 位的整数")),
    (RonError::UnderscoreAtBeginning,
        ("a number begins with _", "数以 _ 开头"), ("begin with a digit", "以数字开头")),
    (RonError::ExpectedBoolean,
        ("expected true or false", "此处应是 true 或 false"), ("without quotes", "不加引号")),
    (RonError::ExpectedIdentifier,
        ("expected a word", "此处应是一个词"), ("as in Say(…), Served(…), Idle", "如 Say(…)、Served(…)、Idle")),
    (RonError::ExpectedComma,
        ("expected a comma", "此处应有逗号"), ("values are separated by commas", "值之间用逗号分隔")),
    (RonError::ExpectedMapColon,
        ("expected a colon", "此处应有冒号"), ("each value here is name: value", "这里的值写成 name: value")),
    (RonError::ExpectedStringEnd,
        ("a string without end", "字符串没有结束"), ("close it with a quote", "用引号结束")),
    (RonError::ExpectedChar,
        ("a character without end", "字符没有结束"), ("texts stand in double quotes: \"…\"", "文本用双引号：\"…\"")),
    (RonError::UnclosedBlockComment,
        ("a comment without end", "注释没有结束"), ("close it with */", "用 */ 结束")),
    (RonError::Eof,
        ("the file ends too early", "文件过早结束"), ("something that was opened is not closed", "有打开的括号没有关闭")),
    (RonError::TrailingCharacters,
        ("more after the end", "结尾之后还有内容"), ("a file is one scenario: (…)", "一个文件就是一个场景：(…)")),
    (RonError::ExceededRecursionLimit,
        ("brackets nested too deep", "括号嵌套太深"), ("no scenario needs it", "场景用不着这样")),
    (RonError::ExpectedAttribute,
        ("expected #![enable(…)]", "此处应是 #![enable(…)]"), ("or remove the #", "或者删去 #")),
    (RonError::ExpectedAttributeEnd,
        ("#![enable(…)] without end", "#![enable(…)] 没有结束"), ("close it with )]", "用 )] 结束")),
    (RonError::ExpectedUnit,
        ("expected nothing in the parentheses", "括号里不应有内容"), ("remove what is inside", "删去里面的内容")),
];
