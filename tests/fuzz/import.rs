//! Text into the import, as every kind of file at once: refused line by line, or a lab that can be
//! read and set up.

use lvsim_tests::files;
use sim_core::Lang;
use sim_core::import::{Dump, import};
use sim_core::story;

/// Where one file ends and the next begins: a line with its path.
const FILE: &str = "@@ ";

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut dumps: Vec<Dump> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix(FILE), dumps.last_mut()) {
            (Some(path), _) => dumps.push(Dump { path: path.into(), text: String::new() }),
            (None, Some(dump)) => dump.text += &format!("{line}\n"),
            (None, None) => {
                dumps.push(Dump { path: "host/file".into(), text: format!("{line}\n") });
            }
        }
    }
    match import("fuzz", &dumps) {
        Ok(imported) => {
            let ron = imported.to_ron(Lang::Zh);
            let again = story::open("fuzz", &ron, None, false).expect("what was written is read");
            assert_eq!(again.nodes, imported.scenario.nodes);
        }
        Err(why) => assert!(!why.text.is_empty()),
    }
}

/// The folders of `tests/import`.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut folders: Vec<Vec<u8>> = Vec::new();
    for folder in ["dr", "nat", "fwmark", "pair", "junk"] {
        let root = format!("tests/import/{folder}/");
        let mut text = Vec::new();
        for (name, bytes) in files::bytes_of_all(root.trim_end_matches('/')) {
            let path = name.strip_prefix(&root).unwrap_or(&name);
            text.extend(format!("{FILE}{path}\n").into_bytes());
            text.extend(bytes);
        }
        folders.push(text);
    }
    folders
}
