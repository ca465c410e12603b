//! The ladder: a column for each host, a row for each frame on its way, in time; only the rows that have room are looked at.

mod arrow;

use ratatui::layout::Rect;
use sim_core::event::NodeId;
use sim_core::export::ladder::{Edit, Words};
use sim_core::{Lang, explain, text};
use unicode_width::UnicodeWidthStr;

use super::events::{about, code, mark_role, role_of, summary};
use super::pen::{Line, Pen, fit, hanging, line, prose};
use crate::action::Action;
use crate::ladder::Ladder;
use crate::layout::inside;
use crate::session::Mark;
use crate::state::{State, Walk};
use crate::theme::Role;

/// The least width of a column.
const LEAST: u16 = 12;

/// The most.
const MOST: u16 = 26;

/// From so many columns on, notes stand beside the rows and not below them.
const WIDE: u16 = 110;

/// The rows at the bottom that tell of the selected row, with the line above them.
const DETAIL: u16 = 5;

/// Where everything stands.
struct Grid {
    names: Rect,
    body: Rect,
    detail: Rect,
    /// Where the columns begin, and where they end.
    x: u16,
    end: u16,
    /// Where notes begin that stand beside the rows.
    notes: Option<u16>,
    /// The width of a column.
    width: u16,
    /// The columns that are there: the first one, and those from another one on.
    shown: Vec<usize>,
    /// How many columns there are.
    all: usize,
}

impl Grid {
    fn of(own: &Ladder, area: Rect) -> Self {
        let area = inside(area);
        let times = own.began(own.count().saturating_sub(1)).to_string().width() as u16;
        let x = (area.x + times + 7).min(area.right());
        let room = area.right() - x;
        let beside = if area.width >= WIDE { (room * 2 / 5).clamp(34, 60).min(room) } else { 0 };
        let room = room - beside;
        let all = own.lanes().len();
        let fits = usize::from((room / LEAST).max(1)).min(all.max(1));
        let width = (room / fits as u16).clamp(1, MOST);
        let left = own.left.min(all.saturating_sub(fits));
        let shown = (0..fits.min(all)).map(|at| if at == 0 { 0 } else { at + left }).collect();
        let end = (x + width * fits as u16).min(area.right());
        let low = if area.height >= 14 { DETAIL } else { 0 };
        let high = area.height.min(1);
        let height = area.height.saturating_sub(high + low);
        Self {
            names: Rect { height: high, ..area },
            body: Rect { y: area.y + high, height, ..area },
            detail: Rect { y: area.y + high + height, height: low.min(area.height), ..area },
            x,
            end: if beside > 0 { end } else { area.right() },
            notes: (beside > 0).then_some(end + 1),
            width,
            shown,
            all,
        }
    }

    /// The middle of a column; of one that is scrolled away: the edge behind which it lies, and false.
    fn middle(&self, lane: usize) -> (u16, bool) {
        match self.shown.iter().position(|own| *own == lane) {
            Some(place) => (self.x + self.width * place as u16 + self.width / 2, true),
            None if self.shown.get(1).is_some_and(|first| lane < *first) => {
                (self.x + self.width, false)
            }
            None => (self.x + self.width * self.shown.len() as u16, false),
        }
    }

    fn is_wide(&self) -> bool {
        self.notes.is_some()
    }

    /// The room for a note.
    fn room(&self) -> usize {
        let from = self.notes.unwrap_or(self.x + 2);
        usize::from(self.body.right().saturating_sub(from))
    }
}

/// As many columns can be scrolled away.
pub fn most_left(own: &Ladder, area: Rect) -> usize {
    let grid = Grid::of(own, area);
    grid.all.saturating_sub(grid.shown.len())
}

/// What is written beside a row, or below it.
fn notes(
    walk: &Walk,
    own: &Ladder,
    (place, words): (usize, Option<&Words>),
    grid: &Grid,
    lang: Lang,
) -> Vec<(String, Role)> {
    let mut notes = Vec::new();
    let edits = words.map_or(&[][..], |words| &words.edits);
    let (plain, telling): (Vec<&Edit>, Vec<&Edit>) = edits.iter().partition(|edit| is_plain(edit));
    if !telling.is_empty() {
        let said: Vec<String> = telling.iter().map(|edit| edit.text()).collect();
        let said = format!("~ {}", said.join(", "));
        let rest = short(&plain).map(|rest| format!(", {rest}")).unwrap_or_default();
        let fits = said.width() + rest.width() <= grid.room();
        notes.push((if fits { said + &rest } else { said }, Role::Edit));
    } else if let Some(short) = short(&plain).filter(|_| grid.is_wide()) {
        notes.push((format!("~ {short}"), Role::Soft));
    }
    for step in own.steps(place, walk.veil()) {
        let mark = walk.session.steps()[step].mark;
        if mark >= Mark::Warning || mark == Mark::Served {
            let name = walk.session.steps()[step].node.map_or("", |node| walk.session.name(node));
            let what = match (mark, code(&walk.session, step)) {
                (Mark::Served, _) => lang.pick("is served", "得到应答"),
                (Mark::Failed, "") => continue,
                (_, code) => code,
            };
            notes.push((format!("{} {name} {what}", mark.sign().trim()), mark_role(mark)));
        }
    }
    notes
}

