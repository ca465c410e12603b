//! What is wrong with a run, in a sentence.

use super::judge::{Fault, Judgement};
use super::{Fate, Goal};
use crate::event::NodeId;
use crate::text;
use crate::text::Text;
use crate::whatif::Run;

impl Judgement {
    /// All that is wrong; requests of one client and name that share a fate are one sentence.
    pub fn texts(&self, goal: &Goal, run: &Run) -> Vec<Text> {
        let mut said: Vec<(Text, usize)> = Vec::new();
        for fault in &self.faults {
            let text = self.text(fault, goal, run);
            match said.iter_mut().find(|(own, _)| *own == text) {
                Some((_, times)) => *times += 1,
                None => said.push((text, 1)),
            }
        }
        let counted = |(Text { en, zh }, times)| match times {
            1 => Text { en, zh },
            times => text!("{en} ({times} times)", "{zh}（{times} 次）"),
        };
        said.into_iter().map(counted).collect()
    }

    fn text(&self, fault: &Fault, goal: &Goal, run: &Run) -> Text {
        let name = |node: NodeId| &*run.player.world.net.node(node).name;
        match fault {
            Fault::Request(at) => {
                let request = &self.requests[*at];
                let (client, asked) = (name(request.client), request.name);
                let fate = self.fates[*at].unwrap_or(Fate::Unanswered);
                fate_text(client, &asked.to_string(), fate, name)
            }
            Fault::Missing(entry, made) => {
                let own = &goal.entries()[*entry];
                let (client, asked, times) = (&own.client, own.name, own.times);
                text!(
                    "{client} asks {asked} {made} times, not {times} times",
                    "{client} 访问 {asked} 只有 {made} 次，应为 {times} 次"
                )
            }
            Fault::Share { entry, server, served } => {
                let own = &goal.entries()[*entry];
                let wanted = own.shares.get(server).copied().unwrap_or_default();
                let (client, asked) = (&own.client, own.name);
                text!(
                    "{server} serves {served} of the requests of {client} to {asked}, not {wanted}",
                    "{client} 对 {asked} 的请求，{server} 应答了 {served} 个，应为 {wanted} 个"
                )
            }
            Fault::Works(at) => {
                let own = &goal.works[*at];
                let (on, command) = (&own.on, &own.command);
                text!("`{command}` fails on {on}", "{on} 上 `{command}` 失败")
            }
        }
    }
}

fn fate_text<'a>(client: &str, asked: &str, fate: Fate, name: impl Fn(NodeId) -> &'a str) -> Text {
    match fate {
        Fate::Served => text!("{client} is served by {asked}", "{asked} 应答了 {client}"),
        Fate::NotSent => text!(
            "{client} cannot even send its request to {asked}",
            "{client} 连发往 {asked} 的请求都送不出去"
        ),
        Fate::Unanswered => {
            text!("{client} gets no answer from {asked}", "{client} 访问 {asked}，没有应答")
        }
        Fate::PastDirector { by } => {
            let by = by.map_or("?", name);
            text!(
                "{client} gets its page from {asked}, but {by} answers past the director: no scheduler has seen the request",
                "{client} 从 {asked} 拿到了页面，但是 {by} 绕过调度器应答：没有任何调度器见过这个请求"
            )
        }
        Fate::NotPicked { by, picked } => {
            let by = name(by);
            text!(
                "{client} is served from {asked} by {by}, but the scheduler has picked {picked}",
                "{client} 访问 {asked} 由 {by} 应答，而调度器选的是 {picked}"
            )
        }
        Fate::Stranger { by } => {
            let by = name(by);
            text!(
                "{client} is served from {asked} by {by}, which is none of the servers",
                "{client} 访问 {asked} 由 {by} 应答，它不在服务器之列"
            )
        }
        Fate::OtherName { from } => text!(
            "{client} asked {asked}, and the answer comes from {from}",
            "{client} 访问的是 {asked}，应答却来自 {from}"
        ),
    }
}
