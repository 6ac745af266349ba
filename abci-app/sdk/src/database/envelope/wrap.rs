//! The key of a body, sealed to one reader.

use hpke::{
    Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, single_shot_open, single_shot_seal,
};
use mongo_ledger_core::json::{Object, Value};
use rand::{CryptoRng, RngCore};
use sirius_primitives::Hash;
use zeroize::Zeroizing;

use super::{EnvelopeError, ReaderKey, ReaderSecret, text};

/// What HPKE is told of its use.
const INFO: &[u8] = b"sirius/envelope/1";
/// A content key and the tag behind it.
const SEALED: usize = 48;

/// The key of a body.
pub(super) type ContentKey = Zeroizing<[u8; 32]>;

/// A content key sealed to one reader: HPKE in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
/// ChaCha20Poly1305, bound to the body by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// For whom.
    pub reader: ReaderKey,
    encapsulated: [u8; 32],
    sealed: [u8; SEALED],
}

impl Wrap {
    pub(super) fn seal(
        key: &ContentKey,
        reader: ReaderKey,
        body: &Hash,
        random: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, EnvelopeError> {
        let weak = || EnvelopeError::WeakKey(reader);
        let point = reader.point().ok_or_else(weak)?;
        let (encapsulated, sealed) = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256, _>(
            &OpModeS::Base,
            &point,
            INFO,
            &**key,
            body.as_bytes(),
            random,
        )
        .map_err(|_| weak())?;
        let sealed = sealed.try_into().map_err(|_| weak())?;
        Ok(Self { reader, encapsulated: encapsulated.to_bytes().into(), sealed })
    }

    /// The content key; `None` when this does not hold for that reader and body.
    pub(super) fn open(&self, secret: &ReaderSecret, body: &Hash) -> Option<ContentKey> {
        let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&self.encapsulated).ok()?;
        let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            secret.secret(),
            &encapsulated,
            INFO,
            &self.sealed,
            body.as_bytes(),
        );
        let opened = Zeroizing::new(opened.ok()?);
        let mut key = Zeroizing::new([0; 32]);
        (opened.len() == key.len()).then(|| key.copy_from_slice(&opened))?;
        Some(key)
    }

    pub(super) fn value(&self) -> Value {
        Value::Object(Object::from([
            ("enc".to_owned(), text::encode(&self.encapsulated)),
            ("key".to_owned(), self.reader.to_string().into()),
            ("sealed".to_owned(), text::encode(&self.sealed)),
        ]))
    }

    fn read(value: &Value) -> Result<Self, EnvelopeError> {
        let object = text::members(value, &["enc", "key", "sealed"], "a reader")?;
        let reader = text::string(object, "key")?.parse();
        Ok(Self {
            reader: reader.map_err(|error: super::ReaderKeyError| EnvelopeError::Shape(error.to_string()))?,
            encapsulated: text::bytes(object, "enc")?,
            sealed: text::bytes(object, "sealed")?,
        })
    }

    /// A list of them, within the bound and each reader once.
    pub(super) fn read_all(object: &Object, name: &str) -> Result<Vec<Self>, EnvelopeError> {
        let list = object.get(name).and_then(Value::as_array);
        let list = list.ok_or_else(|| EnvelopeError::Shape(format!("`{name}` is no list")))?;
        super::bounded(list.len())?;
        let wraps = list.iter().map(Self::read).collect::<Result<Vec<_>, _>>()?;
        super::distinct(wraps.iter().map(|wrap| wrap.reader))?;
        Ok(wraps)
    }
}
