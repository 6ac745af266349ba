//! What every file has, and what none has.

use std::collections::BTreeSet;

use crate::tree::{File, files, none};

#[test]
fn every_rust_file_says_what_it_is_for() {
    let silent = |file: &File| !file.text().lines().next().is_some_and(|line| line.starts_with("//! "));
    let wrong: Vec<_> = files()
        .into_iter()
        .filter(|file| file.path.ends_with(".rs") && silent(file))
        .map(|file| file.path)
        .collect();
    none(&wrong, "begin the file with `//!` and one or two sentences");
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    let written = |file: &File| file.path.ends_with(".rs") && !file.text().contains("@generated");
    let long = files().into_iter().filter(written).map(|file| (file.text().lines().count(), file.path));
    let wrong: Vec<_> = long
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    none(&wrong, "look for the second noun inside and give it a file");
}

#[test]
fn every_crate_and_every_top_folder_has_a_readme() {
    let files = files();
    let mut folders = BTreeSet::from([String::new()]);
    for file in &files {
        let top = file.path.split_once('/').map(|(top, _)| top).filter(|top| !top.starts_with('.'));
        folders.extend(top.map(|top| format!("{top}/")));
        folders.extend(file.path.strip_suffix("Cargo.toml").map(str::to_owned));
    }
    let has = |folder: &String| files.iter().any(|file| file.path == format!("{folder}README.md"));
    let wrong: Vec<_> = folders.into_iter().filter(|folder| !has(folder)).collect();
    none(&wrong, "write README.md there: what it is, what it is not, how it is laid out, what was decided");
}

/// The words are put together here, so that this file does not hold them.
#[test]
fn what_is_left_to_do_names_an_issue() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    // Followed by an underscore it is a part of a name, such as a field that Go's protobuf makes.
    let named = |rest: &str| {
        if rest.starts_with('_') {
            return true;
        }
        let digits = rest.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(digits, _)| digits);
        digits.is_some_and(|digits| digits.parse::<u32>().is_ok())
    };
    let wrong = lines(|line| {
        words.iter().any(|word| line.match_indices(word).any(|(at, _)| !named(&line[at + word.len()..])))
    });
    none(&wrong, "do it, or open an issue and write its number: (#7)");
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    let roots = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
    let wrong = lines(|line| roots.iter().any(|root| line.contains(root)));
    none(&wrong, "use a path relative to the workspace, or ask the environment");
}

/// Every line of every text that `wrong` picks, with where it stands.
fn lines(wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files().iter().filter(|file| file.is_text()) {
        let text = file.text();
        let numbered = text.lines().enumerate().filter(|(_, line)| wrong(line));
        found.extend(numbered.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())));
    }
    found
}
