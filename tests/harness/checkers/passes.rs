//! What a host did with each packet that came in: whether it was put together, unpacked, forwarded,
//! and how IPVS edited it.
//!
//! Read from the notes of the event in which it came. The frame that leaves may be a later event's:
//! it waits for its neighbour's address.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_engine::Outer;
use sim_core::event::{NodeId, Seq};
use sim_core::frame::{Frame, FrameId};
use sim_core::net::Net;
use sim_core::reason::Reason;
use sim_core::trace::{Dir, Entry, Note};
use sim_core::{Instant, Rewrite};

use crate::packet::Ip;

/// How long a host keeps pieces (net.ipv4.ipfrag_time).
const PIECES_WAIT: Duration = Duration::from_secs(30);

/// One edit of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// Plain forwarding: the TTL falls by one.
    Forward,
    /// By IPVS, or by netfilter's NAT.
    Ipvs(Rewrite),
    /// A tunnel's outer header; a packet that was cut before has one around each piece.
    Tunnel(Outer),
}

/// A packet's way through a host.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The packet before the edits: as it came, or put together, or unpacked.
    pub(super) packet: Vec<u8>,
    /// The mark of congestion may have been carried inwards.
    pub(super) unpacked: bool,
    /// The edits, in order.
    pub(super) edits: Vec<Edit>,
}

/// The pieces of one packet: offset, whole piece, when it came, in which frame.
type Pieces = Vec<(usize, Vec<u8>, Instant, FrameId)>;
/// What tells the pieces of one packet from others.
type Key = (NodeId, (std::net::Ipv4Addr, std::net::Ipv4Addr, u8, [u8; 2]));

/// All passes so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Passes {
    all: Vec<Pass>,
    by_frame: BTreeMap<(NodeId, FrameId), Vec<usize>>,
    pieces: BTreeMap<Key, Pieces>,
    current: Option<Current>,
}

/// The packet whose event is being read.
#[derive(Clone, Debug)]
struct Current {
    seq: Seq,
    node: NodeId,
    at: Instant,
    frame: FrameId,
    pass: usize,
    /// A packet of the host's own is shown to IPVS; its decision and edit are not this packet's.
    own: Own,
    /// The next edit is a tunnel's.
    wraps: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    No,
    Asked,
    Decided,
}

/// A frame that a host made of another one: a child, its node and its packet.
pub(super) struct Child<'a> {
    pub(super) passes: Vec<&'a Pass>,
    pub(super) packet: Ip<'a>,
}

