//! What two runs do not have in common, for people: `-` is the first one's, `+` the second one's.

use std::collections::BTreeMap;

use sim_core::receipt::{Field, fields};
use sim_core::trace::{Dir, Note};
use sim_core::whatif::{Comparison, Difference, Divergence, Row, Run, Seen, Then};
use sim_core::{Text, canonical, text};

use super::Asked;
use crate::lang::Lang;
use crate::out::say;
use crate::width::Width;

/// As many divergences are shown; JSON has all of them.
const MOST: usize = 12;
/// As many rows of one table are shown.
const MOST_ROWS: usize = 40;

/// Prints all that there is to say.
pub fn print(asked: &Asked<'_>, runs: [&Run; 2], found: &Comparison, lang: Lang) {
    let mut page = Page { runs, lang, width: Width::of_output(), open: true };
    page.head(asked);
    page.typed(found);
    for (number, own) in (1..).zip(found.divergences.iter().take(MOST)) {
        page.divergence(number, own);
    }
    let more = found.divergences.len().saturating_sub(MOST);
    if more > 0 {
        page.line("");
        page.prose(&text!(
            "{more} more divergences are not shown; `--format json` has all",
            "另有 {more} 处分歧没有显示；`--format json` 列出全部"
        ));
    }
    page.outcome();
    page.tables(&found.rows);
    page.summary(found);
}

struct Page<'a> {
    runs: [&'a Run; 2],
    lang: Lang,
    width: Width,
    /// Somebody still reads.
    open: bool,
}

