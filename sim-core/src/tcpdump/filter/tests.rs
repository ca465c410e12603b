//! Filters against libpcap, and what is said to those who write something else.

use proptest::prelude::*;

use super::*;
use crate::command::testing::{has_chinese, help_in_both};
use crate::tcpdump::tests::{near_frames, recorded_frames};

/// `EXPRESSION => FRAMES`: which of the recorded frames (from 1) tcpdump 4.99.3 with libpcap 1.10.3
/// let through (`tcpdump -r FILE -w MATCHED EXPRESSION`).
const JUDGED: &str = include_str!("judged.txt");

#[test]
fn matches_what_libpcap_matches() {
    let frames = recorded_frames();
    for line in JUDGED.lines() {
        let (words, numbers) = line.split_once(" =>").unwrap();
        let filter = Filter::parse(words).unwrap_or_else(|error| panic!("{words}: {error}"));
        let matched: Vec<usize> =
            (1..=frames.len()).filter(|number| filter.matches(&frames[number - 1])).collect();
        assert_eq!(runs(&matched), numbers.trim(), "{words}");
    }
}

/// Numbers in rising order, as in `1-3 7`.
fn runs(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|left, right| left + 1 == *right);
    let texts: Vec<String> = runs
        .map(|run| match run {
            [only] => only.to_string(),
            [first, .., last] => format!("{first}-{last}"),
            [] => unreachable!("chunks are not empty"),
        })
        .collect();
    texts.join(" ")
}

#[test]
fn no_words_let_everything_through() {
    let filter = Filter::parse("  ").unwrap();
    assert!(filter.matches(&[]) && filter.matches_packet(&[]));
    assert_eq!(filter.to_string(), "");
}

#[test]
fn a_packet_without_a_frame_has_no_mac() {
    let packet = &recorded_frames()[19][14..]; // a SYN-ACK from port 80
    for (words, matches) in [
        ("tcp", true),
        ("src port 80 and host 10.0.0.10", true),
        ("tcp[tcpflags] == tcp-syn|tcp-ack", true),
        ("ether src 02:00:00:00:00:01", false),
        ("not ether src 02:00:00:00:00:01", true),
        ("ether[0] & 1 != 0", false),
        ("arp", false),
    ] {
        assert_eq!(Filter::parse(words).unwrap().matches_packet(packet), matches, "{words}");
    }
}

#[test]
#[rustfmt::skip]
fn prints_the_long_form() {
    for (words, printed) in [
        ("src 10.0.0.1",                            "src host 10.0.0.1"),
        ("net 10.0.0.0 mask 255.0.0.0",             "net 10.0.0.0/8"),
        ("portrange 90-80",                         "portrange 80-90"),
        ("port 80 or 443",                          "port 80 or port 443"),
        ("tcp dst port (80 or not 81)",             "tcp dst port 80 or not tcp dst port 81"),
        ("arp or icmp and udp",                     "arp or icmp and udp"),
        ("(arp or icmp) and udp",                   "arp or icmp and udp"),
        ("arp or (icmp and udp)",                   "arp or (icmp and udp)"),
        ("! (arp || icmp)",                         "not (arp or icmp)"),
        ("src or dst host 10.0.0.1",                "host 10.0.0.1"),
        ("src and dst 10.0.0.1",                    "src and dst host 10.0.0.1"),
        ("tcp[tcpflags]&(tcp-syn|tcp-rst)!=0",      "tcp[13] & 0x6 != 0"),
        ("ip[6:2] & 0x1fff = 0",                    "ip[6:2] & 0x1fff == 0"),
        ("proto ipencap",                           "ip proto 4"),
        ("ether dst FF:ff:ff:ff:ff:ff",             "ether dst host ff:ff:ff:ff:ff:ff"),
    ] {
        assert_eq!(Filter::parse(words).unwrap().to_string(), printed, "{words}");
    }
}

