//! Whether a chain asks for roles.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

/// Whether roles are asked for; decided by genesis, for the chain's whole life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Access {
    /// Anybody may make, move and record.
    #[default]
    Open,
    /// Whoever acts needs a role.
    Permissioned,
}

/// Why a text is no such mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a chain is `open` or `permissioned`")]
pub struct AccessError;

impl Access {
    /// As genesis has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Permissioned => "permissioned",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Access {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        [Self::Open, Self::Permissioned].into_iter().find(|mode| mode.as_str() == text).ok_or(AccessError)
    }
}
