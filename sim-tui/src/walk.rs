//! `lvsim walk`: a scenario told as numbered plain sentences, with the frames and the reasons that matter.
//!
//! A packet is told once: a sentence, below it tcpdump's line with all hosts on the way, and below that why each host did what
//! it did. What a rule of Linux says is told where the rule first counts. No boxes, no colours, no cursor: the same text serves
//! a screen reader, a log and a pipe.

pub mod cast;
mod packets;
mod reasons;

use std::collections::{BTreeMap, BTreeSet};

use cast::Cast;
use packets::{AtSwitch, Packet};
use sim_core::explain;
use sim_core::host::iface::IfaceKind;
use sim_core::net::Kind;
use sim_core::reason::{Field, Reason};
use sim_core::scenario::{Scenario, Step};
use sim_core::story::{Player, Progress, change};
use sim_core::trace::{Entry, Note, Trace};
use sim_core::{Instant, Text, text, worth};

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::run::failed_line;
use crate::width::Width;

/// What is told when nothing was asked for: the seed's DR lab, the ARP mistake and its cure.
pub const DEFAULT: &str = "dr/arp-walk";

/// Where the text of a numbered line begins.
const TEXT: &str = "      ";

/// What a reason below its packet begins with.
const REASON: &str = "      - ";

/// Tells a scenario.
///
/// # Errors
/// When the file is wrong.
pub fn tell(name: &str, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(name, None, false)?;
    let mut teller = Teller::new(lang, Width::of_output());
    let ok = teller.tell(scenario)?;
    if name == DEFAULT && ok {
        teller.what_next();
    }
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}

