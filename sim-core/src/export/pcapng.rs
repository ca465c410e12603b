//! pcapng files: all interfaces of a world in one file, with their names, and with words beside the
//! packets.
//!
//! The format: draft-ietf-opsawg-pcapng. Numbers are little-endian, times nanoseconds, so the same
//! run gives the same bytes on every machine. The caller owns the file; this only makes bytes.

use std::net::Ipv4Addr;

use super::pcap::{LinkType, SNAPLEN};

/// The types of blocks. draft-ietf-opsawg-pcapng section 4.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const NAMES: u32 = 4;
const PACKET: u32 = 6;

/// The codes of options; a comment may stand in every block.
const COMMENT: u16 = 1;
const SECTION_PROGRAM: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const INTERFACE_DESCRIPTION: u16 = 3;
const INTERFACE_TIME: u16 = 9;
const PACKET_FLAGS: u16 = 2;

/// A record of an IPv4 address in the block of names.
const NAME_IPV4: u16 = 1;

/// Appends the beginning of a file: which program wrote it, and about what.
pub fn section(program: &str, comment: &str, out: &mut Vec<u8>) {
    block(SECTION, out, |body| {
        body.extend(0x1a2b_3c4d_u32.to_le_bytes());
        // Version 1.0; the section's length is not told.
        body.extend(1_u16.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend(u64::MAX.to_le_bytes());
        option(COMMENT, comment.as_bytes(), body);
        option(SECTION_PROGRAM, program.as_bytes(), body);
        end_of_options(body);
    });
}

/// Which program wrote the file that begins so; none if that cannot be told.
pub fn program(file: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?));
    if number(0)? != SECTION {
        return None;
    }
    // The options stand behind magic number, version and length of the section.
    let (mut at, end) = (24, usize::try_from(number(4)?).ok()?.saturating_sub(4));
    while at + 4 <= end {
        let head = number(at)?;
        let (code, len) = (head as u16, (head >> 16) as usize);
        if code == SECTION_PROGRAM {
            return file.get(at + 4..at + 4 + len);
        }
        at += 4 + len.next_multiple_of(4);
    }
    None
}

/// Appends an interface; packets name interfaces by their order, from 0.
pub fn interface(name: &str, description: &str, link: LinkType, out: &mut Vec<u8>) {
    block(INTERFACE, out, |body| {
        body.extend(link.number().to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend((SNAPLEN as u32).to_le_bytes());
        option(INTERFACE_NAME, name.as_bytes(), body);
        option(INTERFACE_DESCRIPTION, description.as_bytes(), body);
        // Ten to the minus ninth of a second.
        option(INTERFACE_TIME, &[9], body);
        end_of_options(body);
    });
}

/// Appends who has which address.
pub fn names<'a>(hosts: impl IntoIterator<Item = (Ipv4Addr, &'a str)>, out: &mut Vec<u8>) {
    block(NAMES, out, |body| {
        for (addr, name) in hosts {
            let mut record = addr.octets().to_vec();
            record.extend(name.as_bytes());
            record.push(0);
            option(NAME_IPV4, &record, body);
        }
        // The end of the records, and no options behind it.
        end_of_options(body);
    });
}

/// A packet as an interface saw it.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// The number of its interface in the file.
    pub iface: u32,
    /// Nanoseconds since the file's beginning of time.
    pub at_ns: u64,
    /// Whether it came in; else it went out.
    pub inward: bool,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What there is to say about it, a sentence each.
    pub comments: &'a [String],
}

/// Appends a packet; more than [`SNAPLEN`] bytes are cut.
pub fn packet(packet: &Packet<'_>, out: &mut Vec<u8>) {
    block(PACKET, out, |body| {
        let kept = &packet.bytes[..packet.bytes.len().min(SNAPLEN)];
        let number = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let (high, low) = ((packet.at_ns >> 32) as u32, packet.at_ns as u32);
        for number in [packet.iface, high, low, number(kept.len()), number(packet.bytes.len())] {
            body.extend(number.to_le_bytes());
        }
        padded(kept, body);
        let direction: u32 = if packet.inward { 1 } else { 2 };
        option(PACKET_FLAGS, &direction.to_le_bytes(), body);
        for comment in packet.comments {
            option(COMMENT, comment.as_bytes(), body);
        }
        end_of_options(body);
    });
}

