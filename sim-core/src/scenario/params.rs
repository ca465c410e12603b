//! Parameters: `$name` in the strings of a scenario, and where their values come from.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::ops::Range;

use rand_core::RngCore;
use rand_pcg::Pcg32;

use super::Vary;
use super::error::suggest;
use super::mapped::Mapped;
use crate::text;
use crate::text::Text;

/// What is put in for `$name`.
pub(super) type Params = BTreeMap<String, String>;

/// Names that a node's own shell has given a value, up to the line at hand.
pub(super) type Assigned = BTreeSet<String>;

/// A `$name` that means nothing: the bytes of the file, what is wrong, what to do.
pub(super) type BadParam = (Range<usize>, Text, Text);

/// A string with its parameters put in. Every name must be known; `$$` is a dollar sign.
pub(super) fn fill(content: &Mapped, params: &Params) -> Result<Mapped, BadParam> {
    let text = content.text();
    let mut filled = content.emptied();
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|offset| at + offset) {
        filled.push_part(content, at..dollar);
        let reference = Reference::read(&text[dollar..]);
        at = dollar + reference.length();
        let place = content.place(dollar..at);
        match reference {
            Reference::Dollar => filled.push("$", place),
            Reference::Sign => filled.push_part(content, dollar..at),
            Reference::Name { name, .. } => match params.get(name) {
                Some(value) => filled.push(value, place),
                None => {
                    return Err((
                        place,
                        text!("unknown parameter `${name}`", "没有参数 `${name}`"),
                        known(name, params),
                    ));
                }
            },
        }
    }
    filled.push_part(content, at..text.len());
    Ok(filled)
}

/// Whether a text names one of these parameters.
pub(super) fn uses(text: &str, names: &[String]) -> bool {
    let is_one = |name: &str| names.iter().any(|own| own == name);
    !names.is_empty()
        && text.match_indices('$').any(|(dollar, _)| match Reference::read(&text[dollar..]) {
            Reference::Name { name, .. } => is_one(name),
            Reference::Dollar | Reference::Sign => false,
        })
}

fn known(name: &str, params: &Params) -> Text {
    if params.is_empty() {
        return text!(
            "set it with let: {{\"{name}\": \"…\"}}; a plain dollar sign is $$",
            "用 let: {{\"{name}\": \"…\"}} 设置；单独的美元符号写成 $$"
        );
    }
    suggest(name, &params.keys().collect::<Vec<_>>())
}

/// A command line with its parameters put in. What is no parameter is the shell's, and so is a name
/// from where the node's own script gives it a value; a backslash before the dollar keeps it, too.
pub(super) fn fill_command(content: &Mapped, params: &Params, assigned: &mut Assigned) -> Mapped {
    let text = content.text();
    let assignments = assignments(text);
    let mut filled = content.emptied();
    let mut at = 0;
    while let Some(dollar) = text[at..].find(['$', '\\']).map(|offset| at + offset) {
        filled.push_part(content, at..dollar);
        let rest = &text[dollar..];
        if let Some(kept) = rest.strip_prefix('\\') {
            at = dollar + 1 + kept.chars().next().map_or(0, char::len_utf8);
            filled.push_part(content, dollar..at);
            continue;
        }
        let reference = Reference::read(rest);
        at = dollar + reference.length();
        let is_own = |name: &str| {
            assigned.contains(name)
                || assignments.iter().any(|(end, own)| *end <= dollar && *own == name)
        };
        match reference {
            Reference::Name { name, .. } if params.contains_key(name) && !is_own(name) => {
                filled.push(&params[name], content.place(dollar..at));
            }
            _ => filled.push_part(content, dollar..at),
        }
    }
    filled.push_part(content, at..text.len());
    assigned.extend(assignments.into_iter().map(|(_, name)| name.to_owned()));
    filled
}

/// What a dollar sign begins.
enum Reference<'t> {
    /// `$name` or `${name}`.
    Name { name: &'t str, length: usize },
    /// `$$`.
    Dollar,
    /// A dollar sign before something else.
    Sign,
}

impl<'t> Reference<'t> {
    /// `text` starts with the dollar sign.
    fn read(text: &'t str) -> Self {
        let rest = &text[1..];
        if rest.starts_with('$') {
            return Self::Dollar;
        }
        let (braced, body) = rest.strip_prefix('{').map_or((false, rest), |body| (true, body));
        let name = &body[..name_length(body)];
        match braced {
            _ if name.is_empty() => Self::Sign,
            false => Self::Name { name, length: 1 + name.len() },
            true if body[name.len()..].starts_with('}') => {
                Self::Name { name, length: 3 + name.len() }
            }
            // `${name:-word}` and its kin are the shell's.
            true => Self::Sign,
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Name { length, .. } => *length,
            Self::Dollar => 2,
            Self::Sign => 1,
        }
    }
}

/// Whether this can be a parameter's name: a letter or `_`, then letters, digits and `_`.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The names that a line gives a value, with the end of the word that does: `a=1`, `export a=1`,
/// `for a in …`.
fn assignments(line: &str) -> Vec<(usize, &str)> {
    const BEFORE: [&str; 7] = ["export", "then", "do", "else", "{", "!", "("];
    let mut found = Vec::new();
    let mut may_assign = true;
    let mut is_loop = false;
    for (start, word) in words(line) {
        let end = start + word.len();
        let name = &word[..name_length(word)];
        if is_loop {
            found.push((end, name));
            (is_loop, may_assign) = (false, false);
        } else if matches!(word, ";" | "&" | "|" | "\n") || BEFORE.contains(&word) {
            may_assign = true;
        } else if may_assign && word == "for" {
            is_loop = true;
        } else if may_assign && !name.is_empty() && word[name.len()..].starts_with('=') {
            found.push((end, name));
        } else {
            may_assign = false;
        }
    }
    found
}

