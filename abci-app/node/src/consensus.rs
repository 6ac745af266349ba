//! What CometBFT says with a block and what it is told, between its wire and the runtime's types.

use sirius_primitives::{Address, Height, PublicKey, PublicKeyError, Timestamp};
use sirius_runtime::{BlockInfo, BlockLimits, Misbehavior, Offence, Report, Updates, Validator, Vote};
use tendermint_proto::{
    google::protobuf::Timestamp as WireTimestamp,
    v0_38::{
        abci::{
            ExtendedCommitInfo, Misbehavior as WireMisbehavior, MisbehaviorType, RequestFinalizeBlock,
            RequestPrepareProposal, RequestProcessProposal, Validator as WireValidator, ValidatorUpdate,
        },
        crypto::{PublicKey as WireKey, public_key::Sum},
        types::{BlockIdFlag, BlockParams, ConsensusParams},
    },
};

/// A block as CometBFT describes it: what is kept of it, and what is said with it.
pub(crate) type Said = (BlockInfo, Report);

/// What is said with the proposal that this node makes.
pub(crate) fn of_own_proposal(request: &RequestPrepareProposal) -> Said {
    let commit = request.local_last_commit.as_ref();
    let votes = commit.map(|ExtendedCommitInfo { votes, .. }| votes.as_slice()).unwrap_or_default();
    let votes = votes.iter().map(|vote| (vote.validator.as_ref(), vote.block_id_flag));
    let block = info(request.height, request.time.as_ref(), &request.proposer_address);
    (block, report(votes, &request.misbehavior))
}

/// What is said with a proposal that is judged.
pub(crate) fn of_proposal(request: &RequestProcessProposal) -> Said {
    let votes = request.proposed_last_commit.as_ref().map(|commit| commit.votes.as_slice());
    let votes = votes.unwrap_or_default().iter().map(|vote| (vote.validator.as_ref(), vote.block_id_flag));
    let block = info(request.height, request.time.as_ref(), &request.proposer_address);
    (block, report(votes, &request.misbehavior))
}

/// What is said with the decided block.
pub(crate) fn of_decision(request: &RequestFinalizeBlock) -> Said {
    let votes = request.decided_last_commit.as_ref().map(|commit| commit.votes.as_slice());
    let votes = votes.unwrap_or_default().iter().map(|vote| (vote.validator.as_ref(), vote.block_id_flag));
    let block = info(request.height, request.time.as_ref(), &request.proposer_address);
    (block, report(votes, &request.misbehavior))
}

/// Reads the validators of genesis.
pub(crate) fn validators(wire: &[ValidatorUpdate]) -> Result<Vec<Validator>, PublicKeyError> {
    wire.iter().map(|update| Ok(Validator { key: key(update)?, power: power(update.power) })).collect()
}

/// What CometBFT is told of validators.
pub(crate) fn validator_updates(updates: &Updates) -> Vec<ValidatorUpdate> {
    let wire = |validator: &Validator| {
        let bytes = validator.key.as_bytes().to_vec();
        let sum = match validator.key {
            PublicKey::Ed25519(_) => Sum::Ed25519(bytes),
            PublicKey::Secp256k1(_) => Sum::Secp256k1(bytes),
        };
        let power = i64::try_from(validator.power).unwrap_or(i64::MAX);
        ValidatorUpdate { pub_key: Some(WireKey { sum: Some(sum) }), power }
    };
    updates.validators.iter().map(wire).collect()
}

/// What CometBFT is told of its parameters; what is left out stays as it is.
pub(crate) fn param_updates(updates: &Updates) -> Option<ConsensusParams> {
    let wire = |limits: BlockLimits| ConsensusParams {
        block: Some(BlockParams {
            max_bytes: i64::try_from(limits.bytes).unwrap_or(i64::MAX),
            max_gas: limits.gas.to_wire(),
        }),
        ..ConsensusParams::default()
    };
    updates.limits.map(wire)
}

/// A moment of the wire; the beginning of time where there is none.
pub(crate) fn timestamp(time: Option<&WireTimestamp>) -> Timestamp {
    time.map_or_else(Timestamp::default, |time| Timestamp { seconds: time.seconds, nanos: time.nanos })
}

fn info(height: i64, time: Option<&WireTimestamp>, proposer: &[u8]) -> BlockInfo {
    BlockInfo {
        height: Height::from_wire(height).unwrap_or_default(),
        time: timestamp(time),
        proposer: proposer.to_vec(),
    }
}

