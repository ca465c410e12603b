//! Committed files of results: compared, and written anew by `UPDATE=1 cargo test`.

use std::path::PathBuf;
use std::{env, fs};

use crate::files;

/// Whether the committed files are to be written anew.
pub fn updates() -> bool {
    env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// One committed file.
#[derive(Clone, Copy, Debug)]
pub struct Golden {
    /// Its path from the workspace's root.
    pub name: &'static str,
    /// What a reader of the file should know, as comment lines.
    pub head: &'static str,
}

impl Golden {
    fn path(&self) -> PathBuf {
        files::root().join(self.name)
    }

    /// Its lines without comments; none if there is no such file yet.
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path()).unwrap_or_default();
        let told = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        told.map(str::to_owned).collect()
    }

    /// Writes it.
    pub fn write(&self, lines: &[String]) {
        let mut text = String::new();
        for line in self.head.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        for line in lines {
            text.push_str(&format!("{line}\n"));
        }
        fs::write(self.path(), text).expect("a file of this repository can be written");
    }
}

/// Whether a committed file has this text; it gets it where files are written anew.
pub fn is_kept(name: &str, text: &str) -> bool {
    let path = files::root().join(name);
    if updates() {
        fs::write(&path, text).expect("a file of this repository can be written");
    }
    fs::read_to_string(&path).is_ok_and(|kept| kept == text)
}

/// Whether a committed file has this text between `<!-- MARK -->` and `<!-- /MARK -->`; it gets it where files are
/// written anew.
pub fn is_kept_within(name: &str, mark: &str, text: &str) -> bool {
    let whole = fs::read_to_string(files::root().join(name)).unwrap_or_default();
    let (begin, end) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
    let parts = whole
        .split_once(&begin)
        .and_then(|(before, rest)| rest.split_once(&end).map(|(_, behind)| (before, behind)));
    let Some((before, behind)) = parts else { return false };
    is_kept(name, &format!("{before}{begin}{text}{end}{behind}"))
}
