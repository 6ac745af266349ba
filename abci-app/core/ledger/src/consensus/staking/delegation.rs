//! Shares coming to a delegation and going from it, whatever message or slash is the reason.

use sirius_primitives::{Address, Amount};
use sirius_runtime::{Context, Error};
use sirius_store::{Fault, Write};

use super::{
    Delegation, Refused, Shares, Status, Validator,
    address::operator_text,
    jail, keys,
    params::MOST_STAKED,
    retire, rewards, set,
    state::{self, known},
};

/// Credits a delegation with `amount` tokens, which the caller has put, or puts, into the validator's pool.
///
/// # Errors
/// A validator whose shares cannot be sold, or more than the chain reckons with.
pub(super) fn add(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
    amount: Amount,
) -> Result<Shares, Error> {
    let before = state::named(ctx, state, operator)?;
    let worthless = || Refused::Worthless { operator: operator_text(operator, &ctx.chain.prefix) };
    let issued = before.stake().issue(amount).ok_or_else(worthless)?;
    let shares = before.shares.plus(issued).ok_or_else(worthless)?;
    let tokens = before.tokens.checked_add(amount).filter(|tokens| *tokens <= MOST_STAKED);
    let tokens = tokens.ok_or(Refused::TooMuchStaked { most: MOST_STAKED })?;
    let key = keys::delegation(delegator, operator);
    let mut delegation = match key.get(state)? {
        Some(delegation) => rewards::settle(ctx, state, (delegator, operator), delegation)?,
        None => {
            keys::delegator(operator, delegator).set(state, &true);
            Delegation { shares: Shares::ZERO, paid: rewards::index(state, operator)? }
        }
    };
    // A delegation's shares are among the validator's, whose sum was just taken.
    delegation.shares = delegation.shares.plus(issued).ok_or_else(worthless)?;
    key.set(state, &delegation);
    set::save(state, operator, Some(&before), &Validator { tokens, shares, ..before.clone() });
    Ok(issued)
}

/// Takes shares from a delegation that has them, pays its rewards, and says what tokens they were. Those stay in the
/// pool that they are in, for the caller to move or to burn.
pub(super) fn take(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
    (delegation, shares): (Delegation, Shares),
) -> Result<Amount, Fault> {
    let before = known(state, operator)?;
    let wrong = || Fault::Contradiction(format!("more shares of {operator:?} are taken than there are"));
    let delegation = rewards::settle(ctx, state, (delegator, operator), delegation)?;
    let left = delegation.shares.minus(shares).ok_or_else(wrong)?;
    let key = keys::delegation(delegator, operator);
    if left.is_zero() {
        key.remove(state);
        keys::delegator(operator, delegator).remove(state);
    } else {
        key.set(state, &Delegation { shares: left, ..delegation });
    }
    let tokens = before.worth(shares);
    let after = Validator {
        tokens: before.tokens.checked_sub(tokens).ok_or_else(wrong)?,
        shares: before.shares.minus(shares).ok_or_else(wrong)?,
        ..before.clone()
    };
    set::save(state, operator, Some(&before), &after);
    if delegator == operator && !after.jailed && after.worth(left) < after.least_own_stake {
        jail::jail(ctx, state, operator)?;
    }
    if after.shares.is_zero() && after.status == Status::Unbonded {
        let last = known(state, operator)?;
        retire::retire(ctx, state, operator, &last)?;
    }
    Ok(tokens)
}
