//! Whose vote weighs how much: bonded coins, as `staking` has them.

use sirius_primitives::{Address, Amount};
use sirius_store::{Fault, Read};

use crate::consensus::staking;

/// All bonded coins.
pub(super) fn bonded(state: &dyn Read) -> Result<Amount, Fault> {
    staking::total_bonded(state)
}

/// The bonded validators with their coins, in the order of their addresses.
pub(super) fn validators(state: &dyn Read) -> Result<Vec<(Address, Amount)>, Fault> {
    let mut validators = Vec::new();
    staking::for_each_bonded_validator(state, |operator, tokens, _| validators.push((operator, tokens)))?;
    validators.sort_unstable();
    Ok(validators)
}

/// What an account delegates, by validator. It delegates to each at most once, and paid for each.
pub(super) fn delegations(state: &dyn Read, account: &Address) -> Result<Vec<(Address, Amount)>, Fault> {
    let mut delegations = Vec::new();
    staking::for_each_delegation(state, account, |operator, tokens| delegations.push((operator, tokens)))?;
    Ok(delegations)
}
