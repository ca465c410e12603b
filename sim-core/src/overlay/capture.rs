//! A capture file of a real box: classic pcap and pcapng, of either byte order, with the frames of
//! one interface in one form, Ethernet's.
//!
//! The formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng; the link types:
//! <https://www.tcpdump.org/linktypes.html>. No file is believed: what is cut off is told, and what
//! was read until there counts.

use std::collections::BTreeMap;

use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::{Block, PcapNgReader};
use pcap_file::{PcapError, TsResolution};

use super::link::{Link, Stripped};
use crate::text;
use crate::text::Text;

/// A frame of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Real {
    /// Its number in the file, from 1, as tcpdump and Wireshark count.
    pub number: usize,
    /// Nanoseconds since the first frame of the file.
    pub at_ns: u64,
    /// Its bytes as an Ethernet frame, without VLAN tags.
    pub bytes: Vec<u8>,
    /// Whether its MAC addresses are known: a capture of `any` has no Ethernet headers.
    pub has_macs: bool,
    /// Whether the capture has all of it.
    pub is_whole: bool,
}

/// The frames of one interface, and what there was besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The frames, in order.
    pub frames: Vec<Real>,
    /// How many frames the file has, all interfaces together.
    pub in_file: usize,
    /// The name of the interface, where the file tells it.
    pub iface: Option<String>,
    /// How many frames had a tag of which VLAN; the tags were taken off.
    pub vlans: BTreeMap<u16, usize>,
    /// Whether it was taken of all interfaces at once, in Linux's cooked form.
    pub is_cooked: bool,
    /// Frames of which the capture has a part only.
    pub short: usize,
    /// Whether the file ends in the middle of a frame.
    pub is_cut_off: bool,
    /// Whether the file says of its last frame something that cannot be, so that nothing behind it was read.
    pub is_broken: bool,
}

/// Which of the interfaces of a file is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// As `--iface` says: a name, or a number.
    pub asked: Option<&'a str>,
    /// The simulated node and interface that the capture is laid over.
    pub node: &'a str,
    /// The interface's name.
    pub iface: &'a str,
}

/// The first four bytes of pcapng.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// Those of classic pcap: microseconds and nanoseconds, in either byte order.
const PCAP: [[u8; 4]; 4] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
];

/// An interface of a file.
#[derive(Clone, Debug)]
struct Source {
    name: Option<String>,
    link: u32,
    frames: usize,
}

/// What is in a file before an interface is chosen: of each frame the interface, the time, the
/// bytes, and the length that it had on the wire.
#[derive(Default)]
struct Raw {
    sources: Vec<Source>,
    frames: Vec<(usize, u64, Vec<u8>, usize)>,
    is_cut_off: bool,
    is_broken: bool,
}

impl Capture {
    /// Reads a capture.
    ///
    /// # Errors
    /// What is wrong with it, and what to do: no capture, an empty one, several interfaces of which
    /// none is meant, a link type that is not read.
    pub fn read(file: &[u8], wanted: Wanted<'_>) -> Result<Self, Text> {
        let raw = match file.first_chunk::<4>() {
            None if file.is_empty() => {
                return Err(text!("is empty: no capture", "是空文件，不是抓包"));
            }
            Some(magic) if *magic == PCAPNG => Raw::of_pcapng(file)?,
            Some(magic) if PCAP.contains(magic) => Raw::of_pcap(file)?,
            _ => {
                return Err(text!(
                    "is no capture: neither pcap nor pcapng; write one by `tcpdump -i IFACE -w FILE`",
                    "不是抓包文件：既不是 pcap 也不是 pcapng；请用 `tcpdump -i 接口 -w 文件` 抓取"
                ));
            }
        };
        if raw.frames.is_empty() {
            return Err(match raw.is_cut_off || raw.is_broken {
                true => {
                    text!("is cut off before its first frame ends", "文件在第一帧结束之前就断了")
                }
                false => text!("has no frames", "里面没有帧"),
            });
        }
        let own = raw.choose(wanted)?;
        raw.frames_of(own, wanted)
    }
}

