//! What the first trust rests on: the genesis file, or one header that somebody vouches for.

use std::{fs::File, io::BufReader, path::Path};

use serde::Deserialize;
use sirius_primitives::{Hash, Height, sha256};
use tendermint::{PublicKey, Time, chain, validator::Set, vote::Power};
use tendermint_light_client_verifier::{ProdVerifier, Verdict};

use super::{
    TrustError,
    block::{LightBlock, validator_set},
};

/// What the first trust rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// The validators of the genesis file.
    Genesis(Genesis),
    /// A header of which somebody trustworthy told height and hash.
    Header {
        /// Its height.
        height: Height,
        /// Its hash.
        hash: Hash,
    },
}

/// What of a genesis file makes the first header trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The height of the first block.
    pub initial_height: Height,
    chain_id: String,
    time: Time,
    validators: Set,
}

/// The fields of CometBFT's genesis file that are read here; the state, which may be large, is passed over.
#[derive(Deserialize)]
struct GenesisFile {
    genesis_time: Time,
    chain_id: String,
    #[serde(default)]
    initial_height: Option<String>,
    #[serde(default)]
    validators: Vec<GenesisValidator>,
}

#[derive(Deserialize)]
struct GenesisValidator {
    pub_key: PublicKey,
    power: Power,
}

impl Genesis {
    /// Reads a genesis file of CometBFT.
    ///
    /// # Errors
    /// The file cannot be read, is none of CometBFT's, or names no validators.
    pub fn read(path: &Path) -> Result<Self, TrustError> {
        let refuse = |reason: String| TrustError::Genesis { path: path.into(), reason };
        let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
        let file: GenesisFile =
            serde_json::from_reader(BufReader::new(file)).map_err(|error| refuse(error.to_string()))?;
        Self::parse(file).map_err(refuse)
    }

    fn parse(file: GenesisFile) -> Result<Self, String> {
        let height = match file.initial_height.as_deref() {
            None | Some("" | "0") => 1,
            Some(text) => text.parse().map_err(|_| format!("initial_height {text:?} is not a number"))?,
        };
        if file.validators.is_empty() {
            return Err("it names no validators".into());
        }
        let members =
            file.validators.into_iter().map(|validator| (validator.pub_key, validator.power)).collect();
        let validators = validator_set(members).map_err(|error| error.to_string())?;
        Ok(Self {
            initial_height: Height(height),
            chain_id: file.chain_id,
            time: file.genesis_time,
            validators,
        })
    }

    /// The chain's name.
    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// Whether `block` is the first block of the chain that this genesis began.
    ///
    /// # Errors
    /// Why it is not.
    fn vouch(&self, chain_id: &chain::Id, block: &LightBlock) -> Result<(), TrustError> {
        let header = &block.signed.header;
        if self.chain_id != chain_id.as_str() {
            return Err(TrustError::OtherChain {
                expected: chain_id.to_string(),
                found: self.chain_id.clone(),
            });
        }
        if header.validators_hash != self.validators.hash() {
            return Err(TrustError::OtherGenesis { height: block.height() });
        }
        if header.time < self.time {
            let reason = format!("its time {} is before genesis, {}", header.time, self.time);
            return Err(TrustError::Invalid { height: block.height(), reason });
        }
        signed(chain_id, block)
    }
}

impl Anchor {
    /// A short text that differs between anchors, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Genesis(genesis) => {
                format!("the {} validators of genesis", genesis.validators.validators().len())
            }
            Self::Header { height, hash } => format!("header {height} with hash {hash}"),
        }
    }

    /// The height of the header that it vouches for.
    pub fn height(&self) -> Height {
        match self {
            Self::Genesis(genesis) => genesis.initial_height,
            Self::Header { height, .. } => *height,
        }
    }

    /// Whether `block` is the one that it vouches for.
    ///
    /// # Errors
    /// Why it is not.
    pub(super) fn vouch(&self, chain_id: &chain::Id, block: &LightBlock) -> Result<(), TrustError> {
        match self {
            Self::Genesis(genesis) => genesis.vouch(chain_id, block),
            Self::Header { height, hash } => {
                let found = block.header().hash;
                if found != *hash {
                    return Err(TrustError::OtherHeader { height: *height, expected: *hash, found });
                }
                signed(chain_id, block)
            }
        }
    }

    /// What tells this anchor from every other.
    pub(super) fn identity(&self) -> Hash {
        match self {
            Self::Genesis(genesis) => {
                let time = genesis.time.to_rfc3339();
                let parts =
                    [genesis.chain_id.as_bytes(), time.as_bytes(), genesis.validators.hash().as_bytes()]
                        .concat();
                sha256(&parts)
            }
            Self::Header { hash, .. } => *hash,
        }
    }
}

/// Whether `block` is of this chain and more than 2/3 of its own validators signed it.
fn signed(chain_id: &chain::Id, block: &LightBlock) -> Result<(), TrustError> {
    let found = &block.signed.header.chain_id;
    if found != chain_id {
        return Err(TrustError::OtherChain { expected: chain_id.to_string(), found: found.to_string() });
    }
    let verifier = ProdVerifier::default();
    let untrusted = block.untrusted();
    for verdict in [verifier.verify_validator_sets(&untrusted), verifier.verify_commit(&untrusted)] {
        let reason = match verdict {
            Verdict::Success => continue,
            Verdict::NotEnoughTrust(tally) => format!("not enough of its validators signed it: {tally}"),
            Verdict::Invalid(reason) => reason.to_string(),
        };
        return Err(TrustError::Invalid { height: block.height(), reason });
    }
    Ok(())
}