/// The words of a shell line, quotes left in, and the signs between commands as words of their own.
fn words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut is_escaped = false;
    for (at, character) in line.char_indices() {
        let is_sign = matches!(character, ';' | '&' | '|' | '(' | ')' | '\n');
        if quote.is_none() && !is_escaped && (is_sign || character.is_whitespace()) {
            words.extend(start.take().map(|start| (start, &line[start..at])));
            words.extend(is_sign.then(|| (at, &line[at..at + 1])));
            continue;
        }
        start.get_or_insert(at);
        match (character, quote) {
            _ if is_escaped => is_escaped = false,
            ('\\', None | Some('"')) => is_escaped = true,
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            _ => {}
        }
    }
    words.extend(start.map(|start| (start, &line[start..])));
    words
}

/// A value drawn for this name. Each name has a stream of its own: another parameter in the file
/// does not move the values of the others.
pub(super) fn draw(seed: u64, name: &str, vary: &Vary) -> String {
    let mut rng = Pcg32::new(seed, stream(name));
    match vary {
        Vary::Range(first, last) => between(&mut rng, *first, *last).to_string(),
        Vary::Net(net) => {
            let host = between(&mut rng, 1, u64::from(net.hosts()) - 1);
            let host = u32::try_from(host).expect("a host's number has at most 31 bits");
            Ipv4Addr::from(u32::from(net.addr) | host).to_string()
        }
    }
}

/// FNV-1a: a number for a name that is the same on every machine and in every release.
fn stream(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A number from `first` to `last`, each as likely as the other.
fn between(rng: &mut Pcg32, first: u64, last: u64) -> u64 {
    let Some(count) = last.saturating_sub(first).checked_add(1) else { return rng.next_u64() };
    // The last, incomplete round of `count` numbers would favour the small ones.
    let fair = u64::MAX - u64::MAX % count;
    loop {
        let number = rng.next_u64();
        if number < fair {
            return first + number % count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Params {
        [("vip", "192.0.2.100"), ("n", "3")].map(|(a, b)| (a.into(), b.into())).into()
    }

    fn content(text: &str) -> Mapped {
        let mut content = Mapped::default();
        text.char_indices().for_each(|(at, c)| {
            content.push(c.encode_utf8(&mut [0; 4]), at..at + c.len_utf8());
        });
        content
    }

    #[test]
    #[rustfmt::skip]
    fn fills_texts() {
        for (text, filled) in [
            ("at $vip.",        Ok("at 192.0.2.100.")),
            ("${n}x $n$n",      Ok("3x 33")),
            ("$$vip costs $5$", Ok("$vip costs $5$")),
            ("${n",             Ok("${n")),
            ("$vip2",           Err(0..5)),
            ("a $N",            Err(2..4)),
        ] {
            let result = fill(&content(text), &params());
            let result = result.as_ref().map(Mapped::text).map_err(|(at, ..)| at.clone());
            assert_eq!(result, filled, "{text}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn fills_commands() {
        for (line, filled) in [
            ("ping $vip",                        "ping 192.0.2.100"),
            ("ping '$vip' \\$vip $?",            "ping '192.0.2.100' \\$vip $?"),
            ("ping $who $$ ${n:-1}",             "ping $who $$ ${n:-1}"),
            ("vip=1; ping $vip",                 "vip=1; ping $vip"),   // its own from here on
            ("vip=$vip; ping $vip",              "vip=192.0.2.100; ping $vip"),
            ("echo vip=1; ping $vip",            "echo vip=1; ping 192.0.2.100"),
            ("a=1 vip=2; ping $vip",             "a=1 vip=2; ping $vip"),
            ("export vip=2 && ping $vip",        "export vip=2 && ping $vip"),
            ("for n in 1 2; do ping $n; done",   "for n in 1 2; do ping $n; done"),
            ("echo '; vip=1'; ping $vip",        "echo '; vip=1'; ping 192.0.2.100"),
            ("echo \\; vip=1; ping $vip",        "echo \\; vip=1; ping 192.0.2.100"),
        ] {
            let result = fill_command(&content(line), &params(), &mut Assigned::new());
            assert_eq!(result.text(), filled);
        }
        let mut assigned = Assigned::new();
        fill_command(&content("vip=1"), &params(), &mut assigned);
        let later = fill_command(&content("ping $vip $n"), &params(), &mut assigned);
        assert_eq!(later.text(), "ping $vip 3");
    }

    #[test]
    fn draws_are_the_same_on_every_machine() {
        let net = Vary::Net(super::super::Net { addr: [172, 16, 0, 0].into(), prefix: 16 });
        let drawn: Vec<String> = (1..=3).map(|seed| draw(seed, "vip", &net)).collect();
        assert_eq!(drawn, ["172.16.65.66", "172.16.232.243", "172.16.228.123"]);
        let drawn: Vec<String> = (1..=8).map(|seed| draw(seed, "n", &Vary::Range(2, 4))).collect();
        assert_eq!(drawn.join(" "), "2 2 3 4 4 3 2 3");
        assert_eq!(draw(1, "n", &Vary::Range(7, 7)), "7");
    }
}
