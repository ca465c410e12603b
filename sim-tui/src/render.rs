//! A trace as text: one line for each frame on each interface, and for each decision.

use std::collections::BTreeMap;

use sim_core::event::{IfaceId, NodeId};
use sim_core::names::Names;
use sim_core::net::Net;
use sim_core::origin::Origins;
use sim_core::reason::Reason;
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::trace::{Dir, Entry, Note};
use sim_core::{Instant, Rewrite, text};

use crate::lang::Lang;

/// Prints the entries of one trace, in order.
pub struct Renderer {
    lang: Lang,
    /// One memory of connections for each interface, as one tcpdump for each would have.
    printers: BTreeMap<(NodeId, IfaceId), Tcpdump>,
    /// The inputs of the decision that comes next.
    inputs: Vec<(NodeId, Reason)>,
}

/// The widest node name that the columns make room for.
const NODE_WIDTH: usize = 10;

/// Where what does not fit on a terminal's line hangs: below the first word behind time, node and interface.
pub const DETAIL: usize = 32;

impl Renderer {
    /// A printer at the start of a trace.
    pub fn new(lang: Lang) -> Self {
        Self { lang, printers: BTreeMap::new(), inputs: Vec::new() }
    }

    /// The lines of an entry; none for what only belongs to the next one.
    pub fn lines(&mut self, entry: &Entry, net: &Net, origins: &Origins) -> Vec<String> {
        let at = entry.at;
        let head = head(at, &net.node(entry.node).name);
        match &entry.what {
            Note::Frame { iface, dir, frame } => {
                let line = self.printer(entry.node, *iface).only_line(frame.bytes.bytes());
                let name = net.node(entry.node).iface_name(*iface);
                vec![self::frame(&head, &name, *dir == Dir::In, &line)]
            }
            Note::Packet { iface, dir, bytes } => {
                let line = self.printer(entry.node, *iface).packet_line(bytes.bytes());
                let name = net.node(entry.node).iface_name(*iface);
                vec![self::frame(&head, &name, *dir == Dir::In, &line)]
            }
            Note::Why(reason @ Reason::Read { .. }) => {
                self.inputs.push((entry.node, *reason));
                Vec::new()
            }
            Note::Why(reason) => {
                let names = Names { net, origins, node: entry.node, lang: self.lang };
                let inputs: Vec<String> = std::mem::take(&mut self.inputs)
                    .into_iter()
                    .filter(|(node, _)| *node == entry.node)
                    .map(|(_, input)| names.detail(&input))
                    .collect();
                let detail = names.detail(reason);
                let mut line = format!("{head}          {}", reason.code());
                if !detail.is_empty() {
                    line.push_str("  ");
                    line.push_str(&detail);
                }
                if !inputs.is_empty() {
                    line.push_str(&format!("  [{}]", inputs.join("; ")));
                }
                vec![line]
            }
            Note::Injected { iface, len, .. } => {
                let name = net.node(entry.node).iface_name(*iface);
                let said = text!("a frame made by hand, {len} bytes", "手工构造的帧，{len} 字节");
                vec![format!("{head} {name:<6} -- {}", said.of(self.lang))]
            }
            Note::Typed { text, .. } => vec![typed(&head, text)],
            Note::Output { text, .. } => said(&head, &self.lang.said(text)),
            Note::Asked { .. } | Note::Probed { .. } => Vec::new(),
            Note::Rewrite(rewrite) => {
                vec![format!("{head}          ~ {}", edits(rewrite, self.lang))]
            }
            Note::Ended { status: code, .. } => {
                status(&head, *code, self.lang).into_iter().collect()
            }
            Note::Served { by, .. } => {
                let word = self.lang.pick("served by", "服务者");
                vec![format!("{head} * {word} {by}")]
            }
        }
    }

    fn printer(&mut self, node: NodeId, iface: IfaceId) -> &mut Tcpdump {
        self.printers.entry((node, iface)).or_insert_with(|| Tcpdump::new(Options::default()))
    }
}

/// What each line begins with.
pub fn head(at: Instant, node: &str) -> String {
    format!("{at:>11}  {node:<NODE_WIDTH$}")
}

/// A frame on an interface, in tcpdump's words.
pub fn frame(head: &str, iface: &str, inward: bool, line: &str) -> String {
    let arrow = if inward { "<" } else { ">" };
    format!("{head} {iface:<6} {arrow} {line}")
}

/// A command.
pub fn typed(head: &str, text: &str) -> String {
    format!("{head} $ {text}")
}

/// What a command said.
pub fn said(head: &str, text: &str) -> Vec<String> {
    text.lines().map(|line| format!("{head} | {line}").trim_end().to_owned()).collect()
}

/// How a command ended, if it failed.
pub fn status(head: &str, status: u8, lang: Lang) -> Option<String> {
    let word = lang.pick("exit status", "退出状态");
    (status != 0).then(|| format!("{head} | ({word} {status})"))
}

/// What IPVS edits, field by field.
fn edits(rewrite: &Rewrite, lang: Lang) -> String {
    let mut fields = Vec::new();
    if rewrite.age {
        fields.push("ttl -1".to_owned());
    }
    if let Some(src) = rewrite.src {
        fields.push(format!("src {src}"));
    }
    if let Some(dst) = rewrite.dst {
        fields.push(format!("dst {dst}"));
    }
    if let Some(outer) = rewrite.outer {
        fields.push({
            let word = lang.pick("outer ip", "外层 ip");
            format!("{word} {} > {}", outer.src, outer.dst)
        });
    }
    if rewrite.quoted.is_some() {
        fields.push(lang.pick("quoted packet likewise", "引用的报文同样修改").to_owned());
    }
    fields.join(", ")
}
