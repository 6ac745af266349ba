//! What delegators earn: a block's reward is shared among all of them by one number.
//!
//! Each validator has an *index*, the sum of what one share has ever earned, with 128 binary digits behind the point. A
//! delegation remembers the index up to which it was paid; it is owed `shares × (index − paid)`, rounded down. Because
//! a slash leaves shares as they are, the same number serves before and after. What is too little for the index to move
//! waits in `pending`; every rounding stays with the validator's delegators, so that never more is paid than came in.

use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{
    Context,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Read, Write};

use super::{
    Delegation, Shares, Validator,
    address::operator_text,
    keys,
    state::{operator_of, sure, validator},
    stored::Rewards,
    wide::Wide,
};
use crate::base::{
    bank,
    fee::{self, Price},
};

impl Rewards {
    /// Takes in a reward for `shares`, of which the validator keeps `commission`.
    fn earn(&mut self, amount: Amount, commission: Amount, shares: Shares) -> Option<()> {
        let mut after = *self;
        after.outstanding = after.outstanding.checked_add(amount)?;
        after.commission = after.commission.checked_add(commission)?;
        after.pending = after.pending.checked_add(amount.checked_sub(commission)?)?;
        after.advance(shares);
        *self = after;
        Some(())
    }

    /// Moves the index by what is pending, as far as it goes: with no shares, or an index at its end, it waits.
    fn advance(&mut self, shares: Shares) {
        let pending = Wide { high: self.pending.units(), low: 0 };
        let Some((step, _)) = pending.divide(shares.units()) else { return };
        let Some(index) = self.index.checked_add(step) else { return };
        // What all shares together are now owed, rounded up.
        let spent = Wide::product(step, shares.units());
        let spent = spent.high.saturating_add(u128::from(spent.low > 0));
        let Some(pending) = self.pending.checked_sub(Amount::new(spent)) else { return };
        (self.index, self.pending) = (index, pending);
    }

    /// What a delegation is owed.
    pub(super) fn owed(&self, delegation: &Delegation) -> Amount {
        let earned = self.index.saturating_sub(delegation.paid);
        Amount::new(Wide::product(delegation.shares.units(), earned).high)
    }
}

/// The account where rewards wait; its name is that of Cosmos' module account.
pub(super) fn account() -> Address {
    Address::of_module("distribution")
}

/// A validator's rewards.
pub(super) fn of(state: &(impl Read + ?Sized), operator: &Address) -> Result<Rewards, Fault> {
    Ok(keys::rewards(operator).get(state)?.unwrap_or_default())
}

/// A validator's index.
pub(super) fn index(state: &(impl Read + ?Sized), operator: &Address) -> Result<u128, Fault> {
    Ok(of(state, operator)?.index)
}

/// Where an account's rewards go.
pub(super) fn withdraw_address(state: &(impl Read + ?Sized), delegator: &Address) -> Result<Address, Fault> {
    Ok(keys::withdraw(delegator).get(state)?.unwrap_or(*delegator))
}

/// Pays the block's fees: the proposer's part to its validator and those who stake on it. One that is no validator, as
/// on a chain without any, has it on the account of its consensus key.
pub(super) fn distribute(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let proposer: Option<Address> = ctx.block.proposer.as_slice().try_into().ok().map(Address::new);
    let Some(consensus) = proposer else {
        fee::pay_out(ctx, state, None)?;
        return Ok(());
    };
    let Some(operator) = operator_of(state, &consensus)? else {
        fee::pay_out(ctx, state, Some(&consensus))?;
        return Ok(());
    };
    // One on which nobody stakes any more has nobody to share with.
    let validator = validator(state, &operator)?;
    let Some(validator) = validator.filter(|validator| !validator.shares.is_zero()) else {
        fee::pay_out(ctx, state, None)?;
        return Ok(());
    };
    let amount = fee::pay_out(ctx, state, Some(&account()))?;
    if amount.is_zero() { Ok(()) } else { credit(ctx, state, (&operator, &validator), amount) }
}

fn credit(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (operator, validator): (&Address, &Validator),
    amount: Amount,
) -> Result<(), Fault> {
    let key = keys::rewards(operator);
    let mut rewards = key.get(state)?.unwrap_or_default();
    let commission = validator.commission.rate.of(amount);
    rewards
        .earn(amount, commission, validator.shares)
        .ok_or_else(|| Fault::Contradiction("rewards are beyond every supply".into()))?;
    key.set(state, &rewards);
    let denom = Price::load(state)?.denom;
    for (kind, amount) in [("rewards", amount), ("commission", commission)] {
        ctx.emit(|ctx| {
            let shown = event(kind).with("amount", format!("{amount}{denom}"));
            shown.with("validator", operator_text(operator, &ctx.chain.prefix))
        });
    }
    Ok(())
}

