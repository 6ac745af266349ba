//! The ledger's modules: each has its rooms, and calls only those that stand before it in the list.

use std::collections::BTreeSet;

use crate::tree::{File, files, none};

const SOURCE: &str = "abci-app/core/ledger/src/";
const THEMES: &[&str] = &["base", "consensus", "market", "service", "civic"];
const ROOMS: &[&str] =
    &["mod.rs", "wire.rs", "keys.rs", "error.rs", "genesis.rs", "query.rs", "sim.rs", "tests.rs"];

/// A module's folder as `<theme>::<module>`.
fn name(theme: &str, module: &str) -> String {
    format!("{theme}::{module}")
}

/// The modules in the order of `fn modules`, from its lines `.with::<theme::module::Type>()`.
fn listed() -> Vec<String> {
    let list = File { path: format!("{SOURCE}lib.rs") }.text();
    let entries = list.split("with::<").skip(1).filter_map(|rest| rest.split_once('>'));
    entries.map(|(path, _)| path.rsplit_once("::").unwrap().0.to_owned()).collect()
}

/// The ledger's files below a module's folder: the module's name, the path within it, the file.
fn rooms() -> Vec<(String, String, File)> {
    let room = |file: File| {
        let path = file.path.strip_prefix(SOURCE)?.to_owned();
        let mut parts = path.splitn(3, '/');
        let (theme, module, room) = (parts.next()?, parts.next()?, parts.next()?);
        THEMES.contains(&theme).then(|| (name(theme, module), room.to_owned(), file))
    };
    files().into_iter().filter_map(room).collect()
}

#[test]
fn every_module_is_listed() {
    let folders: BTreeSet<_> = rooms().into_iter().map(|(module, ..)| module).collect();
    assert_eq!(
        listed().into_iter().collect::<BTreeSet<_>>(),
        folders,
        "the list in {SOURCE}lib.rs is complete"
    );
}

#[test]
fn every_module_has_its_rooms() {
    let rooms = rooms();
    let mut wrong = Vec::new();
    for module in listed() {
        let has =
            |wanted: &dyn Fn(&str) -> bool| rooms.iter().any(|(of, room, _)| *of == module && wanted(room));
        let missing = ROOMS.iter().filter(|wanted| !has(&|room| room == **wanted));
        wrong.extend(missing.map(|room| format!("{module} has no {room}")));
        if !has(&|room| room.ends_with(".proto")) {
            wrong.push(format!("{module} has no contract (*.proto)"));
        }
    }
    none(&wrong, "the same rooms have the same names in every module: add the file");
}

#[test]
fn modules_call_only_modules_before_them() {
    let list = listed();
    let place = |module: &str| list.iter().position(|listed| listed == module);
    let mut wrong = Vec::new();
    for (module, room, file) in rooms() {
        if !room.ends_with(".rs") || room == "tests.rs" || room.starts_with("tests/") {
            continue;
        }
        let text = file.text();
        for path in crate_paths(&text) {
            let mut parts = path.split("::");
            let called = match (parts.next(), parts.next()) {
                (Some(theme), Some(called)) if THEMES.contains(&theme) => name(theme, called),
                _ => continue,
            };
            if called != module && place(&called) >= place(&module) {
                wrong.push(format!("{}: {module} calls {called}", file.path));
            }
        }
        if text.contains("super::super") {
            wrong.push(format!("{}: leaves its module by `super::super`", file.path));
        }
    }
    none(
        &wrong,
        "a module calls by `crate::` and only toward the beginning of the list: move the seam first",
    );
}

/// Every path behind `crate::`, with the braces of `use` written out.
fn crate_paths(text: &str) -> Vec<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut paths = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        expand(&code[at + found.len()..], String::new(), &mut paths);
    }
    paths
}

/// Reads one path, or a list in braces, from the beginning of `rest`; answers what follows it.
fn expand<'a>(rest: &'a str, before: String, paths: &mut Vec<String>) -> &'a str {
    let rest = rest.trim_start();
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            inner = inner.trim_start();
            match inner.strip_prefix('}') {
                Some(after) => return after,
                None => {
                    let after = expand(inner, before.clone(), paths).trim_start().trim_start_matches(',');
                    // Braces that are no list of paths, such as those of a text to be formatted.
                    if after.len() == inner.len() {
                        return after;
                    }
                    inner = after;
                }
            }
        }
    }
    let word = rest.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(rest.len());
    let path = format!("{before}{}", &rest[..word]);
    match rest[word..].strip_prefix("::") {
        Some(more) => expand(more, format!("{path}::"), paths),
        None => {
            paths.push(path);
            // Whatever stands behind a name, such as `as other` or `<T>`, is no part of a path.
            let end = rest[word..].find([',', '}', ';', '(']).map_or(rest.len(), |end| word + end);
            &rest[end..]
        }
    }
}

#[test]
fn paths_are_written_out() {
    let check = |text: &str, expected: &[&str]| assert_eq!(crate_paths(text), expected, "{text}");
    check("use crate::base::auth;", &["base::auth"]);
    check(
        "use crate::base::{auth::{self, Account}, fee};",
        &["base::auth::self", "base::auth::Account", "base::fee"],
    );
    check(
        "use crate::{\n    base::bank,\n    consensus::params as numbers,\n};",
        &["base::bank", "consensus::params"],
    );
    check("let at = crate::base::fee::collector(); // crate::base::x", &["base::fee::collector", "base::x"]);
    check("// crate::base::auth", &[]);
}
