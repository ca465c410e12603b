//! Whether a network does what it is for: each request answered, through the director, by the
//! server that the scheduler picked, in the VIP's name.
//!
//! A goal is written in the scenario, or derived from its ipvsadm lines and the requests of its
//! story ([`of`]). A run is judged by it ([`Judgement`]): that a page came is not enough, since a
//! real server that answers ARP for the VIP serves pages past the director.

mod derive;
mod judge;
mod seen;
mod told;

#[cfg(test)]
mod tests;

pub use derive::{of, works, written_out};
pub use judge::{Fault, Judgement, Progress};
pub use seen::{Answer, Pick, Request, requests};
pub(crate) use seen::{Ask, commands};

pub use crate::scenario::{Goal, Requests, Works};

use crate::event::NodeId;

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Answered as it should be.
    Served,
    /// It never left: no port could be taken, or no route leads there.
    NotSent,
    /// No answer came.
    Unanswered,
    /// An answer came, but no scheduler has seen the request: it works and is broken.
    PastDirector {
        /// Who answered, if that can be told.
        by: Option<NodeId>,
    },
    /// An answer came from somebody else than the scheduler has picked.
    NotPicked {
        /// Who answered.
        by: NodeId,
        /// Whom the scheduler has picked.
        picked: std::net::Ipv4Addr,
    },
    /// An answer came from somebody who is none of the servers.
    Stranger {
        /// Who answered.
        by: NodeId,
    },
    /// An answer came in another name than the one that was asked.
    OtherName {
        /// In whose.
        from: std::net::SocketAddrV4,
    },
}
