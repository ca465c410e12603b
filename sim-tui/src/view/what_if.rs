//! What if: two runs side by side, or one above the other where there is no room.

use ratatui::layout::Rect;
use sim_core::{Lang, Text, text};

use super::events::{code, mark_role, role_of, summary, who};
use super::pen::{Line, Pen, fit, hanging, line, pad};
use crate::action::Action;
use crate::layout::inside;
use crate::session::Session;
use crate::state::{State, Walk};
use crate::theme::Role;
use crate::what_if::{Row, WhatIf, change};

/// From so many columns on, the two stand side by side.
const WIDE: u16 = 100;

/// As many lines are shown of what the typed commands said.
const SAID: usize = 4;

/// Where everything stands.
struct Parts {
    head: Rect,
    sides: [Rect; 2],
    end: Rect,
}

fn parts(own: &WhatIf, lang: Lang, area: Rect) -> Parts {
    let width = usize::from(area.width.saturating_sub(2));
    let end = (end(own, lang, width).len() as u16).min(area.height / 3);
    let head = 2;
    let body = Rect { y: area.y + head, height: area.height.saturating_sub(head + end), ..area };
    let sides = if area.width >= WIDE {
        let left = body.width / 2;
        [Rect { width: left, ..body }, Rect { x: body.x + left, width: body.width - left, ..body }]
    } else {
        let top = body.height / 2;
        [Rect { height: top, ..body }, Rect { y: body.y + top, height: body.height - top, ..body }]
    };
    Parts {
        head: Rect { height: head, ..area },
        sides,
        end: Rect { y: body.bottom(), height: end, ..area },
    }
}

/// What is asked, and how much differs.
fn head(own: &WhatIf, lang: Lang) -> [Line; 2] {
    let changes: Vec<String> =
        own.acts.iter().map(|act| change(&act.change).of(lang).to_owned()).collect();
    let at = own.acts.first().map_or_else(String::new, |act| act.place.at.to_string());
    let when = text!("at {at} s: ", "在 {at} 秒：");
    let asked = vec![
        (format!(" {} ", lang.pick("WHAT-IF", "如果")), Role::Focus),
        (when.of(lang).to_owned(), Role::Soft),
        (changes.join("; "), Role::Strong),
    ];
    let [a, b] = own.frames;
    let first = own.rows.iter().find_map(|row| match row {
        Row::Steps([one, other], true) => one.or(*other).map(|step| step + 1),
        _ => None,
    });
    let (count, first) = (own.count(), first.unwrap_or(0));
    let Text { en, zh } = match own.is_same() {
        true if own.first.is_some() => {
            text!(" nothing differs up to the question", " 到问题为止没有差异")
        }
        true => text!(" nothing differs but what was typed", " 除键入的命令外没有差异"),
        false => text!(
            " differences {count}, the first at step {first}",
            " 差异 {count} 处，首处在步骤 {first}"
        ),
    };
    let told = match own.first.is_some() {
        true => text!("{en}", "{zh}"),
        false => text!("{en}   frames A {a} | B {b}", "{zh}   帧数 A {a} | B {b}"),
    };
    [asked, line(told.of(lang), Role::Text)]
}

/// What has come of both, and what the typed commands said.
fn end(own: &WhatIf, lang: Lang, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(first) = &own.first {
        lines.extend(hanging(" ", Role::Strong, first.of(lang), width, Role::Soft));
    }
    let outcomes = own.outcomes.iter().filter(|_| own.first.is_none());
    for (name, told) in ["A: ", "B: "].iter().zip(outcomes) {
        lines.extend(hanging(&format!(" {name}"), Role::Strong, told.of(lang), width, Role::Text));
    }
    let said = lang.said(own.said.trim_end()).into_owned();
    let all = said.lines().count();
    for told in said.lines().skip(all.saturating_sub(SAID)) {
        lines.push(vec![
            (" B| ".into(), Role::Soft),
            (fit(&told.replace('\t', "    "), width.saturating_sub(4)), Role::Text),
        ]);
    }
    lines
}

/// The first row that is shown, so that the selected one stands in the middle.
fn first(own: &WhatIf, height: usize) -> usize {
    own.at.saturating_sub(height / 2).min(own.rows.len().saturating_sub(height))
}

