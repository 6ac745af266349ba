//! Accounts that pay each other while something goes wrong, and the check that ends every drill: no payment that was
//! acknowledged is lost or doubled, the supply is exact, and all hosts agree about every block.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use sirius_primitives::Prefix;
use sirius_sdk::key::Scheme;

use crate::bed::{Bed, LOAD_SEED};
use crate::books::Books;
use crate::history;
use crate::kills;
use crate::load::Accounts;
use crate::payer::{Payer, Payment};
use crate::rpc::Rpc;

/// How many pay at the same time, each for its own accounts.
const PAYERS: usize = 4;
/// How long hosts may take to agree when everything is over.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many blocks must still come.
const MORE_BLOCKS: u64 = 2;
/// How often it is looked whether they did.
const LOOK: Duration = Duration::from_millis(50);

/// A ledger on which accounts pay each other.
#[derive(Debug)]
pub struct Trade {
    hosts: Vec<Rpc>,
    chain_id: String,
    prefix: Prefix,
    addresses: Vec<String>,
    books: Books,
}

impl Trade {
    /// On a network, among the first `accounts` of its accounts for load, of which nobody else pays at the moment.
    ///
    /// # Errors
    /// The chain does not answer, or has fewer such accounts.
    pub fn open(bed: &Bed, accounts: u32) -> Result<Self> {
        Self::among(bed.rpcs(), bed.chain_id(), bed.prefix()?, accounts)
    }

    /// The same on the ledger behind these clients.
    ///
    /// # Errors
    /// Those of [`Trade::open`].
    pub fn among(hosts: Vec<Rpc>, chain_id: &str, prefix: Prefix, accounts: u32) -> Result<Self> {
        let first = hosts.first().context("a network has a host")?;
        let found = Accounts::find(first, &prefix, LOAD_SEED, accounts, Scheme::Secp256k1)?.0;
        let addresses: Vec<String> = found.into_iter().map(|account| account.address).collect();
        let books = Books::read(first, prefix, accounts)?;
        Ok(Self { hosts, chain_id: chain_id.to_owned(), prefix, addresses, books })
    }

    /// Does `work` while the accounts pay each other, and returns what was paid when all of that is in blocks.
    ///
    /// # Errors
    /// That of `work`, or a payment that was refused, or is in no block in the end.
    pub fn during<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(T, Vec<Payment>)> {
        let first = self.hosts.first().context("a network has a host")?;
        let count = u32::try_from(self.addresses.len())?;
        let accounts = Accounts::find(first, &self.prefix, LOAD_SEED, count, Scheme::Secp256k1)?.0;
        let each = accounts.len().div_ceil(PAYERS);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let mut accounts = accounts.into_iter();
            let payers: Vec<_> = (0..PAYERS)
                .map(|index| {
                    let own = accounts.by_ref().take(each).collect();
                    let payer = Payer::new(&self.hosts, &self.chain_id, own, &self.addresses, index);
                    let stop = &stop;
                    scope.spawn(move || payer.run(stop))
                })
                .collect();
            let done = work();
            stop.store(true, Ordering::SeqCst);
            let mut payments = Vec::new();
            let mut paid = Ok(());
            for payer in payers {
                match payer.join().map_err(|_| anyhow!("a payer panicked")).flatten() {
                    Ok(seen) => payments.extend(seen),
                    Err(error) => paid = paid.and(Err(error)),
                }
            }
            // What went wrong first is why nothing else went on.
            let done = done?;
            paid.map(|()| (done, payments))
        })
    }

    /// The check that ends a drill: blocks go on, every host has each of `payments` once and comes to the same balances,
    /// no unit is gone but the `burned` ones, and blocks and app hashes are equal at every height since the trade began.
    /// Returns the height that was looked at last.
    ///
    /// # Errors
    /// The first thing that is not so.
    pub fn close(&self, payments: &[Payment], burned: u128) -> Result<u64> {
        let height = kills::height(&self.hosts).context("no host answers")? + MORE_BLOCKS;
        self.wait(height)?;
        self.books.hold(&self.hosts, payments, height, burned)?;
        history::agree_among(self.hosts.clone(), self.books.height()..=height)?;
        Ok(height)
    }

    fn wait(&self, height: u64) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        for rpc in &self.hosts {
            while rpc.status().map_or(0, |status| status.height) < height {
                ensure!(Instant::now() < deadline, "{} does not come to height {height}", rpc.url());
                thread::sleep(LOOK);
            }
        }
        Ok(())
    }
}
