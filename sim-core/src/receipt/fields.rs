//! The header fields in which two frames differ.

use crate::tcpdump::fields::{
    ACK, CutShort, ETHERTYPE_ARP, ETHERTYPE_IPV4, Ethernet, GRE, ICMP, IPIP, Ipv4, TCP, Tcp, UDP,
    addr_at, checksum, mac_at, u8_at, u16_at, u32_at,
};

/// A field in which two frames differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, with what it is inside of: `ip.ttl`, `quoted.tcp.seq`, `inner.ip.dst`.
    pub name: String,
    /// Its value in the simulation; `-` where the frame has no such field.
    pub simulated: String,
    /// And on the kernel.
    pub real: String,
}

/// The fields in which two frames differ, from the outside in; tunnelled and quoted headers too.
///
/// ```
/// use sim_core::receipt::fields;
/// let mut frame = b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x0c\x08\x06\0\x01\x08\0\x06\x04\0\x01\
///     \x02\0\0\0\0\x0c\x0a\0\0\x0a\0\0\0\0\0\0\x0a\0\0\x01".to_vec();
/// let other = frame.clone();
/// frame[41] = 2;
/// let found = fields(&frame, &other);
/// assert_eq!((&*found[0].name, &*found[0].simulated), ("arp.target.ip", "10.0.0.2"));
/// ```
pub fn fields(simulated: &[u8], real: &[u8]) -> Vec<Field> {
    let (ours, theirs) = (read(simulated), read(real));
    let mut found = Vec::new();
    for (name, value) in &ours {
        // Of a header that only one side has the field before it tells: a type, a protocol.
        let other = theirs.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        if other.is_some_and(|other| other != value) {
            let (simulated, real) = value.beside(other);
            found.push(Field { name: name.clone(), simulated, real });
        }
    }
    if found.is_empty() && simulated != real {
        let (simulated, real) =
            Value::Bytes(simulated.into()).beside(Some(&Value::Bytes(real.into())));
        found.push(Field { name: "bytes".into(), simulated, real });
    }
    found
}

/// All fields of a frame with their values, from the outside in.
pub fn all(frame: &[u8]) -> Vec<(String, String)> {
    let shown = |(name, value): (String, Value)| {
        let text = match &value {
            Value::Bytes(bytes) if bytes.is_empty() => String::new(),
            value => value.text(),
        };
        // What is compared counts from the first number of a connection, below it, too.
        let number = text
            .parse::<i32>()
            .ok()
            .filter(|_| name.ends_with("tcp.seq") || name.ends_with("tcp.ack"));
        (name, number.map_or(text, |number| number.cast_unsigned().to_string()))
    };
    read(frame).into_iter().map(shown).collect()
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Said(String),
    Bytes(Vec<u8>),
}

/// How many bytes are shown, from the first that differs.
const SHOWN: usize = 12;

impl Value {
    /// Both values as text; of long ones the part that differs.
    fn beside(&self, other: Option<&Self>) -> (String, String) {
        match (self, other) {
            (Self::Bytes(one), Some(Self::Bytes(other))) => {
                let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
                (from(one, same), from(other, same))
            }
            (one, Some(other)) => (one.text(), other.text()),
            (one, None) => (one.text(), "-".into()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Said(text) => text.clone(),
            Self::Bytes(bytes) => from(bytes, 0),
        }
    }
}

/// The length of some bytes, and some of them from a place on.
fn from(bytes: &[u8], at: usize) -> String {
    let rest = bytes.get(at..).unwrap_or_default();
    let hex: String = rest.iter().take(SHOWN).map(|byte| format!(" {byte:02x}")).collect();
    let more = if rest.len() > SHOWN { " …" } else { "" };
    format!("[{}] {at}:{hex}{more}", bytes.len())
}

/// All fields of a frame, in order.
fn read(frame: &[u8]) -> Vec<(String, Value)> {
    let mut reader = Reader { prefix: String::new(), found: Vec::new() };
    // What is cut short has no further fields; its bytes are compared as such.
    if reader.ether(frame) == Err(CutShort) {
        reader.bytes("cut", frame);
    }
    reader.found
}

/// The reading of one frame.
struct Reader {
    /// What the present header is inside of.
    prefix: String,
    found: Vec<(String, Value)>,
}

type Read = Result<(), CutShort>;

impl Reader {
    fn say(&mut self, name: &str, value: impl ToString) {
        self.found.push((format!("{}{name}", self.prefix), Value::Said(value.to_string())));
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.found.push((format!("{}{name}", self.prefix), Value::Bytes(bytes.into())));
    }

