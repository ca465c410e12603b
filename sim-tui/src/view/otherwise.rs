//! What the search for the smallest change has found, above the line that is typed.

use sim_core::whatif::When;
use sim_core::{Lang, Text, text};

use super::pen::{Line, fit, hanging, line, prose};
use crate::otherwise::{Offer, Otherwise};
use crate::state::Walk;
use crate::theme::Role;
use crate::what_if::change;

/// The lines; changes that do nothing are shown as far as there is room.
pub fn lines(
    walk: &Walk,
    own: &Otherwise,
    lang: Lang,
    (width, height): (usize, usize),
) -> Vec<Line> {
    let prose = |text: Text, role| prose(text.of(lang), width, role);
    if let Some(why) = own.waits() {
        let Text { en, zh } = why;
        return prose(
            text!("The smallest change is not searched: {en}", "不搜索最小改动：{zh}"),
            Role::Soft,
        );
    }
    let tried = own.tried;
    let mut lines = match &own.found {
        Some(found) => offered(walk, found, lang, width),
        None if own.searches() => {
            let long = match own.is_long() {
                true => text!(" It takes long; Esc gives up.", "时间较长；按 Esc 放弃。"),
                false => Text::default(),
            };
            let Text { en, zh } = long;
            prose(
                text!(
                    "searching the smallest change that turns this decision… tried: {tried}.{en}",
                    "正在搜索能使此判定反转的最小改动……已试 {tried} 种。{zh}"
                ),
                Role::Soft,
            )
        }
        None => prose(
            text!(
                "no change that is known of this network turns this decision; tried: {tried}",
                "此网络已知的改动都不能使此判定反转；已试 {tried} 种"
            ),
            Role::Soft,
        ),
    };
    let room = height.saturating_sub(lines.len());
    let mark = lang.pick("does nothing: ", "没有用：");
    let miss = |own: &Text| line(fit(&format!("{mark}{}", own.of(lang)), width), Role::Soft);
    lines.extend(own.misses.iter().take(room).map(miss));
    lines
}

fn offered(walk: &Walk, found: &Offer, lang: Lang, width: usize) -> Vec<Line> {
    let what: Vec<String> =
        found.acts.iter().map(|act| change(&act.change).of(lang).to_owned()).collect();
    let when = match found.when {
        When::Setup => text!("before the story", "在故事开始之前"),
        When::Before(step) => {
            let line = walk.session.scenario().story.get(step).map_or(0, |own| own.origin.line);
            text!("before line {line} of the file", "在文件第 {line} 行之前")
        }
    };
    let (what, Text { en, zh }, turned) = (what.join("; "), when, &found.turned);
    let (then_en, then_zh) = (&turned.en, &turned.zh);
    let said = text!(
        "{what}  ({en}), {then_en}. Enter runs it.",
        "{what}（{zh}），{then_zh}。按 Enter 运行。"
    );
    let mark = lang.pick("smallest change: ", "最小改动：");
    hanging(mark, Role::Good, said.of(lang), width, Role::Strong)
}
