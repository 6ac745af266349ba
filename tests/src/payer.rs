//! Somebody who pays from several accounts and wants to see each payment in a block.
//!
//! A payer never signs two payments with one sequence: what it has no answer for it sends again, byte for byte, to
//! whichever host takes it, until it is in a block. That is what makes a payment neither lost nor doubled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use cosmos_sdk_proto::cosmos::tx::v1beta1::{GetTxRequest, GetTxResponse};
use sirius_primitives::sha256;

use crate::load::{Account, Transfers};
use crate::rpc::{Checked, Rpc, RpcError};

/// The question for a transaction's receipt, which the application commits with the state. CometBFT's own index may
/// lose what it had not written when it was killed.
pub(crate) const GET_TX: &str = "/cosmos.tx.v1beta1.Service/GetTx";
/// How long a host may take to answer; one without its application never does.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How often a payment on its way is looked for.
const LOOK: Duration = Duration::from_millis(300);
/// After so long without being found it is sent again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the last payments may take after the payer was told to stop.
const DRAIN: Duration = Duration::from_secs(90);

/// A payment that was seen in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// SHA-256 of its bytes, by which it is found.
    pub hash: [u8; 32],
    /// The address that pays.
    pub from: String,
    /// The address that is paid.
    pub to: String,
    /// What is paid, in the smallest unit.
    pub amount: u128,
    /// What it costs beside that.
    pub fee: u128,
    /// The height at which the host stood that first took it.
    pub taken: u64,
    /// The height of its block.
    pub height: u64,
}

/// A payment on its way.
struct Underway {
    bytes: Vec<u8>,
    /// As it will be: `height` is not known yet, nor is `taken` before a host has taken it.
    payment: Payment,
    sent: Instant,
}

/// An account, and what it has on its way.
type Purse = (Account, Option<Underway>);

/// See the module's documentation.
pub(crate) struct Payer<'a> {
    hosts: Vec<Rpc>,
    purses: Vec<Purse>,
    addresses: &'a [String],
    transfers: Transfers,
    /// The host that is asked next.
    turn: usize,
    seen: Vec<Payment>,
}

impl<'a> Payer<'a> {
    /// One who pays from `accounts` to `addresses`, at `hosts` in turns.
    pub(crate) fn new(
        hosts: &[Rpc],
        chain_id: &str,
        accounts: Vec<Account>,
        addresses: &'a [String],
        turn: usize,
    ) -> Self {
        Self {
            hosts: hosts.iter().map(|rpc| Rpc::with_timeout(rpc.url(), TIMEOUT)).collect(),
            purses: accounts.into_iter().map(|account| (account, None)).collect(),
            addresses,
            transfers: Transfers::new(chain_id),
            turn,
            seen: Vec::new(),
        }
    }

    /// Pays until `stop`, then waits for what is on its way.
    pub(crate) fn run(mut self, stop: &AtomicBool) -> Result<Vec<Payment>> {
        let mut deadline: Option<Instant> = None;
        let mut purses = std::mem::take(&mut self.purses);
        loop {
            let stopping = stop.load(Ordering::SeqCst);
            for purse in &mut purses {
                self.step(purse, stopping)?;
            }
            let mut missing = purses.iter().filter_map(|(_, underway)| underway.as_ref());
            if stopping && missing.clone().next().is_none() {
                return Ok(self.seen);
            }
            if stopping && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + DRAIN) {
                let count = missing.clone().count();
                let hash = missing.next().map(|underway| hex::encode(underway.payment.hash));
                bail!("{count} payments are in no block, the first is {hash:?}");
            }
            sleep(LOOK);
        }
    }

    fn step(&mut self, (account, underway): &mut Purse, stopping: bool) -> Result<()> {
        let Some(found) = underway else {
            if !stopping {
                let signed = self.sign(account)?;
                self.send(underway.insert(signed))?;
            }
            return Ok(());
        };
        if let Some(height) = receipt(self.next_host()?, &found.payment.hash)? {
            account.sequence += 1;
            account.key_known = true;
            self.seen.extend(underway.take().map(|underway| Payment { height, ..underway.payment }));
        } else if found.sent.elapsed() > AGAIN {
            self.send(found)?;
        }
        Ok(())
    }

    fn sign(&mut self, account: &Account) -> Result<Underway> {
        let place = self.addresses.iter().position(|address| *address == account.address).unwrap_or(0);
        let to = self.addresses.iter().cycle().nth(place + 7).context("there is somebody to pay")?;
        // Each payment moves another amount, so that one which came twice would show in the sums.
        self.transfers.amount = 1 + u128::from(account.sequence) * 1_000 + u128::from(account.number);
        let bytes = self.transfers.transfer(account, to);
        let payment = Payment {
            hash: *sha256(&bytes).as_bytes(),
            from: account.address.clone(),
            to: to.clone(),
            amount: self.transfers.amount,
            fee: self.transfers.fee.amount,
            taken: 0,
            height: 0,
        };
        Ok(Underway { bytes, payment, sent: Instant::now() })
    }

    fn send(&mut self, underway: &mut Underway) -> Result<()> {
        let host = self.next_host()?;
        underway.sent = Instant::now();
        match host.broadcast(&underway.bytes) {
            Ok(Checked { code: 0, .. }) => {
                if underway.payment.taken == 0 {
                    // A host that is gone again cannot say; then the next one that takes the payment does.
                    underway.payment.taken = host.status().map_or(0, |status| status.height);
                }
                Ok(())
            }
            // A sequence that was used is this very payment's: nobody else signs for the account. One to come means
            // that the host is behind.
            Ok(Checked { code: 32, .. }) => Ok(()),
            Ok(checked) => bail!("{} refused a payment: {checked:?}", host.url()),
            Err(RpcError::Transport { .. } | RpcError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn next_host(&mut self) -> Result<&Rpc> {
        self.turn = (self.turn + 1) % self.hosts.len().max(1);
        self.hosts.get(self.turn).context("a payer knows a host")
    }
}

/// The height of a payment's block, if the host has executed it.
fn receipt(host: &Rpc, hash: &[u8; 32]) -> Result<Option<u64>> {
    let question = GetTxRequest { hash: hex::encode_upper(hash) };
    // A host that does not answer knows no less than one that has not found it.
    let Ok(answer) = host.ask::<_, GetTxResponse>(GET_TX, &question) else { return Ok(None) };
    let receipt = answer.tx_response.context("the answer to GetTx has no receipt")?;
    ensure!(receipt.code == 0, "a payment was refused in block {}: {receipt:?}", receipt.height);
    Ok(Some(receipt.height.try_into()?))
}
