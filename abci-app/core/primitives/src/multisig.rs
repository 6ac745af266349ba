//! Keys of several: a number of members of which some must sign, and what an account may be signed for with.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize, de::EnumExt as _};
use thiserror::Error;

use crate::{Address, PublicKey, sha256};

/// What Amino writes before each kind of key: the first four bytes of a hash of the kind's name (go-amino, "prefix
/// bytes"), as CometBFT and the Cosmos SDK registered them.
const AMINO_MULTISIG: [u8; 4] = [0x22, 0xc1, 0xf7, 0xe2];
const AMINO_SECP256K1: [u8; 4] = [0xeb, 0x5a, 0xe9, 0x87];
const AMINO_ED25519: [u8; 4] = [0x16, 0x24, 0xde, 0x64];

/// So many of so many keys: `/cosmos.crypto.multisig.LegacyAminoPubKey` of the Cosmos SDK.
///
/// A key may stand among the members more than once, as there; whoever has it then counts as often.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Multisig {
    threshold: u8,
    members: Vec<PublicKey>,
}

impl Multisig {
    /// The most members a multisig can have; the chain's own limit, the parameter `auth.max_signatures`, is below it.
    pub const MOST_MEMBERS: usize = 64;

    /// `threshold` of `members`, in this order: another order is another key with another address.
    ///
    /// # Errors
    /// No member or too many, or a threshold that is 0 or more than all of them.
    pub fn new(threshold: u32, members: Vec<PublicKey>) -> Result<Self, MultisigError> {
        let count = members.len();
        if count == 0 || count > Self::MOST_MEMBERS {
            return Err(MultisigError::Members { found: count, most: Self::MOST_MEMBERS });
        }
        match u8::try_from(threshold) {
            Ok(small @ 1..) if usize::from(small) <= count => Ok(Self { threshold: small, members }),
            _ => Err(MultisigError::Threshold { threshold, members: count }),
        }
    }

    /// How many members must sign.
    pub fn threshold(&self) -> usize {
        usize::from(self.threshold)
    }

    /// Who may sign.
    pub fn members(&self) -> &[PublicKey] {
        &self.members
    }

    /// The address that it owns: the first 20 bytes of SHA-256 of its Amino form,
    ///
    /// ```text
    /// 22c1f7e2  08 threshold  { 12 length  (eb5ae987 21 secp256k1 | 1624de64 20 ed25519) } a member
    /// ```
    pub fn address(&self) -> Address {
        let mut amino = AMINO_MULTISIG.to_vec();
        amino.extend([0x08, self.threshold]);
        for member in &self.members {
            let (prefix, length) = match member {
                PublicKey::Secp256k1(_) => (AMINO_SECP256K1, 33),
                PublicKey::Ed25519(_) => (AMINO_ED25519, 32),
            };
            amino.extend([0x12, length + 5]);
            amino.extend(prefix);
            amino.push(length);
            amino.extend(member.as_bytes());
        }
        let mut address = [0; Address::LENGTH];
        address.copy_from_slice(sha256(&amino).as_bytes().split_at(Address::LENGTH).0);
        Address::new(address)
    }
}

/// Why keys are no multisig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MultisigError {
    /// None, or more than anybody verifies.
    #[error("a multisig has 1 to {most} members, got {found}")]
    Members {
        /// Members given.
        found: usize,
        /// The most there may be.
        most: usize,
    },
    /// Nobody would have to sign, or nobody could.
    #[error("the threshold of a multisig with {members} members is 1 to {members}, got {threshold}")]
    Threshold {
        /// The threshold given.
        threshold: u32,
        /// Members given.
        members: usize,
    },
}

/// What signs for an account.
///
/// ```text
/// stored:  00 secp256k1 (33 bytes) | 01 ed25519 (32 bytes) | 02 multisig
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountKey {
    /// One key.
    Single(PublicKey),
    /// Several.
    Multisig(Multisig),
}

impl AccountKey {
    /// The first stored byte of a multisig, after those of [`PublicKey`]'s kinds.
    const MULTISIG_TAG: u8 = 2;

    /// The address that it owns when the account has never changed its key.
    pub fn address(&self) -> Address {
        match self {
            Self::Single(key) => key.address(),
            Self::Multisig(multisig) => multisig.address(),
        }
    }

    /// Every key that may sign: the one, or the members in order.
    pub fn members(&self) -> &[PublicKey] {
        match self {
            Self::Single(key) => std::slice::from_ref(key),
            Self::Multisig(multisig) => multisig.members(),
        }
    }
}

impl From<PublicKey> for AccountKey {
    fn from(key: PublicKey) -> Self {
        Self::Single(key)
    }
}

impl BorshSerialize for AccountKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        match self {
            Self::Single(key) => key.serialize(writer),
            Self::Multisig(multisig) => {
                Self::MULTISIG_TAG.serialize(writer)?;
                multisig.serialize(writer)
            }
        }
    }
}

impl BorshDeserialize for AccountKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        match u8::deserialize_reader(reader)? {
            Self::MULTISIG_TAG => Multisig::deserialize_reader(reader).map(Self::Multisig),
            tag => PublicKey::deserialize_variant(reader, tag).map(Self::Single),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    fn key(seed: u8) -> PublicKey {
        let secret = secp256k1::SecretKey::from_slice(&[seed; 32]).unwrap();
        PublicKey::secp256k1(&secret.public_key(secp256k1::global::SECP256K1).serialize()).unwrap()
    }

    /// As `createMultisigThresholdPubkey` and `pubkeyToAddress` of CosmJS 0.39 have it, for the secrets 01…, 02…, 03….
    #[test]
    fn the_address_is_that_of_cosmjs() {
        let members = vec![key(1), key(2), key(3)];
        let multisig = Multisig::new(2, members.clone()).unwrap();
        assert_eq!(hex::encode(multisig.address().as_bytes()), "397444237fe3fc97e10d3c8783ed3350e1fb4b67");
        let other_order = Multisig::new(2, members.into_iter().rev().collect()).unwrap();
        assert_ne!(other_order.address(), multisig.address());
    }

    #[test]
    fn thresholds_and_members_have_bounds() {
        let check = |threshold, count: usize, fine: bool| {
            let made = Multisig::new(threshold, vec![key(1); count]);
            assert_eq!(made.is_ok(), fine, "{threshold} of {count}: {made:?}");
        };
        check(1, 1, true);
        check(2, 3, true);
        check(3, 3, true);
        check(64, 64, true);
        check(0, 3, false);
        check(4, 3, false);
        check(257, 3, false);
        check(1, 0, false);
        check(0, 0, false);
        check(1, 65, false);
    }

    #[test]
    fn single_keys_are_stored_as_before() {
        for one in [key(1), PublicKey::Ed25519([7; 32])] {
            let stored = borsh::to_vec(&one).unwrap();
            assert_eq!(borsh::to_vec(&AccountKey::from(one)).unwrap(), stored);
            assert_eq!(borsh::from_slice::<AccountKey>(&stored).unwrap(), AccountKey::from(one));
        }
    }

    #[test]
    fn a_multisig_is_read_as_it_was_stored() {
        let key = AccountKey::Multisig(
            Multisig::new(2, vec![key(1), key(2), PublicKey::Ed25519([3; 32])]).unwrap(),
        );
        let stored = borsh::to_vec(&key).unwrap();
        assert_eq!(borsh::from_slice::<AccountKey>(&stored).unwrap(), key);
        assert!(borsh::from_slice::<AccountKey>(&[3, 0]).is_err());
        assert_eq!(key.members().len(), 3);
    }
}
