//! Where bodies wait for the transactions that name them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use mongo_ledger_core::payload::Commitment;
use thiserror::Error;

use crate::documents::{Collection, Documents, DocumentsError};

/// How many bodies wait at most.
const MOST_BODIES: usize = 256;
/// How many bytes they have together at most: anybody can send some.
const MOST_BYTES: usize = 64 << 20;
/// How long a body waits: its transaction has been in a block long before, or never will be.
const PATIENCE: Duration = Duration::from_secs(600);

/// Too much waits already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "{bodies} payloads with {bytes} bytes wait for their transactions, which is all there is room for; send the \
     transactions, or try again in a few minutes"
)]
pub struct Full {
    /// How many bodies wait.
    pub bodies: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Bodies that no transaction names yet. They are documents already, so that a crash loses none.
#[derive(Debug, Default)]
pub(super) struct Room {
    waiting: BTreeMap<Commitment, (usize, Instant)>,
    bytes: usize,
}

impl Room {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn has(&self, commitment: &Commitment) -> bool {
        self.waiting.contains_key(commitment)
    }

    /// Lets a body wait; one that waits already may go on for as long again.
    pub(super) fn enter(&mut self, commitment: Commitment, bytes: usize, now: Instant) -> Result<(), Full> {
        self.leave(&commitment);
        if self.waiting.len() >= MOST_BODIES || self.bytes.saturating_add(bytes) > MOST_BYTES {
            return Err(Full { bodies: self.waiting.len(), bytes: self.bytes });
        }
        self.waiting.insert(commitment, (bytes, now + PATIENCE));
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }

    /// One that the chain names waits no longer.
    pub(super) fn leave(&mut self, commitment: &Commitment) {
        if let Some((bytes, _)) = self.waiting.remove(commitment) {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// Removes those whose time is over.
    pub(super) async fn expire(
        &mut self,
        documents: &dyn Documents,
        now: Instant,
    ) -> Result<(), DocumentsError> {
        let over = |(commitment, (_, until)): (&Commitment, &(usize, Instant))| {
            (*until <= now).then_some(*commitment)
        };
        let over: Vec<Commitment> = self.waiting.iter().filter_map(over).collect();
        if !over.is_empty() {
            let ids: Vec<String> = over.iter().map(ToString::to_string).collect();
            documents.remove(Collection::Payloads, &ids).await?;
            over.iter().for_each(|commitment| self.leave(commitment));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn there_is_room_for_so_many_bodies_and_bytes() {
        let (mut room, now) = (Room::default(), Instant::now());
        let name = |number: u32| Commitment::of(&[0; 32], &number.to_be_bytes());
        for number in 0..64 {
            room.enter(name(number), 1 << 20, now).unwrap();
        }
        assert_eq!(room.enter(name(64), 1, now), Err(Full { bodies: 64, bytes: 64 << 20 }));
        room.enter(name(0), 1 << 20, now).unwrap();
        room.leave(&name(0));
        room.leave(&name(0));
        assert_eq!((room.len(), room.bytes), (63, 63 << 20));
        for number in 64..257 {
            room.enter(name(number), 1, now).unwrap();
        }
        assert_eq!(room.enter(name(500), 1, now).map_err(|full| full.bodies), Err(256));
    }
}
