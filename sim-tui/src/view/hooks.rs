//! HOOKS: the way of the step's packet through a host. A map of the hooks on which the places that it has passed stand in brackets;
//! below, each place with what was decided there and the rules that it met.

use ratatui::layout::Rect;
use sim_core::event::NodeId;
use sim_core::explain;
use sim_core::names::Names;
use sim_core::netfilter::Chain;
use sim_core::reason::{Nature, Reason};
use sim_core::{Lang, text};
use unicode_width::UnicodeWidthStr;

use super::over;
use super::pen::{Line, Pen, fit, hanging, line, pad, prose};
use crate::hooks::Hooks;
use crate::hooks::rules::{Met, met};
use crate::hooks::way::{Begin, End, Passage, Place, Stop, tables};
use crate::layout::inside;
use crate::session::Mark;
use crate::state::{State, Walk};
use crate::theme::Role;

/// How wide the names of places are.
const NAME: usize = 13;

/// The list, below the map of the hooks.
fn list(body: Rect) -> Rect {
    let room = inside(body);
    let above = 4.min(room.height);
    Rect { y: room.y + above, height: room.height - above, ..room }
}

/// The last first line that can be shown.
pub fn last_row(state: &State, walk: &Walk, own: &Hooks, body: Rect) -> u16 {
    let area = list(body);
    let lines = lines(walk, own, state.lang, usize::from(area.width));
    lines.len().saturating_sub(usize::from(area.height)) as u16
}

/// Draws the screen.
pub fn draw(state: &State, walk: &Walk, own: &Hooks, pen: &mut Pen<'_>, body: Rect) {
    let lang = state.lang;
    let host = own.node.map_or("", |node| walk.session.name(node));
    let name = format!("{} {host}", lang.pick("HOOKS", "钩子"));
    let room = usize::from(body.width).saturating_sub(name.width() + 8);
    let about = over::step(state, walk, room);
    pen.frame(body, &[(name.trim_end().into(), Role::Focus), (about, Role::Text)], true);
    let room = inside(body);
    for (row, own) in map(own, lang).iter().enumerate() {
        pen.line(room, room.x + 1, room.y + row as u16, own);
    }
    let area = list(body);
    let lines = lines(walk, own, lang, usize::from(area.width));
    pen.scrolled(area, &lines, usize::from(own.top));
}

/// The hooks, with the places that a packet of the step has passed in brackets.
fn map(own: &Hooks, lang: Lang) -> [Line; 3] {
    let stops = || own.passages.iter().flat_map(|own| &own.stops);
    let passed = |place: Place| stops().any(|stop| stop.place == place);
    let routed = |made: bool| {
        let is_it = |own: &&Passage| (own.begin == Begin::Made) == made;
        let stops = own.passages.iter().filter(is_it).flat_map(|own| &own.stops);
        stops.into_iter().any(|stop| stop.place == Place::Routing)
    };
    let hook = |chain: Chain| (chain.name(), passed(Place::Hook(chain)));
    let ipvs = |chain: Chain| ("IPVS", passed(Place::Ipvs(chain)));
    // Whatever leaves passes POSTROUTING, behind FORWARD or behind OUTPUT.
    let behind = |chain: Chain, wanted: Place| {
        own.passages.iter().any(|own| {
            let has = |place: Place| own.stops.iter().any(|stop| stop.place == place);
            has(Place::Hook(chain)) && has(wanted)
        })
    };
    let post = |chain| ("POSTROUTING", behind(chain, Place::Hook(Chain::Postrouting)));
    let routing = lang.pick("routing", "选路");
    let programs = lang.pick("programs", "程序");
    let wide = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
    let row = |head: String, places: &[(&str, bool)]| {
        let mut line: Line = vec![(head, Role::Soft)];
        for (at, (name, passed)) in places.iter().enumerate() {
            if at > 0 {
                line.push(("→".into(), Role::Soft));
            }
            line.push(match passed {
                true => (format!("[{name}]"), Role::Frame),
                // IPVS that has no service lets everything pass.
                false if *name == "IPVS" && !own.has_services => (format!("({name})"), Role::Soft),
                false => (format!(" {name} "), Role::Soft),
            });
        }
        line
    };
    let came = lang.pick("in", "入");
    let left = lang.pick("out", "出");
    let indent = came.width() + 3 + "PREROUTING".len() + 3 + routing.width();
    [
        row(
            format!("{came} →"),
            &[
                hook(Chain::Prerouting),
                (routing, routed(false)),
                hook(Chain::Input),
                ipvs(Chain::Input),
                (programs, passed(Place::Local)),
            ],
        ),
        row(
            format!("{}→", wide("", indent + 2)),
            &[
                hook(Chain::Forward),
                ipvs(Chain::Forward),
                post(Chain::Forward),
                (left, behind(Chain::Forward, Place::Wire)),
            ],
        ),
        row(
            String::new(),
            &[
                (programs, own.passages.iter().any(|own| own.begin == Begin::Made)),
                (routing, routed(true)),
                hook(Chain::Output),
                ipvs(Chain::Output),
                post(Chain::Output),
                (left, behind(Chain::Output, Place::Wire)),
            ],
        ),
    ]
}

