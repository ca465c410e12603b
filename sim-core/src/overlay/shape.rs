//! What of a frame is compared: who sends to whom, how far it has come, and which step of its
//! conversation it is. What differs between any two boxes is left out; `book/overlay.md` lists it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::Mac;
use crate::tcpdump::fields::{
    ACK, CutShort, ETHERTYPE_ARP, ETHERTYPE_IPV4, Ethernet, FIN, GRE, ICMP, IPIP, Ipv4, RST, SYN,
    TCP, Tcp, UDP, addr_at, checksum, mac_at, u8_at, u16_at,
};

/// How frames are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    /// The ports at which somebody serves, with their protocols.
    pub servers: &'a BTreeSet<(u8, u16)>,
    /// Which address of the capture stands for which of the scenario.
    pub map: &'a BTreeMap<Ipv4Addr, Ipv4Addr>,
    /// Whether TTLs are compared.
    pub ttl: bool,
}

/// What a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// What a client has with whoever answers it, by its protocol, address and port.
    Ports(u8, Ipv4Addr, u16),
    /// Pings, by who asks and their id.
    Echo(Ipv4Addr, u16),
    /// ARP, by who asks for whom.
    Arp(Ipv4Addr, Ipv4Addr),
    /// Another protocol of IP, by its ends.
    Other(u8, Ipv4Addr, Ipv4Addr),
}

/// Which step of a conversation a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Syn,
    SynAck,
    Ack,
    Data,
    Fin,
    Rst,
    Datagram,
    Echo,
    Error,
    Fragment,
    Packet,
    ArpQuestion,
    ArpAnswer,
}

impl Role {
    /// As it is shown.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Syn => "SYN",
            Self::SynAck => "SYN-ACK",
            Self::Ack => "ACK",
            Self::Data => "data",
            Self::Fin => "FIN",
            Self::Rst => "RST",
            Self::Datagram => "datagram",
            Self::Echo => "echo",
            Self::Error => "ICMP error",
            Self::Fragment => "fragment",
            Self::Packet => "packet",
            Self::ArpQuestion => "ARP question",
            Self::ArpAnswer => "ARP answer",
        }
    }

    /// Whether it has its place among the steps of its conversation.
    pub(super) const fn is_ordered(self) -> bool {
        matches!(self, Self::Syn | Self::SynAck | Self::Data | Self::Rst)
    }
}

/// A step of a conversation: what of a frame is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub role: Role,
    /// MAC addresses by the names of their fields; none in a capture that has not got them.
    pub macs: Vec<(&'static str, Mac)>,
    /// The way that it goes.
    pub fields: Vec<(String, String)>,
    /// What only this kind of step has: the MSS, an error's type.
    pub more: Vec<(String, String)>,
}

impl Step {
    /// Whether two are the same but for MAC addresses. A bare ACK is any frame that goes its way.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.fields == other.fields
            && (self.role == other.role && self.is_as_marked(other)
                || self.role == Role::Ack && !matches!(other.role, Role::Syn | Role::SynAck))
    }

    /// Whether what only this kind of step has is the same; an MSS that one side does not show is any.
    fn is_as_marked(&self, other: &Self) -> bool {
        let is_wrong = |own: &Self| own.more.iter().any(|(name, _)| name == SUM);
        let mut both = self.more.iter().filter_map(|(name, value)| {
            let theirs = other.more.iter().find(|(own, _)| own == name)?;
            Some(*value == theirs.1)
        });
        is_wrong(self) == is_wrong(other) && both.all(|same| same)
    }
}

/// What a checksum is marked by that is wrong.
const SUM: &str = "sum";

/// A frame as it is compared.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub key: Key,
    /// The other end: whom the client talks to.
    pub peer: (Ipv4Addr, u16),
    /// The number that a SYN begins with.
    pub begins: Option<u32>,
    pub steps: Vec<Step>,
    /// Its checksum is one that the network card was to fill in.
    pub is_unfilled: bool,
    /// More bytes than a cable carries.
    pub is_giant: bool,
    /// An ARP question to somebody whose MAC address is known.
    pub is_probe: bool,
}

/// What a frame is that has no shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noise {
    /// IPv6.
    Ipv6,
    /// LLDP.
    Lldp,
    /// Without an EtherType: spanning tree and its like.
    Llc,
    /// Another EtherType.
    Type(u16),
    /// Too short for its own headers.
    Short,
}

/// More than an Ethernet of jumbo frames carries, or than the usual one, behind a head of 20 + 20.
const USUAL: usize = 1_500;
/// How many IP headers of one frame are read.
const MAX_DEPTH: usize = 4;

