//! One key file: a readable header and a secret that only its passphrase opens.

use chacha20poly1305::{
    XChaCha20Poly1305,
    aead::{Aead, KeyInit, Payload},
};
use rand::{RngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use sirius_primitives::PublicKey;
use zeroize::Zeroizing;

use super::{Entry, KeystoreError, Name, Passphrase, Secret, error::Unreadable, kdf::Kdf};
use crate::key::{Key, Path, Scheme};

/// The format that this code writes and reads.
const VERSION: u32 = 1;

/// Stands before the header in the associated data, so that no other use of the cipher yields the same bytes.
const DOMAIN: &[u8] = b"sirius keystore\n";

/// A key file that has passed every check which needs no passphrase.
#[derive(Debug)]
pub(super) struct Sealed {
    file: File,
    public_key: PublicKey,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    header: Header,
    #[serde(with = "hex::serde")]
    ciphertext: Vec<u8>,
}

/// What is authenticated but not encrypted. The order of the fields is part of the format.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    name: Name,
    scheme: Scheme,
    path: Option<Path>,
    #[serde(with = "hex::serde")]
    public_key: Vec<u8>,
    kdf: Kdf,
    cipher: Cipher,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cipher {
    algorithm: CipherAlgorithm,
    #[serde(with = "hex::serde")]
    nonce: [u8; 24],
}

#[derive(Debug, Serialize, Deserialize)]
enum CipherAlgorithm {
    #[serde(rename = "xchacha20poly1305")]
    XChaCha20Poly1305,
}

/// As much of a file as every version shares.
#[derive(Deserialize)]
struct AnyFile {
    header: AnyHeader,
}

#[derive(Deserialize)]
struct AnyHeader {
    version: u32,
}

impl Header {
    /// Deterministic: the same header always gives the same compact JSON.
    fn associated_data(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("a header has text keys and plain values only");
        [DOMAIN, &json].concat()
    }

    fn check(&self) -> Result<PublicKey, Unreadable> {
        self.kdf.check()?;
        if self.path.is_some_and(|path| path.scheme() != self.scheme) {
            return Err(Unreadable::Scheme(self.scheme));
        }
        let public_key = match self.scheme {
            Scheme::Secp256k1 => PublicKey::secp256k1(&self.public_key)?,
            Scheme::Ed25519 => PublicKey::ed25519(&self.public_key)?,
        };
        Ok(public_key)
    }
}

impl Sealed {
    /// Encrypts `secret` under a fresh salt and nonce.
    pub(super) fn seal(name: &Name, secret: &Secret, passphrase: &Passphrase) -> Result<Self, KeystoreError> {
        Self::seal_at(Kdf::new(random()?), name, secret, passphrase)
    }

    fn seal_at(
        kdf: Kdf,
        name: &Name,
        secret: &Secret,
        passphrase: &Passphrase,
    ) -> Result<Self, KeystoreError> {
        let public_key = secret.key()?.public_key();
        let header = Header {
            version: VERSION,
            name: name.clone(),
            scheme: Scheme::of(&public_key),
            path: secret.path(),
            public_key: public_key.as_bytes().to_vec(),
            kdf,
            cipher: Cipher { algorithm: CipherAlgorithm::XChaCha20Poly1305, nonce: random()? },
        };
        let ciphertext = cipher(&header.kdf, passphrase)
            .encrypt(
                &header.cipher.nonce.into(),
                Payload { msg: &secret.plaintext(), aad: &header.associated_data() },
            )
            .expect("a few bytes are below the cipher's limit of 256 GiB");
        Ok(Self { file: File { header, ciphertext }, public_key })
    }

    /// Reads a file and checks all that can be checked without the passphrase.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        // Another version may have other fields; its number is what its owner must hear of, not the first odd field.
        let any: AnyFile = serde_json::from_slice(bytes).map_err(Unreadable::json)?;
        if any.header.version != VERSION {
            return Err(Unreadable::Version { found: any.header.version, known: VERSION });
        }
        let file: File = serde_json::from_slice(bytes).map_err(Unreadable::json)?;
        let public_key = file.header.check()?;
        Ok(Self { file, public_key })
    }

    /// The bytes of the file: JSON that a person can read, with a line end.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut json =
            serde_json::to_vec_pretty(&self.file).expect("a file has text keys and plain values only");
        json.push(b'\n');
        json
    }

    /// Decrypts the secret and makes its key.
    ///
    /// # Errors
    /// A wrong passphrase, or a header or ciphertext that was altered: the cipher cannot tell them apart.
    pub(super) fn open(&self, passphrase: &Passphrase) -> Result<(Secret, Key), KeystoreError> {
        let header = &self.file.header;
        let plaintext = cipher(&header.kdf, passphrase)
            .decrypt(
                &header.cipher.nonce.into(),
                Payload { msg: &self.file.ciphertext, aad: &header.associated_data() },
            )
            .map(Zeroizing::new)
            .map_err(|_| KeystoreError::WrongPassphrase(header.name.clone()))?;
        let inconsistent = || KeystoreError::Inconsistent(header.name.clone());
        let secret =
            Secret::from_plaintext(header.scheme, header.path, &plaintext).ok_or_else(inconsistent)?;
        let key = secret.key()?;
        if key.public_key() == self.public_key { Ok((secret, key)) } else { Err(inconsistent()) }
    }

    /// The name under which it was sealed.
    pub(super) const fn name(&self) -> &Name {
        &self.file.header.name
    }

    /// What the header says.
    pub(super) fn entry(&self) -> Entry {
        let header = &self.file.header;
        Entry { name: header.name.clone(), path: header.path, public_key: self.public_key }
    }
}

fn cipher(kdf: &Kdf, passphrase: &Passphrase) -> XChaCha20Poly1305 {
    let key = kdf.derive(passphrase);
    XChaCha20Poly1305::new(key.as_slice().into())
}

fn random<const N: usize>() -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| crate::key::KeyError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
