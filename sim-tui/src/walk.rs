//! `lvsim walk`: a scenario told as numbered sentences, with the packets and the reasons that matter.
//!
//! A packet is told once, with all hosts on its way, when it has come to the end of it. No boxes, no colours, no cursor: the
//! same text serves a screen reader, a log and a pipe.

mod packets;

use std::collections::BTreeMap;

use sim_core::Instant;
use sim_core::explain;
use sim_core::names::Names;
use sim_core::reason::Reason;
use sim_core::scenario::Step;
use sim_core::story::{Player, Progress};
use sim_core::trace::{Entry, Note, Trace};

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::run::failed_line;

/// What is told when nothing was asked for: the seed's DR lab, the ARP mistake and its cure.
pub const DEFAULT: &str = "dr/arp-walk";

/// Columns of a line of prose.
const WIDTH: usize = 80;

/// Reasons of everyday events, which only the full trace of `lvsim run` shows.
const ROUTINE: &[&str] = &[
    "read",
    "ip.",
    "switch.",
    "eth.drop.other-mac",
    "neigh.waits",
    "neigh.confirmed",
    "neigh.probed",
    "neigh.unasked",
    "neigh.permanent",
    "arp.ask.interface-address",
    "arp.silent.bad-source",
    "arp.silent.not-mine",
    "tcp.taken",
    "udp.taken",
    "icmp.echo.reply",
    "ipvs.read",
    "ipvs.service.found",
    "ipvs.sched.",
    "ipvs.conn.found",
    "ipvs.conn.state",
    "ipvs.conn.reply",
    "ipvs.conn.expired",
    "ipvs.accept.",
    "ipvs.reply.",
    "ipvs.dr.direct",
];

/// Dropped packets are never routine.
const NOTABLE: &[&str] = &["ip.drop.", "ipvs.accept.not-syn", "switch.moved"];

/// Tells a scenario.
///
/// # Errors
/// When the file is wrong.
pub fn tell(name: &str, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(name, None, false)?;
    let mut trace = Trace::default();
    let mut player = open::player(scenario, &mut trace)?;
    let mut teller = Teller { lang, number: 0, told: trace.len(), open: true };
    teller.line(player.scenario().title.of(lang).to_owned());
    loop {
        let failed = player.failures().len();
        let progress = player.step(&mut trace);
        match progress {
            Progress::Story(number) => teller.story(&player, &trace, number, failed),
            Progress::Done => break,
            _ => {}
        }
        if !teller.open {
            break;
        }
    }
    teller.catch_up(&player, &trace);
    let ok = player.failures().is_empty() && player.error().is_none();
    if let Some(error) = player.error() {
        teller.line(error.text().of(lang).to_owned());
    }
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}

struct Teller {
    lang: Lang,
    number: u32,
    told: usize,
    /// Somebody still reads.
    open: bool,
}

impl Teller {
    fn line(&mut self, line: String) {
        self.open = self.open && say(&line);
    }

    /// A text in lines of at most [`WIDTH`] columns; a Chinese character takes two.
    fn prose(&mut self, text: &str) {
        for line in textwrap::wrap(text, WIDTH) {
            self.line(line.into_owned());
        }
    }

    fn numbered(&mut self, sentence: &str) {
        self.number += 1;
        let line = format!("{:>4}. {sentence}", self.number);
        self.line(line);
    }

    /// Tells what has been added to the trace.
    fn catch_up(&mut self, player: &Player, trace: &Trace) {
        let new = &trace.entries()[self.told..];
        self.told = trace.len();
        let packets = packets::packets(new, &player.world.net);
        let mut told: BTreeMap<usize, Vec<_>> = BTreeMap::new();
        for packet in packets.iter().filter(|packet| !packet.quiet) {
            told.entry(packet.end).or_default().push(packet);
        }
        let mut server = None;
        for (at, entry) in new.iter().enumerate() {
            for packet in told.get(&at).into_iter().flatten() {
                let (time, way) = (seconds(packet.at), packet.way(self.lang));
                self.numbered(&format!("{time} {way}: {}", packet.text));
            }
            match &entry.what {
                // Who answers learns the asker's address on the way: that is no news.
                Note::Why(_) if is_reason(entry, "neigh.learned") && answers(new, at) => {}
                Note::Served { by, .. } => {
                    server = Some(by);
                    self.entry(player, entry);
                }
                // The page is the server's name, which was told just now.
                Note::Output { text, .. } if server.is_some_and(|name| *name == text.trim()) => {}
                _ => self.entry(player, entry),
            }
        }
    }

