//! The filter expressions behind `tcpdump`: a strict subset of pcap-filter(7), with libpcap's
//! meaning.
//!
//! Two things surprise people, here as there. `and` and `or` bind equally and from the left: `arp
//! or icmp and host A` is `(arp or icmp) and host A`. And a value without a word before it takes
//! the words of the last one: `port 80 or 443`. What is not understood is refused with the place
//! and the words that are known; nothing is guessed.
//!
//! Differs from libpcap: only Ethernet and IPv4 are known, so `tcp` or `port 80` never match IPv6.

mod number;
mod parse;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::fields::{
    CutShort, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_RARP, Ethernet, ICMP, TCP, UDP, addr_at,
    mac_at, u8_at, u16_at, u32_at,
};
use crate::Mac;
use crate::text::Text;

/// Which frames a tcpdump shows.
///
/// ```
/// use sim_core::tcpdump::Filter;
/// let filter = Filter::parse("host 192.0.2.100 && not tcp[tcpflags]&(tcp-syn|tcp-rst) != 0")?;
/// assert_eq!(filter.to_string(), "host 192.0.2.100 and not tcp[13] & 0x6 != 0");
/// let error = Filter::parse("prot 80").unwrap_err();
/// assert_eq!(error.at, 0..4);
/// # Ok::<(), sim_core::tcpdump::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Option<Expr>);

/// Why a filter expression was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct FilterError {
    /// The bytes of the expression that are meant; empty and at the end if something is missing
    /// there.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: Text,
    /// What to write instead.
    pub help: Text,
}

impl Filter {
    /// Reads an expression; an empty one lets every frame through.
    ///
    /// # Errors
    /// Which words are not understood, and what to write instead.
    pub fn parse(words: &str) -> Result<Self, FilterError> {
        parse::parse(words).map(Self)
    }

    /// Whether an Ethernet frame is to be shown.
    pub fn matches(&self, frame: &[u8]) -> bool {
        let network = frame.get(Ethernet::HEAD..).unwrap_or_default();
        self.lets_through(&Seen { frame: Some(frame), network })
    }

    /// Whether an IP packet of a device without a link header, such as `tunl0`, is to be shown.
    pub fn matches_packet(&self, packet: &[u8]) -> bool {
        self.lets_through(&Seen { frame: None, network: packet })
    }

    fn lets_through(&self, seen: &Seen<'_>) -> bool {
        let Some(expr) = &self.0 else { return true };
        // As in libpcap, bytes that end before a field that is looked at do not match, whatever
        // the expression.
        expr.eval(seen).unwrap_or(false)
    }
}

/// What a filter looks at.
struct Seen<'a> {
    /// The whole frame, unless there is no link header.
    frame: Option<&'a [u8]>,
    /// What is behind the link header.
    network: &'a [u8],
}

/// A logical expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expr {
    Test(Test),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

/// One question about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Protocol(Protocol),
    Net { layer: Layer, way: Way, net: Net },
    Port { transport: Option<Transport>, way: Way, low: u16, high: u16 },
    Mac { way: Way, mac: Mac },
    IpProto(u8),
    Bytes(Bytes),
}

/// A protocol as a word of its own, or before brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Ether,
    Arp,
    Rarp,
    Ip,
    Icmp,
    Tcp,
    Udp,
}

/// Where addresses are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// In IP packets and in ARP's addresses.
    Any,
    Ip,
    Arp,
}

/// Whose ports are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
}

/// Which of two ends must fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Either,
    Src,
    Dst,
    Both,
}

/// A network; a host is one of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Net {
    addr: Ipv4Addr,
    bits: u8,
}

/// A comparison of bytes, as in `tcp[13] & 0x2 != 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bytes {
    from: Protocol,
    at: u16,
    size: Size,
    mask: Option<u32>,
    relation: Relation,
    value: u32,
}

/// How many bytes make the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    One,
    Two,
    Four,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Unequal,
    Less,
    More,
    AtMost,
    AtLeast,
}

/// SCTP has ports in the same place; a plain `port` looks there too.
const SCTP: u8 = 132;

