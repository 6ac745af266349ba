//! Who this node is to nodes that answer readers alone: the key that it asks with, and the tokens that the key signs.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::{key::SecretKey, pass::Pass};
use serde_json::Value;
use sirius_host::doctor;

use crate::config::{Config, Read};

/// For how many seconds a token opens a node: as long as one command takes.
const LIFE: u64 = 60;

/// What a question to a closed node carries: a token of the key that `access.key` names, else of the validator's; none
/// where no key is named and this node itself is open.
///
/// # Errors
/// The key cannot be had.
pub(crate) fn token(config: &Config, chain: &str) -> Result<Option<String>> {
    let secret = match named(config)? {
        Some(secret) => secret,
        None if config.access.read == Read::Open => return Ok(None),
        None => validator(config)?,
    };
    Ok(Some(sign(config, &secret, chain)))
}

/// The key that `access.key` names.
///
/// # Errors
/// As [`validator`].
pub(crate) fn named(config: &Config) -> Result<Option<SecretKey>> {
    config.access_key().map(|path| secret(&path).context("mongo-ledger.toml, access.key")).transpose()
}

/// A token of a key for nodes of `chain` that are called as this one, for as long as one command takes.
pub(crate) fn sign(config: &Config, secret: &SecretKey, chain: &str) -> String {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let until = u64::try_from(now).unwrap_or_default().saturating_add(LIFE);
    let audience = config.access.audience.as_deref().unwrap_or(chain).to_owned();
    Pass { chain: chain.to_owned(), key: secret.public().to_string(), audience, until }.sign(secret)
}

/// The key that CometBFT votes with.
///
/// # Errors
/// Its file is not known, readable by others, or holds no ed25519 key.
pub(crate) fn validator(config: &Config) -> Result<SecretKey> {
    let home = config.cometbft();
    let home = home.context("mongo-ledger.toml says no cometbft.home, where the validator's key is")?;
    secret(&home.join("config/priv_validator_key.json"))
}

/// The key in a file as CometBFT writes them.
fn secret(path: &Path) -> Result<SecretKey> {
    doctor::private(path)?;
    let text = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let file: Value =
        serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    let part = |path| file.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let kind = part("/priv_key/type");
    ensure!(
        kind == "tendermint/PrivKeyEd25519",
        "{}: the key is {kind:?}, and has to be ed25519",
        path.display()
    );
    let bytes = STANDARD.decode(part("/priv_key/value"))?;
    let seed = bytes
        .first_chunk::<32>()
        .with_context(|| format!("{} has a key that is too short", path.display()))?;
    Ok(SecretKey::new(seed))
}
