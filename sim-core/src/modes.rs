//! One request in NAT, DR, TUN and FULLNAT: the same lab, set up for each of the four by rule.
//!
//! A scenario is played up to the first request to its service. From there the director and one
//! real server are changed by the commands that each method needs, and nothing else; the client
//! asks once. What passed the cables is told hop by hop.

mod derive;
mod hops;

use std::net::Ipv4Addr;

pub use lvs_engine::{Endpoint, Method};

pub use hops::Hop;

use crate::scenario::Scenario;
use crate::text::Text;

/// The four methods, in the order in which they are shown.
pub const METHODS: [Method; 4] = [Method::Nat, Method::Dr, Method::Tun, Method::FullNat];

/// One request by each of the four methods.
#[derive(Clone, Debug)]
pub struct Modes {
    /// Who takes part.
    pub cast: Cast,
    /// What is typed for all of them.
    pub common: Vec<Need>,
    /// What came of each method, in the order of [`METHODS`].
    pub plays: Vec<Mode>,
}

/// Who takes part in a request, and by which addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The node that asks.
    pub client: String,
    /// The node with the service.
    pub director: String,
    /// The node that answers: of all real servers the one that most methods reach.
    pub server: String,
    /// The client's address.
    pub cip: Ipv4Addr,
    /// The service.
    pub vip: Endpoint,
    /// The director's own address towards the server.
    pub dip: Ipv4Addr,
    /// The address by which FULLNAT asks.
    pub lip: Ipv4Addr,
    /// The real server.
    pub rip: Endpoint,
    /// The scenario's own method.
    pub own: Method,
}

/// A line that a method needs, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// On which host it is typed.
    pub on: String,
    /// The line.
    pub line: String,
    /// What it is for.
    pub why: Text,
}

/// One request by one method.
#[derive(Clone, Debug)]
pub struct Mode {
    /// The method.
    pub method: Method,
    /// What is typed for it, in order, behind what is typed for all.
    pub needs: Vec<Need>,
    /// Why this lab cannot be set up so; the rest is empty then.
    pub refused: Option<Text>,
    /// The way of the first segment of the request, by hosts.
    pub request: Vec<Hop>,
    /// And of the first segment of the reply.
    pub reply: Vec<Hop>,
    /// Who served the client.
    pub served: Option<String>,
    /// Where it ended if nobody did: the node, and the codes of what it decided then.
    pub ended: Option<(String, String)>,
    /// Where the server sends its answers first.
    pub gateway: Option<Ipv4Addr>,
    /// Frames of the whole request that a host has sent, and their bytes.
    pub sent: (usize, usize),
}

impl Mode {
    /// Whether the client was served, and by way of the director.
    pub fn works(&self, cast: &Cast) -> bool {
        self.served.is_some() && self.request.iter().any(|hop| hop.from == cast.director)
    }
}

impl Modes {
    /// Plays one request by each method.
    ///
    /// # Errors
    /// Why there is no such request in this scenario.
    pub fn of(scenario: &Scenario) -> Result<Self, Text> {
        let mut trial = Trial::of(scenario)?;
        loop {
            match trial.go_on() {
                Ok(modes) => return Ok(modes),
                Err(more) => trial = more,
            }
        }
    }
}

/// The same in the making, a method at a time: for who must not stand still meanwhile.
#[derive(Debug)]
pub struct Trial {
    lab: Box<derive::Lab>,
    plays: Vec<Mode>,
}

impl Trial {
    /// Plays the scenario up to the first request to its service.
    ///
    /// # Errors
    /// Why there is no such request in this scenario.
    pub fn of(scenario: &Scenario) -> Result<Self, Text> {
        Ok(Self { lab: Box::new(derive::Lab::of(scenario)?), plays: Vec::new() })
    }

    /// How many methods were played.
    pub fn played(&self) -> usize {
        self.plays.len()
    }

    /// Plays the next method.
    ///
    /// # Errors
    /// Itself, where others are left to play.
    pub fn go_on(mut self) -> Result<Modes, Self> {
        if let Some(method) = METHODS.get(self.plays.len()) {
            self.plays.push(self.lab.play(*method));
        }
        if self.plays.len() < METHODS.len() {
            return Err(self);
        }
        Ok(Modes { common: self.lab.common(), cast: self.lab.cast.clone(), plays: self.plays })
    }
}
