//! What people try, and what does nothing: for each kind of verdict a few changes that look as if
//! they would help. Each is played before it is told of; one that does help is not told of here.

use crate::event::NodeId;
use crate::host::iface::IfaceKind;
use crate::whatif::Change;
use crate::world::World;

/// On which hosts a line is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the one that gave the verdict.
    Here,
    /// On each that has a service of IPVS.
    Director,
}

use Place::{Director, Here};

/// A family: the verdicts, by how their codes begin, and the lines. `$card` stands for each card of
/// the host.
pub type Family = (&'static str, &'static [(Place, &'static str)]);

/// What is tried for a verdict, of each family that its code begins with.
#[rustfmt::skip]
pub const FAMILIES: &[Family] = &[
    ("arp.reply.any-interface", &[
        (Here, "sysctl -w net.ipv4.conf.lo.arp_ignore=1"),
        (Here, "sysctl -w net.ipv4.conf.lo.arp_announce=2"),
        (Here, "sysctl -w net.ipv4.conf.all.arp_announce=2"),
        (Here, "sysctl -w net.ipv4.conf.default.arp_ignore=1"),
        (Here, "sysctl -w net.ipv4.conf.all.rp_filter=1"),
    ]),
    ("arp.silent.not-on-interface", &[
        (Here, "sysctl -w net.ipv4.conf.lo.arp_ignore=0"),
        (Here, "sysctl -w net.ipv4.conf.all.arp_announce=0"),
    ]),
    ("neigh.locked", &[
        (Here, "sysctl -w net.ipv4.conf.all.arp_accept=1"),
        (Here, "sysctl -w net.ipv4.neigh.default.locktime=0"),
    ]),
    ("neigh.failed", &[
        (Here, "sysctl -w net.ipv4.conf.all.arp_accept=1"),
        (Here, "sysctl -w net.ipv4.neigh.$card.mcast_solicit=10"),
        (Here, "ip neigh flush all"),
    ]),
    ("ip.drop.own-source", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "sysctl -w net.ipv4.conf.all.rp_filter=0"),
        (Here, "sysctl -w net.ipv4.conf.lo.accept_local=1"),
        (Here, "iptables -P FORWARD ACCEPT"),
    ]),
    ("ip.drop.reverse-path", &[
        (Here, "sysctl -w net.ipv4.conf.lo.rp_filter=0"),
        (Here, "sysctl -w net.ipv4.conf.default.rp_filter=0"),
        (Here, "sysctl -w net.ipv4.conf.$card.rp_filter=0"),
        (Here, "sysctl -w net.ipv4.conf.all.accept_local=1"),
    ]),
    ("ip.drop.not-forwarding", &[
        (Here, "sysctl -w net.ipv4.conf.default.forwarding=1"),
        (Here, "sysctl -w net.ipv4.conf.lo.forwarding=1"),
        (Here, "iptables -P FORWARD ACCEPT"),
    ]),
    ("ip.drop.no-route", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "ip route flush cache"),
        (Director, "sysctl -w net.ipv4.ip_forward=1"),
    ]),
    ("ip.drop.too-big", &[
        (Here, "ip route flush cache"),
        (Director, "sysctl -w net.ipv4.vs.pmtu_disc=0"),
    ]),
    ("tcp.reset.unknown-connection", &[
        (Director, "iptables -t nat -A POSTROUTING -j MASQUERADE"),
        (Director, "sysctl -w net.ipv4.vs.conntrack=1"),
        (Director, "sysctl -w net.ipv4.ip_forward=1"),
    ]),
    ("tcp.reset.no-listener", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "iptables -P INPUT ACCEPT"),
        (Here, "sysctl -w net.ipv4.ip_nonlocal_bind=1"),
    ]),
    ("ipvs.service.none", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "sysctl -w net.ipv4.vs.sloppy_tcp=1"),
        (Here, "sysctl -w net.ipv4.vs.conntrack=1"),
    ]),
    ("ipvs.accept.not-syn", &[
        (Here, "sysctl -w net.ipv4.vs.conn_reuse_mode=0"),
        (Here, "sysctl -w net.ipv4.vs.conntrack=1"),
    ]),
    ("ipvs.dest.none", &[
        (Here, "sysctl -w net.ipv4.vs.expire_nodest_conn=1"),
        (Here, "sysctl -w net.ipv4.vs.expire_quiescent_template=1"),
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
    ]),
    ("ipvs.dest.gone", &[
        (Here, "sysctl -w net.ipv4.vs.expire_quiescent_template=1"),
        (Here, "sysctl -w net.ipv4.vs.conn_reuse_mode=0"),
    ]),
    ("ipvs.mtu.exceeded", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "ip route flush cache"),
    ]),
    ("netfilter.", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "iptables -t nat -P POSTROUTING ACCEPT"),
        (Here, "sysctl -w net.ipv4.conf.all.rp_filter=0"),
        (Here, "sysctl -w net.ipv4.vs.conntrack=1"),
    ]),
    ("tunnel.drop.down", &[
        (Here, "modprobe ipip"),
        (Here, "sysctl -w net.ipv4.conf.all.rp_filter=0"),
    ]),
    ("ip.drop.no-protocol", &[
        (Here, "sysctl -w net.ipv4.ip_forward=1"),
        (Here, "sysctl -w net.ipv4.conf.all.rp_filter=0"),
    ]),
    ("icmp.echo.ignored", &[(Here, "sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0")]),
];

/// What is tried for a verdict of this code at this node.
pub(super) fn of(code: &str, node: NodeId, world: &World) -> Vec<Change> {
    let mut changes = Vec::new();
    let families = FAMILIES.iter().filter(|(start, _)| code.starts_with(start));
    for (place, line) in families.flat_map(|(_, lines)| *lines) {
        for id in world.net.node_ids() {
            let own = world.net.node(id);
            let Some(host) = own.host() else { continue };
            let is_meant = match place {
                Here => id == node,
                Director => host.engine().is_some(),
            };
            if !is_meant {
                continue;
            }
            let cards = host.fib().ifaces.iter().filter(|card| card.kind == IfaceKind::Ethernet);
            match line.contains("$card") {
                true => changes.extend(
                    cards.map(|card| Change::typed(&*own.name, line.replace("$card", &card.name))),
                ),
                false => changes.push(Change::typed(&*own.name, *line)),
            }
        }
    }
    changes
}
