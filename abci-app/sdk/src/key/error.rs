//! Why there is no key.

use thiserror::Error;

use super::PathError;

/// Why a mnemonic or a key could not be made. No variant carries a word or a byte of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A count of words that BIP-39 does not know.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words, this one has {0}")]
    WordCount(usize),
    /// A word outside the English list.
    #[error("word {position} of the mnemonic is not in the English BIP-39 list; check its spelling")]
    UnknownWord {
        /// Which word, counted from 1.
        position: usize,
    },
    /// Known words in a combination that BIP-39 did not make.
    #[error("the mnemonic's checksum does not fit; one of the words is wrong or two have changed places")]
    Checksum,
    /// A mnemonic holds 16, 20, 24, 28 or 32 bytes of entropy.
    #[error("a mnemonic holds 16, 20, 24, 28 or 32 bytes, got {0}")]
    EntropyLength(usize),
    /// The operating system's generator failed.
    #[error("the operating system gave no random bytes; try again, and check that /dev/urandom can be read")]
    Random,
    /// An account or index beyond BIP-32's range.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Zero, or not below the order of secp256k1.
    #[error("these 32 bytes are no secp256k1 secret: it must be above zero and below the order of the curve")]
    OutOfRange,
    /// BIP-32 leaves out an index once in about 2^127.
    #[error("this path gives no secp256k1 key; take the next index")]
    NoSuchChild,
}

impl From<bip39::Error> for KeyError {
    fn from(error: bip39::Error) -> Self {
        match error {
            bip39::Error::BadWordCount(count) => Self::WordCount(count),
            bip39::Error::UnknownWord(before) => Self::UnknownWord { position: before.saturating_add(1) },
            bip39::Error::BadEntropyBitCount(bits) => Self::EntropyLength(bits / 8),
            // The language is always given, so that it can never be ambiguous.
            bip39::Error::InvalidChecksum | bip39::Error::AmbiguousLanguages(_) => Self::Checksum,
        }
    }
}
