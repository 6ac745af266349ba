//! A transaction that is complete but for its signatures, and one that has them.

use sirius_primitives::{AccountKey, Hash, PublicKey, sha256};

use super::{SignError, Signer, tx_raw};
use crate::key::Key;

/// A transaction whose bytes are fixed; only signatures are missing.
///
/// Where all keys are at hand, [`Unsigned::sign`] does everything. Where they are not, each owner calls
/// [`Unsigned::signature`] on the same transaction, and somebody calls [`Unsigned::assemble`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned(Parts);

/// What a transaction is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) body_bytes: Vec<u8>,
    pub(super) auth_info_bytes: Vec<u8>,
    pub(super) signers: Vec<Signer>,
    /// What each of them signs.
    pub(super) documents: Vec<Vec<u8>>,
}

impl Unsigned {
    pub(super) const fn new(parts: Parts) -> Self {
        Self(parts)
    }

    /// The encoded `TxBody`.
    pub fn body_bytes(&self) -> &[u8] {
        &self.0.body_bytes
    }

    /// The encoded `AuthInfo`.
    pub fn auth_info_bytes(&self) -> &[u8] {
        &self.0.auth_info_bytes
    }

    /// Who must sign, in order.
    pub fn signers(&self) -> &[Signer] {
        &self.0.signers
    }

    /// Signs with the keys of all signers, given in any order.
    ///
    /// # Errors
    /// A signer's key is missing, or a key is no signer's.
    pub fn sign(&self, keys: &[&Key]) -> Result<Signed, SignError> {
        for key in keys {
            self.find(&key.public_key())?;
        }
        let signature = |(index, (signer, document)): (usize, (&Signer, &Vec<u8>))| {
            let key = keys.iter().find(|key| signer.public_key == key.public_key().into());
            key.map(|key| key.sign(document))
                .ok_or_else(|| SignError::Unsigned { position: index + 1, public_key: signer.text() })
        };
        let signatures = self.pairs().enumerate().map(signature).collect::<Result<_, _>>()?;
        Ok(self.signed(signatures))
    }

    /// The signature of one signer, to be sent to whoever assembles the transaction.
    ///
    /// # Errors
    /// The key is no signer's.
    pub fn signature(&self, key: &Key) -> Result<Vec<u8>, SignError> {
        Ok(key.sign(self.find(&key.public_key())?))
    }

    /// Puts signatures from elsewhere together, one a signer in order, and verifies each.
    ///
    /// # Errors
    /// Too few or too many, or one that its signer did not make for this transaction.
    pub fn assemble(&self, signatures: Vec<Vec<u8>>) -> Result<Signed, SignError> {
        if signatures.len() != self.0.signers.len() {
            return Err(SignError::Count { signers: self.0.signers.len(), signatures: signatures.len() });
        }
        for (index, ((signer, document), signature)) in self.pairs().zip(&signatures).enumerate() {
            let AccountKey::Single(key) = &signer.public_key else {
                return Err(SignError::Multisig(index + 1));
            };
            key.verify(document, signature)
                .map_err(|reason| SignError::Signature { position: index + 1, reason })?;
        }
        Ok(self.signed(signatures))
    }

    /// The transaction with an empty signature for each signer, as nodes take it to simulate; no node executes it.
    pub fn simulation_bytes(&self) -> Vec<u8> {
        let empty = vec![Vec::new(); self.0.signers.len()];
        tx_raw(self.0.body_bytes.clone(), self.0.auth_info_bytes.clone(), empty)
    }

    /// What `signer` signs; nothing for a stranger.
    pub fn sign_bytes(&self, signer: &Signer) -> Vec<u8> {
        let own = self.pairs().find(|(known, _)| *known == signer);
        own.map(|(_, document)| document.clone()).unwrap_or_default()
    }

    fn pairs(&self) -> impl Iterator<Item = (&Signer, &Vec<u8>)> {
        self.0.signers.iter().zip(&self.0.documents)
    }

    /// What the owner of `key` signs.
    fn find(&self, key: &PublicKey) -> Result<&[u8], SignError> {
        let own = self.pairs().find(|(signer, _)| signer.public_key == AccountKey::Single(*key));
        own.map(|(_, document)| document.as_slice())
            .ok_or_else(|| SignError::Stranger(hex::encode(key.as_bytes())))
    }

    fn signed(&self, signatures: Vec<Vec<u8>>) -> Signed {
        let bytes = tx_raw(self.0.body_bytes.clone(), self.0.auth_info_bytes.clone(), signatures);
        Signed { hash: sha256(&bytes), bytes }
    }
}

/// A transaction ready to broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The encoded `TxRaw`.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes: the name under which the chain knows the transaction.
    pub hash: Hash,
}
