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
#[error(
    "{0:?} is no address of another node's HTTP; write it as http://10.0.0.2:9984 or https://db.example:9986"
)]
pub struct PeerError(String);

impl TryFrom<String> for Peer {
    type Error = PeerError;

    fn try_from(text: String) -> Result<Self, PeerError> {
        let address = text.trim_end_matches('/');
        let host = ["http://", "https://"].iter().find_map(|scheme| address.strip_prefix(scheme));
        match host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])) {
            true => Ok(Self(address.to_owned())),
            false => Err(PeerError(text)),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
