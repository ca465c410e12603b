//! One request by four methods, side by side: all of them where there is room, else some at a time.

use ratatui::layout::Rect;
use sim_core::modes::{Cast, Method, Mode, Modes};
use sim_core::{Lang, text};
use unicode_width::UnicodeWidthStr;

use super::pen::{Line, Pen, fit, hanging, line, pad, prose};
use crate::action::Action;
use crate::layout::inside;
use crate::methods::{self, Methods, Row, name};
use crate::state::State;
use crate::theme::Role;

/// The columns of what stands before the cells of a row.
const LABEL: usize = 12;

/// The least width of a method: addresses by their roles, with ports.
const LEAST: usize = 24;

/// How many methods have room.
fn fits(width: usize) -> usize {
    (width.saturating_sub(LABEL) / LEAST).clamp(1, 4)
}

/// As many methods can be passed over.
pub fn most_left(area: Rect) -> usize {
    4 - fits(usize::from(inside(area).width))
}

/// Where the names of the methods stand, and what lies below.
fn parts(own: &Methods, area: Rect) -> (Rect, Rect) {
    let area = inside(area);
    let high = if own.found().is_some() { area.height.min(1) } else { 0 };
    let below = Rect { y: area.y + high, height: area.height - high, ..area };
    (Rect { height: high, ..area }, below)
}

/// Draws it.
pub fn draw(state: &State, own: &Methods, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    let title = lang.pick("MODES", "四种方式").to_owned();
    let width = usize::from(inside(area).width);
    let (from, fits) = (own.first, fits(width));
    let about = match own.found() {
        Some(modes) => about(modes, lang, from, fits),
        None => String::new(),
    };
    pen.frame(area, &[(title, Role::Focus), (about, Role::Text)], true);
    let (head, below) = parts(own, area);
    if let Some(modes) = own.found() {
        names(modes, lang, from, fits, pen, head);
    }
    pen.scrolled(below, &lines(own, lang, width), usize::from(own.top));
}

fn about(modes: &Modes, lang: Lang, from: usize, fits: usize) -> String {
    let Cast { client, director, server, own, .. } = &modes.cast;
    let own = name(*own);
    let mut said = text!(
        "one request of {client} to {director}, for {server}; the scenario's own: {own}",
        "{client} 经 {director} 到 {server} 的一个请求；场景自身是 {own}"
    )
    .of(lang)
    .to_owned();
    if fits < 4 {
        let (first, last) = (from + 1, from + fits);
        let which = if fits == 1 { format!("{first}") } else { format!("{first}-{last}") };
        said = text!("{which} of 4: ← → turn  {said}", "第 {which} 种，共 4 种：← → 换  {said}")
            .of(lang)
            .to_owned();
    }
    said
}

/// The methods' names above their columns: whether it works, in a sign.
fn names(modes: &Modes, lang: Lang, from: usize, fits: usize, pen: &mut Pen<'_>, area: Rect) {
    let width = (usize::from(area.width).saturating_sub(LABEL) / fits) as u16;
    for (place, mode) in modes.plays.iter().skip(from).take(fits).enumerate() {
        let (sign, role) = sign(mode, &modes.cast);
        let x = area.x + LABEL as u16 + width * place as u16;
        let x = pen.put(area, x, area.y, name(mode.method), Role::Focus);
        let x = pen.put(area, x + 1, area.y, sign, role);
        if mode.method == modes.cast.own {
            pen.put(area, x + 1, area.y, lang.pick("(as it is)", "（现状）"), Role::Soft);
        }
    }
}

fn sign(mode: &Mode, cast: &Cast) -> (&'static str, Role) {
    match (mode.works(cast), mode.served.is_some()) {
        (true, _) => ("*", Role::Good),
        (false, true) => ("(!)", Role::Warn),
        (false, false) => ("x", Role::Bad),
    }
}

/// The last first line that can be shown.
pub fn last_row(state: &State, own: &Methods, area: Rect) -> u16 {
    let (_, below) = parts(own, area);
    let count = lines(own, state.lang, usize::from(below.width)).len();
    count.saturating_sub(usize::from(below.height)) as u16
}

