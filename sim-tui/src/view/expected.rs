//! Expectations of a story in words: what must be so here.

use std::ops::Range;

use sim_core::scenario::{Expectation, Step as Told};
use sim_core::{Lang, Text, text};

use super::pen::{Line, hanging, line};
use crate::state::Walk;
use crate::theme::Role;

/// How many hold.
pub fn head(count: u16, failed: usize) -> Text {
    match failed {
        0 => text!("expected, and so it is: {count}", "预期成立：{count} 项"),
        _ => text!("expected: {count}; not so: {failed}", "预期 {count} 项，不成立 {failed} 项"),
    }
}

/// All of a group, and what does not hold.
pub fn lines(
    walk: &Walk,
    (first, count): (u16, u16),
    failed: &Range<u16>,
    lang: Lang,
    width: usize,
) -> Vec<Line> {
    let role = if failed.is_empty() { Role::Good } else { Role::Bad };
    let mut lines = vec![line(head(count, failed.len()).of(lang), role)];
    let failures = walk.session.end().failures();
    for failure in
        failures.get(usize::from(failed.start)..usize::from(failed.end)).unwrap_or_default()
    {
        lines.extend(hanging("(x) ", Role::Bad, failure.text().of(lang), width, Role::Text));
    }
    let story = &walk.session.scenario().story;
    for told in story.iter().skip(usize::from(first)).take(usize::from(count)) {
        if let Told::Expect(own) = &told.value {
            lines.extend(hanging("- ", Role::Soft, words(own).of(lang), width, Role::Text));
        }
    }
    lines
}

/// An expectation in words.
fn words(own: &Expectation) -> Text {
    match own {
        Expectation::Served(names, _) => {
            let names = names.join(" ");
            text!("served by {names}", "依次应答：{names}")
        }
        Expectation::Path(flow, nodes) => {
            let way = nodes.join(" → ");
            text!("{flow}: {way}", "{flow}：{way}")
        }
        Expectation::Frame { on, is, .. } => text!("{on} sees {is}", "{on} 处看到 {is}"),
        Expectation::NoFrame { on, is } => text!("{on} does not see {is}", "{on} 处看不到 {is}"),
        Expectation::Because { on, code } => text!("{on} decides {code}", "{on} 判定 {code}"),
        Expectation::Never { on, code } => {
            text!("{on} never decides {code}", "{on} 从不判定 {code}")
        }
        Expectation::Neigh { on, ip, mac, owner } => {
            let whose = owner
                .clone()
                .or_else(|| mac.map(|mac| mac.to_string()))
                .unwrap_or_else(|| "-".into());
            text!("{on} has {ip} at {whose}", "{on} 认为 {ip} 在 {whose}")
        }
        Expectation::Conns { on, state, count } => {
            let state = state.as_deref().map_or_else(String::new, |state| format!(" {state}"));
            text!("{on} has {count} connections{state}", "{on} 有 {count} 个连接{state}")
        }
        Expectation::Output { on, run, has } => {
            let run = &run.value;
            text!("{on}# {run} says: {has}", "{on}# {run} 输出：{has}")
        }
        Expectation::Digest { on, table, .. } => {
            text!("{on}'s table {table} is as recorded", "{on} 的 {table} 表与记录相同")
        }
        Expectation::Since(label, inner) => {
            let all: Vec<Text> = inner.iter().map(|own| words(&own.value)).collect();
            let en: Vec<&str> = all.iter().map(|own| own.en.as_str()).collect();
            let zh: Vec<&str> = all.iter().map(|own| own.zh.as_str()).collect();
            let (en, zh) = (en.join("; "), zh.join("；"));
            text!("since {label}: {en}", "自 {label} 起：{zh}")
        }
    }
}
