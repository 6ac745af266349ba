//! Where the application listens: a unix socket or a loopback TCP port, written as CometBFT's `proxy_app` is.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// Longest path a unix socket address can hold on Linux: 108 bytes with the closing NUL (`man 7 unix`).
const MAX_SOCKET_PATH: usize = 107;

/// An address that an application may be served on.
///
/// The text form is the one of CometBFT's `proxy_app`: `unix:///absolute/path` or `tcp://127.0.0.1:26658`.
/// Whoever reaches it can write blocks, so a TCP address outside loopback is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket at this absolute path.
    Unix(PathBuf),
    /// A TCP port on a loopback address; port 0 lets the system choose.
    Tcp(SocketAddr),
}

/// Why a text is not an [`Endpoint`].
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// Neither `unix://` nor `tcp://`.
    #[error("`{0}` is no endpoint: write unix:///absolute/path or tcp://127.0.0.1:26658")]
    Scheme(String),
    /// A relative path means another file to a process in another folder.
    #[error("the socket path `{0}` is relative: write unix:// and an absolute path")]
    Relative(PathBuf),
    /// The path does not fit into a socket address.
    #[error(
        "the socket path is {length} bytes long, the system takes {MAX_SOCKET_PATH}: choose a shorter one"
    )]
    TooLong {
        /// Length found, in bytes.
        length: usize,
    },
    /// The path holds a NUL byte, which no file name may.
    #[error("the socket path holds a NUL byte")]
    Nul,
    /// What follows `tcp://` is no IP address and port.
    #[error("`{0}` is no IP address and port: write tcp://127.0.0.1:26658")]
    Address(String),
    /// ABCI has no authentication over TCP.
    #[error(
        "{0} can be reached from other machines, and ABCI has no authentication: use a unix socket or 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if let Some(path) = text.strip_prefix("unix://") {
            return unix(path);
        }
        if let Some(address) = text.strip_prefix("tcp://") {
            return tcp(address);
        }
        Err(EndpointError::Scheme(text.to_owned()))
    }
}

fn unix(text: &str) -> Result<Endpoint, EndpointError> {
    let path = Path::new(text);
    if text.contains('\0') {
        return Err(EndpointError::Nul);
    }
    if !path.is_absolute() {
        return Err(EndpointError::Relative(path.to_owned()));
    }
    if text.len() > MAX_SOCKET_PATH {
        return Err(EndpointError::TooLong { length: text.len() });
    }
    Ok(Endpoint::Unix(path.to_owned()))
}

fn tcp(text: &str) -> Result<Endpoint, EndpointError> {
    let address: SocketAddr = text.parse().map_err(|_| EndpointError::Address(text.to_owned()))?;
    if !address.ip().is_loopback() {
        return Err(EndpointError::NotLoopback(address));
    }
    Ok(Endpoint::Tcp(address))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<Endpoint, EndpointError>) {
        let found = text.parse::<Endpoint>();
        assert_eq!(found, expected, "{text}");
        if let Ok(endpoint) = found {
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn reads_what_cometbft_writes_and_refuses_the_rest() {
        let address = |text: &str| text.parse().expect("a socket address");
        check("unix:///run/a.sock", Ok(Endpoint::Unix("/run/a.sock".into())));
        check("tcp://127.0.0.1:26658", Ok(Endpoint::Tcp(address("127.0.0.1:26658"))));
        check("tcp://[::1]:0", Ok(Endpoint::Tcp(address("[::1]:0"))));
        check("unix://a.sock", Err(EndpointError::Relative("a.sock".into())));
        check("unix://", Err(EndpointError::Relative("".into())));
        check("unix:///a\0b", Err(EndpointError::Nul));
        check("tcp://0.0.0.0:1", Err(EndpointError::NotLoopback(address("0.0.0.0:1"))));
        check("tcp://10.0.0.1:1", Err(EndpointError::NotLoopback(address("10.0.0.1:1"))));
        check("tcp://localhost:1", Err(EndpointError::Address("localhost:1".into())));
        check("tcp://127.0.0.1", Err(EndpointError::Address("127.0.0.1".into())));
        check("tcp://127.0.0.1:65536", Err(EndpointError::Address("127.0.0.1:65536".into())));
        check("/run/a.sock", Err(EndpointError::Scheme("/run/a.sock".into())));
        check("", Err(EndpointError::Scheme(String::new())));
    }

    #[test]
    fn refuses_a_path_longer_than_a_socket_address_holds() {
        let longest = format!("unix:///{}", "a".repeat(106));
        check(&longest, Ok(Endpoint::Unix(format!("/{}", "a".repeat(106)).into())));
        check(&format!("{longest}a"), Err(EndpointError::TooLong { length: 108 }));
    }
}
