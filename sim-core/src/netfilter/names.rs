//! Names that iptables prints for numbers and reads in their place.

/// Protocols as Debian 12's `/etc/protocols` names them; `ip` and `hopopt`, both 0, mean all.
#[rustfmt::skip]
const PROTOCOLS: [(u8, &str); 56] = [
    (1, "icmp"), (2, "igmp"), (3, "ggp"), (4, "ipencap"), (5, "st"), (6, "tcp"), (8, "egp"), (9, "igp"), (12, "pup"),
    (17, "udp"), (20, "hmp"), (22, "xns-idp"), (27, "rdp"), (29, "iso-tp4"), (33, "dccp"), (36, "xtp"), (37, "ddp"),
    (38, "idpr-cmtp"), (41, "ipv6"), (43, "ipv6-route"), (44, "ipv6-frag"), (45, "idrp"), (46, "rsvp"), (47, "gre"),
    (50, "esp"), (51, "ah"), (57, "skip"), (58, "ipv6-icmp"), (59, "ipv6-nonxt"), (60, "ipv6-opts"), (73, "rspf"),
    (81, "vmtp"), (88, "eigrp"), (89, "ospf"), (93, "ax.25"), (94, "ipip"), (97, "etherip"), (98, "encap"), (103, "pim"),
    (108, "ipcomp"), (112, "vrrp"), (115, "l2tp"), (124, "isis"), (132, "sctp"), (133, "fc"), (135, "mobility-header"),
    (136, "udplite"), (137, "mpls-in-ip"), (138, "manet"), (139, "hip"), (140, "shim6"), (141, "wesp"), (142, "rohc"),
    (143, "ethernet"), (0, "ip"), (0, "hopopt"),
];

/// The protocol of this number as `-S` names it, or the number.
pub(super) fn proto_name(number: u8) -> String {
    let named = PROTOCOLS.iter().find(|(known, _)| *known == number && number != 0);
    named.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// The number of this protocol; 0 is every protocol. `name` is in small letters.
pub(crate) fn proto_number(name: &str) -> Option<u8> {
    if name == "all" {
        return Some(0);
    }
    PROTOCOLS.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
}

/// Ports of `/etc/services`: name, number, whether of TCP, whether of UDP. The few that a lab meets.
const SERVICES: [(&str, u16, bool, bool); 10] = [
    ("ftp", 21, true, false),
    ("ssh", 22, true, false),
    ("telnet", 23, true, false),
    ("smtp", 25, true, false),
    ("domain", 53, true, true),
    ("http", 80, true, false),
    ("ntp", 123, false, true),
    ("https", 443, true, true),
    ("mysql", 3306, true, false),
    ("http-alt", 8080, true, false),
];

/// A port as `-L` names it: by its service of this protocol, 6 or 17, or by its number.
pub(crate) fn port_name(port: u16, proto: u8) -> String {
    let of = |(_, number, tcp, udp): &&(&str, u16, bool, bool)| {
        *number == port && if proto == 6 { *tcp } else { *udp }
    };
    let named = SERVICES.iter().find(of);
    named.map_or_else(|| port.to_string(), |(name, ..)| (*name).to_owned())
}

/// The port of a service.
pub(crate) fn service_number(name: &str) -> Option<u16> {
    SERVICES.iter().find(|(known, ..)| *known == name).map(|(_, port, ..)| *port)
}

/// Flags of TCP, lowest bit first.
pub(crate) const FLAGS: [(&str, u8); 6] =
    [("FIN", 0x01), ("SYN", 0x02), ("RST", 0x04), ("PSH", 0x08), ("ACK", 0x10), ("URG", 0x20)];

/// A set of flags: `SYN,ACK`.
pub(super) fn flag_names(flags: u8) -> String {
    let names: Vec<&str> =
        FLAGS.iter().filter(|(_, bit)| flags & bit != 0).map(|(name, _)| *name).collect();
    if names.is_empty() { "NONE".to_owned() } else { names.join(",") }
}

/// Types of ICMP with a name: type, code (none: any). The first of those that name the same is
/// printed. iptables 1.8.9 libxt_icmp.h.
#[rustfmt::skip]
pub(crate) const ICMP_TYPES: [(&str, u8, Option<u8>); 40] = [
    ("any", 255, None), ("echo-reply", 0, None), ("pong", 0, None),
    ("destination-unreachable", 3, None), ("network-unreachable", 3, Some(0)), ("host-unreachable", 3, Some(1)),
    ("protocol-unreachable", 3, Some(2)), ("port-unreachable", 3, Some(3)), ("fragmentation-needed", 3, Some(4)),
    ("source-route-failed", 3, Some(5)), ("network-unknown", 3, Some(6)), ("host-unknown", 3, Some(7)),
    ("network-prohibited", 3, Some(9)), ("host-prohibited", 3, Some(10)), ("TOS-network-unreachable", 3, Some(11)),
    ("TOS-host-unreachable", 3, Some(12)), ("communication-prohibited", 3, Some(13)),
    ("host-precedence-violation", 3, Some(14)), ("precedence-cutoff", 3, Some(15)), ("source-quench", 4, None),
    ("redirect", 5, None), ("network-redirect", 5, Some(0)), ("host-redirect", 5, Some(1)),
    ("TOS-network-redirect", 5, Some(2)), ("TOS-host-redirect", 5, Some(3)), ("echo-request", 8, None), ("ping", 8, None),
    ("router-advertisement", 9, None), ("router-solicitation", 10, None), ("time-exceeded", 11, None),
    ("ttl-exceeded", 11, None), ("ttl-zero-during-transit", 11, Some(0)), ("ttl-zero-during-reassembly", 11, Some(1)),
    ("parameter-problem", 12, None), ("ip-header-bad", 12, Some(0)), ("required-option-missing", 12, Some(1)),
    ("timestamp-request", 13, None), ("timestamp-reply", 14, None), ("address-mask-request", 17, None),
    ("address-mask-reply", 18, None),
];

/// The name of a type and code, if they have one.
pub(super) fn icmp_name(wanted: (u8, Option<u8>)) -> Option<&'static str> {
    let named = ICMP_TYPES.iter().find(|(_, kind, code)| (*kind, *code) == wanted);
    named.map(|(name, ..)| *name)
}
