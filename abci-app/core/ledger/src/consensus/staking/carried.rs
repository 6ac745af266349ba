//! What a chain's stakes are, as a genesis says it that goes on where another chain stopped.
//!
//! Everything that is owed is said once, with names and numbers that people can read; what follows from it, such as the
//! order of validators and the queues, is made anew. The history of past blocks stays with the old chain.

use serde::{Deserialize, Serialize};
use sirius_primitives::{Amount, Height};

use super::{
    Commission, Description, Fraction, Shares, Status,
    stored::{Leaving, Moved, Rewards, Slash},
};

/// See the module's documentation.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    pub(super) validators: Vec<CarriedValidator>,
    pub(super) delegations: Vec<CarriedDelegation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unbondings: Vec<CarriedUnbonding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) redelegations: Vec<CarriedRedelegation>,
    /// Slashes for signing twice, which meet what has left since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) slashes: Vec<CarriedSlash>,
    /// Validators whose slashes are still being carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sweeping: Vec<String>,
    /// What slashes took of validators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) slashed: Vec<CarriedLoss>,
    /// Consensus keys of validators that are gone: nobody else may have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) former_keys: Vec<FormerKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) withdraw_addresses: Vec<WithdrawAddress>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedValidator {
    pub(super) operator: String,
    /// Its Ed25519 key, in base64, as CometBFT writes it.
    pub(super) consensus_key: String,
    pub(super) tokens: Amount,
    pub(super) shares: Shares,
    pub(super) status: Status,
    pub(super) jailed: bool,
    pub(super) min_self_delegation: Amount,
    pub(super) commission: Commission,
    pub(super) description: Description,
    /// The block at whose end it began to make blocks, while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Height>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rewards: Option<Rewards>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedDelegation {
    pub(super) delegator: String,
    pub(super) validator: String,
    pub(super) shares: Shares,
    /// The validator's reward index up to which it was paid.
    #[serde(with = "super::digits")]
    pub(super) paid: u128,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedUnbonding {
    pub(super) delegator: String,
    pub(super) validator: String,
    pub(super) entries: Vec<Leaving>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedRedelegation {
    pub(super) delegator: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) entries: Vec<Moved>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedSlash {
    pub(super) validator: String,
    /// The block in which it was found.
    pub(super) found: Height,
    pub(super) slash: Slash,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedLoss {
    pub(super) validator: String,
    pub(super) height: Height,
    pub(super) number: u8,
    pub(super) fraction: Fraction,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormerKey {
    /// The address of the key.
    pub(super) consensus: String,
    pub(super) operator: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawAddress {
    pub(super) delegator: String,
    pub(super) to: String,
}