/// Draws both.
pub fn draw(state: &State, walk: &Walk, own: &WhatIf, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    let parts = parts(own, lang, area);
    for (row, words) in head(own, lang).iter().enumerate() {
        pen.line(parts.head, parts.head.x, parts.head.y + row as u16, words);
    }
    for place in 0..2 {
        let side = if own.swapped { 1 - place } else { place };
        let session = if side == 0 { &walk.session } else { &own.session };
        let title = match side {
            0 => lang.pick("A as it is", "A 现状"),
            _ => lang.pick("B with the change", "B 改动之后"),
        };
        let pane = parts.sides[place];
        pen.frame(pane, &[(title.into(), Role::Strong)], place == 0);
        column(state, session, own, side, pen, inside(pane));
    }
    for (row, words) in
        end(own, lang, usize::from(parts.end.width.saturating_sub(2))).iter().enumerate()
    {
        pen.line(parts.end, parts.end.x, parts.end.y + row as u16, words);
    }
}

/// One of the two.
fn column(
    state: &State,
    session: &Session,
    own: &WhatIf,
    side: usize,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    let height = usize::from(area.height);
    let from = first(own, height);
    for (place, row) in own.rows.iter().enumerate().skip(from).take(height) {
        let y = area.y + (place - from) as u16;
        let is_here = place == own.at;
        let role = |own| if is_here { Role::Selected } else { own };
        if is_here {
            pen.fill(Rect { y, height: 1, ..area }, Role::Selected);
        }
        let cursor = if is_here { ">" } else { " " };
        let sign = match (row.differs(), side) {
            (false, _) => " ",
            (true, 0) => "-",
            (true, _) => "+",
        };
        let mark = format!("{cursor}{sign}");
        let sign_role = if side == 0 { Role::Bad } else { Role::Good };
        match row {
            Row::Steps(sides, _) => match sides[side] {
                Some(step) => {
                    let x = pen.put(area, area.x, y, &mark, role(sign_role));
                    cell(state, session, step as usize, (x, y), pen, area, is_here);
                }
                None => drop(pen.put(area, area.x, y, &format!("{cursor} .."), role(Role::Soft))),
            },
            Row::Table(at) => {
                let table = &own.tables[*at];
                let words = table.rows[side].as_deref();
                let x = pen.put(
                    area,
                    area.x,
                    y,
                    if words.is_some() { &mark } else { cursor },
                    role(sign_role),
                );
                let head = format!("{} {}: ", table.node, table.table);
                let x = pen.put(area, x, y, &head, role(Role::Soft));
                let room = usize::from(area.right().saturating_sub(x));
                pen.put(area, x, y, &fit(words.unwrap_or(".."), room), role(Role::Text));
            }
        }
    }
}

/// A step of one of the two.
fn cell(
    state: &State,
    session: &Session,
    step: usize,
    (x, y): (u16, u16),
    pen: &mut Pen<'_>,
    area: Rect,
    is_here: bool,
) {
    let role = |own| if is_here { Role::Selected } else { own };
    let Some(own) = session.steps().get(step) else { return };
    let digits = session.steps().len().to_string().len();
    let x = pen.put(area, x, y, &format!("{:>digits$} {} ", step + 1, own.at), role(Role::Soft));
    let x = pen.put(area, x, y, own.mark.sign(), role(mark_role(own.mark)));
    let names = session.net().nodes.iter().map(|node| node.name.len()).max().unwrap_or(0).min(8);
    let x = match who(session, step, names) {
        Some(who) => pen.put(area, x + 1, y, &who, role(Role::Text)),
        None => x,
    };
    let rest = usize::from(area.right().saturating_sub(x + 1));
    let verdict = if rest > 56 { code(session, step) } else { "" };
    let room = if verdict.is_empty() { rest } else { rest - 30 };
    let words = summary(session, step, state.lang);
    let x = pen.put(area, x + 1, y, &pad(&words, room), role(role_of(session, step)));
    pen.put(area, x, y, &fit(verdict, 30), role(Role::Soft));
}

/// A click on a row selects it.
pub fn targets(state: &State, own: &WhatIf, area: Rect) -> Vec<(Rect, Action)> {
    let mut targets = Vec::new();
    for side in parts(own, state.lang, area).sides.map(inside) {
        let height = usize::from(side.height);
        let from = first(own, height);
        let shown = own.rows.len().saturating_sub(from).min(height);
        targets.extend((0..shown).map(|row| {
            let area = Rect { y: side.y + row as u16, height: 1, ..side };
            (area, Action::Row((from + row).min(usize::from(u16::MAX)) as u16))
        }));
    }
    targets
}
