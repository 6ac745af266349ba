//! Which folder is the client's home.

use std::path::{Path, PathBuf};

use super::ConfigError;

/// The file that makes a folder a client's home.
pub const FILE: &str = "client.toml";
/// The folder that `localnet` makes.
const LOCALNET: &str = ".localnet";
/// The folder below a person's own.
const PERSONAL: &str = ".sirius";

/// What a process knows of where it is.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The home it was told, by an argument or `SIRIUS_HOME`.
    pub told: Option<PathBuf>,
    /// The current folder.
    pub current: PathBuf,
    /// The person's own folder.
    pub person: Option<PathBuf>,
}

/// The client's home: the folder that was told; else `.localnet` here or in a folder above, where it has a
/// `client.toml`; else `~/.sirius`.
///
/// # Errors
/// Nothing was told, and the person has no folder.
pub fn find(surroundings: &Surroundings) -> Result<PathBuf, ConfigError> {
    let Surroundings { told, current, person } = surroundings;
    if let Some(told) = told {
        return Ok(current.join(told));
    }
    let mut above = current.ancestors().map(|folder| folder.join(LOCALNET));
    if let Some(found) = above.find(|folder| has_config(folder)) {
        return Ok(found);
    }
    person.as_ref().map(|person| person.join(PERSONAL)).ok_or(ConfigError::NoHome)
}

fn has_config(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}
