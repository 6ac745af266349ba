//! Who may read the node's secrets: nobody but the user that runs it.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{Finding, Patient};

const NAME: &str = "permissions";
/// Reading, writing and executing by the group and by others.
const OTHERS: u32 = 0o077;
/// CometBFT's secrets below its home, and the state that keeps a validator from signing a height twice.
const COMETBFT: &[&str] =
    &["config/priv_validator_key.json", "config/node_key.json", "data/priv_validator_state.json"];

/// A file of secrets that somebody else may read or change.
#[derive(Debug, thiserror::Error)]
pub enum Exposed {
    /// The group or others may.
    #[error("{path} has mode {mode:03o}; make it readable by its owner alone: chmod 600 {path}")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is there, and cannot be looked at.
    #[error("looking at {path} failed: {cause}; run as the user that runs the node")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// Whether a file of secrets is the owner's alone. One that is not there is nobody's.
///
/// # Errors
/// Somebody else may read or change it.
pub fn private(path: &Path) -> Result<(), Exposed> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.mode() & OTHERS == 0 => Ok(()),
        Ok(metadata) => Err(Exposed::Mode { path: path.into(), mode: metadata.mode() & 0o777 }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Exposed::Unknown { path: path.into(), cause }),
    }
}

/// CometBFT's files of secrets below its home.
pub fn secrets(cometbft: &Path) -> impl Iterator<Item = PathBuf> {
    COMETBFT.iter().map(|path| cometbft.join(path))
}

pub(super) fn check(patient: &Patient) -> Finding {
    let own = patient.secrets.iter().cloned();
    let theirs = patient.cometbft.iter().flat_map(|home| secrets(home));
    let all: Vec<_> = own.chain(theirs).collect();
    let exposed: Vec<_> =
        all.iter().filter_map(|path| private(path).err()).map(|error| error.to_string()).collect();
    let there = all.iter().filter(|path| path.exists()).count();
    match exposed.is_empty() {
        true => Finding::ok(NAME, format!("{there} files of secrets, readable by their owner alone")),
        false => Finding::failed(NAME, exposed.join(", "), "then think about whether somebody has read them"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        assert!(private(&path).is_ok());
        fs::write(&path, "{}").unwrap();
        for (mode, well) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o620, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(private(&path).is_ok(), well, "{mode:o}");
        }
        let said = private(&path).unwrap_err().to_string();
        assert!(said.contains("mode 620") && said.contains("chmod 600"), "{said}");
    }
}
