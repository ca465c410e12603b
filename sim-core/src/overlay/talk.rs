//! The frames of one interface, put together to conversations, each a list of steps in the order in
//! which they were first seen.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::shape::{Key, Shape, Step};

/// A step, and where it was first seen.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub step: Step,
    /// The place of its first frame.
    pub frame: usize,
    /// How many frames are it.
    pub count: usize,
}

/// What a client has with whoever answers it, from one SYN to the next; the pings of one process;
/// who asks for whom by ARP.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub key: Key,
    /// Whom the client asked first.
    pub peer: (Ipv4Addr, u16),
    pub steps: Vec<Placed>,
    /// The places of all its frames.
    pub frames: Vec<usize>,
    begun: Option<u32>,
}

impl Talk {
    /// What conversations of one kind have in common: the client, and whom it asked.
    pub(super) fn class(&self) -> (u8, Ipv4Addr, (Ipv4Addr, u16)) {
        let (proto, client) = match self.key {
            Key::Ports(proto, client, _) => (proto, client),
            Key::Echo(client, _) => (1, client),
            Key::Arp(sender, _) => (0, sender),
            Key::Other(proto, one, _) => (proto, one),
        };
        (proto, client, self.peer)
    }
}

/// All that passed an interface, of either side.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// In the order of their first frames.
    pub talks: Vec<Talk>,
    /// ARP, by who asks for whom.
    pub arps: Vec<Talk>,
    /// How many frames there are.
    pub frames: usize,
    /// How many of them were ARP questions to somebody known, and answers to these.
    pub probes: usize,
}

impl Side {
    /// Puts the frames together that have a shape, by their places.
    pub(super) fn of(frames: usize, shapes: &[(usize, Shape)]) -> Self {
        let mut side = Self { frames, ..Self::default() };
        let mut talks: BTreeMap<Key, usize> = BTreeMap::new();
        let mut arps: BTreeMap<Key, usize> = BTreeMap::new();
        let mut probes: BTreeMap<Key, usize> = BTreeMap::new();
        for (place, shape) in shapes {
            if shape.is_probe {
                *probes.entry(shape.key).or_default() += 1;
                side.probes += 1;
                continue;
            }
            let is_arp = matches!(shape.key, Key::Arp(..));
            let is_answer =
                || shape.steps.iter().any(|own| own.role == super::shape::Role::ArpAnswer);
            if is_arp
                && is_answer()
                && let Some(open @ 1..) = probes.get_mut(&shape.key)
            {
                *open -= 1;
                side.probes += 1;
                continue;
            }
            let (list, index) = match is_arp {
                true => (&mut side.arps, &mut arps),
                false => (&mut side.talks, &mut talks),
            };
            let known = index.get(&shape.key).copied();
            // A SYN of another number begins another conversation between the same ports.
            let is_new = |talk: &Talk| {
                shape.begins.is_some() && talk.begun.is_some() && shape.begins != talk.begun
            };
            let at = known.filter(|at| !is_new(&list[*at])).unwrap_or_else(|| {
                let (key, peer) = (shape.key, shape.peer);
                list.push(Talk { key, peer, steps: Vec::new(), frames: Vec::new(), begun: None });
                index.insert(key, list.len() - 1);
                list.len() - 1
            });
            let talk = &mut list[at];
            talk.begun = talk.begun.or(shape.begins);
            talk.frames.push(*place);
            for step in &shape.steps {
                match talk.steps.iter_mut().find(|own| own.step == *step) {
                    Some(own) => own.count += 1,
                    None => talk.steps.push(Placed { step: step.clone(), frame: *place, count: 1 }),
                }
            }
        }
        side
    }
}
