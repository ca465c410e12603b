//! From words to a filter: a descent through the grammar.

use std::net::Ipv4Addr;

use super::number::number;
use super::token::{Token, tokens};
use super::{Expr, FilterError, Layer, Net, Protocol, Test, Transport, Way};
use crate::Mac;
use crate::command::error::six_bytes;
use crate::{Text, text};

/// How deep parentheses and `not` may nest.
const MAX_DEPTH: u32 = 32;

/// What an expression can be made of, for those who wrote something else.
pub(super) fn known() -> Text {
    text!(
        "known: arp rarp ip icmp tcp udp, host net src dst port portrange, ip proto, ether host, \
         tcp[tcpflags], `and` `or` `not` ( )",
        "可用：arp rarp ip icmp tcp udp，host net src dst port portrange，ip proto，ether host，\
         tcp[tcpflags]，`and` `or` `not` ( )",
    )
}

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
        Some(")") => Err(parser.error(
            text!("`)` without `(`", "`)` 之前没有 `(`"),
            text!("take it away, or open it before", "请去掉它，或在前面加 `(`"),
        )),
        Some(word) => Err(parser.error(
            text!("`{word}` follows a complete condition", "`{word}` 之前的条件已经完整"),
            text!("join conditions with `and` or `or`", "条件之间用 `and` 或 `or` 连接"),
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
    pub(super) fn error(&self, message: Text, help: Text) -> FilterError {
        let at = self.tokens.get(self.next).map_or(self.end..self.end, |token| token.at.clone());
        FilterError { at, message, help }
    }

    /// An error at the word before the next.
    pub(super) fn error_back(&self, message: Text, help: Text) -> FilterError {
        let at = self.tokens[self.next - 1].at.clone();
        FilterError { at, message, help }
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
            let message = text!("nested deeper than {MAX_DEPTH}", "嵌套超过 {MAX_DEPTH} 层");
            let help = text!("use fewer parentheses", "请减少括号");
            return Err(self.error_back(message, help));
        }
        let expr = inner(self)?;
        self.depth -= 1;
        Ok(expr)
    }

    pub(super) fn close(&mut self, sign: &str) -> Result<(), FilterError> {
        if self.take_if(&[sign]) {
            return Ok(());
        }
        Err(self.error(
            text!("`{sign}` is missing", "缺少 `{sign}`"),
            text!("close what was opened before", "前面打开的括号要关闭"),
        ))
    }

    /// One condition: a protocol, words with a value, bytes in brackets, or a value that takes over
    /// earlier words.
    fn primitive(&mut self) -> Result<Expr, FilterError> {
        let Some(word) = self.peek() else {
            return Err(
                self.error(text!("a condition is missing at the end", "末尾缺少一个条件"), known())
            );
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
                return Err(self.error(
                    text!("`ether` alone says nothing", "单独的 `ether` 没有意义"),
                    text!("write `ether host MAC`", "请写 `ether host MAC`"),
                ));
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
            text!("`{before}` does not go with `{kind}`", "`{before}` 不能与 `{kind}` 连用"),
            match head.kind {
                Kind::Host => text!(
                    "an address is `host`, `ip host`, `arp host`; join it with `and`",
                    "地址用 `host`、`ip host`、`arp host`，再以 `and` 连接",
                ),
                Kind::Net => text!(
                    "a network is `net`, `ip net`, `arp net`; join it with `and`",
                    "网络用 `net`、`ip net`、`arp net`，再以 `and` 连接",
                ),
                Kind::Port | Kind::PortRange => text!(
                    "ports are those of `tcp`, `udp`, or of both",
                    "端口属于 `tcp`、`udp` 或两者",
                ),
                Kind::Proto => {
                    text!("only `ip proto NUMBER` is known", "只能写 `ip proto NUMBER`")
                }
            },
        ))
    }

    /// A value without words before it, which means that of the condition before.
    fn bare_value(&mut self, word: &str) -> Result<Expr, FilterError> {
        let looks_like_value = word.starts_with(|c: char| c.is_ascii_digit());
        match self.head {
            Some(head) if looks_like_value => self.value(head),
            _ if looks_like_value => Err(self.error(
                text!("`{word}` stands alone", "`{word}` 之前缺少说明"),
                text!(
                    "say what it is: `host ADDRESS`, `net ADDRESS/BITS`, `port NUMBER`",
                    "请说明它是什么：`host ADDRESS`、`net ADDRESS/BITS`、`port NUMBER`",
                ),
            )),
            _ => {
                Err(self.error(text!("`{word}` is not known here", "此处不认识 `{word}`"), known()))
            }
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
            return Err(self.error(
                text!("`{kind}` needs a value", "`{kind}` 后面要有值"),
                text!("give one behind it", "请在后面补上"),
            ));
        };
        let test = match (head.kind, head.protocol) {
            (Kind::Host, Some(Protocol::Ether)) => {
                let mac = word.parse::<Mac>().map_err(|_| {
                    self.error_back(
                        text!("`{word}` is no MAC address", "`{word}` 不是 MAC 地址"),
                        six_bytes(),
                    )
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
                Ok(_) => text!("a MAC address is `ether host MAC`", "MAC 地址用 `ether host MAC`",),
                Err(_) => text!(
                    "write four numbers, as in 192.0.2.100; names are not looked up",
                    "请写四个数，如 192.0.2.100；不解析名字",
                ),
            };
            let message = text!("`{word}` is no IPv4 address", "`{word}` 不是 IPv4 地址");
            self.error_back(message, help)
        })?;
        let bits = match bits_text {
            Some(_) if kind == Kind::Host => {
                let message = text!("`{word}` is more than one host", "`{word}` 不止一台主机");
                let help = text!("write `net {word}`", "请写 `net {word}`");
                return Err(self.error_back(message, help));
            }
            Some(text) => text.parse().ok().filter(|bits| *bits <= 32).ok_or_else(|| {
                self.error_back(
                    text!("`/{text}` is no length of a network", "`/{text}` 不是网络前缀长度"),
                    text!("a length is 0 to 32", "长度为 0 到 32"),
                )
            })?,
            None if kind == Kind::Net && self.take_if(&["mask"]) => self.mask()?,
            None if kind == Kind::Net => {
                let message = text!("a network needs its length", "网络要带前缀长度");
                let help = text!(
                    "write `net {addr}/24`, or `host {addr}`",
                    "请写 `net {addr}/24` 或 `host {addr}`",
                );
                return Err(self.error_back(message, help));
            }
            None => 32,
        };
        if addr.to_bits() & !Net::mask(bits) != 0 {
            let network = Ipv4Addr::from_bits(addr.to_bits() & Net::mask(bits));
            return Err(self.error_back(
                // In the words of libpcap.
                Text::same(format!("non-network bits set in \"{addr}/{bits}\"")),
                text!(
                    "write `net {network}/{bits}`, or `host {addr}`",
                    "请写 `net {network}/{bits}` 或 `host {addr}`",
                ),
            ));
        }
        Ok(Net { addr, bits })
    }

    fn mask(&mut self) -> Result<u8, FilterError> {
        let help = text!("as in `mask 255.255.255.0`", "如 `mask 255.255.255.0`");
        let Some(word) = self.take() else {
            return Err(self.error(text!("`mask` needs a value", "`mask` 后面要有值"), help));
        };
        let mask = word.parse::<Ipv4Addr>().map(Ipv4Addr::to_bits).ok();
        mask.filter(|mask| mask.leading_ones() + mask.trailing_zeros() >= 32)
            .and_then(|mask| u8::try_from(mask.leading_ones()).ok())
            .ok_or_else(|| self.error_back(text!("`{word}` is no mask", "`{word}` 不是掩码"), help))
    }

    fn ports(&self, word: &str, kind: Kind) -> Result<(u16, u16), FilterError> {
        let port = |text: &str| {
            number(text).and_then(|number| u16::try_from(number).ok()).ok_or_else(|| {
                self.error_back(
                    text!("`{text}` is no port", "`{text}` 不是端口"),
                    text!(
                        "write a number up to 65535, as in `port 80`",
                        "请写不超过 65535 的数，如 `port 80`",
                    ),
                )
            })
        };
        if kind == Kind::Port {
            if word.contains('-')
                && number(word).is_none()
                && word.starts_with(|c: char| c.is_ascii_digit())
            {
                let message = text!("`{word}` is more than one port", "`{word}` 不止一个端口");
                let help = text!("write `portrange {word}`", "请写 `portrange {word}`");
                return Err(self.error_back(message, help));
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
                text!(
                    "`ipip` is protocol 94 in /etc/protocols, not the tunnel",
                    "`ipip` 在 /etc/protocols 中是协议 94，不是隧道",
                ),
                text!("IP in IP is `ip proto 4`", "IP 隧道是 `ip proto 4`"),
            ));
        }
        number(word).and_then(|number| u8::try_from(number).ok()).ok_or_else(|| {
            let help = if Protocol::NAMES.iter().any(|(name, _)| *name == word) {
                text!(
                    "write `{word}` alone, or `ip proto \\{word}`",
                    "请单独写 `{word}`，或写 `ip proto \\{word}`",
                )
            } else {
                text!(
                    "write a number up to 255: 1 icmp, 4 ipip, 6 tcp, 17 udp, 47 gre",
                    "请写不超过 255 的数：1 icmp、4 ipip、6 tcp、17 udp、47 gre",
                )
            };
            let message = text!("`{word}` is no IP protocol", "`{word}` 不是 IP 协议");
            self.error_back(message, help)
        })
    }
}
