//! `lvsim list`: the shipped scenarios.

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open;
use crate::out::say;
use crate::shipped::{SHIPPED, Source};
use crate::width::Width;

/// Prints name and title of each.
pub fn print(lang: Lang) -> Exit {
    let width = SHIPPED.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let output = Width::of_output();
    for (name, text) in SHIPPED {
        let source = Source { name: format!("scenarios/{name}.ron"), text: (*text).into() };
        let title = match open::parse(&source, None, false) {
            Ok(scenario) => scenario.title.of(lang).to_owned(),
            Err(_) => lang.pick("(cannot be read)", "（无法读取）").to_owned(),
        };
        // One line a scenario, so that a list can be searched; on a terminal a long title hangs.
        let line = format!("{name:<width$}  {title}");
        if !output.row(&line, width + 2).iter().all(|line| say(line)) {
            break;
        }
    }
    Exit::Ok
}
