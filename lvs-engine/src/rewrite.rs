//! The edits of one packet, as a value. Applying it is the only code that changes a byte.
//!
//! Linux 6.1 ip_vs_xmit.c (decrement_ttl, ip_vs_nat_icmp, ip_vs_tunnel_xmit), ip_vs_proto_tcp.c and
//! ip_vs_proto_udp.c (the checksums): the header checksum is made anew where addresses change,
//! TCP's and UDP's are updated by difference, a UDP checksum of zero is replaced by a full one
//! (under FULLNAT it stays).

use core::net::Ipv4Addr;

use crate::checksum;
use crate::packet::{DF, ICMP, IP_HEADER, IPIP, too_short};
use crate::{Conn, Endpoint, Malformed, Method, Packet, Proto, View};

/// Which way along a connection a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client.
    Request,
    /// To the client.
    Reply,
}

/// An outer IPv4 header. What it leaves open is as in the inner packet, after its TTL fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    /// The director's address on the way to the real server.
    pub src: Ipv4Addr,
    /// The real server.
    pub dst: Ipv4Addr,
    /// The identification, for a packet that may be fragmented. 0 is none.
    pub id: u16,
    /// The TOS; its congestion bits are always those of inside.
    pub tos: Option<u8>,
    /// The TTL.
    pub ttl: Option<u8>,
    /// Whether the packet must not be fragmented. If open, one without an id is as inside, and one
    /// with an id may be.
    pub df: Option<bool>,
}

impl Outer {
    /// The header of IPVS: everything that has a counterpart inside is as there.
    pub const fn new(src: Ipv4Addr, dst: Ipv4Addr, id: u16) -> Self {
        Self { src, dst, id, tos: None, ttl: None, df: None }
    }
}

/// The edits of one packet: shown as a difference, tested as a table, applied in one place.
///
/// The empty rewrite is `Rewrite::default()`; a host's own forwarding is the `age` alone.
///
/// ```
/// use lvs_engine::{Endpoint, Rewrite};
/// let to_rs1 = Rewrite {
///     age: true,
///     dst: Some(Endpoint::new([192, 0, 2, 11].into(), 8080)),
///     ..Default::default()
/// };
/// assert!(!to_rs1.is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// The time to live falls by one.
    pub age: bool,
    /// The source becomes this: the address, and in TCP and UDP the port.
    pub src: Option<Endpoint>,
    /// The destination becomes this: the address, and in TCP and UDP the port.
    pub dst: Option<Endpoint>,
    /// A header goes around the packet (IP in IP).
    pub outer: Option<Outer>,
    /// Where the packet quotes another one that it reports an error about. That one went the other
    /// way, so there a new `src` stands as destination and a new `dst` as source, with their ports.
    pub quoted: Option<u16>,
    /// Netfilter edits, not IPVS, and sees to more: the checksum of what is quoted follows, an ICMP
    /// question's id becomes the port, and a UDP checksum of zero stays. Linux 6.1 nf_nat_proto.c.
    pub netfilter: bool,
}

