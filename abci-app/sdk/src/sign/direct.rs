//! `SIGN_MODE_DIRECT` on plain bytes: the smallest steps, for those who need no builder.

use cosmrs::proto::cosmos::tx::v1beta1::{SignDoc, TxRaw};
use prost::Message;

use super::AccountNumber;
use crate::key::Key;

/// What a signer signs: the encoded `SignDoc`.
pub fn sign_bytes(
    body_bytes: &[u8],
    auth_info_bytes: &[u8],
    chain_id: &str,
    account_number: AccountNumber,
) -> Vec<u8> {
    SignDoc {
        body_bytes: body_bytes.to_vec(),
        auth_info_bytes: auth_info_bytes.to_vec(),
        chain_id: chain_id.to_owned(),
        account_number: account_number.0,
    }
    .encode_to_vec()
}

/// The 64-byte signature of `key` over [`sign_bytes`].
pub fn sign_direct(
    key: &Key,
    body_bytes: &[u8],
    auth_info_bytes: &[u8],
    chain_id: &str,
    account_number: AccountNumber,
) -> Vec<u8> {
    key.sign(&sign_bytes(body_bytes, auth_info_bytes, chain_id, account_number))
}

/// The encoded `TxRaw`, which is what a node takes; signatures in the order of the signers.
pub fn tx_raw(body_bytes: Vec<u8>, auth_info_bytes: Vec<u8>, signatures: Vec<Vec<u8>>) -> Vec<u8> {
    TxRaw { body_bytes, auth_info_bytes, signatures }.encode_to_vec()
}
