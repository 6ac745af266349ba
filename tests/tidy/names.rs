//! The names of all tests, for documents that name them.

use std::collections::BTreeSet;

use crate::tree::files;

/// The name of every test: a function behind the attribute, or a case of a lane that starts real networks, by its own
/// name or its function's.
pub(crate) fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files().iter().filter(|file| file.path.ends_with(".rs")) {
        let (text, mut is_test) = (file.text(), false);
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let (true, Some(rest)) =
                (is_test, line.trim_start_matches("async ").strip_prefix("fn "))
            {
                names.extend(rest.split_once('(').map(|(name, _)| name.to_owned()));
                is_test = false;
            }
        }
        for case in text.split("Case {").skip(1).filter_map(|rest| rest.split_once('}')).map(|(case, _)| case)
        {
            names.extend(case.split('"').nth(1).map(str::to_owned));
            let run = case.split("run:").nth(1).and_then(|path| path.trim().rsplit("::").next());
            names.extend(run.map(|name| name.trim_matches([' ', ',', '\n']).to_owned()));
        }
    }
    names
}
