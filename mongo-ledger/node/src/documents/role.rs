//! Roles as documents.

use mongo_ledger_core::{
    access::{Grant, RightId},
    election::Election,
    transaction::{Transaction, TransactionId},
};
use mongodb::bson::{Bson, Document, doc};

use super::state::wide;

/// A grant as a document. A role that has ended stays, and says when and by what.
pub fn granted(grant: &Grant) -> Document {
    let height = |height: Option<u64>| height.map_or(Bson::Null, |height| Bson::Int64(wide(height)));
    let text = |id: Option<TransactionId>| id.map_or(Bson::Null, |id| Bson::String(id.to_string()));
    doc! {
        "_id": grant.right.id().to_string(),
        "subject": grant.right.holder.as_str(),
        "role": grant.right.role.as_str(),
        "namespace": grant.right.namespace.as_str(),
        "since": wide(grant.since),
        "by": text(grant.by),
        "until": height(grant.until),
        "revoked": height(grant.revoked.map(|revoked| revoked.height)),
        "revoked_by": text(grant.revoked.map(|revoked| revoked.by)),
        "h": wide(grant.revoked.map_or(grant.since, |revoked| revoked.height)),
    }
}

/// The rights that a block with these transactions may have changed; `elections` gives an election as it was before.
///
/// # Errors
/// Those of `elections`.
pub fn rights<E>(
    transactions: &[Transaction],
    elections: impl Fn(&TransactionId) -> Result<Option<Election>, E>,
) -> Result<Vec<RightId>, E> {
    let mut rights = Vec::new();
    for transaction in transactions {
        let asked = transaction.proposal().and_then(|proposal| proposal.change());
        rights.extend(transaction.change().or(asked).map(|change| change.right().id()));
        let voted = elections(&transaction.asset_id())?;
        rights.extend(voted.iter().filter_map(|one| one.proposal.change()).map(|change| change.right().id()));
    }
    rights.sort_unstable();
    rights.dedup();
    Ok(rights)
}