fn report<'a>(
    votes: impl Iterator<Item = (Option<&'a WireValidator>, i32)>,
    misbehavior: &[WireMisbehavior],
) -> Report {
    // CometBFT names validators by 20 bytes; anything else is nobody whom the chain knows.
    let vote = |(validator, flag): (Option<&WireValidator>, i32)| {
        let (validator, power) = known(validator)?;
        Some(Vote { validator, power, signed: flag != BlockIdFlag::Absent as i32 })
    };
    let offence = |wire: &WireMisbehavior| {
        let (validator, power) = known(wire.validator.as_ref())?;
        let offence = match MisbehaviorType::try_from(wire.r#type) {
            Ok(MisbehaviorType::DuplicateVote) => Offence::DuplicateVote,
            Ok(MisbehaviorType::LightClientAttack) => Offence::LightClientAttack,
            Ok(MisbehaviorType::Unknown) | Err(_) => return None,
        };
        let height = Height::from_wire(wire.height).unwrap_or_default();
        let (time, total_power) = (timestamp(wire.time.as_ref()), self::power(wire.total_voting_power));
        Some(Misbehavior { offence, validator, power, height, time, total_power })
    };
    Report {
        validators: Vec::new(),
        votes: votes.filter_map(vote).collect(),
        misbehavior: misbehavior.iter().filter_map(offence).collect(),
    }
}

fn known(validator: Option<&WireValidator>) -> Option<(Address, u64)> {
    let validator = validator?;
    let address = validator.address.as_ref().try_into().ok()?;
    Some((Address::new(address), power(validator.power)))
}

fn power(wire: i64) -> u64 {
    u64::try_from(wire).unwrap_or(0)
}

fn key(update: &ValidatorUpdate) -> Result<PublicKey, PublicKeyError> {
    match update.pub_key.as_ref().and_then(|key| key.sum.as_ref()) {
        Some(Sum::Ed25519(bytes)) => PublicKey::ed25519(bytes),
        Some(Sum::Secp256k1(bytes)) => PublicKey::secp256k1(bytes),
        None => PublicKey::ed25519(&[]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use tendermint_proto::v0_38::abci::{CommitInfo, VoteInfo};

    use super::*;

    #[test]
    fn votes_and_evidence_are_read_as_they_are_meant() {
        let validator = WireValidator { address: vec![7; 20].into(), power: 10 };
        let vote = |flag| VoteInfo { validator: Some(validator.clone()), block_id_flag: flag };
        let nobody = VoteInfo {
            validator: Some(WireValidator { address: vec![7; 19].into(), power: 1 }),
            block_id_flag: 2,
        };
        let misbehavior = |kind, height| WireMisbehavior {
            r#type: kind,
            validator: Some(validator.clone()),
            height,
            time: Some(WireTimestamp { seconds: 5, nanos: 6 }),
            total_voting_power: 40,
        };
        let request = RequestFinalizeBlock {
            decided_last_commit: Some(CommitInfo {
                round: 0,
                votes: vec![vote(1), vote(2), vote(3), nobody],
            }),
            misbehavior: vec![misbehavior(1, 3), misbehavior(2, -1), misbehavior(0, 3)],
            height: 9,
            ..RequestFinalizeBlock::default()
        };
        let (block, report) = of_decision(&request);
        assert_eq!((block.height, block.time), (Height(9), Timestamp::default()));
        let signed: Vec<bool> = report.votes.iter().map(|vote| vote.signed).collect();
        assert_eq!(signed, [false, true, true]);
        let found: Vec<_> = report.misbehavior.iter().map(|one| (one.offence, one.height.0)).collect();
        assert_eq!(found, [(Offence::DuplicateVote, 3), (Offence::LightClientAttack, 0)]);
        assert_eq!((report.misbehavior[0].power, report.misbehavior[0].total_power), (10, 40));
        assert_eq!(report.misbehavior[0].time, Timestamp { seconds: 5, nanos: 6 });
    }

    #[test]
    fn updates_are_written_as_cometbft_reads_them() {
        let base = b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
        let known = Validator { key: PublicKey::ed25519(base).unwrap(), power: 0 };
        let limits = BlockLimits { bytes: 2 << 20, gas: sirius_primitives::Gas(7) };
        let updates = Updates { validators: vec![known], limits: Some(limits) };
        assert_eq!(validators(&validator_updates(&updates)).unwrap(), [known]);
        let block = param_updates(&updates).unwrap().block.unwrap();
        assert_eq!((block.max_bytes, block.max_gas), (2 << 20, 7));
        assert_eq!(param_updates(&Updates::default()), None);
        assert!(validators(&[ValidatorUpdate { pub_key: None, power: 1 }]).is_err());
    }
}
