//! Frames as text, column for column as `tcpdump -nn` of version 4.99 prints them, without the
//! time.
//!
//! What a simulated host can send is printed as tcpdump prints it: ARP, IPv4 with fragments and IP
//! in IP, TCP, UDP, ICMP, GRE, and the first line (with `-v` all lines) of HTTP, FTP and SMTP on
//! their ports. What tcpdump would take apart and we do not stays what it is one layer below: DNS
//! and other protocols on UDP are `UDP, length N`, other IP protocols (IGMP, VRRP) are
//! `ip-proto-N`, other TCP options `unknown-N`, other Ethernet types (IPv6, VLAN, STP) a hex dump,
//! as tcpdump prints what it does not know.

mod arp;
mod brief;
pub(crate) mod fields;
pub mod filter;
mod icmp;
mod ip;
mod tcp;
mod text;
mod udp;

#[cfg(test)]
pub(crate) mod tests;

pub use brief::brief;
pub use filter::{Filter, FilterError};

use fields::{CutShort, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_RARP, Ethernet};
use tcp::Conversations;

/// What was asked for on tcpdump's command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-e`: the Ethernet header is printed too.
    pub ether: bool,
    /// How often `-v` was given: 1 adds the IP header's fields, TCP's checksum and quoted packets;
    /// 2 adds UDP's checksum.
    pub verbose: u8,
    /// `-S`: sequence numbers stay absolute.
    pub absolute: bool,
}

/// One running tcpdump: its options, and the TCP connections it has seen, from which it prints
/// relative numbers.
///
/// ```
/// use sim_core::tcpdump::{Options, Tcpdump};
/// let mut tcpdump = Tcpdump::new(Options::default());
/// let who_has = b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x0c\x08\x06\0\x01\x08\0\x06\x04\0\x01\
///     \x02\0\0\0\0\x0c\x0a\0\0\x0a\0\0\0\0\0\0\x0a\0\0\x01";
/// assert_eq!(tcpdump.line(who_has), "ARP, Request who-has 10.0.0.1 tell 10.0.0.10, length 28");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tcpdump {
    options: Options,
    seen: Conversations,
}

impl Tcpdump {
    /// A tcpdump that has seen nothing yet.
    pub fn new(options: Options) -> Self {
        Self { options, seen: Conversations::default() }
    }

    /// The text of one Ethernet frame, without time; with `-v` it has several lines, without a last
    /// line end.
    pub fn line(&mut self, frame: &[u8]) -> String {
        if frame.is_empty() {
            return "[Invalid header: caplen==0, len==0]".to_owned();
        }
        self.print(|printer| printer.ether(frame))
    }

    /// The text of one Ethernet frame as one line: without the dump of its bytes that tcpdump prints
    /// below what it does not know.
    pub fn only_line(&mut self, frame: &[u8]) -> String {
        let text = self.line(frame);
        let line = text.lines().next().unwrap_or_default();
        line.trim_end_matches([' ', ':']).to_owned()
    }

    /// The text of one IP packet of a device without a link header, such as `tunl0`.
    pub fn packet_line(&mut self, packet: &[u8]) -> String {
        if packet.is_empty() {
            return "[Invalid header: caplen==0, len==0]".to_owned();
        }
        self.print(|printer| {
            if printer.options.ether {
                printer.out.push_str("ip: ");
            }
            printer.raw(packet)
        })
    }

    fn print(&mut self, packet: impl FnOnce(&mut Printer<'_>) -> Printed) -> String {
        let mut printer = Printer {
            options: self.options,
            seen: &mut self.seen,
            out: String::new(),
            layer: "",
            depth: 0,
        };
        if packet(&mut printer) == Err(CutShort) {
            printer.cut();
        }
        printer.out
    }
}

/// A printer that ran out of bytes gives up the whole frame, and the layer it was in is named at
/// the end: `[|tcp]`.
type Printed = Result<(), CutShort>;

/// More IP headers than this are in no frame of ordinary length.
const MAX_DEPTH: u32 = 100;

/// The printing of one frame.
struct Printer<'a> {
    options: Options,
    seen: &'a mut Conversations,
    out: String,
    /// The layer that is being printed.
    layer: &'static str,
    /// How many IP headers were printed.
    depth: u32,
}

/// Appends formatted text to the line.
macro_rules! say {
    ($printer:expr, $($text:tt)*) => { $printer.out.push_str(&format!($($text)*)) };
}
use say;

impl Printer<'_> {
    fn verbose(&self) -> bool {
        self.options.verbose > 0
    }

    /// Marks that the bytes of the present layer end too early.
    fn cut(&mut self) {
        say!(self, " [|{}]", self.layer);
    }

    fn ether(&mut self, frame: &[u8]) -> Printed {
        self.layer = "ether";
        let ether = Ethernet::read(frame)?;
        let head = format!(
            "{} > {}, ethertype {} (0x{:04x}), length {}: ",
            ether.src,
            ether.dst,
            ethertype_name(ether.ethertype).unwrap_or("Unknown"),
            ether.ethertype,
            frame.len()
        );
        let known = [ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_RARP].contains(&ether.ethertype);
        // A type that cannot be printed shows its Ethernet header even without -e.
        if self.options.ether || !known {
            self.out.push_str(&head);
        }
        match ether.ethertype {
            ETHERTYPE_IPV4 => self.ip(ether.payload, ether.payload.len()),
            ETHERTYPE_ARP | ETHERTYPE_RARP => self.arp(ether.payload),
            _ => {
                self.hex_dump(ether.payload);
                Ok(())
            }
        }
    }

    /// tcpdump's way to show what it does not know: rows of sixteen bytes, in hex and as text.
    fn hex_dump(&mut self, bytes: &[u8]) {
        for (row, chunk) in bytes.chunks(16).enumerate() {
            let hex: String = chunk
                .chunks(2)
                .map(|pair| {
                    pair.iter().fold(" ".to_owned(), |text, byte| text + &format!("{byte:02x}"))
                })
                .collect();
            let text: String = chunk
                .iter()
                .map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { '.' })
                .collect();
            say!(self, "\n\t0x{:04x}: {hex:<40}  {text}", row * 16);
        }
    }
}

/// tcpdump's word for an Ethernet type, as far as one may meet it in a LAN of servers.
fn ethertype_name(ethertype: u16) -> Option<&'static str> {
    Some(match ethertype {
        ETHERTYPE_IPV4 => "IPv4",
        ETHERTYPE_ARP => "ARP",
        ETHERTYPE_RARP => "Reverse ARP",
        0x8100 => "802.1Q",
        0x86dd => "IPv6",
        0x8847 => "MPLS unicast",
        0x8863 => "PPPoE D",
        0x8864 => "PPPoE S",
        0x888e => "EAPOL",
        0x88cc => "LLDP",
        0x9000 => "Loopback",
        _ => return None,
    })
}
