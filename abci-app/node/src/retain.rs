//! From which height on CometBFT is to keep blocks: what nobody needs any more is given back to the disk.

use sirius_primitives::{Blocks, Height};
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
        let evidence = EvidenceAge::load(&latest)?;
        let needed = self.snapshots.needed_from(latest.height());
        Ok(retained(latest.height(), self.retain_blocks, evidence, needed))
    }
}

fn retained(
    committed: Height,
    wanted: Blocks,
    evidence: Option<EvidenceAge>,
    snapshots: Option<Height>,
) -> Height {
    if wanted == Blocks(0) {
        return Height::ZERO;
    }
    // Without knowing how old evidence may be, nothing is safe to give up.
    let Some(EvidenceAge { blocks }) = evidence else { return Height::ZERO };
    let height = committed.before(wanted).min(committed.before(blocks));
    snapshots.map_or(height, |snapshots| snapshots.min(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_anybody_needs() {
        let check = |wanted: u64, evidence: Option<u64>, snapshots: Option<u64>, expected: u64| {
            let evidence = evidence.map(|blocks| EvidenceAge { blocks: Blocks(blocks) });
            let height = retained(Height(1_000), Blocks(wanted), evidence, snapshots.map(Height));
            assert_eq!(height, Height(expected));
        };
        check(0, Some(10), None, 0);
        check(100, None, None, 0);
        check(100, Some(10), None, 900);
        check(10, Some(100), None, 900);
        check(10, Some(100), Some(950), 900);
        check(10, Some(10), Some(800), 800);
        check(5_000, Some(10), None, 0);
        check(10, Some(100_000), None, 0);
    }
}
