//! A RON text with some of its values written differently, and the rest as it was.

use std::collections::BTreeMap;
use std::ops::Range;

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

use super::Scenario;
use super::outline::{Value, bare};

/// What stands in place of the bytes from the key to the number.
pub(super) type Edits = BTreeMap<usize, (usize, String)>;

pub(super) fn rewrite(text: &str, range: Range<usize>, edits: &Edits) -> String {
    let mut written = String::new();
    let mut at = range.start;
    for (&start, (end, replacement)) in edits.range(range.clone()) {
        written += &text[at..start];
        written += replacement;
        at = *end;
    }
    written + &text[at..range.end]
}

/// All strings of a value with the place of the name of the field that holds them.
pub(super) fn texts(value: &Value) -> Vec<(Range<usize>, &Value)> {
    let mut found = Vec::new();
    value.texts(0..0, &mut found);
    found
}

/// Whether the strings of this field are command lines, where the shell has its own `$name`s.
pub(super) fn is_command(field: &str) -> bool {
    matches!(bare(field), "setup" | "run")
}

/// The text of a scenario, dollar signs doubled wherever `load` would take them for parameters.
pub(super) fn print(scenario: &Scenario) -> String {
    let config = PrettyConfig::new().extensions(Extensions::IMPLICIT_SOME);
    let text = ron::ser::to_string_pretty(scenario, config)
        .expect("a scenario is made of strings, numbers, lists and maps with text keys");
    let (root, _) = Value::outline(&text).expect("what ron writes has an outline");
    let mut edits = BTreeMap::new();
    for (field, literal) in texts(&root) {
        if !is_command(&text[field]) {
            let written = text[literal.range.clone()].replace('$', "$$");
            edits.insert(literal.range.start, (literal.range.end, written));
        }
    }
    rewrite(&text, 0..text.len(), &edits)
}

/// A scenario's text without what says nothing: fields that are as they are without them; a cable in
/// one line.
pub(super) fn tidied(ron: &str) -> String {
    let says_nothing = |line: &str| {
        let key = line.split(':').next().unwrap_or_default();
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase());
        let empty = ["None,", "[],", "{},"].iter().any(|end| line == format!("{key}: {end}"));
        is_key && empty || matches!(line, "kernel: Yes," | "slow: false," | "teaches: [],")
    };
    let mut lines: Vec<String> = Vec::new();
    let mut cable: Option<Vec<String>> = None;
    for line in ron.lines().filter(|line| !says_nothing(line.trim())) {
        let (words, indent) = (line.trim(), &line[..line.len() - line.trim_start().len()]);
        match (&mut cable, words) {
            (None, "(") if !indent.is_empty() => cable = Some(Vec::new()),
            (Some(parts), "),") => {
                let all = parts.join(" ");
                lines.push(format!("{indent}({}),", all.trim_end_matches(',')));
                cable = None;
            }
            (Some(parts), _) => parts.push(words.to_owned()),
            (None, "),") if lines.last().is_some_and(|last| last.trim() == "limits: (") => {
                lines.pop();
            }
            (None, _) => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}
