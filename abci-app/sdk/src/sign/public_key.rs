//! Public keys as transactions carry them.

use cosmrs::{
    Any,
    proto::cosmos::crypto::{ed25519, secp256k1},
};
use prost::Message;
use sirius_primitives::PublicKey;

/// The key in the envelope of the Cosmos SDK: `/cosmos.crypto.secp256k1.PubKey` or `/cosmos.crypto.ed25519.PubKey`.
pub fn public_key_any(key: &PublicKey) -> Any {
    let (type_url, value) = match key {
        PublicKey::Secp256k1(bytes) => {
            ("/cosmos.crypto.secp256k1.PubKey", secp256k1::PubKey { key: bytes.to_vec() }.encode_to_vec())
        }
        PublicKey::Ed25519(bytes) => {
            ("/cosmos.crypto.ed25519.PubKey", ed25519::PubKey { key: bytes.to_vec() }.encode_to_vec())
        }
    };
    Any { type_url: type_url.into(), value }
}
