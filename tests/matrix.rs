//! A sample of the mutation matrix: mistakes in healthy scenarios, healed and named. The whole of
//! it is `cargo run --release -p lvsim-tests --example matrix` (`book/diagnose.md`).

use std::collections::BTreeMap;

use lvsim_tests::matrix::{Row, doubles, originals, print, singles};

/// Of a hundred broken ones, so many at least are cured, and named.
fn check(table: &BTreeMap<&'static str, Row>, told: &[String], cured: usize, named: usize) {
    let sum = |count: fn(&Row) -> usize| table.values().map(count).sum::<usize>();
    let broken = sum(|row| row.broken);
    assert!(broken >= 10, "a sample that says something\n{}", print(table));
    let said = || format!("{}\n{}", print(table), told.join("\n"));
    assert!(100 * sum(|row| row.cured) >= cured * broken, "{}", said());
    assert!(100 * sum(|row| row.named) >= named * broken, "{}", said());
}

#[test]
fn most_single_mistakes_are_healed_and_named() {
    let originals = originals();
    assert!(originals.len() >= 60, "{} healthy scenarios", originals.len());
    let (mut table, mut told) = (BTreeMap::new(), Vec::new());
    singles(&originals, 199, 7, &mut table, &mut |line| told.push(line.to_owned()));
    check(&table, &told, 80, 70);
}

#[test]
fn most_double_mistakes_are_healed() {
    let (mut table, mut told) = (BTreeMap::new(), Vec::new());
    doubles(&originals(), 50, 3, &mut table, &mut |line| told.push(line.to_owned()));
    check(&table, &told, 40, 30);
}
