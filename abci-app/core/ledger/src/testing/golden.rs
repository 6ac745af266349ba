//! Texts that are compared with committed files.

use std::{fs, path::Path};

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_store::Key;

/// Compares `text` with the file `name` in the crate's folder `golden`; with `UPDATE_GOLDEN=1` writes it instead.
pub(crate) fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let gone = golden.lines().filter(|line| !text.lines().any(|other| other == *line));
    let new = text.lines().filter(|line| !golden.lines().any(|other| other == *line));
    let differences: Vec<_> =
        gone.map(|line| format!("- {line}")).chain(new.map(|line| format!("+ {line}"))).collect();
    assert!(
        golden == text,
        "golden/{name} differs:\n{}\nthis is part of the chain's public interface: if the change is meant, run the test with UPDATE_GOLDEN=1 and say so in a changelog fragment",
        differences.join("\n")
    );
}

/// One record as it is stored: what it is called here, its key's bytes and its value's.
pub(crate) struct Record {
    name: &'static str,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Record {
    pub(crate) fn new<V: BorshSerialize + BorshDeserialize>(
        name: &'static str,
        key: &Key<V>,
        value: &V,
    ) -> Self {
        Self { name, key: key.as_bytes().to_vec(), value: borsh::to_vec(value).unwrap() }
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The record on three lines.
    pub(crate) fn line(&self) -> String {
        format!("{}\n  {}\n  {}\n", self.name, hex::encode(&self.key), hex::encode(&self.value))
    }
}
