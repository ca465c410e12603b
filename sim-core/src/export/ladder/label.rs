//! A frame in a word or two, and what its sender has changed in the one that it got.

use crate::receipt::all_fields;
use crate::tcpdump::{Options, Tcpdump, brief};

/// A frame in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What tcpdump says of it, shortened.
    pub line: String,
    /// The same in a word or two.
    pub label: String,
    /// What its sender has changed in the frame that it got.
    pub edits: Vec<Edit>,
}

impl Words {
    /// Of a frame, and the one that it was made from.
    pub(super) fn of(bytes: &[u8], parent: Option<&[u8]>) -> Self {
        let line = brief(&Tcpdump::new(Options::default()).only_line(bytes));
        let edits = parent.map_or_else(Vec::new, |parent| edits(parent, bytes));
        Self { label: label(&line), line, edits }
    }
}

/// A field that a hop has changed, added or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Its name: `ip.dst`, `tcp.dport`, `outer`.
    pub field: String,
    /// Its value before; none if it was not there.
    pub before: Option<String>,
    /// Its value now; none if it is gone.
    pub after: Option<String>,
}

impl Edit {
    /// In a few words: `ip.ttl 64 → 63`. Of MAC addresses only what differs.
    pub fn text(&self) -> String {
        let field = &self.field;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if field.starts_with("eth.") => {
                let (before, after) = (last_parts(before, after), last_parts(after, before));
                format!("{field} {before} → {after}")
            }
            (Some(before), Some(after)) => format!("{field} {before} → {after}"),
            (None, Some(after)) => format!("+ {field} {after}"),
            (Some(before), None) => format!("- {field} {before}"),
            (None, None) => field.clone(),
        }
    }
}

/// A MAC address from its first octet on that another has not.
fn last_parts(mac: &str, other: &str) -> String {
    let same = mac.split(':').zip(other.split(':')).take_while(|(one, two)| one == two).count();
    match mac.split(':').skip(same.min(5)).collect::<Vec<_>>().join(":") {
        rest if rest.len() == mac.len() => rest,
        rest => format!("…:{rest}"),
    }
}

/// The fields that say who talks to whom, and those that hops change.
const TOLD: &[&str] = &[
    "eth.src",
    "eth.dst",
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "ip.tos",
    "ip.length",
    "ip.offset",
    "tcp.sport",
    "tcp.dport",
    "tcp.seq",
    "tcp.ack",
    "tcp.options",
    "udp.sport",
    "udp.dport",
    "icmp.id",
    "icmp.mtu",
];

/// What was changed from a frame to the one that was made from it.
///
/// A header around the packet is one edit: then the packet inside is compared with the one before.
pub fn edits(before: &[u8], after: &[u8]) -> Vec<Edit> {
    let (before, after) = (Fields(all_fields(before)), Fields(all_fields(after)));
    let (was, is) = (before.depth(), after.depth());
    let deepest = |fields: &Fields, own: usize, other: usize| {
        "inner.".repeat(own.saturating_sub(other).min(fields.depth()))
    };
    let (inside_before, inside_after) = (deepest(&before, was, is), deepest(&after, is, was));
    let mut edits = Vec::new();
    for field in TOLD.iter().filter(|field| field.starts_with("eth.")) {
        edits.extend(edit(field, before.get(field), after.get(field)));
    }
    if was != is {
        let (before, after) =
            (before.outer().filter(|_| was > is), after.outer().filter(|_| is > was));
        edits.push(Edit { field: "outer IP".into(), before, after });
    }
    for quoted in ["", "quoted."] {
        for field in TOLD.iter().filter(|field| !field.starts_with("eth.")) {
            let was = before.get(&format!("{inside_before}{quoted}{field}"));
            let is = after.get(&format!("{inside_after}{quoted}{field}"));
            // Another payload is another packet: an answer, not an edit.
            if was.is_some() == is.is_some() {
                edits.extend(edit(&format!("{quoted}{field}"), was, is));
            }
        }
    }
    edits
}

fn edit(field: &str, before: Option<&str>, after: Option<&str>) -> Option<Edit> {
    let owned = |value: Option<&str>| value.map(str::to_owned);
    (before != after).then(|| Edit {
        field: field.into(),
        before: owned(before),
        after: owned(after),
    })
}

