//! What led to something: from the last failure, or from a step, back to what was typed; each link is a step to go to.

use sim_core::explain;
use sim_core::names::Names;
use sim_core::story::change;
use sim_core::trace::{How, Note};
use sim_core::whatif::Run;
use sim_core::why::{self, About, Asked, Input, Link, Set, Told, Why};
use sim_core::{Lang, Text, text};

use crate::session::{Kind, Mark, Session};
use crate::theme::Role;

/// A chain of causes.
#[derive(Debug)]
pub struct Chain {
    /// Whether it leads to the step that is looked at, not to the last failure.
    pub of_step: bool,
    /// The selected one of the links.
    pub at: usize,
    /// Why no more is told, if a question comes first.
    pub first: Option<Text>,
    why: Why,
}

/// A line of the answer.
#[derive(Debug)]
pub struct Row {
    /// What stands before its text; the lines that follow hang below the text.
    pub mark: String,
    /// The text.
    pub text: String,
    /// What it is.
    pub role: Role,
    /// The step that it leads to.
    pub step: Option<usize>,
}

impl Chain {
    /// What led to the last failure, or to a step.
    pub fn new(session: &Session, step: usize, of_step: bool) -> Self {
        let asked = asked(session, step).filter(|_| of_step);
        let why = Why::of(session.run(), asked.unwrap_or(Asked::LastFailure));
        let mut chain = Self { of_step: asked.is_some(), at: 0, why, first: None };
        chain.at = chain.links(session).len().saturating_sub(1);
        chain
    }

    /// What led to a step, as far as it happened up to another one, and why no more is told. What failed last is not told at all:
    /// an open question may ask for it.
    pub fn veiled(session: &Session, step: usize, veil: usize, first: Text) -> Self {
        let last = session.steps().get(veil).map_or(0, |step| step.event as usize);
        let mut why = Why::of(session.run(), asked(session, step).unwrap_or(Asked::LastFailure));
        let is_seen = |told: &Told| told.event.is_some_and(|event| event <= last);
        why.told.retain(|told| is_seen(told) && asked(session, step).is_some());
        let mut chain = Self { of_step: true, at: 0, why, first: Some(first) };
        chain.at = chain.links(session).len().saturating_sub(1);
        chain
    }

    /// Whether there is something to tell.
    pub fn is_empty(&self) -> bool {
        self.why.told.is_empty()
    }

    /// The steps that its links lead to, in order.
    pub fn links(&self, session: &Session) -> Vec<usize> {
        self.rows(session, Lang::En).into_iter().filter_map(|row| row.step).collect()
    }

    /// What it is about.
    pub fn about(&self, session: &Session) -> Text {
        let name = |node| session.name(node);
        match &self.why.about {
            _ if self.first.is_some() && self.is_empty() => {
                text!("nothing to tell yet", "还不能讲述")
            }
            About::Frame { id, .. } => {
                let id = id.0;
                text!("why frame {id} went as it did", "帧 {id} 为何如此")
            }
            About::Node(node) => {
                let node = name(*node);
                text!("what {node} decided last", "{node} 最后的判定")
            }
            About::Request(request, _) => {
                let (number, node) = (request.number, name(request.node));
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

    /// All lines.
    pub fn rows(&self, session: &Session, lang: Lang) -> Vec<Row> {
        let mut page = Page { session, lang, rows: Vec::new() };
        for told in &self.why.told {
            for link in &told.chain {
                page.link(link);
            }
            page.decision(told);
        }
        page.rows
    }
}

/// What a step is about: its frame, or its host.
fn asked(session: &Session, step: usize) -> Option<Asked> {
    match (session.frame(step), session.steps().get(step)?) {
        (Some(frame), _) => Some(Asked::Frame { id: frame.id, others: 0 }),
        (None, own) if matches!(own.kind, Kind::Timer | Kind::Typed) => own.node.map(Asked::Node),
        _ => None,
    }
}

struct Page<'a> {
    session: &'a Session,
    lang: Lang,
    rows: Vec<Row>,
}

impl Page<'_> {
    fn row(&mut self, mark: &str, text: impl Into<String>, role: Role) {
        self.rows.push(Row { mark: mark.into(), text: text.into(), role, step: None });
    }

    fn names(&self, node: sim_core::event::NodeId) -> Names<'_> {
        let world = &self.session.end().world;
        Names { net: &world.net, origins: &world.origins, node, lang: self.lang }
    }

