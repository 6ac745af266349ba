//! From which height on CometBFT is to keep blocks: what nobody needs any more is given back to the disk.

use sirius_host::snapshots::retained;
use sirius_primitives::Height;
use sirius_runtime::EvidenceAge;
use sirius_store::Fault;

use crate::shared::Shared;

impl Shared {
    /// The lowest height whose block is still needed; height 0 keeps them all.
    ///
    /// A block is needed as long as the operator wants it, as evidence about its height can come, and as a node may
    /// begin from a snapshot before it. How *long* evidence counts, beside how many blocks, is looked after by CometBFT:
    /// it keeps what its pool of evidence needs, whatever is answered here.
    pub(crate) fn retain_height(&self) -> Result<Height, Fault> {
        let latest = self.store.latest();
        // Without knowing how old evidence may be, nothing is safe to give up.
        let Some(EvidenceAge { blocks }) = EvidenceAge::load(&latest)? else { return Ok(Height::ZERO) };
        let height = latest.height();
        Ok(retained(height, self.retain_blocks, blocks, self.snapshots.needed_from(height)))
    }
}
