//! Beginning from a snapshot that peers offer: what they send is believed as far as the trusted app hash proves it.

use sirius_primitives::{Hash, Height, sha256};
use sirius_store::{
    Fault,
    sync::{FORMAT, Manifest, Restore, RestoreError},
};
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestOfferSnapshot, ResponseApplySnapshotChunk,
    response_apply_snapshot_chunk::Result as Applied, response_offer_snapshot::Result as Offered,
};

use super::restoring::Restoring;
use crate::shared::Shared;

/// Chunks that may be wrong before a snapshot is given up: each costs its sender the place among the peers, so honest
/// networks never get there.
const MOST_WRONG: u32 = 64;

/// Why a snapshot that is offered is not taken.
enum Unwanted {
    /// It may be honest, but is not for this node.
    This(String),
    /// Its layout is not known here.
    Format(u32),
    /// It contradicts itself or the trusted hash: its senders lie.
    Lie(String),
}

impl Shared {
    /// Judges a snapshot by its manifest, before anything of it is fetched.
    pub(crate) fn offer_snapshot(&self, request: &RequestOfferSnapshot) -> Result<Offered, Fault> {
        let mut restoring = self.snapshots.restoring();
        *restoring = None;
        let verdict = match self.wanted(request)? {
            Ok(restore) => {
                tracing::info!(height = %restore.height(), chunks = restore.chunks(), "beginning from a snapshot");
                *restoring = Some(Restoring { restore, wrong: 0 });
                return Ok(Offered::Accept);
            }
            Err(unwanted) => unwanted,
        };
        let (reason, result) = match verdict {
            Unwanted::This(reason) => (reason, Offered::Reject),
            Unwanted::Lie(reason) => (reason, Offered::RejectSender),
            Unwanted::Format(format) => {
                (format!("its format is {format}, this program's is {FORMAT}"), Offered::RejectFormat)
            }
        };
        tracing::warn!(reason, "a snapshot was offered and not taken");
        Ok(result)
    }

    fn wanted(&self, request: &RequestOfferSnapshot) -> Result<Result<Restore, Unwanted>, Fault> {
        let Some(snapshot) = &request.snapshot else {
            return Ok(Err(Unwanted::This("the offer is empty".into())));
        };
        if snapshot.format != FORMAT {
            return Ok(Err(Unwanted::Format(snapshot.format)));
        }
        let Ok(trusted) = <[u8; Hash::LENGTH]>::try_from(request.app_hash.as_ref()).map(Hash::new) else {
            return Ok(Err(Unwanted::This("the trusted app hash has not 32 bytes".into())));
        };
        let manifest = match Manifest::decode(&snapshot.metadata) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(Err(Unwanted::Lie(error.to_string()))),
        };
        let chunks = usize::try_from(snapshot.chunks).unwrap_or(usize::MAX);
        let consistent = manifest.height == Height(snapshot.height)
            && manifest.chunks.len() == chunks
            && sha256(&snapshot.metadata).as_bytes().as_slice() == snapshot.hash.as_ref();
        if !consistent {
            return Ok(Err(Unwanted::Lie("its height, chunks or hash are not its manifest's".into())));
        }
        match self.store.begin_restore(manifest, &trusted) {
            Ok(restore) => Ok(Ok(restore)),
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
        let mut slot = self.snapshots.restoring();
        let Some(restoring) = slot.as_mut() else { return Ok(said(Applied::Abort)) };
        let next = u32::try_from(restoring.restore.next()).unwrap_or(u32::MAX);
        if request.index != next {
            return Ok(again(&mut slot, next, None));
        }
        match self.store.restore_chunk(&mut restoring.restore, &request.chunk) {
            Ok(false) => Ok(said(Applied::Accept)),
            Ok(true) => {
                *slot = None;
                drop(slot);
                self.restored()?;
                Ok(said(Applied::Accept))
            }
            Err(RestoreError::Fault(fault)) => Err(fault),
            Err(error @ RestoreError::WrongChunk { .. }) => {
                tracing::warn!(%error, sender = request.sender, "another chunk is asked for, of another sender");
                Ok(again(&mut slot, next, Some(request.sender)))
            }
            Err(error) => {
                tracing::warn!(%error, "the snapshot is given up");
                *slot = None;
                Ok(said(Applied::RejectSnapshot))
            }
        }
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
        *self.block() = crate::pending::BlockState::default();
        *self.check() = None;
        Ok(())
    }
}

fn said(result: Applied) -> ResponseApplySnapshotChunk {
    ResponseApplySnapshotChunk { result: result.into(), ..Default::default() }
}

/// Asks for chunk `index` again and bans whoever sent it, until the patience with this snapshot is over.
fn again(slot: &mut Option<Restoring>, index: u32, sender: Option<String>) -> ResponseApplySnapshotChunk {
    let reject_senders = sender.into_iter().filter(|sender| !sender.is_empty()).collect();
    if let Some(restoring) = slot.as_mut() {
        restoring.wrong = restoring.wrong.saturating_add(1);
        if restoring.wrong <= MOST_WRONG {
            return ResponseApplySnapshotChunk {
                result: Applied::Retry.into(),
                refetch_chunks: vec![index],
                reject_senders,
            };
        }
    }
    *slot = None;
    ResponseApplySnapshotChunk {
        result: Applied::RejectSnapshot.into(),
        reject_senders,
        ..Default::default()
    }
}
