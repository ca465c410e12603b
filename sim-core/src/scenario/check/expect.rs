//! What a story expects: of nodes that exist, in words that can be found, since marks that are set.

use super::Checker;
use crate::scenario::error::suggest;
use crate::scenario::mapped::Mapped;
use crate::scenario::{End, Expectation, Line, Located, Node, Step, params};
use crate::story::{TABLES, Words};
use crate::tcpdump::FilterError;
use crate::{Text, text};

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

impl Checker<'_> {
    pub(super) fn expectation(&mut self, expectation: &Expectation, path: &str, marks: &[&str]) {
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
                self.frames(flow, &format!("{path}[0]"));
                if nodes.is_empty() {
                    let message = text!("a way without nodes", "没有节点的路径");
                    let help = text!("name the nodes in order", "依次写出节点");
                    self.error(&format!("{path}[1]"), message, help);
                }
                for (index, node) in nodes.iter().enumerate() {
                    self.node(node, &format!("{path}[1][{index}]"));
                }
            }
            Expectation::Frame { on, is, times } => {
                self.watched(on, &field("on"));
                self.frames(is, &field("is"));
                if *times == Some(0) {
                    let message = text!("a frame that crosses never", "一次也不经过的帧");
                    self.error(&field("times"), message, text!("say NoFrame", "请写 NoFrame"));
                }
            }
            Expectation::NoFrame { on, is } => {
                self.watched(on, &field("on"));
                self.frames(is, &field("is"));
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
                match (mac, owner) {
                    (None, None) => {
                        let message =
                            text!("neither mac nor owner is given", "没有写 mac，也没有写 owner");
                        self.error(path, message, text!("give one of them", "写其中一个"));
                    }
                    (Some(_), Some(_)) => {
                        let message =
                            text!("both mac and owner are given", "同时写了 mac 和 owner");
                        self.error(path, message, text!("keep one of them", "只保留一个"));
                    }
                    _ => {}
                }
            }
            Expectation::Conns { on, state, .. } => {
                self.host(on, &field("on"));
                if let Some(state) = state.as_deref().filter(|state| !STATES.contains(state)) {
                    let help = suggest(state, &STATES);
                    let message = text!("unknown state `{state}`", "没有状态 `{state}`");
                    self.error(&field("state"), message, help);
                }
            }
            Expectation::Output { on, has, .. } => {
                self.host(on, &field("on"));
                self.words(has, &field("has"));
            }
            Expectation::Digest { on, table, is } => {
                self.host(on, &field("on"));
                let tables = TABLES.map(|(name, _)| name);
                if !tables.contains(&table.as_str()) {
                    let help = suggest(table, &tables);
                    let message = text!("unknown table `{table}`", "没有表 `{table}`");
                    self.error(&field("table"), message, help);
                }
                if is.is_empty() || !is.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    let message = text!("not a fingerprint", "不是指纹");
                    let help = text!("digits and letters a to f", "由数字和字母 a 到 f 组成");
                    self.error(&field("is"), message, help);
                }
            }
            Expectation::Since(label, group) => self.since(label, group, path, marks),
        }
    }

    /// An iface that frames may cross: any of a host's own, and what its commands may make.
    fn watched(&mut self, end: &End, path: &str) {
        let Some(Node::Host { name, nics, .. }) = self.find(&end.node) else {
            self.end(end, path);
            return;
        };
        let known: Vec<&str> = nics.iter().map(|nic| &*nic.iface).chain(["lo", "tunl0"]).collect();
        // A name may be a shell's variable: whether the iface was ever made is known at the end.
        let may_make =
            |line: &Line| ["tunnel", "dummy"].iter().any(|word| line.value.contains(word));
        let in_setup =
            |node: &Located<Node>| node.name() == name && node.script().iter().any(may_make);
        let in_story = self.scenario.story.iter().any(|step| match &step.value {
            Step::Do { on, run } => on == name && run.iter().any(may_make),
            _ => false,
        });
        let is_known = known.contains(&&*end.iface);
        if !is_known && !in_story && !self.scenario.nodes.iter().any(in_setup) {
            let (iface, help) = (&end.iface, suggest(&end.iface, &known));
            let message = text!("`{name}` has no iface `{iface}`", "`{name}` 没有接口 `{iface}`");
            self.error(path, message, help);
        }
    }

    /// What everything would match is no expectation.
    fn words(&mut self, words: &str, path: &str) {
        if words.trim().is_empty() {
            let message = text!("nothing to look for", "没有要找的内容");
            self.error(path, message, text!("say what it must be", "写明应有的内容"));
        }
    }

    /// Words that describe frames; what is meant as a filter must be one.
    fn frames(&mut self, words: &str, path: &str) {
        if words.trim().is_empty() {
            return self.words(words, path);
        }
        let Err(FilterError { at, message, help }) = Words::parse(words) else { return };
        let literal = Mapped::literal(self.places.source.text, self.places.at(path));
        // The loader has filled it once, so it can be filled again.
        let filled = params::fill(&literal, &self.scenario.params).unwrap_or(literal);
        let place = filled.place(at);
        self.errors.push(self.places.source.error(place, path, message, help));
    }

    fn since(&mut self, label: &str, group: &[Located<Expectation>], path: &str, marks: &[&str]) {
        if !marks.contains(&label) {
            let help = match marks {
                [] => text!("set it before: Mark(\"{label}\")", "先设置：Mark(\"{label}\")"),
                marks => suggest(label, marks),
            };
            let message = text!("no mark `{label}` before this", "在此之前没有标记 `{label}`");
            self.error(&format!("{path}[0]"), message, help);
        }
        for (index, part) in group.iter().enumerate() {
            let path = format!("{path}[1][{index}]");
            if matches!(part.value, Expectation::Since(..)) {
                let message = text!("a Since within a Since", "Since 里面又有 Since");
                let help = text!("write them one after the other", "一个接一个地写");
                self.error(&path, message, help);
            } else {
                self.expectation(part, &path, marks);
            }
        }
        if group.is_empty() {
            let message = text!("nothing is expected", "没有任何期望");
            let help = text!("add an expectation", "加上一条期望");
            self.error(&format!("{path}[1]"), message, help);
        }
    }

    /// A server's name as it stands in its answer: a node's, or given with `serve --name`.
    fn server(&mut self, name: &str, path: &str) {
        let given = |line: &str| {
            let mut words = line.split_whitespace();
            words.by_ref().any(|word| word == "--name") && words.next() == Some(name)
        };
        let typed = |line: &Line| given(&line.value);
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
        let help = near_codes(code, codes);
        self.error(path, text!("unknown reason `{code}`", "没有原因 `{code}`"), help);
    }
}

/// So many codes are named to somebody who mistyped one: there are hundreds.
const NEAR: usize = 5;

/// The nearest of the known codes, and where the others of its family are told.
fn near_codes(typed: &str, codes: &[&str]) -> Text {
    let family = |code: &str| code.split('.').next().unwrap_or_default().to_owned();
    let is_close = |known: &&str| family(known) == family(typed);
    let any = codes.iter().copied().any(|known| is_close(&known));
    let wanted = codes.iter().copied().filter(|known| !any || is_close(known));
    let mut near: Vec<(usize, &str)> =
        wanted.map(|known| (strsim::damerau_levenshtein(typed, known), known)).collect();
    near.sort_unstable();
    near.truncate(NEAR);
    let Some(&(far, first)) = near.first() else { return Text::default() };
    let family = family(first);
    let list = near.iter().map(|(_, code)| *code).collect::<Vec<_>>().join(" ");
    let Text { en, zh } = text!(
        "the nearest: {list}; `lvsim explain {family}` lists the family",
        "最接近的：{list}；`lvsim explain {family}` 列出整个一族"
    );
    match far <= typed.chars().count() / 3 {
        true => text!("did you mean {first}? {en}", "是不是想写 {first}？{zh}"),
        false => Text { en, zh },
    }
}
