//! Somebody who makes assets and moves each of them, and wants to see every transaction in a block.
//!
//! What there is no answer for is sent again, byte for byte, to whichever host takes it, until a host shows it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use localnet::Running;
use mongo_ledger_core::json::{Object, Value};
use mongo_ledger_core::key::SecretKey;
use mongo_ledger_core::transaction::build::{self, Share, Spend};
use mongo_ledger_core::transaction::{Operation, OutputRef, Transaction};
use sirius_tests::database::Http;

/// How long a host may take to answer; one whose documents are away may wait for them.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How often transactions on their way are looked for.
const LOOK: Duration = Duration::from_millis(300);
/// After so long without being found one is sent again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the last ones may take after the last kill.
const DRAIN: Duration = Duration::from_secs(60);
/// How many are on their way at a time.
const WINDOW: usize = 10;

/// See the module's documentation.
pub(crate) struct Writer {
    hosts: Vec<Http>,
    owner: SecretKey,
    number: u8,
    /// How many assets were made.
    assets: i64,
    underway: Vec<(Transaction, Instant)>,
    /// Id and text of every transaction that was seen in a block.
    seen: Vec<(String, Vec<u8>)>,
    /// The host that is asked next.
    turn: usize,
}

impl Writer {
    pub(crate) fn new(network: &Running, number: u8) -> Self {
        let hosts = 0..network.hosts();
        Self {
            hosts: hosts.map(|host| Http::with_timeout(network, host, TIMEOUT)).collect(),
            owner: SecretKey::new(&[number; 32]),
            number,
            assets: 0,
            underway: Vec::new(),
            seen: Vec::new(),
            turn: usize::from(number),
        }
    }

    /// Writes until `stop`, then waits for what is on its way.
    pub(crate) fn run(mut self, stop: &AtomicBool) -> Result<Vec<(String, Vec<u8>)>> {
        let mut deadline: Option<Instant> = None;
        loop {
            let stopping = stop.load(Ordering::SeqCst);
            self.look(stopping)?;
            while !stopping && self.underway.len() < WINDOW {
                let asset = self.asset()?;
                self.begin(asset)?;
            }
            if stopping && self.underway.is_empty() {
                return Ok(self.seen);
            }
            if stopping && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + DRAIN) {
                let first = self.underway.first().map(|(transaction, _)| transaction.id().to_string());
                bail!("{} transactions are in no block, the first is {first:?}", self.underway.len());
            }
            sleep(LOOK);
        }
    }

    /// Looks for everything that is on its way.
    fn look(&mut self, stopping: bool) -> Result<()> {
        for (transaction, sent) in std::mem::take(&mut self.underway) {
            let path = format!("/api/v1/transactions/{}", transaction.id());
            // A host that does not answer knows no less than one that has not found it.
            if self.next_host().get(&path).is_ok_and(|said| said.status == 200) {
                self.seen.push((transaction.id().to_string(), transaction.raw().as_bytes().to_vec()));
                if transaction.operation() == Operation::Create && !stopping {
                    let moved = self.moved(&transaction)?;
                    self.begin(moved)?;
                }
            } else if sent.elapsed() > AGAIN {
                self.begin(transaction)?;
            } else {
                self.underway.push((transaction, sent));
            }
        }
        Ok(())
    }

    fn begin(&mut self, transaction: Transaction) -> Result<()> {
        let host = self.next_host().clone();
        let said = host.send("sync", transaction.raw().as_bytes());
        if let Ok(said) = said {
            // Refused for good: no host has a reason to call an honest transaction wrong. What a host behind the others
            // does not know yet, and what is in a mempool or a block already, is another matter.
            let passing =
                ["InputDoesNotExist", "DoubleSpend", "DuplicateTransaction", "already exists in cache"];
            let refused = said.status == 400 && !passing.iter().any(|word| said.body.contains(word));
            if refused {
                bail!("{} refused {}: {said:?}", host.url(), transaction.id());
            }
        }
        self.underway.push((transaction, Instant::now()));
        Ok(())
    }

    fn asset(&mut self) -> Result<Transaction> {
        self.assets += 1;
        let data = Object::from([
            ("writer".to_owned(), Value::from(i64::from(self.number))),
            ("number".to_owned(), Value::from(self.assets)),
        ]);
        let key = self.owner.public();
        Ok(build::create(&[key], &[Share::to(key, 1)], Some(data), None).sign(&[&self.owner])?)
    }

    /// The transfer of an asset to its own owner.
    fn moved(&self, asset: &Transaction) -> Result<Transaction> {
        let output = OutputRef { transaction_id: *asset.id(), output_index: 0 };
        let spend = Spend { output, condition: asset.outputs()[0].condition.clone() };
        let shares = [Share::to(self.owner.public(), 1)];
        Ok(build::transfer(&[spend], &shares, *asset.id(), None).sign(&[&self.owner])?)
    }

    fn next_host(&mut self) -> &Http {
        self.turn = (self.turn + 1) % self.hosts.len();
        &self.hosts[self.turn]
    }
}
