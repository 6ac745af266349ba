//! Who decides for the chain.

use sirius_primitives::Address;
use sirius_runtime::{Context, Error};
use sirius_store::{Fault, Read};

use super::{Refused, keys};

/// The account that changes parameters and plans upgrades: the chain's own account `gov` unless genesis says otherwise.
///
/// # Errors
/// This node cannot read its state.
pub fn authority(state: &(impl Read + ?Sized)) -> Result<Address, Fault> {
    keys::authority().get(state)?.ok_or_else(|| Fault::Contradiction("nobody has authority".into()))
}

/// Lets through the chain's authority alone.
///
/// # Errors
/// `params` 1 for anybody else.
pub fn authorize(ctx: &Context<'_>, state: &(impl Read + ?Sized), account: &Address) -> Result<(), Error> {
    let authority = authority(state)?;
    if authority == *account {
        return Ok(());
    }
    Err(Refused::NotAuthority { expected: ctx.text(&authority), found: ctx.text(account) }.into())
}
