//! `ARCHITECTURE.md`: each numbered invariant names a test that there is.
//!
//! The format: under the heading `## Invariants`, items `1.`, `2.` and so on, each with at least one
//! ``held by `name_of_a_test` `` or ``held by `path::to::name_of_a_test` ``.

use std::fs;

use sirius_tests::wire::workspace;

use crate::{names::tests, tree::none};

/// The invariants' texts, in order.
fn invariants() -> Vec<String> {
    let text = fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("\n## Invariants\n").nth(1).expect("ARCHITECTURE.md has a section Invariants");
    let section = section.split("\n## ").next().unwrap();
    let mut items: Vec<String> = Vec::new();
    for line in section.lines() {
        let number = line.split_once(". ").and_then(|(number, _)| number.parse::<usize>().ok());
        match number {
            Some(number) => {
                assert_eq!(number, items.len() + 1, "the invariants are numbered in order");
                items.push(line.into());
            }
            None => items.iter_mut().last().into_iter().for_each(|item| *item += &format!(" {line}")),
        }
    }
    items
}

/// The names behind each ``held by ` ``.
fn holders(invariant: &str) -> Vec<String> {
    let named = invariant.split("held by `").skip(1).filter_map(|rest| rest.split_once('`'));
    named.map(|(path, _)| path.rsplit("::").next().unwrap().to_owned()).collect()
}

#[test]
fn every_invariant_names_a_test_that_there_is() {
    let (invariants, tests) = (invariants(), tests());
    assert!(invariants.len() >= 10, "ARCHITECTURE.md has {} invariants", invariants.len());
    let mut wrong = Vec::new();
    for invariant in &invariants {
        let holders = holders(invariant);
        if holders.is_empty() {
            wrong.push(format!("no test holds: {invariant}"));
        }
        wrong.extend(
            holders
                .iter()
                .filter(|name| !tests.contains(*name))
                .map(|name| format!("no test {name}: {invariant}")),
        );
    }
    none(&wrong, "write the test, or name the one that holds the invariant: held by `name`");
}
