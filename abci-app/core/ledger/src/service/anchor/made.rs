//! Light blocks and proofs made to order: what the simulator's moves, the tests and the benchmarks post.

use borsh::to_vec;
use sirius_primitives::{
    Hash, Height, Timestamp,
    log::Head,
    record::{LOG, Record, STORE},
};
use sirius_store::{Changes, Fault, Memory, Options, Proof, Store};
use tendermint::{
    AppHash, Signature, Time, account,
    block::{self, Commit, CommitSig, Header, header::Version, parts, signed_header::SignedHeader},
    chain,
    validator::{Info, Set},
    vote::{self, Vote},
};

use super::{
    light::{self, Member},
    verify,
    wire::anchor as wire,
};

/// A header that is to be signed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The chain.
    pub chain_id: String,
    /// Its height, from 1.
    pub height: u64,
    /// Its time.
    pub time: Timestamp,
    /// What it says of the state.
    pub app_hash: Vec<u8>,
    /// Who can sign it.
    pub validators: Vec<Member>,
    /// Who can sign the next one.
    pub next: Vec<Member>,
}

impl Draft {
    /// The light block that `sign` signs, by key and message; a validator for which it answers nothing is absent. `None`
    /// for a header that cannot be.
    pub fn sign(&self, mut sign: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>>) -> Option<wire::LightBlock> {
        let (validators, next) = (light::kept(&self.validators).ok()?, light::kept(&self.next).ok()?);
        let header = self.header(&validators, &next)?;
        let block_id =
            block::Id { hash: header.hash(), part_set_header: parts::Header::new(1, header.hash()).ok()? };
        let (height, round) = (header.height, block::Round::default());
        let vote = |(index, info): (usize, &Info)| {
            Some(Vote {
                vote_type: vote::Type::Precommit,
                height,
                round,
                block_id: Some(block_id),
                timestamp: Some(header.time),
                validator_address: info.address,
                validator_index: index.try_into().ok()?,
                signature: None,
                extension: Vec::new(),
                extension_signature: None,
            })
        };
        let mut signatures = Vec::new();
        for (index, info) in validators.validators().iter().enumerate() {
            let message = vote((index, info))?.into_signable_vec(header.chain_id.clone());
            signatures.push(match sign(&info.pub_key.to_bytes(), &message) {
                None => CommitSig::BlockIdFlagAbsent,
                Some(signature) => CommitSig::BlockIdFlagCommit {
                    validator_address: info.address,
                    timestamp: header.time,
                    signature: Signature::new(signature).ok()?,
                },
            });
        }
        let commit = Commit { height, round, block_id, signatures };
        let signed = SignedHeader::new(header, commit).ok()?;
        let members = |set: &Set| light::members(set).iter().map(light::wire_member).collect();
        let next_validators = if self.next == self.validators { Vec::new() } else { members(&next) };
        Some(wire::LightBlock {
            signed_header: Some(signed.into()),
            validators: members(&validators),
            next_validators,
        })
    }

    fn header(&self, validators: &Set, next: &Set) -> Option<Header> {
        let chain_id: chain::Id = self.chain_id.parse().ok()?;
        let time: Time = verify::time(self.time)?;
        let proposer_address: account::Id = validators.validators().first()?.address;
        Some(Header {
            version: Version { block: 11, app: 1 },
            chain_id,
            height: self.height.try_into().ok()?,
            time,
            last_block_id: None,
            last_commit_hash: None,
            data_hash: None,
            validators_hash: validators.hash(),
            next_validators_hash: next.hash(),
            consensus_hash: validators.hash(),
            app_hash: AppHash::try_from(self.app_hash.clone()).ok()?,
            last_results_hash: None,
            evidence_hash: None,
            proposer_address,
        })
    }
}

/// The state of a small database: a log of three records, and one entry.
pub(super) struct Database {
    store: Store,
    records: [Record; 3],
}

/// The key of its entry, and what it holds.
pub(super) const ENTRY: (&[u8], &[u8]) = (b"u/output", b"unspent");

impl Database {
    pub(super) fn new() -> Result<Self, Fault> {
        let record = |number: u8| Record {
            height: 1,
            position: number.into(),
            id: [number; 32],
            raw: Hash::new([number; 32]),
            asset: [number; 32],
            previous: Hash::new([0; Hash::LENGTH]),
        };
        let (records, mut head) = ([record(1), record(2), record(3)], Head::default());
        records.iter().for_each(|record| head.append(record.leaf(), |_| {}));
        let head = to_vec(&head).map_err(|error| Fault::Contradiction(error.to_string()))?;
        let rows = [(LOG, head), (ENTRY.0, ENTRY.1.to_vec())];
        let changes: Changes = rows.into_iter().map(|(key, value)| (key.to_vec(), Some(value))).collect();
        let options = Options { name: STORE.into(), ..Options::default() };
        let store = Store::open(std::sync::Arc::new(Memory::new()), options)?;
        let prepared = store.prepare(Height(1), &changes)?;
        store.commit(prepared, Vec::new())?;
        Ok(Self { store, records })
    }

    /// What a header says of it.
    pub(super) fn app_hash(&self) -> Vec<u8> {
        self.store.latest().app_hash().as_bytes().to_vec()
    }

    /// What a key holds, or that it holds nothing.
    pub(super) fn entry(&self, key: &[u8]) -> Result<wire::StateProof, Fault> {
        let proof: Proof = self.store.latest().prove(key)?;
        let [state, root] = proof.to_ops();
        Ok(wire::StateProof {
            key: proof.key,
            value: proof.value.unwrap_or_default(),
            state: state.data,
            root: root.data,
        })
    }

    /// The record in the middle.
    pub(super) fn record(&self) -> Result<wire::RecordProof, Fault> {
        let [first, record, last] = &self.records;
        Ok(wire::RecordProof {
            transaction_id: record.id.to_vec(),
            height: record.height,
            position: record.position,
            raw: record.raw.as_bytes().to_vec(),
            asset: record.asset.to_vec(),
            previous: record.previous.as_bytes().to_vec(),
            index: 1,
            path: [first, last].map(|other| other.leaf().as_bytes().to_vec()).to_vec(),
            log: Some(self.entry(LOG)?),
        })
    }
}
