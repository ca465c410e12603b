//! `lvsim kernel run`: one scenario on a real kernel, printed as `lvsim run` prints it.

use sim_core::Instant;
use sim_core::tcpdump::{Options, Tcpdump};

use super::batch::{self, Played, Workplace};
use super::{RunArgs, place};
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::render;
use crate::width::Width;

/// Plays it.
///
/// # Errors
/// When the file is wrong, something is missing or the kernel cannot play it.
pub fn run(args: &RunArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, None, false)?;
    let out = Workplace::open(args.keep.as_deref())?;
    let mut wrong = Vec::new();
    batch::ask(vec![(args.scenario.clone(), scenario)], place(args.netns), &out, |_, played| {
        match played {
            Ok(played) => print(&played, lang),
            Err(why) => wrong.push(why),
        }
    })?;
    if wrong.is_empty() { Ok(Exit::Ok) } else { Err(Refused(wrong)) }
}

/// Prints frames and outputs in the order of their times.
fn print(played: &Played, lang: Lang) {
    let width = Width::of_output();
    let mut lines: Vec<(u64, Vec<String>)> = Vec::new();
    for (capture, inward) in played.recording.captures.iter().zip(&played.inward) {
        let mut printer = Tcpdump::new(Options::default());
        for (frame, inward) in capture.frames.iter().zip(inward) {
            let head = render::head(Instant::from_nanos(frame.at_ns), &capture.node);
            let said = printer.only_line(&frame.bytes);
            let line = render::frame(&head, &capture.iface, *inward, &said);
            lines.push((frame.at_ns, width.row(&line, render::DETAIL)));
        }
    }
    for output in &played.recording.outputs {
        let head = |at_ns| render::head(Instant::from_nanos(at_ns), &output.node);
        lines.push((output.at_ns, vec![render::typed(&head(output.at_ns), &output.text)]));
        let end = output.end_ns.unwrap_or(output.at_ns);
        let mut said = render::said(&head(end), &output.output);
        said.extend(render::status(&head(end), output.status.unwrap_or(0), lang));
        lines.push((end, said));
    }
    lines.sort_by_key(|(at, _)| *at);
    for line in lines.into_iter().flat_map(|(_, lines)| lines) {
        if !say(&line) {
            return;
        }
    }
}
