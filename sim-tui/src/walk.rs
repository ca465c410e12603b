//! `lvsim walk`: a scenario told as numbered sentences, with the frames and the reasons that matter.
//!
//! No boxes, no colours, no cursor: the same text serves a screen reader, a log and a pipe.

use std::collections::BTreeMap;

use sim_core::event::{IfaceId, NodeId};
use sim_core::explain;
use sim_core::names::Names;
use sim_core::net::Kind;
use sim_core::reason::Reason;
use sim_core::scenario::Step;
use sim_core::story::{Player, Progress};
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::trace::{Dir, Entry, Note, Trace};

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;

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
    let mut teller =
        Teller { lang, number: 0, told: trace.len(), open: true, printers: BTreeMap::new() };
    teller.line(player.scenario().title.of(lang).to_owned());
    loop {
        let failed = player.failures().len();
        let progress = player.step(&mut trace);
        teller.catch_up(&player, &trace);
        match progress {
            Progress::Story(number) => teller.story(&player, number, failed),
            Progress::Done => break,
            _ => {}
        }
        if !teller.open {
            break;
        }
    }
    let ok = player.failures().is_empty() && player.error().is_none();
    if let Some(error) = player.error() {
        teller.line(error.to_string());
    }
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}

struct Teller {
    lang: Lang,
    number: u32,
    told: usize,
    /// Somebody still reads.
    open: bool,
    /// The connections that were seen, for sequence numbers that begin at one.
    printers: BTreeMap<(NodeId, IfaceId), Tcpdump>,
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

    fn catch_up(&mut self, player: &Player, trace: &Trace) {
        let new = &trace.entries()[self.told..];
        let answered = new.iter().any(|entry| is_reason(entry, "arp.reply."));
        for entry in new {
            // Who answers learns the asker's address on the way: that is no news.
            if !(answered && is_reason(entry, "neigh.learned")) {
                self.entry(player, entry);
            }
        }
        self.told = trace.len();
    }

    fn entry(&mut self, player: &Player, entry: &Entry) {
        let net = &player.world.net;
        let node = net.node(entry.node);
        let name = node.name.clone();
        match &entry.what {
            Note::Frame { iface, dir, frame } if matches!(node.kind, Kind::Host(_)) => {
                let line = self.printer(entry.node, *iface).line(frame.bytes.bytes());
                if *dir == Dir::Out && !is_housekeeping(&line) {
                    let iface = node.iface_name(*iface);
                    let verb = self.lang.pick("sends", "发出");
                    let line = shorten(&line);
                    self.numbered(&format!("{} s, {name} {iface} {verb}: {line}", entry.at));
                }
            }
            Note::Why(reason) if is_told(reason.code()) => {
                let names = Names { net, origins: &player.world.origins, node: entry.node };
                let title = explain::entry(reason.code())
                    .map_or(reason.code(), |found| self.lang.pick(found.title.en, found.title.zh));
                let detail = names.detail(reason);
                let because = match reason {
                    Reason::Ipvs(_) => String::new(),
                    _ if detail.is_empty() => String::new(),
                    _ => format!(" ({detail})"),
                };
                let sentence =
                    format!("{} s, {name}: {title}{because} [{}]", entry.at, reason.code());
                self.numbered(&sentence);
            }
            Note::Typed { text, .. } => self.numbered(&format!("{name}# {text}")),
            Note::Output { text, .. } => {
                for line in text.lines() {
                    self.line(format!("      {line}"));
                }
            }
            Note::Served { by, .. } => {
                let verb = self.lang.pick("was served by", "得到了响应，服务者：");
                self.numbered(&format!("{name} {verb} {by}"));
            }
            _ => {}
        }
    }

    fn printer(&mut self, node: NodeId, iface: IfaceId) -> &mut Tcpdump {
        self.printers.entry((node, iface)).or_insert_with(|| Tcpdump::new(Options::default()))
    }

    fn story(&mut self, player: &Player, number: usize, failed: usize) {
        let lang = self.lang;
        match &player.scenario().story[number].value {
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
            self.line(format!("FAILED {failure}"));
        }
    }
}

/// Acknowledgements without data and orderly closing: only the full trace of `lvsim run` shows them.
fn is_housekeeping(line: &str) -> bool {
    line.contains("Flags [F.]") || line.contains("Flags [.]") && line.ends_with("length 0")
}

fn is_reason(entry: &Entry, start: &str) -> bool {
    matches!(&entry.what, Note::Why(reason) if reason.code().starts_with(start))
}

fn is_told(code: &str) -> bool {
    let begins = |list: &[&str]| list.iter().any(|start| code.starts_with(start));
    begins(NOTABLE) || !begins(ROUTINE)
}

/// Without the options of a segment, which the full trace shows.
fn shorten(line: &str) -> String {
    match (line.find(", options ["), line.find("], length")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 1..]),
        _ => line.to_owned(),
    }
}