impl Expr {
    fn eval(&self, seen: &Seen<'_>) -> Result<bool, CutShort> {
        match self {
            Self::Test(test) => test.eval(seen),
            Self::Not(inner) => Ok(!inner.eval(seen)?),
            Self::And(left, right) => Ok(left.eval(seen)? && right.eval(seen)?),
            Self::Or(left, right) => Ok(left.eval(seen)? || right.eval(seen)?),
        }
    }
}

impl Test {
    fn eval(&self, seen: &Seen<'_>) -> Result<bool, CutShort> {
        match *self {
            Self::Protocol(protocol) => protocol.eval(seen),
            Self::Net { layer, way, net } => {
                let (src, dst) = match seen.ethertype()? {
                    ETHERTYPE_IPV4 if layer != Layer::Arp => (12, 16),
                    ETHERTYPE_ARP if layer != Layer::Ip => (14, 24),
                    ETHERTYPE_RARP if layer == Layer::Any => (14, 24),
                    _ => return Ok(false),
                };
                // Like libpcap, /0 does not even look.
                let within = |at| Ok(net.bits == 0 || net.contains(addr_at(seen.network, at)?));
                way.fits(|| within(src), || within(dst))
            }
            Self::Port { transport, way, low, high } => {
                let protocols: &[u8] = match transport {
                    Some(Transport::Tcp) => &[TCP],
                    Some(Transport::Udp) => &[UDP],
                    None => &[TCP, UDP, SCTP],
                };
                let Some(start) = seen.payload_start(protocols)? else { return Ok(false) };
                let within = |at| Ok((low..=high).contains(&u16_at(seen.network, at)?));
                way.fits(|| within(start), || within(start + 2))
            }
            Self::Mac { way, mac } => {
                let Some(frame) = seen.frame else { return Ok(false) };
                let is = |at| Ok(mac_at(frame, at)? == mac);
                way.fits(|| is(6), || is(0))
            }
            Self::IpProto(protocol) => seen.is_ip_proto(protocol),
            Self::Bytes(bytes) => bytes.eval(seen),
        }
    }
}

impl Protocol {
    const NAMES: [(&'static str, Self); 7] = [
        ("ether", Self::Ether),
        ("arp", Self::Arp),
        ("rarp", Self::Rarp),
        ("ip", Self::Ip),
        ("icmp", Self::Icmp),
        ("tcp", Self::Tcp),
        ("udp", Self::Udp),
    ];

    fn name(self) -> &'static str {
        let entry = Self::NAMES.iter().find(|(_, protocol)| *protocol == self);
        entry.expect("every protocol has a name").0
    }

    fn eval(self, seen: &Seen<'_>) -> Result<bool, CutShort> {
        match self {
            Self::Ether => Ok(seen.frame.is_some()),
            Self::Arp => Ok(seen.ethertype()? == ETHERTYPE_ARP),
            Self::Rarp => Ok(seen.ethertype()? == ETHERTYPE_RARP),
            Self::Ip => Ok(seen.ethertype()? == ETHERTYPE_IPV4),
            Self::Icmp => seen.is_ip_proto(ICMP),
            Self::Tcp => seen.is_ip_proto(TCP),
            Self::Udp => seen.is_ip_proto(UDP),
        }
    }
}

impl Seen<'_> {
    fn ethertype(&self) -> Result<u16, CutShort> {
        self.frame.map_or(Ok(ETHERTYPE_IPV4), |frame| u16_at(frame, 12))
    }

    fn is_ip_proto(&self, protocol: u8) -> Result<bool, CutShort> {
        Ok(self.ethertype()? == ETHERTYPE_IPV4 && u8_at(self.network, 9)? == protocol)
    }

    /// Where the segment or datagram starts in the packet; `None` if it is another protocol's or a
    /// later fragment.
    fn payload_start(&self, protocols: &[u8]) -> Result<Option<usize>, CutShort> {
        let fits = self.ethertype()? == ETHERTYPE_IPV4
            && protocols.contains(&u8_at(self.network, 9)?)
            && u16_at(self.network, 6)? & 0x1fff == 0;
        if !fits {
            return Ok(None);
        }
        Ok(Some(usize::from(u8_at(self.network, 0)? & 0x0f) * 4))
    }
}

