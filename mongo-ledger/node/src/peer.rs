//! The address of another node of the chain.

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

/// The HTTP API of another node of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Peer(String);

/// Why a text is no peer.
#[derive(Debug, Error)]
#[error("{0:?} is no address of another node's HTTP; write it as http://10.0.0.2:9984")]
pub struct PeerError(String);

impl TryFrom<String> for Peer {
    type Error = PeerError;

    fn try_from(text: String) -> Result<Self, PeerError> {
        let host = text.strip_prefix("http://").map(|host| host.trim_end_matches('/'));
        match host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])) {
            Some(host) => Ok(Self(format!("http://{host}"))),
            None => Err(PeerError(text)),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
