//! Over which headers the newest one is reached from what the ledger trusts.
//!
//! The own node's blocks are believed, so that no signature is verified here: it is counted whose there are.

use std::collections::BTreeMap;

use sirius_ledger::service::anchor::wire::anchor as wire;
use tendermint::{PublicKey, account};
use tendermint_proto::v0_38::types::BlockIdFlag;

/// Headers of one message at most; the ledger takes 8 as long as nobody changes that.
pub(super) const MOST_STEPS: usize = 8;

/// What a verification starts from: a height and who signs after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trusted {
    pub(super) height: u64,
    pub(super) next: Vec<wire::Validator>,
}

/// The way from what is trusted to the header `goal`, as far as it goes in one message: each header is the very next one,
/// or one that more than a third of the power before it signed.
pub(super) async fn plan<E>(
    mut trusted: Trusted,
    goal: u64,
    mut fetch: impl AsyncFnMut(u64) -> Result<wire::LightBlock, E>,
) -> Result<Vec<wire::LightBlock>, E> {
    let (mut steps, mut target) = (Vec::new(), goal);
    while steps.len() < MOST_STEPS && trusted.height < goal {
        let block = fetch(target).await?;
        let is_next = target == trusted.height.saturating_add(1);
        if is_next || is_trusted(&trusted.next, &block) {
            let next =
                if block.next_validators.is_empty() { &block.validators } else { &block.next_validators };
            trusted = Trusted { height: target, next: next.clone() };
            steps.push(block);
            target = goal;
        } else {
            // Halfway there, and never back.
            target = trusted.height.saturating_add(target.saturating_sub(trusted.height) / 2);
        }
    }
    Ok(steps)
}

/// Whether more than a third of the trusted power signed a block.
fn is_trusted(trusted: &[wire::Validator], block: &wire::LightBlock) -> bool {
    let power = |member: &wire::Validator| u64::try_from(member.power).unwrap_or(0);
    let address = |member: &wire::Validator| {
        PublicKey::from_raw_ed25519(&member.pub_key).map(|key| account::Id::from(key).as_bytes().to_vec())
    };
    let total: u128 = trusted.iter().map(|member| u128::from(power(member))).sum();
    let powers: BTreeMap<_, _> =
        trusted.iter().filter_map(|member| Some((address(member)?, power(member)))).collect();
    let commit = block.signed_header.as_ref().and_then(|signed| signed.commit.as_ref());
    let signatures = commit.into_iter().flat_map(|commit| &commit.signatures);
    let signed: u128 = signatures
        .filter(|signature| signature.block_id_flag == BlockIdFlag::Commit as i32)
        .filter_map(|signature| powers.get(&signature.validator_address))
        .map(|power| u128::from(*power))
        .sum();
    signed.saturating_mul(3) > total
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use tendermint_proto::v0_38::types::{Commit, CommitSig, Header, SignedHeader};

    use super::*;

    fn member(seed: u8) -> wire::Validator {
        wire::Validator { pub_key: vec![seed; 32], power: 10 }
    }

    /// A header at `height` of these validators, all of whom signed.
    fn block(height: u64, own: &[u8], next: &[u8]) -> wire::LightBlock {
        let signature = |seed: &u8| CommitSig {
            block_id_flag: BlockIdFlag::Commit as i32,
            validator_address: account::Id::from(PublicKey::from_raw_ed25519(&[*seed; 32]).unwrap())
                .as_bytes()
                .to_vec(),
            timestamp: None,
            signature: vec![1],
        };
        let commit = Commit { signatures: own.iter().map(signature).collect(), ..Commit::default() };
        let header = Header { height: i64::try_from(height).unwrap(), ..Header::default() };
        wire::LightBlock {
            signed_header: Some(SignedHeader { header: Some(header), commit: Some(commit) }),
            validators: own.iter().copied().map(member).collect(),
            next_validators: next.iter().copied().map(member).collect(),
        }
    }

    /// The heights of a plan on a chain whose validators are those of `sets`, each from a height on.
    fn heights(sets: &[(u64, &[u8])], from: u64, goal: u64) -> Vec<u64> {
        let at = |height: u64| sets.iter().rev().find(|(since, _)| *since <= height).unwrap().1;
        let trusted = Trusted { height: from, next: at(from + 1).iter().copied().map(member).collect() };
        let fetch = async |height: u64| Ok::<_, ()>(block(height, at(height), at(height + 1)));
        let planned = plan(trusted, goal, fetch);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let blocks = runtime.block_on(planned).unwrap();
        let height = |block: &wire::LightBlock| {
            block.signed_header.as_ref().and_then(|signed| signed.header.as_ref()).map(|header| header.height)
        };
        blocks.iter().filter_map(height).map(|height| u64::try_from(height).unwrap()).collect()
    }

    #[test]
    fn what_is_trusted_is_reached_at_once() {
        assert_eq!(heights(&[(1, &[1, 2, 3, 4])], 10, 1_000_000), [1_000_000]);
        // Two of four are enough, one is not.
        assert_eq!(heights(&[(1, &[1, 2, 3, 4]), (50, &[3, 4, 5, 6])], 10, 99), [99]);
        assert!(heights(&[(1, &[1, 2, 3, 4])], 10, 10).is_empty());
    }

    #[test]
    fn other_validators_are_reached_over_the_header_that_announced_them() {
        let found = heights(&[(1, &[1, 2, 3]), (50, &[7, 8, 9])], 10, 99);
        let announces = found.iter().position(|height| *height == 49);
        assert_eq!(announces.map(|at| &found[at..]), Some([49, 99].as_slice()), "{found:?}");
    }

    #[test]
    fn a_long_way_goes_on_in_the_next_message() {
        let sets: Vec<(u64, Vec<u8>)> =
            (0..20).map(|n| (1 + 10 * n, vec![u8::try_from(n).unwrap() + 1])).collect();
        let sets: Vec<(u64, &[u8])> = sets.iter().map(|(since, set)| (*since, set.as_slice())).collect();
        let (mut at, mut messages) = (1, 0);
        while at < 195 {
            let found = heights(&sets, at, 195);
            assert!(found.len() <= MOST_STEPS && found.is_sorted() && found[0] > at, "{found:?}");
            (at, messages) = (*found.last().unwrap(), messages + 1);
        }
        assert!(messages < 20, "{messages}");
    }
}
