//! Documents that only some people can read, on a chain that everybody can.
//!
//! The body is encrypted once, by XChaCha20-Poly1305 under a key of its own; that key is sealed to each reader by HPKE
//! ([RFC 9180](https://www.rfc-editor.org/rfc/rfc9180)). Members that the chain itself reads, `ns` and `erasable`, stay
//! in the clear beside it. An asset's history holds, oldest first:
//!
//! ```text
//! {"sealed": {"v": 1, "nonce", "body", "check", "readers": [{"key", "enc", "sealed"}, …]}}   an envelope
//! {"readers": {"of": TRANSACTION, "add": [{"key", "enc", "sealed"}, …]}}                     more readers of it
//! ```
//!
//! ```text
//! place  = "sirius/envelope/1/place" ‖ 0, or 1 ‖ asset ‖ number of authors: u32, big ‖ their keys in ascending order
//! body   = XChaCha20Poly1305(key, nonce, document as JSON, associated data = place)
//! check  = SHA-256("sirius/envelope/1/key" ‖ key)
//! sealed = HPKE.Seal(reader, info = "sirius/envelope/1", aad = SHA-256(place ‖ nonce ‖ check ‖ body), key)
//! ```
//!
//! So a body opens only where its authors put it, a sealed key only with its body, and `check` keeps an author from
//! giving two readers two keys under which one body says two things.
//!
//! **It is not** secrecy of who reads: the readers' keys, the length and the time are on the chain for all. A reader who
//! is removed cannot open what is sealed from then on; what they could open they may have kept, and the old envelope
//! stays on the chain. There is no forward secrecy: whoever gets a reader's secret reads all that was sealed to it.

mod error;
mod history;
mod reader;
#[cfg(test)]
mod tests;
mod text;
mod wrap;

use std::collections::BTreeSet;

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use mongo_ledger_core::{
    json::{self, Form, Limits, Object, Value},
    key::PublicKey,
    transaction::{Asset, AssetId, Transaction},
};
use rand::{RngCore as _, rngs::OsRng};
use sirius_primitives::{Hash, sha256};
use zeroize::Zeroizing;

pub use error::{EnvelopeError, ReaderKeyError};
pub use history::Sealed;
pub use reader::{ReaderKey, ReaderSecret};
pub use wrap::Wrap;

use wrap::ContentKey;

/// The most readers of one envelope: some 60 KiB of a transaction's 256.
pub const MOST_READERS: usize = 256;
/// Members of a document that the chain reads itself and that therefore stay in the clear.
pub const CLEAR: [&str; 2] = ["erasable", "ns"];
/// The member of a document that has an envelope.
const SEALED: &str = "sealed";
/// The version that is written.
const VERSION: i64 = 1;
/// The longest body that is opened: transactions have less.
const MOST_BODY: usize = 16 << 20;

/// Where an envelope stands: whoever copies it elsewhere has one that does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    asset: Option<AssetId>,
    authors: Vec<PublicKey>,
}

impl Place {
    /// In a transaction that these keys sign: one that begins an asset, or about one that exists.
    pub fn new(asset: Option<AssetId>, authors: impl IntoIterator<Item = PublicKey>) -> Self {
        let authors: BTreeSet<PublicKey> = authors.into_iter().collect();
        Self { asset, authors: authors.into_iter().collect() }
    }

