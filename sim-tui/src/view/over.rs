//! What is shown in place of the panes: which screen draws, what its foot offers, where a click does what.

use ratatui::layout::Rect;
use sim_core::event::NodeId;
use sim_core::{Lang, text};

use super::pen::{Line, Pen, fit, hanging, prose};
use super::{bars, build, chain, diagnosis, events, hooks, ladder, methods, tables, what_if};
use crate::action::Action;
use crate::layout::Parts;
use crate::session::Kind;
use crate::state::{Over, State, Walk};
use crate::theme::Role;
use crate::what_if::change;

/// All between the head and the way through the steps.
pub fn area(parts: &Parts) -> Rect {
    let head = parts.head;
    Rect { y: head.y + 1, height: parts.way.y.saturating_sub(head.y + 1), ..head }
}

/// Draws it.
pub fn draw(state: &State, walk: &Walk, over: &Over, pen: &mut Pen<'_>, area: Rect) {
    pen.fill(area, Role::Text);
    match over {
        Over::Tables(own) => tables::draw(state, walk, own, pen, area),
        Over::Hooks(own) => hooks::draw(state, walk, own, pen, area),
        Over::WhatIf(own) => what_if::draw(state, walk, own, pen, area),
        Over::Diagnosis(own) => diagnosis::draw(state, own, pen, area),
        Over::Chain(own) => chain::draw(state, walk, own, pen, area),
        Over::Ladder(own) => ladder::draw(state, walk, own, pen, area),
        Over::Methods(own) => methods::draw(state, own, pen, area),
        Over::Build(own) => build::draw(state, walk, own, pen, area),
    }
}

/// Where a click does what.
pub fn targets(state: &State, walk: &Walk, over: &Over, parts: &Parts) -> Vec<(Rect, Action)> {
    let area = area(parts);
    let (mut targets, keeps_step) = match over {
        Over::Tables(own) => (tables::targets(state, walk, own, area), true),
        Over::Hooks(_) => (Vec::new(), true),
        Over::WhatIf(own) => (what_if::targets(state, own, area), false),
        Over::Diagnosis(_) => (Vec::new(), false),
        Over::Chain(own) => (chain::targets(state, walk, own, area), false),
        Over::Ladder(own) => (ladder::targets(walk, own, area), true),
        Over::Methods(own) => (methods::targets(own, area), false),
        Over::Build(own) => (build::targets(state, walk, own, area), true),
    };
    targets.extend(match keeps_step {
        true => bars::targets(state, walk, &Parts { tabs: None, ..parts.clone() }),
        false => bars::foot_targets(state, walk, parts),
    });
    targets
}

/// The last first line that can be shown.
pub fn last_row(state: &State, walk: &Walk, over: &Over, area: Rect) -> u16 {
    match over {
        Over::Hooks(own) => hooks::last_row(state, walk, own, area),
        Over::Diagnosis(own) => diagnosis::last_row(state, own, area),
        Over::Methods(own) => methods::last_row(state, own, area),
        Over::Tables(_) | Over::WhatIf(_) | Over::Chain(_) | Over::Ladder(_) | Over::Build(_) => 0,
    }
}

/// As many columns can be scrolled away.
pub fn last_column(over: &Over, area: Rect) -> usize {
    match over {
        Over::Ladder(own) => ladder::most_left(own, area),
        Over::Methods(_) => methods::most_left(area),
        _ => 0,
    }
}

/// What the foot offers there.
pub fn offered(over: &Over) -> Vec<Action> {
    use Action::{
        AllRows, Back, Chain, Close, ColumnsLeft, ColumnsRight, Diagnose, Down, Filter, Follow,
        Forward, Help, Hooks, Keep, LastDifference, LastMethod, NextCell, NextDifference,
        NextMethod, NextNode, NextStop, NextTable, OpenRow, Palette, Play, Quit, Revert, Swap,
        Tables, ToLink, ToRow, TryIt, Up, Watch,
    };
    match over {
        Over::Tables(own) if own.watch.is_some() => {
            vec![Close, Up, Down, Watch, Help, Quit]
        }
        Over::Tables(_) => vec![
            Close, Back, Forward, NextStop, NextNode, NextTable, NextCell, Watch, AllRows, Hooks,
            Palette, Help, Quit,
        ],
        Over::Hooks(_) => {
            vec![Close, Back, Forward, NextStop, Play, Up, Down, Tables, Palette, Help, Quit]
        }
        Over::WhatIf(_) => vec![
            NextDifference,
            LastDifference,
            Keep,
            Revert,
            Swap,
            OpenRow,
            Close,
            Palette,
            Help,
            Quit,
        ],
        Over::Diagnosis(own) if own.found().is_some_and(|(_, found)| found.cure.is_some()) => {
            vec![TryIt, Up, Down, Chain, Close, Palette, Help, Quit]
        }
        Over::Diagnosis(_) => vec![Up, Down, Chain, Close, Palette, Help, Quit],
        Over::Ladder(_) => vec![
            ToRow,
            Forward,
            Up,
            Down,
            ColumnsLeft,
            ColumnsRight,
            Close,
            Help,
            Palette,
            Follow,
            Filter,
            Back,
            Quit,
        ],
        Over::Methods(_) => vec![LastMethod, NextMethod, Up, Down, Close, Palette, Help, Quit],
        Over::Build(_) => build::OFFERED.to_vec(),
        Over::Chain(_) => vec![ToLink, Up, Down, Chain, Diagnose, Close, Palette, Help, Quit],
    }
}

/// The step that is looked at in a few words, for the title.
pub fn step(state: &State, walk: &Walk, width: usize) -> String {
    if walk.step >= walk.session.steps().len() {
        return String::new();
    }
    let word = state.lang.pick("step", "步骤");
    let own = &walk.session.steps()[walk.step];
    let name = |node: Option<NodeId>| node.map_or("?", |node| walk.session.name(node));
    let who = match own.kind {
        Kind::Frame { from, .. } => format!("{}→{} ", name(from), name(own.node)),
        _ => String::new(),
    };
    let what = events::summary(&walk.session, walk.step, state.lang);
    fit(&format!("{word} {}  {who}{what}", walk.step + 1), width)
}

/// The changes that were kept, for STORY.
pub fn kept(walk: &Walk, lang: Lang, width: usize) -> Vec<Line> {
    if walk.kept.is_empty() {
        return Vec::new();
    }
    let head =
        text!("Kept changes (U takes the last one back):", "保留的改动（按 U 撤销最后一项）：");
    let mut lines = prose(head.of(lang), width, Role::Strong);
    for (at, group) in walk.kept.iter().enumerate() {
        for (place, act) in group.iter().enumerate() {
            let mark = if place == 0 { format!("{}. ", at + 1) } else { "   ".into() };
            let (when, what) = (act.place.at, change(&act.change));
            let said = format!("{when} {}", what.of(lang));
            lines.extend(hanging(&mark, Role::Soft, &said, width, Role::Edit));
        }
    }
    lines
}
