//! Validators that left office and answer for nothing any more.

use sirius_primitives::Address;
use sirius_runtime::Context;
use sirius_store::{Fault, Write};

use super::{
    Status, Validator, keys,
    pool::Pool,
    queue, rewards, set, slashed,
    state::{address_at, known},
};

/// Ends the responsibility of validators that left long enough ago.
pub(super) fn mature(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    for key in queue::take_due(state, keys::VALIDATOR_QUEUE, ctx.block.time)? {
        let operator = address_at(&key, keys::VALIDATOR_QUEUE.len().saturating_add(12))?;
        let before = known(state, &operator)?;
        let after = Validator { status: Status::Unbonded, ..before.clone() };
        set::save(state, &operator, Some(&before), &after);
        if after.shares.is_zero() {
            retire(ctx, state, &operator, &after)?;
        }
    }
    Ok(())
}

/// Removes a validator on which nobody stakes and which answers for nothing. Its rewards are settled; tokens without
/// shares, which roundings leave, are burned.
pub(super) fn retire(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    operator: &Address,
    validator: &Validator,
) -> Result<(), Fault> {
    rewards::close(ctx, state, operator)?;
    slashed::forget(state, operator)?;
    Pool::of(validator).burn(ctx, state, validator.tokens)?;
    set::remove(state, operator, validator);
    Ok(())
}
