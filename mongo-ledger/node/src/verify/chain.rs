//! The whole ledger executed again in memory, and compared block by block with what the validators signed.

use std::sync::Arc;

use mongo_ledger_core::state::STORE;
use sirius_store::{Memory, Options, Store};

use super::VerifyError;
use crate::{
    documents::{Documents, DocumentsError},
    recovery::{ReplayError, replay, state_of},
    rpc::Rpc,
};

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// The last block that was executed.
    pub height: u64,
    /// The first block whose app hash was compared with a header: of those before it the headers are given up. What they
    /// led to is part of this one's app hash. `None` when no header was there.
    pub from: Option<u64>,
}

/// Executes everything that the documents have, signatures checked, and compares it with the headers that there are.
///
/// # Errors
/// The first block that does not agree, or whatever cannot be read.
pub async fn chain(
    documents: &dyn Documents,
    rpc: &Rpc,
    mut progress: impl FnMut(u64, u64),
) -> Result<Compared, VerifyError> {
    let state = state_of(documents).await?;
    let last = state.map_or(0, |state| u64::try_from(state.height).unwrap_or_default());
    let options = Options { name: STORE.into(), ..Options::default() };
    let store = Store::open(Arc::new(Memory::new()), options)?;
    let mut from = None;
    for height in 1..=last {
        replay(&store, documents, height, true).await.map_err(|error| told(error, height))?;
        let found = store.committed().app_hash.to_string();
        match rpc.app_hash(height).await? {
            Some(agreed) if !agreed.eq_ignore_ascii_case(&found) => {
                let what = format!("has app hash {agreed}, where the documents lead to {found}");
                return Err(rpc.wrong(height, what));
            }
            Some(_) => from = from.or(Some(height)),
            None => {}
        }
        progress(height, last);
    }
    Ok(Compared { height: last, from })
}

fn told(error: ReplayError, height: u64) -> VerifyError {
    match error {
        ReplayError::Documents(error) => error.into(),
        ReplayError::Index(fault) => fault.into(),
        ReplayError::Disagree { found, agreed } => DocumentsError::Changed {
            collection: crate::documents::Collection::Blocks,
            id: crate::documents::padded(height),
            what: format!("says {agreed}, where the documents lead to {found}"),
        }
        .into(),
    }
}
