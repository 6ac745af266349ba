//! A transaction: BigchainDB's version 2.0, and this project's records as version `ml-1`.
//!
//! [`Transaction::parse`] gives one only if it passed every check that needs no state and no signature:
//! the id first, as BigchainDB does, then the shape, then the names in its documents.

pub mod build;
pub(crate) mod id;
mod parts;
mod proposal;
mod shape;
mod text;

use std::collections::BTreeSet;

use crate::{
    access::Change,
    json::{self, Limits, Object, Value},
    key::PublicKey,
    payload::{Commitment, Declared},
    refusal::Refusal,
};

pub use id::{AssetId, OutputRef, OutputRefError, TransactionId, TransactionIdError};
pub use parts::{Asset, Input, Operation, Output, Version};
pub use proposal::Proposal;
use shape::Shape;

/// The most that one output can hold: 9·10^18, as in BigchainDB.
pub const MAX_AMOUNT: u64 = 9_000_000_000_000_000_000;

/// A transaction of a right shape whose id is the hash of the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    id: TransactionId,
    shape: Shape,
    /// What each input signs.
    messages: Vec<[u8; 32]>,
    raw: String,
    value: Value,
}

impl Transaction {
    /// Reads a transaction from any bytes. Signatures are [`Transaction::verify_signatures`]'s to check.
    ///
    /// # Errors
    /// `SchemaValidationError` for what is not JSON within the limits or not of the operation's shape, `InvalidHash` if
    /// the id is not that of the rest in either canonical form, `ValidationError` for a name that MongoDB refuses,
    /// `InvalidSignature` for a fulfilment that is none, `AmountError`, `ThresholdTooDeep`, `InvalidPublicKey`.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        let schema = |text: String| Refusal::SchemaValidationError(text);
        let value = json::parse(bytes, limits).map_err(|error| schema(error.to_string()))?;
        let object = value
            .as_object()
            .ok_or_else(|| schema(format!("a transaction is an object, found {}", value.kind())))?;
        let (id, text) = text::identify(object)?;
        let shape = shape::read(object)?;
        let messages = text.messages(shape.inputs.iter().map(|input| input.fulfills));
        let raw = text.with_id(&id);
        Ok(Self { id, shape, messages, raw, value })
    }

    /// Checks that every fulfilment is signed over its input's message, and that those who issue, record or propose
    /// are those whom the fulfilment names. For inputs that spend, the state knows whose they are.
    ///
    /// # Errors
    /// `InvalidSignature`.
    pub fn verify_signatures(&self) -> Result<(), Refusal> {
        for (input, message) in self.shape.inputs.iter().zip(&self.messages) {
            let signers: BTreeSet<PublicKey> = input.fulfillment.keys().into_iter().collect();
            if input.fulfills.is_none() && signers != input.owners_before.iter().copied().collect() {
                return Err(Refusal::InvalidSignature(
                    "owners_before are not the keys that signed: name exactly those".to_owned(),
                ));
            }
            if !input.fulfillment.verify(message) {
                return Err(Refusal::InvalidSignature("Transaction signature is invalid.".to_owned()));
            }
        }
        Ok(())
    }

    /// The hash by which it is known.
    pub fn id(&self) -> &TransactionId {
        &self.id
    }

    /// Whose rules it follows.
    pub fn version(&self) -> Version {
        self.shape.version
    }

    /// What it does.
    pub fn operation(&self) -> Operation {
        self.shape.operation
    }

    /// Who signs, and what is spent.
    pub fn inputs(&self) -> &[Input] {
        &self.shape.inputs
    }

    /// The keys that sign, each once, in ascending order.
    pub fn authors(&self) -> Vec<PublicKey> {
        let keys: BTreeSet<PublicKey> =
            self.shape.inputs.iter().flat_map(|input| &input.owners_before).copied().collect();
        keys.into_iter().collect()
    }

    /// Who may spend what afterwards.
    pub fn outputs(&self) -> &[Output] {
        &self.shape.outputs
    }

    /// The asset that it makes or is about.
    pub fn asset(&self) -> &Asset {
        &self.shape.asset
    }

    /// The document beside it, which has at least one member.
    pub fn metadata(&self) -> Option<&Object> {
        self.shape.metadata.as_ref()
    }

    /// What an election decides; only elections have it.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.shape.proposal.as_ref()
    }

    /// What a `GRANT` or a `REVOKE` changes; only those have it.
    pub fn change(&self) -> Option<&Change> {
        self.shape.change.as_ref()
    }

    /// The chain that it was signed for; none where it would count on any.
    pub fn chain(&self) -> Option<&str> {
        self.shape.chain.as_deref()
    }

    /// The bodies beside the chain that it brings.
    pub fn payloads(&self) -> &[Declared] {
        &self.shape.payloads
    }

    /// The bodies that it erases; only an `ERASE` does.
    pub fn erases(&self) -> &[Commitment] {
        &self.shape.erases
    }

    /// The digest that each input's fulfilment signs: SHA3-256 of the canonical text without id and fulfilments, and,
    /// of an input that spends, the output's transaction and its index in decimal digits.
    pub fn messages(&self) -> &[[u8; 32]] {
        &self.messages
    }

    /// The exact canonical text, with id and fulfilments, in the form whose hash is the id.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The parsed tree, for documents.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The asset that it is about: its own id if it makes one.
    pub fn asset_id(&self) -> AssetId {
        match self.shape.asset {
            Asset::Data(_) => self.id,
            Asset::Id(id) => id,
        }
    }
}

#[cfg(test)]
mod tests;
