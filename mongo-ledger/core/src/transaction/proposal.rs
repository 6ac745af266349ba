//! What an election decides, read from its `asset.data`.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    access::Change,
    json::{Object, Value, object},
    key::PublicKey,
    refusal::Refusal,
    settings::{ELECTION_BLOCKS, TRANSACTION_BYTES},
    upgrade::{self, Plan},
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
    /// Settings of the chain become others from the next block on; at least one is there.
    Parameters {
        /// The largest transaction, in bytes, within [`TRANSACTION_BYTES`].
        transaction_bytes: Option<u32>,
        /// For how many blocks an election can be voted on, within [`ELECTION_BLOCKS`].
        election_blocks: Option<u64>,
    },
    /// Somebody gets or loses a role.
    Policy(Change),
    /// The chain goes on with another program from a height on.
    Upgrade(Plan),
}

impl Proposal {
    /// The operation that proposes it.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Validator { .. } => Operation::ValidatorElection,
            Self::Migration => Operation::ChainMigrationElection,
            Self::Parameters { .. } => Operation::ParamElection,
            Self::Policy(_) => Operation::PolicyElection,
            Self::Upgrade(_) => Operation::UpgradeElection,
        }
    }

    /// What would change about roles.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Policy(change) => Some(change),
            _ => None,
        }
    }

    /// The document that says so on a chain; `seed` makes a second election on the same thing another one.
    pub fn data(&self, chain: &str, seed: &str) -> Object {
        let mut data = self.members();
        data.insert("seed".into(), seed.into());
        if self.operation().names_chain() {
            data.insert("chain".into(), chain.into());
        }
        data
    }

    fn members(&self) -> Object {
        let mut data = Object::new();
        let mut add = |name: &str, value: Value| drop(data.insert(name.into(), value));
        let number = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
        match self {
            Self::Validator { key, power, node_id } => {
                add("node_id", node_id.as_str().into());
                add("power", number(*power));
                let value = hex::encode_upper(key.as_bytes()).into();
                add("public_key", object([("type", "ed25519-base16".into()), ("value", value)]));
            }
            Self::Migration => {}
            Self::Parameters { transaction_bytes, election_blocks } => {
                transaction_bytes.iter().for_each(|bytes| add("transaction_bytes", number((*bytes).into())));
                election_blocks.iter().for_each(|blocks| add("election_blocks", number(*blocks)));
            }
            Self::Policy(change) => {
                add("action", change.action().into());
                data.extend(change.data());
            }
            Self::Upgrade(Plan { name, height }) => {
                add("name", name.as_str().into());
                add("height", number(*height));
            }
        }
        data
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
            Operation::ParamElection => parameters(data).map(Some),
            Operation::PolicyElection => policy(data).map(|change| Some(Self::Policy(change))),
            Operation::UpgradeElection => plan(data).map(|plan| Some(Self::Upgrade(plan))),
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

/// Refuses members of other names.
fn only(data: &Object, names: &[&str], operation: Operation) -> Result<(), Refusal> {
    match data.keys().any(|name| !names.contains(&name.as_str())) {
        true => Err(Refusal::SchemaValidationError(format!(
            "asset.data of {} has nothing but {}",
            operation.as_str(),
            names.join(", ")
        ))),
        false => Ok(()),
    }
}

/// A whole number that is not negative.
fn number(data: &Object, name: &str) -> Result<Option<u64>, Refusal> {
    let read = |value: &Value| value.as_i64().and_then(|number| u64::try_from(number).ok());
    let wrong = || Refusal::SchemaValidationError(format!("asset.data.{name} is an integer from 0"));
    data.get(name).map(|value| read(value).ok_or_else(wrong)).transpose()
}

fn parameters(data: &Object) -> Result<Proposal, Refusal> {
    only(data, &["chain", "election_blocks", "seed", "transaction_bytes"], Operation::ParamElection)?;
    let outside = |name: &str, found: u64, from: &dyn std::fmt::Display, to: &dyn std::fmt::Display| {
        Refusal::ValidationError(format!("asset.data.{name} is from {from} to {to}, found {found}"))
    };
    let bytes = number(data, "transaction_bytes")?;
    let transaction_bytes = bytes.map(|found| {
        let bytes = u32::try_from(found).ok().filter(|bytes| TRANSACTION_BYTES.contains(bytes));
        let (from, to) = (TRANSACTION_BYTES.start(), TRANSACTION_BYTES.end());
        bytes.ok_or_else(|| outside("transaction_bytes", found, from, to))
    });
    let election_blocks = number(data, "election_blocks")?;
    if let Some(found) = election_blocks.filter(|blocks| !ELECTION_BLOCKS.contains(blocks)) {
        return Err(outside("election_blocks", found, ELECTION_BLOCKS.start(), ELECTION_BLOCKS.end()));
    }
    match (transaction_bytes.transpose()?, election_blocks) {
        (None, None) => Err(schema("a PARAM_ELECTION has transaction_bytes, election_blocks or both")),
        (transaction_bytes, election_blocks) => {
            Ok(Proposal::Parameters { transaction_bytes, election_blocks })
        }
    }
}

fn policy(data: &Object) -> Result<Change, Refusal> {
    let action = data.get("action").and_then(Value::as_str);
    let action = action.ok_or_else(|| schema("asset.data.action is `grant` or `revoke`"))?;
    Change::read(action, data, &["action", "chain", "seed"])
}

fn plan(data: &Object) -> Result<Plan, Refusal> {
    only(data, &["chain", "height", "name", "seed"], Operation::UpgradeElection)?;
    let name = data.get("name").and_then(Value::as_str).filter(|name| upgrade::is_name(name));
    let name = name.ok_or_else(|| schema("asset.data.name is 1 to 64 letters, digits, `-`, `_` or `.`"))?;
    let height = number(data, "height")?.ok_or_else(|| schema("asset.data.height is an integer from 0"))?;
    Ok(Plan { name: name.to_owned(), height })
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
