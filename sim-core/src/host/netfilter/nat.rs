//! Address translation: decided by the nat table for a connection's first packet, done to every
//! packet by its entry.
//!
//! Linux 6.1: net/netfilter/nf_nat_core.c, nf_nat_proto.c, nf_nat_masquerade.c, nf_nat_redirect.c.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use lvs_engine::{Endpoint, Instant, OriginId, Rewrite};
use rand_core::RngCore;

use super::{Decision, Passage};
use crate::event::{Cx, IfaceId, Rng};
use crate::host::Host;
use crate::host::conntrack::{Conntrack, Ct, Dir, Entry, Manip, Standing, Tuple};
use crate::host::icmp;
use crate::host::iface::RouteScope;
use crate::host::packet::Skb;
use crate::netfilter::{Chain, ChainId, NatRange, Table, Target};
use crate::reason::Reason;

/// Which end is translated at a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Src,
    Dst,
}

impl End {
    const fn at(chain: Chain) -> Self {
        match chain {
            Chain::Prerouting | Chain::Output | Chain::Forward => Self::Dst,
            Chain::Input | Chain::Postrouting => Self::Src,
        }
    }

    /// What this hook changes of a packet of this direction was decided for this end.
    const fn decided(self, dir: Dir) -> Self {
        match (self, dir) {
            (Self::Src, Dir::Original) | (Self::Dst, Dir::Reply) => Self::Src,
            (Self::Dst, Dir::Original) | (Self::Src, Dir::Reply) => Self::Dst,
        }
    }

    const fn manip(self, entry: &Entry) -> Manip {
        match self {
            Self::Src => entry.src,
            Self::Dst => entry.dst,
        }
    }

    const fn of(self, tuple: &Tuple) -> Endpoint {
        match self {
            Self::Src => tuple.src,
            Self::Dst => tuple.dst,
        }
    }

    fn of_mut(self, tuple: &mut Tuple) -> &mut Endpoint {
        match self {
            Self::Src => &mut tuple.src,
            Self::Dst => &mut tuple.dst,
        }
    }
}

/// Where to. Linux: struct nf_nat_range2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) addrs: RangeInclusive<Ipv4Addr>,
    pub(super) ports: Option<RangeInclusive<u16>>,
}

impl Range {
    fn one(addr: Ipv4Addr, ports: Option<RangeInclusive<u16>>) -> Self {
        Self { addrs: addr..=addr, ports }
    }
}

impl Host {
    /// The nat table's place in a hook. Linux 6.1 nf_nat_core.c, nf_nat_inet_fn.
    pub(super) fn nat(
        &mut self,
        chain: Chain,
        passage: Passage,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if !self.netfilter.as_ref().is_some_and(|netfilter| netfilter.has_nat()) {
            return Some(skb);
        }
        let Some((entry, standing, dir)) = self.entry_of(&skb) else { return Some(skb) };
        if standing == Standing::Related && skb.view().proto() == icmp::PROTO {
            return self.translate_error(chain, skb, cx);
        }
        let end = End::at(chain);
        let is_decided = end.manip(entry).done || standing == Standing::Established;
        let origin = entry.src.origin;
        let moved = chain == Chain::Postrouting
            && dir == Dir::Original
            && entry.masqueraded.is_some_and(|iface| Some(iface) != passage.output);
        let mut skb = skb;
        if !is_decided {
            skb = self.decide(chain, passage, skb, cx)?;
        } else if moved {
            // The interface that it was masqueraded by is not the one that it leaves by now.
            if let Ct::Known(id, ..) = skb.ct
                && let Some(netfilter) = &mut self.netfilter
            {
                netfilter.conntrack.kill(id);
            }
            cx.note(Reason::NatMoved { dst: skb.view().dst(), origin });
            return None;
        }
        self.translate(end, skb, cx)
    }

