//! Who may do what on a permissioned chain.
//!
//! A *right* is a role in a namespace, held by whoever meets a condition: the owner of a key, or enough of a group. Genesis
//! gives the first admins theirs; from then on admins grant and revoke by transactions, and validators by elections.
//! Whoever acts is asked for the role in the namespace of the asset (`ns` in its document), in the mempool and in the
//! block by the same code: what an earlier transaction of the block granted or revoked counts at once.
//!
//! On an open chain nothing is asked. Not here: who may *vote* (the validators), and who may *read* (each node decides,
//! by the roles that are here).

mod change;
mod grant;
mod holder;
mod namespace;
mod role;

use std::{collections::BTreeSet, fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_store::{Fault, Read};
use thiserror::Error as ThisError;

use crate::{
    condition::Fulfillment, error::Error, key::PublicKey, refusal::Refusal, state, transaction::Transaction,
};

pub use change::Change;
pub use grant::{Grant, Revocation, Right, RightId, RightIdError};
pub use holder::{Holder, HolderError};
pub use namespace::{LONGEST_SEGMENT, MOST_SEGMENTS, Namespace, NamespaceError};
pub use role::{Role, RoleError};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
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

/// Whether the chain asks for roles.
///
/// # Errors
/// The state cannot be read.
pub fn mode(state: &(impl Read + ?Sized)) -> Result<Access, Fault> {
    Ok(state::settings().get(state)?.unwrap_or_default().access)
}

/// Whether somebody has a role in a namespace in the block of `height`, by a grant for it or for one that covers it: at
/// most nine look-ups. Whether the chain asks for roles at all is [`mode`]'s to say.
///
/// # Errors
/// The state cannot be read.
pub fn holds(
    state: &(impl Read + ?Sized),
    holder: &Holder,
    role: Role,
    namespace: &Namespace,
    height: u64,
) -> Result<bool, Fault> {
    let hash = holder.hash();
    for scope in namespace.scopes() {
        let grant = state::grant_in(&hash, role, scope).get(state)?;
        if grant.is_some_and(|grant| grant.counts_at(height)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// On a permissioned chain, whether those who sign a transaction have a role in a namespace: for each input the condition
/// that is met, or every key that signed for it.
///
/// # Errors
/// `RoleMissing`, or the state cannot be read.
pub fn require(
    state: &(impl Read + ?Sized),
    transaction: &Transaction,
    role: Role,
    namespace: &Namespace,
    height: u64,
) -> Result<(), Error> {
    match mode(state)? {
        Access::Open => Ok(()),
        Access::Permissioned => signed(state, transaction, role, namespace, height),
    }
}

/// What [`require`] asks where the chain is known to ask for roles.
pub(crate) fn signed(
    state: &(impl Read + ?Sized),
    transaction: &Transaction,
    role: Role,
    namespace: &Namespace,
    height: u64,
) -> Result<(), Error> {
    for input in transaction.inputs() {
        let holder = Holder::of(&input.fulfillment);
        if holds(state, &holder, role, namespace, height)? {
            continue;
        }
        let missing = |who: String| Refusal::RoleMissing { who, role, namespace: namespace.clone() };
        let keys = match &input.fulfillment {
            Fulfillment::Ed25519 { public_key, .. } => return Err(missing(public_key.to_string()).into()),
            Fulfillment::Threshold { .. } => input.fulfillment.keys(),
        };
        let keys: BTreeSet<PublicKey> = keys.into_iter().collect();
        for key in keys {
            if !holds(state, &Holder::from(&key), role, namespace, height)? {
                return Err(missing(key.to_string()).into());
            }
        }
    }
    Ok(())
}
