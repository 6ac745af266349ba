//! Beginning from a snapshot that peers offer: who is asked again, who is no longer asked, and when it is given up.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, ResponseApplySnapshotChunk, response_apply_snapshot_chunk::Result as Applied,
    response_offer_snapshot::Result as Offered,
};

use super::Unwanted;

/// Chunks that may be wrong before a snapshot is given up: each costs its sender the place among the peers, so honest
/// networks never get there.
const MOST_WRONG: u32 = 64;

/// A restoration under way, chunk by chunk.
pub trait Restoration {
    /// The number of the chunk that is next, counted from 0.
    fn next(&self) -> usize;
}

/// How far a chunk has brought a restoration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There are more.
    More,
    /// It was the last one: what was restored counts.
    Done,
}

/// Why a chunk is not taken; nothing of it was written.
#[derive(Debug)]
pub enum Unfit<F> {
    /// It is not the one that the manifest names: whoever sent it is to blame.
    Wrong(String),
    /// It is the manifest's, and yet not of what is trusted: the snapshot is a forgery.
    Forged(String),
    /// This node is ill.
    Fault(F),
}

/// The restoration that is under way, if one is.
#[derive(Debug)]
pub struct Joining<R>(Mutex<Option<Restoring<R>>>);

/// A restoration, and how much patience is left for it.
#[derive(Debug)]
struct Restoring<R> {
    restoration: R,
    /// How many chunks were wrong.
    wrong: u32,
}

impl<R> Default for Joining<R> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<R: Restoration> Joining<R> {
    /// Takes a snapshot that is wanted, or says why not. What was under way before is dropped first, by `judge` too.
    ///
    /// # Errors
    /// Whatever `judge` fails with.
    pub fn offered<F>(
        &self,
        format: u32,
        judge: impl FnOnce() -> Result<Result<R, Unwanted>, F>,
    ) -> Result<Offered, F> {
        let mut slot = self.slot();
        *slot = None;
        match judge()? {
            Ok(restoration) => {
                *slot = Some(Restoring { restoration, wrong: 0 });
                Ok(Offered::Accept)
            }
            Err(unwanted) => {
                let (reason, result) = unwanted.answer(format);
                tracing::warn!(reason, "a snapshot was offered and not taken");
                Ok(result)
            }
        }
    }

    /// Takes a chunk when `take` finds it proven, and asks for another one, of somebody else, when it does not.
    ///
    /// # Errors
    /// This node is ill.
    pub fn apply<F>(
        &self,
        request: RequestApplySnapshotChunk,
        take: impl FnOnce(&mut R, &[u8]) -> Result<Step, Unfit<F>>,
    ) -> Result<ResponseApplySnapshotChunk, F> {
        let mut slot = self.slot();
        let Some(restoring) = slot.as_mut() else { return Ok(said(Applied::Abort)) };
        let next = u32::try_from(restoring.restoration.next()).unwrap_or(u32::MAX);
        if request.index != next {
            return Ok(again(&mut slot, next, None));
        }
        match take(&mut restoring.restoration, &request.chunk) {
            Ok(Step::More) => Ok(said(Applied::Accept)),
            Ok(Step::Done) => {
                *slot = None;
                Ok(said(Applied::Accept))
            }
            Err(Unfit::Wrong(reason)) => {
                tracing::warn!(
                    reason,
                    sender = request.sender,
                    "another chunk is asked for, of another sender"
                );
                Ok(again(&mut slot, next, Some(request.sender)))
            }
            Err(Unfit::Forged(reason)) => {
                tracing::warn!(reason, "the snapshot is given up");
                *slot = None;
                Ok(said(Applied::RejectSnapshot))
            }
            Err(Unfit::Fault(fault)) => Err(fault),
        }
    }

    /// A panic stops the process, so a poisoned lock is never met by anyone who goes on.
    fn slot(&self) -> MutexGuard<'_, Option<Restoring<R>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn said(result: Applied) -> ResponseApplySnapshotChunk {
    ResponseApplySnapshotChunk { result: result.into(), ..Default::default() }
}

/// Asks for chunk `index` again and bans whoever sent it, until the patience with this snapshot is over.
fn again<R>(
    slot: &mut Option<Restoring<R>>,
    index: u32,
    sender: Option<String>,
) -> ResponseApplySnapshotChunk {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    /// A restoration of two chunks whose first byte is their number.
    struct Two(usize);

    impl Restoration for Two {
        fn next(&self) -> usize {
            self.0
        }
    }

    fn take(two: &mut Two, chunk: &[u8]) -> Result<Step, Unfit<String>> {
        match chunk {
            [9] => Err(Unfit::Forged("forged".into())),
            [8] => Err(Unfit::Fault("ill".into())),
            [number] if usize::from(*number) == two.0 => {
                two.0 = two.0.saturating_add(1);
                Ok(if two.0 == 2 { Step::Done } else { Step::More })
            }
            _ => Err(Unfit::Wrong("wrong".into())),
        }
    }

    fn begun() -> Joining<Two> {
        let joining = Joining::default();
        assert_eq!(joining.offered::<String>(1, || Ok(Ok(Two(0)))), Ok(Offered::Accept));
        joining
    }

    fn apply(joining: &Joining<Two>, index: u32, chunk: u8) -> (i32, Vec<u32>, Vec<String>) {
        let request =
            RequestApplySnapshotChunk { index, chunk: vec![chunk].into(), sender: format!("peer{chunk}") };
        let response = joining.apply(request, take).unwrap();
        (response.result, response.refetch_chunks, response.reject_senders)
    }

    #[test]
    fn names_who_sent_a_wrong_chunk_and_asks_again_until_it_has_had_enough() {
        let joining = begun();
        let wrong = || (Applied::Retry.into(), vec![0], vec!["peer7".to_owned()]);
        for _ in 0..MOST_WRONG {
            assert_eq!(apply(&joining, 0, 7), wrong());
        }
        let (result, _, senders) = apply(&joining, 0, 7);
        assert_eq!((result, senders), (Applied::RejectSnapshot.into(), vec!["peer7".to_owned()]));
        assert_eq!(apply(&joining, 0, 0).0, i32::from(Applied::Abort), "it is over");
    }

    #[test]
    fn takes_chunks_in_order_alone() {
        let joining = begun();
        assert_eq!(apply(&joining, 1, 1), (Applied::Retry.into(), vec![0], vec![]), "nobody is to blame");
        assert_eq!(apply(&joining, 0, 0).0, i32::from(Applied::Accept));
        assert_eq!(apply(&joining, 1, 1).0, i32::from(Applied::Accept));
        assert_eq!(apply(&joining, 2, 2).0, i32::from(Applied::Abort), "there is nothing left to do");
    }

    #[test]
    fn gives_a_forgery_up_and_passes_an_illness_on() {
        let joining = begun();
        assert_eq!(apply(&joining, 0, 9).0, i32::from(Applied::RejectSnapshot));
        let joining = begun();
        let request = RequestApplySnapshotChunk { index: 0, chunk: vec![8].into(), sender: String::new() };
        assert_eq!(joining.apply(request, take), Err("ill".to_owned()));
    }

    #[test]
    fn says_why_an_offer_is_not_taken() {
        let check = |unwanted: Unwanted, expected: Offered| {
            let joining: Joining<Two> = Joining::default();
            assert_eq!(joining.offered::<String>(1, || Ok(Err(unwanted))), Ok(expected));
        };
        check(Unwanted::This("another chain's".into()), Offered::Reject);
        check(Unwanted::Format(2), Offered::RejectFormat);
        check(Unwanted::Lie("lie".into()), Offered::RejectSender);
    }
}
