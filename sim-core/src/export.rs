//! What the simulator writes for other programs to read, and for people without it.

pub mod containers;
pub mod html;
pub mod ladder;
pub mod netns;
pub mod palette;
pub mod pcap;
pub mod pcapng;
pub mod played;
pub mod setup;
