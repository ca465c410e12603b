//! What all integration tests share: the scenario files, how they are played, who watches, and the
//! committed files of results.

pub mod checkers;
pub mod files;
pub mod fingerprint;
pub mod golden;
pub mod lab;
pub mod lvsim;
pub mod matrix;
pub mod overlay;
pub mod packet;
pub mod plays;
pub mod schema;
pub mod sum;
