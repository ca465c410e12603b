//! The scenarios that the binary carries, and those that are files.

use std::fs;
use std::path::Path;

/// Name and text of each shipped scenario, in the order of their names.
pub static SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// A scenario's text and the name under which errors speak of it.
pub struct Source {
    /// The file as it was given, or where a shipped one stands in the repository.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Finds a scenario: a file if there is one of that name, else a shipped one.
///
/// # Errors
/// A sentence that says what is there instead.
pub fn find(name: &str) -> Result<Source, String> {
    let path = Path::new(name);
    if path.exists() {
        return match fs::read_to_string(path) {
            Ok(text) => Ok(Source { name: name.into(), text }),
            Err(why) => Err(format!("{name}: cannot be read: {why}")),
        };
    }
    let short = name.strip_suffix(".ron").unwrap_or(name);
    let short = short.strip_prefix("scenarios/").unwrap_or(short);
    if let Some((own, text)) = SHIPPED.iter().find(|(own, _)| *own == short) {
        return Ok(Source { name: format!("scenarios/{own}.ron"), text: (*text).into() });
    }
    let nearest = SHIPPED
        .iter()
        .map(|(own, _)| *own)
        .min_by_key(|own| distance(own, short))
        .filter(|own| distance(own, short) <= 4);
    let hint = match nearest {
        Some(own) => format!("did you mean {own}? "),
        None => String::new(),
    };
    Err(format!(
        "{name}: no such file, and no shipped scenario of that name\n   {hint}`lvsim list` shows what is shipped"
    ))
}

/// The number of letters by which two words differ (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = at + 1;
        for (column, wanted) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *wanted);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn counts_the_letters_that_differ() {
        assert_eq!(distance("dr/seed", "dr/seed"), 0);
        assert_eq!(distance("dr/sed", "dr/seed"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
