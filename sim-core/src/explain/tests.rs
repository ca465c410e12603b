//! The catalogue is complete, agrees in its two languages, and keeps to the rules of style.

use std::collections::BTreeSet;

use super::{Cure, Entry, FAMILIES, Words, entries, entry};

/// Words in which the two languages name the same thing and which are no plain English.
const NAMES: &[&str] = &[
    "lo",
    "rr",
    "wrr",
    "lc",
    "wlc",
    "sed",
    "nq",
    "sh",
    "dh",
    "mh",
    "fo",
    "ovf",
    "lblc",
    "lblcr",
    "twos",
    "ipip",
    "ipvsadm",
    "traceroute",
];

/// How long a text may be, in characters.
struct Limit {
    en: usize,
    zh: usize,
}

const CLAUSE: Limit = Limit { en: 60, zh: 30 };
const EXPLANATION: Limit = Limit { en: 180, zh: 90 };

#[test]
fn each_code_has_an_entry_and_each_entry_a_code() {
    let mut codes: BTreeSet<_> = crate::reason::all_codes().into_iter().collect();
    codes.insert("read");
    let known: BTreeSet<_> = entries().iter().map(|entry| entry.code).collect();
    assert_eq!(codes.difference(&known).collect::<Vec<_>>(), [&""; 0], "codes without an entry");
    assert_eq!(known.difference(&codes).collect::<Vec<_>>(), [&""; 0], "entries without a code");
    assert_eq!(entries().len(), known.len(), "a code has two entries");
}

#[test]
fn a_code_leads_to_its_entry() {
    for known in entries() {
        assert_eq!(entry(known.code), Some(known));
    }
    assert_eq!(entry("arp"), None);
    assert_eq!(entry(""), None);
}

