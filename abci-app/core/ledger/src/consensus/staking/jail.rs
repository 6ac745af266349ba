//! Keeping validators out of office.

use sirius_primitives::Address;
use sirius_runtime::Context;
use sirius_store::{Fault, Write};

use super::{Validator, set, state::known};

/// Keeps a validator out of office until [`unjail`].
///
/// # Errors
/// This node cannot read its state.
pub fn jail(_: &Context<'_>, state: &mut dyn Write, operator: &Address) -> Result<(), Fault> {
    set_jailed(state, operator, true)
}

/// Lets a validator stand again.
///
/// # Errors
/// This node cannot read its state.
pub fn unjail(_: &Context<'_>, state: &mut dyn Write, operator: &Address) -> Result<(), Fault> {
    set_jailed(state, operator, false)
}

fn set_jailed(state: &mut dyn Write, operator: &Address, jailed: bool) -> Result<(), Fault> {
    let before = known(state, operator)?;
    if before.jailed != jailed {
        set::save(state, operator, Some(&before), &Validator { jailed, ..before.clone() });
    }
    Ok(())
}