impl Raw {
    fn of_pcap(file: &[u8]) -> Result<Self, Text> {
        let mut raw = Self::default();
        let mut reader = PcapReader::new(file).map_err(|why| unread(&why))?;
        let header = reader.header();
        let factor = if header.ts_resolution == TsResolution::MicroSecond { 1_000 } else { 1 };
        // The upper bits tell of the length of a frame check sequence.
        let link = u32::from(header.datalink) & 0xffff;
        raw.sources.push(Source { name: None, link, frames: 0 });
        while let Some(packet) = reader.next_raw_packet() {
            match packet {
                Ok(packet) => {
                    let at = u64::from(packet.ts_sec) * 1_000_000_000
                        + u64::from(packet.ts_frac).saturating_mul(factor);
                    raw.add(0, at, packet.data.into_owned(), packet.orig_len);
                }
                Err(why) => {
                    raw.end(&why);
                    break;
                }
            }
        }
        Ok(raw)
    }

    fn of_pcapng(file: &[u8]) -> Result<Self, Text> {
        let mut raw = Self::default();
        let mut reader = PcapNgReader::new(file).map_err(|why| unread(&why))?;
        // A file may be several that were put one behind another; each counts its own interfaces.
        let (mut first, mut known) = (0, Vec::new());
        while let Some(block) = reader.next_block() {
            match block {
                Ok(Block::SectionHeader(_)) => {
                    first = raw.sources.len();
                    known.clear();
                }
                Ok(Block::InterfaceDescription(iface)) => {
                    known.push(unit_ns(&iface));
                    raw.sources.push(source(&iface));
                }
                Ok(Block::EnhancedPacket(packet)) => {
                    let at = packet.interface_id as usize;
                    let Some(unit) = known.get(at) else { continue };
                    // The crate takes all numbers for nanoseconds.
                    let ticks = u64::try_from(packet.timestamp.as_nanos()).unwrap_or(u64::MAX);
                    let at_ns = ticks.saturating_mul(*unit);
                    raw.add(first + at, at_ns, packet.data.into_owned(), packet.original_len);
                }
                Ok(Block::SimplePacket(packet)) if !known.is_empty() => {
                    raw.add(first, 0, packet.data.into_owned(), packet.original_len);
                }
                Ok(_) => {}
                Err(why) => {
                    raw.end(&why);
                    break;
                }
            }
        }
        Ok(raw)
    }

    fn add(&mut self, source: usize, at_ns: u64, bytes: Vec<u8>, length: u32) {
        self.sources[source].frames += 1;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.frames.push((source, at_ns, bytes, length));
    }

    fn end(&mut self, why: &PcapError) {
        match why {
            PcapError::IoError(_) | PcapError::IncompleteBuffer => self.is_cut_off = true,
            _ => self.is_broken = true,
        }
    }

    /// The interface that is meant: the one that was asked for, the one of that name, or the only
    /// one that has frames.
    fn choose(&self, wanted: Wanted<'_>) -> Result<usize, Text> {
        let named =
            |name: &str| self.sources.iter().position(|own| own.name.as_deref() == Some(name));
        let is_one = self.sources.len() == 1;
        // In a cooked capture of all interfaces a number means the one that each frame tells.
        if is_one && Link::of(self.sources[0].link).is_some_and(Link::tells_ifaces) {
            return Ok(0);
        }
        if let Some(asked) = wanted.asked {
            let number = asked.parse().ok().filter(|at: &usize| *at < self.sources.len());
            let known = self.listed();
            return named(asked).or(number).ok_or(text!(
                "has no interface `{asked}`; it has {known}",
                "里面没有接口 `{asked}`；有 {known}"
            ));
        }
        let (node, iface) = (wanted.node, wanted.iface);
        let own = [format!("{node}.{iface}"), format!("{node}:{iface}"), format!("{node}-{iface}")];
        let found = own.iter().find_map(|name| named(name));
        let used: Vec<usize> =
            (0..self.sources.len()).filter(|at| self.sources[*at].frames > 0).collect();
        let only = if let [only] = used[..] { Some(only) } else { None };
        let by_name = || {
            let mut all =
                used.iter().filter(|at| self.sources[**at].name.as_deref() == Some(iface));
            all.next().copied().filter(|_| all.next().is_none())
        };
        let known = self.listed();
        found.or(only).or_else(by_name).ok_or(text!(
            "has several interfaces; say which one by --iface NAME or NUMBER: {known}",
            "里面有多个接口；请用 --iface 名字或编号 指明：{known}"
        ))
    }