/// A block: its type, its length before and behind, its body.
fn block(kind: u32, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    fill(&mut body);
    let len = u32::try_from(body.len() + 12).expect("a block is a packet and some sentences");
    out.extend(kind.to_le_bytes());
    out.extend(len.to_le_bytes());
    out.extend(body);
    out.extend(len.to_le_bytes());
}

/// An option, or a record of names; what does not fit its 16-bit length is cut.
fn option(code: u16, value: &[u8], body: &mut Vec<u8>) {
    let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
    body.extend(code.to_le_bytes());
    body.extend(len.to_le_bytes());
    padded(&value[..usize::from(len)], body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

/// The bytes, and zeros up to a multiple of four.
fn padded(bytes: &[u8], body: &mut Vec<u8>) {
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use pcap_file::DataLink;
    use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
    use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
    use pcap_file::pcapng::blocks::name_resolution::Record;
    use pcap_file::pcapng::{Block, PcapNgReader};

    use super::*;

    #[test]
    fn knows_who_wrote_a_file() {
        let mut ours = Vec::new();
        section("lvsim 1", "a story", &mut ours);
        assert_eq!(program(&ours), Some(&b"lvsim 1"[..]));
        ours.extend([7; 9]);
        assert_eq!(program(&ours), Some(&b"lvsim 1"[..]));
        for wrong in [&b""[..], b"text that is no capture at all", &ours[..30], &[0; 64]] {
            assert_eq!(program(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn another_reader_finds_what_was_written() {
        let mut file = Vec::new();
        section("lvsim", "dr/seed, seed 1", &mut file);
        interface("rs1.eth0", "a card", LinkType::Ethernet, &mut file);
        interface("rs1.tunl0", "a tunnel", LinkType::Raw, &mut file);
        names([(Ipv4Addr::new(192, 0, 2, 11), "rs1")], &mut file);
        let comments = ["ip.local: mine".to_owned(), "第二句".to_owned()];
        let bytes = vec![7; SNAPLEN + 1];
        #[rustfmt::skip]
        let packets = [
            Packet { iface: 0, at_ns: 180_000_001, inward: true, bytes: b"first", comments: &comments },
            Packet { iface: 1, at_ns: 1 << 33, inward: false, bytes: &bytes, comments: &[] },
        ];
        for each in &packets {
            packet(each, &mut file);
        }

        let mut reader = PcapNgReader::new(&file[..]).unwrap();
        let mut seen = Vec::new();
        while let Some(block) = reader.next_block() {
            match block.unwrap() {
                Block::InterfaceDescription(iface) => {
                    let Some(InterfaceDescriptionOption::IfName(name)) = iface.options.first()
                    else {
                        panic!("the name comes first: {iface:?}");
                    };
                    let link = match iface.linktype {
                        DataLink::ETHERNET => "ethernet",
                        DataLink::RAW => "raw",
                        other => panic!("{other:?}"),
                    };
                    seen.push(format!("iface {name} {link}"));
                }
                Block::NameResolution(block) => {
                    let [Record::Ipv4(record), ..] = &block.records[..] else {
                        panic!("an address: {block:?}");
                    };
                    seen.push(format!("{:?} {:?}", record.ip_addr, record.names));
                }
                Block::EnhancedPacket(packet) => {
                    let mut line = format!(
                        "packet {} {} {} of {}",
                        packet.interface_id,
                        packet.timestamp.as_nanos(),
                        packet.data.len(),
                        packet.original_len
                    );
                    for option in &packet.options {
                        match option {
                            EnhancedPacketOption::Flags(flags) => {
                                line += &format!(" flags {flags}")
                            }
                            EnhancedPacketOption::Comment(words) => line += &format!(" `{words}`"),
                            other => panic!("{other:?}"),
                        }
                    }
                    seen.push(line);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            seen,
            [
                "iface rs1.eth0 ethernet",
                "iface rs1.tunl0 raw",
                "[192, 0, 2, 11] [\"rs1\"]",
                "packet 0 180000001 5 of 5 flags 1 `ip.local: mine` `第二句`",
                "packet 1 8589934592 262144 of 262145 flags 2",
            ]
        );
    }
}
