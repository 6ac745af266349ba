//! The Cosmos SDK's own Go modules beside the ledger's: `clients/cosmos-oracle`.

use std::process::Command;

use anyhow::{Result, ensure};
use sirius_tests::{
    outside::{client, run as call},
    wire::workspace,
};

use crate::setting::Setting;

/// Sign bytes, addresses and multisigs, compared by the ledger's test of the same name.
pub(crate) fn run(_: &mut Setting) -> Result<()> {
    let target = tempfile::tempdir()?;
    let program = target.path().join("cosmos-oracle");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(".").current_dir(client("cosmos-oracle"));
    call(&mut build, "install Go 1.24 or later")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--release", "--locked", "--workspace", "-q", "--test", "cosmos_oracle"]);
    cargo.args(["--", "--ignored", "--nocapture", "--test-threads=1"]).current_dir(workspace());
    let text = call(cargo.env("SIRIUS_COSMOS_ORACLE", &program), "install Rust")?;
    let counts: Vec<_> =
        text.lines().filter(|line| line.contains("sign bytes") || line.contains("forgeries")).collect();
    ensure!(counts.len() == 2, "the test compared something else: {text}");
    println!("  {}", counts.join("; "));
    Ok(())
}
