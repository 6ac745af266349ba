//! What the doctor says: a line for each check, and the same as JSON.

use std::fmt;

use serde::Serialize;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Could not be looked at, since something needed for it was not given.
    Skipped,
    /// The node would work, not as well or as safely as it could.
    Warning,
    /// The node would not work, or must not.
    Failed,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name.
    pub check: &'static str,
    /// How grave it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, found: found.into(), remedy: None }
    }

    pub(super) fn skipped(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Skipped, found: found.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn warning(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn failed(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Failed, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// All checks of a node.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The process that was examined.
    pub process: &'static str,
    /// In the order in which they were made.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The gravest verdict.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
    }

    /// Whether the node may be started.
    pub fn may_start(&self) -> bool {
        self.verdict() < Verdict::Failed
    }

    /// The report as one JSON object, with `may_start`.
    pub fn json(&self) -> String {
        serde_json::json!({
            "process": self.process,
            "may_start": self.may_start(),
            "findings": self.findings,
        })
        .to_string()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, verdict, found, remedy } in &self.findings {
            write!(f, "{verdict:<8} {check:<12} {found}")?;
            if let Some(remedy) = remedy {
                write!(f, "; {remedy}")?;
            }
            writeln!(f)?;
        }
        let count = |verdict| self.findings.iter().filter(|finding| finding.verdict == verdict).count();
        let (failed, warned) = (count(Verdict::Failed), count(Verdict::Warning));
        match self.may_start() {
            true => write!(f, "{} may be started; warnings: {warned}", self.process),
            false => write!(f, "{} must not be started; failed: {failed}, warnings: {warned}", self.process),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_line_for_each_check() {
        let mut report = Report {
            process: "abci-app",
            findings: vec![
                Finding::ok("disk", "40 GiB left"),
                Finding::warning("clock", "2 s off", "set it"),
            ],
        };
        let text = "\
ok       disk         40 GiB left
warning  clock        2 s off; set it
abci-app may be started; warnings: 1";
        assert_eq!(report.to_string(), text);
        report.findings.push(Finding::failed("genesis", "another", "fetch it"));
        assert!(!report.may_start());
        let json = report.json();
        assert!(json.contains("\"may_start\":false"), "{json}");
        assert!(json.contains(r#"{"check":"disk","found":"40 GiB left","verdict":"ok"}"#), "{json}");
    }
}
