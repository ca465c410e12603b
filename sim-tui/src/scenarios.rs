//! The scenarios and labs that lvsim carries with it.

/// Name and text of each shipped scenario, in the order of their names.
pub static SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Name and text of each file of a lab.
pub type Files = &'static [(&'static str, &'static str)];

/// The shipped labs, in the order of their names, each with its files.
pub static LABS: &[(&str, Files)] = include!(concat!(env!("OUT_DIR"), "/labs.rs"));