impl Rewrite {
    /// The edit of a packet of this connection that leaves the director.
    ///
    /// A tunnel needs its source address and an id for its outer header (0 to keep DF); the others
    /// ignore both.
    /// A reply's TTL has already fallen: the host forwards it like any other packet. (Not under
    /// FULLNAT, where it comes to an address of the director: the engine adds that edit.)
    #[inline]
    pub fn plan(conn: &Conn, way: Way, src: Ipv4Addr, id: u16) -> Self {
        match (way, conn.method) {
            (Way::Request, Method::Nat) => {
                Self { age: true, dst: Some(conn.rip), ..Self::default() }
            }
            (Way::Request, Method::Tun) => {
                let outer = Outer::new(src, conn.rip.addr, id);
                Self { age: true, outer: Some(outer), ..Self::default() }
            }
            (Way::Request, Method::FullNat) => {
                Self { age: true, src: Some(conn.lip), dst: Some(conn.rip), ..Self::default() }
            }
            (Way::Request, Method::Dr) => Self { age: true, ..Self::default() },
            (Way::Reply, Method::Nat) => Self { src: Some(conn.vip), ..Self::default() },
            (Way::Reply, Method::FullNat) => {
                Self { src: Some(conn.vip), dst: Some(conn.client), ..Self::default() }
            }
            (Way::Reply, Method::Dr | Method::Tun) => Self::default(),
        }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Changes the packet. On an error nothing has changed.
    #[inline]
    pub fn apply(&self, packet: &mut Packet<'_>) -> Result<(), Malformed> {
        self.check(packet)?;
        let (ip, payload) = packet.buf[packet.start..].split_at_mut(packet.head);
        if self.src.is_some() || self.dst.is_some() {
            // With new addresses the checksum is made anew.
            ip[8] = ip[8].saturating_sub(self.age.into());
            match (self.quoted, Proto::from_number(ip[9])) {
                (Some(at), _) => self.translate_error(ip, payload, usize::from(at)),
                (None, Some(proto)) => self.translate(proto, ip, payload),
                (None, None) => self.readdress(ip),
            }
            if self.netfilter && self.quoted.is_none() && packet.view().proto() == ICMP {
                let (_, payload) = packet.buf[packet.start..].split_at_mut(packet.head);
                self.identify(payload);
            }
        } else if self.age {
            age(ip);
        }
        if let Some(outer) = self.outer {
            wrap(outer, packet);
        }
        Ok(())
    }

    /// Whether both ends change, as FULLNAT does: then a UDP checksum of zero stays.
    const fn is_full(&self) -> bool {
        self.src.is_some() && self.dst.is_some()
    }

    /// Refuses what could not be done to the end.
    #[inline]
    fn check(&self, packet: &Packet<'_>) -> Result<(), Malformed> {
        let view = packet.view();
        if self.outer.is_some() {
            if packet.start < IP_HEADER {
                return Err(Malformed::NoHeadroom);
            }
            if view.bytes().len() + IP_HEADER > usize::from(u16::MAX) {
                return Err(Malformed::TooLong);
            }
        }
        if self.src.is_none() && self.dst.is_none() {
            return Ok(());
        }
        let (have, need) = match (self.quoted, Proto::from_number(view.proto())) {
            (Some(at), _) => {
                let at = usize::from(at);
                if view.proto() != ICMP || at < view.header_len() + ICMP_HEADER {
                    return Err(Malformed::NoQuote);
                }
                let quoted = View::new_cut(view.bytes().get(at..).unwrap_or_default())?;
                let ports = if Proto::from_number(quoted.proto()).is_some() { 4 } else { 0 };
                (quoted.payload().len(), ports)
            }
            (None, Some(proto)) => (view.payload().len(), proto.header_len()),
            (None, None) => return Ok(()),
        };
        if have < need { Err(too_short(need, have)) } else { Ok(()) }
    }

    /// New addresses in an IP header whose checksum is then made anew.
    fn readdress(&self, ip: &mut [u8]) {
        let (fixed, options) = split(ip);
        if let Some(src) = self.src {
            fixed[12..16].copy_from_slice(&src.addr.octets());
        }
        if let Some(dst) = self.dst {
            fixed[16..20].copy_from_slice(&dst.addr.octets());
        }
        seal(fixed, options);
    }

    /// New ports at the start of a transport header, whose checksum is not looked at.
    fn renumber(&self, ports: &mut [u8]) {
        if let Some(src) = self.src {
            ports[..2].copy_from_slice(&src.port.to_be_bytes());
        }
        if let Some(dst) = self.dst {
            ports[2..4].copy_from_slice(&dst.port.to_be_bytes());
        }
    }

    /// A new id in an ICMP question or answer. Linux 6.1 nf_nat_proto.c icmp_manip_pkt.
    fn identify(&self, icmp: &mut [u8]) {
        let Some(end) = self.src.or(self.dst) else { return };
        if icmp.len() < ICMP_HEADER || !matches!(icmp[0], 0 | 8 | 13..=18) {
            return;
        }
        let id = end.port.to_be_bytes();
        let old = u64::from(u16::from_be_bytes([icmp[4], icmp[5]]));
        let sum = u16::from_be_bytes([icmp[2], icmp[3]]);
        icmp[2..4].copy_from_slice(&checksum::update(sum, old, end.port.into()).to_be_bytes());
        icmp[4..6].copy_from_slice(&id);
    }

    /// New addresses and ports in a TCP or UDP packet.
    #[inline]
    fn translate(&self, proto: Proto, ip: &mut [u8], payload: &mut [u8]) {
        let (fixed, options) = split(ip);
        let ports = payload.first_chunk_mut::<4>().expect("the header is whole");
        let mut change = 0;
        if let Some(src) = self.src {
            change += replace(src, fixed, 12, ports, 0);
        }
        if let Some(dst) = self.dst {
            change += replace(dst, fixed, 16, ports, 2);
        }
        seal(fixed, options);
        let at = match proto {
            Proto::Tcp => 16,
            Proto::Udp => 6,
            Proto::Ip => unreachable!("no packet has it"),
        };
        let old = u16::from_ne_bytes([payload[at], payload[at + 1]]);
        let updated = !checksum::fold(u64::from(!old) + change);
        let new = match (proto, old) {
            (Proto::Tcp, _) => updated,
            (_, 0) if self.netfilter || self.is_full() => 0,
            (_, 0) => udp_checksum(fixed, payload).to_be(),
            (_, _) => never_zero(updated),
        };
        payload[at..at + 2].copy_from_slice(&new.to_ne_bytes());
    }

    /// New addresses around and inside an ICMP error. IPVS leaves the quoted transport checksum as
    /// it was.
    fn translate_error(&self, ip: &mut [u8], icmp: &mut [u8], at: usize) {
        self.readdress(ip);
        let quoted = &mut icmp[at - ip.len()..];
        let head = usize::from(quoted[0] & 15) * 4;
        let (inner, rest) = quoted.split_at_mut(head);
        let turned = Self { src: self.dst, dst: self.src, ..*self };
        match Proto::from_number(inner[9]) {
            Some(proto) if self.netfilter && rest.len() >= proto.header_len() => {
                turned.translate(proto, inner, rest);
            }
            proto => {
                turned.readdress(inner);
                if proto.is_some() {
                    turned.renumber(rest);
                } else if self.netfilter && inner[9] == ICMP {
                    turned.identify(rest);
                }
            }
        }
        icmp[2..4].fill(0);
        let sum = checksum::of(icmp);
        icmp[2..4].copy_from_slice(&sum.to_be_bytes());
    }
}

/// The length of an ICMP header.
pub(crate) const ICMP_HEADER: usize = 8;

/// TTL less one, the checksum by difference. Linux 6.1 include/net/ip.h ip_decrease_ttl.
fn age(ip: &mut [u8]) {
    let ttl = ip[8];
    ip[8] = ttl.saturating_sub(1);
    let check = u16::from_be_bytes([ip[10], ip[11]]);
    let check = checksum::update(check, u64::from(ttl) << 8, u64::from(ip[8]) << 8);
    ip[10..12].copy_from_slice(&check.to_be_bytes());
}

/// An IP header's fixed part, whose known length makes its sum quick, and its options.
#[inline]
fn split(ip: &mut [u8]) -> (&mut [u8; IP_HEADER], &[u8]) {
    let (fixed, options) = ip.split_first_chunk_mut().expect("the header is whole");
    (fixed, options)
}

/// Makes an IP header's checksum anew.
#[inline]
fn seal(fixed: &mut [u8; IP_HEADER], options: &[u8]) {
    fixed[10..12].fill(0);
    let sum = checksum::add_native(0, fixed.as_chunks().0);
    let check = !checksum::fold(checksum::add_native(sum, options.as_chunks().0));
    fixed[10..12].copy_from_slice(&check.to_ne_bytes());
}

/// A new address and port over the old ones at these places: by what the sum changes that covers
/// them (RFC 1624, equation 3), its bytes as the machine reads them.
#[inline]
fn replace(
    end: Endpoint,
    ip: &mut [u8; IP_HEADER],
    addr_at: usize,
    ports: &mut [u8; 4],
    port_at: usize,
) -> u64 {
    let addr: &mut [u8; 4] = ip[addr_at..].first_chunk_mut().expect("an address is in the header");
    let port: &mut [u8; 2] = ports[port_at..].first_chunk_mut().expect("a port is one of two");
    let less = u64::from(!u32::from_ne_bytes(*addr)) + u64::from(!u16::from_ne_bytes(*port));
    (*addr, *port) = (end.addr.octets(), end.port.to_be_bytes());
    less + u64::from(u32::from_ne_bytes(*addr)) + u64::from(u16::from_ne_bytes(*port))
}

/// The full checksum of a UDP datagram, over all bytes that the packet carries.
fn udp_checksum(ip: &[u8; IP_HEADER], payload: &[u8]) -> u16 {
    let pseudo = checksum::pseudo(&ip[12..20], ip[9], payload.len());
    never_zero(!checksum::fold(checksum::add(pseudo, payload)))
}

/// A UDP checksum of zero means "none": all ones is written instead (RFC 768).
const fn never_zero(check: u16) -> u16 {
    match check {
        0 => 0xffff,
        check => check,
    }
}

/// Puts an outer header into the headroom. Linux 6.1 ip_vs_xmit.c ip_vs_tunnel_xmit;
/// ip_tunnel_core.c iptunnel_xmit.
fn wrap(outer: Outer, packet: &mut Packet<'_>) {
    let inner = packet.view();
    let ttl = outer.ttl.unwrap_or(inner.ttl());
    let df = outer.df.unwrap_or(inner.df() && outer.id == 0);
    let total = u16::try_from(inner.bytes().len() + IP_HEADER).expect("check() has measured it");
    // ECN: congestion experienced inside is not repeated outside. RFC 3168 section 9.1.1.
    let ecn = if inner.tos() & 3 == 3 { 2 } else { inner.tos() & 3 };
    let tos = outer.tos.unwrap_or(inner.tos()) & !3 | ecn;

    packet.start -= IP_HEADER;
    packet.head = IP_HEADER;
    let (header, options) = split(&mut packet.buf[packet.start..packet.start + IP_HEADER]);
    header[0] = 0x45;
    header[1] = tos;
    header[2..4].copy_from_slice(&total.to_be_bytes());
    header[4..6].copy_from_slice(&outer.id.to_be_bytes());
    header[6..8].copy_from_slice(&if df { DF } else { 0 }.to_be_bytes());
    header[8] = ttl;
    header[9] = IPIP;
    header[12..16].copy_from_slice(&outer.src.octets());
    header[16..20].copy_from_slice(&outer.dst.octets());
    seal(header, options);
}

#[cfg(test)]
mod tests;
