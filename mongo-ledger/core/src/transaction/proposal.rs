//! What an election decides, read from its `asset.data`.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    json::{Object, Value, object},
    key::PublicKey,
    refusal::Refusal,
};

use super::Operation;

/// A decision that validators are asked for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Proposal {
    /// A validator's power becomes another.
    Validator {
        /// The validator's key.
        key: PublicKey,
        /// The power from then on; 0 removes it.
        power: u64,
        /// The CometBFT id of its node, for operators.
        node_id: String,
    },
    /// The chain ends and goes on as another.
    Migration,
}

impl Proposal {
    /// The operation that proposes it.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Validator { .. } => Operation::ValidatorElection,
            Self::Migration => Operation::ChainMigrationElection,
        }
    }

    /// The document that says so; `seed` makes a second election on the same thing another one.
    pub fn data(&self, seed: &str) -> Value {
        match self {
            Self::Validator { key, power, node_id } => object([
                ("node_id", node_id.as_str().into()),
                ("power", i64::try_from(*power).unwrap_or(i64::MAX).into()),
                (
                    "public_key",
                    object([
                        ("type", "ed25519-base16".into()),
                        ("value", hex::encode_upper(key.as_bytes()).into()),
                    ]),
                ),
                ("seed", seed.into()),
            ]),
            Self::Migration => object([("seed", seed.into())]),
        }
    }

    /// Reads the document of an election.
    pub(super) fn read(operation: Operation, data: Option<&Object>) -> Result<Option<Self>, Refusal> {
        if !operation.is_election() {
            return Ok(None);
        }
        let data = data.ok_or_else(|| schema("asset.data of an election is an object"))?;
        if data.get("seed").is_some_and(|seed| seed.as_str().is_none()) {
            return Err(schema("asset.data.seed is a string"));
        }
        match operation {
            Operation::ValidatorElection => validator(data).map(Some),
            _ if data.keys().any(|name| name != "seed") => {
                Err(schema("asset.data of a CHAIN_MIGRATION_ELECTION has nothing but `seed`"))
            }
            _ => Ok(Some(Self::Migration)),
        }
    }
}

fn schema(text: &str) -> Refusal {
    Refusal::SchemaValidationError(text.to_owned())
}

fn validator(data: &Object) -> Result<Proposal, Refusal> {
    let allowed = BTreeSet::from(["node_id", "power", "public_key", "seed"]);
    if data.keys().any(|name| !allowed.contains(name.as_str())) {
        return Err(schema(
            "asset.data of a VALIDATOR_ELECTION has `node_id`, `public_key`, `power` and may have `seed`",
        ));
    }
    let node_id = data.get("node_id").and_then(Value::as_str);
    let node_id = node_id.ok_or_else(|| schema("asset.data.node_id is a string"))?.to_owned();
    let power = data.get("power").and_then(Value::as_i64).and_then(|power| u64::try_from(power).ok());
    let power = power.ok_or_else(|| schema("asset.data.power is an integer from 0"))?;
    let key = data.get("public_key").and_then(Value::as_object).filter(|key| key.len() == 2);
    let part = |name| key.and_then(|key| key.get(name)).and_then(Value::as_str);
    let (Some(encoding), Some(text)) = (part("type"), part("value")) else {
        return Err(schema("asset.data.public_key has exactly the strings `type` and `value`"));
    };
    Ok(Proposal::Validator { key: decode(encoding, text)?, power, node_id })
}

/// Reads a key in one of the three encodings; the longest has 64 digits.
fn decode(encoding: &str, text: &str) -> Result<PublicKey, Refusal> {
    let bytes = match encoding {
        _ if text.len() > 64 => None,
        "ed25519-base16" => hex::decode(text).ok(),
        "ed25519-base32" => base32(text),
        "ed25519-base64" => STANDARD.decode(text).ok(),
        _ => {
            return Err(schema(
                "asset.data.public_key.type is ed25519-base16, ed25519-base32 or ed25519-base64",
            ));
        }
    };
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(PublicKey::new)
        .ok_or_else(|| Refusal::InvalidPublicKey(format!("the public key is not 32 bytes as {encoding}")))
}

/// RFC 4648, section 6: upper-case letters and padding, and zeros in the bits that are left.
fn base32(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_suffix("====").unwrap_or(text);
    if !text.len().is_multiple_of(8) {
        return None;
    }
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit.wrapping_sub(b'A'),
            b'2'..=b'7' => digit.wrapping_sub(b'2').wrapping_add(26),
            _ => return None,
        };
        held = (held << 5) | u32::from(value);
        bits = bits.wrapping_add(5);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            out.push(u8::try_from((held >> bits) & 0xff).ok()?);
            held &= (1_u32 << bits).wrapping_sub(1);
        }
    }
    (held == 0).then_some(out)
}