    /// Asks the nat table about a connection. Without a rule its address stays, but a source port
    /// that is in use for the same answer changes. Linux 6.1 nf_nat_core.c,
    /// nf_nat_alloc_null_binding.
    fn decide(
        &mut self,
        chain: Chain,
        passage: Passage,
        mut skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        let id = ChainId { table: Table::Nat, chain };
        let end = End::at(chain);
        let (range, origin, masqueraded) = match self.ask_chain(id, passage, &mut skb, cx) {
            Decision::Drop | Decision::Reject(..) => return None,
            Decision::Accept => (None, OriginId(0), None),
            Decision::Translate(target, origin) => {
                let masqueraded =
                    passage.output.filter(|_| matches!(target, Target::Masquerade(_)));
                let range = self.range_of((&target, origin), chain, passage, &skb, cx)?;
                (Some(range), origin, masqueraded)
            }
        };
        let Some(netfilter) = &mut self.netfilter else { return Some(skb) };
        // An entry of the table is as it is.
        let Ct::Loose(entry, ..) = &mut skb.ct else { return Some(skb) };
        let Some(current) = entry.reply.inverse() else { return Some(skb) };
        let has_rule = range.is_some();
        let range = range.unwrap_or_else(|| Range::one(end.of(&current).addr, None));
        let table = &netfilter.conntrack;
        let chosen = unique(current, &range, end, table, cx.now, cx.rng);
        entry.masqueraded = masqueraded;
        let changed = chosen != current;
        if changed && let Some(reply) = chosen.inverse() {
            entry.reply = reply;
        }
        let manip = Manip { done: true, changed, origin };
        match end {
            End::Src => entry.src = manip,
            End::Dst => entry.dst = manip,
        }
        let (from, to) = (end.of(&current), end.of(&chosen));
        match end {
            _ if !has_rule && !changed => {}
            _ if !has_rule => cx.note(Reason::NatPortTaken { from, to }),
            End::Src => cx.note(Reason::NatSource { from, to, origin }),
            End::Dst => cx.note(Reason::NatDest { from, to, origin }),
        }
        Some(skb)
    }