/// All lines below the map.
fn lines(walk: &Walk, own: &Hooks, lang: Lang, width: usize) -> Vec<Line> {
    let Some(node) = own.node else {
        let said = text!("This step happens at no host.", "这一步不发生在主机上。");
        return prose(said.of(lang), width, Role::Soft);
    };
    if own.passages.is_empty() {
        let said = text!(
            "No packet passes the hooks of IPv4 in this step. ARP does not meet them, nor does a packet that has waited for it: it passed them before.",
            "这一步没有报文经过 IPv4 的钩子。ARP 不经过它们；等待 ARP 的报文此前已经过，也不再经过。"
        );
        return prose(said.of(lang), width, Role::Soft);
    }
    let mut lines = Vec::new();
    for passage in &own.passages {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(line(fit(&begin(walk, node, passage, lang), width), Role::Strong));
        let is_told = |stop: &&Stop| stop.place != Place::Wire || !stop.notes.is_empty();
        for stop in passage.stops.iter().filter(is_told) {
            lines.extend(at_stop(walk, own, node, passage, stop, lang, width));
        }
        lines.push(line(end(passage, lang), Role::Strong));
    }
    lines
}

fn iface(walk: &Walk, node: NodeId, iface: sim_core::event::IfaceId) -> String {
    walk.session.world().net.node(node).iface_name(iface)
}

fn begin(walk: &Walk, node: NodeId, own: &Passage, lang: Lang) -> String {
    match &own.begin {
        Begin::Came(id, frame) => {
            let (by, what) = (iface(walk, node, *id), sim_core::why::line(frame));
            text!("in by {by}: {what}", "从 {by} 进入：{what}").of(lang).to_owned()
        }
        Begin::Unpacked(id) => {
            let by = iface(walk, node, *id);
            let said = text!(
                "in by {by}: it was inside another packet",
                "从 {by} 进入：它原在另一个报文里"
            );
            said.of(lang).to_owned()
        }
        Begin::Made => lang.pick("made here", "本机产生").to_owned(),
    }
}

fn end(own: &Passage, lang: Lang) -> String {
    let said = match own.end {
        End::Open => text!("no more in this step", "这一步到此为止"),
        End::Sent => text!("out", "发出"),
        End::Taken => text!("taken here", "由本机接收"),
        End::Waits => text!("it waits for its neighbour's MAC address", "等待邻居的 MAC 地址"),
        End::Stopped => text!("x it ends here", "x 到此为止"),
    };
    said.of(lang).to_owned()
}