/// The packet of a frame while it is read.
struct Packet<'a> {
    reading: Reading<'a>,
    is_whole: bool,
    fields: Vec<(String, String)>,
    more: Vec<(String, String)>,
    roles: Vec<Role>,
    begins: Option<u32>,
    is_unfilled: bool,
    is_wrong: bool,
}

impl Reading<'_> {
    fn addr(&self, addr: Ipv4Addr) -> Ipv4Addr {
        self.map.get(&addr).copied().unwrap_or(addr)
    }

    /// The shape of an Ethernet frame.
    pub(super) fn shape(
        self,
        bytes: &[u8],
        has_macs: bool,
        is_whole: bool,
    ) -> Result<Shape, Noise> {
        let ether = Ethernet::read(bytes).map_err(|_| Noise::Short)?;
        let macs = match has_macs {
            true => vec![("eth.src", ether.src), ("eth.dst", ether.dst)],
            false => Vec::new(),
        };
        match ether.ethertype {
            ETHERTYPE_ARP => self.arp(&ether, macs).map_err(|_| Noise::Short),
            ETHERTYPE_IPV4 => self.packet(ether.payload, macs, is_whole).map_err(|_| Noise::Short),
            0x86dd => Err(Noise::Ipv6),
            0x88cc => Err(Noise::Lldp),
            0..0x600 => Err(Noise::Llc),
            other => Err(Noise::Type(other)),
        }
    }

    fn arp(
        self,
        ether: &Ethernet<'_>,
        mut macs: Vec<(&'static str, Mac)>,
    ) -> Result<Shape, CutShort> {
        let bytes = ether.payload;
        let op = u16_at(bytes, 6)?;
        let (sender, target) = (self.addr(addr_at(bytes, 14)?), self.addr(addr_at(bytes, 24)?));
        let is_known = !macs.is_empty();
        macs.push(("arp.sender.mac", mac_at(bytes, 8)?));
        let is_question = op != 2;
        let is_announced = sender == target;
        let is_probe = is_question && is_known && !ether.dst.is_group() && !is_announced;
        // An answer by broadcast has a target that says nothing, and so has each question.
        let to = mac_at(bytes, 18)?;
        if !is_question && !is_announced && !to.is_group() && to != Mac::ZERO {
            macs.push(("arp.target.mac", to));
        }
        if is_probe {
            macs.retain(|(name, _)| *name != "eth.dst");
        }
        let (key, role) = match is_question {
            true => (Key::Arp(sender, target), Role::ArpQuestion),
            false => (Key::Arp(target, sender), Role::ArpAnswer),
        };
        let field = |name: &str, value: Ipv4Addr| (name.to_owned(), value.to_string());
        let fields = vec![field("arp.sender.ip", sender), field("arp.target.ip", target)];
        let step = Step { role, macs, fields, more: Vec::new() };
        Ok(Shape {
            key,
            peer: (target, 0),
            begins: None,
            steps: vec![step],
            is_unfilled: false,
            is_giant: false,
            is_probe,
        })
    }

    fn packet(
        self,
        bytes: &[u8],
        macs: Vec<(&'static str, Mac)>,
        is_whole: bool,
    ) -> Result<Shape, CutShort> {
        let mut packet = Packet {
            reading: self,
            is_whole,
            fields: Vec::new(),
            more: Vec::new(),
            roles: Vec::new(),
            begins: None,
            is_unfilled: false,
            is_wrong: false,
        };
        let (key, peer) = packet.ip(bytes, "", 0)?;
        if packet.is_wrong {
            packet.more.push((SUM.into(), "wrong".into()));
        }
        let step = |role: &Role| Step {
            role: *role,
            macs: macs.clone(),
            fields: packet.fields.clone(),
            more: packet.more.clone(),
        };
        Ok(Shape {
            key,
            peer,
            begins: packet.begins,
            steps: packet.roles.iter().map(step).collect(),
            is_unfilled: packet.is_unfilled,
            is_giant: bytes.len() > USUAL && packet.roles.contains(&Role::Data),
            is_probe: false,
        })
    }

    /// Of two ends the client: who asks a port at which somebody serves, or else has the higher port.
    fn is_client(self, proto: u8, sport: u16, dport: u16) -> bool {
        match (self.servers.contains(&(proto, sport)), self.servers.contains(&(proto, dport))) {
            (false, true) => true,
            (true, false) => false,
            _ => sport >= dport,
        }
    }
}

type Of = (Key, (Ipv4Addr, u16));

impl Packet<'_> {
    fn say(&mut self, prefix: &str, name: &str, value: impl ToString) {
        self.fields.push((format!("{prefix}{name}"), value.to_string()));
    }

    fn ip(&mut self, bytes: &[u8], prefix: &str, depth: usize) -> Result<Of, CutShort> {
        let ip = Ipv4::read(bytes)?;
        if ip.version != 4 || ip.head < Ipv4::HEAD || depth > MAX_DEPTH {
            return Err(CutShort);
        }
        let (src, dst) = (self.reading.addr(ip.src), self.reading.addr(ip.dst));
        self.say(prefix, "ip.src", src);
        self.say(prefix, "ip.dst", dst);
        if self.reading.ttl {
            self.say(prefix, "ip.ttl", ip.ttl);
        }
        self.say(prefix, "ip.df", u8::from(ip.flags & Ipv4::DF != 0));
        // A segment that the card is to cut may be too long for its own header to say so.
        let total = if ip.total == 0 { bytes.len() } else { ip.total };
        let payload = bytes.get(ip.head..total.min(bytes.len())).ok_or(CutShort)?;
        if ip.offset != 0 {
            self.roles = vec![Role::Fragment];
            return Ok((Key::Other(ip.protocol, src, dst), (dst, 0)));
        }
        let length = total.saturating_sub(ip.head);
        match ip.protocol {
            TCP => self.tcp(&ip, payload, length, prefix),
            UDP => self.udp(&ip, payload, prefix),
            ICMP => self.icmp(&ip, payload, prefix, depth),
            IPIP => self.ip(payload, &format!("{prefix}inner."), depth + 1),
            GRE if u16_at(payload, 2) == Ok(ETHERTYPE_IPV4) => {
                let head = 4 + 4 * (u16_at(payload, 0)? & 0xb000).count_ones() as usize;
                self.say(prefix, "ip.protocol", GRE);
                let inside = payload.get(head..).ok_or(CutShort)?;
                self.ip(inside, &format!("{prefix}inner."), depth + 1)
            }
            other => {
                self.say(prefix, "ip.protocol", other);
                self.roles = vec![Role::Packet];
                Ok((Key::Other(other, src.min(dst), src.max(dst)), (dst, 0)))
            }
        }
    }

    /// Notes the ports, but for the client's, which is any; tells the conversation.
    fn ports(&mut self, ip: &Ipv4, sport: u16, dport: u16, is_client: bool, prefix: &str) -> Of {
        let (src, dst) = (self.reading.addr(ip.src), self.reading.addr(ip.dst));
        let proto = match ip.protocol {
            TCP => "tcp",
            _ => "udp",
        };
        match is_client {
            true => {
                self.say(prefix, &format!("{proto}.dport"), dport);
                (Key::Ports(ip.protocol, src, sport), (dst, dport))
            }
            false => {
                self.say(prefix, &format!("{proto}.sport"), sport);
                (Key::Ports(ip.protocol, dst, dport), (src, sport))
            }
        }
    }

    fn tcp(
        &mut self,
        ip: &Ipv4,
        bytes: &[u8],
        length: usize,
        prefix: &str,
    ) -> Result<Of, CutShort> {
        let tcp = Tcp::read(bytes)?;
        let is_client = match (tcp.has(SYN), tcp.has(ACK)) {
            (true, false) => true,
            (true, true) => false,
            _ => self.reading.is_client(TCP, tcp.sport, tcp.dport),
        };
        let of = self.ports(ip, tcp.sport, tcp.dport, is_client, prefix);
        let has_data = length > tcp.head;
        self.roles = match () {
            () if tcp.has(RST) => vec![Role::Rst],
            () if tcp.has(SYN) && tcp.has(ACK) => vec![Role::SynAck],
            () if tcp.has(SYN) => vec![Role::Syn],
            () if tcp.has(FIN) && has_data => vec![Role::Data, Role::Fin],
            () if tcp.has(FIN) => vec![Role::Fin],
            () if has_data => vec![Role::Data],
            () => vec![Role::Ack],
        };
        if tcp.has(SYN) {
            self.begins = (!tcp.has(ACK)).then_some(tcp.seq);
            let options = bytes.get(Tcp::HEAD..tcp.head.min(bytes.len()));
            if let Some(mss) = options.and_then(mss) {
                self.more.push((format!("{prefix}tcp.mss"), mss.to_string()));
            }
        }
        if self.is_whole && bytes.len() == length && !ip.is_fragment() {
            let start = ip.pseudo_sum(TCP, length);
            self.sum(start, bytes, tcp.checksum);
        }
        Ok(of)
    }

    fn udp(&mut self, ip: &Ipv4, bytes: &[u8], prefix: &str) -> Result<Of, CutShort> {
        let (sport, dport) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        let is_client = self.reading.is_client(UDP, sport, dport);
        let of = self.ports(ip, sport, dport, is_client, prefix);
        self.roles = vec![Role::Datagram];
        let length = usize::from(u16_at(bytes, 4)?);
        let field = u16_at(bytes, 6)?;
        if self.is_whole && bytes.len() == length && field != 0 && !ip.is_fragment() {
            self.sum(ip.pseudo_sum(UDP, length), bytes, field);
        }
        Ok(of)
    }

    /// A sum is right, or what a card starts from that fills it in, or wrong.
    fn sum(&mut self, start: u32, bytes: &[u8], field: u16) {
        let computed = checksum(start, bytes);
        if computed == 0 {
            return;
        }
        // The sum of the pseudo header alone, not complemented.
        match field == !checksum(start, &[]) {
            true => self.is_unfilled = true,
            false => self.is_wrong = true,
        }
    }

    fn icmp(
        &mut self,
        ip: &Ipv4,
        bytes: &[u8],
        prefix: &str,
        depth: usize,
    ) -> Result<Of, CutShort> {
        let (kind, code) = (u8_at(bytes, 0)?, u8_at(bytes, 1)?);
        let (src, dst) = (self.reading.addr(ip.src), self.reading.addr(ip.dst));
        self.say(prefix, "icmp.type", kind);
        self.say(prefix, "icmp.code", code);
        match kind {
            0 | 8 => {
                let id = u16_at(bytes, 4)?;
                self.roles = vec![Role::Echo];
                let (client, peer) = if kind == 8 { (src, dst) } else { (dst, src) };
                Ok((Key::Echo(client, id), (peer, 0)))
            }
            3 | 4 | 5 | 11 | 12 => {
                if (kind, code) == (3, 4) {
                    self.say(prefix, "icmp.mtu", u16_at(bytes, 6)?);
                }
                if kind == 5 {
                    let gateway = self.reading.addr(addr_at(bytes, 4)?);
                    self.say(prefix, "icmp.gateway", gateway);
                }
                let quote = bytes.get(8..).ok_or(CutShort)?;
                let of = self.quoted(quote, &format!("{prefix}quoted."), depth + 1)?;
                self.roles = vec![Role::Error];
                Ok(of)
            }
            _ => {
                self.roles = vec![Role::Packet];
                Ok((Key::Other(ICMP, src.min(dst), src.max(dst)), (dst, 0)))
            }
        }
    }

    /// The packet that an error is about; of its payload eight bytes are enough.
    fn quoted(&mut self, bytes: &[u8], prefix: &str, depth: usize) -> Result<Of, CutShort> {
        let ip = Ipv4::read(bytes)?;
        if ip.version != 4 || ip.head < Ipv4::HEAD || depth > MAX_DEPTH {
            return Err(CutShort);
        }
        let (src, dst) = (self.reading.addr(ip.src), self.reading.addr(ip.dst));
        self.say(prefix, "ip.src", src);
        self.say(prefix, "ip.dst", dst);
        let payload = bytes.get(ip.head..).ok_or(CutShort)?;
        match ip.protocol {
            TCP | UDP if ip.offset == 0 => {
                let (sport, dport) = (u16_at(payload, 0)?, u16_at(payload, 2)?);
                let is_client = self.reading.is_client(ip.protocol, sport, dport);
                Ok(self.ports(&ip, sport, dport, is_client, prefix))
            }
            ICMP if ip.offset == 0 && matches!(u8_at(payload, 0)?, 0 | 8) => {
                let is_question = u8_at(payload, 0)? == 8;
                let (client, peer) = if is_question { (src, dst) } else { (dst, src) };
                Ok((Key::Echo(client, u16_at(payload, 4)?), (peer, 0)))
            }
            IPIP => self.quoted(payload, &format!("{prefix}inner."), depth + 1),
            other => Ok((Key::Other(other, src.min(dst), src.max(dst)), (dst, 0))),
        }
    }
}

/// The largest segment that a SYN asks for.
fn mss(mut options: &[u8]) -> Option<u16> {
    loop {
        match options {
            [0, ..] | [] => return None,
            [1, rest @ ..] => options = rest,
            [2, 4, high, low, ..] => return Some(u16::from_be_bytes([*high, *low])),
            [_, len, ..] if *len >= 2 => options = options.get(usize::from(*len)..)?,
            _ => return None,
        }
    }
}