/// The fields of a frame.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// How many IP headers stand around the innermost one.
    fn depth(&self) -> usize {
        (1..)
            .take_while(|depth| self.get(&format!("{}ip.src", "inner.".repeat(*depth))).is_some())
            .count()
    }

    fn outer(&self) -> Option<String> {
        Some(format!("{} > {}", self.get("ip.src")?, self.get("ip.dst")?))
    }
}

/// What stands on an arrow: tcpdump's line in a word or two.
pub fn label(line: &str) -> String {
    if let Some(arp) = line.strip_prefix("ARP, ") {
        let asked = arp.strip_prefix("Request who-has ").and_then(|rest| rest.split(' ').next());
        let told = arp.split_once(" is-at ").map(|(_, mac)| mac);
        return match (asked, told) {
            (Some(addr), _) => format!("who-has {addr}"),
            (_, Some(mac)) => format!("is-at {mac}"),
            _ => "ARP".into(),
        };
    }
    let Some((_, what)) = line.split_once(": ").filter(|_| line.starts_with("IP ")) else {
        return "Ethernet".into();
    };
    if what.starts_with("IP ") {
        return format!("IPIP [{}]", label(what));
    }
    let length = what.rsplit_once("length ").map_or("0", |(_, rest)| rest);
    let bytes = length.split([':', ' ', ',']).next().unwrap_or("0");
    if let Some(flags) = what.strip_prefix("Flags [").and_then(|rest| rest.split(']').next()) {
        if let Some((_, http)) = what.split_once("HTTP: ") {
            let http = http.trim_end_matches(" HTTP/1.1").trim_start_matches("HTTP/1.1 ");
            return format!("HTTP {http}");
        }
        return match flags {
            "S" => "SYN".into(),
            "S." => "SYN-ACK".into(),
            _ if flags.contains('R') => "RST".into(),
            _ if flags.contains('F') => "FIN".into(),
            _ if bytes != "0" => format!("{bytes} bytes"),
            _ => "ACK".into(),
        };
    }
    if what.starts_with("UDP") {
        return format!("UDP {bytes} bytes");
    }
    what.split(", ").next().unwrap_or(what).trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn a_frame_has_a_short_name() {
        for (line, short) in [
            ("ARP, Request who-has 10.0.0.1 tell 10.0.0.2", "who-has 10.0.0.1"),
            ("ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:51", "is-at 02:00:00:00:00:51"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S.]", "SYN-ACK"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [.]", "ACK"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [.], length 1448", "1448 bytes"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [P.], length 78: HTTP: GET / HTTP/1.1", "HTTP GET /"),
            ("IP 10.0.0.2.80 > 10.0.0.1.4: Flags [P.], length 68: HTTP: HTTP/1.1 200 OK", "HTTP 200 OK"),
            ("IP 10.0.0.9 > 10.0.0.3: IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S]", "IPIP [SYN]"),
            ("IP 10.0.0.1.4 > 10.0.0.2.53: UDP, length 5", "UDP 5 bytes"),
            ("IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64", "ICMP echo request"),
        ] {
            assert_eq!(label(line), short);
        }
    }

    #[test]
    #[rustfmt::skip]
    fn an_edit_shows_what_differs() {
        let edit = |field: &str, before: Option<&str>, after: Option<&str>| Edit {
            field: field.into(), before: before.map(Into::into), after: after.map(Into::into),
        };
        for (edit, text) in [
            (edit("ip.ttl", Some("64"), Some("63")), "ip.ttl 64 → 63"),
            (edit("eth.dst", Some("02:00:00:00:00:a0"), Some("02:00:00:00:00:51")), "eth.dst …:a0 → …:51"),
            (edit("eth.dst", Some("02:00:00:00:00:a0"), Some("0a:00:00:00:00:51")),
                "eth.dst 02:00:00:00:00:a0 → 0a:00:00:00:00:51"),
            (edit("outer IP", None, Some("10.0.0.1 > 10.0.0.2")), "+ outer IP 10.0.0.1 > 10.0.0.2"),
            (edit("outer IP", Some("10.0.0.1 > 10.0.0.2"), None), "- outer IP 10.0.0.1 > 10.0.0.2"),
        ] {
            assert_eq!(edit.text(), text);
        }
    }
}