/// What each router changes: it says little, and is told in short.
fn is_plain(edit: &Edit) -> bool {
    edit.field.starts_with("eth.") || edit.field == "ip.ttl"
}

/// Edits of that kind in a word: `eth ttl`.
fn short(plain: &[&Edit]) -> Option<String> {
    let has = |start: &str| plain.iter().any(|edit| edit.field.starts_with(start));
    let words: Vec<&str> = [("eth.", "eth"), ("ip.ttl", "ttl")]
        .into_iter()
        .filter(|own| has(own.0))
        .map(|own| own.1)
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// How many lines a row has.
fn height(walk: &Walk, own: &Ladder, place: usize, grid: &Grid) -> usize {
    let words = own.words(&walk.session, place);
    let notes = notes(walk, own, (place, words.as_ref()), grid, Lang::En).len();
    if grid.is_wide() { notes.max(1) } else { notes + 1 }
}

/// The lines that are shown: of which row, and which of its lines. The selected row stands in the middle.
fn shown(walk: &Walk, own: &Ladder, grid: &Grid) -> Vec<(usize, usize)> {
    let room = usize::from(grid.body.height);
    let all = |place: usize| (0..height(walk, own, place, grid)).map(move |line| (place, line));
    let mut before: Vec<(usize, usize)> = Vec::new();
    for place in (0..own.at).rev() {
        if before.len() >= room {
            break;
        }
        let lines: Vec<_> = all(place).collect();
        before.extend(lines.into_iter().rev());
    }
    before.reverse();
    let from = before.len();
    let mut lines = before;
    for place in own.at..own.count() {
        if lines.len() >= from + room {
            break;
        }
        lines.extend(all(place));
    }
    let first = from.saturating_sub(room / 2).min(lines.len().saturating_sub(room));
    lines.drain(..first);
    lines.truncate(room);
    lines
}

/// What stands in the title: the filter, and which columns are there.
fn told(walk: &Walk, own: &Ladder, grid: &Grid, lang: Lang) -> String {
    let mut said = vec![about(walk, lang)];
    let all = grid.all;
    if let (Some(first), Some(last)) = (grid.shown.get(1), grid.shown.last())
        && grid.shown.len() < all
    {
        let (first, last) = (first + 1, last + 1);
        let columns = text!(
            "columns 1, {first}-{last} of {all}: , . scroll",
            "第 1、{first}-{last} 列，共 {all} 列：按 , . 横移"
        );
        said.push(columns.of(lang).to_owned());
    }
    let (at, count) = (own.at + 1, own.count());
    if count > 0 {
        said.push(text!("row {at}/{count}", "第 {at}/{count} 行").of(lang).to_owned());
    }
    said.retain(|own| !own.is_empty());
    said.join("  ")
}

/// Draws it.
pub fn draw(state: &State, walk: &Walk, own: &Ladder, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    let grid = Grid::of(own, area);
    let title = lang.pick("LADDER", "时序图").to_owned();
    pen.frame(area, &[(title, Role::Focus), (told(walk, own, &grid, lang), Role::Text)], true);
    names(walk, own, &grid, pen);
    let lines = shown(walk, own, &grid);
    let mut y = grid.body.y;
    let mut page = Page { walk, own, lang, grid: &grid, pen };
    for (place, line) in lines {
        page.row(place, line, y);
        y += 1;
    }
    if own.is_veiled() && y < grid.body.bottom() {
        let said = text!("  … the question comes first", "  …… 先回答问题");
        page.pen.put(grid.body, grid.body.x, y, said.of(lang), Role::Soft);
    }
    page.detail();
}

/// The names above the columns.
fn names(walk: &Walk, own: &Ladder, grid: &Grid, pen: &mut Pen<'_>) {
    for lane in &grid.shown {
        let name = walk.session.name(own.lanes()[*lane]);
        let name = fit(name, usize::from(grid.width.saturating_sub(1)));
        let x = grid.middle(*lane).0.saturating_sub(name.width() as u16 / 2);
        pen.put(grid.names, x, grid.names.y, &name, Role::Strong);
    }
}

/// What draws rows.
struct Page<'a, 'b, 'c> {
    walk: &'a Walk,
    own: &'a Ladder,
    lang: Lang,
    grid: &'a Grid,
    pen: &'b mut Pen<'c>,
}

