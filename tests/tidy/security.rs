//! What keeps the tree safe: known weaknesses have tests, arithmetic is checked, the core has no clock, CometBFT is new.

use std::{collections::BTreeSet, fs};

use sirius_tests::wire::workspace;

use crate::{names::tests, tree::none};

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// The rows of `tests/VULNERABILITIES.md`: the class of weakness, and the names of the tests in the last cell.
fn rows() -> Vec<(String, Vec<String>)> {
    let table = read("tests/VULNERABILITIES.md");
    let cells =
        |row: &str| row.trim_matches('|').split(" | ").map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| class"));
    rows.map(cells)
        .map(|cells| {
            let names = cells.last().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
            (cells[0].clone(), names)
        })
        .collect()
}

#[test]
fn every_known_weakness_has_a_test_that_there_is() {
    let (rows, tests) = (rows(), tests());
    assert!(rows.len() >= 15, "tests/VULNERABILITIES.md has {} rows", rows.len());
    let mut wrong = Vec::new();
    for (class, names) in rows {
        if names.is_empty() {
            wrong.push(format!("no test for: {class}"));
        }
        let missing = names.into_iter().filter(|name| !tests.contains(name));
        wrong.extend(missing.map(|name| format!("no test {name}: {class}")));
    }
    none(&wrong, "write the test, or name the one that would fail");
}

#[test]
fn the_core_may_not_ask_a_clock_the_environment_or_an_order_that_is_none() {
    const FORBIDDEN: &[&str] = &["HashMap", "HashSet", "time::Instant", "time::SystemTime", "env::var"];
    let mut wrong = Vec::new();
    for path in ["abci-app/core/clippy.toml", "mongo-ledger/core/clippy.toml"] {
        let rules = read(path);
        let missing = FORBIDDEN.iter().filter(|name| !rules.contains(**name));
        wrong.extend(missing.map(|name| format!("{path} lets {name} in")));
    }
    none(&wrong, "what differs between nodes is no input of the core: disallow it with a reason");
}

#[test]
fn arithmetic_is_checked_in_what_is_released() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let release = &manifest["profile"]["release"];
    assert_eq!(
        release["overflow-checks"].as_bool(),
        Some(true),
        "Cargo.toml, profile.release.overflow-checks"
    );
    assert!(release.get("panic").is_none(), "the host's panic hook needs the default");
}

#[test]
fn one_cometbft_without_known_weaknesses_is_pinned_everywhere() {
    let module = read("localnet/tools/cometbft/go.mod");
    let pinned = module.lines().find_map(|line| line.split_once("github.com/cometbft/cometbft v0.38."));
    let patch: u32 = pinned.unwrap().1.split_whitespace().next().unwrap().parse().unwrap();
    assert!(patch >= 26, "0.38.{patch}: .21 fixes block times, .22 block sync and evidence, .24 the mempool");
    let config = read("cometbft-config/src/lib.rs");
    assert!(
        config.contains(&format!("\"0.38.{patch}\"")),
        "cometbft-config renders for the version that is built"
    );
}

#[test]
fn dependencies_come_from_one_registry() {
    let lock = read("Cargo.lock");
    let sources: BTreeSet<_> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    let run = read(".ci/run");
    let missing = ["make deny", "make fuzz", "make test"].into_iter().filter(|verb| !run.contains(verb));
    none(
        &missing.map(|verb| format!(".ci/run lacks `{verb}`")).collect::<Vec<_>>(),
        "what nobody runs holds nothing",
    );
}
