//! Binds an endpoint and accepts connections on it.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::endpoint::Endpoint;
use crate::stream::{Peer, Stream};

/// Why an endpoint cannot be listened on.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another process answers on the socket.
    #[error("{path} is in use by a running process: stop that one or choose another path", path = .0.display())]
    InUse(PathBuf),
    /// A file that is no socket; it is not ours to remove.
    #[error("{path} exists and is no socket: remove it or choose another path", path = .0.display())]
    NotASocket(PathBuf),
    /// The system refuses.
    #[error("cannot listen on {endpoint}")]
    System {
        /// Where.
        endpoint: Endpoint,
        /// What the system said.
        source: io::Error,
    },
}

/// A bound endpoint. Dropping it removes the socket file, if that is still the one it made.
#[derive(Debug)]
pub(crate) enum Listener {
    Unix { socket: UnixListener, path: PathBuf, file: (u64, u64) },
    Tcp(TcpListener),
}

impl Listener {
    /// Starts to listen; connections wait until [`Self::accept`].
    pub(crate) fn bind(endpoint: &Endpoint) -> Result<Self, BindError> {
        let system = |source| BindError::System { endpoint: endpoint.clone(), source };
        match endpoint {
            Endpoint::Unix(path) => {
                make_way(path, endpoint)?;
                bind_unix(path).map_err(system)
            }
            Endpoint::Tcp(address) => {
                let socket = TcpListener::bind(address).map_err(system)?;
                socket.set_nonblocking(true).map_err(system)?;
                Ok(Self::Tcp(socket))
            }
        }
    }

    /// Where it listens, with the port that the system chose.
    pub(crate) fn endpoint(&self) -> io::Result<Endpoint> {
        match self {
            Self::Unix { path, .. } => Ok(Endpoint::Unix(path.clone())),
            Self::Tcp(socket) => socket.local_addr().map(Endpoint::Tcp),
        }
    }

    /// Takes the next connection; `WouldBlock` where none waits.
    pub(crate) fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Unix { socket, .. } => {
                let (stream, _) = socket.accept()?;
                let peer = Peer::of_unix(&stream)?;
                Ok((Stream::Unix(stream), peer))
            }
            Self::Tcp(socket) => {
                let (stream, address) = socket.accept()?;
                // Otherwise Nagle's algorithm and delayed acknowledgements cost 40 ms a call.
                stream.set_nodelay(true)?;
                Ok((Stream::Tcp(stream), Peer::Tcp(address)))
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix { socket, .. } => socket.as_fd(),
            Self::Tcp(socket) => socket.as_fd(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix { path, file, .. } = self
            && fs::symlink_metadata(&*path).is_ok_and(|found| identity(&found) == *file)
        {
            // What cannot be removed is found stale by the next start.
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes a socket at `path` that nobody listens on any more; refuses whatever else lies there.
fn make_way(path: &Path, endpoint: &Endpoint) -> Result<(), BindError> {
    let system = |source| BindError::System { endpoint: endpoint.clone(), source };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NotASocket(path.to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(system(error)),
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(BindError::InUse(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            tracing::info!(path = %path.display(), "removing the socket of a process that is gone");
            fs::remove_file(path).map_err(system)
        }
        Err(error) => Err(system(error)),
    }
}

/// Listens at `path` with mode 0600. For the moment before the mode is set, every peer's user is checked as well.
fn bind_unix(path: &Path) -> io::Result<Listener> {
    let socket = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    socket.set_nonblocking(true)?;
    let file = identity(&fs::symlink_metadata(path)?);
    Ok(Listener::Unix { socket, path: path.to_owned(), file })
}

/// Device and number of a file, which a file made later at the same path does not share.
fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
