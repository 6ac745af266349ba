//! The network that all cases share.

use std::time::Duration;

use anyhow::{Result, ensure};
use localnet::{Documents, Layer, Running};
use mongo_ledger_core::key::SecretKey;
use mongo_ledger_core::transaction::Transaction;
use sirius_tests::bed::{self, Bed};
use sirius_tests::database::{self, Dump, Http};
use sirius_tests::history;

/// How long hosts may take to have the same documents.
const PATIENCE: Duration = Duration::from_secs(60);

/// Blocks between two snapshots.
pub(crate) const SNAPSHOTS_EVERY: u64 = 20;

/// See the module's documentation.
pub(crate) struct Setting {
    pub(crate) bed: Bed,
    /// Numbers assets, so that no two are alike.
    pub(crate) serial: i64,
}

impl Setting {
    pub(crate) fn start() -> Result<Self> {
        let mut manifest = bed::database_manifest()?;
        manifest.snapshots.every_blocks = SNAPSHOTS_EVERY;
        let bed = database::start_with(&manifest, Documents::from_environment())?;
        Ok(Self { bed, serial: 0 })
    }

    pub(crate) fn network(&self) -> &Running {
        self.bed.network()
    }

    pub(crate) fn http(&self, host: usize) -> Http {
        Http::new(self.network(), host)
    }

    /// Makes an asset with these shares, all of one owner, that nobody has made before.
    pub(crate) fn asset(&mut self, owner: &SecretKey, shares: &[u64]) -> Result<Transaction> {
        self.serial += 1;
        crate::forge::asset(owner, shares, self.serial)
    }

    /// Sends a transaction through a host and waits for its block.
    pub(crate) fn commit(&self, host: usize, transaction: &Transaction) -> Result<()> {
        let said = self.http(host).send("commit", transaction.raw().as_bytes())?;
        ensure!(said.status == 202, "host{host} answered {said:?}");
        Ok(())
    }

    /// Waits until all hosts have the same blocks and documents, and gives them.
    pub(crate) fn alike(&self) -> Result<(u64, Dump)> {
        let hosts: Vec<usize> = (0..self.network().hosts()).collect();
        database::alike(self.network(), &hosts, PATIENCE)
    }
}

/// The last word on the whole run.
pub(crate) fn agree(setting: &mut Setting) -> Result<()> {
    let owner = SecretKey::new(&[9; 32]);
    let last = setting.asset(&owner, &[1])?;
    setting.commit(0, &last)?;
    let (height, documents) = setting.alike()?;
    history::agree_among(setting.bed.chain_rpcs(Layer::Database), 1..=height)?;
    for host in 0..setting.network().hosts() {
        let seen = history::legal_on(&setting.bed, Layer::Database, host)?;
        println!("  host{host}: {} calls, {} blocks, {} starts", seen.calls, seen.blocks, seen.processes);
    }
    let counts: Vec<_> = documents.iter().map(|(name, found)| format!("{} {name}", found.len())).collect();
    println!("  equal on every host at height {height}: {}", counts.join(", "));
    Ok(())
}
