//! The fields of a frame under Wireshark's names, each with its bytes, and beside those of the frame that it was made from.
//!
//! The values are those of [`sim_core::receipt::all_fields`]; here they only get their place and the name under which a person
//! will look for them elsewhere.

use std::ops::Range;

use sim_core::receipt::all_fields;

/// A field of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name: Wireshark's, with `inner.` or `quoted.` before it where it lies inside another packet.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its bytes in the frame.
    pub bytes: Range<usize>,
    /// Whether it is shown where not all are.
    pub telling: bool,
}

/// A field of a frame beside the same field of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The name.
    pub name: String,
    /// The value before; none: there was no such field.
    pub before: Option<String>,
    /// The value now; none: it is gone.
    pub after: Option<String>,
    /// Its bytes in the frame as it is now.
    pub bytes: Range<usize>,
    /// Whether it is shown where not all are.
    pub telling: bool,
}

impl Row {
    /// Whether it differs.
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

/// Where the bytes of a field are counted from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Frame,
    Network,
    Transport,
}

use Layer::{Frame, Network, Transport};

/// A field: our name, Wireshark's, its layer, the first byte in it and how many (0: the rest), and whether it is telling.
type Known = (&'static str, &'static str, Layer, usize, usize, bool);

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    ("eth.dst",          "eth.dst",               Frame,      0, 6, true),
    ("eth.src",          "eth.src",               Frame,      6, 6, true),
    ("eth.type",         "eth.type",              Frame,     12, 2, false),
    ("eth.data",         "data",                  Network,    0, 0, true),
    ("eth.padding",      "eth.padding",           Network,   28, 0, false),
    ("padding",          "eth.padding",           Network,    0, 0, false),
    ("arp.kind",         "arp.hw.type",           Network,    0, 6, false),
    ("arp.op",           "arp.opcode",            Network,    6, 2, true),
    ("arp.sender.mac",   "arp.src.hw_mac",        Network,    8, 6, true),
    ("arp.sender.ip",    "arp.src.proto_ipv4",    Network,   14, 4, true),
    ("arp.target.mac",   "arp.dst.hw_mac",        Network,   18, 6, true),
    ("arp.target.ip",    "arp.dst.proto_ipv4",    Network,   24, 4, true),
    ("ip.version",       "ip.version",            Network,    0, 1, false),
    ("ip.head",          "ip.hdr_len",            Network,    0, 1, false),
    ("ip.tos",           "ip.dsfield",            Network,    1, 1, false),
    ("ip.length",        "ip.len",                Network,    2, 2, false),
    ("ip.id",            "ip.id",                 Network,    4, 2, false),
    ("ip.flags",         "ip.flags",              Network,    6, 1, false),
    ("ip.offset",        "ip.frag_offset",        Network,    6, 2, false),
    ("ip.ttl",           "ip.ttl",                Network,    8, 1, true),
    ("ip.protocol",      "ip.proto",              Network,    9, 1, false),
    ("ip.sum",           "ip.checksum",           Network,   10, 2, false),
    ("ip.src",           "ip.src",                Network,   12, 4, true),
    ("ip.dst",           "ip.dst",                Network,   16, 4, true),
    ("ip.options",       "ip.options",            Network,   20, 0, false),
    ("ip.data",          "data",                  Transport,  0, 0, true),
    ("tcp.sport",        "tcp.srcport",           Transport,  0, 2, true),
    ("tcp.dport",        "tcp.dstport",           Transport,  2, 2, true),
    ("tcp.seq",          "tcp.seq_raw",           Transport,  4, 4, false),
    ("tcp.ack",          "tcp.ack_raw",           Transport,  8, 4, false),
    ("tcp.head",         "tcp.hdr_len",           Transport, 12, 1, false),
    ("tcp.flags",        "tcp.flags",             Transport, 13, 1, true),
    ("tcp.window",       "tcp.window_size_value", Transport, 14, 2, false),
    ("tcp.sum",          "tcp.checksum",          Transport, 16, 2, false),
    ("tcp.urgent",       "tcp.urgent_pointer",    Transport, 18, 2, false),
    ("tcp.options",      "tcp.options",           Transport, 20, 0, false),
    ("tcp.data",         "tcp.payload",           Transport,  0, 0, true),
    ("udp.sport",        "udp.srcport",           Transport,  0, 2, true),
    ("udp.dport",        "udp.dstport",           Transport,  2, 2, true),
    ("udp.length",       "udp.length",            Transport,  4, 2, false),
    ("udp.sum",          "udp.checksum",          Transport,  6, 2, false),
    ("udp.data",         "udp.payload",           Transport,  8, 0, true),
    ("icmp.type",        "icmp.type",             Transport,  0, 1, true),
    ("icmp.code",        "icmp.code",             Transport,  1, 1, true),
    ("icmp.sum",         "icmp.checksum",         Transport,  2, 2, false),
    ("icmp.id",          "icmp.ident",            Transport,  4, 2, true),
    ("icmp.seq",         "icmp.seq",              Transport,  6, 2, true),
    ("icmp.mtu",         "icmp.mtu",              Transport,  4, 4, true),
    ("icmp.gateway",     "icmp.redir_gw",         Transport,  4, 4, true),
    ("icmp.rest",        "icmp.unused",           Transport,  4, 4, false),
    ("icmp.data",        "data",                  Transport,  8, 0, false),
    ("gre.flags",        "gre.flags_and_version", Transport,  0, 2, true),
    ("gre.type",         "gre.proto",             Transport,  2, 2, true),
    ("gre.head",         "gre.options",           Transport,  4, 0, false),
    ("gre.data",         "data",                  Transport,  4, 0, false),
];

