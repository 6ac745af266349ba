//! Beginning from a snapshot that peers offer: what they send is believed as far as the trusted app hash proves it.

use sirius_host::snapshots::{Step, Unfit, Unwanted, read_offer};
use sirius_store::{
    Fault,
    sync::{FORMAT, RestoreError},
};
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestOfferSnapshot, ResponseApplySnapshotChunk,
    response_offer_snapshot::Result as Offered,
};

use crate::{
    pending::BlockState,
    shared::Shared,
    snapshots::{Arriving, Contents},
};

impl Shared {
    /// Judges a snapshot by its manifest, before anything of it is fetched.
    pub(crate) fn offer_snapshot(&self, request: &RequestOfferSnapshot) -> Result<Offered, Fault> {
        self.snapshots.joining.offered(FORMAT, || self.wanted(request))
    }

    fn wanted(&self, request: &RequestOfferSnapshot) -> Result<Result<Arriving, Unwanted>, Fault> {
        let (Contents(manifest), trusted) = match read_offer(request) {
            Ok(read) => read,
            Err(unwanted) => return Ok(Err(unwanted)),
        };
        match self.store.begin_restore(manifest, &trusted) {
            Ok(restore) => {
                tracing::info!(height = %restore.height(), chunks = restore.chunks(), "beginning from a snapshot");
                Ok(Ok(Arriving(restore)))
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
        self.snapshots.joining.apply(request, |Arriving(restore), chunk| {
            match self.store.restore_chunk(restore, chunk) {
                Ok(false) => Ok(Step::More),
                Ok(true) => self.restored().map(|()| Step::Done).map_err(Unfit::Fault),
                Err(RestoreError::Fault(fault)) => Err(Unfit::Fault(fault)),
                Err(error @ RestoreError::WrongChunk { .. }) => Err(Unfit::Wrong(error.to_string())),
                Err(error) => Err(Unfit::Forged(error.to_string())),
            }
        })
    }

    /// The state is there: goes on from it as if it had been executed.
    fn restored(&self) -> Result<(), Fault> {
        let height = self.store.committed().height;
        let chain = sirius_runtime::Chain::load(&self.store.latest())?;
        let chain = chain.ok_or(Fault::Damaged {
            what: "the restored state",
            detail: "it is proven, and yet of no chain of this program".into(),
        })?;
        tracing::info!(%height, chain = chain.id, "the snapshot is restored");
        self.set_chain(chain);
        *self.block() = BlockState::default();
        *self.check() = None;
        Ok(())
    }
}
