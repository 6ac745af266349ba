//! What a chain's stakes are, as a genesis says it that goes on where another chain stopped.
//!
//! Everything that is owed is said once, with names and numbers that people can read; what follows from it, such as the
//! order of validators and the queues, is made anew. The history of past blocks stays with the old chain.

mod read;
mod write;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Amount, Height};

use super::{
    Commission, Description, Fraction, Shares, Status, redelegation, rewards::Rewards, slash::Slash,
    unbonding,
};

/// See the module's documentation.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    validators: Vec<CarriedValidator>,
    delegations: Vec<CarriedDelegation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unbondings: Vec<CarriedUnbonding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redelegations: Vec<CarriedRedelegation>,
    /// Slashes for signing twice, which meet what has left since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    slashes: Vec<CarriedSlash>,
    /// Validators whose slashes are still being carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sweeping: Vec<String>,
    /// What slashes took of validators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    slashed: Vec<CarriedLoss>,
    /// Consensus keys of validators that are gone: nobody else may have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former_keys: Vec<FormerKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withdraw_addresses: Vec<WithdrawAddress>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedValidator {
    operator: String,
    /// Its Ed25519 key, in base64, as CometBFT writes it.
    consensus_key: String,
    tokens: Amount,
    shares: Shares,
    status: Status,
    jailed: bool,
    min_self_delegation: Amount,
    commission: Commission,
    description: Description,
    /// The block at whose end it began to make blocks, while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Height>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rewards: Option<Rewards>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedDelegation {
    delegator: String,
    validator: String,
    shares: Shares,
    /// The validator's reward index up to which it was paid.
    #[serde(with = "super::digits")]
    paid: u128,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedUnbonding {
    delegator: String,
    validator: String,
    entries: Vec<unbonding::Entry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedRedelegation {
    delegator: String,
    from: String,
    to: String,
    entries: Vec<redelegation::Entry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedSlash {
    validator: String,
    /// The block in which it was found.
    found: Height,
    slash: Slash,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedLoss {
    validator: String,
    height: Height,
    number: u8,
    fraction: Fraction,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormerKey {
    /// The address of the key.
    consensus: String,
    operator: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithdrawAddress {
    delegator: String,
    to: String,
}
