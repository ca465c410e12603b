//! What the parts of a scenario must say of each other: names that exist, cables that fit, marks
//! that were set, delays that a kernel can show.

mod expect;
mod story;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::error::{ScenarioError, Source, suggest};
use super::outline::Value;
use super::{End, Goal, Kernel, Link, Located, Loss, Node, Origin, Reorder, Scenario, Text};
use crate::text;

/// Where the parts of a scenario were written.
pub(super) struct Places<'a> {
    pub(super) source: Source<'a>,
    pub(super) root: &'a Value,
    /// The path of each node; those that `Repeat` made share one.
    pub(super) nodes: Vec<String>,
    /// The path of each link.
    pub(super) links: Vec<String>,
}

impl Places<'_> {
    /// The bytes of the value at a path, or of the nearest around it that the file has.
    fn at(&self, path: &str) -> Range<usize> {
        let mut path = path;
        loop {
            if let Some(value) = self.root.find(self.source.text, path) {
                return value.range.clone();
            }
            path = path.rfind(['.', '[']).map_or("", |end| &path[..end]);
        }
    }
}

/// All that is wrong between the parts of this scenario.
pub(super) fn check(
    scenario: &Scenario,
    places: &Places<'_>,
    codes: Option<&[&str]>,
) -> Vec<ScenarioError> {
    let mut checker = Checker { scenario, places, codes, errors: Vec::new() };
    checker.text(&scenario.title, "title");
    checker.teaches();
    if let Kernel::No(reason) = &scenario.kernel {
        checker.text(reason, "kernel");
    }
    if scenario.limits.events == Some(0) {
        let message = text!("nothing can happen in 0 events", "0 个事件什么也做不了");
        let help = text!("at least 1; or leave it out", "至少 1，或者不写");
        checker.error("limits.events", message, help);
    }
    checker.nodes();
    checker.links();
    checker.story();
    if let Some(goal) = &scenario.goal {
        checker.goal(goal);
    }
    checker.errors
}

struct Checker<'a> {
    scenario: &'a Scenario,
    places: &'a Places<'a>,
    codes: Option<&'a [&'a str]>,
    errors: Vec<ScenarioError>,
}

/// The least MTU of an IPv4 interface. RFC 791 section 3.2.
const LEAST_MTU: u16 = 68;

/// The longest name of a node: a host's name is a label of the DNS. RFC 1035 section 2.3.4.
const NODE_NAME: usize = 63;

/// The longest name of an interface. Linux 6.1 include/uapi/linux/if.h, IFNAMSIZ less the zero.
const IFACE_NAME: usize = 15;

impl<'a> Checker<'a> {
    fn error(&mut self, path: &str, message: Text, help: Text) {
        let at = self.places.at(path);
        let error = self.places.source.error(at, path, message, help);
        // What `Repeat` made says everything as often as it made it.
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    fn find(&self, name: &str) -> Option<&'a Node> {
        let nodes = self.scenario.nodes.iter();
        nodes.map(|node| &node.value).find(|node| node.name() == name)
    }

    fn text(&mut self, text: &Text, path: &str) {
        for (language, words) in [("en", &text.en), ("zh", &text.zh)] {
            if words.trim().is_empty() {
                let message = text!("a text without words", "空白的文本");
                self.error(
                    &format!("{path}.{language}"),
                    message,
                    text!("say it here", "写在这里"),
                );
            }
        }
    }

    fn teaches(&mut self) {
        for (index, lesson) in self.scenario.teaches.iter().enumerate() {
            if lesson.trim().is_empty() {
                let message = text!("a lesson without a name", "没有名字的课程");
                let help =
                    text!("name it as the book does, or remove it", "按书中的名字写，或删去");
                self.error(&format!("teaches[{index}]"), message, help);
            }
        }
    }