/// Whether some frame has a field of this name.
pub fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|(_, shown, ..)| *shown == name)
}

/// All fields of a frame, from the outside in.
pub fn fields(frame: &[u8]) -> Vec<Field> {
    let all = all_fields(frame);
    let mut walk = Walk { frame, network: ETHERNET, transport: ETHERNET, depth: 0 };
    all.iter().map(|(name, value)| walk.field(name, value)).collect()
}

/// Length of an Ethernet header.
const ETHERNET: usize = 14;

/// Where the headers of a frame begin, as far as it was read.
struct Walk<'a> {
    frame: &'a [u8],
    network: usize,
    transport: usize,
    depth: usize,
}

impl Walk<'_> {
    fn field(&mut self, full: &str, value: &str) -> Field {
        let mut name = full;
        while let Some(rest) = name.strip_prefix("inner.").or_else(|| name.strip_prefix("quoted."))
        {
            name = rest;
        }
        let prefix = &full[..full.len() - name.len()];
        let depth = prefix.matches('.').count();
        if name == "ip.version" {
            if depth > self.depth {
                // A quoted packet stands behind eight bytes of ICMP; one in GRE behind its header, as `transport` says by then.
                let head = if prefix.ends_with("quoted.") { 8 } else { 0 };
                self.network = self.transport + head;
                self.depth = depth;
            }
            let head = self.frame.get(self.network).map_or(5, |byte| byte & 0x0f);
            self.transport = self.network + usize::from(head) * 4;
        }
        let known = KNOWN.iter().find(|(own, ..)| *own == name);
        let end = self.frame.len();
        let Some((_, shown, layer, first, count, telling)) = known else {
            return Field { name: full.into(), value: value.into(), bytes: 0..end, telling: true };
        };
        let base = match layer {
            Frame => 0,
            Network => self.network,
            Transport => self.transport,
        };
        let length = || {
            value
                .strip_prefix('[')
                .and_then(|rest| rest.split(']').next())
                .and_then(|text| text.parse().ok())
        };
        let mut start = base + first;
        let mut stop = match (*count, name) {
            (0, "tcp.options") => self.transport + self.tcp_head(),
            (0, _) => start + length().unwrap_or(0),
            (count, _) => start + count,
        };
        if name == "tcp.data" || name == "padding" {
            // What comes last ends with the packet, or with the frame.
            let from = if name == "padding" {
                end - length().unwrap_or(0).min(end)
            } else {
                self.transport + self.tcp_head()
            };
            (start, stop) = (from, from + length().unwrap_or(0));
        }
        if name == "gre.head" {
            self.transport = stop;
        }
        let bytes = start.min(end)..stop.min(end);
        // An empty field tells nothing.
        let telling = *telling && !value.is_empty();
        Field { name: format!("{prefix}{shown}"), value: value.into(), bytes, telling }
    }

    fn tcp_head(&self) -> usize {
        self.frame.get(self.transport + 12).map_or(20, |byte| usize::from(byte >> 4) * 4)
    }
}