    fn sum(&mut self, name: &str, is_right: bool) {
        self.say(name, if is_right { "right" } else { "wrong" });
    }

    fn ether(&mut self, frame: &[u8]) -> Read {
        let ether = Ethernet::read(frame)?;
        self.say("eth.dst", ether.dst);
        self.say("eth.src", ether.src);
        self.say("eth.type", format!("0x{:04x}", ether.ethertype));
        match ether.ethertype {
            ETHERTYPE_IPV4 => self.ip(ether.payload),
            ETHERTYPE_ARP => self.arp(ether.payload),
            _ => {
                self.bytes("eth.data", ether.payload);
                Ok(())
            }
        }
    }

    fn arp(&mut self, bytes: &[u8]) -> Read {
        self.bytes("arp.kind", bytes.get(..6).ok_or(CutShort)?);
        self.say("arp.op", u16_at(bytes, 6)?);
        self.say("arp.sender.mac", mac_at(bytes, 8)?);
        self.say("arp.sender.ip", addr_at(bytes, 14)?);
        self.say("arp.target.mac", mac_at(bytes, 18)?);
        self.say("arp.target.ip", addr_at(bytes, 24)?);
        self.bytes("eth.padding", &bytes[28..]);
        Ok(())
    }

    fn ip(&mut self, bytes: &[u8]) -> Read {
        let ip = Ipv4::read(bytes)?;
        self.say("ip.version", ip.version);
        self.say("ip.head", ip.head);
        self.say("ip.tos", format!("0x{:02x}", ip.tos));
        self.say("ip.length", ip.total);
        self.say("ip.id", ip.id);
        self.say("ip.flags", ip_flags(&ip));
        self.say("ip.offset", ip.offset);
        self.say("ip.ttl", ip.ttl);
        self.say("ip.protocol", ip.protocol);
        self.say("ip.src", ip.src);
        self.say("ip.dst", ip.dst);
        if ip.head < Ipv4::HEAD || ip.total < ip.head {
            return Err(CutShort);
        }
        let head = bytes.get(..ip.head).ok_or(CutShort)?;
        self.bytes("ip.options", &head[Ipv4::HEAD..]);
        self.sum("ip.sum", checksum(0, head) == 0);
        let there = ip.total.min(bytes.len());
        self.bytes("padding", &bytes[there..]);
        let payload = &bytes[ip.head..there];
        let is_whole = there == ip.total && !ip.is_fragment();
        match ip.protocol {
            _ if ip.offset != 0 => self.bytes("ip.data", payload),
            TCP => self.tcp(&ip, payload, is_whole)?,
            UDP => self.udp(&ip, payload, is_whole)?,
            ICMP => self.icmp(payload, is_whole)?,
            IPIP => self.inside("inner.", |reader| reader.ip(payload))?,
            GRE => self.gre(payload)?,
            _ => self.bytes("ip.data", payload),
        }
        Ok(())
    }

    fn inside(&mut self, what: &str, read: impl FnOnce(&mut Self) -> Read) -> Read {
        let len = self.prefix.len();
        self.prefix.push_str(what);
        let result = read(self);
        self.prefix.truncate(len);
        result
    }

    fn tcp(&mut self, ip: &Ipv4, bytes: &[u8], is_whole: bool) -> Read {
        self.say("tcp.sport", u16_at(bytes, 0)?);
        self.say("tcp.dport", u16_at(bytes, 2)?);
        self.say("tcp.seq", u32_at(bytes, 4)?.cast_signed());
        let tcp = Tcp::read(bytes)?;
        if tcp.has(ACK) || tcp.ack != 0 {
            self.say("tcp.ack", tcp.ack.cast_signed());
        }
        self.say("tcp.flags", tcp.flag_letters());
        self.say("tcp.window", tcp.window);
        self.say("tcp.urgent", tcp.urgent);
        self.say("tcp.head", tcp.head);
        if is_whole {
            self.sum("tcp.sum", checksum(ip.pseudo_sum(TCP, bytes.len()), bytes) == 0);
        }
        self.say("tcp.options", tcp_options(bytes.get(Tcp::HEAD..tcp.head).ok_or(CutShort)?));
        self.bytes("tcp.data", &bytes[tcp.head..]);
        Ok(())
    }

