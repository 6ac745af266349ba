//! Upgrades: the validators decide on a name and a height.

use borsh::{BorshDeserialize, BorshSerialize};

/// How long a name is at most, in bytes.
pub const LONGEST_NAME: usize = 64;

/// An upgrade that was agreed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Plan {
    /// What the program that goes on calls it: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The first block of the new rules.
    pub height: u64,
}

/// Whether a text may be the name of an upgrade.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_of_plain_letters() {
        let long = "a".repeat(LONGEST_NAME);
        assert!(["v2", "2026.1-roles_x", &long].into_iter().all(is_name));
        assert!(!["", "v 2", "v2\n", "ü", &format!("{long}a")].into_iter().any(is_name));
    }
}