    /// Where a rule's target translates to; none if it cannot.
    fn range_of(
        &self,
        (target, origin): (&Target, OriginId),
        chain: Chain,
        passage: Passage,
        skb: &Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Range> {
        let dst = skb.view().dst();
        let (addr, ports) = match target {
            Target::Dnat(range) | Target::Snat(range) => {
                let NatRange { addrs, ports } = range.clone();
                return Some(Range { addrs, ports });
            }
            Target::Redirect(ports) if chain == Chain::Output => (Some(Ipv4Addr::LOCALHOST), ports),
            Target::Redirect(ports) => {
                (passage.input.and_then(|iface| self.first_addr(iface)), ports)
            }
            Target::Masquerade(ports) => {
                let addr = passage.output.map(|iface| self.masquerade_addr(iface, dst));
                (addr.filter(|addr| !addr.is_unspecified()), ports)
            }
            _ => unreachable!("only translating targets are asked"),
        };
        if addr.is_none() {
            cx.note(Reason::NatNoAddress { dst, origin });
        }
        addr.map(|addr| Range::one(addr, ports.clone()))
    }

    /// Linux 6.1 nf_nat_masquerade.c, nf_nat_masquerade_ipv4.
    fn masquerade_addr(&self, iface: IfaceId, dst: Ipv4Addr) -> Ipv4Addr {
        let next = self.fib.output(dst, None, None).map_or(dst, |out| out.next);
        self.fib.select_source(iface, next, RouteScope::Global)
    }

    /// Edits a packet as its entry says. Linux 6.1 nf_nat_core.c, nf_nat_packet.
    fn translate(&mut self, end: End, skb: Skb, cx: &mut Cx<'_>) -> Option<Skb> {
        let Some((entry, _, dir)) = self.entry_of(&skb) else { return Some(skb) };
        let Manip { changed: true, origin, .. } = end.decided(dir).manip(entry) else {
            return Some(skb);
        };
        let Some(target) = entry.tuple(dir.other()).inverse() else { return Some(skb) };
        let to = end_of_edit(end, &target);
        let is_there = Tuple::of(&skb.view()).map(|own| end_of_edit(end, &own)) == Some(to);
        if is_there {
            return Some(skb);
        }
        let rewrite = match end {
            End::Src => Rewrite { src: Some(to), netfilter: true, ..Rewrite::default() },
            End::Dst => Rewrite { dst: Some(to), netfilter: true, ..Rewrite::default() },
        };
        cx.note(match end {
            End::Src => Reason::NatSourceSet { to, origin },
            End::Dst => Reason::NatDestSet { to, origin },
        });
        self.nat_edit(skb, rewrite, cx)
    }

    /// An error about a translated packet is translated too, and so is what it quotes. Linux 6.1
    /// nf_nat_proto.c, nf_nat_icmp_reply_translation.
    fn translate_error(&mut self, chain: Chain, skb: Skb, cx: &mut Cx<'_>) -> Option<Skb> {
        let end = End::at(chain);
        let Some((entry, _, dir)) = self.entry_of(&skb) else { return Some(skb) };
        let is_redirect = skb.view().payload().first() == Some(&icmp::REDIRECT);
        // Where nat has not decided yet, it may still change something.
        let is_plain = |manip: Manip| manip.done && !manip.changed;
        if is_redirect && !(is_plain(entry.src) && is_plain(entry.dst)) {
            let translated = if is_plain(entry.src) { entry.dst } else { entry.src };
            let origin = translated.origin;
            cx.note(Reason::NatRedirectDropped { dst: skb.view().dst(), origin });
            return None;
        }
        let Manip { changed: true, origin, .. } = end.decided(dir).manip(entry) else {
            return Some(skb);
        };
        let answer = entry.tuple(dir.other());
        let port = |port: u16| if answer.has_ports() { port } else { answer.src.port };
        let quoted = Some((skb.view().header_len() + icmp::HEAD) as u16);
        let edit = Rewrite { quoted, netfilter: true, ..Rewrite::default() };
        let (src, dst) = (answer.src, answer.dst);
        let rewrite = match end {
            End::Src => Rewrite { src: Some(Endpoint::new(dst.addr, port(dst.port))), ..edit },
            End::Dst => Rewrite { dst: Some(Endpoint::new(src.addr, port(src.port))), ..edit },
        };
        cx.note(Reason::NatErrorSet { src: skb.view().src(), dst: skb.view().dst(), origin });
        self.nat_edit(skb, rewrite, cx)
    }

    /// What was made here is nobody's child, so there is nothing that the edit makes it differ
    /// from.
    fn nat_edit(&mut self, skb: Skb, rewrite: Rewrite, cx: &mut Cx<'_>) -> Option<Skb> {
        if skb.parent.is_some() {
            cx.note_rewrite(rewrite);
        }
        crate::host::ip::edit(skb, rewrite)
    }
}

/// The end that an edit writes: the id of an ICMP question stands for its port.
fn end_of_edit(end: End, tuple: &Tuple) -> Endpoint {
    let to = end.of(tuple);
    match tuple.proto {
        icmp::PROTO => Endpoint::new(to.addr, tuple.src.port),
        _ => to,
    }
}

/// How many ports are tried from one beginning.
const MOST_TRIES: u32 = 128;

/// A tuple with one end in a range, whose answers are nobody else's. Linux 6.1 nf_nat_core.c,
/// get_unique_tuple.
pub(super) fn unique(
    current: Tuple,
    range: &Range,
    end: End,
    table: &Conntrack,
    now: Instant,
    rng: &mut Rng,
) -> Tuple {
    let is_free = |tuple: &Tuple| !table.is_used(tuple, now);
    let in_ports = |tuple: &Tuple| match (&range.ports, tuple.proto) {
        (None, _) => true,
        (Some(ports), icmp::PROTO) => ports.contains(&tuple.src.port),
        (Some(ports), _) => !tuple.has_ports() || ports.contains(&end.of(tuple).port),
    };
    if end == End::Src {
        let fits = |tuple: &Tuple| range.addrs.contains(&tuple.src.addr) && in_ports(tuple);
        if fits(&current) {
            if is_free(&current) {
                return current;
            }
        } else if let Some(tuple) = table
            .sources(current, now)
            .map(|src| Tuple { src, ..current })
            .find(fits)
            .filter(is_free)
        {
            return tuple;
        }
    }
    let mut tuple = current;
    end.of_mut(&mut tuple).addr = spread(&current, &range.addrs);
    let keeps = match &range.ports {
        Some(ports) => in_ports(&tuple) && (ports.start() == ports.end() || is_free(&tuple)),
        None => is_free(&tuple),
    };
    if keeps { tuple } else { free_port(tuple, range, end, is_free, rng) }
}

/// Looks for a free port from a random one on; after every round that fails for half as long.
/// Linux 6.1 nf_nat_core.c, nf_nat_l4proto_unique_tuple.
fn free_port(
    mut tuple: Tuple,
    range: &Range,
    end: End,
    is_free: impl Fn(&Tuple) -> bool,
    rng: &mut Rng,
) -> Tuple {
    let is_icmp = tuple.proto == icmp::PROTO;
    let port = end.of(&tuple).port;
    let (low, count) = match &range.ports {
        _ if !is_icmp && !tuple.has_ports() => return tuple,
        Some(ports) => (*ports.start(), ports.len() as u32),
        None if is_icmp => (0, 65_536),
        // A destination has its port for a purpose.
        None if end == End::Dst => return tuple,
        None => match port {
            0..512 => (1, 511),
            512..1024 => (600, 424),
            1024.. => (1024, 64_512),
        },
    };
    let mut tries = count.min(MOST_TRIES);
    loop {
        let first = rng.next_u32() as u16;
        for nth in 0..tries {
            let offset = u32::from(first.wrapping_add(nth as u16)) % count;
            let port = low.wrapping_add(offset as u16);
            match is_icmp {
                true => tuple.src.port = port,
                false => end.of_mut(&mut tuple).port = port,
            }
            if is_free(&tuple) {
                return tuple;
            }
        }
        if tries >= count || tries < 16 {
            return tuple;
        }
        tries /= 2;
    }
}

/// Of several addresses the one that a hash of both ends says: the same for every connection
/// between them. Linux 6.1 nf_nat_core.c, find_best_ips_proto; Bob Jenkins' hash.
fn spread(tuple: &Tuple, addrs: &RangeInclusive<Ipv4Addr>) -> Ipv4Addr {
    let (first, last) = (addrs.start().to_bits(), addrs.end().to_bits());
    if first == last {
        return *addrs.start();
    }
    let word = |addr: Ipv4Addr| u32::from_le_bytes(addr.octets());
    let hash = jhash_addr(word(tuple.src.addr), word(tuple.dst.addr));
    let count = u64::from(last.wrapping_sub(first)) + 1;
    Ipv4Addr::from_bits(first.wrapping_add(((u64::from(hash) * count) >> 32) as u32))
}

/// The hash of four words of which only the first is not 0. Linux 6.1 include/linux/jhash.h,
/// jhash2.
fn jhash_addr(word: u32, seed: u32) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(16).wrapping_add(seed);
    let (mut a, mut b, mut c) = (start.wrapping_add(word), start, start);
    let mix = |x: &mut u32, y: &mut u32, z: &mut u32, by: u32| {
        *x = x.wrapping_sub(*z) ^ z.rotate_left(by);
        *z = z.wrapping_add(*y);
    };
    mix(&mut a, &mut b, &mut c, 4);
    mix(&mut b, &mut c, &mut a, 6);
    mix(&mut c, &mut a, &mut b, 8);
    mix(&mut a, &mut b, &mut c, 16);
    mix(&mut b, &mut c, &mut a, 19);
    mix(&mut c, &mut a, &mut b, 4);
    let end = |x: u32, y: u32, by: u32| (x ^ y).wrapping_sub(y.rotate_left(by));
    c = end(c, b, 14);
    a = end(a, c, 11);
    b = end(b, a, 25);
    c = end(c, b, 16);
    a = end(a, c, 4);
    b = end(b, a, 14);
    end(c, b, 24)
}