/// The fields of a frame beside those of the one that it was made from.
///
/// A header that was put around the packet has no field before it; then the packet inside is compared with the one before.
pub fn beside(before: Option<&[u8]>, after: &[u8]) -> Vec<Row> {
    let now = fields(after);
    let Some(before) = before.map(fields) else {
        let row = |field: Field| Row {
            before: Some(field.value.clone()),
            name: field.name,
            after: Some(field.value),
            bytes: field.bytes,
            telling: field.telling,
        };
        return now.into_iter().map(row).collect();
    };
    let depth = |fields: &[Field]| {
        let is_inner = |depth: &usize| {
            fields.iter().any(|own| own.name == format!("{}ip.src", "inner.".repeat(*depth)))
        };
        (1..).take_while(is_inner).count()
    };
    let (was, is) = (depth(&before), depth(&now));
    let (more, less) =
        ("inner.".repeat(is.saturating_sub(was)), "inner.".repeat(was.saturating_sub(is)));
    // The name that a field had before: the wrapped packet's lost its prefix, the outer ones are new.
    let name_before = |name: &str| -> Option<String> {
        if name.starts_with("eth.") {
            return Some(name.into());
        }
        name.strip_prefix(&more).map(|rest| format!("{less}{rest}"))
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut known = Vec::new();
    for field in now {
        let was = name_before(&field.name)
            .and_then(|name| before.iter().position(|own| own.name == name));
        known.extend(was);
        let before = was.map(|at| before[at].value.clone());
        rows.push(Row {
            name: field.name,
            before,
            after: Some(field.value),
            bytes: field.bytes,
            telling: field.telling,
        });
    }
    let gone = before.iter().enumerate().filter(|(at, own)| !known.contains(at) && own.telling);
    rows.extend(gone.map(|(_, own)| Row {
        name: own.name.clone(),
        before: Some(own.value.clone()),
        after: None,
        bytes: 0..0,
        telling: true,
    }));
    rows
}

#[cfg(test)]
mod tests {
    use sim_core::receipt::all_fields;
    use sim_core::scenario::Scenario;
    use sim_core::story::open;
    use sim_core::trace::Note;
    use sim_core::whatif::Run;

    use super::*;
    use crate::scenarios::SHIPPED;

    fn scenario(name: &str) -> Scenario {
        let (_, text) = SHIPPED.iter().find(|(own, _)| *own == name).expect("it is shipped");
        open(name, text, None, false).expect("it loads")
    }

    /// The bytes of a field say what its value says, in every kind of frame that there is.
    #[test]
    fn a_field_has_the_bytes_of_its_value() {
        let mut kinds = std::collections::BTreeSet::new();
        for name in [
            "dr/seed",
            "nat/seed",
            "tun/two-networks",
            "icmp/ping-the-vip",
            "tun/fragments",
            "dr/udp-vip",
        ] {
            let run = Run::play(scenario(name)).expect("it is set up");
            for entry in run.trace.entries() {
                let Note::Frame { frame, .. } = &entry.what else { continue };
                let bytes = frame.bytes.bytes();
                let fields = fields(bytes);
                assert_eq!(fields.len(), all_fields(bytes).len());
                for field in fields {
                    let own = &bytes[field.bytes.clone()];
                    let number =
                        own.iter().fold(0_u64, |sum, byte| sum.wrapping_shl(8) | u64::from(*byte));
                    let short =
                        field.name.rsplit_once("inner.").map_or(&*field.name, |(_, short)| short);
                    let short = short.trim_start_matches("quoted.");
                    let read = match short {
                        "eth.dst" | "eth.src" | "arp.src.hw_mac" | "arp.dst.hw_mac" => own
                            .iter()
                            .map(|byte| format!("{byte:02x}"))
                            .collect::<Vec<_>>()
                            .join(":"),
                        "ip.src" | "ip.dst" | "arp.src.proto_ipv4" | "arp.dst.proto_ipv4" => {
                            own.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
                        }
                        "ip.len" | "ip.id" | "ip.ttl" | "ip.proto" | "tcp.srcport"
                        | "tcp.dstport" | "udp.srcport" | "udp.dstport" | "udp.length"
                        | "arp.opcode" | "icmp.type" | "icmp.code" | "icmp.ident" | "icmp.seq" => {
                            number.to_string()
                        }
                        _ if field.value.starts_with('[') => {
                            let shown: String =
                                own.iter().take(12).map(|byte| format!(" {byte:02x}")).collect();
                            let more = if own.len() > 12 { " …" } else { "" };
                            format!("[{}] 0:{shown}{more}", own.len())
                        }
                        _ => continue,
                    };
                    kinds.insert(field.name.clone());
                    assert_eq!(read, field.value, "{name}: {} at {:?}", field.name, field.bytes);
                }
            }
        }
        for kind in [
            "arp.opcode",
            "inner.ip.src",
            "inner.tcp.srcport",
            "quoted.ip.dst",
            "icmp.ident",
            "tcp.payload",
        ] {
            assert!(kinds.contains(kind), "{kind} was met");
        }
    }

    #[test]
    fn a_frame_is_shown_beside_the_one_that_it_was_made_from() {
        let run = Run::play(scenario("tun/two-networks")).expect("it is set up");
        let frames = run.trace.entries().iter().filter_map(|entry| match &entry.what {
            Note::Frame { frame, .. } => Some(frame),
            _ => None,
        });
        let frames: Vec<_> = frames.collect();
        let wrapped = frames.iter().find(|frame| {
            frame.parent.is_some()
                && fields(frame.bytes.bytes()).iter().any(|own| own.name == "inner.ip.src")
        });
        let wrapped = wrapped.expect("one is wrapped");
        let parent =
            frames.iter().find(|frame| Some(frame.id) == wrapped.parent).expect("it was seen");
        let rows = beside(Some(parent.bytes.bytes()), wrapped.bytes.bytes());
        let row = |name: &str| rows.iter().find(|row| row.name == name).expect("it is there");
        assert_eq!(row("ip.src").before, None, "the outer header is new");
        assert!(!row("inner.ip.src").is_changed() && row("inner.ip.src").before.is_some());
    }
}