    /// In this transaction.
    pub fn of(transaction: &Transaction) -> Self {
        let asset = match transaction.asset() {
            Asset::Data(_) => None,
            Asset::Id(id) => Some(*id),
        };
        let authors = transaction.inputs().iter().flat_map(|input| input.owners_before.iter().copied());
        Self::new(asset, authors)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"sirius/envelope/1/place".to_vec();
        match &self.asset {
            None => bytes.push(0),
            Some(asset) => {
                bytes.push(1);
                bytes.extend_from_slice(asset.as_bytes());
            }
        }
        bytes.extend_from_slice(&u32::try_from(self.authors.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.authors.iter().for_each(|author| bytes.extend_from_slice(author.as_bytes()));
        bytes
    }
}

/// A sealed document; see the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    nonce: [u8; 24],
    body: Vec<u8>,
    check: [u8; 32],
    /// The body's key for each reader.
    pub readers: Vec<Wrap>,
}

impl Envelope {
    /// Seals a document, for a place, to readers.
    ///
    /// # Errors
    /// No reader, too many, one twice, one with a weak key; or no randomness.
    pub fn seal(document: &Object, readers: &[ReaderKey], place: &Place) -> Result<Self, EnvelopeError> {
        bounded(readers.len())?;
        distinct(readers.iter().copied())?;
        let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; 24]);
        let filled = OsRng.try_fill_bytes(&mut *key).and_then(|()| OsRng.try_fill_bytes(&mut nonce));
        filled.map_err(|error| EnvelopeError::Randomness(error.to_string()))?;
        let plain = Zeroizing::new(json::canonical(&Value::Object(document.clone()), Form::AsWritten));
        let payload = Payload { msg: plain.as_bytes(), aad: &place.bytes() };
        let sealed = XChaCha20Poly1305::new((&*key).into()).encrypt(XNonce::from_slice(&nonce), payload);
        let body = sealed.map_err(|_| EnvelopeError::Damaged("length"))?;
        let check = check(&key);
        let mut envelope = Self { nonce, body, check, readers: Vec::new() };
        envelope.readers = envelope.wraps(&key, readers, place)?;
        Ok(envelope)
    }

    /// The document, for one of its readers or of those that were added.
    ///
    /// # Errors
    /// The secret is no reader's, or the envelope does not hold.
    pub fn open(
        &self,
        secret: &ReaderSecret,
        place: &Place,
        added: &[Wrap],
    ) -> Result<Object, EnvelopeError> {
        let key = self.key(secret, place, added)?;
        let payload = Payload { msg: &self.body, aad: &place.bytes() };
        let plain = XChaCha20Poly1305::new((&*key).into()).decrypt(XNonce::from_slice(&self.nonce), payload);
        let plain = Zeroizing::new(plain.map_err(|_| EnvelopeError::Damaged("body"))?);
        let limits = Limits { bytes: MOST_BODY, ..Limits::default() };
        let value = json::parse(&plain, &limits).map_err(|error| EnvelopeError::Shape(error.to_string()))?;
        match value {
            Value::Object(object) => Ok(object),
            other => Err(EnvelopeError::Shape(format!("it holds {}, a document is an object", other.kind()))),
        }
    }

    /// Seals the same key to more readers, as one who can read.
    ///
    /// # Errors
    /// As [`Envelope::open`], or too many readers, one twice, one with a weak key.
    pub fn admit(
        &self,
        secret: &ReaderSecret,
        place: &Place,
        added: &[Wrap],
        readers: &[ReaderKey],
    ) -> Result<Vec<Wrap>, EnvelopeError> {
        let known = || self.readers.iter().chain(added).map(|wrap| wrap.reader);
        bounded(known().count().saturating_add(readers.len()))?;
        bounded(readers.len())?;
        distinct(known().chain(readers.iter().copied()))?;
        let key = self.key(secret, place, added)?;
        self.wraps(&key, readers, place)
    }

    fn wraps(
        &self,
        key: &ContentKey,
        readers: &[ReaderKey],
        place: &Place,
    ) -> Result<Vec<Wrap>, EnvelopeError> {
        let digest = self.digest(place);
        readers.iter().map(|reader| Wrap::seal(key, *reader, &digest, &mut OsRng)).collect()
    }

    fn key(&self, secret: &ReaderSecret, place: &Place, added: &[Wrap]) -> Result<ContentKey, EnvelopeError> {
        let all = self.readers.iter().chain(added);
        let own = all.clone().filter(|wrap| wrap.reader == secret.public());
        let digest = self.digest(place);
        let mut known = false;
        for wrap in own {
            known = true;
            // One that does not hold may stand beside one that does: anybody may have added it.
            if let Some(key) = wrap.open(secret, &digest).filter(|key| check(key) == self.check) {
                return Ok(key);
            }
        }
        match known {
            true => Err(EnvelopeError::Damaged("key for this reader")),
            false => Err(EnvelopeError::NotAReader { key: secret.public(), readers: all.count() }),
        }
    }

    fn digest(&self, place: &Place) -> Hash {
        sha256(&[place.bytes().as_slice(), &self.nonce, &self.check, &self.body].concat())
    }

    /// The document that stands in a transaction in place of the sealed one, with what stays in the clear.
    pub fn document(&self, clear: Object) -> Object {
        let sealed = Object::from([
            ("body".to_owned(), text::encode(&self.body)),
            ("check".to_owned(), text::encode(&self.check)),
            ("nonce".to_owned(), text::encode(&self.nonce)),
            ("readers".to_owned(), self.readers.iter().map(Wrap::value).collect::<Vec<_>>().into()),
            ("v".to_owned(), VERSION.into()),
        ]);
        clear.into_iter().chain([(SEALED.to_owned(), Value::Object(sealed))]).collect()
    }

    /// Reads the envelope of a document; `None` where it has none.
    ///
    /// # Errors
    /// It has something else in that place.
    pub fn read(document: &Object) -> Result<Option<Self>, EnvelopeError> {
        let Some(value) = document.get(SEALED) else { return Ok(None) };
        let object = text::members(value, &["body", "check", "nonce", "readers", "v"], "an envelope")?;
        if object.get("v").and_then(Value::as_i64) != Some(VERSION) {
            return Err(EnvelopeError::Shape(format!(
                "its version is not {VERSION}; a newer program may read it"
            )));
        }
        Ok(Some(Self {
            nonce: text::bytes(object, "nonce")?,
            body: text::vector(object, "body")?,
            check: text::bytes(object, "check")?,
            readers: Wrap::read_all(object, "readers")?,
        }))
    }
}

/// A document's members that are to be sealed, and then those that the chain must read.
pub fn divide(document: Object) -> (Object, Object) {
    document.into_iter().partition(|(name, _)| !CLEAR.contains(&name.as_str()))
}

fn check(key: &ContentKey) -> [u8; 32] {
    *sha256(&Zeroizing::new([b"sirius/envelope/1/key".as_slice(), &**key].concat())).as_bytes()
}

fn bounded(count: usize) -> Result<(), EnvelopeError> {
    match (1..=MOST_READERS).contains(&count) {
        true => Ok(()),
        false => Err(EnvelopeError::Readers { found: count }),
    }
}

fn distinct(readers: impl Iterator<Item = ReaderKey>) -> Result<(), EnvelopeError> {
    let (mut once, mut all) = (BTreeSet::new(), 0_usize);
    for reader in readers {
        once.insert(reader);
        all = all.saturating_add(1);
    }
    match once.len() == all {
        true => Ok(()),
        false => Err(EnvelopeError::Shape("a reader is named twice".into())),
    }
}
