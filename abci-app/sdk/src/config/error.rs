//! Why a client's home is of no use.

use std::path::PathBuf;

use thiserror::Error;

use super::FILE;

/// Why a client's home is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Nowhere to look.
    #[error("no client home was found: the person has no folder; name one with --home or SIRIUS_HOME")]
    NoHome,
    /// No settings there.
    #[error(
        "there is no {FILE} in {home}; start a network with `make localnet`, name a home with --home or SIRIUS_HOME, or \
         write the file with chain_id, prefix, rpc, fee_denom and keys"
    )]
    Missing {
        /// The folder.
        home: PathBuf,
    },
    /// Not TOML, or not these fields.
    #[error("reading {path} failed: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A field that makes no sense.
    #[error("{path}, field {field}: {reason}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file with the passphrase is of no use.
    #[error("reading the passphrase from {path} failed: {reason}")]
    Passphrase {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
