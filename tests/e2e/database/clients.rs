//! BigchainDB's own drivers and libraries, as their packages come: `clients/bigchaindb-*`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sirius_tests::outside::{client, node_tests, run};
use sirius_tests::wire::workspace;

use crate::setting::Setting;

/// What to do when Python is missing.
const ADVICE: &str = "install Python 3.11";

fn address(setting: &Setting) -> Vec<(&'static str, String)> {
    let port = setting.network().ports().http(0).to_string();
    vec![("BDB_HOST", "127.0.0.1".to_owned()), ("BDB_PORT", port)]
}

pub(crate) fn javascript(setting: &mut Setting) -> Result<()> {
    println!("  {}", node_tests("bigchaindb-js", &address(setting))?);
    Ok(())
}

pub(crate) fn python(setting: &mut Setting) -> Result<()> {
    let (uri, database) = setting.network().documents(0);
    let mut python = Command::new("python3");
    python.arg(client("bigchaindb-python").join("run.py")).arg("--work").arg(packages());
    python.envs(address(setting)).env("MONGODB_URI", uri).env("MONGODB_DATABASE", database);
    println!("  {}", run(&mut python, ADVICE)?.lines().last().unwrap_or_default());
    Ok(())
}

/// Where the Python packages are kept from one run to the next.
fn packages() -> PathBuf {
    workspace().join("target/bigchaindb-python")
}

/// What the libraries say of 10,000 random trees, and of conditions and transactions, against what our codec says.
pub(crate) fn oracle(_: &mut Setting) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let installed = std::fs::read_dir(packages())?.filter_map(|entry| Some(entry.ok()?.path().join("ready")));
    let newest = installed.filter_map(|ready| Some((ready.metadata().ok()?.modified().ok()?, ready))).max();
    let (_, ready) = newest.context("no packages are installed: run the case of the Python driver first")?;
    let python = ready.with_file_name("venv/bin/python");
    let script = client("bigchaindb-oracle").join("oracle.py");
    run(Command::new(python).arg(script).arg(folder.path()), ADVICE)?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--release", "--locked", "--workspace", "-q", "--test", "codec_oracle"]);
    cargo.args(["--", "--ignored", "--nocapture", "--test-threads=1"]).current_dir(workspace());
    let text = run(cargo.env("SIRIUS_ORACLE", folder.path()), "install Rust")?;
    let counts: Vec<&str> = ["trees", "conditions", "transactions"]
        .iter()
        .filter_map(|what| text.lines().find(|line| line.ends_with(what)))
        .map(|line| line.trim_start_matches('.'))
        .collect();
    ensure!(counts.len() == 3, "the test of the codec compared something else: {text}");
    println!("  {}", counts.join(", "));
    Ok(())
}
