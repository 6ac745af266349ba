//! Reading and writing the JSON of envelopes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::json::{Object, Value};

use super::EnvelopeError;

pub(super) fn encode(bytes: &[u8]) -> Value {
    Value::String(STANDARD.encode(bytes))
}

/// The members of an object that has exactly these.
pub(super) fn members<'a>(value: &'a Value, names: &[&str], what: &str) -> Result<&'a Object, EnvelopeError> {
    let object =
        value.as_object().filter(|object| object.keys().map(String::as_str).eq(names.iter().copied()));
    object.ok_or_else(|| EnvelopeError::Shape(format!("{what} has exactly {}", names.join(", "))))
}

pub(super) fn string<'a>(object: &'a Object, name: &str) -> Result<&'a str, EnvelopeError> {
    let text = object.get(name).and_then(Value::as_str);
    text.ok_or_else(|| EnvelopeError::Shape(format!("`{name}` is no text")))
}

pub(super) fn vector(object: &Object, name: &str) -> Result<Vec<u8>, EnvelopeError> {
    let bytes = STANDARD.decode(string(object, name)?);
    bytes.map_err(|error| EnvelopeError::Shape(format!("`{name}` is no base64: {error}")))
}

pub(super) fn bytes<const N: usize>(object: &Object, name: &str) -> Result<[u8; N], EnvelopeError> {
    let bytes = vector(object, name)?;
    let found = bytes.len();
    bytes
        .try_into()
        .map_err(|_| EnvelopeError::Shape(format!("`{name}` has {found} bytes, it must have {N}")))
}
