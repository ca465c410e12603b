//! What stands before the packet: Ethernet with or without VLAN tags, Linux's cooked headers of
//! `tcpdump -i any`, or nothing.

use crate::tcpdump::fields::{ETHERTYPE_IPV4, u16_at, u32_at};
use crate::text;
use crate::text::Text;

/// A kind of link that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Ethernet,
    /// IP, without anything before it.
    Raw,
    /// Linux's cooked form, version 1.
    Cooked1,
    /// Version 2: it tells the interface.
    Cooked2,
}

/// A frame in Ethernet's form.
pub(super) struct Stripped {
    pub bytes: Vec<u8>,
    /// The outermost tag that was taken off.
    pub vlan: Option<u16>,
    /// The number of the interface, where each frame tells it.
    pub index: Option<u32>,
}

/// The types of VLAN tags: 802.1Q, 802.1ad, and what was used before the latter.
const TAGS: [u16; 3] = [0x8100, 0x88a8, 0x9100];
const ETHERTYPE_IPV6: u16 = 0x86dd;

impl Link {
    /// By the number in the file. 12 and 14 are raw IP on the BSDs.
    pub(super) fn of(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Ethernet),
            12 | 14 | 101 | 228 | 229 => Some(Self::Raw),
            113 => Some(Self::Cooked1),
            276 => Some(Self::Cooked2),
            _ => None,
        }
    }

    pub(super) fn is_cooked(self) -> bool {
        matches!(self, Self::Cooked1 | Self::Cooked2)
    }

    /// Whether each frame tells its interface.
    pub(super) fn tells_ifaces(self) -> bool {
        self == Self::Cooked2
    }

    pub(super) fn has_macs(self) -> bool {
        self == Self::Ethernet
    }

    /// A frame in Ethernet's form: without tags, and with zeros for MAC addresses that are not
    /// known. What is too short stays so.
    pub(super) fn strip(self, bytes: &[u8]) -> Stripped {
        let (macs, mut kind, mut rest, index) = match self {
            Self::Ethernet => (bytes.get(..12), u16_at(bytes, 12).ok(), bytes.get(14..), None),
            Self::Raw => {
                let is_v6 = bytes.first().is_some_and(|first| first >> 4 == 6);
                let kind = if is_v6 { ETHERTYPE_IPV6 } else { ETHERTYPE_IPV4 };
                (None, Some(kind), Some(bytes), None)
            }
            Self::Cooked1 => (None, u16_at(bytes, 14).ok(), bytes.get(16..), None),
            Self::Cooked2 => (None, u16_at(bytes, 0).ok(), bytes.get(20..), u32_at(bytes, 4).ok()),
        };
        let mut vlan = None;
        while let Some(behind) = rest.filter(|behind| behind.len() >= 4)
            && kind.is_some_and(|kind| TAGS.contains(&kind))
        {
            vlan = vlan.or(u16_at(behind, 0).ok().map(|tag| tag & 0x0fff));
            kind = u16_at(behind, 2).ok();
            rest = behind.get(4..);
        }
        let bytes = match (kind, rest) {
            (Some(kind), Some(rest)) => {
                let mut frame = macs.unwrap_or(&[0; 12]).to_vec();
                frame.extend(kind.to_be_bytes());
                frame.extend(rest);
                frame
            }
            _ => bytes.to_vec(),
        };
        Stripped { bytes, vlan, index }
    }
}

/// Names of link types that people meet, and that are not read.
const OTHERS: &[(u32, &str)] = &[
    (0, "BSD loopback"),
    (9, "PPP"),
    (50, "PPP in HDLC framing"),
    (51, "PPPoE"),
    (105, "IEEE 802.11"),
    (108, "OpenBSD loopback"),
    (117, "OpenBSD pflog"),
    (127, "IEEE 802.11 with radiotap"),
    (189, "USB"),
    (220, "USB of Linux"),
    (239, "Linux nflog"),
    (247, "InfiniBand"),
    (253, "Linux netlink"),
];

/// What is said of a link type that is not read.
pub(super) fn unknown(number: u32) -> Text {
    let name = OTHERS.iter().find(|(own, _)| *own == number).map_or("?", |(_, name)| name);
    text!(
        "has link type {number} ({name}), which is not read; capture on an Ethernet interface: `tcpdump -i IFACE -w FILE`",
        "的链路类型是 {number}（{name}），不能读取；请在以太网接口上抓包：`tcpdump -i 接口 -w 文件`"
    )
}
