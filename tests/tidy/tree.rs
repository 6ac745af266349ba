//! The workspace's own files: what a clean clone would hold, without what is built or fetched.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sirius_tests::wire::workspace;

/// Folders that `.gitignore` names, and git's own.
const FOREIGN: &[&str] = &[".git", ".localnet", "target", "node_modules", "__pycache__"];

/// One file of the workspace.
pub(crate) struct File {
    /// Its path from the workspace's root, with `/` between folders.
    pub(crate) path: String,
}

impl File {
    pub(crate) fn text(&self) -> String {
        fs::read_to_string(workspace().join(&self.path)).unwrap()
    }

    /// Whether it is written by people who read.
    pub(crate) fn is_text(&self) -> bool {
        const KINDS: &[&str] = &[
            "rs", "toml", "md", "proto", "go", "mod", "js", "mjs", "ts", "py", "sh", "yml", "yaml", "html",
            "css", "service",
        ];
        let name = self.path.rsplit('/').next().unwrap();
        match name.rsplit_once('.') {
            Some((_, kind)) => KINDS.contains(&kind),
            None => matches!(name, "Makefile" | "run"),
        }
    }
}

/// Every file, sorted by path.
pub(crate) fn files() -> Vec<File> {
    let mut paths = Vec::new();
    collect(&workspace(), &mut paths);
    let root = workspace();
    let mut files: Vec<_> = paths
        .iter()
        .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"))
        .map(|path| File { path })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let foreign = FOREIGN.iter().any(|name| entry.file_name() == *name);
        match entry.file_type().unwrap() {
            _ if foreign => {}
            kind if kind.is_dir() => collect(&entry.path(), into),
            kind if kind.is_file() => into.push(entry.path()),
            _ => {}
        }
    }
}

/// Fails with every line of `wrong`, if there is one, and with what to do about them.
pub(crate) fn none(wrong: &[String], advice: &str) {
    assert!(wrong.is_empty(), "{}\n{advice}", wrong.join("\n"));
}
