//! The answer for people: what it is about, then each decision with the way to it.

use sim_core::counterfactual::Counterfactual;
use sim_core::event::NodeId;
use sim_core::explain::{self, Cure};
use sim_core::names::Names;
use sim_core::trace::{How, Note};
use sim_core::whatif::Run;
use sim_core::why::{self, About, Input, Link, Request, Saw, Set, Told, Why};
use sim_core::{Text, text};
use sim_tui::chain::{self, words_of};

use super::otherwise::Otherwise;
use crate::explain::{label, source};
use crate::lang::Lang;
use crate::out::say;
use crate::width::Width;

/// As many lines are shown of what a command said.
const MOST_SAID: usize = 3;

/// Prints an answer, and below each decision what would have turned it, if that was searched.
pub fn print(run: &Run, why: &Why, turns: &[Option<Otherwise>], lang: Lang) {
    let mut page = Page { run, lang, width: Width::of_output(), open: true };
    page.head(why);
    let many = why.told.len() > 1;
    for (at, told) in why.told.iter().enumerate() {
        page.line("");
        page.chain(told);
        let mark = if many { format!("{}. ", at + 1) } else { String::new() };
        page.decision(&mark, told);
        if let Some(turn) = turns.get(at) {
            page.otherwise(turn.as_ref());
        }
    }
}

