//! Changelog fragments: `.changelog/unreleased/<kind>/<slug>.md`, one list item or more each.

use crate::tree::{files, none};

const FOLDER: &str = ".changelog/unreleased/";
const KINDS: &[&str] = &["breaking", "features", "fixes", "improvements", "security"];

#[test]
fn fragments_are_where_a_release_finds_them() {
    let files = files();
    let fragments: Vec<_> =
        files.iter().filter_map(|file| Some((file, file.path.strip_prefix(FOLDER)?))).collect();
    let is_slug = |slug: &str| {
        !slug.is_empty()
            && slug.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
    };
    let right = |path: &str, text: &str| {
        let named = path.split_once('/').is_some_and(|(kind, name)| {
            KINDS.contains(&kind) && name.strip_suffix(".md").is_some_and(is_slug)
        });
        named && text.starts_with("- ") && text.ends_with('\n')
    };
    let wrong: Vec<_> = fragments
        .iter()
        .filter(|(file, path)| !right(path, &file.text()))
        .map(|(file, _)| file.path.clone())
        .collect();
    let kinds = KINDS.join(", ");
    none(&wrong, &format!("a fragment is {FOLDER}<{kinds}>/<lower-case-words>.md and begins with `- `"));
    assert!(!fragments.is_empty(), "what changes for users has a fragment in {FOLDER}");
}
