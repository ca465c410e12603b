//! Instructions counted by valgrind: each case runs in a process of its own, twice, for little work
//! and for more; the difference is the work's own, without start and preparation.

use std::env;
use std::process::Command;

/// What to do; the work is a number of rounds.
pub type Work = fn(rounds: u64);

/// What the arguments ask for.
pub enum Asked {
    /// A table of all cases.
    Table,
    /// Nothing more: a case was run.
    Done,
}

/// Runs the one case that a counted process is for, or each for two rounds under `cargo test`.
pub fn asked(cases: &[Work]) -> Asked {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["case", case, rounds] => {
            let case: usize = case.parse().expect("the number of a case");
            cases[case](rounds.parse().expect("a number of rounds"));
            Asked::Done
        }
        _ if args.iter().any(|arg| arg == "--bench") => Asked::Table,
        _ => {
            cases.iter().for_each(|work| work(2));
            Asked::Done
        }
    }
}

/// Instructions for each round of a case.
pub fn per_round(case: usize, [less, more]: [u64; 2]) -> u64 {
    let [few, many] = [less, more].map(|rounds| collected(case, rounds));
    (many - few) / (more - less)
}

/// Instructions of a whole run.
fn collected(case: usize, rounds: u64) -> u64 {
    let this = env::current_exe().expect("a program knows its own file");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["case", &case.to_string(), &rounds.to_string()])
        .output()
        .expect("valgrind can be started; on Debian: apt-get install valgrind");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the case fails:\n{told}");
    let line = told.lines().find_map(|line| line.split_once("Collected : "));
    line.and_then(|(_, count)| count.trim().parse().ok())
        .unwrap_or_else(|| panic!("valgrind has counted nothing:\n{told}"))
}