const SIGNS: [char; 2] = ['-', '+'];

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.open = self.open && say(line.trim_end());
    }

    /// A line that hangs where it is too long for a terminal.
    fn row(&mut self, line: &str, indent: usize) {
        for line in self.width.row(line, indent) {
            self.line(&line);
        }
    }

    fn prose(&mut self, text: &Text) {
        for line in self.width.prose("", text.of(self.lang)) {
            self.line(&line);
        }
    }

    fn head(&mut self, asked: &Asked<'_>) {
        let [one, other] = &asked.names;
        let seed = asked.seed;
        let (seed_word, same) =
            (self.lang.pick("seed", "种子"), self.lang.pick("the same", "同上"));
        self.row(&format!("- A  {one} ({seed_word} {seed})"), 5);
        let other = if asked.is_same_file { same } else { other.as_str() };
        self.row(&format!("+ B  {other}"), 5);
        for change in asked.with {
            self.row(&format!("     --with {change}"), 9);
        }
    }

    /// The commands that one side only types, and how much follows from them.
    fn typed(&mut self, found: &Comparison) {
        if found.typed.is_empty() {
            return;
        }
        self.line("");
        self.prose(&text!("typed in one of them only", "只有一方键入"));
        for own in &found.typed {
            for (side, sign) in SIGNS.iter().enumerate() {
                let Some(event) = own.events[side] else { continue };
                let seen = self.runs[side].seen(event, None, self.lang);
                let what = seen.what.trim_start_matches("$ ");
                self.row(&format!("{sign} {}$ {what}", seen.node), 4);
            }
            self.follows(own);
        }
    }

    fn follows(&mut self, own: &Divergence) {
        let Divergence { followed, alike, .. } = own;
        if *alike > 0 {
            self.prose(&text!(
                "  alike at this node, not shown: {alike}",
                "  此节点上同样的分歧，未显示：{alike}"
            ));
        }
        if *followed > 0 {
            self.prose(&text!(
                "  events that differ in consequence: {followed}",
                "  由此不同的后续事件：{followed}"
            ));
        }
    }

    fn divergence(&mut self, number: usize, own: &Divergence) {
        let mut seen = [0, 1].map(|side| {
            own.events[side].map(|event| self.runs[side].seen(event, own.entries[side], self.lang))
        });
        leave_out_common(&mut seen);
        let node = seen.iter().flatten().next().map_or("", |seen| &seen.node).to_owned();
        let Text { en, zh } = difference(own);
        let head = match number {
            1 => text!("first divergence, at {node}: {en}", "首个分歧，在 {node}：{zh}"),
            _ => text!("divergence {number}, at {node}: {en}", "分歧 {number}，在 {node}：{zh}"),
        };
        self.line("");
        self.prose(&head);
        let cells = seen.each_ref().map(|seen| match seen {
            Some(seen) => cell(seen, self.lang),
            None => vec![(0, self.lang.pick("(no such event)", "（没有这个事件）").to_owned())],
        });
        for line in self.beside(&cells) {
            self.line(&line);
        }
        for field in self.fields(own) {
            self.row(&format!("  {:<24} - {}", field.name, field.simulated), 29);
            self.row(&format!("  {:<24} + {}", "", field.real), 29);
        }
        self.follows(own);
    }

    /// Two cells in two columns.
    fn beside(&self, cells: &[Vec<(usize, String)>; 2]) -> Vec<String> {
        let half = (self.width.columns() - 3) / 2;
        let [left, right] = [0, 1].map(|side| {
            let sign = SIGNS[side];
            let mut lines = Vec::new();
            for (indent, line) in &cells[side] {
                let first = format!("{sign} {}", " ".repeat(*indent));
                let next = format!("{sign} {}", " ".repeat(indent + 2));
                lines.extend(self.width.cell(line, half, &first, &next));
            }
            lines
        });
        let height = left.len().max(right.len());
        let line = |at: usize| {
            let own = left.get(at).map_or("", String::as_str);
            let theirs = right.get(at).map_or("", String::as_str);
            let room = half.saturating_sub(textwrap::core::display_width(own));
            format!("{own}{} | {theirs}", " ".repeat(room))
        };
        (0..height).map(line).collect()
    }

    /// The header fields of two frames that differ.
    fn fields(&self, own: &Divergence) -> Vec<Field> {
        let bytes = |side: usize| {
            let entry = &self.runs[side].trace.entries()[own.entries[side]?];
            let memory = &mut canonical::Memory::default();
            match &entry.what {
                Note::Frame { frame, .. } => Some(canonical::frame(frame.bytes.bytes(), memory)),
                _ => None,
            }
        };
        match (bytes(0), bytes(1)) {
            (Some(one), Some(other)) if own.difference == Difference::Frame => fields(&one, &other),
            _ => Vec::new(),
        }
    }

    /// Who served whom, and what the stories expect.
    fn outcome(&mut self) {
        let lang = self.lang;
        let told = self.runs.map(|run| outcome(run).of(lang).to_owned());
        self.line("");
        self.prose(&text!("what came of it", "结果"));
        match told[0] == told[1] {
            true => self.row(&format!("  {}", told[0]), 4),
            false => {
                for (sign, told) in SIGNS.iter().zip(&told) {
                    self.row(&format!("{sign} {told}"), 4);
                }
            }
        }
        for (sign, run) in SIGNS.into_iter().zip(self.runs) {
            if let Some(error) = run.player.error() {
                let told = error.text();
                self.row(&format!("{sign} {}", told.of(lang)), 4);
            }
        }
    }

    fn tables(&mut self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.line("");
        self.prose(&text!("rows of tables that differ at the end", "结束时不同的表项"));
        for table in
            rows.chunk_by(|one, other| (&one.node, one.table) == (&other.node, other.table))
        {
            self.line(&format!("  {} {}", table[0].node, table[0].table));
            for row in table.iter().take(MOST_ROWS) {
                for (sign, row) in SIGNS.iter().zip(&row.rows) {
                    if let Some(row) = row {
                        self.row(&format!("  {sign} {row}"), 6);
                    }
                }
            }
            let more = table.len().saturating_sub(MOST_ROWS);
            if more > 0 {
                self.prose(&text!("    {more} rows more", "    另有 {more} 行"));
            }
        }
    }

    fn summary(&mut self, found: &Comparison) {
        self.line("");
        let Text { en, zh } = match (found.is_same(), found.typed.is_empty()) {
            (true, true) => text!("the same", "相同"),
            (true, false) => {
                text!("the same, but for what was typed", "除键入的命令外，全部相同")
            }
            (false, _) => {
                let (events, rows) = (found.count(), found.rows.len());
                let parts = found.divergences.len();
                text!(
                    "different: {parts} divergences, {events} events with their consequences, {rows} rows of tables",
                    "不同：分歧 {parts} 处，连同后续共 {events} 个事件，表项 {rows} 行"
                )
            }
        };
        self.prose(&text!("== {en}", "== {zh}"));
    }
}

