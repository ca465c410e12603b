//! The network of a scenario: machines, where a cable goes in, and the cables.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Line, Located, written};
use crate::Mac;

/// A machine. Client, router, director and real server are hosts with other commands typed in.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub enum Node {
    /// A Linux host.
    Host {
        /// Its name: letters, digits, `-` and `_`.
        name: String,
        /// Its Ethernet cards, in order.
        #[serde(default)]
        nics: Vec<Nic>,
        /// What listens from the start, as in `http 80`; see [`Node::script`].
        #[serde(default)]
        serves: Vec<Line>,
        /// The commands typed before the story begins.
        #[serde(default)]
        setup: Vec<Line>,
    },
    /// An Ethernet switch that learns.
    Switch {
        /// Its name, by the same rules.
        name: String,
        /// How many ifaces it has; they are called `0`, `1`, ….
        #[serde(with = "written::number")]
        ports: u16,
    },
}

impl Node {
    /// The node's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Host { name, .. } | Self::Switch { name, .. } => name,
        }
    }

    /// Whether a cable can go in here.
    pub fn has_iface(&self, iface: &str) -> bool {
        match self {
            Self::Host { nics, .. } => nics.iter().any(|nic| nic.iface == iface),
            // Compared as text: `02` and `+2` are not how a switch's iface is called.
            Self::Switch { ports, .. } => (0..*ports).any(|port| port.to_string() == iface),
        }
    }

    /// All that is typed before the story: the setup, then one `serve … &` for each of `serves`.
    pub fn script(&self) -> Vec<Line> {
        let Self::Host { name, serves, setup, .. } = self else { return Vec::new() };
        let serve = |line: &Line| {
            let [before, after] = serve_line(name);
            let typed = format!("{before}{}{after}", line.value);
            Located { origin: line.origin, ..Located::from(typed) }
        };
        setup.iter().cloned().chain(serves.iter().map(serve)).collect()
    }
}

/// What stands around a text of `serves` when it is typed as a command.
pub(super) fn serve_line(node: &str) -> [String; 2] {
    ["serve ".into(), format!(" --name {node} &")]
}

/// An Ethernet card, written `("eth0", "02:00:00:00:00:51")` or with its MTU as a third.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "NicForm", into = "NicForm")]
pub struct Nic {
    /// The interface's name.
    pub iface: String,
    /// Its address.
    pub mac: Mac,
    /// Its MTU; absent: 1500.
    pub mtu: Option<u16>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename = "Nic", expecting = "an iface: its name, its MAC address and perhaps its MTU")]
struct NicForm(
    String,
    #[serde(with = "written")] Mac,
    #[serde(default, with = "written::number::option", skip_serializing_if = "Option::is_none")]
    Option<u16>,
);

impl From<NicForm> for Nic {
    fn from(NicForm(iface, mac, mtu): NicForm) -> Self {
        Self { iface, mac, mtu }
    }
}

impl From<Nic> for NicForm {
    fn from(Nic { iface, mac, mtu }: Nic) -> Self {
        Self(iface, mac, mtu)
    }
}

/// A cable between two ifaces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// One end.
    #[serde(with = "written")]
    pub a: End,
    /// The other.
    #[serde(with = "written")]
    pub b: End,
    /// How long a frame is on its way, in either direction.
    #[serde(default = "one_millisecond", with = "written")]
    pub delay: Duration,
    /// How much goes through; absent: without limit.
    #[serde(default, with = "written::option")]
    pub bandwidth: Option<Rate>,
    /// The share of frames that get lost.
    #[serde(default, with = "written::option")]
    pub loss: Option<Loss>,
    /// The share of frames that come late, and by how much.
    #[serde(default, with = "written::option")]
    pub reorder: Option<Reorder>,
    /// The largest packet that the cable carries; a larger one is lost without a word.
    #[serde(default, with = "written::number::option")]
    pub mtu: Option<u16>,
}

const fn one_millisecond() -> Duration {
    Duration::from_millis(1)
}

/// Where a cable goes in, written `rs1:eth0`; the iface of a switch is its number, `lan:2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// The node's name.
    pub node: String,
    /// The iface's name.
    pub iface: String,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.iface)
    }
}

/// Bits per second, written as `tc` does: `10mbit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub u64);

/// A share of frames in millionths, written `0.1%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss(pub u32);

/// A share of frames that come so much later than they should, written `25% by 10ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reorder {
    /// How many.
    pub share: Loss,
    /// How much later.
    pub by: Duration,
}

/// An IPv4 net of `/1` to `/30`, written `172.16.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    /// Its first address.
    pub addr: Ipv4Addr,
    /// How many bits name the net.
    pub prefix: u8,
}

impl Net {
    /// The bits that name a host; all set, it is the net's broadcast.
    pub(super) fn hosts(self) -> u32 {
        u32::MAX.checked_shr(self.prefix.into()).unwrap_or(0)
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.prefix)
    }
}