    /// A node that exists. Gives it back.
    fn node(&mut self, name: &str, path: &str) -> Option<&'a Node> {
        let found = self.find(name);
        if found.is_none() {
            let help = suggest(
                name,
                &self.scenario.nodes.iter().map(|node| node.name()).collect::<Vec<_>>(),
            );
            self.error(path, text!("unknown node `{name}`", "没有节点 `{name}`"), help);
        }
        found
    }

    /// A node that commands can be typed on.
    fn host(&mut self, name: &str, path: &str) {
        if let Some(Node::Switch { .. }) = self.node(name, path) {
            let message = text!("`{name}` is a switch", "`{name}` 是交换机");
            let help = text!("only a host runs commands", "只有主机能运行命令");
            self.error(path, message, help);
        }
    }

    /// An iface that exists.
    fn end(&mut self, End { node: name, iface }: &End, path: &str) -> bool {
        let Some(node) = self.node(name, path) else { return false };
        let has = node.has_iface(iface);
        if !has {
            let help = match node {
                Node::Host { nics, .. } => {
                    suggest(iface, &nics.iter().map(|nic| &*nic.iface).collect::<Vec<_>>())
                }
                Node::Switch { ports, .. } => {
                    text!("it has {ports}, counted from 0", "它有 {ports} 个，从 0 数起")
                }
            };
            self.error(
                path,
                text!("`{name}` has no iface `{iface}`", "`{name}` 没有接口 `{iface}`"),
                help,
            );
        }
        has
    }

    fn nodes(&mut self) {
        let mut names = BTreeMap::new();
        let mut macs = BTreeMap::new();
        let places = self.places;
        for (node, path) in self.scenario.nodes.iter().zip(&places.nodes) {
            self.name(node, path, &mut names);
            match &node.value {
                Node::Host { .. } => self.nics(node, path, &mut macs),
                Node::Switch { ports: 0, .. } => {
                    let message = text!("a switch without ports", "没有端口的交换机");
                    let help = text!("at least 1", "至少 1 个");
                    self.error(&format!("{path}.ports"), message, help);
                }
                Node::Switch { .. } => {}
            }
        }
        if self.scenario.nodes.is_empty() {
            let message = text!("a scenario without nodes", "没有节点的场景");
            self.error("nodes", message, text!("add a Host(name: …)", "加上 Host(name: …)"));
        }
    }

    fn name(&mut self, node: &'a Located<Node>, path: &str, names: &mut BTreeMap<&'a str, Origin>) {
        let (name, path) = (node.name(), format!("{path}.name"));
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_long = name.len() > NODE_NAME;
        if name.is_empty() || is_long || name.starts_with('-') || !name.chars().all(is_fine) {
            let message = text!("not a name for a node", "不能作节点名");
            let help = text!(
                "letters, digits, - and _, no - first, at most {NODE_NAME}",
                "字母、数字、- 和 _，首字符不能是 -，最多 {NODE_NAME} 个字符"
            );
            self.error(&path, message, help);
        }
        if let Some(first) = names.insert(name, node.origin) {
            let line = first.line;
            let help = if first == node.origin {
                text!("put $i into the name", "在名字中加上 $i")
            } else {
                text!("the first is in line {line}", "第一个在第 {line} 行")
            };
            let message = text!("another node is called `{name}`", "另有节点名为 `{name}`");
            self.error(&path, message, help);
        }
    }

    fn nics(
        &mut self,
        node: &'a Located<Node>,
        path: &str,
        macs: &mut BTreeMap<crate::Mac, &'a str>,
    ) {
        let Node::Host { name, nics, .. } = &node.value else { return };
        for (index, nic) in nics.iter().enumerate() {
            let [iface, mac] = [0, 1].map(|part| format!("{path}.nics[{index}][{part}]"));
            let is_odd = |c: char| c.is_whitespace() || c == '/' || c == ':';
            if nic.iface.is_empty() || nic.iface.len() > IFACE_NAME || nic.iface.contains(is_odd) {
                let message = text!("not a name for an iface", "不能作接口名");
                let help = text!("1 to 15 signs, as in eth0", "1 到 15 个字符，如 eth0");
                self.error(&iface, message, help);
            } else if nic.iface == "lo" {
                let message = text!("`lo` is there anyway", "`lo` 本来就有");
                let help = text!("name the Ethernet cards only", "只写以太网卡");
                self.error(&iface, message, help);
            } else if matches!(nic.iface.as_str(), "all" | "default" | "tunl0") {
                let what = &nic.iface;
                let message =
                    text!("`{what}` means something else to Linux", "`{what}` 在 Linux 中另有含义");
                self.error(&iface, message, text!("as in eth0", "如 eth0"));
            } else if nics[..index].iter().any(|other| other.iface == nic.iface) {
                let twice = &nic.iface;
                let message =
                    text!("`{name}` has two ifaces `{twice}`", "`{name}` 有两个接口 `{twice}`");
                self.error(&iface, message, text!("rename one", "给其中一个改名"));
            }
            self.mtu(nic.mtu, &format!("{path}.nics[{index}][2]"));
            if nic.mac.is_group() || nic.mac == crate::Mac::ZERO {
                let message =
                    text!("not the MAC address of one machine", "不是单台机器的 MAC 地址");
                let help = text!("the first byte is even: 02:…", "第一个字节是偶数：02:…");
                self.error(&mac, message, help);
            } else if let Some(other) = macs.insert(nic.mac, name) {
                let message = text!("a MAC address for the second time", "MAC 地址重复");
                let help = text!("`{other}` has it already", "`{other}` 已经在用");
                self.error(&mac, message, help);
            }
        }
    }

    fn links(&mut self) {
        let mut used: BTreeMap<&End, Origin> = BTreeMap::new();
        let places = self.places;
        for (link, path) in self.scenario.links.iter().zip(&places.links) {
            for (end, side) in [(&link.a, "a"), (&link.b, "b")] {
                let path = format!("{path}.{side}");
                if !self.end(end, &path) {
                    continue;
                }
                if let Some(first) = used.insert(end, link.origin) {
                    let line = first.line;
                    let help =
                        text!("the other cable is in line {line}", "另一根网线在第 {line} 行");
                    self.error(&path, text!("two cables in `{end}`", "`{end}` 插了两根网线"), help);
                }
            }
            let Link { delay, bandwidth, loss, reorder, mtu, .. } = &link.value;
            self.mtu(*mtu, &format!("{path}.mtu"));
            self.compared(path, Some(*delay), (*loss, *reorder), bandwidth.is_some());
        }
    }

    /// What a real kernel cannot be compared in.
    fn compared(
        &mut self,
        path: &str,
        delay: Option<Duration>,
        (loss, late): (Option<Loss>, Option<Reorder>),
        rate: bool,
    ) {
        if self.scenario.kernel != Kernel::Yes {
            return;
        }
        let one = Duration::from_millis(1);
        let is_short = delay.is_some_and(|delay| !delay.is_zero() && delay < one);
        for (is_so, field, what) in [
            (is_short, "delay", ("a delay between 0 and 1 ms", "0 到 1 ms 之间的时延")),
            (loss.is_some_and(|loss| loss.0 > 0), "loss", ("loss", "丢包")),
            (late.is_some_and(|late| late.share.0 > 0), "reorder", ("reordering", "乱序")),
            (rate, "bandwidth", ("bandwidth", "带宽")),
        ] {
            if is_so {
                let (en, zh) = what;
                let message = text!("{en} cannot be compared with a kernel", "{zh}无法与内核比较");
                let help = text!(
                    "change it, or say so: kernel: No((en: …, zh: …))",
                    "请修改，或者写明：kernel: No((en: …, zh: …))"
                );
                self.error(&format!("{path}.{field}"), message, help);
            }
        }
    }

    /// An MTU that IPv4 can do with.
    fn mtu(&mut self, mtu: Option<u16>, path: &str) {
        if mtu.is_some_and(|mtu| mtu < LEAST_MTU) {
            let help = text!("{LEAST_MTU} or more", "至少 {LEAST_MTU}");
            self.error(path, text!("too small an mtu", "mtu 太小"), help);
        }
    }

    fn goal(&mut self, goal: &Goal) {
        self.host(&goal.client, "goal.client");
        self.servers(&goal.servers, "goal.servers");
        if let Some(through) = &goal.through {
            self.node(through, "goal.through");
        }
        for (index, own) in goal.requests.iter().enumerate() {
            let path = format!("goal.requests[{index}]");
            self.host(&own.client, &format!("{path}.client"));
            self.servers(&own.servers, &format!("{path}.servers"));
            if let Some(through) = &own.through {
                self.host(through, &format!("{path}.through"));
            }
            self.times(own.times, &format!("{path}.times"));
            let shares = format!("{path}.shares");
            for server in own.shares.keys() {
                self.host(server, &shares);
            }
            let sum = own.shares.values().try_fold(0_u32, |sum, own| sum.checked_add(*own));
            if !own.shares.is_empty() && sum != Some(own.times) {
                let times = own.times;
                let message = text!("the shares do not add up to {times}", "份额之和不是 {times}");
                let help = text!(
                    "as many as `times` says, or leave them out",
                    "总数要与 `times` 相同，或者不写"
                );
                self.error(&shares, message, help);
            }
        }
        for (index, own) in goal.works.iter().enumerate() {
            let path = format!("goal.works[{index}]");
            self.host(&own.on, &format!("{path}.on"));
            self.times(own.times, &format!("{path}.times"));
        }
    }

    fn servers(&mut self, servers: &[String], path: &str) {
        for (index, server) in servers.iter().enumerate() {
            self.host(server, &format!("{path}[{index}]"));
        }
        if servers.is_empty() {
            let message = text!("nobody to serve", "没有服务器");
            self.error(path, message, text!("name a server", "写出一台服务器"));
        }
    }

    fn times(&mut self, times: u32, path: &str) {
        if times == 0 {
            let help = text!("at least 1, or remove the entry", "至少 1，或者删去这一条");
            self.error(path, text!("asked for 0 times", "要求 0 次"), help);
        }
    }
}
