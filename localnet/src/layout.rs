//! Where each file of a network lies below its folder.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use cometbft_config::SOCKET_PATH_LIMIT;
use sirius_primitives::sha256;

use crate::{Error, Layer, file};

/// The folder of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

/// The files of one chain on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFiles {
    /// The host's name, such as `host0`.
    pub name: String,
    /// CometBFT's home.
    pub cometbft: PathBuf,
    /// The application's home.
    pub app: PathBuf,
    /// What CometBFT prints.
    pub cometbft_log: PathBuf,
    /// What the application prints.
    pub app_log: PathBuf,
    /// The unix socket on which the application serves CometBFT.
    pub socket: PathBuf,
}

/// The files of a bundled document server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFiles {
    /// Where it keeps its data.
    pub data: PathBuf,
    /// What it prints.
    pub log: PathBuf,
}

impl Layout {
    /// The network in `root`, which need not exist yet.
    ///
    /// # Errors
    /// The current directory, which a relative path begins at, cannot be read.
    pub fn new(root: impl AsRef<Path>) -> Result<Self, Error> {
        let root = root.as_ref();
        Ok(Self { root: std::path::absolute(root).map_err(Error::io("find the folder", root))? })
    }

    /// The folder itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The ledger's files on the host `index`.
    pub fn host(&self, index: usize) -> HostFiles {
        self.chain(Layer::Ledger, index)
    }

    /// The files of a layer's chain on the host `index`.
    pub fn chain(&self, layer: Layer, index: usize) -> HostFiles {
        let name = format!("host{index}");
        let host = self.root.join(&name);
        match layer {
            Layer::Ledger => HostFiles {
                cometbft: host.join("cometbft"),
                app: host.join("app"),
                cometbft_log: host.join("cometbft.log"),
                app_log: host.join("app.log"),
                socket: self.socket(&format!("{name}/abci.sock"), &format!("{name}.sock")),
                name,
            },
            Layer::Database => HostFiles {
                cometbft: host.join("database/cometbft"),
                app: host.join("database/app"),
                cometbft_log: host.join("database-cometbft.log"),
                app_log: host.join("database-app.log"),
                // A name as short as the ledger's, so that both sockets fit or neither does.
                socket: self.socket(&format!("{name}/data.sock"), &format!("{name}-data.sock")),
                name,
            },
        }
    }

    /// The files of the bundled document server of the host `index`.
    pub fn documents(&self, index: usize) -> DocumentFiles {
        let host = self.root.join(format!("host{index}"));
        DocumentFiles { data: host.join("documents"), log: host.join("documents.log") }
    }

    /// The keystore of the funded accounts.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The file with the keystore's passphrase.
    pub fn passphrase(&self) -> PathBuf {
        self.root.join("keys/passphrase")
    }

    /// Settings for clients.
    pub fn client(&self) -> PathBuf {
        self.root.join("client.toml")
    }

    /// What was set up; it is written last, so that it stands for a complete network.
    pub(crate) fn record(&self) -> PathBuf {
        self.root.join("network.json")
    }

    /// Locked by whoever sets up or runs the network.
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// What the supervisor prints.
    pub fn supervisor_log(&self) -> PathBuf {
        self.root.join("supervisor.log")
    }

    /// The unix socket on which the supervisor takes orders.
    pub fn control_socket(&self) -> PathBuf {
        self.socket("control.sock", "control.sock")
    }

    /// A socket below the folder, or in a short folder of its own where that path would be too long for a socket.
    fn socket(&self, below: &str, short: &str) -> PathBuf {
        let path = self.root.join(below);
        // All sockets move together, as soon as the longest of ten hosts does not fit.
        match self.root.as_os_str().len() + "/host0/abci.sock".len() <= SOCKET_PATH_LIMIT {
            true => path,
            false => self.short_sockets().join(short),
        }
    }

    fn short_sockets(&self) -> PathBuf {
        let digest = sha256(self.root.as_os_str().as_encoded_bytes()).to_string().to_lowercase();
        let name: String = digest.chars().take(16).collect();
        std::env::temp_dir().join(format!("localnet-{name}"))
    }

    /// Creates the folder for sockets that others on this machine cannot enter.
    pub(crate) fn create_socket_dir(&self) -> Result<(), Error> {
        let socket = self.control_socket();
        let Some(dir) = socket.parent() else { return Ok(()) };
        file::create_dir(dir)?;
        // A folder under /tmp may have been made by somebody else, who could then replace the sockets in it.
        let metadata = fs::symlink_metadata(dir).map_err(Error::io("look at", dir))?;
        let ours = metadata.is_dir() && metadata.uid() == rustix::process::getuid().as_raw();
        match ours {
            true => Ok(()),
            false => Err(Error::field(
                "--dir",
                dir.display(),
                "its sockets need a folder of your own: remove this one",
            )),
        }
    }

    /// Deletes everything but the programs in `bin` and `tools`, and the lock that the caller holds.
    pub(crate) fn delete_state(&self) -> Result<(), Error> {
        let kept = [self.root.join("bin"), self.root.join("tools"), self.lock()];
        // The record goes first: a half deleted network must not look complete.
        file::remove(&self.record())?;
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(Error::io("list", &self.root))?,
        };
        for entry in entries {
            let path = entry.map_err(Error::io("list", &self.root))?.path();
            if kept.contains(&path) {
                continue;
            }
            match path.is_dir() && !path.is_symlink() {
                true => file::remove_dir(&path)?,
                false => file::remove(&path)?,
            }
        }
        file::remove_dir(&self.short_sockets())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[test]
    fn sockets_are_short_enough_wherever_the_folder_is() {
        for length in [1, 60, 82, 83, 84, 85, 200] {
            let layout = Layout::new(format!("/{}", "x".repeat(length))).unwrap();
            let sockets = Layer::ALL.map(|layer| layout.chain(layer, 9).socket);
            for socket in sockets.into_iter().chain([layout.control_socket()]) {
                assert!(socket.as_os_str().len() <= SOCKET_PATH_LIMIT, "{length}: {}", socket.display());
                assert_eq!(socket.starts_with(layout.root()), length <= 82, "{length}: {}", socket.display());
            }
        }
    }

    #[test]
    fn two_folders_never_share_sockets() {
        let layout = |end| Layout::new(format!("/{}{end}", "x".repeat(100))).unwrap();
        assert_ne!(layout("a").host(0).socket, layout("b").host(0).socket);
    }

    #[test]
    fn deleting_state_keeps_the_programs() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        for path in ["bin/cometbft", "host0/app/data/x", "network.json", "keys/passphrase"] {
            file::write(&dir.path().join(path), b"", 0o600).unwrap();
        }
        layout.delete_state().unwrap();
        let left: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["bin"]);
        Layout::new(dir.path().join("never")).unwrap().delete_state().unwrap();
    }
}
