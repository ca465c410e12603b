//! The mutation matrix: every single mistake of every healthy scenario, and double mistakes by a
//! seed, each diagnosed.
//!
//! `cargo run --release -p lvsim-tests --example matrix -- [singles|doubles] [EVERY [OFFSET]]`
//! prints a line for each mistake that is not cured or named, then the table; EVERY takes each n-th.

use std::collections::BTreeMap;

use lvsim_tests::matrix::{self, Original, Row};

fn main() {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_else(|| "singles".into());
    let number =
        |text: Option<String>, or: usize| text.map_or(or, |own| own.parse().expect("a number"));
    let every = number(args.next(), 1);
    let offset = number(args.next(), 0);
    let mut table: BTreeMap<&'static str, Row> = BTreeMap::new();
    let originals: Vec<Original> = matrix::originals();
    let mut tell = |line: &str| println!("{line}");
    match what.as_str() {
        "doubles" => matrix::doubles(&originals, every, offset, &mut table, &mut tell),
        _ => matrix::singles(&originals, every, offset, &mut table, &mut tell),
    }
    println!("{} healthy scenarios", originals.len());
    print!("{}", matrix::print(&table));
}
