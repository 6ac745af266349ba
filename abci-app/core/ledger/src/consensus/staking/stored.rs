//! What the module keeps of stakes, validators and blocks.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Amount, Height, Timestamp};

use super::{Fraction, Shares, Validator};

/// What one account stakes on one validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Delegation {
    /// Its shares of the validator's stake.
    pub shares: Shares,
    /// The validator's reward index up to which it was paid, see [`Rewards`].
    pub(super) paid: u128,
}

/// Coins that were taken back in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaving {
    /// When they were taken back.
    pub created: Height,
    /// The block time from which they are there.
    pub completes: Timestamp,
    /// How many there were.
    pub initial: Amount,
    /// How many are left.
    pub balance: Amount,
    /// Slashes found up to this height are taken off already.
    pub slashed: Height,
}

/// A stake that was moved in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moved {
    /// When it was moved; where the source had left office, when that was.
    pub created: Height,
    /// The block time from which it answers for the source no more.
    pub completes: Timestamp,
    /// Its tokens then.
    pub initial: Amount,
    /// The shares of the destination that it became.
    pub shares: Shares,
    /// Slashes found up to this height are taken off already.
    pub slashed: Height,
}

/// A slash that also meets what has left the validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slash {
    /// What left the validator in this block or later stood behind the wrong.
    pub since: Height,
    /// What is taken.
    pub fraction: Fraction,
}

impl Slash {
    /// Whether it meets what left at `created`, when it was `found`.
    pub(super) fn meets(&self, created: Height, found: Height) -> bool {
        self.since <= created && created < found
    }
}

/// What a validator and its delegators have earned and not withdrawn.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Rewards {
    /// What one share has ever earned, in units of 2^-128.
    #[serde(with = "super::digits")]
    pub(super) index: u128,
    /// What came in and is not in the index yet.
    pub(super) pending: Amount,
    /// The validator's own part.
    pub(super) commission: Amount,
    /// All that came in and was not paid, commission and roundings among it.
    pub(super) outstanding: Amount,
}

/// What consensus was last told of a validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Told {
    /// Its consensus key.
    pub key: [u8; 32],
    /// Its power.
    pub power: u64,
    /// The block at whose end it began to make blocks.
    pub since: Height,
}

/// What is kept of a block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Past {
    /// Its header's time.
    pub time: Timestamp,
    /// The consensus address of its proposer.
    pub proposer: Vec<u8>,
    /// The block from which on the validators were those of this one.
    pub seats: Height,
}

/// A validator as it was.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Seat {
    /// Its operator.
    pub operator: Address,
    /// The validator; of its description the name alone.
    pub validator: Validator,
}
