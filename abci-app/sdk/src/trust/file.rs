//! The newest trusted header on the disk: whole or absent, and of use to the anchor it came from alone.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sirius_primitives::{Hash, Height};
use tendermint::{PublicKey, Time, vote::Power};

use super::{Settings, TrustError, TrustedHeader, block::validator_set};

/// The most bytes of the file: 10,000 validators have 2 MB.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    chain_id: String,
    /// See [`super::Anchor::identity`].
    anchor: String,
    height: Height,
    time: Time,
    hash: String,
    app_hash: String,
    last_hash: String,
    next_validators: Vec<Member>,
}

/// A validator, as files have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) pub_key: PublicKey,
    pub(super) power: Power,
}

/// Reads the file. `None` when there is none, or it belongs to another chain or anchor: the network began anew.
pub(super) fn read(path: &Path, settings: &Settings) -> Result<Option<TrustedHeader>, TrustError> {
    let failed = |reason: String| TrustError::File { action: "reading", path: path.into(), reason };
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
        Ok(metadata) if metadata.len() > MOST_BYTES => {
            return Err(failed(format!("it has {} bytes, at most {MOST_BYTES} are read", metadata.len())));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    if stored.chain_id != settings.chain_id || stored.anchor != settings.anchor.identity().to_string() {
        return Ok(None);
    }
    let hash = |text: &str| text.parse::<Hash>().map_err(|error| failed(error.to_string()));
    let members = stored.next_validators.iter().map(|member| (member.pub_key, member.power)).collect();
    Ok(Some(TrustedHeader {
        height: stored.height,
        time: stored.time,
        hash: hash(&stored.hash)?,
        app_hash: hash(&stored.app_hash)?,
        last: hash(&stored.last_hash)?,
        next_validators: validator_set(members)?,
    }))
}

/// Writes the file beside the old one and puts it in its place.
pub(super) fn write(path: &Path, settings: &Settings, header: &TrustedHeader) -> Result<(), TrustError> {
    let failed = |reason: String| TrustError::File { action: "writing", path: path.into(), reason };
    let members = header.next_validators.validators().iter();
    let stored = Stored {
        chain_id: settings.chain_id.clone(),
        anchor: settings.anchor.identity().to_string(),
        height: header.height,
        time: header.time,
        hash: header.hash.to_string(),
        app_hash: header.app_hash.to_string(),
        last_hash: header.last.to_string(),
        next_validators: members.map(|info| Member { pub_key: info.pub_key, power: info.power }).collect(),
    };
    let bytes = serde_json::to_vec_pretty(&stored).map_err(|error| failed(error.to_string()))?;
    // Two processes may write at once; each has its own draft, and the last one stays.
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(|error| {
        // The draft is of no use to anybody; that it may not be there is no further error.
        let _ = fs::remove_file(&draft);
        failed(error.to_string())
    })
}