impl Passes {
    /// Reads an entry; if it is a frame that leaves and has a parent, says what that parent went
    /// through.
    pub(super) fn see<'a>(
        &'a mut self,
        net: &Net,
        entry: &'a Entry,
    ) -> Result<Option<Child<'a>>, String> {
        if net.node(entry.node).host().is_none() {
            return Ok(None);
        }
        match &entry.what {
            Note::Frame { dir, iface, frame } => {
                let on_lo = iface.0 == 0;
                let leaves = *dir == Dir::Out || on_lo;
                if *dir == Dir::In {
                    self.arrive(entry, frame);
                }
                match frame.parent {
                    Some(parent) if leaves => self.child(entry.node, parent, frame).map(Some),
                    _ => Ok(None),
                }
            }
            Note::Why(reason) => {
                self.reason(entry, *reason);
                Ok(None)
            }
            Note::Rewrite(rewrite) => {
                self.edit(entry, Edit::Ipvs(*rewrite));
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn child<'a>(
        &'a self,
        node: NodeId,
        parent: FrameId,
        frame: &'a Frame,
    ) -> Result<Child<'a>, String> {
        let known = self.by_frame.get(&(node, parent));
        let known =
            known.ok_or_else(|| format!("its parent, frame {}, never came here", parent.0))?;
        let packet = Ip::of_frame(frame.bytes.bytes()).ok_or("a child that is no IPv4 packet")?;
        Ok(Child { passes: known.iter().map(|&at| &self.all[at]).collect(), packet })
    }

    fn arrive(&mut self, entry: &Entry, frame: &Frame) {
        self.current = None;
        let Some(packet) = Ip::of_frame(frame.bytes.bytes()) else { return };
        let packet = packet.bytes().to_vec();
        let pass = self.all.len();
        self.all.push(Pass { packet, unpacked: false, edits: Vec::new() });
        self.by_frame.entry((entry.node, frame.id)).or_default().push(pass);
        let (seq, node, at) = (entry.seq, entry.node, entry.at);
        self.current =
            Some(Current { seq, node, at, frame: frame.id, pass, own: Own::No, wraps: false });
    }

    fn current(&mut self, entry: &Entry) -> Option<&mut Current> {
        self.current.as_mut().filter(|own| (own.seq, own.node) == (entry.seq, entry.node))
    }

    fn edit(&mut self, entry: &Entry, edit: Edit) {
        let Some(current) = self.current(entry) else { return };
        let edit = match edit {
            Edit::Ipvs(Rewrite { outer: Some(outer), .. }) if current.wraps => {
                current.wraps = false;
                Edit::Tunnel(outer)
            }
            edit => edit,
        };
        if current.own == Own::Decided {
            current.own = Own::No;
            return;
        }
        let pass = current.pass;
        self.all[pass].edits.push(edit);
    }

    fn reason(&mut self, entry: &Entry, reason: Reason) {
        let Some(current) = self.current(entry) else { return };
        match reason {
            Reason::IpForward { .. } => self.edit(entry, Edit::Forward),
            Reason::IpSend { .. } => current.own = Own::Asked,
            // What was made here ended before IPVS: its next decision is about what came.
            Reason::NatRedirectDropped { .. } => current.own = Own::No,
            Reason::Ipvs(reason) if reason.outcome().is_some() => {
                current.own = match current.own {
                    Own::Asked => Own::Decided,
                    Own::No | Own::Decided => Own::No,
                };
            }
            Reason::TunnelUnpacked { .. } => self.unpack(),
            Reason::TunnelWrapped { .. } => current.wraps = true,
            Reason::FragmentWaits { .. } => self.keep_piece(),
            Reason::FragmentsJoined { .. } => self.join(),
            _ => {}
        }
    }

    fn unpack(&mut self) {
        let Some(current) = &self.current else { return };
        let pass = &mut self.all[current.pass];
        let inner = Ip::read(&pass.packet).and_then(|outer| outer.inner());
        if let Some(inner) = inner.map(|inner| inner.bytes().to_vec()) {
            (pass.packet, pass.unpacked) = (inner, true);
        }
    }

    fn keep_piece(&mut self) {
        let Some(current) = &self.current else { return };
        let packet = self.all[current.pass].packet.clone();
        let Some(piece) = Ip::read(&packet) else { return };
        let (key, offset) = ((current.node, piece.whole()), piece.offset());
        let pieces = self.pieces.entry(key).or_default();
        pieces.retain(|&(_, _, came, _)| current.at - came <= PIECES_WAIT);
        pieces.push((offset, packet, current.at, current.frame));
    }

    /// Puts the pieces together; whichever of them is called the parent of what leaves, its pass is
    /// this one.
    fn join(&mut self) {
        self.keep_piece();
        let Some(Current { node, pass, .. }) = self.current else { return };
        let Some(piece) = Ip::read(&self.all[pass].packet) else { return };
        let mut pieces = self.pieces.remove(&(node, piece.whole())).unwrap_or_default();
        pieces.sort_by_key(|&(offset, ..)| offset);
        let mut whole = Vec::new();
        for (offset, packet, _, frame) in &pieces {
            let Some(piece) = Ip::read(packet) else { continue };
            if whole.is_empty() {
                whole.extend_from_slice(piece.header());
            }
            let head = usize::from(whole[0] & 15) * 4;
            // A piece may come twice.
            if whole.len() == head + offset {
                whole.extend_from_slice(piece.payload());
            }
            let known = self.by_frame.entry((node, *frame)).or_default();
            if !known.contains(&pass) {
                known.push(pass);
            }
        }
        if let Ok(total) = u16::try_from(whole.len())
            && total >= 20
        {
            whole[2..4].copy_from_slice(&total.to_be_bytes());
            whole[6..8].fill(0);
            self.all[pass].packet = whole;
        }
    }
}
