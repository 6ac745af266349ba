//! Validators that sign headers.

use ed25519_dalek::{Signer as _, SigningKey};
use tendermint::{
    PublicKey, Signature, account,
    block::{self, Commit, CommitSig, Header, Round, parts},
    validator::{Info, Set},
    vote::{Power, Type, ValidatorIndex, Vote},
};

/// Keys of validators, each with power 10.
#[derive(Clone)]
pub(crate) struct Validators(Vec<SigningKey>);

impl Validators {
    /// The validators numbered so.
    pub(crate) fn numbered(numbers: std::ops::Range<u8>) -> Self {
        Self(numbers.map(|number| SigningKey::from_bytes(&[number; 32])).collect())
    }

    pub(crate) fn set(&self) -> Set {
        let power = Power::try_from(10_u64).unwrap();
        let infos = self.0.iter().map(|key| Info::new(public(key), power)).collect();
        Set::without_proposer(infos)
    }

    /// What these sign a header with; `silent` of them do not.
    pub(crate) fn commit(&self, header: &Header, silent: usize) -> Commit {
        let block_id = block_id(header);
        let members = self.set();
        let signatures = members.validators().iter().enumerate().map(|(index, info)| {
            if index < silent {
                return CommitSig::BlockIdFlagAbsent;
            }
            let key = self.0.iter().find(|key| account::Id::from(public(key)) == info.address).unwrap();
            let vote = Vote {
                vote_type: Type::Precommit,
                height: header.height,
                round: Round::default(),
                block_id: Some(block_id),
                timestamp: Some(header.time),
                validator_address: info.address,
                validator_index: ValidatorIndex::try_from(u32::try_from(index).unwrap()).unwrap(),
                signature: None,
                extension: Vec::new(),
                extension_signature: None,
            };
            let bytes = vote.into_signable_vec(header.chain_id.clone());
            CommitSig::BlockIdFlagCommit {
                validator_address: info.address,
                timestamp: header.time,
                signature: Signature::new(key.sign(&bytes).to_bytes()).unwrap(),
            }
        });
        let signatures = signatures.collect();
        Commit { height: header.height, round: Round::default(), block_id, signatures }
    }
}

/// What a header's successor calls it.
pub(crate) fn block_id(header: &Header) -> block::Id {
    let part_set_header = parts::Header::new(1, tendermint::Hash::Sha256([2; 32])).unwrap();
    block::Id { hash: header.hash(), part_set_header }
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_raw_ed25519(key.verifying_key().as_bytes()).unwrap()
}
