//! What is proven of a database chain, and its name.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Address, Height, Timestamp, record::Record};
use thiserror::Error;

/// Bytes of a key of a database chain's state at most: its longest is a role in a deep namespace.
pub(super) const LONGEST_KEY: usize = 512;

/// What something is proven about; written `record-<transaction id>` or `entry-<key>`, in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The record of a transaction, by its id.
    Record([u8; 32]),
    /// A key of the state, 1 to 512 bytes.
    Entry(Vec<u8>),
}

impl Subject {
    /// What tells the kinds apart in a key, and the name.
    pub(super) fn parts(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Record(id) => (b"r", id),
            Self::Entry(key) => (b"k", key),
        }
    }

    /// The subject in the end of a key, see [`Subject::parts`].
    pub(super) fn from_parts(rest: &[u8]) -> Option<Self> {
        match rest.split_first()? {
            (b'r', id) => id.try_into().ok().map(Self::Record),
            (b'k', key) => Some(Self::Entry(key.to_vec())),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(id) => write!(f, "record-{}", hex::encode(id)),
            Self::Entry(key) => write!(f, "entry-{}", hex::encode(key)),
        }
    }
}

/// Why a text is no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a subject is record-<transaction id> or entry-<key of the state>, in lower-case hexadecimal digits")]
pub struct SubjectError;

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let (kind, digits) = text.split_once('-').ok_or(SubjectError)?;
        let bytes = hex::decode(digits).map_err(|_| SubjectError)?;
        let subject = match kind {
            "record" => Self::Record(bytes.try_into().map_err(|_| SubjectError)?),
            "entry" if (1..=LONGEST_KEY).contains(&bytes.len()) => Self::Entry(bytes),
            _ => return Err(SubjectError),
        };
        // One name for one subject: no upper-case digits.
        if subject.to_string() == text { Ok(subject) } else { Err(SubjectError) }
    }
}

/// What was proven.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proven {
    /// The anchored header against which it was proven: it holds for the state after the block before.
    pub header: u64,
    /// That header's time.
    pub time: Timestamp,
    /// The ledger's block that verified it.
    pub height: Height,
    /// Who proved it.
    pub prover: Address,
    /// What it is.
    pub what: What,
}

/// The contents of what was proven.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum What {
    /// A record of the log.
    Record {
        /// Its contents.
        record: Record,
        /// Its number in the log, from 0.
        index: u64,
    },
    /// What a key of the state held; `None` if nothing.
    Entry(Option<Vec<u8>>),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn a_subject_has_one_name() {
        for subject in [Subject::Record([0xab; 32]), Subject::Entry(b"u/1".to_vec())] {
            assert_eq!(subject.to_string().parse(), Ok(subject.clone()));
            let (kind, name) = subject.parts();
            assert_eq!(Subject::from_parts(&[kind, name].concat()), Some(subject));
        }
        let long = format!("entry-{}", "ab".repeat(LONGEST_KEY + 1));
        for text in ["", "record", "record-", "record-ab", "entry-", "entry-AB", "entry-a", "role-ab", &long]
        {
            assert_eq!(text.parse::<Subject>(), Err(SubjectError), "{text}");
        }
        assert_eq!(Subject::from_parts(b"x1"), None);
        assert_eq!(Subject::from_parts(b"r1"), None);
    }
}
