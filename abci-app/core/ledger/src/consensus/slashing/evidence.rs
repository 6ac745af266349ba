//! Judging what CometBFT proves: a validator that signed twice loses a part of what stood behind it, and never makes
//! blocks again.

use sirius_primitives::Blocks;
use sirius_runtime::{
    Context, Misbehavior,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Write};

use super::{keys, params::DOUBLE_SIGN};
use crate::consensus::staking::{self, Fraction, Status, Wrong, consensus_text, time::later};

/// Judges each proven wrong that the block brought.
pub(super) fn judge(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    for misbehavior in &ctx.report.misbehavior {
        judge_one(ctx, state, misbehavior)?;
    }
    Ok(())
}

fn judge_one(ctx: &mut Context<'_>, state: &mut dyn Write, wrong: &Misbehavior) -> Result<(), Fault> {
    let consensus = &wrong.validator;
    let tombstone = keys::tombstone(consensus);
    // One slash for all that a key ever signed twice: it never signs again.
    if tombstone.get(state)?.is_some() {
        return Ok(());
    }
    // What is older than the unbonding time can meet nobody who stood behind it.
    if later(wrong.time, staking::unbonding_seconds(state)?) < ctx.block.time {
        return Ok(());
    }
    let Some(operator) = staking::operator_of(state, consensus)? else { return Ok(()) };
    let Some(validator) = staking::validator(state, &operator)? else { return Ok(()) };
    if validator.consensus() != *consensus || validator.status == Status::Unbonded {
        return Ok(());
    }
    let fraction = Fraction::of_basis_points(DOUBLE_SIGN.get(state)?);
    // Validators of a height were decided two blocks before its own end: what left in the block before it, or later,
    // still stood behind what was signed.
    let since = Some(wrong.height.before(Blocks(1)));
    let burned = staking::slash(ctx, state, &operator, Wrong { power: wrong.power, fraction, since })?;
    staking::jail(ctx, state, &operator)?;
    tombstone.set(state, &true);
    ctx.emit(|ctx| {
        let consensus = consensus_text(consensus, &ctx.chain.prefix);
        let shown = event("slash").with("address", &consensus).with("power", wrong.power);
        shown.with("reason", "double_sign").with("jailed", consensus).with("burned_coins", burned)
    });
    Ok(())
}