impl Way {
    fn fits(
        self,
        src: impl FnOnce() -> Result<bool, CutShort>,
        dst: impl FnOnce() -> Result<bool, CutShort>,
    ) -> Result<bool, CutShort> {
        Ok(match self {
            Self::Either => src()? || dst()?,
            Self::Src => src()?,
            Self::Dst => dst()?,
            Self::Both => src()? && dst()?,
        })
    }
}

impl Net {
    fn mask(bits: u8) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
    }

    fn contains(self, addr: Ipv4Addr) -> bool {
        addr.to_bits() & Self::mask(self.bits) == self.addr.to_bits()
    }
}

impl Bytes {
    fn eval(&self, seen: &Seen<'_>) -> Result<bool, CutShort> {
        let (bytes, start) = match self.from {
            Protocol::Ether => (seen.frame.unwrap_or_default(), 0),
            Protocol::Arp | Protocol::Rarp | Protocol::Ip => {
                if !self.from.eval(seen)? {
                    return Ok(false);
                }
                (seen.network, 0)
            }
            Protocol::Icmp | Protocol::Tcp | Protocol::Udp => {
                let protocol = match self.from {
                    Protocol::Icmp => ICMP,
                    Protocol::Tcp => TCP,
                    _ => UDP,
                };
                let Some(start) = seen.payload_start(&[protocol])? else { return Ok(false) };
                (seen.network, start)
            }
        };
        let at = start + usize::from(self.at);
        let number = match self.size {
            Size::One => u32::from(u8_at(bytes, at)?),
            Size::Two => u32::from(u16_at(bytes, at)?),
            Size::Four => u32_at(bytes, at)?,
        };
        Ok(self.relation.holds(number & self.mask.unwrap_or(u32::MAX), self.value))
    }
}

impl Relation {
    const SIGNS: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<", Self::Less),
        (">", Self::More),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
    ];

    fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::More => left > right,
            Self::AtMost => left <= right,
            Self::AtLeast => left >= right,
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |expr| expr.fmt(f))
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both words associate to the left, so only what stands on the right, or behind `not`,
        // needs parentheses.
        let bracketed = |expr: &Self, f: &mut fmt::Formatter<'_>| match expr {
            Self::And(..) | Self::Or(..) => write!(f, "({expr})"),
            _ => write!(f, "{expr}"),
        };
        match self {
            Self::Test(test) => test.fmt(f),
            Self::Not(inner) => {
                f.write_str("not ")?;
                bracketed(inner, f)
            }
            Self::And(left, right) => {
                write!(f, "{left} and ")?;
                bracketed(right, f)
            }
            Self::Or(left, right) => {
                write!(f, "{left} or ")?;
                bracketed(right, f)
            }
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Protocol(protocol) => f.write_str(protocol.name()),
            Self::Net { layer, way, net } => {
                let layer = match layer {
                    Layer::Any => "",
                    Layer::Ip => "ip ",
                    Layer::Arp => "arp ",
                };
                match net {
                    Net { addr, bits: 32 } => write!(f, "{layer}{way}host {addr}"),
                    Net { addr, bits } => write!(f, "{layer}{way}net {addr}/{bits}"),
                }
            }
            Self::Port { transport, way, low, high } => {
                let transport = match transport {
                    None => "",
                    Some(Transport::Tcp) => "tcp ",
                    Some(Transport::Udp) => "udp ",
                };
                if low == high {
                    write!(f, "{transport}{way}port {low}")
                } else {
                    write!(f, "{transport}{way}portrange {low}-{high}")
                }
            }
            Self::Mac { way, mac } => write!(f, "ether {way}host {mac}"),
            Self::IpProto(protocol) => write!(f, "ip proto {protocol}"),
            Self::Bytes(bytes) => bytes.fmt(f),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Either => "",
            Self::Src => "src ",
            Self::Dst => "dst ",
            Self::Both => "src and dst ",
        })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.size {
            Size::One => "",
            Size::Two => ":2",
            Size::Four => ":4",
        };
        write!(f, "{}[{}{size}]", self.from.name(), self.at)?;
        if let Some(mask) = self.mask {
            write!(f, " & {mask:#x}")?;
        }
        let entry = Relation::SIGNS.iter().find(|(_, relation)| *relation == self.relation);
        let (sign, _) = entry.expect("every relation has a sign");
        write!(f, " {sign} {}", self.value)
    }
}
