//! What CometBFT says with its calls: validators and who of them signed, times, hashes, misbehaviour.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::Value;
use sirius_primitives::{PublicKey, sha256};
use sirius_runtime::dice::Dice;
use sirius_sdk::key::{Key, Scheme};
use tendermint_proto::{
    google::protobuf::Timestamp,
    v0_38::{
        abci::{
            CommitInfo, ExtendedCommitInfo, ExtendedVoteInfo, Misbehavior, MisbehaviorType,
            RequestFinalizeBlock, RequestInitChain, RequestPrepareProposal, RequestProcessProposal,
            ResponseFinalizeBlock, Validator, ValidatorUpdate, VoteInfo,
        },
        crypto::{PublicKey as WireKey, public_key::Sum},
        types::{BlockIdFlag, BlockParams, ConsensusParams, EvidenceParams},
    },
};

/// Gas of a block: a few transactions, so that some blocks are full and the price of gas moves.
const MAX_GAS: i64 = 200_000;
/// Bytes of transactions in one proposal.
const MOST_BYTES: i64 = 6_000;
/// Power of each validator of genesis.
pub(crate) const POWER: i64 = 10;
/// Blocks until a change of validators counts.
const DELAY: u64 = 2;
/// Blocks for which evidence counts.
const EVIDENCE_BLOCKS: i64 = 8;
/// Once in so many blocks somebody is caught.
const MISBEHAVES: u64 = 40;

/// One round of a height.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    pub(crate) height: u64,
    pub(crate) number: u32,
    /// The host that proposes.
    pub(crate) proposer: usize,
    pub(crate) misbehaviour: Option<Misbehavior>,
    pub(crate) txs: Vec<Bytes>,
}

/// See the module's documentation.
pub(crate) struct Consensus {
    /// The key of each host.
    pub(crate) hosts: Vec<Vec<u8>>,
    /// Who votes on the block that is being decided, with what power.
    validators: BTreeMap<Vec<u8>, i64>,
    /// Changes, and the height from which on they count.
    changes: Vec<(u64, ValidatorUpdate)>,
    /// Who signed the last block.
    votes: Vec<VoteInfo>,
    time: Timestamp,
    /// Gas of the block that is being decided, which the chain may change.
    pub(crate) max_gas: i64,
}

impl Consensus {
    pub(crate) fn new(dice: &mut Dice, hosts: usize) -> Self {
        let key = |dice: &mut Dice| {
            let secret = sha256(&dice.roll().to_be_bytes());
            match Key::from_secret_bytes(Scheme::Ed25519, secret.as_bytes()).unwrap().public_key() {
                PublicKey::Ed25519(bytes) => bytes.to_vec(),
                PublicKey::Secp256k1(_) => unreachable!("the scheme is Ed25519"),
            }
        };
        let hosts: Vec<Vec<u8>> = (0..hosts).map(|_| key(dice)).collect();
        let validators = hosts.iter().map(|key| (key.clone(), POWER)).collect();
        let time = Timestamp { seconds: 1_700_000_000, nanos: 0 };
        Self { hosts, validators, changes: Vec::new(), votes: Vec::new(), time, max_gas: MAX_GAS }
    }

    /// The time of the last block.
    pub(crate) fn time(&self) -> sirius_primitives::Timestamp {
        sirius_primitives::Timestamp { seconds: self.time.seconds, nanos: self.time.nanos }
    }

    pub(crate) fn genesis(&self, sections: &Value) -> RequestInitChain {
        RequestInitChain {
            time: Some(self.time),
            chain_id: "sirius-sim-1".into(),
            consensus_params: Some(ConsensusParams {
                block: Some(BlockParams { max_bytes: 1 << 20, max_gas: MAX_GAS }),
                evidence: Some(EvidenceParams { max_age_num_blocks: EVIDENCE_BLOCKS, ..Default::default() }),
                ..ConsensusParams::default()
            }),
            validators: self.hosts.iter().map(|key| update(key, POWER)).collect(),
            app_state_bytes: sections.to_string().into_bytes().into(),
            initial_height: 1,
        }
    }

    /// The host whose turn it is. One that votes no longer still makes blocks here, as long as all others are away.
    pub(crate) fn proposer(&self, height: u64, round: u32) -> usize {
        let voting: Vec<usize> =
            (0..self.hosts.len()).filter(|index| self.validators.contains_key(&self.hosts[*index])).collect();
        let turn = usize::try_from(height + u64::from(round)).unwrap();
        voting.get(turn % voting.len().max(1)).copied().unwrap_or(turn % self.hosts.len())
    }

    pub(crate) fn misbehaviour(&self, dice: &mut Dice, height: u64) -> Option<Misbehavior> {
        if height < 2 || !dice.once_in(MISBEHAVES) {
            return None;
        }
        let keys: Vec<_> = self.validators.iter().collect();
        let (key, power) = dice.pick(&keys)?;
        Some(Misbehavior {
            r#type: MisbehaviorType::DuplicateVote.into(),
            validator: Some(Validator { address: address(key), power: **power }),
            height: i64::try_from(height - 1).unwrap(),
            time: Some(self.time),
            total_voting_power: self.validators.values().sum(),
        })
    }