struct Page<'a> {
    run: &'a Run,
    lang: Lang,
    width: Width,
    /// Somebody still reads.
    open: bool,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.open = self.open && say(line.trim_end());
    }

    fn prose(&mut self, mark: &str, text: &str) {
        for line in self.width.prose(mark, text) {
            self.line(&line);
        }
    }

    /// Names, numbers and commands, which are broken at blanks only.
    fn names(&mut self, mark: &str, text: &str) {
        for line in self.width.names(mark, text) {
            self.line(&line);
        }
    }

    fn node(&self, node: NodeId) -> &str {
        &self.run.player.world.net.node(node).name
    }

    fn words(&self, node: NodeId) -> Names<'_> {
        let world = &self.run.player.world;
        Names { net: &world.net, origins: &world.origins, node, lang: self.lang }
    }

    fn head(&mut self, why: &Why) {
        let scenario = self.run.player.scenario();
        let (file, seed) = (&scenario.file, scenario.seed);
        let Text { en, zh } = self.about(&why.about);
        let head = text!("{file} (seed {seed}): {en}", "{file}（种子 {seed}）：{zh}");
        self.prose("", head.of(self.lang));
        if let Some(error) = self.run.player.error() {
            self.prose("  ", error.text().of(self.lang));
        }
        match &why.about {
            About::Frame { id, .. } => {
                let entries = self.run.trace.entries().iter();
                let line = entries.clone().find_map(|entry| match &entry.what {
                    Note::Frame { frame, .. } if frame.id == *id => Some(why::line(frame)),
                    _ => None,
                });
                self.names("  ", &line.unwrap_or_default());
            }
            About::Request(request, failed) => {
                self.request(request, why.saw);
                failed.iter().for_each(|at| self.failure(*at));
            }
            About::Failure(at) => self.failure(*at),
            About::Node(_) | About::LastAgainst | About::Nothing => {}
        }
    }

    fn failure(&mut self, at: usize) {
        let text = self.run.player.failures()[at].text();
        for line in text.of(self.lang).lines() {
            self.names("  ", line);
        }
    }

    fn about(&self, about: &About) -> Text {
        match about {
            About::Frame { id, others } => {
                let id = id.0;
                match others {
                    0 => text!("why frame {id} went as it did", "帧 {id} 为何如此"),
                    _ => text!(
                        "why frame {id} went as it did, the first of those; others that fit: {others}",
                        "帧 {id} 为何如此（符合者中的第一个；另有 {others} 个也符合）"
                    ),
                }
            }
            About::Node(node) => {
                let node = self.node(*node);
                text!("what {node} decided last", "{node} 最后的判定")
            }
            About::Request(request, _) => {
                let (number, node) = (request.number, self.node(request.node));
                match request.served {
                    true => text!("request {number}, of {node}", "第 {number} 个请求，来自 {node}"),
                    false => text!(
                        "request {number}, of {node}, was not served",
                        "第 {number} 个请求（来自 {node}）没有得到服务"
                    ),
                }
            }
            About::Failure(_) => text!("an expectation does not hold", "有一个预期不成立"),
            About::LastAgainst => text!(
                "no request and no expectation failed; the last packet that somebody threw away or refused",
                "没有失败的请求或预期；以下是最后一个被丢弃或拒绝的报文"
            ),
            About::Nothing => text!(
                "nothing failed: every request was served and nothing was thrown away or refused",
                "没有失败：所有请求都得到服务，也没有报文被丢弃或拒绝"
            ),
        }
    }

    /// The command, what it said, and what came back.
    fn request(&mut self, request: &Request, saw: Option<Saw>) {
        let began = self.run.trace.events()[request.began].at;
        let text = self.run.player.world.job(request.job).map_or("", |job| job.text.as_str());
        let head = format!("  {began} {} $ ", self.node(request.node));
        self.names(&head, text);
        let said = why::said(self.run, request.job);
        let skipped = said.len().saturating_sub(MOST_SAID);
        for line in &said[skipped..] {
            let line = self.lang.said(line).into_owned();
            self.names("  | ", &line);
        }
        match saw {
            Some(Saw::Frame(event)) => {
                let Some((number, line)) = self.arrived(event) else { return };
                let at = self.run.trace.events()[event].at;
                let told =
                    text!("the client was told by frame {number}:", "客户端由帧 {number} 得知：");
                self.names("  ", &format!("{} {at} {line}", told.of(self.lang)));
            }
            Some(Saw::Nothing) if !request.served => {
                self.prose(
                    "  ",
                    self.lang
                        .pick("nothing came that told the client so", "没有任何报文告知客户端"),
                );
            }
            Some(Saw::Nothing) | None => {}
        }
    }

    /// The frame that came in an event: its number and its line.
    fn arrived(&self, event: usize) -> Option<(u32, String)> {
        why::frame_of(self.run, event).map(|frame| (frame.id.0, why::line(frame)))
    }

    fn chain(&mut self, told: &Told) {
        for link in &told.chain {
            if link.left_out > 0 {
                let count = link.left_out;
                let left = text!("… steps left out: {count}", "…… 略去 {count} 步");
                self.line(&format!("  {}", left.of(self.lang)));
            }
            self.link(link);
        }
    }

    fn link(&mut self, link: &Link) {
        let happened = self.run.trace.events()[link.event];
        let head = format!("  {} {} ", happened.at, self.node(link.node));
        let entries = self.run.trace.entries();
        match (happened.how, link.frame.map(|at| &entries[at].what)) {
            (_, Some(Note::Frame { frame, .. })) => {
                let word = self.lang.pick("frame", "帧");
                self.names(&head, &format!("< {word} {} {}", frame.id.0, why::line(frame)));
            }
            (How::Typed(job) | How::Interrupted(job), _) => {
                let text = self.run.player.world.job(job).map_or("", |job| job.text.as_str());
                self.names(&head, &format!("$ {text}"));
            }
            _ => self.names(&head, self.lang.pick("a timer fires", "定时器到时")),
        }
        for at in &link.verdicts {
            if let Note::Why(reason) = &entries[*at].what {
                let detail = self.words(entries[*at].node).detail(reason);
                self.names("      ", format!("{} {detail}", reason.code()).trim_end());
            }
        }
    }

    fn decision(&mut self, mark: &str, told: &Told) {
        let decision = &told.decision;
        let code = decision.code();
        let lang = self.lang;
        let head = format!("{mark}{} {}: {code}", decision.at, self.node(decision.node));
        self.line("");
        self.names("", &head);
        let entry = explain::entry(code);
        if let Some(entry) = entry {
            self.prose("  ", lang.pick(entry.title.en, entry.title.zh));
        }
        let inputs = Input::of(decision, &self.words(decision.node));
        let mut first = label(lang.pick("read", "输入"));
        for input in &inputs {
            let line = chain::input(input, &self.words(NodeId(0)));
            self.names(&first, &line);
            first = label("");
        }
        if let Some(entry) = entry {
            let cure = match entry.cure {
                Cure::Nothing => None,
                Cure::Type(command) => Some(command),
                Cure::Do(words) => Some(lang.pick(words.en, words.zh)),
            };
            self.prose(&label(lang.pick("rule", "规则")), lang.pick(entry.why.en, entry.why.zh));
            self.prose(&label(lang.pick("source", "出处")), &source(entry));
            if let Some(cure) = cure {
                self.prose(&label(lang.pick("cure", "处理")), cure);
            }
        }
        self.counts(told);
        self.set(told);
    }

    /// Who else decided so, and how many times.
    fn counts(&mut self, told: &Told) {
        let lang = self.lang;
        if !told.also.is_empty() {
            let names: Vec<&str> = told.also.iter().map(|node| self.node(*node)).collect();
            let names = names.join(" ");
            self.names(&label(lang.pick("also", "同样")), &names);
        }
        if told.times > 1 {
            let times = told.times;
            let text = text!("{times} times in all", "共 {times} 次");
            self.names(&label(lang.pick("again", "重复")), text.of(lang));
        }
    }

    /// What a person has set that it rests on, or that brought the packet to it.
    fn set(&mut self, told: &Told) {
        let lang = self.lang;
        let node = self.node(told.decision.node).to_owned();
        let set = lang.pick("set", "设置");
        if told.set.is_empty() {
            let text = match told.is_missing {
                true => text!(
                    "by no line: {node} has not what it looked for",
                    "无：{node} 没有它要找的东西"
                ),
                false => text!(
                    "by nobody: kernel defaults and what was learnt",
                    "无人设置：内核默认值和学得的内容"
                ),
            };
            self.prose(&label(set), text.of(lang));
        }
        self.places(set, &told.set);
        self.places(lang.pick("led by", "由来"), &told.led);
    }

    /// What would have turned it, and what would not.
    fn otherwise(&mut self, turn: Option<&Otherwise>) {
        let lang = self.lang;
        let mut first = label(lang.pick("otherwise", "若改动"));
        let Some(turn) = turn else {
            let text = text!(
                "not searched: this is no decision against a packet",
                "没有寻找：这不是不利于报文的判定"
            );
            self.prose(&first, text.of(lang));
            return;
        };
        let scenario = self.run.player.scenario();
        let told = |own: &Counterfactual| own.text(scenario).of(lang).to_owned();
        let found: Vec<_> =
            turn.found.iter().chain(&turn.pair).map(|own| (told(own), own)).collect();
        let no_use: Vec<String> = turn.no_use.iter().map(told).collect();
        for (changes, own) in &found {
            self.names(&first, changes);
            self.prose(&label(""), own.turned.text().of(lang));
            first = label(lang.pick("or both", "或两条"));
        }
        if found.is_empty() {
            let count = turn.tried;
            let text = text!(
                "nothing turns it; changes tried: {count}",
                "没有改动能使它不同；已试 {count} 种"
            );
            self.prose(&first, text.of(lang));
        }
        let mut first = label(lang.pick("no use", "无用"));
        for changes in no_use {
            self.names(&first, &changes);
            first = label("");
        }
    }

    /// Places with their commands: on one line where that fits.
    fn places(&mut self, word: &str, set: &[Set]) {
        let mut first = label(word);
        let mut lines = Vec::new();
        for own in set {
            let (node, text) = words_of(self.run, own, self.lang);
            let sign = node.map_or(String::new(), |node| format!("{node}$ "));
            let said = (own.place(self.run).unwrap_or_default(), format!("{sign}{text}"));
            if !lines.contains(&said) {
                lines.push(said);
            }
        }
        for (place, text) in lines {
            let whole = format!("{first}{place} {text}");
            if self.width.fits(&whole) {
                self.line(&whole);
            } else {
                self.names(&first, &place);
                self.names(&label("  "), &text);
            }
            first = label("");
        }
    }
}
