//! The scenario files, found by walking; no list of them is kept by hand.

use std::fs;
use std::path::{Path, PathBuf};

/// A file, by its path from the workspace's root, with `/` on every system.
#[derive(Clone, Debug)]
pub struct File {
    /// The path.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("tests/ lies in the workspace").to_path_buf()
}

/// The scenarios that are taught, and the labs of `tests/worlds`, which teach nothing but meet what
/// no lesson meets.
pub fn scenarios() -> Vec<File> {
    let mut found = Vec::new();
    for folder in ["scenarios", "tests/worlds"] {
        walk(folder, &mut |name| found.extend(name.ends_with(".ron").then(|| read(name))));
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// What the real kernel did: the recordings beside the scenarios.
pub fn receipts() -> Vec<File> {
    let mut found = Vec::new();
    walk("scenarios", &mut |name| found.extend(name.ends_with(".receipt").then(|| read(name))));
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// One lab of `tests/worlds`.
pub fn world(name: &str) -> File {
    read(&format!("tests/worlds/{name}.ron"))
}

/// The bytes of each file of a folder, by name.
pub fn bytes_of_all(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    walk(folder, &mut |name| {
        let bytes = fs::read(root().join(name)).expect("a file of this repository can be read");
        found.push((name.to_owned(), bytes));
    });
    found.sort();
    found
}

fn read(name: &str) -> File {
    let text = fs::read_to_string(root().join(name)).expect("a file of this repository is text");
    File { name: name.into(), text }
}

fn walk(folder: &str, see: &mut dyn FnMut(&str)) {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return };
    for entry in entries.flatten() {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().join("lab.ron").is_file() {
            // A lab is no scenario: `tests/labs.rs` looks at it.
        } else if entry.path().is_dir() {
            walk(&name, see);
        } else {
            see(&name);
        }
    }
}
