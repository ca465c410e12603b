//! The screens, drawn from the state and from nothing else.
//!
//! Each part says where a click does what by the same function that says where it draws.

mod bars;
mod build;
mod chain;
mod console;
mod diagnosis;
mod events;
mod expected;
pub mod frame;
mod help;
mod home;
mod hooks;
mod ladder;
mod map;
mod methods;
mod otherwise;
mod over;
mod pen;
mod prompt;
mod question;
mod story;
mod tables;
mod watch;
mod what_if;
mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sim_core::text;

use crate::action::Action;
use crate::layout::{self, inside};
use crate::state::{Pane, State, Walk};
use crate::theme::{Glyphs, Role};

use self::pen::{Line, Pen};

/// Draws the state. The buffer has the size of the state.
pub fn draw(state: &State, buffer: &mut Buffer) {
    let area = state.area().intersection(buffer.area);
    let mut pen = Pen::new(buffer, state.theme, state.glyphs.signs());
    pen.fill(area, Role::Text);
    match (layout::parts(state.size, Pane::Map, false), state.on_screen()) {
        (None, _) => too_small(state, &mut pen, area),
        (Some(_), None) => home::draw(state, &mut pen),
        (Some(_), Some(walk)) => walk_screen(state, walk, &mut pen),
    }
    if layout::parts(state.size, Pane::Map, false).is_some() {
        if state.help.is_some() {
            help::draw(state, &mut pen);
        }
        if let Some(own) = &state.prompt {
            prompt::draw(state, own, &mut pen);
        }
    }
    if state.glyphs == Glyphs::Ascii {
        pen.make_ascii(area);
    }
}

/// Where a click does what; what lies above comes later.
pub fn targets(state: &State) -> Vec<(Rect, Action)> {
    if layout::parts(state.size, Pane::Map, false).is_none() {
        return Vec::new();
    }
    if state.help.is_some() {
        return vec![(state.area(), Action::Close)];
    }
    if let Some(own) = &state.prompt {
        return prompt::targets(state, own);
    }
    let Some(walk) = state.on_screen() else { return home::targets(state) };
    let Some(parts) = layout::parts(state.size, walk.pane, walk.zoom) else { return Vec::new() };
    if walk.question.is_some() {
        return question::targets(state, walk, parts.foot);
    }
    if let Some(over) = &walk.over {
        return over::targets(state, walk, over, &parts);
    }
    let mut targets: Vec<(Rect, Action)> = Vec::new();
    for (pane, area) in &parts.panes {
        targets.push((*area, Action::Focus(*pane)));
        match pane {
            Pane::Map => targets.extend(map::targets(walk, inside(*area))),
            Pane::Frame => targets.extend(frame::targets(walk, inside(*area))),
            Pane::Events => targets.extend(events::targets(walk, inside(*area))),
            Pane::Why | Pane::Console | Pane::Story => {}
        }
    }
    targets.extend(bars::targets(state, walk, &parts));
    targets
}

/// The last first line that each pane of the screen can show.
pub fn last_rows(state: &State) -> [u16; 6] {
    let mut last = [u16::MAX; 6];
    let Some(walk) = state.on_screen() else { return last };
    let Some(parts) = layout::parts(state.size, walk.pane, walk.zoom) else { return last };
    for (pane, area) in &parts.panes {
        let area = inside(*area);
        if let Some(lines) = lines(state, walk, *pane, area) {
            last[pane.number() - 1] = lines.len().saturating_sub(usize::from(area.height)) as u16;
        }
    }
    last
}

/// The last first line of what is shown in place of the panes.
pub fn over_rows(state: &State) -> u16 {
    let Some(walk) = state.on_screen() else { return 0 };
    let parts = layout::parts(state.size, walk.pane, walk.zoom);
    match (parts, &walk.over) {
        (Some(parts), Some(over)) => over::last_row(state, walk, over, over::area(&parts)),
        _ => 0,
    }
}

/// As many columns can be scrolled away of what is shown in place of the panes.
pub fn over_columns(state: &State) -> usize {
    let Some(walk) = state.on_screen() else { return 0 };
    let parts = layout::parts(state.size, walk.pane, walk.zoom);
    match (parts, &walk.over) {
        (Some(parts), Some(over)) => over::last_column(over, over::area(&parts)),
        _ => 0,
    }
}

/// How many rows help has.
pub fn help_rows(state: &State) -> u16 {
    help::rows(state).len() as u16
}

/// The lines of a pane that is made of lines.
fn lines(state: &State, walk: &Walk, pane: Pane, area: Rect) -> Option<Vec<Line>> {
    let width = usize::from(area.width);
    match pane {
        Pane::Why => Some(why::lines(walk, state.lang, width)),
        Pane::Console => Some(console::lines(state, walk, width, usize::from(area.height))),
        Pane::Story => Some(story::lines(state, walk, width)),
        Pane::Map | Pane::Frame | Pane::Events => None,
    }
}

fn walk_screen(state: &State, walk: &Walk, pen: &mut Pen<'_>) {
    let Some(parts) = layout::parts(state.size, walk.pane, walk.zoom) else { return };
    bars::head(state, walk, pen, parts.head);
    bars::way(walk, pen, parts.way);
    bars::foot(state, walk, pen, parts.foot);
    match &walk.over {
        Some(over) => over::draw(state, walk, over, pen, over::area(&parts)),
        None => panes(state, walk, pen, &parts),
    }
    question::draw(state, walk, pen, parts.foot);
}

fn panes(state: &State, walk: &Walk, pen: &mut Pen<'_>, parts: &layout::Parts) {
    if let Some(tabs) = parts.tabs {
        bars::tabs(state, walk, pen, tabs);
    }
    for (pane, area) in &parts.panes {
        let title = title(state, walk, *pane);
        pen.frame(*area, &title, *pane == walk.pane);
        let area = inside(*area);
        match pane {
            Pane::Map => map::draw(state, walk, pen, area),
            Pane::Frame => frame::draw(state, walk, pen, area),
            Pane::Events => events::draw(state, walk, pen, area),
            pane => {
                let lines = lines(state, walk, *pane, area).unwrap_or_default();
                pen.scrolled(area, &lines, usize::from(walk.scroll[pane.number() - 1]));
            }
        }
    }
}

/// What stands in the frame of a pane: its number, its name, and what it is about now.
fn title(state: &State, walk: &Walk, pane: Pane) -> Vec<(String, Role)> {
    let role = if pane == walk.pane { Role::Focus } else { Role::Strong };
    let name = format!("{} {}", pane.number(), pane.title(state.lang));
    let about = match pane {
        Pane::Frame => frame::about(walk, state.lang),
        Pane::Events => events::about(walk, state.lang),
        Pane::Why => why::about(walk, state.lang),
        Pane::Console => console::about(walk, state.lang),
        Pane::Map | Pane::Story => String::new(),
    };
    vec![(name, role), (about, Role::Text)]
}

fn too_small(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let ((width, height), (least_width, least_height)) = (state.size, layout::LEAST);
    let said = text!(
        "lvsim needs a screen of {least_width}x{least_height}; this one is {width}x{height}. Make it larger, or leave with q: `lvsim walk` tells the same as text.",
        "lvsim 需要 {least_width}x{least_height} 的屏幕，现在是 {width}x{height}。请放大，或按 q 离开：`lvsim walk` 以文字讲述同样的内容。"
    );
    let lines = pen::prose(said.of(state.lang), usize::from(area.width).max(1), Role::Text);
    pen.scrolled(area, &lines, 0);
}
