//! A rendered file: where it goes, what is in it, who may read it.

use std::fmt;

/// What a file is for, which decides its mode and whether it may be written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Configuration that anybody on the machine may read.
    Public,
    /// A private key: nobody but its owner may read it.
    Secret,
    /// State that CometBFT itself changes. Written once, before the first start; a second write over the state of
    /// a running validator would let it sign the same height twice.
    State,
}

/// One file of a CometBFT home directory.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The path below the home directory, with `/` between its parts.
    pub path: &'static str,
    /// The whole content.
    pub content: String,
    /// What the file is for.
    pub role: Role,
}

impl File {
    pub(crate) fn new(path: &'static str, content: String, role: Role) -> Self {
        Self { path, content, role }
    }

    /// The permission bits to create the file with.
    pub fn mode(&self) -> u32 {
        match self.role {
            Role::Public => 0o644,
            Role::Secret | Role::State => 0o600,
        }
    }
}

impl fmt::Debug for File {
    // The content may be a private key, so it never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("File")
            .field("path", &self.path)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
