//! `ERASE`: bodies are removed on every node, and the chain keeps their commitments.

use sirius_store::{Fault, Read, Write};

use crate::{
    access::{Access, Role},
    error::Error,
    payload::Declared,
    permission,
    refusal::Refusal,
    state::{self, Chain, Payload},
    transaction::Transaction,
};

/// Notes the bodies that a transaction brings.
pub(crate) fn bring(transaction: &Transaction, state: &mut impl Write) -> Result<(), Error> {
    for Declared { commitment, bytes } in transaction.payloads() {
        if state::payload(commitment).get(state)?.is_some() {
            return Err(Refusal::DuplicatePayload(*commitment).into());
        }
        let payload = Payload {
            transaction: *transaction.id(),
            asset: transaction.asset_id(),
            authors: transaction.authors(),
            bytes: *bytes,
            erased: None,
        };
        state::payload(commitment).set(state, &payload);
    }
    Ok(())
}

/// Erases what a transaction names, and gives the chain of its asset, which the transaction continues.
pub(crate) fn erase(transaction: &Transaction, state: &mut impl Write, height: u64) -> Result<Chain, Error> {
    let asset = transaction.asset_id();
    let chain = state::chain(&asset).get(state)?;
    let chain = chain.ok_or_else(|| Refusal::InputDoesNotExist(format!("asset `{asset}` doesn't exist")))?;
    for commitment in transaction.erases() {
        let found = state::payload(commitment).get(state)?.filter(|payload| payload.asset == asset);
        let mut payload = found.ok_or(Refusal::PayloadDoesNotExist(*commitment))?;
        if let Some(height) = payload.erased {
            return Err(Refusal::PayloadErased { commitment: *commitment, height }.into());
        }
        if !may(transaction, &chain, &payload, state, height)? {
            return Err(Refusal::EraseNotAllowed(*commitment).into());
        }
        payload.erased = Some(height);
        state::payload(commitment).set(state, &payload);
    }
    Ok(chain)
}

/// Whether those who sign may erase a body: they began its asset, or brought it, or administer its namespace.
fn may(
    transaction: &Transaction,
    chain: &Chain,
    payload: &Payload,
    state: &impl Read,
    height: u64,
) -> Result<bool, Fault> {
    let authors = transaction.authors();
    if authors == chain.writers || authors == payload.authors {
        return Ok(true);
    }
    if permission::mode(state)? != Access::Permissioned {
        return Ok(false);
    }
    match permission::require(state, transaction, Role::Admin, &chain.namespace, height) {
        Ok(()) => Ok(true),
        Err(Error::Refusal(_)) => Ok(false),
        Err(Error::Fault(fault)) => Err(fault),
    }
}
