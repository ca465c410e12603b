//! The real kernel's word: each receipt beside a scenario is what the simulation does.

use std::collections::BTreeSet;

use lvsim_tests::files;
use lvsim_tests::golden::{self, Golden};
use lvsim_tests::plays::{self, Play};
use sim_core::receipt::{Receipt, Recording, compare, play_out};
use sim_core::scenario::Kernel;

/// What the simulation left, as a run on the kernel leaves it.
fn recording(play: &Play) -> Recording {
    let (mut player, mut trace) = (play.player.clone(), play.trace.clone());
    play_out(&mut player, &mut trace);
    Recording::of(&player, &trace)
}

#[test]
fn the_simulation_does_what_the_kernel_did() {
    let mut wrong = Vec::new();
    for file in files::receipts() {
        let name = &file.name;
        let scenario = name.replace(".receipt", ".ron");
        let Some(play) = plays::played().find(|play| play.file.name == scenario) else {
            wrong.push(format!("{name}: there is no {scenario} that can be played"));
            continue;
        };
        if play.player.scenario().kernel != Kernel::Yes {
            wrong.push(format!("{name}: {scenario} says that no kernel can be asked"));
        }
        match Receipt::parse(&file.text) {
            Err(bad) => wrong.push(format!("{name}:{bad}")),
            Ok(receipt) if receipt.to_string() != file.text => {
                wrong.push(format!("{name}: was edited, or is of an older lvsim; record it anew"));
            }
            Ok(receipt) => {
                let found = compare(&recording(play), &receipt.recording);
                wrong.extend(found.iter().map(|found| format!("{scenario}: {}", found.text())));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The scenarios that no kernel was asked about, though one could be.
const UNRECORDED: Golden = Golden {
    name: "tests/unrecorded.txt",
    head: "Scenarios without `kernel: No(…)` and without a receipt.\n\
           One may leave this list; none may enter it silently.\n\
           UPDATE=1 cargo test -p lvsim-tests writes it anew.",
};

#[test]
fn the_scenarios_without_a_receipt_get_fewer() {
    let receipts: BTreeSet<String> = files::receipts().into_iter().map(|file| file.name).collect();
    let asked = plays::played().filter(|play| play.player.scenario().kernel == Kernel::Yes);
    let names = asked.map(|play| play.file.name.as_str());
    let names = names.filter(|name| name.starts_with("scenarios/"));
    let unrecorded: Vec<String> = names
        .filter(|name| !receipts.contains(&name.replace(".ron", ".receipt")))
        .map(str::to_owned)
        .collect();
    if golden::updates() {
        UNRECORDED.write(&unrecorded);
        return;
    }
    let known = UNRECORDED.lines();
    let new: Vec<_> = unrecorded.iter().filter(|name| !known.contains(name)).collect();
    // A line that stayed would let its receipt be lost again in silence.
    let stale: Vec<_> = known.iter().filter(|name| !unrecorded.contains(name)).collect();
    assert!(
        new.is_empty() && stale.is_empty(),
        "these have no receipt: {new:?}; record them: lvsim kernel record\n\
         these have one now, or are no such scenarios: {stale:?}\n\
         if this is meant: UPDATE=1 cargo test -p lvsim-tests"
    );
}
