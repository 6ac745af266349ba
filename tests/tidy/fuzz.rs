//! The fuzz targets, which the workspace's own builds do not see: their lock file is current, and each has what it begins from.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use sirius_tests::wire::workspace;

use crate::tree::{files, none};

const TARGETS: &str = "fuzz/fuzz_targets/";
const CORPUS: &str = "fuzz/corpus/";
/// Bytes of all inputs together: they are in every clone.
const MOST_CORPUS: u64 = 1_000_000;
/// What a package is in a lock file: its name and version.
type Package = (String, String);

fn table(path: &str) -> toml::Table {
    fs::read_to_string(workspace().join(path)).unwrap().parse().unwrap()
}

/// Each package of a lock file, with the names of those it needs.
fn locked(path: &str) -> BTreeMap<Package, BTreeSet<String>> {
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let package = |package: &toml::Value| {
        let needs = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
        // Where a name has two versions, the version follows the name.
        let needs = needs.map(|need| need.as_str().unwrap().split(' ').next().unwrap().to_owned()).collect();
        ((text(&package["name"]), text(&package["version"])), needs)
    };
    table(path)["package"].as_array().unwrap().iter().map(package).collect()
}

/// The names of a manifest's dependencies, those for tests left out.
fn needs(manifest: &toml::Table) -> BTreeSet<String> {
    let sections = ["dependencies", "build-dependencies"];
    let names = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
    names.flat_map(toml::Table::keys).cloned().collect()
}

#[test]
fn the_fuzz_targets_try_the_versions_that_are_released() {
    const OWN: &[&str] = &["sirius-fuzz", "libfuzzer-sys", "arbitrary", "jobserver"];
    let (released, fuzzed) = (locked("Cargo.lock"), locked("fuzz/Cargo.lock"));
    let others = fuzzed.keys().filter(|package| !released.contains_key(*package));
    let others = others.filter(|(name, _)| !OWN.contains(&name.as_str()));
    let mut wrong: Vec<_> =
        others.map(|(name, version)| format!("{name} {version} is not in Cargo.lock")).collect();
    for file in files().iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let manifest = table(&file.path);
        let Some(name) = manifest.get("package").and_then(|package| package["name"].as_str()) else {
            continue;
        };
        let Some((_, locked)) = fuzzed.iter().find(|((other, _), _)| other == name) else { continue };
        if *locked != needs(&manifest) {
            wrong.push(format!("{}: what it needs is not what fuzz/Cargo.lock says", file.path));
        }
    }
    none(
        &wrong,
        "bring the lock file up: cp Cargo.lock fuzz/ && cargo metadata --manifest-path fuzz/Cargo.toml",
    );
}

#[test]
fn every_fuzz_target_has_a_row_and_a_small_corpus() {
    let manifest = table("fuzz/Cargo.toml");
    let targets: BTreeSet<_> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["name"].as_str().unwrap().to_owned())
        .collect();
    let files = files();
    let written = files.iter().filter_map(|file| file.path.strip_prefix(TARGETS)?.strip_suffix(".rs"));
    assert_eq!(targets, written.map(str::to_owned).collect(), "[[bin]] of fuzz/Cargo.toml and {TARGETS}");
    let readme = fs::read_to_string(workspace().join("fuzz/README.md")).unwrap();
    let mut wrong = Vec::new();
    for target in &targets {
        if !readme.contains(&format!("| `{target}` | F")) {
            wrong.push(format!("fuzz/README.md has no row for {target}"));
        }
        if !files.iter().any(|file| file.path.starts_with(&format!("{CORPUS}{target}/"))) {
            wrong.push(format!("{CORPUS}{target} is empty"));
        }
    }
    let missing = (1..=12).filter(|number| !readme.contains(&format!("| F{number} |")));
    wrong.extend(missing.map(|number| format!("fuzz/README.md has no target F{number}")));
    let inputs = files.iter().filter(|file| file.path.starts_with(CORPUS));
    let bytes: u64 = inputs.map(|file| fs::metadata(workspace().join(&file.path)).unwrap().len()).sum();
    if bytes > MOST_CORPUS {
        wrong.push(format!("{CORPUS} has {bytes} bytes, at most {MOST_CORPUS} are kept"));
    }
    none(&wrong, "a target is a file, a [[bin]], a row and a few inputs: fuzz/README.md says how");
}
