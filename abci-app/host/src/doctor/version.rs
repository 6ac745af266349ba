//! The version of CometBFT.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use super::Finding;

const NAME: &str = "cometbft";
/// The line that the applications speak.
const LINE: (u64, u64) = (0, 38);
/// The first without known weaknesses: .21 fixes block times, .22 block sync and evidence, .24 the mempool.
const LEAST: u64 = 26;

pub(super) fn check(program: &Path) -> Finding {
    match said(program) {
        Err(error) => {
            let found = format!("running {} version failed: {error}", program.display());
            Finding::failed(NAME, found, "put it on PATH, or name it with --cometbft-program")
        }
        Ok(text) => judge(&text),
    }
}

fn judge(text: &str) -> Finding {
    let failed = |what: &str| {
        let remedy = format!("install CometBFT 0.38.{LEAST} or a newer 0.38");
        Finding::failed(NAME, format!("it is {text:?}, which {what}"), remedy)
    };
    match parse(text) {
        None => failed("is no version"),
        Some((major, minor, _)) if (major, minor) != LINE => failed("speaks another ABCI"),
        Some((.., patch)) if patch < LEAST => failed("has known weaknesses"),
        Some(_) => Finding::ok(NAME, format!("it is {text}")),
    }
}

fn said(program: &Path) -> io::Result<String> {
    let output = Command::new(program).arg("version").stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Reads `0.38.26`, perhaps with a `v` before and `+commit` behind.
fn parse(text: &str) -> Option<(u64, u64, u64)> {
    let text = text.trim_start_matches('v');
    let text = text.split(['+', '-']).next()?;
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn versions_are_read() {
        assert_eq!(parse("0.38.26"), Some((0, 38, 26)));
        assert_eq!(parse("v0.38.17+abcdef1"), Some((0, 38, 17)));
        assert_eq!(parse("1.0"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn versions_with_known_weaknesses_fail() {
        let check = |text: &str, verdict: Verdict| assert_eq!(judge(text).verdict, verdict, "{text}");
        check("0.38.26", Verdict::Ok);
        check("0.38.31", Verdict::Ok);
        check("0.38.25", Verdict::Failed);
        check("0.38.0", Verdict::Failed);
        check("1.0.1", Verdict::Failed);
        check("0.37.15", Verdict::Failed);
        check("dev", Verdict::Failed);
    }

    #[test]
    fn a_program_that_is_not_there_fails() {
        let finding = check(Path::new("/nowhere/cometbft"));
        assert_eq!(finding.verdict, Verdict::Failed);
        assert!(finding.found.contains("/nowhere/cometbft"), "{finding:?}");
    }
}