    pub(crate) fn prepare(&self, round: &Round) -> RequestPrepareProposal {
        let vote = |vote: &VoteInfo| ExtendedVoteInfo {
            validator: vote.validator.clone(),
            block_id_flag: vote.block_id_flag,
            ..ExtendedVoteInfo::default()
        };
        RequestPrepareProposal {
            max_tx_bytes: MOST_BYTES,
            txs: round.txs.clone(),
            local_last_commit: Some(ExtendedCommitInfo {
                round: 0,
                votes: self.votes.iter().map(vote).collect(),
            }),
            misbehavior: round.misbehaviour.clone().into_iter().collect(),
            height: i64::try_from(round.height).unwrap(),
            time: Some(self.time_of(round)),
            next_validators_hash: Bytes::new(),
            proposer_address: address(&self.hosts[round.proposer]),
        }
    }

    pub(crate) fn judge(&self, round: &Round) -> RequestProcessProposal {
        let RequestFinalizeBlock {
            txs,
            decided_last_commit,
            misbehavior,
            hash,
            height,
            time,
            proposer_address,
            ..
        } = self.decide(round);
        RequestProcessProposal {
            txs,
            proposed_last_commit: decided_last_commit,
            misbehavior,
            hash,
            height,
            time,
            proposer_address,
            ..RequestProcessProposal::default()
        }
    }

    pub(crate) fn decide(&self, round: &Round) -> RequestFinalizeBlock {
        let mut named = [round.height.to_be_bytes(), u64::from(round.number).to_be_bytes()].concat();
        round.txs.iter().for_each(|tx| named.extend_from_slice(sha256(tx).as_bytes()));
        RequestFinalizeBlock {
            txs: round.txs.clone(),
            decided_last_commit: Some(CommitInfo { round: 0, votes: self.votes.clone() }),
            misbehavior: round.misbehaviour.clone().into_iter().collect(),
            hash: sha256(&named).as_bytes().to_vec().into(),
            height: i64::try_from(round.height).unwrap(),
            time: Some(self.time_of(round)),
            next_validators_hash: Bytes::new(),
            proposer_address: address(&self.hosts[round.proposer]),
        }
    }

    /// Blocks are seconds apart, each by a number of its own.
    fn time_of(&self, round: &Round) -> Timestamp {
        let pause = 1 + i64::from(round.number) + i64::try_from(round.height % 9).unwrap();
        Timestamp { seconds: self.time.seconds + pause, ..self.time }
    }

    /// A block was decided, signed by the hosts that run, and came to changes of validators.
    pub(crate) fn decided(
        &mut self,
        request: &RequestFinalizeBlock,
        response: &ResponseFinalizeBlock,
        up: &[usize],
    ) {
        self.time = request.time.unwrap();
        if let Some(block) = response.consensus_param_updates.as_ref().and_then(|params| params.block) {
            self.max_gas = block.max_gas;
        }
        let height = u64::try_from(request.height).unwrap();
        let signed: BTreeSet<&Vec<u8>> = up.iter().map(|index| &self.hosts[*index]).collect();
        let vote = |(key, power): (&Vec<u8>, &i64)| VoteInfo {
            validator: Some(Validator { address: address(key), power: *power }),
            block_id_flag: match signed.contains(key) {
                true => BlockIdFlag::Commit,
                false => BlockIdFlag::Absent,
            }
            .into(),
        };
        self.votes = self.validators.iter().map(vote).collect();
        let keys: Vec<_> = response.validator_updates.iter().map(key_of).collect();
        assert_eq!(
            keys.iter().collect::<BTreeSet<_>>().len(),
            keys.len(),
            "each validator is told of once a block"
        );
        self.changes.extend(response.validator_updates.iter().map(|update| (height + DELAY, update.clone())));
        let (due, later) =
            std::mem::take(&mut self.changes).into_iter().partition(|(from, _)| *from <= height + 1);
        self.changes = later;
        let due: Vec<(u64, ValidatorUpdate)> = due;
        for (_, update) in due {
            let key = key_of(&update);
            match update.power {
                0 => assert!(self.validators.remove(&key).is_some(), "who leaves was there"),
                power => drop(self.validators.insert(key, power)),
            }
        }
        assert!(!self.validators.is_empty(), "CometBFT halts without validators");
    }
}

fn key_of(update: &ValidatorUpdate) -> Vec<u8> {
    match update.pub_key.as_ref().and_then(|key| key.sum.clone()) {
        Some(Sum::Ed25519(bytes) | Sum::Secp256k1(bytes)) => bytes,
        None => panic!("a validator has a key"),
    }
}

fn update(key: &[u8], power: i64) -> ValidatorUpdate {
    ValidatorUpdate { pub_key: Some(WireKey { sum: Some(Sum::Ed25519(key.to_vec())) }), power }
}

/// CometBFT's name of a validator: the first 20 bytes of the hash of its key.
fn address(key: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&sha256(key).as_bytes()[..20])
}
