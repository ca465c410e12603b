//! The story of a scenario: what is told, typed, waited for, asked and expected, in order.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use serde::{Deserialize as DeriveDeserialize, Serialize as DeriveSerialize};

use super::written::{self, Written};
use super::{End, Hex, Line, Located, Loss, Reorder, Text};
use crate::Mac;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize, DeriveSerialize)]
#[serde(deny_unknown_fields)]
pub enum Step {
    /// Prose for the reader.
    Say(Text),
    /// Commands typed on a host, one after the other.
    Do {
        /// The host.
        on: String,
        /// The command lines.
        run: Vec<Line>,
    },
    /// Time passes.
    Wait(Wait),
    /// A place in the story that [`Expectation::Since`] can go back to.
    Mark(String),
    /// What must be so. Expectations without another step between them are one group, and a group
    /// looks at what happened since the group before it.
    Expect(Expectation),
    /// A question with answers to choose from.
    Ask {
        /// The question.
        question: Text,
        /// The answers.
        options: Vec<Text>,
        /// The right one, counted from 0.
        #[serde(with = "written::number")]
        answer: u16,
        /// What to say once it is answered.
        #[serde(default)]
        why: Option<Text>,
    },
    /// A cable is changed; what is absent stays as it is.
    Cable {
        /// Either end of the cable.
        #[serde(with = "written")]
        link: End,
        /// Plugged in or pulled out.
        #[serde(default)]
        up: Option<bool>,
        /// Its new delay.
        #[serde(default, with = "written::option")]
        delay: Option<Duration>,
        /// The share of frames that get lost from now on.
        #[serde(default, with = "written::option")]
        loss: Option<Loss>,
        /// The share of frames that come late from now on, and by how much.
        #[serde(default, with = "written::option")]
        reorder: Option<Reorder>,
        /// The largest packet that it carries from now on.
        #[serde(default, with = "written::number::option")]
        mtu: Option<u16>,
    },
    /// A frame that was made by hand is put on the wire, as long after the step before as a typed
    /// line.
    Inject {
        /// The card by which it leaves.
        #[serde(with = "written")]
        from: End,
        /// Its bytes from the Ethernet header on, in rows as one likes.
        bytes: Vec<Hex>,
    },
    /// A node is switched on or off.
    Power {
        /// The node.
        on: String,
        /// On?
        up: bool,
    },
}

/// How long a story waits: `Wait("2s")`, `Wait(Idle)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// This long.
    For(Duration),
    /// Until nothing is on its way and nobody waits for an answer.
    Idle,
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Wait;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time as text or the word Idle")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Wait, E> {
                Duration::read(text).map(Wait::For).map_err(|wrong| E::custom(wrong.pack()))
            }

            /// RON hands over any bare word like this; the loader has looked which word it is.
            fn visit_unit<E: de::Error>(self) -> Result<Wait, E> {
                Ok(Wait::Idle)
            }
        }

        from.deserialize_any(Reader)
    }
}

impl Serialize for Wait {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::For(time) => to.serialize_str(&time.write()),
            Self::Idle => to.serialize_unit_variant("Wait", 0, "Idle"),
        }
    }
}

/// What must be so.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize, DeriveSerialize)]
#[serde(deny_unknown_fields)]
pub enum Expectation {
    /// Who answered each request, in order (`-`: nobody), and optionally whose requests are meant.
    Served(Vec<String>, #[serde(default, skip_serializing_if = "Option::is_none")] Option<String>),
    /// The nodes that the first frame matching these words went through, and no others.
    Path(String, Vec<String>),
    /// A frame that matches these words crossed this iface.
    Frame {
        /// The iface.
        #[serde(with = "written")]
        on: End,
        /// Words of tcpdump's output, or a filter.
        is: String,
        /// So many such frames and no more; none: at least one.
        #[serde(
            default,
            with = "written::number::option",
            skip_serializing_if = "Option::is_none"
        )]
        times: Option<u32>,
    },
    /// No such frame crossed this iface.
    NoFrame {
        /// The iface.
        #[serde(with = "written")]
        on: End,
        /// Words of tcpdump's output, or a filter.
        is: String,
    },
    /// The node decided something for this reason.
    Because {
        /// The node.
        on: String,
        /// The reason's code.
        code: String,
    },
    /// The node decided nothing for this reason.
    Never {
        /// The node.
        on: String,
        /// The reason's code.
        code: String,
    },
    /// The host's neighbour table has this address with this MAC, given itself or by its owner.
    Neigh {
        /// The host.
        on: String,
        /// The neighbour's address.
        #[serde(with = "written")]
        ip: Ipv4Addr,
        /// The MAC that it is taken to have.
        #[serde(default, with = "written::option")]
        mac: Option<Mac>,
        /// The node that owns that MAC.
        #[serde(default)]
        owner: Option<String>,
    },
    /// The connection table has this many entries.
    Conns {
        /// The director.
        on: String,
        /// Only entries in this state, as `ipvsadm -Lnc` calls it.
        #[serde(default)]
        state: Option<String>,
        /// How many.
        #[serde(with = "written::number")]
        count: u32,
    },
    /// A command's output holds this text.
    Output {
        /// The host.
        on: String,
        /// The command.
        run: Line,
        /// The text.
        has: String,
    },
    /// A table's content has this fingerprint.
    Digest {
        /// The host.
        on: String,
        /// The table's name.
        table: String,
        /// The fingerprint, in hexadecimal.
        is: String,
    },
    /// These, looking back to the mark and not only to the previous group.
    Since(String, Vec<Located<Expectation>>),
}
