//! The commands that failed before an expectation did: often the reason why it did.

use std::borrow::Cow;

use serde_json::json;
use sim_core::Instant;
use sim_core::event::JobId;
use sim_core::story::Player;
use sim_core::world::Job;

use crate::lang::Lang;

/// As many are named; the first of them is the likeliest culprit.
const MOST: usize = 10;

/// A command that ended with another status than 0.
struct Failed<'a> {
    job: &'a Job,
    node: &'a str,
    place: String,
    status: u8,
}

/// Those in the foreground that were typed up to this instant.
fn until(player: &Player, last: Instant) -> impl Iterator<Item = Failed<'_>> {
    let world = &player.world;
    let jobs = world.jobs().filter(move |(_, job)| !job.background && job.started <= last);
    jobs.filter_map(|(_, job): (JobId, &Job)| {
        let status = job.status.filter(|status| *status != 0)?;
        let place = world.origins.get(job.origin).place().unwrap_or_default();
        Some(Failed { job, node: &world.net.node(job.node).name, place, status })
    })
}

impl Failed<'_> {
    /// The first line that it said; the rest is in the trace.
    fn said(&self, lang: Lang) -> Cow<'_, str> {
        let mut lines = self.job.output.lines();
        lang.said(lines.find(|line| !line.trim().is_empty()).unwrap_or_default())
    }

    fn line(&self, lang: Lang) -> String {
        let Self { node, place, status, .. } = self;
        let (job, colon) = (self.job, lang.pick(": ", "："));
        let head = lang.pick("failed before", "此前失败");
        let ended = lang.pick("ended with", "状态");
        let said = match &*self.said(lang) {
            "" => String::new(),
            said => format!("{colon}{said}"),
        };
        format!(
            "  {head}{colon}{} {node} {place}: `{}` {ended} {status}{said}",
            job.started, job.text
        )
    }

    fn json(&self, lang: Lang) -> String {
        json!({
            "type": "failed_command",
            "t_ns": self.job.started.as_nanos(),
            "node": self.node,
            "place": self.place,
            "text": self.job.text,
            "status": self.status,
            "said": self.said(lang),
        })
        .to_string()
    }
}

/// One line for each, as text.
pub fn lines(player: &Player, last: Instant, lang: Lang) -> Vec<String> {
    let mut lines: Vec<String> = until(player, last).map(|failed| failed.line(lang)).collect();
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(format!("  {}{more}", lang.pick("more that failed: ", "另有失败的命令：")));
    }
    lines
}

/// One line for each, as JSON.
pub fn json_lines(player: &Player, last: Instant, lang: Lang) -> Vec<String> {
    until(player, last).map(|failed| failed.json(lang)).collect()
}
