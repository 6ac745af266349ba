//! Who signs, and how the chain knows that a transaction is new.

use std::fmt;

use serde::{Deserialize, Serialize};
use sirius_primitives::AccountKey;

/// The number that the chain gave an account when it was made. It is signed, so that a signature of an account that
/// was deleted and made again cannot be used twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNumber(pub u64);

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many transactions an account has signed before this one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The sequence of the account's next transaction; at most 2^64 - 1, which no account lives to see.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One signer of a transaction. The first one pays the fee unless the fee names another payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The account's present key.
    pub public_key: AccountKey,
    /// The account's number.
    pub account_number: AccountNumber,
    /// The account's sequence before this transaction.
    pub sequence: Sequence,
}

impl Signer {
    /// The key in hexadecimal; of a multisig, its members', in order.
    pub(super) fn text(&self) -> String {
        let members: Vec<_> =
            self.public_key.members().iter().map(|key| hex::encode(key.as_bytes())).collect();
        members.join(", ")
    }
}
