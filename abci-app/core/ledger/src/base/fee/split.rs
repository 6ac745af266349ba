//! Where fees go.

use sirius_primitives::{Address, Amount, Coins};
use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Read, Write};

use super::{keys, params::COMMUNITY};
use crate::base::bank;

/// The account that holds a block's fees until its end: [`Address::of_module`] of `fee_collector`, written out because
/// every transaction needs it.
pub const COLLECTOR: Address = Address::new([
    0xf1, 0x82, 0x96, 0x76, 0xdb, 0x57, 0x76, 0x82, 0xe9, 0x44, 0xfc, 0x34, 0x93, 0xd4, 0x51, 0xb6, 0x7f,
    0xf3, 0xe2, 0x9f,
]);

/// The community's account.
pub fn community() -> Address {
    Address::of_module("community")
}

/// How many percent of fees are the community's.
///
/// # Errors
/// This node cannot read its state.
pub fn community_percent(state: &dyn Read) -> Result<u64, Fault> {
    COMMUNITY.get(state)
}

/// Splits what came in: the community's share rounded down, the rest to whoever earns it; says how much that was. When
/// nobody does, everything is the community's. `staking` calls it when a block ends, because it knows the proposer.
///
/// # Errors
/// This node cannot read its state.
pub fn pay_out(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    proposer: Option<&Address>,
) -> Result<Amount, Fault> {
    let Some(denom) = keys::denom().get(state)? else { return Ok(Amount::ZERO) };
    let collected = bank::balance(state, &COLLECTOR, &denom)?;
    if collected.is_zero() {
        return Ok(Amount::ZERO);
    }
    let percent = u128::from(COMMUNITY.get(state)?);
    let (to_proposer, to_community) = match proposer {
        // A sum too large to be multiplied goes to the community whole rather than stop the chain.
        Some(proposer) => {
            let share = collected.checked_share(percent, 100).unwrap_or(collected);
            (Some((*proposer, collected.checked_sub(share).unwrap_or_default())), share)
        }
        None => (None, collected),
    };
    for (to, amount) in to_proposer.into_iter().chain([(community(), to_community)]) {
        let coins = Coins::from(sirius_primitives::Coin { denom: denom.clone(), amount });
        if coins.is_empty() {
            continue;
        }
        match bank::transfer_unseen(state, (&COLLECTOR, &to), &coins) {
            Ok(()) => {}
            Err(Error::Fault(fault)) => return Err(fault),
            // The parts sum up to the balance just read, and a supply below 2^128 cannot overflow a balance.
            Err(Error::Refusal(refusal)) => return Err(Fault::Contradiction(refusal.text)),
        }
        ctx.emit(|ctx| event("fee_share").with("recipient", ctx.text(&to)).with("amount", coins));
    }
    Ok(to_proposer.map_or(Amount::ZERO, |(_, amount)| amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collector_is_the_account_of_its_name() {
        assert_eq!(COLLECTOR, Address::of_module("fee_collector"));
    }
}
