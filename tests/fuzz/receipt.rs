//! Text into the reader of receipts: refused, or read as something that is read as the same again.

use std::collections::BTreeMap;

use lvsim_tests::plays;
use sim_core::receipt::{Receipt, Recording, compare};

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Receipt::parse(text) {
        Ok(receipt) => {
            let again = Receipt::parse(&receipt.to_string());
            assert_eq!(again.as_ref(), Ok(&receipt));
            assert_eq!(compare(&receipt.recording, &receipt.recording), []);
        }
        Err(bad) => assert!(bad.line > 0 && !bad.what.is_empty()),
    }
}

/// What the simulation did in a lab, as if it had been the kernel.
pub fn seeds() -> Vec<Vec<u8>> {
    let play = plays::played().find(|play| play.file.name == "tests/worlds/dr.ron");
    let recording = play.map(|play| Recording::of(&play.player, &play.trace));
    let versions = BTreeMap::from([("kernel".to_owned(), "6.1.0".to_owned())]);
    let receipt = recording.map(|recording| Receipt::new(&recording, versions).to_string());
    receipt.into_iter().map(String::into_bytes).collect()
}
