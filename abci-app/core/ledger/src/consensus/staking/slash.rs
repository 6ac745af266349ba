//! Taking from a stake for what its validator did wrong.
//!
//! A slash takes tokens of the validator at once, which costs the same however many delegate to it. What had left it
//! since the wrong, on its way back or moved to another validator, answers too: a slash for signing twice is written
//! down, taken off each of those when it is touched, and by a sweep of at most [`MOST_SWEPT`] a block.

use sirius_primitives::{Address, Amount, Height};
use sirius_runtime::Context;
use sirius_store::{Fault, Span, Write};

use super::{
    Fraction, Validator, keys,
    pool::Pool,
    redelegation,
    set::{self, TOKENS_PER_POWER},
    slashed,
    state::{address_at, first_keys, known},
    stored::Slash,
    unbonding,
};

/// What a sweep goes through in one block at most.
const MOST_SWEPT: usize = 200;

/// A validator's wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// The power that stood behind it.
    pub power: u64,
    /// What part of it is lost.
    pub fraction: Fraction,
    /// From which block on those who left stood behind it; `None` when nobody who left did.
    pub since: Option<Height>,
}

/// Takes from a validator's stake, and says how much was burned at once.
///
/// # Errors
/// This node cannot read its state, or the module's sums are wrong.
pub fn slash(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    operator: &Address,
    wrong: Wrong,
) -> Result<Amount, Fault> {
    let before = known(state, operator)?;
    let stood = Amount::new(u128::from(wrong.power).saturating_mul(TOKENS_PER_POWER));
    // What came after the wrong is not taken for it, except where it made up for what left.
    let cut = wrong.fraction.of(stood.min(before.tokens));
    let tokens = before.tokens.checked_sub(cut).unwrap_or_default();
    Pool::of(&before).burn(ctx, state, cut)?;
    if let Some(part) = Fraction::between(cut, before.tokens).filter(|_| !cut.is_zero()) {
        slashed::remember(state, operator, ctx.block.height, part)?;
    }
    set::save(state, operator, Some(&before), &Validator { tokens, ..before.clone() });
    if let Some(since) = wrong.since {
        let slash = Slash { since, fraction: wrong.fraction };
        keys::slash(operator, ctx.block.height).set(state, &slash);
        keys::sweep(operator).set(state, &Vec::new());
    }
    Ok(cut)
}

/// Goes on with taking off what slashes cost those who left.
pub(super) fn sweep(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let mut left = MOST_SWEPT;
    for job in first_keys(state, &Span::prefix(keys::SWEEPS), MOST_SWEPT)? {
        let operator = address_at(&job, keys::SWEEPS.len())?;
        let key = keys::sweep(&operator);
        let mut seen = key.get(state)?.unwrap_or_default();
        // In the order of their keys, so that one mark tells how far both have come.
        for beginning in [keys::redelegations_from(&operator), keys::unbondings_from(&operator)] {
            let mut span = Span::prefix(&beginning);
            // The key after the last one that was seen.
            let after = [seen.as_slice(), &[0]].concat();
            span.from = span.from.max(after);
            for met in first_keys(state, &span, left)? {
                left = left.saturating_sub(1);
                carry_out(ctx, state, &operator, met.get(beginning.len()..).unwrap_or_default())?;
                seen = met;
            }
        }
        if left == 0 {
            key.set(state, &seen);
            return Ok(());
        }
        key.remove(state);
    }
    Ok(())
}

/// Settles what stands in a key behind the source: a delegator, or a delegator and a destination.
fn carry_out(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    source: &Address,
    rest: &[u8],
) -> Result<(), Fault> {
    let delegator = address_at(rest, 0)?;
    if rest.len() > Address::LENGTH {
        let destination = address_at(rest, Address::LENGTH)?;
        redelegation::settled(ctx, state, (&delegator, &destination, source))?;
    } else {
        unbonding::settled(ctx, state, (&delegator, source))?;
    }
    Ok(())
}
