//! What operators read: each alarm has its page, each page its alarm, and the units are such that systemd takes them.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use sirius_tests::wire::workspace;

use crate::tree::{files, none};

const RUNBOOK: &str = "docs/runbook/";
const UNITS: &str = "docs/systemd/";
/// What every page of the runbook says.
const PARTS: &[&str] = &["**What it means.**", "**How to look.**", "**What to do.**"];
/// What every unit has.
const HARDENING: &[&str] = &[
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=\n",
    "SystemCallFilter=@system-service",
    "LimitNOFILE=65536",
    "LimitCORE=0",
    "MemoryMax=",
    "UMask=0077",
    "User=sirius",
];

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// The words behind `mark` at the beginning of a line.
fn values<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix(mark)).map(str::trim).collect()
}

#[test]
fn each_alarm_has_its_page_and_each_page_its_alarm() {
    let rules = read("docs/alerts.yml");
    let alarms: BTreeSet<_> = values(&rules, "- alert:").into_iter().map(str::to_owned).collect();
    let pages = files()
        .into_iter()
        .filter_map(|file| Some(file.path.strip_prefix(RUNBOOK)?.strip_suffix(".md")?.to_owned()));
    assert_eq!(pages.collect::<BTreeSet<_>>(), alarms, "docs/alerts.yml and {RUNBOOK}");
    let mut wrong = Vec::new();
    for alarm in &alarms {
        let page = read(&format!("{RUNBOOK}{alarm}.md"));
        let parts = PARTS.iter().filter(|part| !page.contains(**part));
        wrong.extend(parts.map(|part| format!("{alarm}.md lacks {part}")));
        if page.lines().next() != Some(format!("# {alarm}").as_str()) {
            wrong.push(format!("{alarm}.md does not begin with its name"));
        }
    }
    none(&wrong, "a page says what the alarm means, how to look, and what to do");
}

/// The metrics in an expression: words with an underscore that a bracket, a brace or an operator may follow.
fn metrics(expression: &str) -> Vec<&str> {
    const FUNCTIONS: &[&str] = &["predict_linear", "min_over_time", "histogram_quantile", "group_right"];
    let words = expression.split(|one: char| !one.is_ascii_alphanumeric() && one != '_');
    words
        .filter(|word| word.contains('_') && !FUNCTIONS.contains(word) && *word != "finalize_block")
        .collect()
}

#[test]
fn alarms_ask_for_metrics_whose_meaning_is_written_down() {
    let (rules, meanings) = (read("docs/alerts.yml"), read("docs/metrics.md"));
    let known: BTreeSet<_> = meanings
        .lines()
        .filter_map(|row| row.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let mut wrong = Vec::new();
    for expression in values(&rules, "expr:") {
        let names = metrics(expression).into_iter().map(|name| name.strip_suffix("_bucket").unwrap_or(name));
        wrong
            .extend(names.filter(|name| !known.contains(name)).map(|name| format!("{name} in {expression}")));
    }
    none(&wrong, "write the metric and its meaning into docs/metrics.md, or mend the rule");
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.path.starts_with("docs/") && file.path.ends_with(".md")) {
        let folder = Path::new(&file.path).parent().unwrap().to_owned();
        for (target, _) in file.text().split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let path = target.split('#').next().unwrap();
            if !target.contains("://") && !path.is_empty() && !workspace().join(&folder).join(path).exists() {
                wrong.push(format!("{}: {target}", file.path));
            }
        }
    }
    none(&wrong, "mend the link");
}

fn units() -> Vec<(String, String)> {
    let named =
        |path: &str| Some(path.strip_prefix(UNITS)?.to_owned()).filter(|name| name.ends_with(".service"));
    files().into_iter().filter_map(|file| Some((named(&file.path)?, file.text()))).collect()
}

#[test]
fn units_are_hardened() {
    let units = units();
    assert!(units.len() >= 4, "{UNITS} has the units of both chains");
    let mut wrong = Vec::new();
    for (name, text) in &units {
        let missing = HARDENING.iter().filter(|line| !text.contains(**line));
        wrong.extend(missing.map(|line| format!("{name} lacks {}", line.trim())));
        if text.contains("cometbft start") && !text.contains("UnsetEnvironment=FAIL_TEST_INDEX") {
            wrong.push(format!("{name} lets a crash point in"));
        }
    }
    none(&wrong, "see docs/systemd/README.md for what each line is for");
}

#[test]
fn systemd_takes_the_units() {
    if Command::new("systemd-analyze").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("systemd-analyze is not installed here");
        return;
    }
    // The programs that a unit names must be there, so that they stand in for those of a host.
    let dir = tempfile::tempdir().unwrap();
    let truth = fs::canonicalize("/bin/true").unwrap();
    let mut paths = Vec::new();
    for (name, text) in units() {
        let programs = text.split(['=', ' ', '\n']).filter(|word| word.starts_with("/usr/local/bin/"));
        let there =
            programs.fold(text.clone(), |text, program| text.replace(program, truth.to_str().unwrap()));
        let path = dir.path().join(name);
        fs::write(&path, there).unwrap();
        paths.push(path);
    }
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&paths).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // What it says about the units of this machine is not about ours.
    let wrong: Vec<_> = said
        .lines()
        .filter(|line| paths.iter().any(|path| line.contains(path.file_name().unwrap().to_str().unwrap())))
        .map(str::to_owned)
        .collect();
    none(&wrong, "systemd-analyze verify says so");
}