/// Pays a delegation what it is owed, and gives it back as it is then. Its shares may change only after that.
pub(super) fn settle(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
    delegation: Delegation,
) -> Result<Delegation, Fault> {
    let rewards = of(state, operator)?;
    let owed = rewards.owed(&delegation);
    let to = withdraw_address(state, delegator)?;
    if pay(ctx, state, (operator, &to), (rewards, owed))? {
        let denom = Price::load(state)?.denom;
        ctx.emit(|ctx| {
            let shown = event("withdraw_rewards").with("amount", format!("{owed}{denom}"));
            let shown = shown.with("validator", operator_text(operator, &ctx.chain.prefix));
            shown.with("delegator", ctx.text(delegator))
        });
    }
    Ok(Delegation { paid: rewards.index, ..delegation })
}

/// Pays a validator its commission, and says how much it was.
pub(super) fn settle_commission(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    operator: &Address,
) -> Result<Amount, Fault> {
    let rewards = of(state, operator)?;
    let amount = rewards.commission;
    let to = withdraw_address(state, operator)?;
    if pay(ctx, state, (operator, &to), (Rewards { commission: Amount::ZERO, ..rewards }, amount))? {
        let denom = Price::load(state)?.denom;
        ctx.emit(|ctx| {
            let shown = event("withdraw_commission").with("amount", format!("{amount}{denom}"));
            shown.with("validator", operator_text(operator, &ctx.chain.prefix))
        });
    }
    Ok(amount)
}

/// Settles a validator that goes: its commission is its operator's, what roundings left is the community's.
pub(super) fn close(ctx: &mut Context<'_>, state: &mut dyn Write, operator: &Address) -> Result<(), Fault> {
    settle_commission(ctx, state, operator)?;
    let rewards = of(state, operator)?;
    pay(ctx, state, (operator, &fee::community()), (rewards, rewards.outstanding))?;
    keys::rewards(operator).remove(state);
    Ok(())
}

/// Pays out of a validator's rewards and keeps the rest; says whether there was something.
fn pay(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (operator, to): (&Address, &Address),
    (mut rewards, amount): (Rewards, Amount),
) -> Result<bool, Fault> {
    if amount.is_zero() {
        return Ok(false);
    }
    rewards.outstanding = rewards.outstanding.checked_sub(amount).ok_or_else(|| {
        Fault::Contradiction(format!("{operator:?} pays {amount} of rewards, more than came in"))
    })?;
    keys::rewards(operator).set(state, &rewards);
    let coins = Coins::from(Coin { denom: Price::load(state)?.denom, amount });
    sure(bank::transfer(ctx, state, (&account(), to), &coins))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;
    use crate::consensus::staking::Fraction;

    #[test]
    fn waits_until_the_index_can_move() {
        let mut rewards = Rewards::default();
        let (amount, none) = (Amount::new(7), Amount::ZERO);
        rewards.earn(amount, none, Shares::ZERO).unwrap();
        assert_eq!((rewards.index, rewards.pending), (0, amount));
        rewards.earn(none, none, Shares(7 * Shares::SCALE)).unwrap();
        assert!(rewards.index > 0 && rewards.pending <= Amount::new(1));
        let (mut full, before) = (Rewards { index: u128::MAX, ..Rewards::default() }, Rewards::default());
        full.earn(amount, none, Shares(Shares::SCALE)).unwrap();
        assert_eq!((full.index, full.pending, before.index), (u128::MAX, amount, 0));
    }

    proptest! {
        /// Whoever comes, goes and withdraws, and whenever: what is owed and was paid is never more than what came in,
        /// and nearly everything is owed to somebody.
        #[test]
        fn never_more_than_came_in(
            steps in prop::collection::vec((0..4usize, 0..4u8, 1..1u128 << 70, 0..1u128 << 50), 1..60),
        ) {
            let mut rewards = Rewards::default();
            let mut members = [Delegation { shares: Shares::ZERO, paid: 0 }; 4];
            let (mut came, mut paid) = (Amount::ZERO, Amount::ZERO);
            for (member, action, shares, amount) in steps {
                let all = Shares(members.iter().map(|member| member.shares.units()).sum());
                let amount = Amount::new(amount);
                match action {
                    0 | 1 if !all.is_zero() => {
                        rewards.earn(amount, Fraction::of_basis_points(1_000).of(amount), all).unwrap();
                        came = came.checked_add(amount).unwrap();
                    }
                    _ => {
                        let owed = rewards.owed(&members[member]);
                        rewards.outstanding = rewards.outstanding.checked_sub(owed).unwrap();
                        paid = paid.checked_add(owed).unwrap();
                        members[member].paid = rewards.index;
                        members[member].shares = Shares(if action == 2 { 0 } else { shares });
                    }
                }
                let owed: u128 = members.iter().map(|member| rewards.owed(member).units()).sum();
                let spoken_for = owed + rewards.commission.units() + rewards.pending.units();
                prop_assert!(spoken_for <= rewards.outstanding.units());
                prop_assert_eq!(rewards.outstanding.checked_add(paid), Some(came));
            }
        }
    }
}
