//! BUILD: what the lab of the sandbox is made of, with the map beside it; what the sandbox asks for, in words.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::map;
use super::pen::{Pen, fit, pad};
use crate::action::Action;
use crate::layout::inside;
use crate::sandbox::parts::row;
use crate::sandbox::{Asked, Build, Part};
use crate::state::{State, Walk};
use crate::theme::Role;
use crate::update::sandbox::parts_of;

/// What the foot offers.
pub const OFFERED: [Action; 14] = [
    Action::AddNode,
    Action::Connect,
    Action::GoThere,
    Action::Plug,
    Action::Save,
    Action::Undo,
    Action::Remove,
    Action::Rename,
    Action::Tune,
    Action::Start,
    Action::Close,
    Action::Palette,
    Action::Help,
    Action::Quit,
];

/// What a line is typed for.
pub fn title(asked: Asked) -> (&'static str, &'static str) {
    match asked {
        Asked::Start => ("begin with", "开始于"),
        Asked::Add => ("add", "添加"),
        Asked::From => ("cable from", "网线从"),
        Asked::To => ("to", "到"),
        Asked::Name => ("name", "名字"),
        Asked::Tune => ("cable", "网线"),
        Asked::Save { .. } => ("save as", "保存为"),
        Asked::Leave => ("not saved", "没有保存"),
    }
}

/// What may be typed, while nothing is.
pub fn example(asked: Asked) -> (&'static str, &'static str) {
    match asked {
        Asked::Start | Asked::Add | Asked::From | Asked::To => (
            "↑ ↓ and Enter choose; what is typed narrows the list; Esc leaves",
            "↑ ↓ 和 Enter 选择；键入文字缩小列表；Esc 离开",
        ),
        Asked::Name => ("a new name", "新的名字"),
        Asked::Tune => ("delay 5ms loss 1% mtu 1400", "delay 5ms loss 1% mtu 1400"),
        Asked::Save { .. } => ("lab.ron", "lab.ron"),
        Asked::Leave => (
            "s saves the sandbox and leaves, y leaves without, Esc stays",
            "s 保存沙盒并离开，y 不保存就离开，Esc 留下",
        ),
    }
}

/// A line of the list.
enum Line {
    /// What follows.
    Head(&'static str),
    /// A part, by its place.
    Part(usize, Part),
}

/// The list beside the map, or below it where the screen is narrow.
fn split(area: Rect) -> (Rect, Rect) {
    if area.width >= 110 {
        let left = area.width * 55 / 100;
        let map = Rect { x: area.x + left, width: area.width - left, ..area };
        return (Rect { width: left, ..area }, map);
    }
    let above = (area.height * 45 / 100).max(8).min(area.height);
    let list = Rect { y: area.y + above, height: area.height - above, ..area };
    (list, Rect { height: above, ..area })
}

fn lines(state: &State, walk: &Walk) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut last = 0;
    for (at, part) in parts_of(walk).into_iter().enumerate() {
        let (kind, en, zh) = match part {
            Part::Lab => (0, "", ""),
            Part::Node(_) => (1, "Machines", "机器"),
            Part::Link(_) => (2, "Cables", "网线"),
            Part::Step(..) => (3, "What happens", "经过"),
        };
        if kind != last {
            lines.push(Line::Head(state.lang.pick(en, zh)));
            last = kind;
        }
        lines.push(Line::Part(at, part));
    }
    lines
}

/// The first line that is shown: the selected part stands in the middle.
fn first(lines: &[Line], selected: usize, height: usize) -> usize {
    let is_it = |line: &Line| matches!(line, Line::Part(at, _) if *at == selected);
    let at = lines.iter().position(is_it).unwrap_or(0);
    at.saturating_sub(height / 2).min(lines.len().saturating_sub(height))
}

