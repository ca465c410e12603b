//! Cables and switches carry what was put in, as often as it was put in, and change nothing.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::event::NodeId;
use sim_core::frame::{Frame, FrameBuf, FrameId};
use sim_core::net::{End, Net};
use sim_core::trace::{Dir, Entry, Note};

use super::Checker;

/// Frames are taken off a wire at most once per end, keep their bytes as long as they keep their
/// number, and keep that number in a switch.
#[derive(Clone, Debug, Default)]
pub struct Wires {
    bytes: BTreeMap<FrameId, FrameBuf>,
    /// How often a frame left by an end less how often it arrived at the other.
    under_way: BTreeMap<(FrameId, End), u32>,
    /// What has come to each switch.
    came: BTreeSet<(NodeId, FrameId)>,
}

impl Checker for Wires {
    fn law(&self) -> &'static str {
        "a frame is taken off a wire at most once per end, as it was put in, also by a switch"
    }

    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String> {
        let Note::Frame { iface, dir, frame } = &entry.what else { return Ok(()) };
        let end = End { node: entry.node, iface: *iface };
        self.same_bytes(frame)?;
        let Some((link, side)) = net.link_at(end) else { return Ok(()) };
        match dir {
            Dir::Out => {
                let count = self.under_way.entry((frame.id, end)).or_default();
                *count += 1;
                // A switch may be part of a ring; a host makes a new frame for everything that it
                // sends.
                match net.node(end.node).host() {
                    Some(_) if *count > 1 => {
                        return Err("a host sent it twice by the same interface".into());
                    }
                    None if !self.came.contains(&(end.node, frame.id)) => {
                        return Err("a switch sent what had not come to it".into());
                    }
                    _ => {}
                }
            }
            Dir::In => {
                self.came.insert((end.node, frame.id));
                let from = net.links[link].ends[1 - side];
                match self.under_way.get_mut(&(frame.id, from)) {
                    Some(count) if *count > 0 => *count -= 1,
                    _ => return Err("it came in but was not put in at the other end".into()),
                }
            }
        }
        Ok(())
    }
}

impl Wires {
    fn same_bytes(&mut self, frame: &Frame) -> Result<(), String> {
        let known = self.bytes.entry(frame.id).or_insert_with(|| frame.bytes.clone());
        match known.bytes() == frame.bytes.bytes() {
            true => Ok(()),
            false => Err("its bytes changed, but not its number".into()),
        }
    }
}
