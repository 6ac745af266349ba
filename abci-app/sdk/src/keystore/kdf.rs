//! From a passphrase to the key of a cipher, at a cost that a file may choose between bounds.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Passphrase, error::Unreadable};

/// Argon2id (RFC 9106) with its cost, as the header of a key file carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kdf {
    algorithm: KdfAlgorithm,
    /// Memory in KiB.
    memory: u32,
    /// Passes over the memory.
    passes: u32,
    /// Lanes.
    lanes: u32,
    #[serde(with = "hex::serde")]
    salt: [u8; 16],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum KdfAlgorithm {
    #[serde(rename = "argon2id")]
    Argon2id,
}

/// What a header may ask for: no less than 19 MiB and 2 passes, one of OWASP's minimum settings, and no more than a
/// small machine can give, so that a hostile file costs seconds and not the machine.
const MEMORY: std::ops::RangeInclusive<u32> = 19 * 1024..=256 * 1024;
const PASSES: std::ops::RangeInclusive<u32> = 2..=8;
const LANES: std::ops::RangeInclusive<u32> = 1..=4;

impl Kdf {
    /// The cost of new files: RFC 9106's second recommended option (64 MiB, 3 passes) on one lane, because the
    /// computation has one thread.
    pub(super) const fn new(salt: [u8; 16]) -> Self {
        Self { algorithm: KdfAlgorithm::Argon2id, memory: 64 * 1024, passes: 3, lanes: 1, salt }
    }

    /// The smallest cost allowed, for tests that open many files.
    #[cfg(test)]
    pub(super) const fn cheapest(salt: [u8; 16]) -> Self {
        Self { memory: *MEMORY.start(), passes: *PASSES.start(), ..Self::new(salt) }
    }

    /// Refuses a cost out of bounds, before any memory is taken.
    pub(super) fn check(&self) -> Result<(), Unreadable> {
        for (part, found, allowed) in
            [("memory", self.memory, MEMORY), ("passes", self.passes, PASSES), ("lanes", self.lanes, LANES)]
        {
            if !allowed.contains(&found) {
                return Err(Unreadable::Cost { part, found, least: *allowed.start(), most: *allowed.end() });
            }
        }
        Ok(())
    }

    /// The 32-byte key of this passphrase; takes the time and memory that the cost says.
    pub(super) fn derive(&self, passphrase: &Passphrase) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let params = Params::new(self.memory, self.passes, self.lanes, Some(key.len()))
            .expect("checked bounds lie within those of Argon2");
        let mut memory = Zeroizing::new(vec![Block::default(); params.block_count()]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                passphrase.as_bytes(),
                &self.salt,
                key.as_mut_slice(),
                memory.as_mut_slice(),
            )
            .expect("a passphrase, a salt and a key of these lengths suit Argon2");
        key
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn refuses_a_cost_out_of_bounds() {
        let check = |change: fn(&mut Kdf), part: &str| {
            let mut kdf = Kdf::cheapest([0; 16]);
            change(&mut kdf);
            assert!(
                matches!(kdf.check(), Err(Unreadable::Cost { part: found, .. }) if found == part),
                "{part}"
            );
        };
        assert!(Kdf::new([0; 16]).check().is_ok());
        check(|kdf| kdf.memory = 19 * 1024 - 1, "memory");
        check(|kdf| kdf.memory = u32::MAX, "memory");
        check(|kdf| kdf.passes = 1, "passes");
        check(|kdf| kdf.passes = 9, "passes");
        check(|kdf| kdf.lanes = 0, "lanes");
        check(|kdf| kdf.lanes = 5, "lanes");
    }

    #[test]
    fn each_parameter_changes_the_key() {
        let passphrase = Passphrase::new("correct horse".into()).unwrap();
        let mut seen = Vec::new();
        for (passes, lanes) in [(2, 1), (2, 4), (3, 1)] {
            let kdf = Kdf { passes, lanes, ..Kdf::cheapest([7; 16]) };
            kdf.check().unwrap();
            seen.push(*kdf.derive(&passphrase));
        }
        seen.push(*Kdf::cheapest([8; 16]).derive(&passphrase));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }
}
