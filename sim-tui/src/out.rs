//! Standard output that may be a closed pipe: `lvsim run … | head` ends quietly.

use std::io::{self, Write};

/// Prints a line; false if nobody reads any more.
pub fn say(line: &str) -> bool {
    writeln!(io::stdout().lock(), "{line}").is_ok()
}
