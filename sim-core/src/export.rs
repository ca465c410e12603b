//! What the simulator writes for other programs to read.

pub mod containers;
pub mod netns;
pub mod pcap;
pub mod pcapng;
pub mod setup;
