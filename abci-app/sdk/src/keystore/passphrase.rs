//! What the owner remembers.

use std::fmt;

use thiserror::Error;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A passphrase of 8 characters to 1024 bytes, taken as it was typed; wiped when dropped, never in debug output.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The smallest number of characters: below it no cost of Argon2id keeps a guesser out.
    pub const MIN_CHARACTERS: usize = 8;
    /// The largest number of bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Takes a passphrase over, so that no copy stays with the caller.
    ///
    /// # Errors
    /// Too short or too long.
    pub fn new(text: String) -> Result<Self, PassphraseError> {
        let text = Zeroizing::new(text);
        let characters = text.chars().count();
        if characters < Self::MIN_CHARACTERS {
            Err(PassphraseError::TooShort(characters))
        } else if text.len() > Self::MAX_BYTES {
            Err(PassphraseError::TooLong(text.len()))
        } else {
            Ok(Self(text))
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl ZeroizeOnDrop for Passphrase {}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}

/// Why a text is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PassphraseError {
    /// Could be guessed.
    #[error("the passphrase has {0} characters; use at least {min}", min = Passphrase::MIN_CHARACTERS)]
    TooShort(usize),
    /// More than anybody types.
    #[error("the passphrase has {0} bytes; use at most {max}", max = Passphrase::MAX_BYTES)]
    TooLong(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_bounds_and_hides() {
        let check = |text: String| Passphrase::new(text).err();
        assert_eq!(check("secret7".into()), Some(PassphraseError::TooShort(7)));
        assert_eq!(check("ä".repeat(7)), Some(PassphraseError::TooShort(7)));
        assert_eq!(check("a".repeat(1025)), Some(PassphraseError::TooLong(1025)));
        assert_eq!(check("a".repeat(1024)), None);
        let shown = Passphrase::new("correct horse".into()).map(|passphrase| format!("{passphrase:?}"));
        assert_eq!(shown, Ok("Passphrase(hidden)".into()));
    }
}
