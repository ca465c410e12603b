//! From words to a filter: a descent through the grammar.

use std::net::Ipv4Addr;

use super::number::number;
use super::token::{Token, tokens};
use super::{Expr, FilterError, Layer, Net, Protocol, Test, Transport, Way};
use crate::Mac;

/// How deep parentheses and `not` may nest.
const MAX_DEPTH: u32 = 32;

/// What an expression can be made of, for those who wrote something else.
pub(super) const KNOWN: &str = "known: arp rarp ip icmp tcp udp, host net src dst port portrange, \
                                ip proto, ether host, tcp[tcpflags], and or not ( )";

/// The names of IP protocols; those that are words of the grammar need a backslash, as in libpcap.
const NAMED_PROTOCOLS: [(&str, u8); 8] = [
    ("\\icmp", 1),
    ("\\igmp", 2),
    ("ipencap", 4),
    ("\\tcp", 6),
    ("\\udp", 17),
    ("gre", 47),
    ("\\vrrp", 112),
    ("\\sctp", 132),
];

/// The expression that the words mean; `None` for no words.
pub(super) fn parse(words: &str) -> Result<Option<Expr>, FilterError> {
    let tokens = tokens(words)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens: &tokens, next: 0, end: words.len(), head: None, depth: 0 };
    let expr = parser.expr()?;
    match parser.peek() {
        None => Ok(Some(expr)),
        Some(")") => Err(parser.error("`)` without `(`", "take it away, or open it before")),
        Some(word) => Err(parser.error(
            format!("`{word}` follows a complete condition"),
            "join conditions with `and` or `or`",
        )),
    }
}

/// The words before a value, which later values without such words take over.
#[derive(Clone, Copy, Debug)]
struct Head {
    protocol: Option<Protocol>,
    way: Way,
    kind: Kind,
}

/// What sort of value a head wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Host,
    Net,
    Port,
    PortRange,
    Proto,
}

impl Kind {
    const NAMES: [(&'static str, Self); 5] = [
        ("host", Self::Host),
        ("net", Self::Net),
        ("port", Self::Port),
        ("portrange", Self::PortRange),
        ("proto", Self::Proto),
    ];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).expect("every kind has a name").0
    }
}