#[test]
fn refuses_with_the_place_and_a_cure() {
    // The words, the place underlined, what is said.
    let table = "\
prot 80
^^^^ `prot` is not known here; known: arp rarp ip icmp tcp udp, host net src dst port portrange, ip proto, ether host, tcp[tcpflags], `and` `or` `not` ( )
10.0.0.1
^^^^^^^^ `10.0.0.1` stands alone; say what it is: `host ADDRESS`, `net ADDRESS/BITS`, `port NUMBER`
tcp and 80
        ^^ `80` stands alone; say what it is: `host ADDRESS`, `net ADDRESS/BITS`, `port NUMBER`
host rs1
     ^^^ `rs1` is no IPv4 address; write four numbers, as in 192.0.2.100; names are not looked up
host 02:00:00:00:00:01
     ^^^^^^^^^^^^^^^^^ `02:00:00:00:00:01` is no IPv4 address; a MAC address is `ether host MAC`
host 10.0.0.0/24
     ^^^^^^^^^^^ `10.0.0.0/24` is more than one host; write `net 10.0.0.0/24`
net 10.0.0.1/24
    ^^^^^^^^^^^ non-network bits set in \"10.0.0.1/24\"; write `net 10.0.0.0/24`, or `host 10.0.0.1`
net 10.0.0.0
    ^^^^^^^^ a network needs its length; write `net 10.0.0.0/24`, or `host 10.0.0.0`
net 10.0.0.0/33
    ^^^^^^^^^^^ `/33` is no length of a network; a length is 0 to 32
net 10.0.0.0 mask 255.0.255.0
                  ^^^^^^^^^^^ `255.0.255.0` is no mask; as in `mask 255.255.255.0`
net 10.0.0.0 mask
                  `mask` needs a value; as in `mask 255.255.255.0`
tcp net 10.0.0.0/8
    ^^^ `tcp` does not go with `net`; a network is `net`, `ip net`, `arp net`; join it with `and`
src proto 6
    ^^^^^ `src or dst` does not go with `proto`; only `ip proto NUMBER` is known
tcp[13] &
          a number is missing; a number or tcp-syn tcp-ack tcp-fin tcp-rst tcp-push tcp-urg, icmp-echo, …
src 10.0.0.1 port 80
             ^^^^ `port` follows a complete condition; join conditions with `and` or `or`
tcp host 10.0.0.1
    ^^^^ `tcp` does not go with `host`; an address is `host`, `ip host`, `arp host`; join it with `and`
icmp port 80
     ^^^^ `icmp` does not go with `port`; ports are those of `tcp`, `udp`, or of both
ether 02:00:00:00:00:01
      ^^^^^^^^^^^^^^^^^ `ether` alone says nothing; write `ether host MAC`
ether host 10.0.0.1
           ^^^^^^^^ `10.0.0.1` is no MAC address; six bytes: 02:00:00:00:00:d1
port http
     ^^^^ `http` is no port; write a number up to 65535, as in `port 80`
port 80-90
     ^^^^^ `80-90` is more than one port; write `portrange 80-90`
port 65536
     ^^^^^ `65536` is no port; write a number up to 65535, as in `port 80`
port 080
     ^^^ `080` is no port; write a number up to 65535, as in `port 80`
port
     `port` needs a value; give one behind it
ip proto ipip
         ^^^^ `ipip` is protocol 94 in /etc/protocols, not the tunnel; IP in IP is `ip proto 4`
ip proto tcp
         ^^^ `tcp` is no IP protocol; write `tcp` alone, or `ip proto \\tcp`
ip proto 256
         ^^^ `256` is no IP protocol; write a number up to 255: 1 icmp, 4 ipip, 6 tcp, 17 udp, 47 gre
tcp[tcpflags] & tcp-syn
                        a comparison is missing; compare it, as in `!= 0`
tcp[13] & tcp-syn|tcp-ack != 0
                 ^ `&` takes only the flag before this; put the flags in parentheses: & (tcp-syn|tcp-ack)
tcp[13] & tcp-sin != 0
          ^^^^^^^ `tcp-sin` is no number; a number or tcp-syn tcp-ack tcp-fin tcp-rst tcp-push tcp-urg, icmp-echo, …
tcp[flags] != 0
    ^^^^^ `flags` is no place in a header; a number or tcpflags, icmptype, icmpcode
ip[6:3] != 0
   ^^^ the size in brackets is 1, 2 or 4; as in ip[6:2]
tcp[13 != 0
       ^^ `]` is missing; close what was opened before
tcp[
     `` is no place in a header; a number or tcpflags, icmptype, icmpcode
(arp or icmp
             `)` is missing; close what was opened before
arp)
   ^ `)` without `(`; take it away, or open it before
arp and
        a condition is missing at the end; known: arp rarp ip icmp tcp udp, host net src dst port portrange, ip proto, ether host, tcp[tcpflags], `and` `or` `not` ( )
arp; icmp
   ^ `;` has no meaning in a filter; known: arp rarp ip icmp tcp udp, host net src dst port portrange, ip proto, ether host, tcp[tcpflags], `and` `or` `not` ( )";
    let lines: Vec<&str> = table.lines().collect();
    for pair in lines.chunks(2) {
        let [words, _] = pair else { panic!("lines come in pairs") };
        let error = Filter::parse(words).expect_err(words);
        both_languages(words, &error);
        let carets =
            format!("{:start$}{:^<len$}", "", "", start = error.at.start, len = error.at.len());
        // What is missing is missing at the end: there are no carets then.
        let place = if error.at.is_empty() { " ".repeat(words.len() + 1) } else { carets + " " };
        assert_eq!(format!("{words}\n{place}{error}"), pair.join("\n"));
    }
}

#[test]
fn long_and_deep_expressions_are_refused() {
    let rows = [
        (vec!["arp"; 300].join(" or "), "more than 512 words"),
        (format!("{}arp{}", "(".repeat(100), ")".repeat(100)), "nested deeper than 32"),
        ("!".repeat(100) + "arp", "nested deeper than 32"),
    ];
    for (words, message) in rows {
        let error = Filter::parse(&words).unwrap_err();
        assert_eq!(error.message.en, message);
        both_languages(&words, &error);
    }
}

/// All words are our own but one message of libpcap's.
#[track_caller]
fn both_languages(words: &str, error: &FilterError) {
    let message = &error.message;
    let libpcap = message.en.starts_with("non-network bits set");
    assert_eq!(libpcap, !has_chinese(&message.zh), "{words}: {message:?}");
    help_in_both(words, &error.help);
}

fn ways() -> impl Strategy<Value = Way> {
    prop::sample::select(vec![Way::Either, Way::Src, Way::Dst, Way::Both])
}

fn conditions() -> impl Strategy<Value = Test> {
    use Protocol::{Arp, Ether, Icmp, Ip, Rarp, Tcp, Udp};
    let net = (0..=32_u8, any::<u32>())
        .prop_map(|(bits, addr)| Net { addr: Ipv4Addr::from_bits(addr & Net::mask(bits)), bits });
    let layer = prop::sample::select(vec![Layer::Any, Layer::Ip, Layer::Arp]);
    let transport = prop::sample::select(vec![None, Some(Transport::Tcp), Some(Transport::Udp)]);
    let bytes = (
        prop::sample::select(vec![Ether, Arp, Rarp, Ip, Icmp, Tcp, Udp]),
        any::<u16>(),
        prop::sample::select(vec![Size::One, Size::Two, Size::Four]),
        any::<Option<u32>>(),
        prop::sample::select(Relation::SIGNS.to_vec()),
        any::<u32>(),
    );
    prop_oneof![
        prop::sample::select(vec![Arp, Rarp, Ip, Icmp, Tcp, Udp]).prop_map(Test::Protocol),
        (layer, ways(), net).prop_map(|(layer, way, net)| Test::Net { layer, way, net }),
        (transport, ways(), any::<u16>(), any::<u16>()).prop_map(|(transport, way, a, b)| {
            Test::Port { transport, way, low: a.min(b), high: a.max(b) }
        }),
        (ways(), any::<[u8; 6]>()).prop_map(|(way, mac)| Test::Mac { way, mac: Mac(mac) }),
        any::<u8>().prop_map(Test::IpProto),
        bytes.prop_map(|(from, at, size, mask, (_, relation), value)| {
            Test::Bytes(Bytes { from, at, size, mask, relation, value })
        }),
    ]
}

fn expressions() -> impl Strategy<Value = Expr> {
    conditions().prop_map(Expr::Test).prop_recursive(5, 20, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|expr| Expr::Not(Box::new(expr))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Expr::Or(Box::new(a), Box::new(b))),
        ]
    })
}

