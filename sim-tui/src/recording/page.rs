//! The screens as one page for any browser: a screen a step, to go through forth and back, without a network.
//!
//! Rows that are the same on several screens are in it once.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::buffer::Buffer;
use sim_core::{Text, text};

use super::{quoted, screen, walk};
use crate::action::Action;
use crate::state::State;
use crate::svg::{Look, escaped, runs};
use crate::update::act;

/// The page of the walkthrough that is on the screen. It opens at the step that the state is at.
///
/// # Errors
/// When no walkthrough is on the screen, or it is too long.
pub fn print(state: &mut State) -> Result<String, Text> {
    let own = walk(state)?;
    let (count, first) = (own.count(), own.place());
    let title = own.session.scenario().title.of(state.lang).to_owned();
    let pane = own.pane;
    let mut sheets = Sheets::default();
    if let Some(walk) = &mut state.walk {
        walk.question = None;
    }
    for place in 0..count {
        let Some(step) = state.on_screen().and_then(|walk| walk.at(place)) else { break };
        act(state, Action::ToStep(step as u32));
        act(state, Action::Focus(pane));
        if let Some(walk) = &mut state.walk {
            walk.passed = 10_000;
        }
        sheets.add(&screen(state));
    }
    let shown = sheets.screens.get(first).cloned().unwrap_or_default();
    let shown: Vec<&str> = shown.iter().map(|row| sheets.rows[*row].as_str()).collect();
    let words = |en: &'static str, zh: &'static str| quoted(state.lang.pick(en, zh));
    let say = [words("step", "步骤"), words("play", "播放"), words("pause", "暂停")];
    let help = text!(
        "← → step, Home and End go to the ends, space plays",
        "← → 前进后退一步，Home 和 End 到两端，空格播放"
    );
    let parts = [
        ("LANG", state.lang.pick("en", "zh").to_owned()),
        ("TITLE", escaped(&title).replace('"', "&quot;")),
        ("HELP", help.of(state.lang).to_owned()),
        ("STYLES", sheets.styles()),
        ("LAST", count.saturating_sub(1).to_string()),
        ("FIRST", first.to_string()),
        ("WORDS", format!("[{}]", say.join(","))),
        ("ROWS", sheets.rows_json()),
        ("SCREENS", sheets.screens_json()),
        ("SHOWN", shown.join("\n")),
    ];
    Ok(filled(&parts))
}

/// The template with its parts. What a part says is not looked through again.
fn filled(parts: &[(&str, String)]) -> String {
    let pieces = TEMPLATE.split('@').enumerate();
    let part =
        |name: &str| parts.iter().find(|(own, _)| *own == name).map(|(_, text)| text.as_str());
    // Every second piece is a name.
    pieces
        .map(|(at, piece)| if at % 2 == 1 { part(piece).unwrap_or(piece) } else { piece })
        .collect()
}

/// All screens, by their rows.
#[derive(Default)]
struct Sheets {
    looks: BTreeMap<Look, usize>,
    numbers: BTreeMap<String, usize>,
    rows: Vec<String>,
    screens: Vec<Vec<usize>>,
}

impl Sheets {
    fn add(&mut self, buffer: &Buffer) {
        let mut screen = Vec::new();
        for row in buffer.area.rows() {
            let mut line = String::new();
            for run in runs(buffer, row) {
                let next = self.looks.len();
                let look = *self.looks.entry(run.look).or_insert(next);
                let width = run.columns;
                // Taking text in cannot fail.
                let _ = write!(
                    line,
                    r#"<b class=s{look} style=width:{width}ch>{}</b>"#,
                    escaped(&run.text)
                );
            }
            let next = self.rows.len();
            let number = *self.numbers.entry(line.clone()).or_insert(next);
            if number == next {
                self.rows.push(line);
            }
            screen.push(number);
        }
        self.screens.push(screen);
    }

    fn styles(&self) -> String {
        let mut out = String::new();
        for (look, number) in &self.looks {
            let weight = if look.bold { ";font-weight:bold" } else { "" };
            let line = if look.underlined { ";text-decoration:underline" } else { "" };
            let _ = writeln!(
                out,
                ".s{number}{{color:{};background:{}{weight}{line}}}",
                look.text, look.ground
            );
        }
        out
    }

    fn rows_json(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|row| quoted(row)).collect();
        format!("[{}]", rows.join(",\n"))
    }

    fn screens_json(&self) -> String {
        let list = |rows: &Vec<usize>| {
            let rows: Vec<String> = rows.iter().map(usize::to_string).collect();
            format!("[{}]", rows.join(","))
        };
        let screens: Vec<String> = self.screens.iter().map(list).collect();
        format!("[{}]", screens.join(",\n"))
    }
}

const TEMPLATE: &str = include_str!("page.html");