fn lines(own: &Methods, lang: Lang, width: usize) -> Vec<Line> {
    let Some(modes) = own.found() else {
        let played = own.played();
        let said = match own.why_nothing() {
            Some(why) => why.clone(),
            None => text!(
                "Working: the request is played by each of the four methods; {played} of 4 so far. Esc leaves.",
                "正在进行：请求按四种方式各播放一次，已完成 {played}/4。按 Esc 离开。"
            ),
        };
        return prose(said.of(lang), width, Role::Text);
    };
    let mut page = Page { modes, lang, width, from: own.first, lines: Vec::new() };
    page.rows(&methods::sums(modes, lang));
    page.part(
        lang.pick("hop by hop; * was changed by the host before", "逐跳；* 由上一台主机改动"),
    );
    page.rows(&methods::hops(modes, lang));
    page.needs();
    for note in methods::notes(modes) {
        page.lines.push(Line::new());
        page.lines.extend(prose(note.of(lang), width, Role::Warn));
    }
    page.lines.push(Line::new());
    page.lines.extend(prose(methods::legend().of(lang), width, Role::Soft));
    page.lines
}

struct Page<'a> {
    modes: &'a Modes,
    lang: Lang,
    width: usize,
    /// The first method that is shown.
    from: usize,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn part(&mut self, title: &str) {
        self.lines.push(Line::new());
        self.lines.push(line(title, Role::Strong));
    }

    /// Rows of cells; one that is empty for the methods that are shown is left out.
    fn rows(&mut self, rows: &[Row]) {
        let fits = fits(self.width);
        let width = self.width.saturating_sub(LABEL) / fits;
        for row in rows {
            let cells: Vec<&String> = row.cells.iter().skip(self.from).take(fits).collect();
            if cells.iter().all(|cell| cell.is_empty()) {
                continue;
            }
            let role = if row.is_head { Role::Strong } else { Role::Soft };
            let mut line = vec![(pad(&row.label, LABEL), role)];
            for cell in cells {
                let role = match (row.is_head, cell.ends_with('*')) {
                    (true, _) => Role::Strong,
                    (_, true) => Role::Edit,
                    _ => Role::Text,
                };
                line.push((pad(&fit(cell, width.saturating_sub(1)), width), role));
            }
            self.lines.push(line);
        }
    }

    /// What is typed for the methods that are shown, and what for.
    fn needs(&mut self) {
        let modes = self.modes;
        self.part(self.lang.pick("what is typed for it", "为此键入的命令"));
        let fits = fits(self.width);
        let all = [(self.lang.pick("all", "全部"), &modes.common, None)];
        let own = modes.plays.iter().skip(self.from).take(fits);
        let own = own.map(|mode| (name(mode.method), &mode.needs, Some(mode)));
        let is_own = |method: Method| method == modes.cast.own;
        for (whose, needs, mode) in all.into_iter().chain(own) {
            let mark = format!("{whose}: ");
            if let Some(why) = mode.and_then(|mode| mode.refused.as_ref()) {
                let said = text!("not in this lab: ", "此实验中不可行：");
                let said = format!("{}{}", said.of(self.lang), why.of(self.lang));
                self.lines.extend(hanging(&mark, Role::Strong, &said, self.width, Role::Bad));
            } else if needs.is_empty() {
                let nothing = match mode {
                    Some(mode) if is_own(mode.method) => {
                        self.lang.pick("nothing: it is the scenario's own", "无：场景自身就是这样")
                    }
                    _ => self.lang.pick("nothing", "无"),
                };
                self.lines.extend(hanging(&mark, Role::Strong, nothing, self.width, Role::Text));
            }
            for (at, need) in needs.iter().enumerate() {
                let blank = " ".repeat(mark.width());
                let mark = if at == 0 { &mark } else { &blank };
                let said = format!("{}# {}", need.on, need.line);
                self.lines.extend(hanging(mark, Role::Strong, &said, self.width, Role::Text));
                let why = format!("  {}", need.why.of(self.lang));
                self.lines.extend(hanging(&blank, Role::Soft, &why, self.width, Role::Soft));
            }
        }
    }
}

/// A click on a method's name at the edge turns to the next ones.
pub fn targets(own: &Methods, area: Rect) -> Vec<(Rect, Action)> {
    let (head, _) = parts(own, area);
    if head.height == 0 || most_left(area) == 0 {
        return Vec::new();
    }
    let half = head.width / 2;
    vec![
        (Rect { width: half, ..head }, Action::LastMethod),
        (Rect { x: head.x + half, width: head.width - half, ..head }, Action::NextMethod),
    ]
}
