//! What is wrong with the network: symptom, evidence, cause, cure, proof.

use ratatui::layout::Rect;
use sim_core::diagnose::{Case, Cure, Diagnosis};
use sim_core::{Lang, Text, text};

use super::pen::{Line, Pen, hanging, line, prose};
use crate::diagnosis::{Diagnosing, cause, clue_line, proof};
use crate::layout::inside;
use crate::state::State;
use crate::theme::Role;
use crate::what_if::change;

/// As many verdicts are shown as evidence: the last ones are nearest to where it ended.
const MOST: usize = 8;

/// Draws it.
pub fn draw(state: &State, own: &Diagnosing, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    pen.frame(area, &[(lang.pick("DIAGNOSIS", "诊断").into(), Role::Focus)], true);
    let area = inside(area);
    pen.scrolled(area, &lines(own, lang, usize::from(area.width)), usize::from(own.top));
}

/// The last first line that can be shown.
pub fn last_row(state: &State, own: &Diagnosing, area: Rect) -> u16 {
    let area = inside(area);
    let count = lines(own, state.lang, usize::from(area.width)).len();
    count.saturating_sub(usize::from(area.height)) as u16
}

fn lines(own: &Diagnosing, lang: Lang, width: usize) -> Vec<Line> {
    if let Some((case, found)) = own.found() {
        let mut page = Page { lang, width, lines: Vec::new() };
        page.all(case, found);
        return page.lines;
    }
    let said = match (own.nothing(), own.tried()) {
        (Some(why), _) => why.clone(),
        (None, 0) => text!(
            "Working: changes are tried, and the story is played with each. This may take some seconds. Esc gives up.",
            "正在诊断：逐一尝试改动，每次都重新播放故事。可能需要几秒钟。按 Esc 放弃。"
        ),
        (None, tried) => text!(
            "Working: {tried} changes were tried and none of them heals it; more are tried now. Esc gives up.",
            "正在诊断：已试 {tried} 种改动，都不能治好；正在尝试更多。按 Esc 放弃。"
        ),
    };
    prose(said.of(lang), width, Role::Text)
}

struct Page {
    lang: Lang,
    width: usize,
    lines: Vec<Line>,
}

impl Page {
    fn part(&mut self, title: &Text) {
        if !self.lines.is_empty() {
            self.lines.push(Line::new());
        }
        self.lines.push(line(title.of(self.lang), Role::Focus));
    }

    fn text(&mut self, text: &Text, role: Role) {
        let words = text.of(self.lang).to_owned();
        self.row(&words, role);
    }

    fn row(&mut self, words: &str, role: Role) {
        self.lines.extend(hanging("  ", Role::Text, words, self.width, role));
    }

    fn all(&mut self, case: &Case, found: &Diagnosis) {
        if found.is_healthy() {
            self.part(&text!("all is well", "一切正常"));
            for row in proof(&found.judged, &found.broken, self.lang) {
                self.row(&row, Role::Good);
            }
            return;
        }
        self.part(&text!("symptom", "症状"));
        if found.judged.is_past_director() {
            self.text(
                &text!(
                    "it seems to work, and is broken: the director is by-passed",
                    "看起来能用，其实坏了：调度器被绕过"
                ),
                Role::Bad,
            );
        }
        for own in found.judged.texts(&found.goal, &found.broken) {
            self.text(&own, Role::Bad);
        }
        match &found.cure {
            Some(cure) => self.cure(cure, &case.scenario().file),
            None => self.no_cure(found),
        }
        if !found.clues.is_empty() {
            self.part(&text!("evidence", "证据"));
            let from = found.clues.len().saturating_sub(MOST);
            for clue in &found.clues[from..] {
                self.row(&clue_line(clue, &found.broken, self.lang), Role::Text);
            }
        }
        let (runs, universe) = (found.runs, found.universe);
        self.part(&text!("the search", "搜索"));
        self.text(
            &text!(
                "{universe} changes are known of this network; {runs} runs were played",
                "此网络共有 {universe} 种已知的改动；运行了 {runs} 次"
            ),
            Role::Soft,
        );
    }

    fn cure(&mut self, cure: &Cure, file: &str) {
        for (knob, own) in cure.knobs.iter().zip(&cure.causes) {
            self.part(&text!("cause", "原因"));
            self.text(&cause(own, file), Role::Warn);
            self.part(&text!("cure, before the first request", "处理，在第一个请求之前"));
            for own in &knob.changes {
                self.text(&change(own), Role::Good);
            }
        }
        if !cure.again.is_empty() {
            self.text(
                &text!(
                    "then type again what had failed or is lost:",
                    "然后重新键入失败过或随之消失的命令："
                ),
                Role::Text,
            );
            for (host, line) in &cure.again {
                self.row(&format!("{host}# {line}"), Role::Good);
            }
        }
        let said =
            text!("Enter tries it: both runs side by side", "按 Enter 试一试：两次运行并排显示");
        self.text(&said, Role::Strong);
        self.part(&text!("proof: with it", "证明：这样做之后"));
        for row in proof(&cure.judged, &cure.run, self.lang) {
            self.row(&row, Role::Text);
        }
        if !cure.others.is_empty() {
            self.part(&text!("this would heal it as well", "以下做法也有效"));
            for (changes, _) in &cure.others {
                let said: Vec<String> =
                    changes.iter().map(|own| change(own).of(self.lang).to_owned()).collect();
                self.row(&said.join("; "), Role::Text);
            }
        }
    }

    fn no_cure(&mut self, found: &Diagnosis) {
        self.part(&text!("no cure found", "没有找到处理办法"));
        let text = match found.is_exhausted {
            true => text!(
                "the search ended before all was tried; `lvsim diagnose` tries more",
                "搜索没有试遍全部改动；`lvsim diagnose` 会试更多"
            ),
            false => text!(
                "no change that is known of this network heals it, nor do two of them",
                "此网络已知的改动中，没有一种能治好它，两种一起也没有找到"
            ),
        };
        self.text(&text, Role::Text);
    }
}