/// What was told last.
enum Last<'a> {
    Packet(&'a Packet),
    /// One that stands alone.
    Reason(&'a Entry),
}

/// A step of the story, and what there was before it.
struct Begun {
    number: usize,
    /// So many failures.
    failed: usize,
    /// So many entries of the trace.
    before: usize,
}

struct Teller {
    lang: Lang,
    width: Width,
    number: u32,
    told: usize,
    /// The reasons whose rule has been told.
    known: BTreeSet<&'static str>,
    /// What came to a switch last.
    at_switch: AtSwitch,
    /// Somebody still reads.
    open: bool,
    /// Where the lines are kept, instead of being printed.
    cast: Option<Cast>,
}

impl Teller {
    fn new(lang: Lang, width: Width) -> Self {
        let (known, at_switch) = (BTreeSet::new(), AtSwitch::new());
        Self { lang, width, number: 0, told: 0, known, at_switch, open: true, cast: None }
    }

    /// Tells a story to its end; whether all expectations held.
    fn tell(&mut self, scenario: Scenario) -> Result<bool, Refused> {
        let mut trace = Trace::default();
        let mut player = open::player(scenario, &mut trace)?;
        self.told = trace.len();
        self.prose("", player.scenario().title.of(self.lang));
        loop {
            let (failed, before) = (player.failures().len(), trace.len());
            let progress = player.step(&mut trace);
            match progress {
                Progress::Story(number) => {
                    let begun = Begun { number, failed, before };
                    self.story(&player, &trace, &begun);
                }
                Progress::Done => break,
                _ => {}
            }
            if !self.open {
                break;
            }
        }
        self.catch_up(&player, &trace, trace.len());
        if let Some(error) = player.error() {
            self.row(error.text().of(self.lang), "");
        }
        Ok(player.failures().is_empty() && player.error().is_none())
    }

    fn line(&mut self, line: &str) {
        match &mut self.cast {
            Some(cast) => cast.line(line),
            None => self.open = self.open && say(line),
        }
    }

    /// What is told next has happened then.
    fn at(&mut self, at: Instant) {
        if let Some(cast) = &mut self.cast {
            cast.at(at);
        }
    }

    /// A text behind a mark, wrapped.
    fn prose(&mut self, mark: &str, text: &str) {
        for line in self.width.prose(mark, text) {
            self.line(&line);
        }
    }

    /// What is one line in a pipe.
    fn row(&mut self, line: &str, indent: &str) {
        for line in self.width.row(line, indent.len()) {
            self.line(&line);
        }
    }

    /// The number of the next sentence.
    fn mark(&mut self) -> String {
        self.number += 1;
        format!("{:>4}. ", self.number)
    }

    /// Tells what has been added to the trace, up to a place in it.
    fn catch_up(&mut self, player: &Player, trace: &Trace, until: usize) {
        let new = &trace.entries()[self.told..until];
        self.told = until;
        let found = packets::find(new, &player.world.net, &mut self.at_switch);
        let packets: BTreeMap<usize, &Packet> =
            found.packets.iter().map(|packet| (packet.start, packet)).collect();
        let mut server: Option<String> = None;
        let mut typed = None;
        // What was told last, and how many have come like it.
        let mut last: Option<(Last<'_>, u32)> = None;
        for (at, entry) in new.iter().enumerate() {
            if let Some(packet) = packets.get(&at) {
                match &mut last {
                    Some((Last::Packet(same), more)) if same.is_like(packet) => *more += 1,
                    _ => {
                        self.more(last.take());
                        self.packet(player, new, packet);
                        last = Some((Last::Packet(packet), 0));
                    }
                }
            }
            let is_quiet = match &entry.what {
                Note::Why(reason) => {
                    let is_typed = typed == Some(entry.seq);
                    let is_alone = worth::stands_alone(reason.code(), is_typed);
                    match &mut last {
                        _ if found.placed.contains(&at) || !is_alone => {}
                        Some((Last::Reason(same), more))
                            if (same.node, &same.what) == (entry.node, &entry.what) =>
                        {
                            *more += 1;
                        }
                        _ => {
                            self.more(last.take());
                            self.entry(player, entry);
                            last = Some((Last::Reason(entry), 0));
                        }
                    }
                    true
                }
                // The page is the server's name, which was told just now.
                Note::Output { text, .. } => server.as_deref() == Some(text.trim()),
                Note::Typed { .. } => {
                    typed = Some(entry.seq);
                    false
                }
                Note::Injected { .. } => false,
                Note::Served { by, .. } => {
                    server = Some(by.clone());
                    false
                }
                _ => true,
            };
            if !is_quiet {
                self.more(last.take());
                self.entry(player, entry);
            }
        }
        self.more(last);
    }

    /// Says how many more there were like the last.
    fn more(&mut self, last: Option<(Last<'_>, u32)>) {
        if let Some((_, more @ 1..)) = last {
            let said = text!("(and {more} more like it)", "（同样的还有 {more} 个）");
            self.prose(TEXT, said.of(self.lang));
        }
    }

    fn packet(&mut self, player: &Player, entries: &[Entry], packet: &Packet) {
        self.at(packet.at);
        let mark = self.mark();
        self.prose(&mark, packet.sentence().of(self.lang));
        let (time, way) = (seconds(packet.at), packet.way(self.lang));
        let colon = self.lang.pick(": ", "：");
        self.row(&format!("{TEXT}{time} {way}{colon}{}", packet.text), REASON);
        for (place, at) in packet.reasons.iter().enumerate() {
            let entry = &entries[*at];
            let Note::Why(reason) = &entry.what else { continue };
            // Who answers an ARP request learns the asker's address on the way: that is no news.
            let with = |start: &str| {
                let is_it = |other: &usize| {
                    entries[*other].seq == entry.seq && is_reason(&entries[*other], start)
                };
                packet.reasons.iter().any(is_it)
            };
            let is_by_the_way = match reason.code() {
                "neigh.learned" => with("arp.reply."),
                // A host's own connections are none of IPVS's business.
                "ipvs.accept.not-syn" => !with("tcp.reset."),
                "arp.ask.packet-source" => self.is_usual(player, entry, reason),
                "arp.ask.interface-address" => !self.known.contains("arp.ask.packet-source"),
                _ => false,
            };
            let is_repeated = packet.reasons[..place].iter().any(|other| {
                entries[*other].node == entry.node && entries[*other].what == entry.what
            });
            if worth::is_told(reason.code()) && !is_by_the_way && !is_repeated {
                self.reason(player, entry, reason, REASON, "");
            }
        }
    }

    /// Whether a host asks in the name of an address that is on an interface with a cable, as it does every day.
    fn is_usual(&self, player: &Player, entry: &Entry, reason: &Reason) -> bool {
        let Kind::Host(host) = &player.world.net.node(entry.node).kind else { return false };
        let fib = host.fib();
        let sender = reason.fields().into_iter().find_map(|(name, value)| match value {
            Field::Addr(addr) if name == "sender" => Some(addr),
            _ => None,
        });
        let has = |addr| {
            fib.iface_ids()
                .any(|id| fib.iface(id).kind == IfaceKind::Ethernet && fib.iface(id).has(addr))
        };
        sender.is_some_and(has)
    }

    /// Who did what and why; where the reason is new, with the rule behind it.
    fn reason(&mut self, player: &Player, entry: &Entry, reason: &Reason, mark: &str, time: &str) {
        let lang = self.lang;
        let (code, name) = (reason.code(), &player.world.net.node(entry.node).name);
        let found = explain::entry(code);
        let title = found.map_or(code, |found| lang.pick(found.title.en, found.title.zh));
        let values = reasons::values(player, entry.node, reason, lang);
        let colon = lang.pick(": ", "：");
        self.prose(mark, &format!("{time}{name}{colon}{title}{values} [{code}]"));
        let rule = found.map_or("", |found| lang.pick(found.why.en, found.why.zh));
        if !rule.is_empty() && self.known.insert(code) {
            self.prose(&" ".repeat(mark.len()), rule);
        }
    }

    fn entry(&mut self, player: &Player, entry: &Entry) {
        self.at(entry.at);
        let name = player.world.net.node(entry.node).name.clone();
        match &entry.what {
            Note::Why(reason) => {
                let mark = self.mark();
                self.reason(player, entry, reason, &mark, &format!("{} ", seconds(entry.at)));
            }
            Note::Typed { text, .. } => {
                let mark = self.mark();
                self.row(&format!("{mark}{name}# {text}"), REASON);
            }
            Note::Output { text, .. } => {
                for line in self.lang.said(text).lines() {
                    self.line(format!("{TEXT}{line}").trim_end());
                }
            }
            Note::Injected { iface, len, .. } => {
                let mark = self.mark();
                let iface = player.world.net.node(entry.node).iface_name(*iface);
                let said = text!(
                    "{name} puts a frame of {len} bytes on {iface}, made by hand.",
                    "{name} 从 {iface} 发出一个手工构造的帧，{len} 字节。"
                );
                self.prose(&mark, said.of(self.lang));
            }
            Note::Served { by, .. } => {
                let mark = self.mark();
                let said = text!("{name} was served by {by}.", "{name} 得到了 {by} 的应答。");
                self.prose(&mark, said.of(self.lang));
            }
            _ => {}
        }
    }

    fn story(&mut self, player: &Player, trace: &Trace, begun: &Begun) {
        let step = &player.scenario().story[begun.number].value;
        let failures = &player.failures()[begun.failed..];
        let change = change::sentence(step);
        let is_told = matches!(step, Step::Say(_) | Step::Ask { .. }) || change.is_some();
        // What has happened is told before the words that come after it; what a step brings about, behind it.
        if is_told || !failures.is_empty() {
            self.catch_up(player, trace, begun.before);
        }
        match step {
            Step::Say(text) => {
                self.line("");
                self.prose("", text.of(self.lang));
            }
            Step::Ask { question, options, answer, why } => {
                self.ask(question, options, usize::from(*answer));
                if let Some(why) = why {
                    self.prose("", why.of(self.lang));
                }
            }
            _ => {}
        }
        if let Some(change) = change {
            let mark = self.mark();
            let stop = self.lang.pick(".", "。");
            self.prose(&mark, &format!("{}{stop}", change.of(self.lang)));
        }
        for failure in failures {
            self.row(&failed_line(&failure.text(), self.lang), TEXT);
        }
    }

    fn what_next(&mut self) {
        let said = text!(
            "What next: `lvsim list` names the other scenarios, `lvsim walk NAME` tells one, `lvsim run NAME` shows every frame \
             and every decision. Where lvsim is not installed, write `cargo run --release --` for `lvsim`.",
            "接下来：`lvsim list` 列出其他场景，`lvsim walk 名字` 讲述一个，`lvsim run 名字` 显示每个帧和每个判定。没有安装 lvsim \
             时，把 `lvsim` 换成 `cargo run --release --`。"
        );
        self.line("");
        self.prose("", said.of(self.lang));
    }

    fn ask(&mut self, question: &Text, options: &[Text], answer: usize) {
        let lang = self.lang;
        self.line("");
        self.prose("", &format!("{}{}", lang.pick("Question: ", "问题："), question.of(lang)));
        for (at, option) in options.iter().enumerate() {
            self.prose(&format!("   {}) ", at + 1), option.of(lang));
        }
        let right = options.get(answer).map_or("", |option| option.of(lang));
        let word = lang.pick("Answer: ", "答案：");
        self.prose("", &format!("{word}{}) {right}", answer + 1));
    }
}

/// The time in thousandths of a second: delays are of that size.
fn seconds(at: Instant) -> String {
    let thousandths = at.as_nanos() / 1_000_000;
    format!("{}.{:03} s", thousandths / 1000, thousandths % 1000)
}

fn is_reason(entry: &Entry, start: &str) -> bool {
    matches!(&entry.what, Note::Why(reason) if reason.code().starts_with(start))
}