/// In what two events differ, in words.
fn difference(own: &Divergence) -> Text {
    match (own.difference, own.events) {
        (Difference::Missing, [None, _]) => text!("only B has this event", "只有 B 有这个事件"),
        (Difference::Missing, _) => text!("only A has this event", "只有 A 有这个事件"),
        (Difference::Frame, _) => text!("another frame", "帧不同"),
        (Difference::Decision, _) => text!("another decision", "判定不同"),
        (Difference::Input, _) => {
            text!("the same decision, from another value", "判定相同，但读到的值不同")
        }
        (Difference::Said, _) => text!("the command says something else", "命令的输出不同"),
    }
}

/// An event as lines, with their indents.
fn cell(seen: &Seen, lang: Lang) -> Vec<(usize, String)> {
    let Seen { at, node, iface, what, then } = seen;
    let place = match iface {
        Some(iface) => format!("{at} {node}:{iface} < {what}"),
        None => format!("{at} {node} {what}"),
    };
    let mut lines = vec![(0, place)];
    for then in then {
        match then {
            Then::Decided { code, detail, inputs } => {
                lines.push((2, format!("{code} {detail}").trim_end().to_owned()));
                lines.extend(inputs.iter().map(|input| (4, format!("[{input}]"))));
            }
            Then::Passed { iface, dir, text } => {
                let arrow = if *dir == Dir::In { '<' } else { '>' };
                lines.push((2, format!("{iface} {arrow} {text}")));
            }
            Then::Said(said) => {
                let said = said.lines().map(|line| (2, format!("| {line}")));
                lines.extend(said.take(8));
            }
        }
    }
    if lines.len() == 1 && !then.is_empty() {
        lines.push((2, lang.pick("(nothing)", "（无）").to_owned()));
    }
    lines
}

/// Leaves out the lines of output that both have said: what is left tells them apart.
fn leave_out_common(seen: &mut [Option<Seen>; 2]) {
    let lines = |seen: &Option<Seen>| -> Vec<String> {
        let then = seen.iter().flat_map(|seen| &seen.then);
        let said = then.filter_map(|then| match then {
            Then::Said(said) => Some(said.lines().map(str::to_owned)),
            _ => None,
        });
        said.flatten().collect()
    };
    let [own, theirs] = seen.each_ref().map(lines);
    if own == theirs {
        return;
    }
    for (seen, other) in seen.iter_mut().zip([theirs, own]) {
        for then in seen.iter_mut().flat_map(|seen| &mut seen.then) {
            if let Then::Said(said) = then {
                let left = said.lines().filter(|line| !other.iter().any(|own| own == line));
                *said = left.collect::<Vec<_>>().join("\n");
            }
        }
    }
}

/// Who served how many requests, and the expectations that fail.
fn outcome(run: &Run) -> Text {
    let served = run.served();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for by in served.iter().flatten() {
        *counts.entry(by).or_default() += 1;
    }
    let by: Vec<String> = counts.iter().map(|(by, count)| format!("{by} {count}")).collect();
    let (asked, by) = (served.len(), by.join(", "));
    let nobody = served.iter().filter(|by| by.is_none()).count();
    let frames = run.frames();
    let failed = run.player.failures().len() + usize::from(run.player.error().is_some());
    let (en, zh) =
        if by.is_empty() { ("nobody".to_owned(), "无".to_owned()) } else { (by.clone(), by) };
    text!(
        "requests {asked}: served by {en}; unserved {nobody}; frames {frames}; expectations that fail {failed}",
        "请求 {asked} 个：服务者 {zh}；未得到服务 {nobody}；帧 {frames}；不成立的预期 {failed}"
    )
}
