//! A role that somebody has, or had.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::Hash;
use thiserror::Error;

use super::{Holder, Namespace, Role};
use crate::{key::PublicKey, transaction::id::TransactionId};

/// What may be granted: a role in a namespace, to somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Right {
    /// To whom.
    pub holder: Holder,
    /// What they may do.
    pub role: Role,
    /// Where.
    pub namespace: Namespace,
}

impl Right {
    /// Its short name.
    pub fn id(&self) -> RightId {
        RightId { holder: self.holder.hash(), role: self.role, namespace: self.namespace.clone() }
    }
}

/// The short name of a right: the key of the state that its grant lives under.
///
/// Written `<role>:<SHA-256 of the holder's URI, 64 lower-case hexadecimal digits>:<namespace>`; a key in base58 may
/// stand in place of the digits when it is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RightId {
    /// SHA-256 of the holder's URI.
    pub holder: Hash,
    /// The role.
    pub role: Role,
    /// Where.
    pub namespace: Namespace,
}

/// Why a text is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a right is <role>:<key in base58, or SHA-256 of a condition's uri in hexadecimal>:<namespace>")]
pub struct RightIdError;

impl fmt::Display for RightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.role, hex::encode(self.holder.as_bytes()), self.namespace)
    }
}

impl FromStr for RightId {
    type Err = RightIdError;

    fn from_str(text: &str) -> Result<Self, RightIdError> {
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().ok_or(RightIdError);
        let (role, holder, namespace) = (next()?, next()?, next()?);
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let holder = match holder.len() == 64 && holder.bytes().all(digits) {
            true => hex::decode(holder).ok().and_then(|bytes| bytes.try_into().ok()).map(Hash::new),
            false => holder.parse::<PublicKey>().ok().map(|key| Holder::from(&key).hash()),
        };
        Ok(Self {
            holder: holder.ok_or(RightIdError)?,
            role: role.parse().map_err(|_| RightIdError)?,
            namespace: namespace.parse().map_err(|_| RightIdError)?,
        })
    }
}

/// What became of a right that was granted. It stays when it is revoked, so that it can be proven that it was.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Grant {
    /// What was granted.
    pub right: Right,
    /// The last block in which it counts; none when it has no end.
    pub until: Option<u64>,
    /// The block that granted it; 0 is genesis.
    pub since: u64,
    /// The transaction or election that granted it; none is genesis.
    pub by: Option<TransactionId>,
    /// Its end before its time.
    pub revoked: Option<Revocation>,
}

/// How a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Revocation {
    /// In which block.
    pub height: u64,
    /// By which transaction or election.
    pub by: TransactionId,
}

impl Grant {
    /// Whether it counts in the block of `height`.
    pub fn counts_at(&self, height: u64) -> bool {
        self.revoked.is_none() && self.until.is_none_or(|until| height <= until)
    }

    /// How it stands for a reader at `height`.
    pub fn status_at(&self, height: u64) -> &'static str {
        match (&self.revoked, self.counts_at(height)) {
            (Some(_), _) => "revoked",
            (None, true) => "active",
            (None, false) => "expired",
        }
    }

    /// Whether it is one of those without which nobody could grant anything: an admin's, over everything, without end.
    pub(crate) fn is_lasting(&self) -> bool {
        let Right { role, namespace, .. } = &self.right;
        let whole = *role == Role::Admin && *namespace == Namespace::all();
        whole && self.until.is_none() && self.revoked.is_none()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn a_right_has_one_name_and_a_key_may_stand_in_it() {
        let key = PublicKey::new([7; 32]);
        let right = |namespace: &str| Right {
            holder: Holder::from(&key),
            role: Role::Issuer,
            namespace: namespace.parse().unwrap(),
        };
        for namespace in ["", "a", "wine/red"] {
            let id = right(namespace).id();
            assert_eq!(id.to_string().parse(), Ok(id.clone()));
            assert_eq!(format!("issuer:{key}:{namespace}").parse(), Ok(id));
        }
        for wrong in [
            String::new(),
            "issuer".into(),
            format!("issuer:{key}"),
            format!("owner:{key}:"),
            format!("issuer:{key}:A"),
            right("a").id().to_string().to_uppercase(),
        ] {
            assert_eq!(wrong.parse::<RightId>(), Err(RightIdError), "{wrong}");
        }
    }

    #[test]
    fn a_grant_counts_until_its_last_block_or_its_revocation() {
        let right = Right {
            holder: Holder::from(&PublicKey::new([1; 32])),
            role: Role::Admin,
            namespace: Namespace::all(),
        };
        let grant = Grant { right, until: Some(7), since: 1, by: None, revoked: None };
        assert_eq!(
            (grant.status_at(7), grant.status_at(8), grant.is_lasting()),
            ("active", "expired", false)
        );
        let lasting = Grant { until: None, ..grant };
        assert!(lasting.is_lasting() && lasting.counts_at(u64::MAX));
        let revocation = Revocation { height: 3, by: TransactionId::new([0; 32]) };
        let revoked = Grant { revoked: Some(revocation), ..lasting };
        assert_eq!((revoked.status_at(3), revoked.is_lasting()), ("revoked", false));
    }
}
