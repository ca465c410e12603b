//! The rows around the panes: what is played and how far, the names of the panes, the way through the steps, the keys.

use ratatui::layout::Rect;
use sim_core::{Lang, text};
use unicode_width::UnicodeWidthStr;

use super::events::mark_role;
use super::over;
use super::pen::{Pen, fit};
use crate::action::{Action, binding};
use crate::layout::Parts;
use crate::session::Mark;
use crate::state::{Ask, Pane, SPEEDS, State, Walk};
use crate::theme::{Glyphs, Role};

/// What is played, and how far.
pub fn head(state: &State, walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    pen.fill(area, Role::Bar);
    let lang = state.lang;
    let steps = walk.session.steps();
    let at = steps
        .get(walk.step)
        .map_or_else(String::new, |step| format!("{} {}", step.at, lang.pick("s", "秒")));
    let sign = if walk.playing { pen.signs.play } else { pen.signs.pause };
    let word =
        if walk.playing { lang.pick("playing", "播放") } else { lang.pick("paused", "暂停") };
    let speed = SPEEDS[walk.speed];
    let mut x = pen.put(area, 1, area.y, &walk.name, Role::BarKey);
    let seed = walk.session.scenario().seed;
    let mut parts = vec![
        format!("{} {seed}", lang.pick("seed", "种子")),
        format!("{} {}/{}", lang.pick("step", "步骤"), walk.step + 1, steps.len()),
        at,
        format!("{sign} {word}"),
    ];
    let walked = state.progress.walks.get(&walk.name);
    if let Some(own) = walked.filter(|own| !own.answers.is_empty()) {
        let (right, answered) = (own.right(), own.answers.len());
        parts.push(format!("{} {right}/{answered}", lang.pick("right", "答对")));
    }
    if speed != 100 {
        parts.push(format!("{speed}%"));
    }
    if !state.motion {
        parts.push(lang.pick("no motion", "无动画").into());
    }
    if let Some(code) = &walk.stop_at {
        parts.push(format!("{} {code}", lang.pick("until", "直到")));
    }
    let right = format!("{}  ? {}", lang.pick("EN", "中文"), lang.pick("keys", "按键"));
    let right_x = area.right().saturating_sub(right.width() as u16 + 1);
    let room = Rect { width: right_x.saturating_sub(1), ..area };
    for part in parts {
        x = pen.put(room, x + 2, area.y, &part, Role::Bar);
    }
    pen.put(area, right_x, area.y, &right, Role::Bar);
}

/// The names of the panes with their places.
fn tabs_at(state: &State, area: Rect) -> Vec<(Pane, Rect, String)> {
    let mut x = area.x + 1;
    let mut tabs = Vec::new();
    for pane in Pane::ALL {
        let text = format!("{} {}", pane.number(), pane.title(state.lang));
        let width = text.width() as u16 + 2;
        tabs.push((pane, Rect::new(x, area.y, width, 1).intersection(area), text));
        x += width + 1;
    }
    tabs
}

/// The names of the panes.
pub fn tabs(state: &State, walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    pen.fill(area, Role::Text);
    for (pane, own, text) in tabs_at(state, area) {
        let is_it = pane == walk.pane;
        let (text, role) = match is_it {
            true => (format!("[{text}]"), Role::Focus),
            false => (format!(" {text} "), Role::Soft),
        };
        pen.put(own, own.x, own.y, &text, role);
    }
}

