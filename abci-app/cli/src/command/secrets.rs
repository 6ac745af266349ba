//! Opening a key: the one place where a command meets a secret.

use sirius_sdk::{key::Key, keystore::Name};

use crate::{failure::Failure, prompt, session::Session};

/// The key of this name, opened with the home's passphrase.
///
/// # Errors
/// No such key, nobody to ask, or a wrong passphrase.
pub(super) fn open(session: &Session, name: &Name) -> Result<Key, Failure> {
    session.key(name)?;
    let passphrase = prompt::passphrase(&session.config)?;
    Ok(session.keystore()?.load(name, &passphrase)?)
}
