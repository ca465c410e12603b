//! MAP: where. The hosts, the cables, and the frame on its way.

use ratatui::layout::Rect;
use sim_core::event::{IfaceId, NodeId};
use sim_core::tcpdump::{Options, Tcpdump, brief};
use sim_core::trace::{Dir, Note};
use sim_core::{Text, text};
use unicode_width::UnicodeWidthStr;

use super::events::mark_role;
use super::pen::{Pen, fit};
use crate::action::Action;
use crate::sentence::Sent;
use crate::session::{Kind, Mark, Step};
use crate::state::{State, Walk};
use crate::theme::Role;
use crate::topology::{Host, Map, Says, Segment};

/// The rows of words below the map.
const WORDS: u16 = 2;

fn map(walk: &Walk, area: Rect) -> Map {
    let wanted: Vec<NodeId> = match walk.session.steps().get(walk.step) {
        Some(Step { node, kind: Kind::Frame { from, .. }, .. }) => {
            node.iter().chain(from).copied().collect()
        }
        Some(step) => step.node.into_iter().collect(),
        None => Vec::new(),
    };
    Map::new(&walk.session.world().net, area.width, area.height.saturating_sub(WORDS), &wanted)
}

/// Draws the map.
pub fn draw(state: &State, walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    let map = map(walk, area);
    for segment in &map.segments {
        line(pen, area, segment);
    }
    let step = walk.session.steps().get(walk.step);
    for host in &map.hosts {
        let here = step.filter(|step| step.node == Some(host.node));
        words(pen, area, host, here);
    }
    if let Some((from, to)) = ends(walk) {
        let way = map.way(from, to);
        let lost = matches!(step.map(|step| &step.kind), Some(Kind::Frame { lost: true, .. }));
        frame(pen, area, &way, walk.progress(state.motion), lost);
    }
    if map.hidden > 0 {
        let hidden = map.hidden;
        let said = text!("{hidden} more hosts", "另有 {hidden} 台主机");
        pen.put(area, area.x, area.y, said.of(state.lang), Role::Soft);
    }
    if let Some(said) = caption(walk) {
        let lines = super::pen::prose(said.of(state.lang), usize::from(area.width), Role::Strong);
        let skipped = usize::from(WORDS).saturating_sub(lines.len()) as u16;
        for (row, own) in lines.iter().take(usize::from(WORDS)).enumerate() {
            pen.line(area, area.x, area.bottom().saturating_sub(WORDS) + skipped + row as u16, own);
        }
    }
}

/// The interfaces between which the frame of the step goes.
fn ends(walk: &Walk) -> Option<((NodeId, IfaceId), (NodeId, IfaceId))> {
    let session = &walk.session;
    let step = session.steps().get(walk.step)?;
    let frame = session.frame(walk.step)?;
    let place = |at: usize, wanted: Dir| match &session.trace().entries()[at] {
        entry if matches!(&entry.what, Note::Frame { dir, .. } if *dir == wanted) => {
            match &entry.what {
                Note::Frame { iface, .. } => Some((entry.node, *iface)),
                _ => None,
            }
        }
        _ => None,
    };
    let from = session.frame_by_id(frame.id).and_then(|(at, _)| place(at, Dir::Out))?;
    let to = step.frame().and_then(|at| place(at, Dir::In));
    let other_end = || {
        // It is lost: it was for whoever the event is about.
        let node = step.node?;
        let net = session.net();
        net.links
            .iter()
            .flat_map(|link| link.ends)
            .find(|end| end.node == node)
            .map(|end| (end.node, end.iface))
    };
    Some((from, to.or_else(other_end)?))
}

/// A host's words.
fn words(pen: &mut Pen<'_>, area: Rect, host: &Host, here: Option<&Step>) {
    for (row, own) in host.rows.iter().enumerate() {
        let (x, y) = (area.x + host.x, area.y + host.y + row as u16);
        let role = match own.says {
            Says::Name if here.is_some() => Role::Frame,
            Says::Name => Role::Strong,
            Says::Addr => Role::Text,
            Says::Setting => Role::Soft,
            Says::Warning => Role::Warn,
        };
        let width = usize::from(host.width);
        let behind = pen.put(area, x, y, &fit(&own.text, width), role);
        let mark = here.filter(|_| row == 0).map_or(Mark::None, |step| step.mark);
        if mark != Mark::None && own.text.width() + 4 <= width + 3 {
            pen.put(area, behind + 1, y, mark.sign().trim(), mark_role(mark));
        }
    }
}

