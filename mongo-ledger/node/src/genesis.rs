//! What the genesis file says to the database chain.

use borsh::BorshDeserialize as _;
use mongo_ledger_core::{
    access::{Access, Holder},
    key::PublicKey,
    settings::{ELECTION_BLOCKS, Settings, TRANSACTION_BYTES},
};
use serde::Deserialize;
use sirius_store::{Fault, Row, Store};
use tendermint_proto::{
    crypto::public_key::Sum,
    v0_38::abci::{RequestInitChain, ValidatorUpdate},
};
use thiserror::Error;

pub use mongo_ledger_core::genesis::Genesis;

/// `app_state` of the genesis file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AppState {
    database: Database,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Database {
    transaction_bytes: u32,
    election_blocks: u64,
    mode: String,
    /// Keys in base58, or URIs of conditions.
    admins: Vec<String>,
}

impl Default for Database {
    fn default() -> Self {
        let Settings { transaction_bytes, election_blocks, access } = Settings::default();
        Self { transaction_bytes, election_blocks, mode: access.as_str().into(), admins: Vec::new() }
    }
}

/// How many admins genesis names at most.
const MOST_ADMINS: usize = 100;

/// Why a chain cannot begin.
#[derive(Debug, Error)]
pub enum GenesisError {
    /// A field of the genesis file is wrong.
    #[error("genesis field {field}: {cause}")]
    Field {
        /// Which.
        field: String,
        /// What is wrong with it.
        cause: String,
    },
    /// There is a ledger already.
    #[error(
        "InitChain came, but this node's ledger is at height {0}; point CometBFT to its own data, or reset both"
    )]
    NotEmpty(u64),
    /// This node is ill.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn wrong(field: &str, cause: impl Into<String>) -> GenesisError {
    GenesisError::Field { field: field.into(), cause: cause.into() }
}

/// Reads what CometBFT tells of the genesis file.
///
/// # Errors
/// The field that is wrong.
pub(crate) fn read(request: &RequestInitChain) -> Result<Genesis, GenesisError> {
    let state: AppState = match request.app_state_bytes.as_ref() {
        b"" | b"null" => AppState::default(),
        bytes => serde_json::from_slice(bytes).map_err(|error| wrong("app_state", error.to_string()))?,
    };
    let Database { transaction_bytes, election_blocks, mode, admins } = state.database;
    if !TRANSACTION_BYTES.contains(&transaction_bytes) {
        let (least, most) = (TRANSACTION_BYTES.start(), TRANSACTION_BYTES.end());
        let cause = format!("{transaction_bytes} is not between {least} and {most}");
        return Err(wrong("app_state.database.transaction_bytes", cause));
    }
    if !ELECTION_BLOCKS.contains(&election_blocks) {
        let (least, most) = (ELECTION_BLOCKS.start(), ELECTION_BLOCKS.end());
        let cause = format!("{election_blocks} is not between {least} and {most}");
        return Err(wrong("app_state.database.election_blocks", cause));
    }
    let access: Access = mode
        .parse()
        .map_err(|error| wrong("app_state.database.mode", format!("{mode:?} is none: {error}")))?;
    let admins = holders(access, &admins)?;
    let mut validators = request.validators.iter().map(validator).collect::<Result<Vec<_>, _>>()?;
    validators.sort_unstable();
    let settings = Settings { transaction_bytes, election_blocks, access };
    Ok(Genesis { chain_id: request.chain_id.clone(), settings, admins, validators })
}

/// The first admins: some on a permissioned chain, none on an open one.
fn holders(access: Access, admins: &[String]) -> Result<Vec<Holder>, GenesisError> {
    let field = "app_state.database.admins";
    match (access, admins.len()) {
        (Access::Open, 1..) => {
            return Err(wrong(
                field,
                "an open chain has no admins: set mode to \"permissioned\", or name none",
            ));
        }
        (Access::Permissioned, 0) => {
            return Err(wrong(field, "a permissioned chain needs an admin: name a key in base58"));
        }
        (_, count) if count > MOST_ADMINS => {
            return Err(wrong(field, format!("{count} are more than {MOST_ADMINS}: grant the others later")));
        }
        _ => {}
    }
    let holder =
        |text: &String| text.parse().map_err(|error| wrong(field, format!("{text:?} names nobody: {error}")));
    admins.iter().map(holder).collect()
}

/// The bytes of a genesis, from whose hash the chain of blocks begins.
pub(crate) fn bytes(genesis: &Genesis) -> Vec<u8> {
    borsh::to_vec(genesis).expect("writing to memory cannot fail")
}

/// Its row in the index.
pub(crate) fn row(genesis: &Genesis) -> Row {
    (KEY.to_vec(), Some(bytes(genesis)))
}

/// What an index began from; `None` before its first block.
///
/// # Errors
/// The disk refuses.
pub(crate) fn load(store: &Store) -> Result<Option<Genesis>, Fault> {
    let damaged =
        |error: std::io::Error| Fault::Damaged { what: "the genesis row", detail: error.to_string() };
    store.row(KEY)?.map(|row| Genesis::try_from_slice(&row).map_err(damaged)).transpose()
}

const KEY: &[u8] = b"c/genesis";

fn validator(update: &ValidatorUpdate) -> Result<(PublicKey, u64), GenesisError> {
    let wrong = |cause: &str| wrong("validators", cause);
    let key = match update.pub_key.as_ref().and_then(|key| key.sum.as_ref()) {
        Some(Sum::Ed25519(bytes)) => {
            bytes.as_slice().try_into().map_err(|_| wrong("a key is not 32 bytes long"))?
        }
        _ => return Err(wrong("each needs an ed25519 key")),
    };
    let power = u64::try_from(update.power).map_err(|_| wrong("a power is negative"))?;
    Ok((PublicKey::new(key), power))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn a_genesis_says_who_may_and_what_is_wrong_with_it_by_field() {
        let read = |database: &str| {
            let state = format!("{{\"database\":{database}}}");
            super::read(&RequestInitChain { app_state_bytes: state.into(), ..Default::default() })
        };
        let key = PublicKey::new([7; 32]);
        let genesis = read(&format!(r#"{{"mode":"permissioned","admins":["{key}"]}}"#)).unwrap();
        assert_eq!(
            (genesis.settings.access, genesis.admins),
            (Access::Permissioned, vec![Holder::from(&key)])
        );
        assert_eq!(read("{}").unwrap(), Genesis::default());
        let many = vec![format!("\"{key}\""); MOST_ADMINS + 1].join(",");
        for (database, field) in [
            (r#"{"mode":"closed"}"#.to_owned(), "mode: \"closed\" is none"),
            (r#"{"mode":"permissioned"}"#.to_owned(), "admins: a permissioned chain needs an admin"),
            (format!(r#"{{"admins":["{key}"]}}"#), "admins: an open chain has no admins"),
            (r#"{"mode":"permissioned","admins":["alice"]}"#.to_owned(), "admins: \"alice\" names nobody"),
            (format!(r#"{{"mode":"permissioned","admins":[{many}]}}"#), "admins: 101 are more than 100"),
            (r#"{"transaction_bytes":1}"#.to_owned(), "transaction_bytes: 1 is not between"),
            (r#"{"election_blocks":0}"#.to_owned(), "election_blocks: 0 is not between"),
            (r#"{"admin":[]}"#.to_owned(), "app_state: unknown field `admin`"),
        ] {
            let said = read(&database).unwrap_err().to_string();
            assert!(said.contains(field), "{database}: {said}");
        }
    }
}
