//! The load generator itself: what it sends gets in, each once, and adds up.

use std::time::Duration;

use anyhow::{Result, ensure};
use sirius_sdk::key::Scheme;
use sirius_tests::bed::LOAD_SEED;
use sirius_tests::load::{self, Accounts, Broadcast, Pace, Plan, Transfers};

use crate::setting::{LOAD_ACCOUNTS, Setting};

/// Transfers of each account.
const ROUNDS: u32 = 10;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let (bed, prefix) = (&setting.bed, setting.bed.prefix()?);
    let find = || Accounts::find(&bed.rpc(0), &prefix, LOAD_SEED, LOAD_ACCOUNTS, Scheme::Secp256k1);
    let mut accounts = find()?;
    let txs = Transfers::new(bed.chain_id()).sign(&mut accounts, ROUNDS);
    let plan = Plan {
        pace: Pace::Saturate { under_way: 400 },
        duration: Duration::from_secs(60),
        warm_up: Duration::ZERO,
        batch: 40,
        broadcast: Broadcast::Sync,
        ..Plan::default()
    };
    let report = load::run(&bed.rpcs(), &txs, &plan)?;
    println!("  {report}");
    ensure!(report.taken == txs.len() && report.refused == 0, "not everything was taken: {report}");
    ensure!(report.executed == txs.len(), "not everything was executed: {report}");
    ensure!(report.lost() == 0 && report.doubled == 0, "something was lost or doubled: {report}");
    let after = find()?;
    let counted = after.0.iter().zip(&accounts.0).all(|(after, before)| after.sequence == before.sequence);
    ensure!(counted, "the sequences are not those that were signed");
    Ok(())
}
