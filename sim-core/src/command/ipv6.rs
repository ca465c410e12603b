//! IPv6: there is none here, whichever tool is asked, and that is said in so many words.

use std::net::Ipv6Addr;

use super::error::CommandError;
use super::word::Word;
use crate::text;

/// The same refusal, unless what was refused is an IPv6 address: no tool here reads one.
pub(super) fn named(error: CommandError, words: &[Word]) -> CommandError {
    let refused = |word: &&Word| word.span.start <= error.at.start && error.at.end <= word.span.end;
    let found = words.iter().skip(1).find(|word| refused(word) && is_ipv6(&word.text));
    match found {
        Some(word) => {
            let what = text!("IPv6 addresses", "IPv6 地址");
            let help = text!("write the IPv4 address", "请写 IPv4 地址");
            CommandError::without(&word.span, error.status, &what).help(help)
        }
        None => error,
    }
}

/// Whether a word is an IPv6 address, perhaps in brackets, with a port or a length, or in a URL.
pub(crate) fn is_ipv6(word: &str) -> bool {
    let host = word.split_once("://").map_or(word, |(_, rest)| rest);
    let addr = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next(),
        None => host.split(['/', '%']).next(),
    };
    addr.is_some_and(|addr| addr.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::refuses;

    #[test]
    fn addresses_are_told_from_the_rest() {
        for word in ["::1", "2001:db8::1/64", "fe80::1%eth0", "[::1]", "[::1]:80", "http://[::1]/x"]
        {
            assert!(is_ipv6(word), "{word}");
        }
        for word in ["192.0.2.1:80", "02:00:00:00:00:51", "eth0:0", "lo:0", "http://192.0.2.1/", ""]
        {
            assert!(!is_ipv6(word), "{word}");
        }
    }

    #[test]
    fn every_tool_says_so() {
        let said = "not simulated: IPv6 addresses";
        #[rustfmt::skip]
        refuses(&[
            ("ipvsadm -A -t [::1]:80 -s rr", "[::1]:80", 2, said),
            ("ipvsadm -a -t 192.0.2.1:80 -r [2001:db8::1]:80", "[2001:db8::1]:80", 2, said),
            ("ip addr add 2001:db8::1/64 dev eth0", "2001:db8::1/64", 1, said),
            ("ip route add 2001:db8::/32 via 192.0.2.1", "2001:db8::/32", 1, said),
            ("ping ::1", "::1", 2, said),
            ("curl http://[::1]:80/", "http://[::1]:80/", 3, said),
            ("nc ::1 80", "::1", 1, said),
        ]);
    }
}
