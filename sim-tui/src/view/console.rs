//! CONSOLE: what was typed up to this step, where, and what it said.

use sim_core::trace::Note;
use sim_core::{Lang, text};

use super::pen::{Line, fit, line, prose};
use crate::state::Walk;
use crate::theme::Role;

/// The last lines; as many as can be shown, and some to scroll to.
pub fn lines(walk: &Walk, lang: Lang, width: usize, height: usize) -> Vec<Line> {
    let said = walk.session.said(walk.step);
    if said.is_empty() {
        let said = text!("Nothing was typed yet.", "还没有键入任何命令。");
        return prose(said.of(lang), width, Role::Soft);
    }
    // From the last one back: what does not fit is not looked at.
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    let mut count = 0;
    for at in said.iter().rev() {
        if count >= height {
            break;
        }
        let entry = &walk.session.trace().entries()[*at as usize];
        let block: Vec<Line> = match &entry.what {
            Note::Typed { text, .. } => {
                let name = walk.session.name(entry.node);
                let room = width.saturating_sub(name.len() + 2);
                vec![vec![(format!("{name}# "), Role::Soft), (fit(text, room), Role::Strong)]]
            }
            Note::Output { text, .. } => lang
                .said(text)
                .lines()
                .map(|own| line(fit(&own.replace('\t', "    "), width), Role::Text))
                .collect(),
            _ => Vec::new(),
        };
        count += block.len();
        blocks.push(block);
    }
    let mut lines: Vec<Line> = blocks.into_iter().rev().flatten().collect();
    let skipped = lines.len().saturating_sub(height);
    lines.drain(..skipped);
    lines
}
