//! A transaction in its parts, to be changed before it is signed.

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, Fee, SignDoc, TxBody, TxRaw};
use prost::Message as _;

use super::Key;

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
        let (body_bytes, auth_info_bytes) = (self.body.encode_to_vec(), self.auth.encode_to_vec());
        let sign = |(key, number): (&Key, &u64)| {
            let doc = SignDoc {
                body_bytes: body_bytes.clone(),
                auth_info_bytes: auth_info_bytes.clone(),
                chain_id: self.chain_id.clone(),
                account_number: *number,
            };
            key.sign(&doc.encode_to_vec())
        };
        let signatures = self.keys.iter().zip(&self.numbers).map(sign).collect();
        TxRaw { body_bytes, auth_info_bytes, signatures }
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
