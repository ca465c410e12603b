//! A ladder as an SVG picture: time on the left, hosts as columns, beside each row what it says and why.
//!
//! The text is text: it can be selected, searched and read aloud. No script, no font and no file from elsewhere. Colours follow
//! the reader's theme, and each meaning has a stroke or a sign besides: ARP is dashed, `~` is an edit, `✕` a drop.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::notes::{self, Known, Note, Sign};
use super::wrap::wrap;
use super::{Ladder, Pass, Row, RowKind};
use crate::export::palette::{DARK, LIGHT, Palette};
use crate::scenario::Step;
use crate::story::change;
use crate::text;
use crate::text::{Lang, Text};

/// Where the first column stands, and how far the columns are apart.
const FIRST: usize = 140;
const PITCH: usize = 168;
/// The width of what is written beside the rows, in columns of its letters and in pixels.
const BESIDE: usize = 84;
const BESIDE_PX: usize = 600;
/// The height of a line of text.
const LINE: usize = 16;
const MARGIN: usize = 24;

/// The ladder as an SVG document.
pub fn print(ladder: &Ladder<'_>, lang: Lang) -> String {
    let mut drawing = Drawing::new(ladder, lang);
    drawing.head();
    for (row, more, last) in ladder.folded() {
        drawing.row(row, more, &last.to_string());
    }
    drawing.foot();
    drawing.finish()
}

/// Text as it stands between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no place for these, not even escaped.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            other => out.push(other),
        }
    }
    out
}

/// What is being drawn.
struct Drawing<'a> {
    ladder: &'a Ladder<'a>,
    lang: Lang,
    known: Known,
    /// The drawing itself, and the columns' lines behind it.
    body: String,
    lines: String,
    y: usize,
    /// From where on the columns' lines are to be drawn.
    open: Option<usize>,
    /// The columns' heads are due before the next row.
    heads_due: bool,
    /// The number of rows with frames.
    shown: usize,
}

/// Appends formatted text; a string takes any.
macro_rules! draw {
    ($to:expr, $($text:tt)*) => {{ let _ = writeln!($to, $($text)*); }};
}

impl<'a> Drawing<'a> {
    fn new(ladder: &'a Ladder<'a>, lang: Lang) -> Self {
        let (known, body, lines) = (Known::new(), String::new(), String::new());
        Self { ladder, lang, known, body, lines, y: MARGIN, open: None, heads_due: false, shown: 0 }
    }

    fn x(&self, lane: usize) -> usize {
        FIRST + lane * PITCH
    }

    /// Where what is written beside the rows begins.
    fn beside(&self) -> usize {
        self.x(self.ladder.lanes.len().max(1) - 1) + PITCH / 2 + 20
    }

    fn width(&self) -> usize {
        self.beside() + BESIDE_PX + MARGIN
    }

