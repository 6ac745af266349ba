//! The documents that say how far the ledger is and what it began from.

use mongo_ledger_core::{genesis::Genesis, key::PublicKey, settings::Settings};
use mongodb::bson::{self, Document};
use serde::{Deserialize, Serialize};

use super::{Collection, DocumentsError};

/// `meta/state`: the last block that counts. Whoever reads by driver takes only documents whose `h` is at most `height`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateDocument {
    #[serde(rename = "_id")]
    id: String,
    /// The height.
    pub height: i64,
    /// The app hash after it, upper-case hexadecimal.
    pub app_hash: String,
    /// How many records the log has.
    pub log_size: i64,
    /// The log's root, upper-case hexadecimal.
    pub log_root: String,
    /// The block's time (RFC 3339).
    pub time: String,
}

impl StateDocument {
    /// Its `_id`.
    pub const ID: &'static str = "state";

    /// The state after a block.
    pub fn new(height: i64, app_hash: String, log: (i64, String), time: String) -> Self {
        let (log_size, log_root) = log;
        Self { id: Self::ID.into(), height, app_hash, log_size, log_root, time }
    }

    /// The state after a later block that has no records.
    #[must_use]
    pub fn at(&self, height: u64, app_hash: String) -> Self {
        Self { height: wide(height), app_hash, ..self.clone() }
    }

    /// Itself as it is written.
    pub fn document(&self) -> Document {
        document(self)
    }
}

/// `_id` of the document that says that documents are being put back.
pub const RESTORING: &str = "restoring";

/// `meta/restoring`: the documents are being put back from a snapshot and do not count.
pub fn restoring() -> Document {
    Document::from_iter([("_id".to_owned(), RESTORING.into())])
}

/// `meta/chain`: what the ledger began from, so that it can be rebuilt from its documents alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainDocument {
    #[serde(rename = "_id")]
    id: String,
    /// The chain.
    pub chain_id: String,
    /// The largest transaction, in bytes.
    pub transaction_bytes: i64,
    /// For how many blocks an election can be voted on.
    pub election_blocks: i64,
    /// `open` or `permissioned`.
    pub mode: String,
    /// The first admins, by the URIs of their conditions.
    pub admins: Vec<String>,
    /// The first validators.
    pub validators: Vec<ValidatorDocument>,
    /// How the documents are laid out; raised when an older program could not read them.
    pub schema: i64,
}

/// A validator and its power.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorDocument {
    /// Base58.
    pub public_key: String,
    /// Voting power.
    pub power: i64,
}

/// How documents are laid out today.
const SCHEMA: i64 = 2;

impl ChainDocument {
    /// Its `_id`.
    pub const ID: &'static str = "chain";

    /// The document of a chain.
    pub fn new(genesis: &Genesis) -> Self {
        let Genesis { chain_id, settings, admins, validators } = genesis;
        Self {
            id: Self::ID.into(),
            chain_id: chain_id.clone(),
            transaction_bytes: settings.transaction_bytes.into(),
            election_blocks: wide(settings.election_blocks),
            mode: settings.access.as_str().into(),
            admins: admins.iter().map(ToString::to_string).collect(),
            validators: listed(validators),
            schema: SCHEMA,
        }
    }

    /// Itself as it is written.
    pub fn document(&self) -> Document {
        document(self)
    }

    /// What the genesis file said.
    ///
    /// # Errors
    /// Somebody changed the document.
    pub fn genesis(&self) -> Result<Genesis, DocumentsError> {
        let changed = |what: &str| DocumentsError::Changed {
            collection: Collection::Meta,
            id: Self::ID.into(),
            what: what.into(),
        };
        if self.schema != SCHEMA {
            return Err(changed("has another schema than this program's"));
        }
        let settings = Settings {
            transaction_bytes: u32::try_from(self.transaction_bytes)
                .map_err(|_| changed("has no valid transaction_bytes"))?,
            election_blocks: u64::try_from(self.election_blocks)
                .map_err(|_| changed("has no valid election_blocks"))?,
            access: self.mode.parse().map_err(|_| changed("has no valid mode"))?,
        };
        let admin = |text: &String| text.parse().map_err(|_| changed("has an admin who is nobody"));
        let validator = |one: &ValidatorDocument| {
            let key = one.public_key.parse().map_err(|_| changed("has a validator without a valid key"))?;
            let power = u64::try_from(one.power).map_err(|_| changed("has a validator without power"))?;
            Ok((key, power))
        };
        Ok(Genesis {
            chain_id: self.chain_id.clone(),
            settings,
            admins: self.admins.iter().map(admin).collect::<Result<_, _>>()?,
            validators: self.validators.iter().map(validator).collect::<Result<_, _>>()?,
        })
    }
}

/// Validators as documents.
pub(super) fn listed(validators: &[(PublicKey, u64)]) -> Vec<ValidatorDocument> {
    let one = |(key, power): &(PublicKey, u64)| ValidatorDocument {
        public_key: key.to_string(),
        power: wide(*power),
    };
    validators.iter().map(one).collect()
}

/// A count in the only whole numbers that BSON has.
pub(super) fn wide(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A document of a plain structure.
pub(super) fn document(value: &impl Serialize) -> Document {
    bson::serialize_to_document(value).expect("texts, numbers and lists are BSON")
}

/// Reads a document of a plain structure.
///
/// # Errors
/// It is not what this program writes.
pub fn read<T: for<'de> Deserialize<'de>>(
    collection: Collection,
    id: &str,
    document: Document,
) -> Result<T, DocumentsError> {
    bson::deserialize_from_document(document).map_err(|error| DocumentsError::Changed {
        collection,
        id: id.into(),
        what: format!("is not what this program writes: {error}"),
    })
}
