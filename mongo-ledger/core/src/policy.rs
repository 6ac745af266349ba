//! Changing roles: whether a change may be done, and doing it.

use sirius_store::{Read, Write};

use crate::{
    access::{Change, Grant, Revocation},
    error::Error,
    refusal::Refusal,
    state,
    transaction::TransactionId,
};

/// Whether a change may be done in the block of `height`, and what the chain has then: the grant, and how many admins over
/// everything without an end.
///
/// # Errors
/// It would leave no such admin, takes what nobody has, or has an end that is past.
pub(crate) fn outcome(
    change: &Change,
    state: &(impl Read + ?Sized),
    height: u64,
    by: &TransactionId,
) -> Result<(Grant, u64), Error> {
    let before = state::grant(&change.right().id()).get(state)?;
    let after = match change {
        Change::Grant { until: Some(until), .. } if *until < height => {
            return Err(Refusal::ValidationError(format!(
                "asset.data.until is {until}, and the next block is {height}: name a height to come"
            ))
            .into());
        }
        Change::Grant { right, until } => {
            Grant { right: right.clone(), until: *until, since: height, by: Some(*by), revoked: None }
        }
        Change::Revoke { right } => match before.clone().filter(|grant| grant.counts_at(height)) {
            Some(grant) => Grant { revoked: Some(Revocation { height, by: *by }), ..grant },
            None => return Err(Refusal::GrantDoesNotExist(right.id()).into()),
        },
    };
    let admins = state::admins().get(state)?.unwrap_or_default();
    let admins = match (before.is_some_and(|grant| grant.is_lasting()), after.is_lasting()) {
        (true, false) => admins.saturating_sub(1),
        (false, true) => admins.saturating_add(1),
        _ => admins,
    };
    match admins {
        0 => Err(Refusal::LastAdmin.into()),
        _ => Ok((after, admins)),
    }
}

/// Does a change.
///
/// # Errors
/// It may not be done: nothing was written then.
pub(crate) fn apply(
    change: &Change,
    state: &mut impl Write,
    height: u64,
    by: &TransactionId,
) -> Result<(), Error> {
    let (grant, admins) = outcome(change, state, height, by)?;
    state::grant(&grant.right.id()).set(state, &grant);
    state::admins().set(state, &admins);
    Ok(())
}
