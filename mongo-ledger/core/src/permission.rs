//! Whether somebody may do what they do: roles are asked of the state.
//!
//! Whoever acts is asked for the role in the namespace of the asset (`ns` in its document), in the mempool and in the
//! block by the same code: what an earlier transaction of the block granted or revoked counts at once. On an open chain
//! nothing is asked.

use std::collections::BTreeSet;

use sirius_store::{Fault, Read};

use crate::{
    access::{Access, Holder, Namespace, Role},
    condition::Fulfillment,
    error::Error,
    key::PublicKey,
    refusal::Refusal,
    state,
    transaction::Transaction,
};

/// Whether the chain asks for roles.
///
/// # Errors
/// The state cannot be read.
pub fn mode(state: &(impl Read + ?Sized)) -> Result<Access, Fault> {
    Ok(state::settings().get(state)?.unwrap_or_default().access)
}

/// Whether somebody has a role in a namespace in the block of `height`, by a grant for it or for one that covers it: at
/// most nine look-ups. Whether the chain asks for roles at all is [`mode`]'s to say.
///
/// # Errors
/// The state cannot be read.
pub fn holds(
    state: &(impl Read + ?Sized),
    holder: &Holder,
    role: Role,
    namespace: &Namespace,
    height: u64,
) -> Result<bool, Fault> {
    let hash = holder.hash();
    for scope in namespace.scopes() {
        let grant = state::grant_in(&hash, role, scope).get(state)?;
        if grant.is_some_and(|grant| grant.counts_at(height)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether those who sign a transaction have a role in a namespace: for each input the condition that is met, or every key
/// that signed for it. Whether the chain asks for roles at all is [`mode`]'s to say.
///
/// # Errors
/// `RoleMissing`, or the state cannot be read.
pub(crate) fn require(
    state: &(impl Read + ?Sized),
    transaction: &Transaction,
    role: Role,
    namespace: &Namespace,
    height: u64,
) -> Result<(), Error> {
    for input in transaction.inputs() {
        let holder = Holder::of(&input.fulfillment);
        if holds(state, &holder, role, namespace, height)? {
            continue;
        }
        let missing = |who: String| Refusal::RoleMissing { who, role, namespace: namespace.clone() };
        let keys = match &input.fulfillment {
            Fulfillment::Ed25519 { public_key, .. } => return Err(missing(public_key.to_string()).into()),
            Fulfillment::Threshold { .. } => input.fulfillment.keys(),
        };
        let keys: BTreeSet<PublicKey> = keys.into_iter().collect();
        for key in keys {
            if !holds(state, &Holder::from(&key), role, namespace, height)? {
                return Err(missing(key.to_string()).into());
            }
        }
    }
    Ok(())
}