impl Page<'_, '_, '_> {
    fn role(&self, place: usize, role: Role) -> Role {
        if place == self.own.at { Role::Selected } else { role }
    }

    /// A line of a row: the first one is the row itself.
    fn row(&mut self, place: usize, line: usize, y: u16) {
        let (walk, own) = (self.walk, self.own);
        let body = self.grid.body;
        if place == own.at {
            self.pen.fill(Rect { y, height: 1, ..body }, Role::Selected);
        }
        let lanes = Rect { width: self.grid.end.saturating_sub(body.x), ..body };
        for lane in &self.grid.shown {
            let x = self.grid.middle(*lane).0;
            let role = self.role(place, Role::Line);
            self.pen.put(lanes, x, y, self.pen.signs.vertical, role);
        }
        let words = own.words(&walk.session, place);
        let notes = notes(walk, own, (place, words.as_ref()), self.grid, self.lang);
        if line == 0 {
            self.head(place, y);
            match (own.hop(place), &words) {
                (Some(hop), Some(words)) => self.hop(place, hop, words, y),
                _ => self.words(place, y),
            }
        }
        let wanted = if self.grid.is_wide() { Some(line) } else { line.checked_sub(1) };
        if let Some((note, role)) = wanted.and_then(|at| notes.get(at)) {
            let x = self.grid.notes.unwrap_or(self.grid.x + 2);
            let role = self.role(place, *role);
            self.pen.put(body, x, y, &fit(note, self.grid.room()), role);
        }
    }

    /// The sign of the selected row and of the step, the time, what makes it worth a stop.
    fn head(&mut self, place: usize, y: u16) {
        let (walk, own, body) = (self.walk, self.own, self.grid.body);
        let is_step = own.is_of(place, walk.step);
        let sign = match (place == own.at, is_step) {
            (true, true) => ">@",
            (true, false) => "> ",
            (false, true) => " @",
            (false, false) => "  ",
        };
        let role = if is_step { Role::Focus } else { Role::Soft };
        let x = self.pen.put(body, body.x, y, sign, self.role(place, role));
        let time = own.began(place).to_string();
        let x = self.pen.put(body, x, y, &time, self.role(place, Role::Soft));
        let mark = own.mark(&walk.session, place, walk.veil());
        let x = x.max(self.grid.x.saturating_sub(4));
        self.pen.put(body, x, y, mark.sign(), self.role(place, mark_role(mark)));
    }

    /// What is no frame: in words, from its column on.
    fn words(&mut self, place: usize, y: u16) {
        let Some(step) = self.own.step(place) else { return };
        let said = summary(&self.walk.session, step, self.lang);
        let said = said.lines().next().unwrap_or_default().to_owned();
        let lane = self.walk.session.steps()[step].node.and_then(|node| self.own.lane(node));
        // The story's words are nobody's: they have the whole row.
        let end = if lane.is_some() { self.grid.end } else { self.grid.body.right() };
        let room =
            Rect { x: self.grid.x, width: end.saturating_sub(self.grid.x), ..self.grid.body };
        let width = (said.width() as u16).min(room.width);
        let x = lane.map_or(room.x, |lane| self.grid.middle(lane).0);
        let x = x.min(room.right() - width).max(room.x);
        let role = self.role(place, role_of(&self.walk.session, step));
        self.pen.put(room, x, y, &fit(&said, usize::from(room.right() - x)), role);
    }

    /// What the selected row is, in full.
    fn detail(&mut self) {
        let area = self.grid.detail;
        if area.height == 0 {
            return;
        }
        let rule = self.pen.signs.horizontal.repeat(usize::from(area.width));
        self.pen.put(area, area.x, area.y, &rule, Role::Line);
        let lines = self.told(usize::from(area.width));
        let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
        self.pen.scrolled(below, &lines, 0);
    }

    fn told(&self, width: usize) -> Vec<Line> {
        let (walk, own, lang) = (self.walk, self.own, self.lang);
        let Some(step) = own.step(own.at) else { return Vec::new() };
        let mut lines = match own.words(&walk.session, own.at) {
            Some(words) => {
                let mut lines = vec![line(fit(&words.line, width), Role::Strong)];
                let edits: Vec<String> = words.edits.iter().map(Edit::text).collect();
                if !edits.is_empty() {
                    lines.extend(hanging("~ ", Role::Edit, &edits.join(", "), width, Role::Text));
                }
                lines
            }
            None => prose(&summary(&walk.session, step, lang), width, Role::Strong),
        };
        let decided = own.steps(own.at, walk.veil()).filter_map(|step| {
            let code = code(&walk.session, step);
            let entry = explain::entry(code)?;
            let name = |node: NodeId| walk.session.name(node);
            let node = walk.session.steps()[step].node.map_or("", name);
            let title = lang.pick(entry.title.en, entry.title.zh);
            Some((walk.session.steps()[step].mark, format!("{node}: {title} [{code}]")))
        });
        for (mark, said) in decided {
            let sign = if mark == Mark::None { "- " } else { "" };
            let head = format!("{sign}{}", mark.sign().trim_start());
            lines.push(vec![
                (head.clone(), mark_role(mark)),
                (fit(&said, width.saturating_sub(head.width())), Role::Text),
            ]);
        }
        lines
    }
}

/// A click on a row goes to its step.
pub fn targets(walk: &Walk, own: &Ladder, area: Rect) -> Vec<(Rect, Action)> {
    let grid = Grid::of(own, area);
    let lines = shown(walk, own, &grid).into_iter().zip(grid.body.y..);
    let target = |((place, _), y): ((usize, usize), u16)| {
        let step = own.step(place)? as u32;
        Some((Rect { y, height: 1, ..grid.body }, Action::ToStep(step)))
    };
    lines.filter_map(target).collect()
}
