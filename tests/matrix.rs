//! A sample of the mutation matrix: mistakes in healthy scenarios, healed and named. The whole of
//! it is `cargo run --release -p lvsim-tests --example matrix` (`book/diagnose.md`).

use lvsim_tests::matrix::{Results, Row, doubles, originals, print, singles};

/// Of a hundred broken ones, so many at least are healed, are cured (by two steps a mistake), and are
/// cured and named: just what is reached. A sample has its own share of what is not.
fn check(results: &Results, told: &[String], [healed, cured, named]: [usize; 3]) {
    let sum = |count: fn(&Row) -> usize| results.table.values().map(count).sum::<usize>();
    let broken = sum(|row| row.broken);
    assert!(broken >= 10, "a sample that says something\n{}", print(results));
    let said = || format!("{}\n{}", print(results), told.join("\n"));
    assert!(100 * sum(|row| row.cured + row.long) >= healed * broken, "{}", said());
    assert!(100 * sum(|row| row.cured) >= cured * broken, "{}", said());
    assert!(100 * sum(|row| row.named) >= named * broken, "{}", said());
}

#[test]
fn most_single_mistakes_are_healed_and_named() {
    let originals = originals();
    assert!(originals.len() >= 60, "{} healthy scenarios", originals.len());
    let (mut results, mut told) = (Results::default(), Vec::new());
    singles(&originals, 199, 7, &mut results, &mut |line| told.push(line.to_owned()));
    check(&results, &told, [96, 88, 88]);
}

#[test]
fn most_double_mistakes_are_healed() {
    let (mut results, mut told) = (Results::default(), Vec::new());
    doubles(&originals(), 50, 3, &mut results, &mut |line| told.push(line.to_owned()));
    check(&results, &told, [90, 88, 81]);
}
