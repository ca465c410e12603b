//! What the simulator writes for other programs to read.

pub mod pcap;
pub mod pcapng;
