//! Whether a frame crossed an iface.

use crate::event::{IfaceId, NodeId};
use crate::story::{Player, Words};
use crate::tcpdump::{Options, Tcpdump};
use crate::text;
use crate::text::Text;
use crate::trace::{Note, Trace};

/// How many of the frames that did pass are shown.
const MOST_SHOWN: usize = 12;

impl Player {
    pub(super) fn check_frame(
        &self,
        (node, iface): (NodeId, IfaceId),
        is: &str,
        wanted: bool,
        since: usize,
        trace: &Trace,
    ) -> Result<(), Text> {
        let words = Words::parse(is).expect("the loader has checked it");
        let end = crate::world::end_name(&self.world.net, node, iface);
        let mut printer = Tcpdump::new(Options::default());
        let mut lines = Vec::new();
        for entry in &trace.entries()[since..] {
            let Note::Frame { iface: at, frame, .. } = &entry.what else { continue };
            if (entry.node, *at) != (node, iface) {
                continue;
            }
            let line = format!("  {} {}", entry.at, printer.line(frame.bytes.bytes()));
            if words.matches(frame.bytes.bytes()) {
                return match wanted {
                    true => Ok(()),
                    false => Err(text!(
                        "expected no frame `{is}` on {end}, but there is\n{line}",
                        "期望 {end} 上没有帧 `{is}`，但是有\n{line}"
                    )),
                };
            }
            lines.push(line);
        }
        let count = lines.len();
        let shown = lines[count.saturating_sub(MOST_SHOWN)..].join("\n");
        match (wanted, count) {
            (false, _) => Ok(()),
            (true, 0) => Err(text!(
                "expected a frame `{is}` on {end}; none passed at all",
                "期望 {end} 上有帧 `{is}`；没有任何帧经过"
            )),
            (true, _) => Err(text!(
                "expected a frame `{is}` on {end}; the last of {count} that passed are\n{shown}",
                "期望 {end} 上有帧 `{is}`；经过了 {count} 个帧，最后的是\n{shown}"
            )),
        }
    }
}
