//! Why something was done or not done: one value a decision, with the inputs that it read.
//!
//! A reason holds numbers and addresses only. Its code is an interface: scenarios expect it, the
//! book links it. The list is in `reason/list.rs`, the words in both languages are in
//! [`crate::explain`].

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, OriginId};

use crate::Mac;
use crate::event::IfaceId;
use crate::frame::EtherType;
use crate::host::sysctl::{Conf, Global, NeighConf, Tracking};
use crate::netfilter::ChainId;

pub use list::Reason;
pub use nature::{Nature, all_natures};

/// An input of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `net.ipv4.conf.NAME` of an interface, or of `all`.
    Conf(Conf, Option<IfaceId>),
    /// `net.ipv4.neigh.NAME` of an interface.
    Neigh(NeighConf, IfaceId),
    /// A knob of which there is one a host.
    Global(Global),
    /// A knob of connection tracking.
    Tracking(Tracking),
    /// Whether an interface is switched on.
    Link(IfaceId),
    /// The MTU of an interface.
    LinkMtu(IfaceId),
    /// The MTU of the route to a destination.
    RouteMtu,
    /// The MTU of the path to a destination, as it was learnt.
    PathMtu,
    /// An address of this host, in the network's order of bytes.
    Address,
}

/// A value in a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// An address.
    Addr(Ipv4Addr),
    /// An address with a port.
    Endpoint(Endpoint),
    /// A MAC address.
    Mac(Mac),
    /// An interface of the node that decided.
    Iface(IfaceId),
    /// Where something was set.
    Origin(OriginId),
    /// A chain of rules.
    Chain(ChainId),
    /// What a frame carries.
    EtherType(EtherType),
    /// A number.
    Number(u64),
}

macro_rules! field_from {
    ($($kind:ty => $variant:ident),*) => {
        $(impl From<$kind> for Field {
            fn from(value: $kind) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

field_from!(
    Ipv4Addr => Addr, Endpoint => Endpoint, Mac => Mac, IfaceId => Iface, OriginId => Origin,
    ChainId => Chain, EtherType => EtherType, u8 => Number, u16 => Number, u32 => Number
);

/// The codes of all reasons, the engine's included.
pub fn all_codes() -> Vec<&'static str> {
    Reason::CODES.iter().chain(lvs_engine::Reason::CODES).copied().collect()
}

/// Defines [`Reason`] with the code and the nature of each variant.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? })? = $code:literal => $nature:ident;)*) => {
        /// Why something was done or not done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            /// The engine's own reasons.
            Ipvs(lvs_engine::Reason),
            /// A decision read a setting. Code `read`.
            Read {
                /// Which.
                what: Setting,
                /// Its value.
                value: u32,
                /// Where it was set.
                origin: OriginId,
            },
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $kind),* })?,)*
        }

        impl Reason {
            /// The codes of this crate's reasons; the engine has its own.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The stable code.
            pub fn code(&self) -> &'static str {
                match self {
                    Self::Ipvs(reason) => reason.code(),
                    Self::Read { .. } => "read",
                    $(Self::$variant $({ $($field: _),* })? => $code,)*
                }
            }

            /// The codes of this crate's reasons with their natures.
            pub(super) const NATURES: &'static [(&'static str, Nature)] =
                &[$(($code, Nature::$nature)),*];

            /// What it says about the packet: a note on the way, or a verdict for or against it.
            pub fn nature(&self) -> Nature {
                match self {
                    Self::Ipvs(reason) => nature::of_engine(reason.code(), reason.outcome()),
                    Self::Read { .. } => Nature::Step,
                    $(Self::$variant $({ $($field: _),* })? => Nature::$nature,)*
                }
            }

            /// The names and values of what it holds; the engine's reasons have their own.
            pub fn fields(&self) -> Vec<(&'static str, Field)> {
                match *self {
                    Self::Ipvs(_) | Self::Read { .. } => Vec::new(),
                    $(Self::$variant $({ $($field),* })? => {
                        vec![$($((stringify!($field), Field::from($field))),*)?]
                    })*
                }
            }
        }
    };
}

mod list;
mod nature;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_reason_stays_small() {
        assert!(size_of::<Reason>() <= 32, "{} bytes", size_of::<Reason>());
    }

    #[test]
    fn codes_are_unique() {
        let unique: BTreeSet<_> = Reason::CODES.iter().collect();
        assert_eq!(unique.len(), Reason::CODES.len());
    }
}
