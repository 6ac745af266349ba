//! A host that has lost everything begins from a snapshot of the others, among liars and power cuts.

use sirius_runtime::dice::Dice;
use tendermint_proto::v0_38::abci::{
    Snapshot, response_apply_snapshot_chunk::Result as Applied, response_offer_snapshot::Result as Offered,
};

use crate::{
    drive::Cut,
    node::{Died, hash_at},
    point::Point,
    world::World,
};

/// A restoration that is cut begins anew, this often at most: each cut is drawn once for a try.
const TRIES: u32 = 20;

impl World {
    /// Wipes a host and lets it join; `false` when no snapshot can be trusted yet.
    pub(crate) fn state_sync(&mut self, index: usize) -> bool {
        let Some((peer, snapshot)) = self.offered() else { return false };
        self.nodes[index].wipe();
        for _ in 0..TRIES {
            self.nodes[index].begin_state_sync();
            if self.restored(index, peer, &snapshot).is_ok() {
                self.nodes[index].end_state_sync(snapshot.height, &self.blocks);
                return true;
            }
        }
        panic!("no restoration came to its end");
    }

    fn restored(&mut self, index: usize, peer: usize, snapshot: &Snapshot) -> Result<(), Died> {
        let trusted = hash_at(&self.blocks, snapshot.height);
        if self.dice.once_in(2) {
            self.tally.hit(Point::SnapshotLie);
            let (lie, expected) = lie(&mut self.dice, snapshot);
            assert_eq!(self.nodes[index].offer(&lie, trusted.clone()), expected);
        }
        assert_eq!(self.nodes[index].offer(snapshot, trusted), Offered::Accept);
        for chunk in 0..snapshot.chunks {
            if self.dice.once_in(20) {
                self.tally.hit(Point::RestoreCut);
                self.nodes[index].end();
                return Err(Died);
            }
            let bytes = self.nodes[peer].load(snapshot, chunk);
            if self.dice.once_in(8) {
                self.tally.hit(Point::ChunkLie);
                let mut wrong = bytes.to_vec();
                let at = usize::try_from(self.dice.below(wrong.len() as u64)).unwrap();
                wrong[at] ^= 1 << self.dice.below(8);
                let answer = self.nodes[index].apply(chunk, wrong.into(), None)?;
                assert_eq!(answer.result(), Applied::Retry);
                assert_eq!(answer.refetch_chunks, [chunk]);
                assert_eq!(answer.reject_senders, [format!("peer-{chunk}")]);
            }
            let cut = self.dice.once_in(20).then(|| Cut::Within(self.dice.below(1_000)));
            if cut.is_some() {
                self.tally.hit(Point::RestoreTorn);
            }
            let answer = self.nodes[index].apply(chunk, bytes, cut)?;
            assert_eq!(answer.result(), Applied::Accept, "chunk {chunk}");
        }
        Ok(())
    }
}

/// The same snapshot with one thing wrong, and what is to become of it.
fn lie(dice: &mut Dice, snapshot: &Snapshot) -> (Snapshot, Offered) {
    let mut lie = snapshot.clone();
    let mut metadata = lie.metadata.to_vec();
    let expected = match dice.below(5) {
        0 => {
            lie.format += 1;
            Offered::RejectFormat
        }
        1 => {
            lie.chunks += 1;
            Offered::RejectSender
        }
        2 => {
            lie.height += 1;
            Offered::RejectSender
        }
        3 => {
            metadata.push(0);
            Offered::RejectSender
        }
        _ => {
            let at = usize::try_from(dice.below(metadata.len() as u64)).unwrap();
            metadata[at] ^= 1;
            Offered::RejectSender
        }
    };
    lie.metadata = metadata.into();
    (lie, expected)
}