/// Words of filters in any order.
fn word_salad() -> impl Strategy<Value = String> {
    let words = vec![
        "arp",
        "ip",
        "tcp",
        "ether",
        "host",
        "net",
        "src",
        "dst",
        "port",
        "portrange",
        "proto",
        "and",
        "or",
        "not",
        "!",
        "(",
        ")",
        "[",
        "]",
        "&",
        "|",
        "==",
        "!=",
        "tcpflags",
        "tcp-syn",
        "80",
        "80-90",
        "10.0.0.1",
        "10.0.0.0/8",
        "mask",
        "02:00:00:00:00:01",
        "6:2",
        "é",
        "\\tcp",
    ];
    prop::collection::vec(prop::sample::select(words), 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    /// What a filter prints is the same filter again.
    #[test]
    fn printing_and_parsing_are_inverse(expr in expressions()) {
        let filter = Filter(Some(expr));
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    /// Any frame is answered, by any filter.
    #[test]
    fn no_frame_makes_it_panic(expr in expressions(), frame in near_frames()) {
        let filter = Filter(Some(expr));
        filter.matches(&frame);
        filter.matches_packet(&frame);
    }

    /// Any words are read or refused at a place within them, and what was read prints and parses
    /// again.
    #[test]
    fn no_words_make_it_panic(words in prop_oneof![word_salad(), ".{0,40}"]) {
        match Filter::parse(&words) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
            Err(error) => prop_assert!(words.get(error.at).is_some()),
        }
    }
}
