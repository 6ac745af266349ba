//! Beginning from a snapshot that peers offer, as CometBFT asks for it.

use sirius_host::snapshots::{Unwanted, read_offer};
use sirius_store::{Fault, sync::RestoreError};
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestOfferSnapshot, ResponseApplySnapshotChunk,
    response_offer_snapshot::Result as Offered,
};

use super::{Arriving, FORMAT};
use crate::ledger::Ledger;

impl Ledger {
    /// Judges a snapshot by its manifest, before anything of it is fetched.
    pub(crate) fn offer_snapshot(&self, request: &RequestOfferSnapshot) -> Result<Offered, Fault> {
        self.snapshots.joining.offered(FORMAT, || self.wanted(request))
    }

    fn wanted(&self, request: &RequestOfferSnapshot) -> Result<Result<Arriving, Unwanted>, Fault> {
        let (contents, trusted) = match read_offer(request) {
            Ok(read) => read,
            Err(unwanted) => return Ok(Err(unwanted)),
        };
        match self.begin_restore(contents, &trusted) {
            Ok(arriving) => {
                tracing::info!(height = %arriving.height(), chunks = arriving.chunks(), "beginning from a snapshot");
                Ok(Ok(arriving))
            }
            Err(RestoreError::Fault(fault)) => Err(fault),
            Err(error @ RestoreError::OtherAppHash { .. }) => Ok(Err(Unwanted::Lie(error.to_string()))),
            Err(error) => Ok(Err(Unwanted::This(error.to_string()))),
        }
    }

    /// Takes a chunk when it is proven, and asks for another one, of somebody else, when it is not.
    pub(crate) fn apply_snapshot_chunk(
        &self,
        request: RequestApplySnapshotChunk,
    ) -> Result<ResponseApplySnapshotChunk, Fault> {
        self.snapshots.joining.apply(request, |arriving, chunk| self.restore_chunk(arriving, chunk))
    }
}
