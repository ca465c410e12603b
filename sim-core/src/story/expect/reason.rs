//! Whether a node decided something for a reason.

use std::collections::BTreeSet;

use crate::story::Player;
use crate::story::sight::{add, handled};
use crate::text;
use crate::text::Text;
use crate::trace::{Note, Trace};

impl Player {
    pub(super) fn check_reason(
        &self,
        on: &str,
        code: &str,
        wanted: bool,
        since: usize,
        trace: &Trace,
    ) -> Result<(), Text> {
        let node = self.node(on);
        let entries = trace.entries();
        let mut seen = BTreeSet::new();
        for (at, entry) in entries.iter().enumerate().skip(since) {
            let Note::Why(reason) = &entry.what else { continue };
            if entry.node != node {
                continue;
            }
            if reason.code() == code && !wanted {
                let mut said = text!(
                    "expected {on} never to decide by {code}, but it did",
                    "期望 {on} 不因 {code} 做决定，但是它做了"
                );
                if let Some(cause) = handled(entries, at) {
                    add(&mut said, ("cause", "起因"), &self.sight(cause));
                }
                add(&mut said, ("decided", "判定"), &self.sight(entry));
                return Err(said);
            }
            seen.insert(reason.code());
        }
        if !wanted || seen.contains(code) {
            return Ok(());
        }
        seen.remove("read");
        let others = seen.into_iter().collect::<Vec<_>>().join(" ");
        let mut said = match others.as_str() {
            "" => text!(
                "expected {on} to decide by {code}; it decided nothing",
                "期望 {on} 因 {code} 做决定；它没有做任何决定"
            ),
            _ => text!(
                "expected {on} to decide by {code}; it decided by: {others}",
                "期望 {on} 因 {code} 做决定；它的决定是因为：{others}"
            ),
        };
        self.add_last(&mut said, node, since, trace);
        Err(said)
    }
}
