//! Beginning from a snapshot that peers offer, as CometBFT asks for it.

use sirius_host::snapshots::{Unwanted, read_offer};
use sirius_store::{Fault, sync::RestoreError};
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestOfferSnapshot, ResponseApplySnapshotChunk,
    response_offer_snapshot::Result as Offered,
};

use super::{Arriving, FORMAT, Snapshots};
use crate::ledger::Ledger;

impl Snapshots {
    /// Judges a snapshot by its manifest, before anything of it is fetched.
    pub(crate) fn offered(&self, ledger: &Ledger, request: &RequestOfferSnapshot) -> Result<Offered, Fault> {
        self.joining.offered(FORMAT, || wanted(ledger, request))
    }

    /// Takes a chunk when it is proven, and asks for another one, of somebody else, when it is not.
    pub(crate) fn apply(
        &self,
        ledger: &Ledger,
        request: RequestApplySnapshotChunk,
    ) -> Result<ResponseApplySnapshotChunk, Fault> {
        self.joining.apply(request, |arriving, chunk| ledger.restore_chunk(arriving, chunk))
    }
}

/// What arrives from now on, or why the snapshot is not wanted.
fn wanted(ledger: &Ledger, request: &RequestOfferSnapshot) -> Result<Result<Arriving, Unwanted>, Fault> {
    let (contents, trusted) = match read_offer(request) {
        Ok(read) => read,
        Err(unwanted) => return Ok(Err(unwanted)),
    };
    match ledger.begin_restore(contents, &trusted) {
        Ok(arriving) => {
            tracing::info!(height = %arriving.height(), chunks = arriving.chunks(), "beginning from a snapshot");
            Ok(Ok(arriving))
        }
        Err(RestoreError::Fault(fault)) => Err(fault),
        Err(error @ RestoreError::OtherAppHash { .. }) => Ok(Err(Unwanted::Lie(error.to_string()))),
        Err(error) => Ok(Err(Unwanted::This(error.to_string()))),
    }
}
