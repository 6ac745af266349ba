//! A transaction that is complete but for its signatures, and one that has them.

use sirius_primitives::{Hash, PublicKey, sha256};
use tendermint::chain;

use super::{SignError, Signer, sign_bytes, sign_direct, tx_raw};
use crate::key::Key;

/// A transaction whose bytes are fixed; only signatures are missing.
///
/// Where all keys are at hand, [`Unsigned::sign`] does everything. Where they are not, each owner calls
/// [`Unsigned::signature`] on the same transaction, and somebody calls [`Unsigned::assemble`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    chain_id: chain::Id,
    body_bytes: Vec<u8>,
    auth_info_bytes: Vec<u8>,
    signers: Vec<Signer>,
}

impl Unsigned {
    pub(super) const fn new(
        chain_id: chain::Id,
        body_bytes: Vec<u8>,
        auth_info_bytes: Vec<u8>,
        signers: Vec<Signer>,
    ) -> Self {
        Self { chain_id, body_bytes, auth_info_bytes, signers }
    }

    /// The encoded `TxBody`.
    pub fn body_bytes(&self) -> &[u8] {
        &self.body_bytes
    }

    /// The encoded `AuthInfo`.
    pub fn auth_info_bytes(&self) -> &[u8] {
        &self.auth_info_bytes
    }

    /// Who must sign, in order.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Signs with the keys of all signers, given in any order.
    ///
    /// # Errors
    /// A signer's key is missing, or a key is no signer's.
    pub fn sign(&self, keys: &[&Key]) -> Result<Signed, SignError> {
        for key in keys {
            self.find(&key.public_key())?;
        }
        let signature = |(index, signer): (usize, &Signer)| {
            let key = keys.iter().find(|key| key.public_key() == signer.public_key);
            key.map(|key| self.signature_of(signer, key)).ok_or_else(|| SignError::Unsigned {
                position: index + 1,
                public_key: hex::encode(signer.public_key.as_bytes()),
            })
        };
        let signatures = self.signers.iter().enumerate().map(signature).collect::<Result<_, _>>()?;
        Ok(self.signed(signatures))
    }

    /// The signature of one signer, to be sent to whoever assembles the transaction.
    ///
    /// # Errors
    /// The key is no signer's.
    pub fn signature(&self, key: &Key) -> Result<Vec<u8>, SignError> {
        Ok(self.signature_of(self.find(&key.public_key())?, key))
    }

    /// Puts signatures from elsewhere together, one a signer in order, and verifies each.
    ///
    /// # Errors
    /// Too few or too many, or one that its signer did not make for this transaction.
    pub fn assemble(&self, signatures: Vec<Vec<u8>>) -> Result<Signed, SignError> {
        if signatures.len() != self.signers.len() {
            return Err(SignError::Count { signers: self.signers.len(), signatures: signatures.len() });
        }
        for (index, (signer, signature)) in self.signers.iter().zip(&signatures).enumerate() {
            signer
                .public_key
                .verify(&self.sign_bytes(signer), signature)
                .map_err(|reason| SignError::Signature { position: index + 1, reason })?;
        }
        Ok(self.signed(signatures))
    }

    /// The transaction with an empty signature for each signer, as nodes take it to simulate; no node executes it.
    pub fn simulation_bytes(&self) -> Vec<u8> {
        let empty = vec![Vec::new(); self.signers.len()];
        tx_raw(self.body_bytes.clone(), self.auth_info_bytes.clone(), empty)
    }

    /// What `signer` signs.
    pub fn sign_bytes(&self, signer: &Signer) -> Vec<u8> {
        sign_bytes(&self.body_bytes, &self.auth_info_bytes, self.chain_id.as_str(), signer.account_number)
    }

    fn find(&self, key: &PublicKey) -> Result<&Signer, SignError> {
        self.signers
            .iter()
            .find(|signer| signer.public_key == *key)
            .ok_or_else(|| SignError::Stranger(hex::encode(key.as_bytes())))
    }

    fn signature_of(&self, signer: &Signer, key: &Key) -> Vec<u8> {
        let chain_id = self.chain_id.as_str();
        sign_direct(key, &self.body_bytes, &self.auth_info_bytes, chain_id, signer.account_number)
    }

    fn signed(&self, signatures: Vec<Vec<u8>>) -> Signed {
        let bytes = tx_raw(self.body_bytes.clone(), self.auth_info_bytes.clone(), signatures);
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
