//! Standard output that may be a closed pipe: `lvsim run … | head` ends quietly.

use std::io::{self, Write};

/// Prints text as it is; false if nobody reads any more.
pub fn show(text: &str) -> bool {
    let mut out = io::stdout().lock();
    write!(out, "{text}").and_then(|()| out.flush()).is_ok()
}

/// Prints a line; false if nobody reads any more.
pub fn say(line: &str) -> bool {
    writeln!(io::stdout().lock(), "{line}").is_ok()
}