/// Draws it.
pub fn draw(state: &State, walk: &Walk, own: &Build, pen: &mut Pen<'_>, area: Rect) {
    let Some(sandbox) = &walk.sandbox else { return };
    let (list, map_area) = split(area);
    let lang = state.lang;
    let (nodes, links) = (sandbox.scenario().nodes.len(), sandbox.scenario().links.len());
    let about = match lang {
        sim_core::Lang::En => format!("machines {nodes}  cables {links}"),
        sim_core::Lang::Zh => format!("机器 {nodes}  网线 {links}"),
    };
    let saved = match sandbox.is_saved() {
        true => String::new(),
        false => lang.pick("not saved", "没有保存").to_owned(),
    };
    let title = lang.pick("BUILD", "搭建").to_owned();
    pen.frame(list, &[(title, Role::Focus), (about, Role::Text), (saved, Role::Text)], true);
    let inner = inside(list);
    let lines = lines(state, walk);
    let first = first(&lines, own.selected, usize::from(inner.height));
    let net = &walk.session.end().world.net;
    let name_width = lines.iter().filter_map(|line| match line {
        Line::Part(_, part @ (Part::Node(_) | Part::Lab)) => {
            Some(row(sandbox.scenario(), net, *part, lang).0.width())
        }
        _ => None,
    });
    let name_width = name_width.max().unwrap_or(0).clamp(8, 16);
    for (at, line) in lines.iter().skip(first).take(usize::from(inner.height)).enumerate() {
        let y = inner.y + at as u16;
        let Line::Part(place, part) = line else {
            if let Line::Head(head) = line {
                pen.put(inner, inner.x + 1, y, head, Role::Frame);
            }
            continue;
        };
        let is_here = *place == own.selected;
        let role = |role| if is_here { Role::Selected } else { role };
        if is_here {
            pen.fill(Rect { y, height: 1, ..inner }, Role::Selected);
        }
        let sign = if is_here { "> " } else { "  " };
        let (name, said) = row(sandbox.scenario(), net, *part, lang);
        let name = match part {
            Part::Node(_) | Part::Lab => pad(&name, name_width),
            _ => name,
        };
        let gap = if name.is_empty() { "" } else { "  " };
        let x = pen.put(inner, inner.x, y, &format!("{sign}{name}{gap}"), role(Role::Strong));
        let room = usize::from(inner.right().saturating_sub(x));
        pen.put(inner, x, y, &fit(&said, room), role(Role::Text));
    }
    more(pen, inner, lines.len().saturating_sub(first + usize::from(inner.height)));
    pen.frame(map_area, &[(lang.pick("MAP", "地图").into(), Role::Strong)], false);
    map::draw(state, walk, pen, inside(map_area));
}

/// Says how many lines there are below.
fn more(pen: &mut Pen<'_>, inner: Rect, left: usize) {
    if left > 0 && inner.width > 12 {
        let text = format!(" +{left} ");
        let x = inner.right().saturating_sub(text.width() as u16 + 1);
        let below = Rect { height: inner.height + 1, ..inner };
        pen.put(below, x, inner.bottom(), &text, Role::Strong);
    }
}

/// A click on a row selects it, and goes there if it is selected; one on a machine of the map selects that.
pub fn targets(state: &State, walk: &Walk, own: &Build, area: Rect) -> Vec<(Rect, Action)> {
    let (list, map_area) = split(area);
    let inner = inside(list);
    let lines = lines(state, walk);
    let first = first(&lines, own.selected, usize::from(inner.height));
    let shown = lines.iter().skip(first).take(usize::from(inner.height)).enumerate();
    let target = |(row, line): (usize, &Line)| match line {
        Line::Part(place, _) => {
            let place_of = Rect { y: inner.y + row as u16, height: 1, ..inner };
            Some((place_of, Action::Row(*place as u16)))
        }
        Line::Head(_) => None,
    };
    let mut targets: Vec<(Rect, Action)> = shown.filter_map(target).collect();
    targets.extend(map::targets(walk, inside(map_area)));
    targets
}
