//! What is shown in place of the panes: which screen draws, what its foot offers, where a click does what.

use ratatui::layout::Rect;
use sim_core::{Lang, text};

use super::pen::{Line, Pen, hanging, prose};
use super::{chain, diagnosis, what_if};
use crate::action::Action;
use crate::layout::Parts;
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
    match over {
        Over::WhatIf(own) => what_if::draw(state, walk, own, pen, area),
        Over::Diagnosis(own) => diagnosis::draw(state, own, pen, area),
        Over::Chain(own) => chain::draw(state, walk, own, pen, area),
    }
}

/// Where a click does what.
pub fn targets(state: &State, walk: &Walk, over: &Over, area: Rect) -> Vec<(Rect, Action)> {
    match over {
        Over::WhatIf(own) => what_if::targets(state, own, area),
        Over::Diagnosis(_) => Vec::new(),
        Over::Chain(own) => chain::targets(state, walk, own, area),
    }
}

/// The last first line that can be shown.
pub fn last_row(state: &State, _: &Walk, over: &Over, area: Rect) -> u16 {
    match over {
        Over::Diagnosis(own) => diagnosis::last_row(state, own, area),
        Over::WhatIf(_) | Over::Chain(_) => 0,
    }
}

/// What the foot offers there.
pub fn offered(over: &Over) -> Vec<Action> {
    use Action::{
        Chain, Close, Diagnose, Down, Help, Keep, LastDifference, NextDifference, OpenRow, Palette,
        Quit, Revert, Swap, ToLink, TryIt, Up,
    };
    match over {
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
        Over::Chain(_) => vec![ToLink, Up, Down, Chain, Diagnose, Close, Palette, Help, Quit],
    }
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
