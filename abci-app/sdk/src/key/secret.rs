//! A key that signs.

use std::{fmt, sync::LazyLock};

use ed25519_dalek::Signer;
use rand::{RngCore, rngs::OsRng};
use secp256k1::{Message, Secp256k1, SecretKey, SignOnly};
use sirius_primitives::{Address, PublicKey, sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{KeyError, Mnemonic, Path, Scheme, derive};

/// The tables of libsecp256k1, made once per process.
static CONTEXT: LazyLock<Secp256k1<SignOnly>> = LazyLock::new(|| {
    let mut context = Secp256k1::signing_only();
    // Blinding hardens signing against power and cache readings. Signing takes constant time without it too, so that
    // a system without random bytes still signs.
    let mut seed = [0; 32];
    if OsRng.try_fill_bytes(&mut seed).is_ok() {
        context.seeded_randomize(&seed);
    }
    seed.zeroize();
    context
});

/// A secret key of one scheme with its public key; wiped when dropped, its secret never in debug output.
pub struct Key {
    secret: Secret,
    public: PublicKey,
}

/// Boxed, so that moving a key leaves no copy of its secret behind.
enum Secret {
    Secp256k1(Box<SecretKey>),
    /// Wipes itself.
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

impl Drop for Secret {
    fn drop(&mut self) {
        if let Self::Secp256k1(secret) = self {
            secret.non_secure_erase();
        }
    }
}

impl Key {
    /// The first key of `mnemonic`: account 0, index 0.
    ///
    /// # Errors
    /// As [`Key::derive_at`].
    pub fn derive(mnemonic: &Mnemonic, scheme: Scheme) -> Result<Self, KeyError> {
        Self::derive_at(mnemonic, scheme, 0, 0)
    }

    /// The key of `mnemonic` at BIP-44's `account` and `index`; see [`Path`].
    ///
    /// # Errors
    /// A number above [`Path::MAX`]; or [`KeyError::NoSuchChild`] once in about 2^127.
    pub fn derive_at(
        mnemonic: &Mnemonic,
        scheme: Scheme,
        account: u32,
        index: u32,
    ) -> Result<Self, KeyError> {
        let path = Path::new(scheme, account, index)?;
        let secret = derive::secret_at(&mnemonic.seed(), path)?;
        Self::from_secret_bytes(scheme, &secret)
    }

    /// The key whose secret is exactly these bytes: a big-endian scalar for secp256k1, an RFC 8032 seed for ed25519.
    ///
    /// Meant for keys that never had a mnemonic, such as those of load generators and of tests.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`] when they are no secp256k1 secret; every 32 bytes are an ed25519 one.
    pub fn from_secret_bytes(scheme: Scheme, bytes: &[u8; 32]) -> Result<Self, KeyError> {
        match scheme {
            Scheme::Secp256k1 => {
                let mut secret = SecretKey::from_byte_array(bytes).map_err(|_| KeyError::OutOfRange)?;
                let public = PublicKey::Secp256k1(secret.public_key(&CONTEXT).serialize());
                let key = Self { secret: Secret::Secp256k1(Box::new(secret)), public };
                secret.non_secure_erase();
                Ok(key)
            }
            Scheme::Ed25519 => {
                let secret = Box::new(ed25519_dalek::SigningKey::from_bytes(bytes));
                let public = PublicKey::Ed25519(secret.verifying_key().to_bytes());
                Ok(Self { secret: Secret::Ed25519(secret), public })
            }
        }
    }

    /// The scheme this key signs with.
    pub const fn scheme(&self) -> Scheme {
        Scheme::of(&self.public)
    }

    /// What others verify its signatures with.
    pub const fn public_key(&self) -> PublicKey {
        self.public
    }

    /// The address of an account whose first key this is.
    pub fn address(&self) -> Address {
        self.public.address()
    }

    /// The RFC 8032 seed of an ed25519 key, wiped when dropped: the database chain's library signs with its own type.
    pub(crate) fn ed25519_seed(&self) -> Option<Zeroizing<[u8; 32]>> {
        match &self.secret {
            Secret::Secp256k1(_) => None,
            Secret::Ed25519(secret) => Some(Zeroizing::new(secret.to_bytes())),
        }
    }

    /// The 64-byte signature over `message`, the same each time.
    ///
    /// * secp256k1: ECDSA over SHA-256(message) with the nonce of RFC 6979, `r ‖ s` big-endian, `s` in the lower half;
    /// * ed25519: RFC 8032 over the message itself.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Secp256k1(secret) => {
                let digest = Message::from_digest(*sha256(message).as_bytes());
                CONTEXT.sign_ecdsa(&digest, secret).serialize_compact().to_vec()
            }
            Secret::Ed25519(secret) => secret.sign(message).to_vec(),
        }
    }
}

// `Secret::drop` and ed25519-dalek wipe; nothing else in a key is secret.
impl ZeroizeOnDrop for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {})", self.scheme(), hex::encode(self.public.as_bytes()))
    }
}

#[cfg(test)]
mod tests;
