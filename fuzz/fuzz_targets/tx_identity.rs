//! F2: what decodes has one encoding: encoding what was read gives the bytes again.

#![no_main]

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;
use sirius_fuzz::WORLD;
use sirius_runtime::Tx;

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let Ok(tx) = Tx::decode(&Bytes::copy_from_slice(bytes), world.app.registry(), &world.chain) else {
        return;
    };
    sirius_fuzz::taken();
    let again = |bytes: &[u8]| TxBody::decode(bytes).map(|body| body.encode_to_vec());
    assert_eq!(again(&tx.body_bytes).ok().as_deref(), Some(&tx.body_bytes[..]));
    let again = |bytes: &[u8]| AuthInfo::decode(bytes).map(|auth| auth.encode_to_vec());
    assert_eq!(again(&tx.auth_info_bytes).ok().as_deref(), Some(&tx.auth_info_bytes[..]));
    let (body_bytes, auth_info_bytes) = (tx.body_bytes, tx.auth_info_bytes);
    assert_eq!(TxRaw { body_bytes, auth_info_bytes, signatures: tx.signatures }.encode_to_vec(), bytes);
});