/// The name of a place.
fn name(stop: &Stop, lang: Lang) -> String {
    match stop.place {
        Place::Hook(chain) => chain.name().to_owned(),
        Place::Routing => lang.pick("routing", "选路").to_owned(),
        Place::Ipvs(_) if stop.is_edited => "IPVS ~".to_owned(),
        Place::Ipvs(_) => "IPVS".to_owned(),
        Place::Local => lang.pick("programs", "程序").to_owned(),
        Place::Wire => lang.pick("neighbour", "邻居").to_owned(),
    }
}

/// A place with its rules and notes.
fn at_stop(
    walk: &Walk,
    own: &Hooks,
    node: NodeId,
    passage: &Passage,
    stop: &Stop,
    lang: Lang,
    width: usize,
) -> Vec<Line> {
    let mut told: Vec<Line> = Vec::new();
    let room = width.saturating_sub(NAME).max(8);
    if let Place::Hook(chain) = stop.place {
        let has_ipvs = passage.stops.iter().any(|own| own.place == Place::Ipvs(chain));
        let rules = met(chain, tables(stop, has_ipvs), &own.before, &own.now);
        if rules.is_empty() && stop.behind_ipvs {
            return Vec::new();
        }
        if rules.is_empty() && stop.notes.is_empty() {
            told.push(line(lang.pick("no rules", "没有规则"), Role::Soft));
        }
        for rule in rules {
            told.extend(of_rule(walk, node, &rule, lang, room));
        }
    }
    for note in &stop.notes {
        told.extend(of_note(walk, node, note, lang, room));
    }
    if told.is_empty() {
        told.push(Line::new());
    }
    let mut first = pad(&name(stop, lang), NAME);
    let role = if stop.notes.iter().any(|note| note.nature() == Nature::Against) {
        Role::Bad
    } else {
        Role::Frame
    };
    told.into_iter()
        .map(|mut own| {
            let head = std::mem::replace(&mut first, " ".repeat(NAME));
            own.insert(0, (head, role));
            own
        })
        .collect()
}

/// A rule or policy: `>` it counted the packet, `x` it threw it away.
fn of_rule(walk: &Walk, node: NodeId, own: &Met, lang: Lang, width: usize) -> Vec<Line> {
    let (sign, role) = match (own.hits, own.drops) {
        (0, _) => ("  ", Role::Soft),
        (_, true) => ("x ", Role::Bad),
        (_, false) => ("> ", Role::Strong),
    };
    let place = own.origin.map_or_else(String::new, |origin| {
        let world = &walk.session.end().world;
        let names = Names { net: &world.net, origins: &world.origins, node, lang };
        format!(" ({})", names.place(origin))
    });
    let (table, packets, hits) = (own.table.name(), own.packets, own.hits);
    let count = match hits {
        0 => format!("{packets}"),
        _ => format!("{packets} (+{hits})"),
    };
    let text = format!("{} {} {}{place}", pad(table, 6), pad(&count, 8), own.text);
    hanging(sign, role, &text, width, role)
}

/// What was decided: a verdict by its title; a note on the way by its code and values alone.
fn of_note(walk: &Walk, node: NodeId, note: &Reason, lang: Lang, width: usize) -> Vec<Line> {
    let world = &walk.session.end().world;
    let names = Names { net: &world.net, origins: &world.origins, node, lang };
    let (code, detail) = (note.code(), names.detail(note));
    let mark = Mark::of_reason(note);
    let sign = if mark >= Mark::Warning { mark.sign().trim() } else { "-" };
    let role = match (mark, note.nature()) {
        (Mark::Drop | Mark::Failed, _) => Role::Bad,
        (Mark::Warning, _) => Role::Warn,
        (_, Nature::Step) => Role::Soft,
        _ => Role::Text,
    };
    let title = explain::entry(code).map_or("", |entry| lang.pick(entry.title.en, entry.title.zh));
    let text = match note.nature() {
        Nature::Step => format!("{code} {detail}"),
        _ => format!("{title} [{code}] {detail}"),
    };
    hanging(&format!("{sign} "), role, text.trim(), width, role)
}
