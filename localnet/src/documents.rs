//! Where the hosts of the database keep their documents.

use std::env;
use std::fmt;

use crate::Ports;

/// The variable with the address of a MongoDB that takes the place of the bundled servers.
const VARIABLE: &str = "MONGODB_URI";

/// The document servers of a network.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Documents {
    /// One bundled server a host, started and stopped with it; its database is `sirius`.
    #[default]
    Bundled,
    /// One server for all hosts, at this URI, which may hold a password; host i has the database `sirius<i>`.
    At(String),
}

impl Documents {
    /// What the environment says: the server at `MONGODB_URI`, or the bundled ones where that is not set.
    pub fn from_environment() -> Self {
        match env::var(VARIABLE) {
            Ok(uri) if !uri.trim().is_empty() => Self::At(uri.trim().to_owned()),
            _ => Self::Bundled,
        }
    }

    /// The address of the server of host `index`.
    pub fn uri(&self, ports: Ports, index: usize) -> String {
        match self {
            Self::Bundled => format!("mongodb://127.0.0.1:{}", ports.documents(index)),
            Self::At(uri) => uri.clone(),
        }
    }

    /// The database of host `index` on its server.
    pub fn database(&self, index: usize) -> String {
        match self {
            Self::Bundled => "sirius".to_owned(),
            Self::At(_) => format!("sirius{index}"),
        }
    }

    /// Where people find the documents of host `index`, without a password.
    pub(crate) fn shown(&self, ports: Ports, index: usize) -> String {
        match self {
            Self::Bundled => format!("{}/{}", self.uri(ports, index), self.database(index)),
            Self::At(_) => format!("{VARIABLE}, {}", self.database(index)),
        }
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bundled => "Bundled",
            Self::At(_) => "At(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[test]
    fn never_shows_a_password() {
        let documents = Documents::At("mongodb://me:secret@there/".to_owned());
        let shown = documents.shown(Ports::new(0).unwrap(), 2);
        assert_eq!(shown, "MONGODB_URI, sirius2");
        assert_eq!(format!("{documents:?}"), "At(…)");
        let bundled = Documents::Bundled.shown(Ports::new(0).unwrap(), 2);
        assert_eq!(bundled, "mongodb://127.0.0.1:27037/sirius");
    }
}
