//! The scenarios that lvsim carries with it.

/// Name and text of each shipped scenario, in the order of their names.
pub static SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));