    fn listed(&self) -> String {
        let one = |(number, own): (usize, &Source)| match &own.name {
            Some(name) => format!("{number} {name} ({})", own.frames),
            None => format!("{number} ({})", own.frames),
        };
        self.sources.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
    }

    fn frames_of(self, own: usize, wanted: Wanted<'_>) -> Result<Capture, Text> {
        let Source { name, link, .. } = self.sources[own].clone();
        let Some(link) = Link::of(link) else { return Err(super::link::unknown(link)) };
        let mut capture = Capture {
            in_file: self.frames.len(),
            iface: name,
            is_cooked: link.is_cooked(),
            is_cut_off: self.is_cut_off,
            is_broken: self.is_broken,
            ..Capture::default()
        };
        let start = self.frames.iter().map(|(_, at, ..)| *at).min().unwrap_or_default();
        let asked = wanted.asked.and_then(|asked| asked.parse::<u32>().ok());
        let mut indices: BTreeMap<u32, usize> = BTreeMap::new();
        for (number, (source, at, bytes, length)) in (1..).zip(self.frames) {
            if source != own {
                continue;
            }
            let Stripped { bytes: frame, vlan, index } = link.strip(&bytes);
            if let Some(index) = index {
                *indices.entry(index).or_default() += 1;
                if asked.is_some_and(|asked| asked != index) {
                    continue;
                }
            }
            if let Some(vlan) = vlan {
                *capture.vlans.entry(vlan).or_default() += 1;
            }
            let is_whole = length <= bytes.len();
            capture.short += usize::from(!is_whole);
            let (at_ns, has_macs) = (at - start, link.has_macs());
            capture.frames.push(Real { number, at_ns, bytes: frame, has_macs, is_whole });
        }
        let known: Vec<String> =
            indices.iter().map(|(index, frames)| format!("{index} ({frames})")).collect();
        let known = known.join(", ");
        match (asked, indices.len()) {
            (None, 2..) => Err(text!(
                "has frames of several interfaces; say which one by --iface NUMBER, as `ip link` numbers them: {known}",
                "里面有多个接口的帧；请用 --iface 编号 指明（编号同 `ip link`）：{known}"
            )),
            (Some(asked), 1..) if capture.frames.is_empty() => Err(text!(
                "has no frames of interface {asked}; it has {known}",
                "里面没有接口 {asked} 的帧；有 {known}"
            )),
            _ => Ok(capture),
        }
    }
}

fn source(iface: &InterfaceDescriptionBlock<'_>) -> Source {
    let name = iface.options.iter().find_map(|option| match option {
        InterfaceDescriptionOption::IfName(name) => Some(name.to_string()),
        _ => None,
    });
    Source { name, link: u32::from(iface.linktype), frames: 0 }
}

/// How many nanoseconds a unit of an interface's times has; microseconds if it does not say, 1 for what is finer.
fn unit_ns(iface: &InterfaceDescriptionBlock<'_>) -> u64 {
    let told = iface.options.iter().find_map(|option| match option {
        InterfaceDescriptionOption::IfTsResol(told) => Some(*told),
        _ => None,
    });
    match told.unwrap_or(6) {
        digits @ 0..=9 => 10_u64.pow(9 - u32::from(digits)),
        _ => 1,
    }
}

fn unread(why: &PcapError) -> Text {
    match why {
        PcapError::IoError(_) | PcapError::IncompleteBuffer => {
            text!("is cut off in its header: no capture", "文件头不完整，不是抓包")
        }
        why => text!("is no capture that can be read: {why}", "无法读取此抓包：{why}"),
    }
}
