//! The words that a person writes down, and from which every key of theirs comes.

use std::fmt;

use bip39::Language;
use rand::{RngCore, rngs::OsRng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::KeyError;

/// A BIP-39 mnemonic of 12, 15, 18, 21 or 24 English words; wiped when dropped, its words never in debug output.
///
/// The box keeps the words in one place: moving the value moves a pointer and leaves no copy behind.
#[derive(Clone, PartialEq, Eq)]
pub struct Mnemonic(Box<bip39::Mnemonic>);

impl Mnemonic {
    /// A new mnemonic of 24 words from 32 bytes of the operating system's generator.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        let mut entropy = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(entropy.as_mut_slice()).map_err(|_| KeyError::Random)?;
        Self::from_entropy(entropy.as_slice())
    }

    /// Reads words separated by any white space, in any case.
    ///
    /// # Errors
    /// Says which word is unknown, or that the count or the checksum is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = Zeroizing::new(text.to_ascii_lowercase());
        Ok(Self(Box::new(bip39::Mnemonic::parse_in_normalized(Language::English, &text)?)))
    }

    /// The mnemonic that holds these 16, 20, 24, 28 or 32 bytes.
    pub(crate) fn from_entropy(entropy: &[u8]) -> Result<Self, KeyError> {
        Ok(Self(Box::new(bip39::Mnemonic::from_entropy_in(Language::English, entropy)?)))
    }

    /// The bytes that the words stand for, without the checksum.
    pub(crate) fn entropy(&self) -> Zeroizing<Vec<u8>> {
        let (mut padded, length) = self.0.to_entropy_array();
        let entropy = Zeroizing::new(padded.iter().copied().take(length).collect());
        padded.zeroize();
        entropy
    }

    /// The words in order, separated by single spaces. Whoever sees them owns the keys.
    pub fn phrase(&self) -> Zeroizing<String> {
        // Reserved in full, because growing would leave freed copies of the words behind.
        let mut phrase =
            Zeroizing::new(String::with_capacity(self.0.words().map(|word| word.len() + 1).sum()));
        for word in self.0.words() {
            if !phrase.is_empty() {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        phrase
    }

    /// How many words there are.
    pub fn word_count(&self) -> usize {
        self.0.word_count()
    }

    /// BIP-39's 64-byte seed under the empty passphrase: 2048 rounds of PBKDF2, some milliseconds.
    pub(super) fn seed(&self) -> Zeroizing<[u8; 64]> {
        Zeroizing::new(self.0.to_seed_normalized(""))
    }
}

// The inner type wipes itself when the box drops it.
impl ZeroizeOnDrop for Mnemonic {}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mnemonic({} words)", self.word_count())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    /// BIP-39's published English vectors (entropy and words) for each length of entropy they cover.
    #[test]
    fn follows_bip39() {
        let check = |entropy: &str, words: &str| {
            let mnemonic = Mnemonic::from_entropy(&hex::decode(entropy).unwrap()).unwrap();
            assert_eq!(*mnemonic.phrase(), words);
            assert_eq!(Mnemonic::parse(words).unwrap(), mnemonic);
            assert_eq!(hex::encode(mnemonic.entropy()), entropy);
        };
        check(
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
        );
        check(
            "9e885d952ad362caeb4efe34a8e91bd2",
            "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
        );
        check(
            "6610b25967cdcca9d59875f5cb50b0ea75433311869e930b",
            "gravity machine north sort system female filter attitude volume fold club stay feature office ecology \
             stable narrow fog",
        );
        check(
            "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
            "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol \
             group space point ten exist slush involve unfold",
        );
    }

    #[test]
    fn the_seed_is_pbkdf2_of_the_words() {
        let words = "abandon ".repeat(11) + "about";
        let seed = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1\
                    9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";
        assert_eq!(hex::encode(Mnemonic::parse(&words).unwrap().seed()), seed);
    }

    #[test]
    fn says_what_is_wrong() {
        let check = |text: String, error: KeyError| assert_eq!(Mnemonic::parse(&text), Err(error));
        check(String::new(), KeyError::WordCount(0));
        check("abandon ".repeat(13), KeyError::WordCount(13));
        check("abandon ".repeat(27), KeyError::WordCount(27));
        check("abandon ".repeat(12), KeyError::Checksum);
        check(
            "abandon ".repeat(6) + "abandom" + &" abandon".repeat(5),
            KeyError::UnknownWord { position: 7 },
        );
        check("ä".to_owned() + &" abandon".repeat(11), KeyError::UnknownWord { position: 1 });
        let swapped = "winner legal thank year wave sausage worth useful legal winner thank yellow";
        check(swapped.into(), KeyError::Checksum);
    }

    #[test]
    fn white_space_and_case_do_not_matter() {
        let plain = Mnemonic::parse(&("zoo ".repeat(11) + "wrong")).unwrap();
        assert_eq!(Mnemonic::parse(&("  ZOO\t\n".repeat(11) + "Wrong\n")).unwrap(), plain);
        assert_eq!(plain.word_count(), 12);
    }

    #[test]
    fn two_new_ones_differ_and_have_24_words() {
        let (one, other) = (Mnemonic::generate().unwrap(), Mnemonic::generate().unwrap());
        assert_eq!((one.word_count(), other.word_count()), (24, 24));
        assert_ne!(one, other);
        assert_eq!(Mnemonic::parse(&one.phrase()).unwrap(), one);
    }

    proptest! {
        #[test]
        fn words_and_entropy_agree(entropy in proptest::collection::vec(any::<u8>(), 0..40)) {
            match Mnemonic::from_entropy(&entropy) {
                Ok(mnemonic) => {
                    prop_assert_eq!(mnemonic.entropy().to_vec(), entropy);
                    prop_assert_eq!(Mnemonic::parse(&mnemonic.phrase()).unwrap(), mnemonic);
                }
                Err(error) => {
                    prop_assert!(![16, 20, 24, 28, 32].contains(&entropy.len()));
                    prop_assert_eq!(error, KeyError::EntropyLength(entropy.len()));
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = Mnemonic::parse(&text);
        }
    }
}
