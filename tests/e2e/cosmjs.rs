//! Unmodified CosmJS, as its packages come from npm: `clients/cosmjs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::setting::{Setting, client};

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let folder = client("cosmjs");
    install(&folder)?;
    let bed = &setting.bed;
    let record = bed.network().record();
    let addresses: BTreeMap<_, _> =
        record.accounts.iter().map(|account| (&account.name, &account.address)).collect();
    let wallets: BTreeMap<_, _> =
        setting.wallets.iter().map(|(name, words)| (name, words.phrase().to_string())).collect();
    let network = json!({
        "rpc": bed.rpcs().iter().map(|rpc| rpc.url().to_owned()).collect::<Vec<_>>(),
        "chainId": record.chain_id,
        "prefix": record.prefix,
        "denom": record.fee_denom(),
        "accounts": addresses,
        "wallets": wallets,
    });
    let output = Command::new("node")
        .args(["--test", "--test-force-exit", "--test-reporter=spec"])
        .current_dir(&folder)
        .env("SIRIUS_NETWORK", network.to_string())
        .output()
        .context("starting node; install Node.js 20 or later")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let counts: Vec<_> =
        text.lines().filter(|line| line.contains("pass ") || line.contains("fail ")).collect();
    println!("  {}", counts.join(", "));
    ensure!(!text.contains("pass 0\n"), "no test was found: {text}");
    Ok(())
}

/// Installs exactly what the lock file says, unless that was done before.
fn install(folder: &Path) -> Result<()> {
    let stamp = folder.join("node_modules/.package-lock.json");
    let time = |path: &Path| path.metadata().and_then(|found| found.modified());
    if let (Ok(installed), Ok(locked)) = (time(&stamp), time(&folder.join("package-lock.json")))
        && installed >= locked
    {
        return Ok(());
    }
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(folder)
        .output()
        .context("starting npm; install Node.js 20 or later")?;
    ensure!(output.status.success(), "npm ci failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
