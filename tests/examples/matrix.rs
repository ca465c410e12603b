//! The mutation matrix: every single mistake of every healthy scenario, and double mistakes by a
//! seed, each diagnosed.
//!
//! `cargo run --release -p lvsim-tests --example matrix -- [singles|doubles] [EVERY [OFFSET]]`
//! prints a line for each broken mutant: how what was found fits, whether a single change takes the
//! mistake back, how many runs it took, the mistake, and what is typed; then the table, then the
//! list of failures in both languages. EVERY takes each n-th.

use lvsim_tests::matrix::{self, Original, Results};
use sim_core::text::Lang;

fn main() {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_else(|| "singles".into());
    let number =
        |text: Option<String>, or: usize| text.map_or(or, |own| own.parse().expect("a number"));
    let every = number(args.next(), 1);
    let offset = number(args.next(), 0);
    let mut results = Results::default();
    let originals: Vec<Original> = matrix::originals();
    let mut tell = |line: &str| println!("{line}");
    match what.as_str() {
        "doubles" => matrix::doubles(&originals, every, offset, &mut results, &mut tell),
        _ => matrix::singles(&originals, every, offset, &mut results, &mut tell),
    }
    println!("{} healthy scenarios", originals.len());
    print!("{}", matrix::print(&results));
    for lang in [Lang::En, Lang::Zh] {
        print!("\n{}", matrix::list(&results.failures, lang));
    }
}
