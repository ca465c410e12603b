//! Text into the shell; what it understands is typed on the nodes of the DR lab.

use std::time::Duration;

use lvsim_tests::lab::Lab;
use lvsim_tests::plays;
use sim_core::shell::Shell;
use sim_core::story::check_line;
use sim_core::tcpdump::filter::Filter;
use sim_core::trace::Trace;

/// The most commands that are run for one input.
const MOST_COMMANDS: usize = 24;
/// The most events in the minute after, but for those of a command that goes on asking for more:
/// `ping -i 0.02 -s 65507` is a flood, and no fault.
const MOST_EVENTS: u64 = 100_000;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lab = Lab::new();
    let mut shell = Shell::default();
    let mut trace = Trace::default();
    let mut commands = 0;
    for line in text.split('\n').take(8) {
        if let Err(bad) = check_line(&mut shell.clone(), line) {
            let (start, end) = (bad.at.start, bad.at.end);
            assert!(
                line.is_char_boundary(start) && line.is_char_boundary(end),
                "{bad:?} in {line:?}"
            );
            assert!(start <= end && !bad.message.is_empty(), "{bad:?}");
        }
        // A filter by itself, which no shell has taken apart.
        drop(Filter::parse(line));
        for step in shell.compile(line).unwrap_or_default() {
            let printed = step.command.to_string();
            let again = Shell::default().compile(&printed);
            let again = again.map(|mut steps| steps.pop().map(|step| step.command));
            assert_eq!(again, Ok(Some(step.command.clone())), "{line:?} prints as {printed:?}");
            commands += 1;
            if commands <= MOST_COMMANDS {
                lab.type_step(line.len() % lab.nodes(), &step, Some(&mut trace));
            }
        }
    }
    let minute = Duration::from_secs(60);
    if !lab.pass(minute, MOST_EVENTS, Some(&mut trace)) {
        let busy = lab.switch_off_busy_nodes();
        assert!(busy > 0, "{MOST_EVENTS} events in a minute, and no command runs");
        let rests = lab.pass(minute, MOST_EVENTS, Some(&mut trace));
        assert!(rests, "{MOST_EVENTS} events in a minute after the last command was ended");
    }
}

/// The lines of all scenarios.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for play in plays::played() {
        let scenario = play.player.scenario();
        for node in &scenario.nodes {
            let lines: Vec<String> = node.script().into_iter().map(|line| line.value).collect();
            all.push(lines.join("\n").into_bytes());
        }
        for step in &scenario.story {
            if let sim_core::scenario::Step::Do { run, .. } = &step.value {
                all.extend(run.iter().map(|line| line.value.clone().into_bytes()));
            }
        }
    }
    all.sort();
    all.dedup();
    all
}
