//! The steps of a story: nodes and cables that exist, marks with names, questions with answers.

use std::collections::BTreeSet;

use super::Checker;
use crate::frame::ETHERNET;
use crate::host::ETHERNET_MTU;
use crate::scenario::{End, Hex, Node, Step};
use crate::text;
use crate::text::Text;

impl<'a> Checker<'a> {
    pub(super) fn story(&mut self) {
        let mut marks: Vec<&str> = Vec::new();
        let mut off: BTreeSet<&str> = BTreeSet::new();
        for (index, step) in self.scenario.story.iter().enumerate() {
            let path = format!("story[{index}]");
            match &step.value {
                Step::Say(text) => self.text(text, &path),
                Step::Do { on, run } => {
                    self.host(on, &format!("{path}.on"));
                    if run.is_empty() {
                        let message = text!("nothing to run", "没有可运行的命令");
                        let help = text!("add a command", "加上一条命令");
                        self.error(&format!("{path}.run"), message, help);
                    }
                }
                Step::Wait(_) => {}
                Step::Mark(label) => self.mark(label, &path, &mut marks),
                Step::Expect(expectation) => self.expectation(expectation, &path, &marks),
                Step::Ask { question, options, answer, why } => {
                    self.ask(&path, question, options, *answer, why.as_ref());
                }
                Step::Cable { link, up, delay, loss, reorder, mtu } => {
                    self.cable(link, &path);
                    if (up, delay, loss, reorder, mtu) == (&None, &None, &None, &None, &None) {
                        let message = text!("nothing is changed", "什么也没有改变");
                        let help = text!(
                            "add one of: up delay loss reorder mtu",
                            "加上其中一项：up delay loss reorder mtu"
                        );
                        self.error(&path, message, help);
                    }
                    self.mtu(*mtu, &format!("{path}.mtu"));
                    self.compared(&path, *delay, (*loss, *reorder), false);
                }
                Step::Inject { from, bytes } => self.inject(from, bytes, &off, &path),
                Step::Power { on, up } => {
                    self.node(on, &format!("{path}.on"));
                    let _ = if *up { off.remove(&**on) } else { off.insert(on) };
                }
            }
        }
    }

    fn mark(&mut self, label: &'a str, path: &str, marks: &mut Vec<&'a str>) {
        if label.trim().is_empty() {
            let message = text!("a mark without a name", "没有名字的标记");
            self.error(path, message, text!("written as Mark(\"start\")", "写成 Mark(\"start\")"));
        } else if marks.contains(&label) {
            let message = text!("another mark is called `{label}`", "另有标记名为 `{label}`");
            let help = text!("each mark has a name of its own", "每个标记各有自己的名字");
            self.error(path, message, help);
        } else {
            marks.push(label);
        }
    }

    fn ask(
        &mut self,
        path: &str,
        question: &Text,
        options: &[Text],
        answer: u16,
        why: Option<&Text>,
    ) {
        self.text(question, &format!("{path}.question"));
        for (index, option) in options.iter().enumerate() {
            self.text(option, &format!("{path}.options[{index}]"));
        }
        if let Some(why) = why {
            self.text(why, &format!("{path}.why"));
        }
        if options.len() < 2 {
            let message = text!("nothing to choose from", "没有可选的答案");
            let help = text!("at least 2 options", "至少 2 个选项");
            self.error(&format!("{path}.options"), message, help);
        } else if usize::from(answer) >= options.len() {
            let last = options.len() - 1;
            let help = text!("counted from 0: 0 to {last}", "从 0 数起：0 到 {last}");
            self.error(&format!("{path}.answer"), text!("no such option", "没有这个选项"), help);
        }
    }

    /// A frame by hand: from a card of a host that is on, and neither shorter nor longer than the
    /// kernel lets a program send.
    fn inject(&mut self, from: &End, bytes: &[Hex], off: &BTreeSet<&str>, path: &str) {
        let place = format!("{path}.from");
        if !self.end(from, &place) {
            return;
        }
        let Some(Node::Host { nics, .. }) = self.find(&from.node) else {
            let node = &from.node;
            let message = text!("`{node}` is a switch", "`{node}` 是交换机");
            let help = text!("only a host has frames of its own", "只有主机有自己的帧");
            self.error(&place, message, help);
            return;
        };
        if off.contains(&*from.node) {
            let node = &from.node;
            let message = text!("`{node}` is switched off here", "`{node}` 此时已关机");
            let help = text!(
                "switch it on before: Power(on: \"{node}\", up: true)",
                "请先开机：Power(on: \"{node}\", up: true)"
            );
            self.error(&place, message, help);
        }
        let nic = nics.iter().find(|nic| nic.iface == from.iface);
        let mtu = usize::from(nic.and_then(|nic| nic.mtu).unwrap_or(ETHERNET_MTU));
        let (len, most) = (bytes.iter().map(|row| row.0.len()).sum::<usize>(), ETHERNET + mtu);
        let place = format!("{path}.bytes");
        if len < ETHERNET {
            let message = text!("too short a frame: {len} bytes", "帧太短：{len} 字节");
            let help = text!(
                "Ethernet's header alone has {ETHERNET}: to, from, type",
                "仅以太网首部就有 {ETHERNET} 字节：目标、来源、类型"
            );
            self.error(&place, message, help);
        } else if len > most {
            let message = text!("too long a frame: {len} bytes", "帧太长：{len} 字节");
            let help = text!(
                "at most {most}: Ethernet's header and the MTU, {mtu}",
                "最多 {most}：以太网首部加 MTU {mtu}"
            );
            self.error(&place, message, help);
        }
    }

    fn cable(&mut self, end: &End, path: &str) {
        let path = format!("{path}.link");
        if !self.end(end, &path) {
            return;
        }
        if !self.scenario.links.iter().any(|link| link.a == *end || link.b == *end) {
            let message = text!("no cable in `{end}`", "`{end}` 没有插网线");
            let help = text!("name an end of one of the links", "写 links 中某根网线的一端");
            self.error(&path, message, help);
        }
    }
}
