//! An account that sends: its key, its number, and whose turn it is among transactions sent at once.

use std::{fmt, sync::Arc, time::Duration};

use cosmrs::Any;
use sirius_primitives::{Address, Height};
use sirius_runtime::Chain;
use tokio::sync::Mutex;

use super::{
    Broadcast, Fee, Options, Pending, Receipt, Sender, SubmitError,
    checked::{expected_sequence, is_too_cheap, refused},
};
use crate::{ask::AccountState, client::Client, key::Key, sign::Signed};

/// How often one transaction is signed anew because the sequence or the price had moved. Each time the bytes before
/// were refused for certain.
const MOST_TRIES: u32 = 8;
/// How often, and at which distance, the same bytes are offered to a node that has not yet heard of the transactions
/// before.
const LAG_TRIES: u32 = 5;
const LAG_PAUSE: Duration = Duration::from_millis(300);

/// An account on one chain, ready to send. Clones share the sequence: however many send at once, each transaction
/// gets its own, in order. Two programs may send from one account too; whoever comes late signs again.
#[derive(Clone)]
pub struct Account {
    sender: Sender,
    key: Arc<Key>,
    /// What the next transaction is numbered with; `None` before it was asked for, or when it is not known any more.
    next: Arc<Mutex<Option<AccountState>>>,
}

/// What became of one try.
enum Tried {
    Sent(Pending),
    /// The sequence or the price has moved: sign again.
    Again,
}

impl Account {
    /// The account that `key` made. Nothing is sent yet.
    pub fn new(client: Client, chain: Chain, key: Key) -> Self {
        let address = key.address();
        Self::of(client, chain, key, address)
    }

    /// The account at `address`, whose present key is `key`: its first key was another.
    pub fn of(client: Client, chain: Chain, key: Key, address: Address) -> Self {
        let sender = Sender { client, chain, address, public_key: key.public_key().into() };
        Self { sender, key: Arc::new(key), next: Arc::default() }
    }

    /// Where it is on the chain.
    pub fn address(&self) -> Address {
        self.sender.address
    }

    /// Who sends, without the secret.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Sends messages as one transaction and waits for the block that has it.
    ///
    /// # Errors
    /// Why it did not do what it was sent for, see [`SubmitError`].
    pub async fn send(&self, messages: Vec<Any>, options: &Options) -> Result<Receipt, SubmitError> {
        self.submit(messages, options).await?.confirm().await
    }

    /// Sends messages as one transaction and returns when a node has it, or may have it.
    ///
    /// # Errors
    /// Why it was not sent: in every case it is certain that it will not be executed.
    pub async fn submit(&self, messages: Vec<Any>, options: &Options) -> Result<Pending, SubmitError> {
        // Held until a node has the transaction, so that nodes meet the account's transactions in their order.
        let mut next = self.next.lock().await;
        for _ in 0..MOST_TRIES {
            match self.try_once(&messages, options, &mut next).await? {
                Tried::Sent(pending) => return Ok(pending),
                Tried::Again => {}
            }
        }
        *next = None;
        Err(SubmitError::Contended { tries: MOST_TRIES })
    }

    async fn try_once(
        &self,
        messages: &[Any],
        options: &Options,
        next: &mut Option<AccountState>,
    ) -> Result<Tried, SubmitError> {
        let state = match *next {
            Some(state) => state,
            None => {
                self.sender.client.prefer_newest().await;
                *next.insert(self.sender.state().await?)
            }
        };
        let after = self.sender.client.committed().await?;
        let timeout = after.after(options.spread_timeout());
        let (unsigned, state) = self.sender.build(messages, options, state, timeout).await?;
        let signed = unsigned.sign(&[&self.key])?;
        *next = Some(state);
        let pending = self.pending(signed, (after, timeout), options);
        self.hand_over(pending, state, options, next).await
    }

    /// Offers the signed bytes and takes the sequence as used unless it is certain that they are nowhere.
    async fn hand_over(
        &self,
        mut pending: Pending,
        state: AccountState,
        options: &Options,
        next: &mut Option<AccountState>,
    ) -> Result<Tried, SubmitError> {
        let used = AccountState { sequence: state.sequence.next(), ..state };
        for tries in 0.. {
            match self.sender.client.broadcast(&pending.tx).await {
                Broadcast::Accepted | Broadcast::Known { certain: false } => {
                    *next = Some(used);
                    return Ok(Tried::Sent(pending));
                }
                Broadcast::Known { certain: true } => {
                    // Nobody sent these bytes for this call: they are an earlier payment of the same sum, whose sequence
                    // a node that lags has called free. To follow them would be to take one payment for two.
                    *next = Some(used);
                    return Ok(Tried::Again);
                }
                Broadcast::Refused { checked, certain: false } => {
                    // An earlier call may have delivered it, and this is how a node sees a transaction it has.
                    *next = Some(used);
                    pending.last_refusal = Some(checked.log);
                    return Ok(Tried::Sent(pending));
                }
                Broadcast::Refused { checked, certain: true } => match expected_sequence(&checked) {
                    Some(expected) if expected < state.sequence && tries < LAG_TRIES => {
                        tokio::time::sleep(LAG_PAUSE).await;
                    }
                    Some(expected) => {
                        *next = Some(AccountState { sequence: expected, ..state });
                        return Ok(Tried::Again);
                    }
                    None if is_too_cheap(&checked) && options.fee == Fee::BaseFee => return Ok(Tried::Again),
                    None => return Err(refused(checked)),
                },
                Broadcast::Unknown { attempts, certain: true } => {
                    return Err(SubmitError::NotSent { attempts });
                }
                Broadcast::Unknown { .. } => {
                    // Whether the sequence is used is not known; the next transaction asks.
                    *next = None;
                    return Ok(Tried::Sent(pending));
                }
            }
        }
        Ok(Tried::Again)
    }

    fn pending(&self, signed: Signed, (after, timeout): (Height, Height), options: &Options) -> Pending {
        Pending {
            client: self.sender.client.clone(),
            hash: signed.hash,
            tx: signed.bytes,
            timeout,
            after,
            wait: options.wait,
            last_refusal: None,
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("sender", &self.sender).finish_non_exhaustive()
    }
}
