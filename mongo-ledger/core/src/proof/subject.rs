//! What the state holds of one output, asset, validator, election or role, or that it holds nothing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sirius_primitives::Hash;
use thiserror::Error;

use super::{ProofError, StateProof, same, text};
use crate::{
    access::{Grant, RightId},
    election::Election,
    key::PublicKey,
    state::{self, Chain, Spent, Unspent},
    transaction::{AssetId, OutputRef, TransactionId},
};

/// What is asked about; written `utxo/<transaction>:<index>`, `spent/<transaction>:<index>`, `asset/<id>`,
/// `validator/<key>`, `election/<id>` or `role/<role>:<holder>:<namespace>` ([`RightId`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Whether an output can be spent.
    Utxo(OutputRef),
    /// Whether an output was spent, and by whom.
    Spent(OutputRef),
    /// The chain of an asset.
    Asset(AssetId),
    /// The power of a validator.
    Validator(PublicKey),
    /// How an election stands.
    Election(TransactionId),
    /// Whether a role was granted, until when, and whether it was revoked.
    Role(RightId),
}

/// Why a text is no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "ask for utxo/<transaction>:<index>, spent/<transaction>:<index>, asset/<id>, validator/<key>, election/<id> or role/<role>:<key or hash of a uri>:<namespace>"
)]
pub struct SubjectError;

/// What the state holds of a subject; `None` where it holds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// An output that can be spent.
    Utxo(Option<Unspent>),
    /// Who spent an output.
    Spent(Option<Spent>),
    /// The head and length of a chain.
    Asset(Option<Chain>),
    /// A validator's power.
    Validator(Option<u64>),
    /// An election.
    Election(Option<Election>),
    /// A role, which may have ended.
    Role(Option<Grant>),
}

impl Subject {
    /// The key of the state that it lives under.
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Utxo(output) => state::unspent(output).as_bytes().to_vec(),
            Self::Spent(output) => state::spent(output).as_bytes().to_vec(),
            Self::Asset(asset) => state::chain(asset).as_bytes().to_vec(),
            Self::Validator(key) => state::validator(key).as_bytes().to_vec(),
            Self::Election(id) => state::election(id).as_bytes().to_vec(),
            Self::Role(right) => state::grant(right).as_bytes().to_vec(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utxo(output) => write!(f, "utxo/{output}"),
            Self::Spent(output) => write!(f, "spent/{output}"),
            Self::Asset(id) => write!(f, "asset/{id}"),
            Self::Validator(key) => write!(f, "validator/{key}"),
            Self::Election(id) => write!(f, "election/{id}"),
            Self::Role(right) => write!(f, "role/{right}"),
        }
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let (kind, name) = text.split_once('/').ok_or(SubjectError)?;
        let id = || name.parse::<TransactionId>().map_err(|_| SubjectError);
        match kind {
            "utxo" => output(name).map(Self::Utxo),
            "spent" => output(name).map(Self::Spent),
            "asset" => id().map(Self::Asset),
            "validator" => name.parse().map(Self::Validator).map_err(|_| SubjectError),
            "election" => id().map(Self::Election),
            "role" => name.parse().map(Self::Role).map_err(|_| SubjectError),
            _ => Err(SubjectError),
        }
    }
}

fn output(text: &str) -> Result<OutputRef, SubjectError> {
    let (id, index) = text.split_once(':').ok_or(SubjectError)?;
    let reference = OutputRef {
        transaction_id: id.parse().map_err(|_| SubjectError)?,
        output_index: index.parse().map_err(|_| SubjectError)?,
    };
    // One name for one output: no sign, no leading zeros.
    if reference.to_string() == text { Ok(reference) } else { Err(SubjectError) }
}

/// What the state holds of a subject, with the way to the app hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectProof {
    /// The block after which it was so; the app hash is in the header of the next.
    pub height: u64,
    /// That app hash.
    #[serde(with = "text::own")]
    pub app_hash: Hash,
    /// What it is about.
    #[serde(with = "text::own")]
    pub subject: Subject,
    /// What the state holds.
    pub proof: StateProof,
}

impl SubjectProof {
    /// Checks the proof against a header's app hash and gives what the state holds of the subject.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, app_hash: &Hash) -> Result<Held, ProofError> {
        same(&self.app_hash, app_hash)?;
        Ok(match &self.subject {
            Subject::Utxo(output) => Held::Utxo(self.proof.verify(&state::unspent(output), app_hash)?),
            Subject::Spent(output) => Held::Spent(self.proof.verify(&state::spent(output), app_hash)?),
            Subject::Asset(asset) => Held::Asset(self.proof.verify(&state::chain(asset), app_hash)?),
            Subject::Validator(key) => Held::Validator(self.proof.verify(&state::validator(key), app_hash)?),
            Subject::Election(id) => Held::Election(self.proof.verify(&state::election(id), app_hash)?),
            Subject::Role(right) => Held::Role(self.proof.verify(&state::grant(right), app_hash)?),
        })
    }
}