/// A switch or a cable, with its ends.
fn line(pen: &mut Pen<'_>, area: Rect, segment: &Segment) {
    let signs = pen.signs;
    let x = area.x + segment.x;
    let is_cable = segment.name.is_empty();
    let (top, bottom) = segment.rows;
    for end in &segment.ends {
        let (from, to) = if end.left { (end.x, segment.x) } else { (segment.x + 1, end.x + 1) };
        for own in from..to {
            pen.put(area, area.x + own, area.y + end.y, signs.horizontal, Role::Line);
        }
        if !end.up {
            let middle = if end.left { from } else { end.x };
            pen.put(area, area.x + middle, area.y + end.y, "x", Role::Bad);
        }
    }
    for y in top..=bottom {
        let here = |left| segment.ends.iter().any(|end| end.y == y && end.left == left);
        let sign = match (here(true), here(false)) {
            (true, true) if is_cable => signs.horizontal,
            (true, true) => signs.from_both,
            (true, false) if is_cable => {
                if y == top {
                    signs.top_right
                } else {
                    signs.bottom_right
                }
            }
            (false, true) if is_cable => {
                if y == top {
                    signs.top_left
                } else {
                    signs.bottom_left
                }
            }
            (true, false) => signs.from_left,
            (false, true) => signs.from_right,
            (false, false) if is_cable => signs.vertical,
            (false, false) => signs.bus,
        };
        pen.put(area, x, area.y + y, sign, Role::Line);
    }
    if !is_cable {
        let name = fit(&segment.name, 16);
        let half = (name.width() / 2) as u16;
        let y = top.checked_sub(1).unwrap_or(bottom + 1);
        pen.put(area, x.saturating_sub(half).max(area.x), area.y + y, &name, Role::Soft);
    }
}

/// The frame on its way: what it has passed, where it is, and where it goes.
fn frame(pen: &mut Pen<'_>, area: Rect, way: &[(u16, u16)], progress: u32, lost: bool) {
    let Some(last) = way.len().checked_sub(1) else { return };
    let signs = pen.signs;
    // What is lost gets half the way.
    let end = if lost { last / 2 } else { last };
    let at = end * progress as usize / 1000;
    for (place, (x, y)) in way.iter().enumerate().take(at + 1) {
        let is_upright = |other: usize| way.get(other).is_some_and(|own| own.0 == *x);
        let is_bus = place > 0 && is_upright(place - 1) || is_upright(place + 1);
        let sign = if is_bus { signs.heavy_bus } else { signs.heavy };
        pen.put(area, area.x + x, area.y + y, sign, Role::Frame);
    }
    let (x, y) = way[at];
    let (sign, role) = match at == end {
        true if lost => ("x", Role::Bad),
        true if last > 0 && way[last - 1].0 > x => (signs.left, Role::Frame),
        true if last > 0 => (signs.right, Role::Frame),
        _ => (signs.frame, Role::Frame),
    };
    pen.put(area, area.x + x, area.y + y, sign, role);
}

/// What happens, in a sentence.
pub fn caption(walk: &Walk) -> Option<Text> {
    let session = &walk.session;
    let step = session.steps().get(walk.step)?;
    let node = step.node.map(|node| session.name(node));
    match &step.kind {
        Kind::Frame { from, lost, .. } => {
            let frame = session.frame(walk.step)?;
            let bytes = frame.bytes.bytes();
            let line = brief(&Tcpdump::new(Options::default()).only_line(bytes));
            let from = from.map_or("?", |from| session.name(from));
            let (to_all, passed_on) = (bytes.starts_with(&[0xff; 6]), frame.parent.is_some());
            let Text { en, zh } =
                Sent { line: &line, from, to: node, to_all, passed_on }.sentence();
            Some(match (lost, node, to_all) {
                (true, ..) => text!("{en} It is lost on the way.", "{zh}它在途中丢失。"),
                (_, Some(node), true) => text!("{en} {node} hears it.", "{zh}{node} 听到了。"),
                _ => text!("{en}", "{zh}"),
            })
        }
        Kind::Typed => {
            let said = session.entries(walk.step).iter().find_map(|entry| match &entry.what {
                Note::Typed { text, .. } => Some(text),
                _ => None,
            })?;
            let node = node.unwrap_or("?");
            Some(Text::same(format!("{node}# {said}")))
        }
        Kind::Timer => {
            let node = node.unwrap_or("?");
            Some(text!("{node}: a timer fires.", "{node}：定时器到时。"))
        }
        Kind::Injected => {
            let node = node.unwrap_or("?");
            Some(text!("{node} sends a frame made by hand.", "{node} 发出一个手工构造的帧。"))
        }
        Kind::Story(at) => {
            let own = session.scenario().story.get(usize::from(*at))?;
            sim_core::story::change::sentence(&own.value)
        }
        Kind::Expected { .. } => None,
    }
}

/// A click on a host shows what happens there.
pub fn targets(walk: &Walk, area: Rect) -> Vec<(Rect, Action)> {
    let of = |host: &Host| {
        let own = Rect::new(area.x + host.x, area.y + host.y, host.width, host.rows.len() as u16);
        (own.intersection(area), Action::AtNode(host.node.0))
    };
    map(walk, area).hosts.iter().map(of).collect()
}
