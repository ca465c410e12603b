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
