//! Somebody who pays from several accounts and wants to see each payment in a block.
//!
//! A payer never signs two payments with one sequence: what it has no answer for it sends again, byte for byte, to
//! whichever host takes it, until it is in a block. That is what makes a payment neither lost nor doubled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sirius_primitives::sha256;
use sirius_tests::bed::Bed;
use sirius_tests::load::{Account, Transfers};
use sirius_tests::rpc::{Checked, Rpc, RpcError};

/// How long a host may take to answer; one without its application never does.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How often a payment on its way is looked for.
const LOOK: Duration = Duration::from_millis(300);
/// After so long without being found it is sent again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the last payments may take after the last kill.
const DRAIN: Duration = Duration::from_secs(90);

/// A payment that was seen in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) hash: [u8; 32],
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) amount: u128,
    pub(crate) fee: u128,
    pub(crate) height: u64,
}

/// A payment on its way.
struct Underway {
    bytes: Vec<u8>,
    payment: Payment,
    sent: Instant,
}

/// See the module's documentation.
pub(crate) struct Payer<'a> {
    hosts: Vec<Rpc>,
    accounts: Vec<(Account, Option<Underway>)>,
    addresses: &'a [String],
    transfers: Transfers,
    /// The host that is asked next.
    turn: usize,
    seen: Vec<Payment>,
}

impl<'a> Payer<'a> {
    pub(crate) fn new(bed: &Bed, accounts: Vec<Account>, addresses: &'a [String], turn: usize) -> Self {
        Self {
            hosts: bed.rpcs().iter().map(|rpc| Rpc::with_timeout(rpc.url(), TIMEOUT)).collect(),
            accounts: accounts.into_iter().map(|account| (account, None)).collect(),
            addresses,
            transfers: Transfers::new(bed.chain_id()),
            turn,
            seen: Vec::new(),
        }
    }

    /// Pays until `stop`, then waits for what is on its way.
    pub(crate) fn run(mut self, stop: &AtomicBool) -> Result<Vec<Payment>> {
        let mut deadline: Option<Instant> = None;
        loop {
            let stopping = stop.load(Ordering::SeqCst);
            for index in 0..self.accounts.len() {
                self.step(index, stopping)?;
            }
            if stopping && self.accounts.iter().all(|(_, underway)| underway.is_none()) {
                return Ok(self.seen);
            }
            if stopping && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + DRAIN) {
                let missing: Vec<_> =
                    self.accounts.iter().filter_map(|(_, underway)| underway.as_ref()).collect();
                let hash = missing.first().map(|underway| hex::encode(underway.payment.hash));
                bail!("{} payments are in no block, the first is {hash:?}", missing.len());
            }
            sleep(LOOK);
        }
    }

    fn step(&mut self, index: usize, stopping: bool) -> Result<()> {
        let (account, underway) = &mut self.accounts[index];
        let Some(found) = underway else {
            if !stopping {
                let place =
                    self.addresses.iter().position(|address| *address == account.address).unwrap_or(0);
                let to = &self.addresses[(place + 7) % self.addresses.len()];
                *underway = Some(sign(&mut self.transfers, account, to));
                self.send(index)?;
            }
            return Ok(());
        };
        let (hash, waited) = (found.payment.hash, found.sent.elapsed());
        // A host that does not answer knows no less than one that has not found it.
        if let Ok(Some(block)) = self.next_host().tx(&hash) {
            let (account, underway) = &mut self.accounts[index];
            if block.tx_result.code != 0 {
                bail!("{} was refused in block {}: {:?}", block.hash, block.height, block.tx_result);
            }
            account.sequence += 1;
            account.key_known = true;
            let payment =
                underway.take().map(|underway| Payment { height: block.height, ..underway.payment });
            self.seen.extend(payment);
        } else if waited > AGAIN {
            self.send(index)?;
        }
        Ok(())
    }

    fn send(&mut self, index: usize) -> Result<()> {
        let host = self.next_host().clone();
        let Some(underway) = &mut self.accounts[index].1 else { return Ok(()) };
        underway.sent = Instant::now();
        match host.broadcast(&underway.bytes) {
            // A sequence that was used is this very payment's: nobody else signs for the account. One to come means
            // that the host is behind.
            Ok(Checked { code: 0 | 32, .. }) => Ok(()),
            Ok(checked) => bail!("{} refused a payment: {checked:?}", host.url()),
            Err(RpcError::Transport { .. } | RpcError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn next_host(&mut self) -> &Rpc {
        self.turn = (self.turn + 1) % self.hosts.len();
        &self.hosts[self.turn]
    }
}

fn sign(transfers: &mut Transfers, account: &Account, to: &str) -> Underway {
    // Each payment moves another amount, so that one which came twice would show in the sums.
    transfers.amount = 1 + u128::from(account.sequence) * 1_000 + u128::from(account.number);
    let bytes = transfers.transfer(account, to);
    let payment = Payment {
        hash: *sha256(&bytes).as_bytes(),
        from: account.address.clone(),
        to: to.to_owned(),
        amount: transfers.amount,
        fee: transfers.fee.amount,
        height: 0,
    };
    Underway { bytes, payment, sent: Instant::now() }
}
