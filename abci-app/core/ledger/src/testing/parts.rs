//! A transaction in its parts, to be changed before it is signed.

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, Fee, SignDoc, TxBody, TxRaw};
use prost::Message as _;

use super::Key;
use crate::ante::amino;

/// What a transaction is made of; [`Parts::sign`] makes it.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) body: TxBody,
    pub(crate) auth: AuthInfo,
    pub(crate) keys: Vec<Key>,
    pub(crate) numbers: Vec<u64>,
    pub(crate) chain_id: String,
}

impl Parts {
    /// The same with a change.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn fee(&mut self) -> &mut Fee {
        self.auth.fee.get_or_insert_default()
    }

    /// The signed transaction, still in its parts.
    pub(crate) fn raw(&self) -> TxRaw {
        let sign = |(index, key): (usize, &Key)| key.sign(&self.direct(index));
        let signatures = self.keys.iter().enumerate().map(sign).collect();
        TxRaw {
            body_bytes: self.body.encode_to_vec(),
            auth_info_bytes: self.auth.encode_to_vec(),
            signatures,
        }
    }

    /// What the signer at `index` signs with `SIGN_MODE_DIRECT`.
    pub(crate) fn direct(&self, index: usize) -> Vec<u8> {
        let doc = SignDoc {
            body_bytes: self.body.encode_to_vec(),
            auth_info_bytes: self.auth.encode_to_vec(),
            chain_id: self.chain_id.clone(),
            account_number: self.numbers[index],
        };
        doc.encode_to_vec()
    }

    /// What the signer at `index` signs with `SIGN_MODE_LEGACY_AMINO_JSON`.
    pub(crate) fn amino(&self, index: usize) -> Vec<u8> {
        let doc = amino::SignDoc {
            chain_id: &self.chain_id,
            account_number: self.numbers[index],
            sequence: self.auth.signer_infos[index].sequence,
            body: &self.body,
            fee: &self.auth.fee.clone().unwrap_or_default(),
        };
        doc.sign_bytes().unwrap()
    }

    /// The bytes of the signed transaction.
    pub(crate) fn sign(&self) -> Bytes {
        self.raw().encode_to_vec().into()
    }

    /// The bytes of the transaction when its envelope is changed after signing.
    pub(crate) fn sign_and(&self, change: impl FnOnce(&mut TxRaw)) -> Bytes {
        let mut raw = self.raw();
        change(&mut raw);
        raw.encode_to_vec().into()
    }
}