#[test]
fn families_are_sorted_and_of_one_kind() {
    for family in FAMILIES {
        let codes: Vec<_> = family.iter().map(|entry| entry.code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        let kinds: BTreeSet<_> = codes.iter().map(|code| code.split('.').next()).collect();
        assert_eq!(kinds.len(), 1, "{codes:?}");
    }
}

#[test]
fn the_rules_of_style_hold() {
    let faults: Vec<String> = entries().iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The rules can fail: each row breaks one of them.
#[test]
#[rustfmt::skip]
fn the_rules_of_style_bite() {
    for (en, zh, fault) in [
        ("Fine",           "好",               None),
        ("ARP at 10",      "ARP 为 10",        None),
        ("Fine",           "",                 Some("is missing")),
        ("",               "好",               Some("is missing")),
        ("Two  spaces",    "好",               Some("spaces")),
        ("Fine",           " 好",              Some("spaces")),
        ("Dash \u{2014}",  "好",               Some("wide or narrow")),
        ("Fine",           "“好”",             Some("wide or narrow")),
        ("好",             "好",               Some("not ASCII")),
        ("ARP",            "ARP表项",          Some("a space")),
        ("ARP",            "表项ARP",          Some("a space")),
        ("ARP",            "表项， ARP",       Some("no space")),
        ("ARP",            "表项 ，ARP",       Some("no space")),
        ("Fine",           "好,好",            Some("full-width punctuation")),
        ("ARP",            "好(ARP)",          Some("full-width punctuation")),
        ("ARP",            "ARP,好",           Some("full-width punctuation")),
        ("ARP, IP",        "ARP, IP",          Some("full-width punctuation")),
        ("Fine",           "好１",             Some("full-width digit")),
        ("Fine",           "收到一个包",       Some("`包`")),
        ("Fine",           "同时包含两者",     None),
        ("Fine",           "目的地址",         Some("`目的`")),
        ("Fine",           "错误！",           Some("`错误！`")),
        ("ARP at 10",      "ARP 为 11",        Some("only in English: 10")),
        ("ARP at 10",      "ARP 为 11",        Some("only in Chinese: 11")),
        ("Sent to the VIP", "已发出",          Some("only in English: VIP")),
        ("Sent",           "已用 curl 发出",   Some("only in Chinese: curl")),
        ("The VIP on lo",  "VIP 在环回接口上", Some("only in English: lo")),
    ] {
        let found = text_faults(&Words { en, zh });
        match fault {
            None => assert_eq!(found, [""; 0], "{en} / {zh}"),
            Some(fault) => assert!(found.iter().any(|one| one.contains(fault)), "{zh}: {found:?}"),
        }
    }
}

/// What is wrong with an entry, a line for each fault.
fn faults(entry: &Entry) -> Vec<String> {
    let Entry { title, why, matters, cure, .. } = entry;
    let mut faults = Vec::new();
    let mut texts = vec![
        ("title", title, CLAUSE, false),
        ("why", why, EXPLANATION, true),
        ("matters", matters, EXPLANATION, true),
    ];
    match cure {
        Cure::Do(words) => texts.push(("cure", words, EXPLANATION, true)),
        Cure::Type(command) if !is_plain_command(command) => {
            faults.push(format!("{} cure: `{command}` is no plain command", entry.code));
        }
        Cure::Nothing if is_loss(entry) => {
            faults.push(format!("{} cure: a loss has one, or words why not", entry.code));
        }
        Cure::Type(_) | Cure::Nothing => {}
    }
    for (key, words, limit, ends) in texts {
        let mut found = text_faults(words);
        let (en, zh) = (words.en.chars().count(), words.zh.chars().count());
        if en > limit.en || zh > limit.zh {
            found.push(format!("{en} and {zh} characters, {} and {} allowed", limit.en, limit.zh));
        }
        if words.en.ends_with('.') != ends || words.zh.ends_with('。') != ends {
            found.push("a clause ends without a full stop, a sentence with one".to_string());
        }
        if words.en.starts_with(char::is_lowercase) && !starts_with_a_name(words.en) {
            found.push("English begins with a capital".to_string());
        }
        faults.extend(found.into_iter().map(|fault| format!("{} {key}: {fault}", entry.code)));
    }
    // FULLNAT is in no mainline kernel.
    let place = entry.linux.strip_prefix("alibaba/LVS ").unwrap_or(entry.linux);
    let cited = entry.linux.starts_with("RFC ") || is_function_of_a_file(place);
    if !cited {
        faults.push(format!("{} linux: `{}` is no file and function", entry.code, entry.linux));
    }
    faults
}

/// Whether something is lost by it: what its code or its title says.
fn is_loss(entry: &Entry) -> bool {
    let is_said = |word: &str| entry.title.en.starts_with(word);
    entry.code.contains(".drop")
        || ["Dropped", "Lost", "Reset", "Gave up", "Threw"].into_iter().any(is_said)
        || is_said("Refused:")
}

/// What is wrong with a text, apart from its length.
fn text_faults(words: &Words) -> Vec<String> {
    let Words { en, zh } = *words;
    if en.is_empty() || zh.is_empty() {
        return vec!["one language is missing".to_string()];
    }
    let mut faults = Vec::new();
    for text in [en, zh] {
        if text.contains("  ") || text.trim() != text {
            faults.push(format!("two spaces, or spaces at an end: {text}"));
        }
        // Terminals disagree about the width of these.
        if let Some(odd) = text.chars().find(|c| "…—–·→×≥≤“”‘’".contains(*c))
        {
            faults.push(format!("`{odd}` is wide or narrow, depending on the terminal"));
        }
    }
    if !en.is_ascii() {
        faults.push(format!("English is not ASCII: {en}"));
    }
    faults.extend(chinese_faults(zh));
    let (in_en, in_zh) = (latin(en), latin(zh));
    let lower: BTreeSet<_> = in_en.iter().map(|word| word.to_lowercase()).collect();
    for word in in_en.iter().filter(|word| is_fact(word) && !in_zh.contains(*word)) {
        faults.push(format!("only in English: {word}"));
    }
    for word in in_zh.iter().filter(|word| !lower.contains(&word.to_lowercase())) {
        faults.push(format!("only in Chinese: {word}"));
    }
    faults
}

fn chinese_faults(zh: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for bad in ["目的", "头部", "错误！", "您", "你", "数据包"] {
        if zh.contains(bad) {
            faults.push(format!("`{bad}` is not our word: {zh}"));
        }
    }
    let own = ["包含", "包括", "抓包"].iter().fold(zh.to_owned(), |zh, own| zh.replace(own, ""));
    if own.contains('包') {
        faults.push(format!("`包` is 报文 or 帧: {zh}"));
    }
    if zh.chars().any(|c| matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '\u{3000}')) {
        faults.push(format!("full-width digit, letter or space: {zh}"));
    }
    if let Some(half) = [", ", ". ", "; ", ": ", "?", "!"].iter().find(|half| zh.contains(**half)) {
        faults.push(format!("full-width punctuation belongs in place of `{half}`: {zh}"));
    }
    let chars: Vec<char> = zh.chars().collect();
    for pair in chars.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let meets = |one: fn(char) -> bool, other: fn(char) -> bool| {
            one(a) && other(b) || other(a) && one(b)
        };
        if meets(is_chinese, |c| c.is_ascii_alphanumeric()) {
            faults.push(format!("a space belongs between `{a}` and `{b}`: {zh}"));
        }
        if meets(is_punctuation, |c| c == ' ') {
            faults.push(format!("no space belongs next to punctuation: {zh}"));
        }
        if meets(is_chinese, |c| ",.;:?!()".contains(c)) {
            faults.push(format!("full-width punctuation belongs between `{a}` and `{b}`: {zh}"));
        }
    }
    faults
}

/// The words, numbers, addresses and names of a text that are written in Latin letters.
fn latin(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "_./:=-".contains(c)))
        .map(|word| word.trim_matches(|c: char| ".:/-".contains(c)))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a word must be the same in both languages: numbers, addresses, settings, abbreviations,
/// names.
fn is_fact(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit() || "_./=".contains(c))
        || word.chars().filter(char::is_ascii_uppercase).count() > 1
        || NAMES.contains(&word)
}

/// Names keep their small letters at the beginning of a sentence.
fn starts_with_a_name(text: &str) -> bool {
    text.split(' ').next().is_some_and(is_fact)
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

fn is_punctuation(c: char) -> bool {
    "，。：；？！（）、".contains(c)
}

/// `net/ipv4/arp.c arp_ignore`
fn is_function_of_a_file(cited: &str) -> bool {
    let Some((file, function)) = cited.split_once(' ') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    file.contains('/')
        && (file.ends_with(".c") || file.ends_with(".h"))
        && function.chars().all(is_name)
}

/// One line for the console, without anything that a shell would treat in its own way.
fn is_plain_command(cure: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " ._=-/".contains(c);
    let tool = cure.split(' ').next().unwrap_or_default();
    ["sysctl", "ip", "ipvsadm", "modprobe"].contains(&tool) && cure.chars().all(is_plain)
}
