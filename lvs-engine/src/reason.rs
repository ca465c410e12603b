//! Why the engine did what it did, as data: the form of a reason. `list` holds the reasons. The
//! words are the driver's: a code names each reason for good.
//!
//! A decision is a row of notes: what was read and weighed, then one terminal reason, from which
//! the verdict's kind follows (`outcome`). Codes are part of the interface: renaming one breaks
//! callers.

use core::fmt;

use crate::{Endpoint, OriginId, Setting, State};

/// A value that a reason holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// An address with a port.
    Endpoint(Endpoint),
    /// Where something was set.
    Origin(OriginId),
    /// A connection's state.
    State(State),
    /// A setting.
    Setting(Setting),
    /// A number.
    Number(u64),
}

impl fmt::Display for Field {
    /// An origin is shown by its number; only the driver knows what it stands for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(end) => end.fmt(f),
            Self::Origin(OriginId(id)) => write!(f, "origin {id}"),
            Self::State(state) => f.write_str(state.name()),
            Self::Setting(setting) => f.write_str(setting.name()),
            Self::Number(number) => number.fmt(f),
        }
    }
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

field_from!(Endpoint => Endpoint, OriginId => Origin, State => State, Setting => Setting);
field_from!(u8 => Number, u16 => Number, u32 => Number, u64 => Number);

/// Writes the enum, its codes and its outcomes from one table, so that they cannot drift apart.
macro_rules! reasons {
    ($(
        $(#[$doc:meta])*
        $name:ident $({ $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* })? = $code:literal
        $(=> $outcome:ident)?;
    )*) => {
        /// Why something was done or not done: ids, addresses and numbers only.
        ///
        /// ```
        /// use lvs_engine::{Outcome, Reason};
        /// assert_eq!(Reason::NotToUs.code(), "ipvs.accept.not-to-us");
        /// assert_eq!(Reason::NotToUs.outcome(), Some(Outcome::Accept));
        /// assert!(Reason::CODES.contains(&"ipvs.conn.new"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $(
                $(#[$doc])*
                #[doc = concat!(" Code `", $code, "`.")]
                $name $({ $( $(#[$field_doc])* $field: $type, )* })?,
            )*
        }

        impl Reason {
            /// The codes of all reasons, in the order of their definition.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The codes with the verdict's kind that each ends a decision with; `None` if more
            /// reasons follow.
            pub const OUTCOMES: &'static [(&'static str, Option<Outcome>)] =
                &[$(($code, reasons!(@outcome $($outcome)?))),*];

            /// The stable name of this kind of reason.
            pub const fn code(&self) -> &'static str {
                match self { $( Self::$name { .. } => $code, )* }
            }

            /// The verdict's kind that this reason ends a decision with; `None` if more reasons
            /// follow.
            pub const fn outcome(&self) -> Option<Outcome> {
                match self { $( Self::$name { .. } => reasons!(@outcome $($outcome)?), )* }
            }

            /// Shows name and value of each thing that this reason holds, in order.
            pub fn fields(&self, show: &mut dyn FnMut(&'static str, Field)) {
                match *self {
                    $( Self::$name $({ $($field),* })? => {
                        $($( show(stringify!($field), Field::from($field)); )*)?
                        let _ = &mut *show;
                    } )*
                }
            }
        }
    };
    (@outcome) => { None };
    (@outcome $outcome:ident) => { Some(Outcome::$outcome) };
}

mod list;

pub use list::Reason;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_small_and_its_code_its_own() {
        assert!(size_of::<Reason>() <= 28, "{}", size_of::<Reason>());
        assert!(size_of::<Option<Reason>>() == size_of::<Reason>(), "a wrapper finds a niche");
        let mut codes = alloc::vec::Vec::from(Reason::CODES);
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::CODES.len());
        assert!(codes.iter().all(|code| code.starts_with("ipvs.")));
    }
}
