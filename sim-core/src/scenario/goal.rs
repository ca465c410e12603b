//! What a network is for: who is served by whom, through which node, in whose name.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;

use serde::{Deserialize, Serialize};

use super::written;

/// Who must be served by whom, through which node, in whose name.
///
/// Without `requests` it asks this of every request that `client` makes of `name`, and that there
/// is one. With them it says what each request of the story must come to: so a scenario can be
/// changed by a mistake and still say what it was for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The node that asks.
    pub client: String,
    /// The nodes that may answer.
    pub servers: Vec<String>,
    /// The node that every request crosses.
    #[serde(default)]
    pub through: Option<String>,
    /// The address and port that every answer comes from.
    #[serde(with = "written")]
    pub name: SocketAddrV4,
    /// The requests of the story, of one client to one name in one entry.
    #[serde(default)]
    pub requests: Vec<Requests>,
    /// Other commands of the story that end without an error.
    #[serde(default)]
    pub works: Vec<Works>,
}

/// The requests that one client makes of one name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// The node that asks.
    pub client: String,
    /// The address and port that it asks.
    #[serde(with = "written")]
    pub name: SocketAddrV4,
    /// Over UDP, not TCP.
    #[serde(default)]
    pub udp: bool,
    /// The node whose scheduler picks who answers; none: the one that is asked answers itself.
    #[serde(default)]
    pub through: Option<String>,
    /// How many there are.
    #[serde(with = "written::number")]
    pub times: u32,
    /// The nodes that may answer.
    pub servers: Vec<String>,
    /// How many each of them answers, give or take one; empty: as the scheduler likes.
    #[serde(default)]
    pub shares: BTreeMap<String, u32>,
}

/// A command that must end without an error, such as a ping.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Works {
    /// The host.
    pub on: String,
    /// The command, as it is typed with its variables filled in.
    pub command: String,
    /// How often the story types it.
    #[serde(with = "written::number")]
    pub times: u32,
}