    fn text(&mut self, x: usize, y: usize, class: &str, text: &str) {
        draw!(self.body, r#"<text x="{x}" y="{y}" class="{class}">{}</text>"#, escape(text));
    }

    fn head(&mut self) {
        let scenario = self.ladder.played.player.scenario().clone();
        self.y += 8;
        for line in wrap(scenario.title.of(self.lang), self.width() / 12) {
            self.text(MARGIN, self.y, "title", &line);
            self.y += 26;
        }
        let (file, seed, lang) = (&scenario.file, scenario.seed, self.lang);
        let about = text!("{file}, seed {seed}", "{file}，种子 {seed}");
        self.text(MARGIN, self.y, "soft", about.of(lang));
        self.y += LINE + 4;
        let legend = text!(
            "Solid: IP. Dashed: ARP. ▶ taken, ○ flooded by a switch and passed over, ✕ lost or dropped, ~ changed by the sender, $ typed, | printed. \
             Times in seconds. Switches are not drawn; what is decided every time is told once for each host.",
            "实线：IP。虚线：ARP。▶ 收下，○ 交换机泛洪、网卡略过，✕ 丢失或丢弃，~ 发送者作了改动，$ 键入，| 输出。时间单位为秒。\
             不画交换机；每次都一样的判定，每台主机只写一次。"
        );
        for line in wrap(legend.of(lang), (self.width() - 2 * MARGIN) / 8) {
            self.text(MARGIN, self.y, "soft", &line);
            self.y += LINE + 2;
        }
        self.y += 12;
        self.lanes(true);
    }

    /// The heads of the columns; with addresses at the top of the picture.
    fn lanes(&mut self, with_addrs: bool) {
        const MOST: usize = 4;
        let lanes = &self.ladder.lanes;
        let most = lanes.iter().map(|lane| lane.addrs.len().min(MOST)).max().unwrap_or(0);
        let lines = if with_addrs { most } else { 0 };
        let (top, height) = (self.y, 24 + lines * 15);
        for (at, lane) in lanes.iter().enumerate() {
            let (x, left) = (self.x(at), self.x(at) - (PITCH - 16) / 2);
            let width = PITCH - 16;
            draw!(
                self.body,
                r#"<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="4" class="host"/>"#
            );
            self.text(x, top + 17, "name", &lane.name);
            if !with_addrs {
                continue;
            }
            for (line, addr) in lane.addrs.iter().take(MOST).enumerate() {
                let more = line + 1 == MOST && lane.addrs.len() > MOST;
                let addr = if more { "…" } else { addr };
                self.text(x, top + 32 + line * 15, "addr", addr);
            }
        }
        self.y += height;
        self.open = Some(self.y);
        self.y += 10;
    }

    /// The columns' lines end here.
    fn close(&mut self) {
        let Some(top) = self.open.take() else { return };
        for lane in 0..self.ladder.lanes.len() {
            let (x, bottom) = (self.x(lane), self.y);
            draw!(self.lines, r#"<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" class="lane"/>"#);
        }
    }

    fn row(&mut self, row: &Row, more: usize, last: &str) {
        match &row.kind {
            RowKind::Story(place) => self.story(*place),
            RowKind::Pass(pass) => self.pass(row, pass, more, last),
            RowKind::Typed { lane, text } => {
                let node = self.ladder.entries(row).next().map_or(String::new(), |entry| {
                    self.ladder.played.player.world.net.node(entry.node).name.to_string()
                });
                let mut lines = lines("typed", &format!("{node}$ "), text);
                lines.extend(self.notes(row));
                self.event(row, *lane, "$", lines);
            }
            RowKind::Quiet { lane } => {
                let lines = self.notes(row);
                if !lines.is_empty() {
                    self.event(row, *lane, "•", lines);
                }
            }
        }
    }

    /// Prose across the whole picture; the columns begin again below it.
    fn band(&mut self, class: &str, paragraphs: &[String]) {
        let columns = (self.width() - 4 * MARGIN) / 8;
        let all: Vec<String> = paragraphs.iter().flat_map(|text| wrap(text, columns)).collect();
        self.close();
        self.heads_due = true;
        self.y += 4;
        let (top, height, width) = (self.y, all.len() * 20 + 16, self.width() - 2 * MARGIN);
        draw!(
            self.body,
            r#"<rect x="{MARGIN}" y="{top}" width="{width}" height="{height}" rx="4" class="band"/>"#
        );
        for (at, line) in all.iter().enumerate() {
            self.text(2 * MARGIN, top + 22 + at * 20, class, line);
        }
        self.y += height + 10;
    }

    fn story(&mut self, place: usize) {
        let player = &self.ladder.played.player;
        let told = &self.ladder.played.steps[place];
        let (step, lang) = (&player.scenario().story[told.step].value, self.lang);
        let failed: Vec<String> = told
            .failures
            .clone()
            .map(|at| {
                format!(
                    "{} {}",
                    lang.pick("FAILED", "不成立"),
                    player.failures()[at].text().of(lang)
                )
            })
            .collect();
        let said = said(step, lang);
        if !said.is_empty() {
            self.band("prose", &said);
        }
        if !failed.is_empty() {
            self.band("failed", &failed);
        }
    }

    /// The notes beside a row, line by line with their classes.
    fn notes(&mut self, row: &Row) -> Vec<(&'static str, String)> {
        let notes = notes::notes(self.ladder, row, &mut self.known, self.lang);
        notes.iter().flat_map(|note| note_lines(note, self.lang)).collect()
    }

    fn pass(&mut self, row: &Row, pass: &Pass, more: usize, last: &str) {
        self.shown += more + 1;
        let mut lines = lines("frame", "", &pass.line);
        if !pass.edits.is_empty() {
            let edits: Vec<String> = pass.edits.iter().map(super::Edit::text).collect();
            lines.extend(self::lines("edit", "~ ", &edits.join(", ")));
        }
        lines.extend(self.notes(row));
        if more > 0 {
            let said = text!(
                "(and {more} more like it, until {last})",
                "（同样的还有 {more} 个，直到 {last}）"
            );
            lines.extend(self::lines("soft", "", said.of(self.lang)));
        }
        self.heads();
        let (top, height) = (self.y, 44.max(lines.len() * LINE + 12));
        let y = top + 26;
        draw!(self.body, "<g><title>{}</title>", escape(&format!("{} {}", row.at, pass.line)));
        self.text(MARGIN, y + 4, "time", &row.at.to_string());
        self.arrow(pass, y);
        self.beside_lines(top, &lines);
        draw!(self.body, "</g>");
        self.y += height;
    }

    fn arrow(&mut self, pass: &Pass, y: usize) {
        let Some(from) = pass.from.map(|lane| self.x(lane)) else { return };
        let kind = if pass.is_arp() { "arp" } else { "ip" };
        let ends: Vec<(usize, bool)> =
            pass.to.iter().map(|to| (self.x(to.lane), to.taken)).collect();
        if pass.to.iter().any(|to| Some(to.lane) == pass.from) {
            let (right, low) = (from + 34, y + 10);
            let top = y - 6;
            draw!(
                self.body,
                r#"<path d="M{from} {top}H{right}V{low}H{}" class="{kind} way"/>"#,
                from + 8
            );
            self.head_at(from, low, false, kind);
            self.text(right + 6, y + 6, &format!("{kind} loop"), &pass.label);
            return;
        }
        draw!(self.body, r#"<circle cx="{from}" cy="{y}" r="3" class="{kind} dot"/>"#);
        if ends.is_empty() {
            // It goes to the side where there is room.
            let is_last = pass.from == Some(self.ladder.lanes.len() - 1) && from > FIRST;
            let end = if is_last { from - PITCH / 2 } else { from + PITCH / 2 };
            draw!(
                self.body,
                r#"<line x1="{from}" y1="{y}" x2="{end}" y2="{y}" class="{kind} way"/>"#
            );
            draw!(
                self.body,
                r#"<path d="M{0} {2}L{1} {3}M{1} {2}L{0} {3}" class="cross"/>"#,
                end - 5,
                end + 5,
                y - 5,
                y + 5
            );
            self.label(from.min(end), from.max(end), y, kind, &pass.label);
            return;
        }
        let left = ends.iter().map(|(x, _)| *x).min().unwrap_or(from).min(from);
        let right = ends.iter().map(|(x, _)| *x).max().unwrap_or(from).max(from);
        draw!(
            self.body,
            r#"<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" class="{kind} way"/>"#
        );
        for (x, taken) in ends {
            match taken {
                true => self.head_at(x, y, x > from, kind),
                false => {
                    draw!(self.body, r#"<circle cx="{x}" cy="{y}" r="4" class="{kind} over"/>"#)
                }
            }
        }
        // The label stands on the longer side of the sender.
        match right - from >= from - left {
            true => self.label(from, right, y, kind, &pass.label),
            false => self.label(left, from, y, kind, &pass.label),
        }
    }

    fn head_at(&mut self, x: usize, y: usize, rightward: bool, kind: &str) {
        let back = if rightward { x - 10 } else { x + 10 };
        draw!(self.body, r#"<path d="M{x} {y}L{back} {}V{}Z" class="{kind} dot"/>"#, y - 5, y + 5);
    }

    /// A label above an arrow, cut where there is no room.
    fn label(&mut self, left: usize, right: usize, y: usize, kind: &str, label: &str) {
        let room = ((right - left).saturating_sub(8) * 10 / 64).max(10);
        let mut label = label.to_owned();
        while label.width() > room {
            label.pop();
            if label.width() < room {
                label.push('…');
                break;
            }
        }
        self.text((left + right) / 2, y - 7, &format!("{kind} label"), &label);
    }

    /// Something at one host that is no frame.
    fn event(
        &mut self,
        row: &Row,
        lane: Option<usize>,
        mark: &str,
        lines: Vec<(&'static str, String)>,
    ) {
        self.heads();
        let (top, height) = (self.y, 30.max(lines.len() * LINE + 12));
        draw!(self.body, "<g>");
        self.text(MARGIN, top + 18, "time", &row.at.to_string());
        if let Some(x) = lane.map(|lane| self.x(lane)) {
            draw!(
                self.body,
                r#"<rect x="{}" y="{}" width="18" height="18" rx="3" class="mark"/>"#,
                x - 9,
                top + 4
            );
            self.text(x, top + 18, "sign", mark);
        }
        self.beside_lines(top, &lines);
        draw!(self.body, "</g>");
        self.y += height;
    }

    /// Below prose the columns begin again, when there is something to stand in them.
    fn heads(&mut self) {
        if std::mem::take(&mut self.heads_due) {
            self.lanes(false);
        }
    }

    fn beside_lines(&mut self, top: usize, lines: &[(&'static str, String)]) {
        let x = self.beside();
        for (at, (class, line)) in lines.iter().enumerate() {
            self.text(x, top + 18 + at * LINE, class, line);
        }
    }

    fn foot(&mut self) {
        let player = &self.ladder.played.player;
        self.close();
        let (lang, shown) = (self.lang, self.shown);
        if let Some(error) = player.error() {
            let said = format!("{} {}", lang.pick("FAILED", "不成立"), error.text().of(lang));
            self.band("failed", &[said]);
        }
        let out = self.ladder.left_out;
        let said = match out {
            0 => text!("All {shown} frames of the run.", "运行中的全部 {shown} 个帧。"),
            _ => text!(
                "{shown} frames; {out} others of the run were left out, as asked for.",
                "{shown} 个帧；按要求略去了运行中的另外 {out} 个。"
            ),
        };
        self.y += 20;
        self.text(MARGIN, self.y, "soft", said.of(lang));
        self.y += MARGIN;
    }

    fn finish(self) -> String {
        let (width, height, lang) = (self.width(), self.y, self.lang);
        let scenario = self.ladder.played.player.scenario();
        let title = escape(scenario.title.of(lang));
        let names: Vec<&str> = self.ladder.lanes.iter().map(|lane| lane.name.as_str()).collect();
        let (names, shown) = (names.join(", "), self.shown);
        let Text { en, zh } = text!(
            "A ladder diagram of {shown} frames between {names}, from top to bottom in time, with the reason of each decision.",
            "{names} 之间 {shown} 个帧的梯形图，时间自上而下，附上每个判定的原因。"
        );
        let desc = escape(lang.pick(&en, &zh));
        let tag = lang.pick("en", "zh");
        let style = style();
        let (lines, body) = (self.lines, self.body);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             xml:lang=\"{tag}\" role=\"graphics-document document\" aria-labelledby=\"t d\">\n\
             <title id=\"t\">{title}</title>\n<desc id=\"d\">{desc}</desc>\n\
             <style>{style}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" class=\"paper\"/>\n{lines}{body}</svg>\n"
        )
    }
}

/// What a step of the story says, paragraph by paragraph; nothing, if it only does.
pub(super) fn said(step: &Step, lang: Lang) -> Vec<String> {
    match step {
        Step::Say(text) => vec![text.of(lang).to_owned()],
        Step::Ask { question, options, answer, why } => {
            let mut said = vec![format!("? {}", question.of(lang))];
            for (at, option) in options.iter().enumerate() {
                let is_right = at == usize::from(*answer);
                let mark =
                    if is_right { lang.pick("  ✓ answer: ", "  ✓ 答案：") } else { "    " };
                said.push(format!("{mark}{}", option.of(lang)));
            }
            said.extend(why.iter().map(|why| why.of(lang).to_owned()));
            said
        }
        step => change::sentence(step).map(|text| text.of(lang).to_owned()).into_iter().collect(),
    }
}

/// Some text behind a mark, wrapped to what is beside the rows; all lines of one class.
fn lines(class: &'static str, mark: &str, text: &str) -> Vec<(&'static str, String)> {
    let indent = " ".repeat(mark.width());
    let wrapped = wrap(text, BESIDE - mark.width());
    let lines = wrapped.into_iter().enumerate();
    lines
        .map(|(at, line)| (class, format!("{}{line}", if at == 0 { mark } else { &indent })))
        .collect()
}

fn note_lines(note: &Note, lang: Lang) -> Vec<(&'static str, String)> {
    /// More of an output would push the frames apart.
    const MOST: usize = 12;
    let (mark, node, colon) = (note.sign.mark(), &note.node, lang.pick(": ", "："));
    match note.sign {
        Sign::Decided => lines("note", &format!("{mark} "), &format!("{node}{colon}{}", note.text)),
        Sign::Dropped => lines("bad", &format!("{mark} "), &format!("{node}{colon}{}", note.text)),
        Sign::Served => lines("good", &format!("{mark} "), &format!("{node}{colon}{}", note.text)),
        Sign::Said => {
            let all =
                note.text.lines().flat_map(|line| lines("said", &format!("{node} {mark} "), line));
            let mut all: Vec<_> = all.collect();
            let more = all.len().saturating_sub(MOST);
            if more > 1 {
                all.truncate(MOST);
                let said = text!("({more} more lines)", "（另有 {more} 行）");
                all.extend(lines("soft", &format!("{node} {mark} "), said.of(lang)));
            }
            all
        }
    }
}

/// The classes, on light ground and on dark. Spelled out without variables, which many readers of SVG do not know.
fn style() -> String {
    let common = "text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace;\
        font-size:12px;white-space:pre}\n\
        .title{font-family:system-ui,'Noto Sans CJK SC',sans-serif;font-size:20px;font-weight:600}\n\
        .prose,.failed{font-family:system-ui,'Noto Sans CJK SC',sans-serif;font-size:14px}\n\
        .failed,.name,.typed,.sign{font-weight:600}\n\
        .name,.addr,.label,.sign{text-anchor:middle}\n.name{font-size:13px}.addr,.label{font-size:11px}\n\
        .way{fill:none;stroke-width:1.6}.arp.way{stroke-dasharray:6 4}.cross{fill:none;stroke-width:2}\n\
        .label,.loop{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}.over{stroke-width:1.6}.host,.mark{stroke-width:1}.lane{stroke-width:1}\n";
    let theme = |palette: &Palette| {
        let Palette { paper, band, ink, soft, line, edit, bad, good, arp, ip } = palette;
        format!(
            "text{{fill:{ink}}}.paper{{fill:{paper}}}.band{{fill:{band}}}.host,.mark{{fill:{band};stroke:{line}}}.lane{{stroke:{line}}}\n\
             .soft,.time,.addr{{fill:{soft}}}.edit{{fill:{edit}}}.bad,.failed{{fill:{bad}}}.good{{fill:{good}}}\n\
             .cross{{stroke:{bad}}}.over{{fill:{paper}}}.label,.loop{{stroke:{paper}}}\n\
             .arp.label,.arp.loop,.arp.dot{{fill:{arp}}}.ip.label,.ip.loop,.ip.dot{{fill:{ip}}}\n\
             .arp.way,.arp.over{{stroke:{arp}}}.ip.way,.ip.over{{stroke:{ip}}}\n"
        )
    };
    let (light, dark) = (theme(&LIGHT), theme(&DARK));
    format!("\n{common}{light}@media (prefers-color-scheme:dark){{\n{dark}}}\n")
}
