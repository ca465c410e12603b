//! A ladder as a Mermaid `sequenceDiagram`, as GitHub and many wikis draw it.
//!
//! Mermaid has one line of text a message: the label, what was changed, and notes below. Its readers refuse more than
//! [`MOST`] characters of text.

use std::fmt::Write;

use super::notes::{self, Known, Note};
use super::svg::said;
use super::{Edit, Ladder, Pass, Row, RowKind};
use crate::text;
use crate::text::Lang;

/// How many characters of text GitHub, and Mermaid by default, read at most (`maxTextSize`).
pub const MOST: usize = 50_000;

/// The ladder as Mermaid text.
pub fn print(ladder: &Ladder<'_>, lang: Lang) -> String {
    let scenario = ladder.played.player.scenario();
    let title = escape(scenario.title.of(lang));
    let mut out = String::from("sequenceDiagram\n");
    // A string takes any text.
    let _ = writeln!(out, "    accTitle: {title}");
    for (at, lane) in ladder.lanes.iter().enumerate() {
        let addrs: String = lane.addrs.iter().take(3).map(|addr| format!("<br/>{addr}")).collect();
        let _ = writeln!(out, "    participant n{at} as {}{addrs}", escape(&lane.name));
    }
    let mut known = Known::new();
    for (row, more, last) in ladder.folded() {
        let mut printer = Printer { ladder, lang, known: &mut known, out: &mut out };
        printer.row(row, more, &last.to_string());
    }
    out
}

struct Printer<'a, 'b> {
    ladder: &'a Ladder<'a>,
    lang: Lang,
    known: &'b mut Known,
    out: &'b mut String,
}

impl Printer<'_, '_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "    {line}");
    }

    /// A note over all columns.
    fn across(&mut self, paragraphs: &[String]) {
        let last = self.ladder.lanes.len().max(1) - 1;
        let over = if last == 0 { "n0".to_owned() } else { format!("n0,n{last}") };
        let text: Vec<String> = paragraphs.iter().map(|text| escape(text)).collect();
        self.line(&format!("Note over {over}: {}", text.join("<br/>")));
    }

    fn row(&mut self, row: &Row, more: usize, last: &str) {
        match &row.kind {
            RowKind::Story(place) => self.story(*place),
            RowKind::Pass(pass) => self.pass(row, pass, more, last),
            RowKind::Typed { lane, text } => {
                let typed = format!("$ {text}");
                self.at_lane(row, *lane, vec![escape(&typed)]);
            }
            RowKind::Quiet { lane } => self.at_lane(row, *lane, Vec::new()),
        }
    }

    fn story(&mut self, place: usize) {
        let player = &self.ladder.played.player;
        let told = &self.ladder.played.steps[place];
        let lang = self.lang;
        let mut paragraphs = said(&player.scenario().story[told.step].value, lang);
        for at in told.failures.clone() {
            let word = lang.pick("FAILED", "不成立");
            paragraphs.push(format!("{word} {}", player.failures()[at].text().of(lang)));
        }
        if !paragraphs.is_empty() {
            self.across(&paragraphs);
        }
    }

    /// Notes at one column, behind what stands there anyhow.
    fn at_lane(&mut self, row: &Row, lane: Option<usize>, mut lines: Vec<String>) {
        let notes = notes::notes(self.ladder, row, self.known, self.lang);
        lines.extend(notes.iter().map(|note| self.told(note)));
        if lines.is_empty() {
            return;
        }
        let text = lines.join("<br/>");
        match lane {
            Some(lane) => self.line(&format!("Note over n{lane}: {} {text}", row.at)),
            None => self.across(&[format!("{} {}", row.at, lines.join(" "))]),
        }
    }

    fn told(&self, note: &Note) -> String {
        let colon = self.lang.pick(": ", "：");
        escape(&format!("{} {}{colon}{}", note.sign.mark(), note.node, note.text))
    }

    fn pass(&mut self, row: &Row, pass: &Pass, more: usize, last: &str) {
        let mut text = format!("{} {}", row.at, escape(&pass.line));
        if !pass.edits.is_empty() {
            let edits: Vec<String> = pass.edits.iter().map(Edit::text).collect();
            let _ = write!(text, "<br/>~ {}", escape(&edits.join(", ")));
        }
        if more > 0 {
            let said = text!(
                "(and {more} more like it, until {last})",
                "（同样的还有 {more} 个，直到 {last}）"
            );
            let _ = write!(text, "<br/>{}", escape(said.of(self.lang)));
        }
        let arrow = if pass.is_arp() { "-->>" } else { "->>" };
        if let Some(from) = pass.from {
            let taken: Vec<usize> =
                pass.to.iter().filter(|to| to.taken).map(|to| to.lane).collect();
            match &taken[..] {
                // Mermaid's cross: it comes to nobody.
                [] => {
                    let to = if from == 0 { 1 } else { from - 1 };
                    let to = to.min(self.ladder.lanes.len() - 1);
                    let lost = if pass.is_arp() { "--x" } else { "-x" };
                    self.line(&format!("n{from}{lost}n{to}: {text}"));
                }
                [first, others @ ..] => {
                    self.line(&format!("n{from}{arrow}n{first}: {text}"));
                    for to in others {
                        self.line(&format!("n{from}{arrow}n{to}: {}", escape(&pass.label)));
                    }
                }
            }
        }
        let notes = notes::notes(self.ladder, row, self.known, self.lang);
        if notes.is_empty() {
            return;
        }
        let at = pass.to.iter().find(|to| to.taken).map(|to| to.lane).or(pass.from);
        let lines: Vec<String> = notes.iter().map(|note| self.told(note)).collect();
        self.line(&format!("Note over n{}: {}", at.unwrap_or(0), lines.join("<br/>")));
    }
}

/// Text as Mermaid takes it: what would end a statement, begin a comment or be a tag becomes an entity.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '"' => out.push_str("#quot;"),
            '%' => out.push_str("#37;"),
            '{' => out.push_str("#123;"),
            '}' => out.push_str("#125;"),
            '\n' => out.push_str("<br/>"),
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_statement() {
        assert_eq!(
            escape("a; b # c\n%%{x} > <y>"),
            "a#59; b #35; c<br/>#37;#37;#123;x#125; #gt; #lt;y#gt;"
        );
    }
}
