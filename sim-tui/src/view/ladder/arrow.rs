//! A frame of the ladder as an arrow from its sender to all that got it, with what stands on it.

use ratatui::layout::Rect;
use sim_core::export::ladder::{Edit, Hop, Words};
use unicode_width::UnicodeWidthStr;

use super::super::pen::fit;
use super::{Page, is_plain, short};
use crate::session::Mark;
use crate::theme::Role;

/// An end of an arrow.
#[derive(Clone, Copy)]
struct End {
    x: u16,
    /// Whether its column is there, and not scrolled away.
    is_there: bool,
    /// Whether the frame was for it.
    taken: bool,
}

impl Page<'_, '_, '_> {
    /// The columns in which arrows stand.
    fn lanes(&self) -> Rect {
        let grid = self.grid;
        Rect { x: grid.x, width: grid.end.saturating_sub(grid.x), ..grid.body }
    }

    /// A frame.
    pub(super) fn hop(&mut self, place: usize, hop: &Hop, words: &Words, y: u16) {
        let (walk, area) = (self.walk, self.lanes());
        let mark = self.own.mark(&walk.session, place, walk.veil());
        let plain = if words.line.starts_with("ARP") { Role::Arp } else { Role::Frame };
        let is_bad = mark == Mark::Drop || hop.to.is_empty();
        let role = self.role(place, if is_bad { Role::Bad } else { plain });
        let ends = self.ends(hop);
        let (left, right) = self.arrow(hop, &ends, y, role);
        let label = self.label(hop, words);
        let beside = self.write(&label, (left, right), (y, role), ends.len() > 1);
        let plain: Vec<&Edit> = words.edits.iter().filter(|edit| is_plain(edit)).collect();
        if plain.len() == words.edits.len()
            && let (Some(short), Some(x)) = (short(&plain), beside)
        {
            let said = format!("~ {short}");
            if !self.grid.is_wide() && x + 2 + said.width() as u16 <= area.right() {
                let role = self.role(place, Role::Soft);
                self.pen.put(area, x + 2, y, &said, role);
            }
        }
    }

    /// Whom it came to, as far as no open question hides it.
    fn ends(&self, hop: &Hop) -> Vec<End> {
        let veil = self.walk.session.steps().get(self.walk.veil()).map(|step| step.at);
        let came = hop.to.iter().filter(|own| veil.is_none_or(|veil| own.at <= veil));
        let end = |own: &sim_core::export::ladder::Reached| {
            let (x, is_there) = self.grid.middle(own.lane);
            End { x, is_there, taken: own.taken }
        };
        came.map(end).collect()
    }

    /// The line and its heads; from where to where it goes.
    fn arrow(&mut self, hop: &Hop, ends: &[End], y: u16, role: Role) -> (u16, u16) {
        let (area, grid, signs) = (self.lanes(), self.grid, self.pen.signs);
        // What comes from nobody, or to nobody, has a short arrow.
        let first = ends.first().map(|own| own.x.saturating_sub(5).max(area.x));
        let from = hop.from.map(|lane| grid.middle(lane));
        let start = from.map(|own| own.0).or(first).unwrap_or(area.x);
        let stub = if start + 6 < area.right() { start + 5 } else { start.saturating_sub(5) };
        let all = || ends.iter().map(|own| own.x).chain(ends.is_empty().then_some(stub));
        let (left, right) = (all().fold(start, u16::min), all().fold(start, u16::max));
        for x in left + 1..right {
            self.pen.put(area, x, y, signs.horizontal, role);
        }
        for End { x, is_there, taken } in ends.iter().copied() {
            match (taken, is_there) {
                (false, _) => drop(self.pen.put(area, x, y, "·", role)),
                (true, false) => drop(self.pen.put(area, x, y, signs.more, role)),
                // On `lo` it comes to who has sent it.
                (true, true) if x == start => drop(self.pen.put(area, x, y, signs.frame, role)),
                (true, true) => {
                    let (at, sign) =
                        if x > start { (x - 1, signs.right) } else { (x + 1, signs.left) };
                    self.pen.put(area, at, y, sign, role);
                    self.pen.put(area, x, y, signs.vertical, role);
                }
            }
        }
        if hop.to.is_empty() {
            self.pen.put(area, stub, y, "x", role);
        }
        if from.is_some_and(|own| !own.1) {
            self.pen.put(area, start, y, signs.more, role);
        }
        (left, right)
    }

    /// What stands on the arrow; the names of columns that are scrolled away are in it.
    fn label(&self, hop: &Hop, words: &Words) -> String {
        let name = |lane: usize| self.walk.session.name(self.own.lanes()[lane]);
        let is_away = |lane: &usize| !self.grid.middle(*lane).1;
        let mut label = words.label.clone();
        if let Some(from) = hop.from.filter(is_away) {
            label = format!("{}: {label}", name(from));
        }
        let taken = hop.to.iter().filter(|own| own.taken && is_away(&own.lane));
        let away: Vec<&str> = taken.map(|own| name(own.lane)).collect();
        if !away.is_empty() {
            label += &format!(" {} {}", self.pen.signs.arrow, away.join(" "));
        }
        label
    }

    /// Writes on the arrow, else right of it, else left of it. The column from which on the row is free.
    fn write(
        &mut self,
        label: &str,
        (left, right): (u16, u16),
        (y, role): (u16, Role),
        many: bool,
    ) -> Option<u16> {
        let area = self.lanes();
        let (width, gap) = (label.width() as u16, right.saturating_sub(left + 3));
        if width + 2 <= gap && !many {
            let x = left + 1 + (gap - width) / 2;
            self.pen.put(area, x, y, &format!(" {label} "), role);
            return Some(right);
        }
        if right + 2 + width <= area.right() {
            return Some(self.pen.put(area, right + 2, y, label, role));
        }
        if left > area.x + width {
            self.pen.put(area, left - width - 1, y, label, role);
            return Some(right);
        }
        // Wherever there is more room.
        if gap >= area.right().saturating_sub(right + 2) {
            let label = fit(label, usize::from(gap.saturating_sub(2)));
            self.pen.put(area, left + 2, y, &label, role);
            return None;
        }
        let room = usize::from(area.right().saturating_sub(right + 2));
        self.pen.put(area, right + 2, y, &fit(label, room), role);
        None
    }
}
