//! What the chain can do, and its messages as JSON without knowing their Rust types.
//!
//! Everything comes from the ledger's own registry and descriptors, so that a new module's messages and questions need
//! no line here. JSON is protobuf's canonical one with the contracts' own field names: 64-bit numbers are text, bytes
//! base64, `Any` carries its `@type`.

mod error;
#[cfg(test)]
mod tests;

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cosmrs::Any;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::{Value, json};
use sirius_runtime::{Registry, Verb, VerbKind};

pub use error::CatalogueError;

/// The catalogue of the ledger this library was built with.
pub struct Catalogue {
    registry: Registry,
    pool: DescriptorPool,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::new()
    }
}

impl Catalogue {
    /// The catalogue.
    pub fn new() -> Self {
        let pool =
            DescriptorPool::decode(sirius_ledger::DESCRIPTORS).expect("the ledger's descriptors are its own");
        Self { registry: sirius_ledger::registry(), pool }
    }

    /// The ledger's registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Every message, or every question.
    pub fn verbs(&self, kind: VerbKind) -> impl Iterator<Item = &Verb> {
        self.registry.verbs().iter().filter(move |verb| verb.kind == kind)
    }

    /// The message or question that people call `<module> <name>`.
    ///
    /// # Errors
    /// There is none.
    pub fn verb(&self, kind: VerbKind, module: &str, name: &str) -> Result<&Verb, CatalogueError> {
        self.verbs(kind)
            .find(|verb| verb.module == module && verb.name == name)
            .ok_or_else(|| CatalogueError::NoVerb { module: module.into(), name: name.into() })
    }

    /// The message of this full protobuf name, such as `cosmos.bank.v1beta1.MsgSend`.
    ///
    /// # Errors
    /// The ledger has no such message.
    pub fn message(&self, name: &str) -> Result<MessageDescriptor, CatalogueError> {
        self.pool.get_message_by_name(name).ok_or_else(|| CatalogueError::NoMessage { name: name.into() })
    }

    /// Encodes the JSON of the message `name`.
    ///
    /// # Errors
    /// No such message, a field it does not have, or a value of another type.
    pub fn encode(&self, name: &str, json: &Value) -> Result<Vec<u8>, CatalogueError> {
        let message = DynamicMessage::deserialize(self.message(name)?, json)
            .map_err(|error| CatalogueError::Json { name: name.into(), reason: error.to_string() })?;
        Ok(message.encode_to_vec())
    }

    /// Packs the JSON of the message of `verb` as transactions carry it.
    ///
    /// # Errors
    /// As [`Catalogue::encode`].
    pub fn pack(&self, verb: &Verb, json: &Value) -> Result<Any, CatalogueError> {
        Ok(Any { type_url: verb.path.clone(), value: self.encode(&verb.request, json)? })
    }

    /// Packs JSON that names its message by `@type`, as [`Catalogue::unpack`] gives it.
    ///
    /// # Errors
    /// No `@type`, or as [`Catalogue::encode`].
    pub fn pack_json(&self, json: &Value) -> Result<Any, CatalogueError> {
        let named =
            || CatalogueError::Json { name: "packed message".into(), reason: "it has no @type".into() };
        let type_url = json.get("@type").and_then(Value::as_str).ok_or_else(named)?;
        let mut fields = json.clone();
        if let Some(fields) = fields.as_object_mut() {
            fields.remove("@type");
        }
        let name = type_url.strip_prefix('/').unwrap_or(type_url);
        Ok(Any { type_url: type_url.into(), value: self.encode(name, &fields)? })
    }

    /// The JSON of an encoded message `name`, with every field.
    ///
    /// # Errors
    /// No such message, or bytes that are none.
    pub fn decode(&self, name: &str, bytes: &[u8]) -> Result<Value, CatalogueError> {
        let failed = |reason: String| CatalogueError::Bytes { name: name.into(), reason };
        let message =
            DynamicMessage::decode(self.message(name)?, bytes).map_err(|error| failed(error.to_string()))?;
        let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
        message
            .serialize_with_options(serde_json::value::Serializer, &options)
            .map_err(|error| failed(error.to_string()))
    }

    /// The JSON of a packed message. One of a kind that the ledger does not know keeps its bytes as base64.
    pub fn unpack(&self, any: &Any) -> Value {
        let name = any.type_url.strip_prefix('/').unwrap_or(&any.type_url);
        match self.decode(name, &any.value) {
            Ok(Value::Object(mut fields)) => {
                fields.insert("@type".into(), Value::String(any.type_url.clone()));
                Value::Object(fields)
            }
            _ => json!({ "@type": any.type_url, "value": STANDARD.encode(&any.value) }),
        }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("registry", &self.registry).finish_non_exhaustive()
    }
}