    fn link(&mut self, link: &Link) {
        let (session, lang) = (self.session, self.lang);
        let run = session.run();
        if link.left_out > 0 {
            let count = link.left_out;
            let left = text!("… steps left out: {count}", "…… 略去 {count} 步");
            self.row("   ", left.of(lang), Role::Soft);
        }
        let happened = run.trace.events()[link.event];
        let entries = run.trace.entries();
        let what = match (happened.how, link.frame.map(|at| &entries[at].what)) {
            (_, Some(Note::Frame { frame, .. })) => format!("< {}", why::line(frame)),
            (How::Typed(job) | How::Interrupted(job), _) => {
                format!("# {}", run.player.world.job(job).map_or("", |job| job.text.as_str()))
            }
            _ => lang.pick("a timer fires", "定时器到时").to_owned(),
        };
        let step = session.step_of_event(link.event);
        let number = step.map_or_else(String::new, |step| (step + 1).to_string());
        let mark = format!("{number:>5} {} ", happened.at);
        let text = format!("{} {what}", session.name(link.node));
        self.rows.push(Row { mark, text, role: Role::Strong, step });
        for at in &link.verdicts {
            if let Note::Why(reason) = &entries[*at].what {
                let detail = self.names(entries[*at].node).detail(reason);
                let text = format!("{} {detail}", reason.code());
                self.row("        ", text.trim_end(), Role::Text);
            }
        }
    }

    fn decision(&mut self, told: &Told) {
        let lang = self.lang;
        let decision = &told.decision;
        let mark = decision.verdict().map_or(Mark::None, Mark::of_reason);
        let role = match mark {
            Mark::Drop | Mark::Failed => Role::Bad,
            Mark::Warning => Role::Warn,
            _ => Role::Strong,
        };
        let node = self.session.name(decision.node).to_owned();
        let entry = explain::entry(decision.code());
        let title = entry.map_or("", |entry| lang.pick(entry.title.en, entry.title.zh));
        let head = format!("{node}{}{title} [{}]", lang.pick(": ", "："), decision.code());
        let sign = match mark {
            Mark::None => String::new(),
            mark => format!("{} ", mark.sign().trim()),
        };
        self.row(&format!("=> {sign}"), head, role);
        let names = self.names(decision.node);
        let inputs: Vec<String> =
            Input::of(decision, &names).iter().map(|own| input(own, &names)).collect();
        for own in inputs {
            self.row("     ", own, Role::Text);
        }
        let set = told.set.iter().map(|own| (lang.pick("set by ", "设置于 "), own));
        let led = told.led.iter().map(|own| (lang.pick("led by ", "由来 "), own));
        let places: Vec<(&str, String)> =
            set.chain(led).map(|(word, own)| (word, self.place(own))).collect();
        for (word, place) in places {
            self.row(&format!("     {word}"), place, Role::Text);
        }
        self.row("", "", Role::Text);
    }

    /// What a person has set, and where that is written.
    fn place(&self, own: &Set) -> String {
        let run = self.session.run();
        let (node, text) = words_of(run, own, self.lang);
        let sign = node.map_or(String::new(), |node| format!("{node}# "));
        match own.place(run) {
            Some(place) => format!("{sign}{text}  ({place})"),
            None => format!("{sign}{text}"),
        }
    }
}

/// An input in words: what was read, its value, where it was set.
pub fn input(input: &Input, names: &Names<'_>) -> String {
    let Input { what, value, origin } = input;
    let place = origin.map_or_else(String::new, |origin| format!(" ({})", names.place(origin)));
    let is_code = explain::entry(what).is_some();
    let sign = match (what.is_empty(), what.contains(' ') || !what.contains('.') || is_code) {
        (true, _) => "",
        (false, true) => " ",
        (false, false) => "=",
    };
    format!("{what}{sign}{value}{place}")
}

/// What a person has set: on which host a command was typed, and the words.
pub fn words_of(run: &Run, set: &Set, lang: Lang) -> (Option<String>, String) {
    let world = &run.player.world;
    let scenario = run.player.scenario();
    match set {
        Set::Command(id) => {
            let job = world.jobs().find(|(_, job)| job.origin == *id);
            let node = job.map(|(_, job)| world.net.node(job.node).name.to_string());
            (node, world.origins.get(*id).text().to_owned())
        }
        Set::Step(at) => {
            let words = change::sentence(&scenario.story[*at].value).unwrap_or_default();
            (None, words.of(lang).to_owned())
        }
        Set::Link(at) => {
            let link = &scenario.links[*at];
            let cable = lang.pick("cable", "网线");
            (None, format!("{cable} {} - {}", link.a, link.b))
        }
    }
}
