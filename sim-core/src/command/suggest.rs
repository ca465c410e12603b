//! "Did you mean": the known word that is nearest to a mistyped one.

/// The known word nearest to `typed`, if it is near enough to be meant.
///
/// Near is a third of the letters put in, taken out, changed or swapped, at most two: one of `-G`, `ip`, `arp`, two of `ipvsadm`. The
/// first of equals wins.
pub(crate) fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let other_case = known.iter().find(|word| word.eq_ignore_ascii_case(typed));
    if let Some(word) = other_case {
        return Some(word);
    }
    let letters = typed.chars().count();
    if letters > 40 {
        return None;
    }
    // Two one-letter options are always one letter apart; that says nothing.
    let near = if letters < 3 { 0 } else { (letters / 3).clamp(1, 2) };
    let distances = known.iter().map(|word| (strsim::osa_distance(typed, word), *word));
    distances.filter(|(far, _)| *far <= near).min_by_key(|(far, _)| *far).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let commands = ["ip", "ifconfig", "ipvsadm", "arp", "arping", "--tcp-service", "-g", "-w"];
        let rows = [
            ("ipvsad", Some("ipvsadm")),
            ("ipvsamd", Some("ipvsadm")),
            ("ipconfig", Some("ifconfig")),
            ("apr", Some("arp")),
            ("--tcp-sevice", Some("--tcp-service")),
            ("-G", Some("-g")),
            ("-z", None),
            ("docker", None),
            ("", None),
        ];
        for (typed, meant) in rows {
            assert_eq!(nearest(typed, &commands), meant, "{typed}");
        }
    }
}