    fn entry(&mut self, player: &Player, entry: &Entry) {
        let name = player.world.net.node(entry.node).name.clone();
        match &entry.what {
            Note::Why(reason) if is_told(reason.code()) => {
                let title = explain::entry(reason.code())
                    .map_or(reason.code(), |found| self.lang.pick(found.title.en, found.title.zh));
                let because = because(player, entry, reason, self.lang);
                let (time, code) = (seconds(entry.at), reason.code());
                self.numbered(&format!("{time} {name}: {title}{because} [{code}]"));
            }
            Note::Typed { text, .. } => self.numbered(&format!("{name}# {text}")),
            Note::Output { text, .. } => {
                for line in text.lines() {
                    self.line(format!("      {line}").trim_end().to_owned());
                }
            }
            Note::Served { by, .. } => {
                let sentence = match self.lang {
                    Lang::En => format!("{name} was served by {by}"),
                    Lang::Zh => format!("{name} 得到了 {by} 的应答"),
                };
                self.numbered(&sentence);
            }
            _ => {}
        }
    }

    fn story(&mut self, player: &Player, trace: &Trace, number: usize, failed: usize) {
        let lang = self.lang;
        let step = &player.scenario().story[number].value;
        // What has happened is told before the words that come after it.
        if matches!(step, Step::Say(_) | Step::Ask { .. }) || player.failures().len() > failed {
            self.catch_up(player, trace);
        }
        match step {
            Step::Say(text) => {
                self.line(String::new());
                self.prose(text.of(lang));
            }
            Step::Ask { question, options, answer, why } => {
                self.line(String::new());
                self.prose(&format!("{}{}", lang.pick("Question: ", "问题："), question.of(lang)));
                for (at, option) in options.iter().enumerate() {
                    self.line(format!("   {}) {}", at + 1, option.of(lang)));
                }
                let right = lang.pick("Answer: ", "答案：");
                self.line(format!("{right}{}", answer + 1));
                if let Some(why) = why {
                    self.prose(why.of(lang));
                }
            }
            _ => {}
        }
        for failure in &player.failures()[failed..] {
            self.line(failed_line(&failure.text(), lang));
        }
    }
}

/// The time in thousandths of a second: delays are of that size.
fn seconds(at: Instant) -> String {
    let thousandths = at.as_nanos() / 1_000_000;
    format!("{}.{:03} s", thousandths / 1000, thousandths % 1000)
}

/// The values of a reason that help to understand it.
fn because(player: &Player, entry: &Entry, reason: &Reason, lang: Lang) -> String {
    let (net, origins) = (&player.world.net, &player.world.origins);
    let detail = Names { net, origins, node: entry.node, lang }.detail(reason);
    match reason {
        // Of what the engine says only the server is news here.
        Reason::Ipvs(_) => match detail.split_once("rip ") {
            Some((_, rest)) => {
                format!(" (rip {})", rest.split(' ').next().unwrap_or_default())
            }
            None => String::new(),
        },
        _ if detail.is_empty() => detail,
        _ => format!(" ({detail})"),
    }
}

/// Whether the event of this entry also answers a request.
fn answers(entries: &[Entry], at: usize) -> bool {
    let is_same = |entry: &&Entry| entry.seq == entries[at].seq;
    let (before, after) = (entries[..at].iter().rev(), entries[at..].iter());
    before.take_while(is_same).chain(after.take_while(is_same)).any(|e| is_reason(e, "arp.reply."))
}

fn is_reason(entry: &Entry, start: &str) -> bool {
    matches!(&entry.what, Note::Why(reason) if reason.code().starts_with(start))
}

fn is_told(code: &str) -> bool {
    let begins = |list: &[&str]| list.iter().any(|start| code.starts_with(start));
    begins(NOTABLE) || !begins(ROUTINE)
}
