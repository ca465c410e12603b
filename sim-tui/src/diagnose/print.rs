//! A diagnosis for people: symptom, evidence, cause, cure, proof.

use sim_core::diagnose::{Case, Cure, Diagnosis};
use sim_core::goal::Judgement;
use sim_core::whatif::Run;
use sim_core::{Text, text};
use sim_tui::diagnosis::{cause, clue_line, proof};

use crate::lang::Lang;
use crate::width::Width;

/// As many verdicts are shown as evidence: the last ones are nearest to where it ended.
const MOST: usize = 8;

/// All that there is to say.
pub fn lines(case: &Case, found: &Diagnosis, width: Width, lang: Lang) -> Vec<String> {
    let mut page = Page { lang, width, lines: Vec::new() };
    let scenario = case.scenario();
    let colon = lang.pick(": ", "：");
    page.prose("", &format!("{}{colon}{}", scenario.file, scenario.title.of(lang)));
    if found.is_healthy() {
        page.part(&text!("all is well", "一切正常"));
        page.proof(&found.judged, &found.broken);
        return page.lines;
    }
    page.symptom(found);
    page.evidence(found);
    match &found.cure {
        Some(cure) => page.cure(cure, &scenario.file),
        None => page.no_cure(found),
    }
    let (runs, universe) = (found.runs, found.universe);
    page.text(&text!(
        "{universe} changes are known of this network; {runs} runs were played",
        "此网络共有 {universe} 种已知的改动；运行了 {runs} 次"
    ));
    page.lines
}

struct Page {
    lang: Lang,
    width: Width,
    lines: Vec<String>,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.lines.push(line.trim_end().to_owned());
    }

    fn prose(&mut self, mark: &str, text: &str) {
        for line in self.width.prose(mark, text) {
            self.line(&line);
        }
    }

    fn row(&mut self, line: &str) {
        for line in self.width.row(line, 6) {
            self.line(&line);
        }
    }

    fn part(&mut self, title: &Text) {
        self.line("");
        self.line(&format!("== {}", title.of(self.lang)));
    }

    fn text(&mut self, text: &Text) {
        self.prose("   ", text.of(self.lang));
    }

    fn symptom(&mut self, found: &Diagnosis) {
        self.part(&text!("symptom", "症状"));
        if found.judged.is_past_director() {
            self.text(&text!(
                "it seems to work, and is broken: the director is by-passed",
                "看起来能用，其实坏了：调度器被绕过"
            ));
        }
        for own in found.judged.texts(&found.goal, &found.broken) {
            self.text(&own);
        }
    }

    fn evidence(&mut self, found: &Diagnosis) {
        if found.clues.is_empty() {
            return;
        }
        self.part(&text!("evidence", "证据"));
        let from = found.clues.len().saturating_sub(MOST);
        for clue in &found.clues[from..] {
            let line = clue_line(clue, &found.broken, self.lang);
            self.row(&format!("   {line}"));
        }
    }

    fn cure(&mut self, cure: &Cure, file: &str) {
        for (knob, own) in cure.knobs.iter().zip(&cure.causes) {
            self.part(&text!("cause", "原因"));
            self.row(&format!("   {}", cause(own, file).of(self.lang)));
            self.part(&text!("cure", "处理"));
            for change in &knob.changes {
                self.row(&format!("   {change}"));
            }
        }
        if !cure.again.is_empty() {
            self.text(&text!(
                "then type again what had failed or is lost:",
                "然后重新键入失败过或随之消失的命令："
            ));
            for (host, line) in &cure.again {
                self.row(&format!("   {host}: {line}"));
            }
        }
        self.part(&text!("proof: with it", "证明：这样做之后"));
        self.proof(&cure.judged, &cure.run);
        if !cure.others.is_empty() {
            self.part(&text!("this would heal it as well", "以下做法也有效"));
            for (changes, _) in &cure.others {
                let said: Vec<String> = changes.iter().map(ToString::to_string).collect();
                self.row(&format!("   {}", said.join("; ")));
            }
        }
        self.line("");
    }

    fn no_cure(&mut self, found: &Diagnosis) {
        self.part(&text!("no cure found", "没有找到处理办法"));
        let text = match found.is_exhausted {
            true => text!(
                "the search ended before all was tried; --tries allows more",
                "搜索次数用完，还没有全部试过；--tries 可以加大"
            ),
            false => text!(
                "no change that is known of this network heals it, nor do two of them",
                "此网络已知的改动中，没有一种能治好它，两种一起也没有找到"
            ),
        };
        self.text(&text);
        self.line("");
    }

    /// How the goal's requests were served.
    fn proof(&mut self, judged: &Judgement, run: &Run) {
        for row in proof(judged, run, self.lang) {
            self.row(&format!("   {row}"));
        }
    }
}