    fn udp(&mut self, ip: &Ipv4, bytes: &[u8], is_whole: bool) -> Read {
        self.say("udp.sport", u16_at(bytes, 0)?);
        self.say("udp.dport", u16_at(bytes, 2)?);
        let length = usize::from(u16_at(bytes, 4)?);
        self.say("udp.length", length);
        let covered = bytes.get(..length).filter(|covered| is_whole && covered.len() >= 8);
        match (u16_at(bytes, 6)?, covered) {
            (0, _) => self.say("udp.sum", "none"),
            (_, Some(covered)) => {
                self.sum("udp.sum", checksum(ip.pseudo_sum(UDP, length), covered) == 0);
            }
            _ => {}
        }
        self.bytes("udp.data", &bytes[8..]);
        Ok(())
    }

    fn gre(&mut self, bytes: &[u8]) -> Read {
        let flags = u16_at(bytes, 0)?;
        self.say("gre.flags", format!("0x{flags:04x}"));
        self.say("gre.type", format!("0x{:04x}", u16_at(bytes, 2)?));
        let head = 4 + 4 * (flags & 0xb000).count_ones() as usize;
        let inside = bytes.get(head..).ok_or(CutShort)?;
        self.bytes("gre.head", &bytes[4..head]);
        match u16_at(bytes, 2)? {
            ETHERTYPE_IPV4 => self.inside("inner.", |reader| reader.ip(inside)),
            _ => {
                self.bytes("gre.data", inside);
                Ok(())
            }
        }
    }

    fn icmp(&mut self, bytes: &[u8], is_whole: bool) -> Read {
        let kind = u8_at(bytes, 0)?;
        self.say("icmp.type", kind);
        self.say("icmp.code", u8_at(bytes, 1)?);
        if is_whole {
            self.sum("icmp.sum", checksum(0, bytes) == 0);
        }
        let rest = u32_at(bytes, 4)?;
        match kind {
            0 | 8 => {
                self.say("icmp.id", rest >> 16);
                self.say("icmp.seq", rest & 0xffff);
            }
            3 => self.say("icmp.mtu", rest),
            5 => self.say("icmp.gateway", addr_at(bytes, 4)?),
            _ => self.say("icmp.rest", format!("0x{rest:08x}")),
        }
        match kind {
            3 | 4 | 5 | 11 | 12 => self.inside("quoted.", |reader| reader.ip(&bytes[8..])),
            _ => {
                self.bytes("icmp.data", &bytes[8..]);
                Ok(())
            }
        }
    }
}

fn ip_flags(ip: &Ipv4) -> String {
    let all = [(Ipv4::RESERVED, "reserved"), (Ipv4::DF, "DF"), (Ipv4::MF, "MF")];
    let set = all.iter().filter(|(flag, _)| ip.flags & flag != 0);
    set.map(|(_, name)| *name).collect::<Vec<_>>().join(",")
}

/// TCP's options in order, with their values.
fn tcp_options(mut bytes: &[u8]) -> String {
    let mut names = Vec::new();
    while let [kind, rest @ ..] = bytes {
        let len = match (kind, rest) {
            (0 | 1, _) => 1,
            (_, [len, ..]) if (2..=bytes.len()).contains(&usize::from(*len)) => usize::from(*len),
            _ => {
                names.push("broken".to_owned());
                break;
            }
        };
        let (option, behind) = bytes.split_at(len);
        let body = || option[2..].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        names.push(match (kind, option) {
            (0, _) => "eol".to_owned(),
            (1, _) => "nop".to_owned(),
            (2, [_, _, high, low]) => format!("mss {}", u16::from_be_bytes([*high, *low])),
            (3, [_, _, shift]) => format!("wscale {shift}"),
            (4, [_, _]) => "sackOK".to_owned(),
            (5, _) => format!("sack {}", edges(&option[2..])),
            (8, _) => format!("TS {}", body()),
            (other, _) => format!("{other} {}", body()),
        });
        bytes = behind;
    }
    names.join(",")
}

fn edges(bytes: &[u8]) -> String {
    let (edges, _) = bytes.as_chunks::<4>();
    let numbers = edges.iter().map(|edge| i32::from_be_bytes(*edge).to_string());
    numbers.collect::<Vec<_>>().join(" ")
}
