//! What the genesis file says to the database chain.

use borsh::{BorshDeserialize, BorshSerialize};
use mongo_ledger_core::{block, key::PublicKey, state::Settings};
use serde::Deserialize;
use sirius_store::{Changes, Fault, Row, Store};
use tendermint_proto::crypto::public_key::Sum;
use tendermint_proto::v0_38::{abci::RequestInitChain, abci::ValidatorUpdate};
use thiserror::Error;

/// What a chain begins from.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    /// The chain.
    pub chain_id: String,
    /// What is decided for its whole life.
    pub settings: Settings,
    /// The first validators, by key.
    pub validators: Vec<(PublicKey, u64)>,
}

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
}

impl Default for Database {
    fn default() -> Self {
        let Settings { transaction_bytes, election_blocks } = Settings::default();
        Self { transaction_bytes, election_blocks }
    }
}

/// The most that a transaction may be allowed to have: a quarter of what a document may have, since its parts stand
/// there up to three times.
const MOST_BYTES: u32 = 4 << 20;
/// The least with which a transaction is of use.
const LEAST_BYTES: u32 = 1 << 10;

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

impl Genesis {
    /// Reads what CometBFT tells of the genesis file.
    ///
    /// # Errors
    /// The field that is wrong.
    pub(crate) fn read(request: &RequestInitChain) -> Result<Self, GenesisError> {
        let wrong = |field: &str, cause: String| GenesisError::Field { field: field.into(), cause };
        let state: AppState = match request.app_state_bytes.as_ref() {
            b"" | b"null" => AppState::default(),
            bytes => serde_json::from_slice(bytes).map_err(|error| wrong("app_state", error.to_string()))?,
        };
        let Database { transaction_bytes, election_blocks } = state.database;
        if !(LEAST_BYTES..=MOST_BYTES).contains(&transaction_bytes) {
            let cause = format!("{transaction_bytes} is not between {LEAST_BYTES} and {MOST_BYTES}");
            return Err(wrong("app_state.database.transaction_bytes", cause));
        }
        if election_blocks == 0 {
            return Err(wrong("app_state.database.election_blocks", "0 blocks leave no time to vote".into()));
        }
        let mut validators = request.validators.iter().map(validator).collect::<Result<Vec<_>, _>>()?;
        validators.sort_unstable();
        let settings = Settings { transaction_bytes, election_blocks };
        Ok(Self { chain_id: request.chain_id.clone(), settings, validators })
    }

    /// The state before the first block.
    pub(crate) fn changes(&self) -> Changes {
        block::genesis(&self.settings, &self.validators)
    }

    /// Its bytes, from whose hash the chain of blocks begins.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory cannot fail")
    }

    /// Its row in the index.
    pub(crate) fn row(&self) -> Row {
        (KEY.to_vec(), Some(self.bytes()))
    }

    /// What an index began from; `None` before its first block.
    ///
    /// # Errors
    /// The disk refuses.
    pub(crate) fn load(store: &Store) -> Result<Option<Self>, Fault> {
        let damaged =
            |error: std::io::Error| Fault::Damaged { what: "the genesis row", detail: error.to_string() };
        store.row(KEY)?.map(|row| Self::try_from_slice(&row).map_err(damaged)).transpose()
    }
}

const KEY: &[u8] = b"c/genesis";

fn validator(update: &ValidatorUpdate) -> Result<(PublicKey, u64), GenesisError> {
    let wrong = |cause: &str| GenesisError::Field { field: "validators".into(), cause: cause.into() };
    let key = match update.pub_key.as_ref().and_then(|key| key.sum.as_ref()) {
        Some(Sum::Ed25519(bytes)) => {
            bytes.as_slice().try_into().map_err(|_| wrong("a key is not 32 bytes long"))?
        }
        _ => return Err(wrong("each needs an ed25519 key")),
    };
    let power = u64::try_from(update.power).map_err(|_| wrong("a power is negative"))?;
    Ok((PublicKey::new(key), power))
}
