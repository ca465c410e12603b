//! What ping, arping and traceroute share: numbers and hosts, in the words of iputils 20221126.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::error::{CommandError, unresolved};
use super::word::Word;

/// A whole number in the range that the real tool takes.
pub(super) fn number<N: TryFrom<i64>>(
    tool: &str,
    word: &Word,
    range: RangeInclusive<i64>,
) -> Result<N, CommandError> {
    let text = &word.text;
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(CommandError::tool(
            &word.span,
            1,
            format!("{tool}: invalid argument: '{text}'"),
        ));
    }
    let Ok(number) = text.parse::<i64>() else {
        let why = "Numerical result out of range";
        return Err(CommandError::tool(
            &word.span,
            1,
            format!("{tool}: invalid argument: '{text}': {why}"),
        ));
    };
    let (first, last) = (range.start(), range.end());
    match N::try_from(number) {
        Ok(value) if range.contains(&number) => Ok(value),
        _ => Err(CommandError::tool(
            &word.span,
            1,
            format!("{tool}: invalid argument: '{text}': out of range: {first} <= value <= {last}"),
        )),
    }
}

/// The address of the host to ask. There is no name service, as on a machine whose resolver does
/// not answer.
pub(super) fn host(tool: &str, word: &Word) -> Result<Ipv4Addr, CommandError> {
    let message = || format!("{tool}: {}: Temporary failure in name resolution", word.text);
    word.text.parse().map_err(|_| unresolved(word, 2, message(), "192.0.2.100"))
}
