//! Whether a frame crossed an iface.

use crate::event::{IfaceId, NodeId};
use crate::net::Kind;
use crate::scenario::End;
use crate::story::Player;
use crate::story::sight::{add, passed};
use crate::story::words::Watcher;
use crate::text;
use crate::text::Text;
use crate::trace::{Entry, Trace};

/// How many of the frames that did pass are shown.
const MOST_SHOWN: usize = 12;

impl Player {
    /// Frames like this crossed the iface: so often, or at least once if no number is given.
    pub(super) fn check_frame(
        &self,
        on: &End,
        is: &str,
        times: Option<u32>,
        since: usize,
        trace: &Trace,
    ) -> Result<(), Text> {
        let crossed = self.crossed(on, is, since, trace)?;
        let count = crossed.found.len();
        match times {
            None if count > 0 => return Ok(()),
            Some(times) if count == times as usize => return Ok(()),
            _ => {}
        }
        let (all, entries) = (crossed.all.len(), trace.entries());
        if count > 0 {
            let times = times.unwrap_or_default();
            let mut said = text!(
                "expected {times} frames `{is}` on {on}, there are {count}",
                "期望 {on} 上有 {times} 个帧 `{is}`，实际有 {count} 个"
            );
            for (nth, &at) in crossed.found.iter().enumerate().take(MOST_SHOWN) {
                let nth = (nth + 1).to_string();
                add(&mut said, (&nth, &nth), &self.sight(&entries[at]));
            }
            let last = crossed.found[count.min(MOST_SHOWN) - 1];
            self.add_about(&mut said, entries, last);
            return Err(said);
        }
        let wanted = match times {
            Some(times) if times > 1 => text!(
                "expected {times} frames `{is}` on {on}",
                "期望 {on} 上有 {times} 个帧 `{is}`"
            ),
            _ => text!("expected a frame `{is}` on {on}", "期望 {on} 上有帧 `{is}`"),
        };
        let Text { en, zh } = wanted;
        if all == 0 {
            let mut said = text!("{en}; none passed at all", "{zh}；没有任何帧经过");
            self.add_last(&mut said, self.node(&on.node), since, trace);
            return Err(said);
        }
        let mut said = text!("{en}; {all} passed, none is so", "{zh}；经过了 {all} 个帧，都不符合");
        self.add_nearest(&mut said, &crossed, entries);
        for &at in &crossed.all[all.saturating_sub(MOST_SHOWN)..] {
            add(&mut said, ("passed", "经过"), &self.sight(&entries[at]));
        }
        Err(said)
    }

    /// No frame like this crossed the iface.
    pub(super) fn check_no_frame(
        &self,
        on: &End,
        is: &str,
        since: usize,
        trace: &Trace,
    ) -> Result<(), Text> {
        let crossed = self.crossed(on, is, since, trace)?;
        let Some(&first) = crossed.found.first() else { return Ok(()) };
        let mut said = text!(
            "expected no frame `{is}` on {on}, but there is one",
            "期望 {on} 上没有帧 `{is}`，但是有一个"
        );
        add(&mut said, ("the first", "第一个"), &self.sight(&trace.entries()[first]));
        self.add_about(&mut said, trace.entries(), first);
        Err(said)
    }

    fn crossed(&self, on: &End, is: &str, since: usize, trace: &Trace) -> Result<Crossed, Text> {
        let ends = self.ends(on)?;
        let mut crossed =
            Crossed { all: Vec::new(), found: Vec::new(), nearest: (0, 0), part: String::new() };
        let mut watcher = Watcher::new(is);
        let from = if watcher.remembers() { 0 } else { since };
        for (at, entry) in trace.entries().iter().enumerate().skip(from) {
            let Some((end, seen)) = passed(entry).filter(|(end, _)| ends.contains(end)) else {
                continue;
            };
            let fits = watcher.fits(end, seen);
            if at < since {
                continue;
            }
            crossed.all.push(at);
            if watcher.is_all(fits) {
                crossed.found.push(at);
            } else if fits > crossed.nearest.0 {
                crossed.nearest = (fits, at);
            }
        }
        crossed.part = watcher.part(crossed.nearest.0).to_owned();
        Ok(crossed)
    }

    /// Adds the frame that fits furthest, and what was decided about it.
    fn add_nearest(&self, said: &mut Text, crossed: &Crossed, entries: &[Entry]) {
        let Crossed { nearest: (1.., at), part, .. } = crossed else { return };
        let label = text!("nearest, it lacks `{part}`", "最接近，但缺少 `{part}`");
        add(said, (&label.en, &label.zh), &self.sight(&entries[*at]));
        self.add_about(said, entries, *at);
    }

    /// The ifaces of this name. A tunnel that was deleted and added again is another iface.
    fn ends(&self, on: &End) -> Result<Vec<(NodeId, IfaceId)>, Text> {
        let node = self.node(&on.node);
        let ifaces = match &self.world.net.node(node).kind {
            Kind::Host(host) => host.fib().ifaces.len(),
            Kind::Switch(switch) => switch.ifaces.len(),
        };
        let all = (0..ifaces as u16).map(IfaceId);
        let name = |id: IfaceId| self.world.net.node(node).iface_name(id);
        let ends: Vec<_> = all.clone().filter(|id| name(*id) == on.iface).collect();
        if ends.is_empty() {
            let (host, has) = (&on.node, all.map(name).collect::<Vec<_>>().join(" "));
            return Err(text!(
                "no command has made the iface {on}; {host} has: {has}",
                "没有命令创建过接口 {on}；{host} 有：{has}"
            ));
        }
        Ok(ends.into_iter().map(|iface| (node, iface)).collect())
    }
}

/// What crossed an iface: places in the trace.
struct Crossed {
    all: Vec<usize>,
    /// Those that are as described.
    found: Vec<usize>,
    /// How much of the description fits the nearest of the others, and which one that is.
    nearest: (usize, usize),
    /// What does not fit there.
    part: String,
}
