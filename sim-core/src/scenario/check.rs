//! What the parts of a scenario must say of each other: names that exist, cables that fit, marks
//! that were set, delays that a kernel can show.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::error::{ScenarioError, Source, suggest};
use super::outline::Value;
use super::{
    End, Expectation, Goal, Kernel, Link, Located, Loss, Node, Origin, Scenario, Step, Text,
};

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
    if let Kernel::No(reason) = &scenario.kernel {
        checker.text(reason, "kernel");
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
/// As `ipvsadm -Lnc` prints them; the last is a template's. Linux 6.1 ip_vs_proto_tcp.c
/// tcp_state_name_table, ip_vs_proto_udp.c udp_state_name_table, ip_vs_proto.c ip_vs_state_name.
const STATES: [&str; 13] = [
    "NONE",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "SYNACK",
    "UDP",
    "ASSURED",
];

/// The longest name of an interface. Linux 6.1 include/uapi/linux/if.h, IFNAMSIZ less the zero.
const IFACE_NAME: usize = 15;

impl<'a> Checker<'a> {
    fn error(&mut self, path: &str, message: impl Into<Text>, help: impl Into<Text>) {
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
                self.error(&format!("{path}.{language}"), "a text without words", "say it here");
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
            self.error(path, format!("unknown node `{name}`"), help);
        }
        found
    }

    /// A node that commands can be typed on.
    fn host(&mut self, name: &str, path: &str) {
        if let Some(Node::Switch { .. }) = self.node(name, path) {
            self.error(path, format!("`{name}` is a switch"), "only a host runs commands");
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
                Node::Switch { ports, .. } => format!("it has {ports}, counted from 0"),
            };
            self.error(path, format!("`{name}` has no iface `{iface}`"), help);
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
                    self.error(&format!("{path}.ports"), "a switch without ports", "at least 1");
                }
                Node::Switch { .. } => {}
            }
        }
        if self.scenario.nodes.is_empty() {
            self.error("nodes", "a scenario without nodes", "add a Host(name: …)");
        }
    }

    fn name(&mut self, node: &'a Located<Node>, path: &str, names: &mut BTreeMap<&'a str, Origin>) {
        let (name, path) = (node.name(), format!("{path}.name"));
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.starts_with('-') || !name.chars().all(is_fine) {
            self.error(&path, "not a name for a node", "letters, digits, - and _, no - first");
        }
        if let Some(first) = names.insert(name, node.origin) {
            let help = if first == node.origin {
                "put $i into the name".into()
            } else {
                format!("the first is in line {}", first.line)
            };
            self.error(&path, format!("another node is called `{name}`"), help);
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
                self.error(&iface, "not a name for an iface", "1 to 15 signs, as in eth0");
            } else if nic.iface == "lo" {
                self.error(&iface, "`lo` is there anyway", "name the Ethernet cards only");
            } else if matches!(nic.iface.as_str(), "all" | "default" | "tunl0") {
                let what = format!("`{}` means something else to Linux", nic.iface);
                self.error(&iface, what, "as in eth0");
            } else if nics[..index].iter().any(|other| other.iface == nic.iface) {
                self.error(
                    &iface,
                    format!("`{name}` has two ifaces `{}`", nic.iface),
                    "rename one",
                );
            }
            if nic.mtu.is_some_and(|mtu| mtu < LEAST_MTU) {
                self.error(&format!("{path}.nics[{index}][2]"), "too small an mtu", "68 or more");
            }
            if nic.mac.is_group() || nic.mac == crate::Mac::ZERO {
                let help = "the first byte is even: 02:…";
                self.error(&mac, "not the MAC address of one machine", help);
            } else if let Some(other) = macs.insert(nic.mac, name) {
                let help = format!("`{other}` has it already");
                self.error(&mac, "a MAC address for the second time", help);
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
                    let help = format!("the other cable is in line {}", first.line);
                    self.error(&path, format!("two cables in `{end}`"), help);
                }
            }
            let Link { delay, bandwidth, loss, .. } = &link.value;
            self.compared(path, Some(*delay), *loss, bandwidth.is_some());
        }
    }

    /// What a real kernel cannot be compared in.
    fn compared(&mut self, path: &str, delay: Option<Duration>, loss: Option<Loss>, rate: bool) {
        if self.scenario.kernel != Kernel::Yes {
            return;
        }
        let one = Duration::from_millis(1);
        let is_short = delay.is_some_and(|delay| !delay.is_zero() && delay < one);
        for (is_so, field, what) in [
            (is_short, "delay", "a delay between 0 and 1 ms"),
            (loss.is_some_and(|loss| loss.0 > 0), "loss", "loss"),
            (rate, "bandwidth", "bandwidth"),
        ] {
            if is_so {
                let message = format!("{what} cannot be compared with a kernel");
                let help = "change it, or say so: kernel: No((en: …, zh: …))";
                self.error(&format!("{path}.{field}"), message, help);
            }
        }
    }

    fn story(&mut self) {
        let mut marks: Vec<&str> = Vec::new();
        for (index, step) in self.scenario.story.iter().enumerate() {
            let path = format!("story[{index}]");
            match &step.value {
                Step::Say(text) => self.text(text, &path),
                Step::Do { on, run } => {
                    self.host(on, &format!("{path}.on"));
                    if run.is_empty() {
                        self.error(&format!("{path}.run"), "nothing to run", "add a command");
                    }
                }
                Step::Wait(_) => {}
                Step::Mark(label) if marks.contains(&label.as_str()) => {
                    let message = format!("another mark is called `{label}`");
                    self.error(&path, message, "each mark has a name of its own");
                }
                Step::Mark(label) => marks.push(label),
                Step::Expect(expectation) => self.expectation(expectation, &path, &marks),
                Step::Ask { question, options, answer, why } => {
                    self.ask(&path, question, options, *answer, why.as_ref());
                }
                Step::Cable { link, up, delay, loss, mtu } => {
                    self.cable(link, &path);
                    if (up, delay, loss, mtu) == (&None, &None, &None, &None) {
                        self.error(&path, "nothing is changed", "add one of: up delay loss mtu");
                    }
                    self.compared(&path, *delay, *loss, false);
                }
                Step::Power { on, .. } => drop(self.node(on, &format!("{path}.on"))),
            }
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
            self.error(&format!("{path}.options"), "nothing to choose from", "at least 2 options");
        } else if usize::from(answer) >= options.len() {
            let help = format!("counted from 0: 0 to {}", options.len() - 1);
            self.error(&format!("{path}.answer"), "no such option", help);
        }
    }

    fn cable(&mut self, end: &End, path: &str) {
        let path = format!("{path}.link");
        if !self.end(end, &path) {
            return;
        }
        if !self.scenario.links.iter().any(|link| link.a == *end || link.b == *end) {
            self.error(&path, format!("no cable in `{end}`"), "name an end of one of the links");
        }
    }

    fn expectation(&mut self, expectation: &Expectation, path: &str, marks: &[&str]) {
        let field = |name: &str| format!("{path}.{name}");
        match expectation {
            Expectation::Served(names, by) => {
                for (index, name) in names.iter().enumerate() {
                    self.server(name, &format!("{path}[0][{index}]"));
                }
                if let Some(by) = by {
                    self.host(by, &format!("{path}[1]"));
                }
            }
            Expectation::Path(flow, nodes) => {
                self.words(flow, &format!("{path}[0]"));
                for (index, node) in nodes.iter().enumerate() {
                    self.node(node, &format!("{path}[1][{index}]"));
                }
            }
            Expectation::Frame { on, is } | Expectation::NoFrame { on, is } => {
                self.end(on, &field("on"));
                self.words(is, &field("is"));
            }
            Expectation::Because { on, code } | Expectation::Never { on, code } => {
                self.node(on, &field("on"));
                self.code(code, &field("code"));
            }
            Expectation::Neigh { on, mac, owner, .. } => {
                self.host(on, &field("on"));
                if let Some(owner) = owner {
                    self.host(owner, &field("owner"));
                }
                if mac.is_some() == owner.is_some() {
                    self.error(path, "expected either mac or owner", "give one of them");
                }
            }
            Expectation::Conns { on, state, .. } => {
                self.host(on, &field("on"));
                if let Some(state) = state.as_deref().filter(|state| !STATES.contains(state)) {
                    let help = suggest(state, &STATES);
                    self.error(&field("state"), format!("unknown state `{state}`"), help);
                }
            }
            Expectation::Output { on, has, .. } => {
                self.host(on, &field("on"));
                self.words(has, &field("has"));
            }
            Expectation::Digest { on, table, is } => {
                self.host(on, &field("on"));
                let tables = crate::story::TABLES.map(|(name, _)| name);
                if !tables.contains(&table.as_str()) {
                    let help = suggest(table, &tables);
                    self.error(&field("table"), format!("unknown table `{table}`"), help);
                }
                if is.is_empty() || !is.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    self.error(&field("is"), "not a fingerprint", "digits and letters a to f");
                }
            }
            Expectation::Since(label, group) => self.since(label, group, path, marks),
        }
    }

    /// What everything would match is no expectation.
    fn words(&mut self, words: &str, path: &str) {
        if words.trim().is_empty() {
            self.error(path, "nothing to look for", "say what it must be");
        }
    }

    fn since(&mut self, label: &str, group: &[Located<Expectation>], path: &str, marks: &[&str]) {
        if !marks.contains(&label) {
            let help = match marks {
                [] => format!("set it before: Mark(\"{label}\")"),
                marks => suggest(label, marks),
            };
            self.error(&format!("{path}[0]"), format!("no mark `{label}` before this"), help);
        }
        for (index, part) in group.iter().enumerate() {
            let path = format!("{path}[1][{index}]");
            if matches!(part.value, Expectation::Since(..)) {
                self.error(&path, "a Since within a Since", "write them one after the other");
            } else {
                self.expectation(part, &path, marks);
            }
        }
        if group.is_empty() {
            self.error(&format!("{path}[1]"), "nothing is expected", "add an expectation");
        }
    }

    /// A server's name as it stands in its answer: a node's, or given with `serve --name`.
    fn server(&mut self, name: &str, path: &str) {
        let given = |line: &str| {
            let mut words = line.split_whitespace();
            words.by_ref().any(|word| word == "--name") && words.next() == Some(name)
        };
        let typed = |line: &super::Line| given(&line.value);
        let in_setup = self.scenario.nodes.iter().any(|node| node.script().iter().any(typed));
        let in_story = self.scenario.story.iter().any(|step| match &step.value {
            Step::Do { run, .. } => run.iter().any(typed),
            _ => false,
        });
        if name != "-" && !in_setup && !in_story {
            self.node(name, path);
        }
    }

    fn code(&mut self, code: &str, path: &str) {
        let Some(codes) = self.codes else { return };
        if codes.contains(&code) {
            return;
        }
        // There are hundreds: those of the same family are the ones that help.
        let family = code.split('.').next().unwrap_or_default();
        let near: Vec<&str> =
            codes.iter().copied().filter(|known| known.split('.').next() == Some(family)).collect();
        let help = suggest(code, if near.is_empty() { codes } else { &near });
        self.error(path, format!("unknown reason `{code}`"), help);
    }

    fn goal(&mut self, goal: &Goal) {
        self.host(&goal.client, "goal.client");
        for (index, server) in goal.servers.iter().enumerate() {
            self.host(server, &format!("goal.servers[{index}]"));
        }
        if let Some(through) = &goal.through {
            self.node(through, "goal.through");
        }
        if goal.servers.is_empty() {
            self.error("goal.servers", "nobody to serve", "name a server");
        }
    }
}
