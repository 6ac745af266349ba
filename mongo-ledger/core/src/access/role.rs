//! What somebody may do on a permissioned chain.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

/// A role. It counts in the namespace that it was granted for and in what continues it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Role {
    /// Grants and revokes roles.
    Admin,
    /// Makes assets.
    Issuer,
    /// Moves assets.
    Transactor,
    /// Begins chains of records and adds to them.
    Recorder,
    /// Reads what is not open to all.
    Auditor,
}

/// Why a text is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a role is admin, issuer, transactor, recorder or auditor")]
pub struct RoleError;

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Issuer, Self::Transactor, Self::Recorder, Self::Auditor];

    /// As transactions have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Issuer => "issuer",
            Self::Transactor => "transactor",
            Self::Recorder => "recorder",
            Self::Auditor => "auditor",
        }
    }

    /// Its byte in a key of the state.
    pub(crate) const fn tag(self) -> u8 {
        match self {
            Self::Admin => 0,
            Self::Issuer => 1,
            Self::Transactor => 2,
            Self::Recorder => 3,
            Self::Auditor => 4,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}
