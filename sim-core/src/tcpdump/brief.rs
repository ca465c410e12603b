//! tcpdump's line without what only the full trace needs.

/// Without numbers that only the full trace needs: those of a segment, and the length of what has no content of its own.
pub fn brief(line: &str) -> String {
    let (before, after) = match line.rsplit_once(", length ") {
        Some(parts) => parts,
        None => return line.to_owned(),
    };
    let before = match before.split_once("Flags [").and_then(|(head, rest)| {
        let (flags, _) = rest.split_once(']')?;
        Some(format!("{head}Flags [{flags}]"))
    }) {
        Some(segment) => segment,
        None => before.to_owned(),
    };
    match line.starts_with("ARP") || after == "0" {
        true => before,
        false => format!("{before}, length {after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn lines_are_told_short() {
        for (line, short) in [
            ("ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28", "ARP, Request who-has 10.0.0.1 tell 10.0.0.2"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S], seq 1, win 5, options [mss 1460,nop], length 0",
                "IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S]"),
            ("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [P.], seq 1:79, ack 1, win 5, length 78: HTTP: GET / HTTP/1.1",
                "IP 10.0.0.1.4 > 10.0.0.2.80: Flags [P.], length 78: HTTP: GET / HTTP/1.1"),
            ("IP 10.0.0.1.4 > 10.0.0.2.53: UDP, length 5", "IP 10.0.0.1.4 > 10.0.0.2.53: UDP, length 5"),
            ("IP 10.0.0.1 > 10.0.0.2: igmp", "IP 10.0.0.1 > 10.0.0.2: igmp"),
        ] {
            assert_eq!(brief(line), short);
        }
    }
}
