//! Files that a program writes are what it would write now.

use std::fs;

use sirius_tests::wire::{generate, workspace};

use crate::tree::none;

#[test]
fn wire_code_and_descriptors_are_fresh() {
    let stale = generate().unwrap().into_iter().filter(|(path, content)| {
        fs::read(workspace().join(path)).ok().as_deref() != Some(content.as_slice())
    });
    let wrong: Vec<_> = stale.map(|(path, _)| path.display().to_string()).collect();
    none(&wrong, "run `make proto` and commit what it writes");
}