/// The tokens, and how far they were read.
pub(super) struct Parser<'a> {
    tokens: &'a [Token<'a>],
    pub(super) next: usize,
    /// Where the expression ends, for what is missing there.
    end: usize,
    head: Option<Head>,
    depth: u32,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.next).map(|token| token.text)
    }

    pub(super) fn take(&mut self) -> Option<&'a str> {
        let text = self.peek();
        self.next += usize::from(text.is_some());
        text
    }

    pub(super) fn take_if(&mut self, any_of: &[&str]) -> bool {
        let fits = self.peek().is_some_and(|text| any_of.contains(&text));
        self.next += usize::from(fits);
        fits
    }

    /// An error at the next word.
    pub(super) fn error(&self, message: impl Into<String>, help: impl Into<String>) -> FilterError {
        let at = self.tokens.get(self.next).map_or(self.end..self.end, |token| token.at.clone());
        FilterError { at, message: message.into(), help: help.into() }
    }

    /// An error at the word before the next.
    pub(super) fn error_back(
        &self,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> FilterError {
        let at = self.tokens[self.next - 1].at.clone();
        FilterError { at, message: message.into(), help: help.into() }
    }

    fn expr(&mut self) -> Result<Expr, FilterError> {
        let mut left = self.condition()?;
        loop {
            if self.take_if(&["and", "&&"]) {
                left = Expr::And(Box::new(left), Box::new(self.condition()?));
            } else if self.take_if(&["or", "||"]) {
                left = Expr::Or(Box::new(left), Box::new(self.condition()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn condition(&mut self) -> Result<Expr, FilterError> {
        if self.take_if(&["not", "!"]) {
            return self.nested(|parser| Ok(Expr::Not(Box::new(parser.condition()?))));
        }
        if self.take_if(&["("]) {
            return self.nested(|parser| {
                let inner = parser.expr()?;
                parser.close(")")?;
                parser.head = None;
                Ok(inner)
            });
        }
        self.primitive()
    }

    fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Expr, FilterError>,
    ) -> Result<Expr, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH}");
            return Err(self.error_back(message, "use fewer parentheses"));
        }
        let expr = inner(self)?;
        self.depth -= 1;
        Ok(expr)
    }

    pub(super) fn close(&mut self, sign: &str) -> Result<(), FilterError> {
        if self.take_if(&[sign]) {
            return Ok(());
        }
        Err(self.error(format!("`{sign}` is missing"), "close what was opened before"))
    }

    /// One condition: a protocol, words with a value, bytes in brackets, or a value that takes over
    /// earlier words.
    fn primitive(&mut self) -> Result<Expr, FilterError> {
        let Some(word) = self.peek() else {
            return Err(self.error("a condition is missing at the end", KNOWN));
        };
        let protocol =
            Protocol::NAMES.iter().find(|(name, _)| *name == word).map(|(_, protocol)| *protocol);
        self.next += usize::from(protocol.is_some());
        if let Some(from) = protocol
            && self.take_if(&["["])
        {
            self.head = None;
            return self.bytes(from).map(|bytes| Expr::Test(Test::Bytes(bytes)));
        }
        let way = self.way();
        let kind = self.kind();
        match (protocol, way, kind) {
            (None, None, None) => return self.bare_value(word),
            (Some(Protocol::Ether), None, None) => {
                return Err(self.error("`ether` alone says nothing", "write `ether host MAC`"));
            }
            (Some(protocol), None, None) => {
                self.head = None;
                return Ok(Expr::Test(Test::Protocol(protocol)));
            }
            _ => {}
        }
        let head =
            Head { protocol, way: way.unwrap_or(Way::Either), kind: kind.unwrap_or(Kind::Host) };
        self.check_head(head)?;
        self.head = Some(head);
        if self.take_if(&["("]) {
            return self.nested(|parser| parser.value_list(head));
        }
        self.value(head)
    }

    /// `src`, `dst`, and `src or dst`, `src and dst`.
    fn way(&mut self) -> Option<Way> {
        if self.take_if(&["dst"]) {
            return Some(Way::Dst);
        }
        if !self.take_if(&["src"]) {
            return None;
        }
        let then_dst = self.tokens.get(self.next + 1).is_some_and(|token| token.text == "dst");
        if then_dst && self.take_if(&["or", "||"]) {
            self.next += 1;
            return Some(Way::Either);
        }
        if then_dst && self.take_if(&["and", "&&"]) {
            self.next += 1;
            return Some(Way::Both);
        }
        Some(Way::Src)
    }

    fn kind(&mut self) -> Option<Kind> {
        let word = self.peek()?;
        let (_, kind) = Kind::NAMES.iter().find(|(name, _)| *name == word)?;
        self.next += 1;
        Some(*kind)
    }

    /// Refuses words that do not go together.
    fn check_head(&self, head: Head) -> Result<(), FilterError> {
        let fits = match head.kind {
            Kind::Host => {
                matches!(head.protocol, None | Some(Protocol::Ip | Protocol::Arp | Protocol::Ether))
            }
            Kind::Net => matches!(head.protocol, None | Some(Protocol::Ip | Protocol::Arp)),
            Kind::Port | Kind::PortRange => {
                matches!(head.protocol, None | Some(Protocol::Tcp | Protocol::Udp))
            }
            Kind::Proto => {
                matches!(head.protocol, None | Some(Protocol::Ip)) && head.way == Way::Either
            }
        };
        if fits {
            return Ok(());
        }
        let before = head.protocol.map_or("src or dst", Protocol::name);
        let kind = head.kind.name();
        Err(self.error_back(
            format!("`{before}` does not go with `{kind}`"),
            match head.kind {
                Kind::Host => "an address is `host`, `ip host`, `arp host`; join it with `and`",
                Kind::Net => "a network is `net`, `ip net`, `arp net`; join it with `and`",
                Kind::Port | Kind::PortRange => "ports are those of `tcp`, `udp`, or of both",
                Kind::Proto => "only `ip proto NUMBER` is known",
            },
        ))
    }

    /// A value without words before it, which means that of the condition before.
    fn bare_value(&mut self, word: &str) -> Result<Expr, FilterError> {
        let looks_like_value = word.starts_with(|c: char| c.is_ascii_digit());
        match self.head {
            Some(head) if looks_like_value => self.value(head),
            _ if looks_like_value => Err(self.error(
                format!("`{word}` stands alone"),
                "say what it is: `host ADDRESS`, `net ADDRESS/BITS`, `port NUMBER`",
            )),
            _ => Err(self.error(format!("`{word}` is not known here"), KNOWN)),
        }
    }

    /// `(80 or 443)` behind `port`.
    fn value_list(&mut self, head: Head) -> Result<Expr, FilterError> {
        let mut left = self.value(head)?;
        loop {
            if self.take_if(&["and", "&&"]) {
                left = Expr::And(Box::new(left), Box::new(self.value(head)?));
            } else if self.take_if(&["or", "||"]) {
                left = Expr::Or(Box::new(left), Box::new(self.value(head)?));
            } else {
                self.close(")")?;
                return Ok(left);
            }
        }
    }

    fn value(&mut self, head: Head) -> Result<Expr, FilterError> {
        if self.take_if(&["not", "!"]) {
            return self.nested(|parser| Ok(Expr::Not(Box::new(parser.value(head)?))));
        }
        let Some(word) = self.take() else {
            let kind = head.kind.name();
            return Err(self.error(format!("`{kind}` needs a value"), "give one behind it"));
        };
        let test = match (head.kind, head.protocol) {
            (Kind::Host, Some(Protocol::Ether)) => {
                let mac = word.parse::<Mac>().map_err(|error| {
                    self.error_back(format!("`{word}` is no MAC address"), error.to_string())
                })?;
                Test::Mac { way: head.way, mac }
            }
            (Kind::Host | Kind::Net, protocol) => {
                let layer = match protocol {
                    Some(Protocol::Ip) => Layer::Ip,
                    Some(Protocol::Arp) => Layer::Arp,
                    _ => Layer::Any,
                };
                Test::Net { layer, way: head.way, net: self.net(word, head.kind)? }
            }
            (Kind::Port | Kind::PortRange, protocol) => {
                let transport = match protocol {
                    Some(Protocol::Tcp) => Some(Transport::Tcp),
                    Some(Protocol::Udp) => Some(Transport::Udp),
                    _ => None,
                };
                let (low, high) = self.ports(word, head.kind)?;
                Test::Port { transport, way: head.way, low, high }
            }
            (Kind::Proto, _) => Test::IpProto(self.ip_protocol(word)?),
        };
        Ok(Expr::Test(test))
    }

    /// An address, or a network as ADDRESS/BITS or ADDRESS mask MASK.
    fn net(&mut self, word: &str, kind: Kind) -> Result<Net, FilterError> {
        let (addr_text, bits_text) = match word.split_once('/') {
            Some((addr, bits)) => (addr, Some(bits)),
            None => (word, None),
        };
        let addr: Ipv4Addr = addr_text.parse().map_err(|_| {
            let help = match word.parse::<Mac>() {
                Ok(_) => "a MAC address is `ether host MAC`",
                Err(_) => "write four numbers, as in 192.0.2.100; names are not looked up",
            };
            self.error_back(format!("`{word}` is no IPv4 address"), help)
        })?;
        let bits = match bits_text {
            Some(_) if kind == Kind::Host => {
                let help = format!("write `net {word}`");
                return Err(self.error_back(format!("`{word}` is more than one host"), help));
            }
            Some(text) => text.parse().ok().filter(|bits| *bits <= 32).ok_or_else(|| {
                self.error_back(format!("`/{text}` is no length of a network"), "0 to 32")
            })?,
            None if kind == Kind::Net && self.take_if(&["mask"]) => self.mask()?,
            None if kind == Kind::Net => {
                let help = format!("write `net {addr}/24`, or `host {addr}`");
                return Err(self.error_back("a network needs its length", help));
            }
            None => 32,
        };
        if addr.to_bits() & !Net::mask(bits) != 0 {
            let network = Ipv4Addr::from_bits(addr.to_bits() & Net::mask(bits));
            return Err(self.error_back(
                format!("non-network bits set in \"{addr}/{bits}\""),
                format!("write `net {network}/{bits}`, or `host {addr}`"),
            ));
        }
        Ok(Net { addr, bits })
    }

    fn mask(&mut self) -> Result<u8, FilterError> {
        let help = "as in `mask 255.255.255.0`";
        let Some(word) = self.take() else {
            return Err(self.error("`mask` needs a value", help));
        };
        let mask = word.parse::<Ipv4Addr>().map(Ipv4Addr::to_bits).ok();
        mask.filter(|mask| mask.leading_ones() + mask.trailing_zeros() >= 32)
            .and_then(|mask| u8::try_from(mask.leading_ones()).ok())
            .ok_or_else(|| self.error_back(format!("`{word}` is no mask"), help))
    }

    fn ports(&self, word: &str, kind: Kind) -> Result<(u16, u16), FilterError> {
        let port = |text: &str| {
            number(text).and_then(|number| u16::try_from(number).ok()).ok_or_else(|| {
                let message = format!("`{text}` is no port");
                self.error_back(message, "write a number up to 65535, as in `port 80`")
            })
        };
        if kind == Kind::Port {
            if word.contains('-')
                && number(word).is_none()
                && word.starts_with(|c: char| c.is_ascii_digit())
            {
                let help = format!("write `portrange {word}`");
                return Err(self.error_back(format!("`{word}` is more than one port"), help));
            }
            return port(word).map(|port| (port, port));
        }
        let (low, high) = word.split_once('-').unwrap_or((word, word));
        let (low, high) = (port(low)?, port(high)?);
        // libpcap turns a range the right way round, too.
        Ok((low.min(high), low.max(high)))
    }

    fn ip_protocol(&self, word: &str) -> Result<u8, FilterError> {
        if let Some((_, protocol)) = NAMED_PROTOCOLS.iter().find(|(name, _)| *name == word) {
            return Ok(*protocol);
        }
        if word == "ipip" {
            // /etc/protocols gives this name to number 94, and libpcap believes it.
            return Err(self.error_back(
                "`ipip` is protocol 94 in /etc/protocols, not the tunnel",
                "IP in IP is `ip proto 4`",
            ));
        }
        number(word).and_then(|number| u8::try_from(number).ok()).ok_or_else(|| {
            let help = if Protocol::NAMES.iter().any(|(name, _)| *name == word) {
                format!("write `{word}` alone, or `ip proto \\{word}`")
            } else {
                "write a number up to 255: 1 icmp, 4 ipip, 6 tcp, 17 udp, 47 gre".to_owned()
            };
            self.error_back(format!("`{word}` is no IP protocol"), help)
        })
    }
}
