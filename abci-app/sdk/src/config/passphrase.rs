//! A passphrase kept in a file, for those who cannot be asked.

use std::{fs::File, io::Read as _, os::unix::fs::PermissionsExt as _, path::Path};

use zeroize::Zeroizing;

use super::ConfigError;
use crate::keystore::Passphrase;

/// See [`super::read_passphrase`].
pub(super) fn read(path: &Path) -> Result<Passphrase, ConfigError> {
    let failed = |reason: String| ConfigError::Passphrase { path: path.into(), reason };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    // The open file is asked, not the path, so that nobody changes one for the other in between.
    let metadata = file.metadata().map_err(|error| failed(error.to_string()))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if !metadata.is_file() {
        return Err(failed("it is no regular file".into()));
    }
    if mode & 0o077 != 0 {
        return Err(failed(format!(
            "its mode is {mode:04o}, open to others; run: chmod 600 {}",
            path.display()
        )));
    }
    let most = u64::try_from(Passphrase::MAX_BYTES).unwrap_or(u64::MAX).saturating_add(2);
    // Reserved in full, because growing would leave freed copies behind.
    let mut text = Zeroizing::new(String::with_capacity(Passphrase::MAX_BYTES + 2));
    file.take(most).read_to_string(&mut text).map_err(|error| failed(error.to_string()))?;
    let line = text.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    Passphrase::new(line.to_owned()).map_err(|error| failed(error.to_string()))
}
