//! The two ed25519 keys of a node, their names, and the files that hold them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The 32 secret bytes an ed25519 key is made of (RFC 8032, §5.1.5).
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of the given bytes, which must come from a good random source.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The public key that belongs to it, in base64 as CometBFT's JSON writes it.
    pub fn public_base64(&self) -> String {
        STANDARD.encode(self.public())
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.0)
    }

    fn public(&self) -> [u8; 32] {
        self.signing_key().verifying_key().to_bytes()
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(secret)")
    }
}

/// The first 20 bytes of SHA-256 of an ed25519 public key: CometBFT's name for a validator and for a node.
fn address(public: &[u8; 32]) -> [u8; 20] {
    let digest = Sha256::digest(public);
    let mut address = [0; 20];
    for (to, from) in address.iter_mut().zip(digest) {
        *to = from;
    }
    address
}

/// How CometBFT names a validator: 20 bytes, shown as upper-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValidatorAddress([u8; 20]);

impl ValidatorAddress {
    /// The address of the validator that signs with the key of `seed`.
    pub fn of(seed: &Seed) -> Self {
        Self(address(&seed.public()))
    }
}

impl fmt::Display for ValidatorAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

/// How a node is named on the peer-to-peer network: 20 bytes, shown as lower-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId([u8; 20]);

impl NodeId {
    /// The identity of the node that answers with the key of `seed`.
    pub fn of(seed: &Seed) -> Self {
        Self(address(&seed.public()))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// A public key as CometBFT's JSON writes it.
pub(crate) fn public_json(seed: &Seed) -> Value {
    json!({ "type": "tendermint/PubKeyEd25519", "value": seed.public_base64() })
}

/// A private key as CometBFT's JSON writes it: seed, then public key.
fn private_json(seed: &Seed) -> Value {
    json!({ "type": "tendermint/PrivKeyEd25519", "value": STANDARD.encode(seed.signing_key().to_keypair_bytes()) })
}

/// `config/node_key.json`.
pub(crate) fn node_key_file(seed: &Seed) -> String {
    pretty(&json!({ "priv_key": private_json(seed) }))
}

/// `config/priv_validator_key.json`.
pub(crate) fn validator_key_file(seed: &Seed) -> String {
    pretty(&json!({
        "address": ValidatorAddress::of(seed).to_string(),
        "pub_key": public_json(seed),
        "priv_key": private_json(seed),
    }))
}

/// `data/priv_validator_state.json` of a validator that has signed nothing yet.
pub(crate) fn validator_state_file() -> String {
    pretty(&json!({ "height": "0", "round": 0, "step": 0 }))
}

/// JSON over several lines, with the line end that editors expect.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use super::*;

    /// The seed inside a private key that `cometbft init` 0.38.26 wrote.
    fn seed(private: &str) -> Seed {
        Seed::new(STANDARD.decode(private).unwrap()[..32].try_into().unwrap())
    }

    #[test]
    fn names_a_validator_as_cometbft_does() {
        let private =
            "6t3rFHDzTEQX4pxYQvSz9AohO7cf25r23JZyjEAxL9Byq1hZJYktPtSXiSg3gNC2xkDIhcHBvka6hztrIWvShQ==";
        let seed = seed(private);
        assert_eq!(ValidatorAddress::of(&seed).to_string(), "D2934E76E0B04975583D7745EB3DD91A665AA990");
        assert_eq!(private_json(&seed)["value"], private);
        assert_eq!(public_json(&seed)["value"], "cqtYWSWJLT7Ul4koN4DQtsZAyIXBwb5Guoc7ayFr0oU=");
    }

    #[test]
    fn names_a_node_as_cometbft_does() {
        let private =
            "8MhwJS59TEiWQ3p6CtgtNhHDFuDa47B3V5wS/+/swTBWAhDBxH33ryLeH2h0t5qK2jr+11SkqnB6gYQy8QVTzw==";
        assert_eq!(NodeId::of(&seed(private)).to_string(), "95c8d97022be9aa0bd0fdd527587f21249c2b566");
    }

    #[test]
    fn hides_a_seed_from_logs() {
        assert_eq!(format!("{:?}", Seed::new([7; 32])), "Seed(secret)");
    }
}
