//! What a reason says about the packet or frame that it is about: a note on the way, a verdict for
//! it, or a verdict against it.

use lvs_engine::Outcome;

use super::Reason;

/// What a reason says about the packet or frame that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// A note on the way: something was read, weighed, translated or learnt.
    Step,
    /// A verdict by which it goes on, is answered, or is taken.
    For,
    /// A verdict by which it is dropped, ignored, refused or lost, or stays without an answer.
    Against,
}

/// All codes with their natures, the engine's included.
pub fn all_natures() -> Vec<(&'static str, Nature)> {
    let engine = lvs_engine::Reason::OUTCOMES.iter();
    let engine = engine.map(|&(code, outcome)| (code, of_engine(code, outcome)));
    Reason::NATURES.iter().copied().chain(engine).collect()
}

/// The nature of one of the engine's reasons, by the kind of verdict that it ends a decision with.
///
/// What IPVS leaves to others goes on. But where it was asked for a service and gives none, that
/// is what a person looks for.
pub(super) fn of_engine(code: &str, outcome: Option<Outcome>) -> Nature {
    match (outcome, code) {
        (None, _) => Nature::Step,
        (
            Some(Outcome::Accept),
            "ipvs.accept.ftp-data"
            | "ipvs.accept.no-ftp"
            | "ipvs.accept.not-syn"
            | "ipvs.accept.rst"
            | "ipvs.service.none",
        ) => Nature::Against,
        // The error is another host's: the client is told what it could not hear.
        (Some(Outcome::Reject), "ipvs.icmp.relayed") => Nature::For,
        (Some(Outcome::Reject | Outcome::Drop), _) => Nature::Against,
        (Some(Outcome::Accept | Outcome::Local | Outcome::Forward | Outcome::Reroute), _) => {
            Nature::For
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::reason::all_codes;

    /// What is against a packet, written out: whoever changes it is to see it.
    #[rustfmt::skip]
    const AGAINST: &[&str] = &[
        "arp.silent.always", "arp.silent.bad-source", "arp.silent.filter",
        "arp.silent.not-in-subnet", "arp.silent.not-mine", "arp.silent.not-on-interface",
        "arp.silent.proxy-full", "arp.silent.scope-host",
        "cable.drop.full", "cable.drop.loss", "cable.drop.mtu", "cable.drop.out",
        "check.down", "check.failed",
        "eth.drop.dummy", "eth.drop.interface-down", "eth.drop.other-mac", "eth.drop.too-long",
        "eth.drop.unknown-type",
        "icmp.echo.ignored", "icmp.error.limited", "icmp.error.no-socket",
        "icmp.error.not-allowed", "icmp.redirect.gateway-unknown", "icmp.redirect.refused",
        "ip.drop.bad-header", "ip.drop.broadcast-frame", "ip.drop.checksum", "ip.drop.martian",
        "ip.drop.multicast", "ip.drop.no-protocol", "ip.drop.no-reverse-path", "ip.drop.no-route",
        "ip.drop.not-forwarding", "ip.drop.own-source", "ip.drop.refused-by-route",
        "ip.drop.reverse-path", "ip.drop.too-big", "ip.drop.ttl", "ip.fragment.dropped",
        "ip.fragment.expired",
        "ipvs.accept.ftp-data", "ipvs.accept.no-ftp", "ipvs.accept.not-syn", "ipvs.accept.rst",
        "ipvs.conn.limit", "ipvs.conn.old-tracking", "ipvs.dest.gone", "ipvs.dest.none",
        "ipvs.drop.flood", "ipvs.drop.truncated", "ipvs.fullnat.no-address",
        "ipvs.fullnat.no-port", "ipvs.fullnat.no-route", "ipvs.fullnat.reply-too-big",
        "ipvs.icmp.checksum", "ipvs.icmp.no-dest", "ipvs.icmp.swallowed", "ipvs.icmp.truncated",
        "ipvs.mtu.exceeded", "ipvs.nat.to-loopback", "ipvs.reply.refused",
        "ipvs.route.local-refused", "ipvs.route.loopback-source", "ipvs.route.none",
        "ipvs.service.none", "ipvs.ttl.spent", "ipvs.tun.too-long", "ipvs.tun.too-narrow",
        "neigh.failed", "neigh.locked", "neigh.overflow", "neigh.permanent", "neigh.table-full",
        "neigh.unasked",
        "netfilter.conntrack.clash", "netfilter.conntrack.full", "netfilter.nat.interface-changed",
        "netfilter.nat.no-address", "netfilter.nat.redirect-dropped", "netfilter.policy.drop",
        "netfilter.rule.drop", "netfilter.rule.reject", "netfilter.rule.unreadable",
        "power.drop.off",
        "switch.drop.reserved", "switch.drop.same-port",
        "tcp.ignored", "tcp.reset.no-listener", "tcp.reset.unknown-connection",
        "tunnel.drop.down", "tunnel.drop.ecn", "tunnel.drop.loop", "tunnel.drop.no-route",
        "tunnel.drop.too-big",
        "udp.error.unheard", "udp.no-socket", "udp.stranger",
    ];

    #[test]
    fn every_code_has_one_nature() {
        let natures: BTreeMap<_, _> = all_natures().into_iter().collect();
        assert_eq!(natures.len(), all_natures().len(), "a code has two");
        let codes: BTreeSet<_> = all_codes().into_iter().collect();
        assert!(natures.into_keys().eq(codes), "a code has none");
    }

    #[test]
    fn what_is_against_a_packet_is_written_down() {
        let against = all_natures().into_iter().filter(|(_, nature)| *nature == Nature::Against);
        let mut against: Vec<_> = against.map(|(code, _)| code).collect();
        against.sort_unstable();
        assert_eq!(against, AGAINST);
    }

    #[test]
    fn a_reason_has_the_nature_of_its_code() {
        let dst = std::net::Ipv4Addr::LOCALHOST;
        let rows = [
            (Reason::NeighWaits { addr: dst }, Nature::Step),
            (Reason::IpLocal { dst, origin: lvs_engine::OriginId(0) }, Nature::For),
            (Reason::DropNoRoute { dst }, Nature::Against),
            (Reason::Ipvs(lvs_engine::Reason::NoServices), Nature::For),
            (Reason::Ipvs(lvs_engine::Reason::Truncated), Nature::Against),
            (Reason::Ipvs(lvs_engine::Reason::FellBack { from: 0, to: 1 }), Nature::Step),
        ];
        for (reason, nature) in rows {
            assert_eq!(reason.nature(), nature, "{}", reason.code());
            assert!(all_natures().contains(&(reason.code(), nature)), "{}", reason.code());
        }
    }
}