/// The part of the row that stands for the steps.
fn track(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// The way through the steps, with the stops on it.
pub fn way(walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    let track = track(area);
    let (width, count) = (usize::from(track.width), walk.count().max(1));
    let (stops, veil) = (walk.session.stops(), walk.veil());
    let here = walk.place() * width.saturating_sub(1) / count.saturating_sub(1).max(1);
    for cell in 0..width {
        let x = track.x + cell as u16;
        let (sign, role) =
            if cell < here { (pen.signs.done, Role::Frame) } else { (pen.signs.to_do, Role::Line) };
        pen.put(track, x, track.y, sign, role);
        // The steps whose place on the way is this cell.
        let first =
            |cell: usize| (cell * count.saturating_sub(1)).div_ceil(width.saturating_sub(1).max(1));
        let (from, to) = (walk.at(first(cell)), walk.at(first(cell + 1)));
        let Some(from) = from else { continue };
        let to = to.unwrap_or_else(|| walk.session.steps().len());
        let begin = stops.partition_point(|at| (*at as usize) < from);
        let found = stops[begin..].iter().take_while(|at| (**at as usize) < to).take(AS_MANY);
        let is_shown = |at: &&u32| walk.filter.is_none() || walk.shown.binary_search(at).is_ok();
        // Behind a question that is to come only what the story says is told to be there.
        let mark_of = |at: &u32| walk.session.steps()[*at as usize].mark;
        let is_open = |at: &&u32| **at as usize <= veil || mark_of(at) == Mark::Story;
        let mark = found.filter(is_shown).filter(is_open).map(mark_of).max();
        if let Some((sign, role)) = mark.and_then(sign_of) {
            pen.put(track, x, track.y, sign, role);
        }
    }
    pen.put(
        track,
        track.x + here.min(width.saturating_sub(1)) as u16,
        track.y,
        pen.signs.cursor,
        Role::BarKey,
    );
}

/// As many stops are looked at for one cell: the row costs the same however long the story is.
const AS_MANY: usize = 16;

fn sign_of(mark: Mark) -> Option<(&'static str, Role)> {
    let sign = match mark {
        Mark::Warning => "!",
        Mark::Drop | Mark::Failed => "x",
        Mark::Rewrite => "~",
        Mark::Served => "*",
        Mark::Story => "\"",
        Mark::None => return None,
    };
    Some((sign, mark_role(mark)))
}

/// What the foot offers, the most useful first.
const OFFERED: [Action; 12] = [
    Action::Back,
    Action::Forward,
    Action::Play,
    Action::NextStop,
    Action::Palette,
    Action::Help,
    Action::Follow,
    Action::Filter,
    Action::Zoom,
    Action::NextPane,
    Action::Home,
    Action::Quit,
];

/// Keys with their words: where each stands.
pub fn keys_at(
    actions: &[Action],
    lang: Lang,
    glyphs: Glyphs,
    area: Rect,
) -> Vec<(Action, Rect, String, &'static str)> {
    let mut x = area.x + 1;
    let mut found = Vec::new();
    for own in actions.iter().filter_map(|action| binding(*action)) {
        let key = match glyphs {
            Glyphs::Unicode => own.keys[0].name(),
            Glyphs::Ascii => own.keys[0].ascii(),
        };
        let word = own.short(lang);
        let width = (key.width() + 1 + word.width()) as u16;
        if x + width > area.right() {
            break;
        }
        found.push((own.action, Rect::new(x, area.y, width, 1), key, word));
        x += width + 2;
    }
    found
}

/// Draws keys with their words.
pub fn keys(pen: &mut Pen<'_>, actions: &[Action], state: &State, area: Rect) {
    pen.fill(area, Role::Bar);
    for (_, own, key, word) in keys_at(actions, state.lang, state.glyphs, area) {
        let x = pen.put(own, own.x, own.y, &key, Role::BarKey);
        pen.put(own, x + 1, own.y, word, Role::Bar);
    }
}

/// The keys, or what there is to say.
pub fn foot(state: &State, walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    let is_typing = state.prompt.as_ref().is_some_and(|own| own.kind == Ask::Command);
    match &state.message {
        Some(said) => message(pen, area, said.of(state.lang)),
        // All letters go to the line.
        None if is_typing => {
            let said = text!(
                "Enter types it  Tab completes  ↑ ↓ earlier lines  < > node  help  Esc leaves the line",
                "Enter 键入  Tab 补全  ↑ ↓ 之前的命令  < > 换节点  help  Esc 离开此行"
            );
            message(pen, area, said.of(state.lang));
        }
        None => keys(pen, &offered(walk), state, area),
    }
}

/// What there is to say.
pub fn message(pen: &mut Pen<'_>, area: Rect, said: &str) {
    pen.fill(area, Role::Bar);
    let said = said.lines().next().unwrap_or_default();
    pen.put(
        area,
        area.x + 1,
        area.y,
        &fit(said, usize::from(area.width.saturating_sub(2))),
        Role::BarKey,
    );
}

/// What the foot offers in this pane.
fn offered(walk: &Walk) -> Vec<Action> {
    let mut offered = OFFERED.to_vec();
    if let Some(over) = &walk.over {
        return over::offered(over);
    }
    if walk.pane == Pane::Frame {
        offered.splice(6..7, [Action::Down, Action::Fields, Action::Hex]);
    }
    if walk.pane == Pane::Console {
        offered.splice(6..7, [Action::Type, Action::NextNode, Action::WhatIf]);
    }
    if walk.filter.is_some() {
        offered.insert(3, Action::NoFilter);
    }
    offered
}

/// Where a click does what.
pub fn targets(state: &State, walk: &Walk, parts: &Parts) -> Vec<(Rect, Action)> {
    let mut targets: Vec<(Rect, Action)> = Vec::new();
    if let Some(tabs) = parts.tabs {
        targets.extend(
            tabs_at(state, tabs).into_iter().map(|(pane, own, _)| (own, Action::Focus(pane))),
        );
    }
    let track = track(parts.way);
    let last = track.width.saturating_sub(1).max(1);
    targets.extend((0..track.width).map(|cell| {
        let share = u32::from(cell) * 1000 / u32::from(last);
        (Rect { x: track.x + cell, width: 1, ..track }, Action::Scrub(share as u16))
    }));
    targets.extend(foot_targets(state, walk, parts));
    targets
}

/// The same of the keys at the foot.
pub fn foot_targets(state: &State, walk: &Walk, parts: &Parts) -> Vec<(Rect, Action)> {
    if state.message.is_some() {
        return Vec::new();
    }
    let keys = keys_at(&offered(walk), state.lang, state.glyphs, parts.foot);
    keys.into_iter().map(|(action, own, ..)| (own, action)).collect()
}
