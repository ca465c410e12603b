//! Changes that somebody gives from outside, as `--with` does: what is typed where, and when.

use super::{Change, When};
use crate::scenario::{Line, Located, Node, Origin, Scenario, Step};
use crate::text;
use crate::text::Text;

/// The file that places of such lines name: they stand in none.
pub(crate) const FILE: &str = "--with";

/// A change that was given from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What is changed.
    pub change: Change,
    /// When.
    pub when: When,
}

impl Given {
    /// Reads `rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1`, which is typed last in the host's
    /// setup; `@57 rs1: …`, which is typed before the story's step on line 57 of the file; or
    /// `@end rs1: …`, which is typed behind the story's last step.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, Text> {
        let text = text.trim();
        let Some(timed) = text.strip_prefix('@') else {
            return Ok(Self { change: Change::parse(text, scenario)?, when: When::Setup });
        };
        let (place, rest) = timed.split_once(char::is_whitespace).unwrap_or((timed, ""));
        let steps = &scenario.story;
        let at = match place {
            "end" => Some(steps.len()),
            line => line.parse().ok().and_then(|line: u32| {
                steps.iter().position(|step| line > 0 && step.origin.line == line)
            }),
        };
        let Some(at) = at else {
            let lines: Vec<String> = steps.iter().map(step_line).collect();
            let lines = lines.join(", ");
            return Err(text!(
                "`@{place}`: no step of the story begins on such a line; `@end` is behind the last one, and steps begin on {lines}",
                "`@{place}`：没有步骤从这一行开始；`@end` 指最后一步之后，各步骤的行：{lines}"
            ));
        };
        Ok(Self { change: Change::parse(rest.trim(), scenario)?, when: When::Before(at) })
    }

    /// The scenario with all of these changes made, those of one place in their order.
    ///
    /// What they type has `--with` and its number, from 1, as its place.
    pub fn apply(given: &[Self], scenario: &Scenario) -> Scenario {
        let mut changed = scenario.clone();
        let numbered = || (1..).zip(given);
        for (number, own) in numbered().filter(|(_, own)| own.when == When::Setup) {
            own.change.make(&mut changed, own.when);
            if let Change::Type { on, .. } = &own.change {
                mark_setup(&mut changed, on, number);
            }
        }
        let mut timed: Vec<_> = numbered().filter(|(_, own)| own.when != When::Setup).collect();
        // From behind, so that no place moves that is still needed.
        timed.sort_by_key(|(number, own)| std::cmp::Reverse((own.when, *number)));
        for (number, own) in timed {
            own.change.make(&mut changed, own.when);
            if let When::Before(at) = own.when {
                mark_step(&mut changed, at, number);
            }
        }
        changed
    }
}

/// Where a step begins, and what it is.
fn step_line(step: &Located<Step>) -> String {
    let line = step.origin.line;
    match &step.value {
        Step::Do { on, .. } => format!("{line} (Do {on})"),
        _ => line.to_string(),
    }
}

/// The place of a line that stands in no file.
const fn place(number: u32) -> Origin {
    Origin { line: number, col: 0 }
}

fn mark_setup(scenario: &mut Scenario, on: &str, number: u32) {
    let node = scenario.nodes.iter_mut().find(|node| node.name() == on);
    if let Some(Located { value: Node::Host { setup, .. }, .. }) = node
        && let Some(last) = setup.last_mut()
    {
        last.origin = place(number);
    }
}

fn mark_step(scenario: &mut Scenario, at: usize, number: u32) {
    let Some(step) = scenario.story.get_mut(at) else { return };
    step.origin = place(number);
    if let Step::Do { run, .. } = &mut step.value {
        for line in run {
            line.origin = place(number);
        }
    }
}

/// Whether a line was given from outside.
pub(crate) fn is_given(line: &Line) -> bool {
    line.origin.line > 0 && line.origin.col == 0
}
