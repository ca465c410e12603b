//! What the sandbox asks for in a line, and what there is to choose from.

use sim_core::scenario::{End, Node, Scenario};
use sim_core::{Lang, Text, text};

use super::start;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What a new lab begins with.
    Start,
    /// Which machine is added.
    Add,
    /// Where a cable begins.
    From,
    /// Where it ends.
    To,
    /// A new name.
    Name,
    /// What a cable is like.
    Tune,
    /// The file to save as.
    Save {
        /// Whether lvsim is left then.
        quits: bool,
        /// Whether a file of this name is there, and was said to be.
        there: bool,
    },
    /// Whether to leave although something is not saved.
    Leave,
}

/// A row to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: Text,
}

/// A machine that can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who asks.
    Client,
    /// Who forwards.
    Router,
    /// Who runs IPVS.
    Director,
    /// Who serves.
    Server,
    /// A switch.
    Switch,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Client, Self::Router, Self::Director, Self::Server, Self::Switch];

    /// What it is called where it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Router => "router",
            Self::Director => "director",
            Self::Server => "server",
            Self::Switch => "switch",
        }
    }

    fn about(self) -> Text {
        match self {
            Self::Client => text!("a host with one card", "一块网卡的主机"),
            Self::Router => text!(
                "a host with two cards that forwards (ip_forward=1)",
                "两块网卡、开启转发的主机（ip_forward=1）"
            ),
            Self::Director => text!(
                "a host with one card; the next cable brings another",
                "一块网卡的主机；再接网线会再加一块"
            ),
            Self::Server => text!(
                "a real server, rs1 and so on: a host with one card",
                "真实服务器 rs1 等：一块网卡的主机"
            ),
            Self::Switch => text!(
                "an Ethernet switch; it has as many places as cables need",
                "以太网交换机；口的个数随网线增加"
            ),
        }
    }
}

/// An iface that a cable can go into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free {
    /// Where.
    pub end: End,
    /// Whether it comes with the cable.
    pub is_new: bool,
}

/// A host has so many cards at most, and a switch so many places.
pub const CARDS: usize = 8;
/// See [`CARDS`].
pub const PLACES: u16 = 64;

/// All ends that a cable can go into: of each machine the free ones, or else a new one.
pub fn free(scenario: &Scenario) -> Vec<Free> {
    let is_taken = |end: &End| scenario.links.iter().any(|link| link.a == *end || link.b == *end);
    let mut found = Vec::new();
    for node in &scenario.nodes {
        let end = |iface: String| End { node: node.name().to_owned(), iface };
        match &node.value {
            Node::Host { nics, .. } => {
                let own = nics.iter().map(|nic| end(nic.iface.clone()));
                let before = found.len();
                found.extend(
                    own.filter(|end| !is_taken(end)).map(|end| Free { end, is_new: false }),
                );
                let named = |at: &usize| nics.iter().all(|nic| nic.iface != format!("eth{at}"));
                if found.len() == before && nics.len() < CARDS {
                    let next = (0..=CARDS).find(named).unwrap_or(CARDS);
                    found.push(Free { end: end(format!("eth{next}")), is_new: true });
                }
            }
            Node::Switch { ports, .. } => {
                let next = (0..*ports).map(|port| end(port.to_string())).find(|end| !is_taken(end));
                let more = || (*ports < PLACES).then(|| end(ports.to_string()));
                let is_new = next.is_none();
                found.extend(next.or_else(more).map(|end| Free { end, is_new }));
            }
        }
    }
    found
}

/// What there is to choose from, before anything is typed; of a line that only is typed, nothing.
///
/// `from` is where the cable begins that is being put in, `titles` are the shipped scenarios.
pub fn all(
    asked: Asked,
    scenario: Option<&Scenario>,
    from: Option<&End>,
    titles: impl Iterator<Item = (String, Text)>,
) -> Vec<Choice> {
    match (asked, scenario) {
        (Asked::Start, _) => {
            let all = start::all(titles).into_iter();
            all.map(|(name, about)| Choice { name, about }).collect()
        }
        (Asked::Add, _) => Role::ALL
            .into_iter()
            .map(|role| Choice { name: role.name().into(), about: role.about() })
            .collect(),
        (Asked::From | Asked::To, Some(scenario)) => {
            let is_other = |free: &Free| from.is_none_or(|from| from.node != free.end.node);
            let all = free(scenario).into_iter().filter(is_other);
            all.map(|free| Choice { name: free.end.to_string(), about: about(&free) }).collect()
        }
        _ => Vec::new(),
    }
}

fn about(free: &Free) -> Text {
    match free.is_new {
        true => text!("comes with the cable", "随网线一起加上"),
        false => text!("free", "空着"),
    }
}

/// Those in whose name, or in what they are, there is what was typed.
pub fn fitting(all: Vec<Choice>, typed: &str, lang: Lang) -> Vec<Choice> {
    let words = typed.trim().to_lowercase();
    let mut found: Vec<Choice> = all
        .into_iter()
        .filter(|own| {
            own.name.contains(&words) || own.about.of(lang).to_lowercase().contains(&words)
        })
        .collect();
    // Whoever types a whole name means it.
    found.sort_by_key(|own| (own.name != words, !own.name.starts_with(&words)));
    found
}
