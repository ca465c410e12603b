//! `lvsim modes`: one request in NAT, DR, TUN and FULLNAT side by side.

mod json;

use clap::Args;
use sim_core::modes::{Cast, Modes, Need};
use sim_core::{Text, text};
use sim_tui::methods::{self, name};

use crate::cli::{Exit, Format, seed};
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::width::Width;

/// Show one request in NAT, DR, TUN and FULLNAT side by side.
///
/// The lab is played up to the first curl to its service, then set up for each
/// method; the lines that this takes are printed. `*` marks what a host has changed.
/// Exit: 0 all four serve by way of the director, 1 one does not or cannot be set
/// up here, 2 a file is wrong, or in its story nobody asks a service by curl.
#[derive(Debug, Args)]
pub struct ModesArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// Another seed than the file's.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// How the comparison is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Plays the four and prints them.
///
/// # Errors
/// When the file is wrong, or nobody asks a service in it.
pub fn run(args: &ModesArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, false)?;
    let modes = Modes::of(&scenario).map_err(|Text { en, zh }| {
        let file = &scenario.file;
        Refused(vec![text!("{file}: {en}", "{file}：{zh}")])
    })?;
    match args.format {
        Format::Json => {
            say(&json::line(&modes, &scenario.file, lang));
        }
        Format::Text => {
            let mut page = Page { modes: &modes, lang, width: Width::of_output(), open: true };
            page.head(&scenario.file, scenario.title.of(lang));
            page.needs();
            page.hops();
            page.sums();
        }
    }
    let all = modes.plays.iter().all(|mode| mode.works(&modes.cast));
    Ok(if all { Exit::Ok } else { Exit::Failed })
}

/// The columns of what stands before the cells of a row.
const LABEL: usize = 10;

struct Page<'a> {
    modes: &'a Modes,
    lang: Lang,
    width: Width,
    /// Somebody still reads.
    open: bool,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.open = self.open && say(line.trim_end());
    }

    fn prose(&mut self, mark: &str, text: &Text) {
        for line in self.width.prose(mark, text.of(self.lang)) {
            self.line(&line);
        }
    }

    fn head(&mut self, file: &str, title: &str) {
        let colon = self.lang.pick(": ", "：");
        for line in self.width.prose("", &format!("{file}{colon}{title}")) {
            self.line(&line);
        }
        let Cast { client, director, server, cip, vip, dip, lip, rip, own } = &self.modes.cast;
        let rows = [
            ("CIP", cip.to_string(), client),
            ("VIP", vip.to_string(), director),
            ("DIP", dip.to_string(), director),
            ("LIP", lip.to_string(), director),
            ("RIP", rip.to_string(), server),
        ];
        self.line("");
        for (role, addr, node) in rows {
            self.line(&format!("{role:<LABEL$}{addr:<22}{node}"));
        }
        let own = name(*own);
        self.line("");
        self.prose(
            "",
            &text!(
                "What each method needs; the lab itself is set up for {own}.",
                "各方式需要什么；实验本身是按 {own} 配置的。"
            ),
        );
    }

    /// The lines that are typed for each method, and what for.
    fn needs(&mut self) {
        let modes = self.modes;
        if !modes.common.is_empty() {
            self.list(self.lang.pick("all", "全部"), &modes.common);
        }
        for mode in &modes.plays {
            self.list(name(mode.method), &mode.needs);
            if let Some(Text { en, zh }) = &mode.refused {
                self.prose("  ", &text!("not in this lab: {en}", "此实验中不可行：{zh}"));
            } else if mode.needs.is_empty() {
                self.line(&format!("  {}", self.lang.pick("(nothing)", "（无）")));
            }
        }
    }

    fn list(&mut self, whose: &str, needs: &[Need]) {
        self.line(&format!("{whose}:"));
        for Need { on, line, why } in needs {
            for line in self.width.names("  ", &format!("{on}$ {line}")) {
                self.line(&line);
            }
            self.prose("      # ", why);
        }
    }

    /// A row of cells, which go on below where they do not fit.
    fn row(&mut self, label: &str, cells: &[String]) {
        let width = (self.width.columns() - LABEL) / cells.len();
        let wrapped: Vec<Vec<String>> =
            cells.iter().map(|cell| self.width.cell(cell, width - 1, "", "  ")).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let mut line = padded(if at == 0 { label } else { "" }, LABEL);
            for cell in &wrapped {
                line += &padded(cell.get(at).map_or("", String::as_str), width);
            }
            self.line(&line);
        }
    }

    /// What passes each hop, on both ways.
    fn hops(&mut self) {
        self.line("");
        let names: Vec<String> =
            self.modes.plays.iter().map(|mode| name(mode.method).to_owned()).collect();
        self.row("", &names);
        for row in methods::hops(self.modes, self.lang) {
            self.row(&row.label, &row.cells);
        }
    }

    /// What the methods differ in, all in all; what the words mean, and why somebody is not served.
    fn sums(&mut self) {
        self.line("");
        for row in methods::sums(self.modes, self.lang) {
            self.row(&row.label, &row.cells);
        }
        self.line("");
        self.prose("", &methods::legend());
        for note in methods::notes(self.modes) {
            self.prose("", &note);
        }
    }
}

/// A text in this many columns, with one left free behind it if there is room.
fn padded(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(textwrap::core::display_width(text));
    format!("{text}{}", " ".repeat(room))
}
