//! lvsim.
fn main() {}
