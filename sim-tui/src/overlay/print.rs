//! The answer for people: `-` is the simulation's, `+` the capture's.

use sim_core::explain;
use sim_core::names::Names;
use sim_core::overlay::{Difference, Kind, line};
use sim_core::why::{Decision, Input};
use sim_core::{Text, text};

use super::Told;
use crate::lang::Lang;
use crate::out::say;
use crate::width::Width;

/// As many other changes are told beside the likeliest.
const OTHERS: usize = 4;

/// Prints all that there is to say.
pub fn print(told: &Told<'_>, lang: Lang) {
    let mut page = Page { told, lang, width: Width::of_output(), open: true };
    page.head();
    if let Some(first) = told.laid.first() {
        page.difference(&first);
        page.decided();
        page.likeliest(&first);
    }
    page.notes();
    page.summary();
}

struct Page<'a> {
    told: &'a Told<'a>,
    lang: Lang,
    width: Width,
    /// Somebody still reads.
    open: bool,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.open = self.open && say(line.trim_end());
    }

    fn prose(&mut self, mark: &str, text: &Text) {
        for line in self.width.prose(mark, text.of(self.lang)) {
            self.line(&line);
        }
    }

    fn names(&mut self, mark: &str, text: &str) {
        for line in self.width.names(mark, text) {
            self.line(&line);
        }
    }

    fn row(&mut self, line: &str, indent: usize) {
        for line in self.width.row(line, indent) {
            self.line(&line);
        }
    }

    fn head(&mut self) {
        let (laid, at, file) = (self.told.laid, self.told.at, self.told.file);
        let scenario = laid.run.player.scenario();
        let (name, seed, frames) = (&scenario.file, scenario.seed, laid.simulated.len());
        let sim = text!(
            "- {name} (seed {seed}), {at}: {frames} frames",
            "- {name}（种子 {seed}），{at}：{frames} 帧"
        );
        self.row(sim.of(self.lang), 4);
        let frames = laid.capture.frames.len();
        let iface = laid.capture.iface.as_ref().map_or(String::new(), |own| format!(", {own}"));
        let real = text!("+ {file}{iface}: {frames} frames", "+ {file}{iface}：{frames} 帧");
        self.row(real.of(self.lang), 4);
    }

    fn difference(&mut self, first: &Difference<'_>) {
        self.line("");
        self.prose("", &first.head(self.told.file));
        if let Some(real) = first.before {
            let text = line(&real.bytes, real.has_macs);
            self.frame(' ', Some(real.number), real.at_ns, &text);
        }
        match first.simulated {
            Some(own) => {
                let text = line(&own.bytes, first.real.is_none_or(|real| real.has_macs));
                self.frame('-', None, own.at_ns, &text);
            }
            None => {
                let words = self.lang.pick("no such frame", "没有这样的帧");
                self.line(&format!("- {words}"));
            }
        }
        match first.real {
            Some(real) => {
                let text = line(&real.bytes, real.has_macs);
                let sign = if first.kind == Kind::Missing { ' ' } else { '+' };
                if sign == ' ' {
                    let words = self.lang.pick("missing; then comes", "缺少；随后是");
                    self.line(&format!("+ {words}"));
                }
                self.frame(sign, Some(real.number), real.at_ns, &text);
            }
            None => {
                let words = self.lang.pick("no more frames of this conversation", "此会话再没有帧");
                self.line(&format!("+ {words}"));
            }
        }
        for field in first.fields.iter().filter(|_| first.kind != Kind::Missing) {
            self.row(&format!("  {:<18} - {}", field.name, field.simulated), 23);
            self.row(&format!("  {:<18} + {}", "", field.real), 23);
        }
    }

    fn frame(&mut self, sign: char, number: Option<usize>, at_ns: u64, text: &str) {
        let number = number.map_or(String::new(), |number| number.to_string());
        let micros = at_ns / 1_000;
        let at = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        self.row(&format!("{sign} {number:>5} {at:>11}  {text}"), 21);
    }

    /// What the simulation decided there.
    fn decided(&mut self) {
        let decided = self.told.laid.decided();
        if decided.is_empty() {
            return;
        }
        self.line("");
        self.prose("", &text!("what the simulation decided there", "模拟在此的判定"));
        for own in &decided {
            self.decision(own);
        }
    }

    fn decision(&mut self, own: &Decision) {
        let (lang, world) = (self.lang, &self.told.laid.run.player.world);
        let names = Names { net: &world.net, origins: &world.origins, node: own.node, lang };
        let (node, code) = (&world.net.node(own.node).name, own.code());
        self.names("  ", &format!("{} {node} {code}", own.at));
        if let Some(entry) = explain::entry(code) {
            self.prose("    ", &Text { en: entry.title.en.into(), zh: entry.title.zh.into() });
        }
        for Input { what, value, origin } in Input::of(own, &names) {
            let place =
                origin.map_or(String::new(), |origin| format!(" ({})", names.place(origin)));
            let sign = if what.is_empty() { "" } else { " " };
            self.names("    ", &format!("{what}{sign}{value}{place}"));
        }
    }

    /// The change that explains the capture best.
    fn likeliest(&mut self, first: &Difference<'_>) {
        let (laid, searched) = (self.told.laid, self.told.searched);
        let end = laid.capture.frames.last().map_or(0, |last| last.number + 1);
        let before = first.real.map_or(end, |real| real.number);
        self.line("");
        let Some(best) = searched.found.first() else {
            let (tried, all) = (searched.tried, searched.all);
            self.prose("", &match (tried, tried < all) {
                (0, _) => text!("no change was tried", "没有试任何改动"),
                (_, true) => text!(
                    "no single change explains it, of {tried} that were tried; --tries allows more",
                    "试过的 {tried} 种改动中，没有一种能解释；--tries 可以加大"
                ),
                (_, false) => text!(
                    "no single change explains it: {tried} were tried",
                    "没有哪一种改动能解释：试了 {tried} 种"
                ),
            });
            return;
        };
        let tried = searched.tried;
        self.prose(
            "",
            &text!(
                "the most likely difference of configuration, of {tried} that were played",
                "最可能的配置差别（试了 {tried} 种）"
            ),
        );
        let told = best.told(laid, before);
        self.names("  ", told.of(self.lang));
        // What explains as much stands beside it.
        let others = searched.found[1..].iter().filter(|own| own.frame == best.frame);
        let others: Vec<Text> = others.take(OTHERS).map(|own| own.told(laid, before)).collect();
        if !others.is_empty() {
            self.prose("", &text!("less likely", "其次"));
        }
        for told in others {
            self.names("  ", told.of(self.lang));
        }
    }

    fn notes(&mut self) {
        let notes = self.told.laid.notes();
        if notes.is_empty() {
            return;
        }
        self.line("");
        self.prose("", &text!("no differences, but to be said", "不算不同，但应说明"));
        for note in notes {
            self.prose("  ", &note);
        }
    }

    fn summary(&mut self) {
        let (laid, at) = (self.told.laid, self.told.at);
        let (pairs, differ) = (laid.pairs(), laid.differences());
        self.line("");
        self.prose("== ", &match laid.fits() {
            true => text!(
                "the capture fits {at}: conversations {pairs}",
                "抓包与 {at} 相符：会话 {pairs} 个"
            ),
            false => text!(
                "the capture differs from {at}: conversations {pairs}, places where they part {differ}",
                "抓包与 {at} 不同：会话 {pairs} 个，分歧 {differ} 处"
            ),
        });
    }
}
