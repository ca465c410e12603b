//! Output that may be a closed pipe: `lvsim run … | head` ends quietly.

use std::io::{self, ErrorKind, Write};
use std::process;

use crate::cli::Exit;
use crate::lang;

/// Whether somebody still reads. What cannot be written for another reason, such as a full disk, ends the program.
fn is_read(written: io::Result<()>) -> bool {
    match written {
        Ok(()) => true,
        Err(why) if why.kind() == ErrorKind::BrokenPipe => false,
        Err(why) => {
            let (lang, why) = (lang::spoken(), lang::why(&why));
            let words = lang.pick("standard output: cannot be written: ", "标准输出：无法写入：");
            complain(&format!("{words}{}", why.of(lang)));
            process::exit(Exit::Wrong.code().into());
        }
    }
}

/// Prints a line on standard error. If nobody can read it, there is nobody to tell so.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints text as it is on standard error.
pub fn show_error(text: &str) {
    let _ = write!(io::stderr().lock(), "{text}");
}

/// Prints text as it is; false if nobody reads any more.
pub fn show(text: &str) -> bool {
    let mut out = io::stdout().lock();
    is_read(write!(out, "{text}").and_then(|()| out.flush()))
}

/// Prints a line; false if nobody reads any more.
pub fn say(line: &str) -> bool {
    is_read(writeln!(io::stdout().lock(), "{line}"))
}
