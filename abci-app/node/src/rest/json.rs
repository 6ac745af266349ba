//! Messages as JSON, as grpc-gateway writes them for the Cosmos SDK: the contract's own field names in their order,
//! 64-bit numbers as text, bytes as base64, `Any` with its `@type`, enums by name, and every field, set or not.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _,
    Value,
};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq as _, Serializer};

use crate::gateway::Contracts;

/// How deep packed messages are opened in packed messages; deeper ones stay bytes. Each level may cost a client forty
/// bytes and this thread a stack frame, so that there must be an end.
const MOST_PACKED: usize = 16;
/// Digits after a decimal's point.
const DECIMALS: usize = 18;

/// A message to be written.
pub(crate) struct Shown<'a> {
    message: &'a DynamicMessage,
    contracts: &'a Contracts,
    packed: usize,
}

impl<'a> Shown<'a> {
    /// The JSON of `message`.
    pub(crate) fn new(message: &'a DynamicMessage, contracts: &'a Contracts) -> Self {
        Self { message, contracts, packed: 0 }
    }

    fn with<'b>(&self, message: &'b DynamicMessage) -> Shown<'b>
    where
        'a: 'b,
    {
        Shown { message, contracts: self.contracts, packed: self.packed }
    }

    fn fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for field in self.message.descriptor().fields() {
            let set = self.message.has_field(&field);
            if !set && field.containing_oneof().is_some() {
                continue;
            }
            let nothing = !set && !field.is_list() && !field.is_map();
            match field.kind() {
                Kind::Message(_) | Kind::Bytes if nothing => map.serialize_entry(field.name(), &())?,
                _ if nothing && self.is_decimal(&field) => map.serialize_entry(field.name(), &())?,
                _ => {
                    let value = self.message.get_field(&field);
                    map.serialize_entry(field.name(), &Item { value: &value, field: &field, shown: self })?;
                }
            }
        }
        Ok(())
    }

    fn is_decimal(&self, field: &FieldDescriptor) -> bool {
        matches!(field.kind(), Kind::String | Kind::Bytes) && self.contracts.is_decimal(field.full_name())
    }

    /// A packed message: its own fields, or its bytes where nobody knows its type.
    fn any<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.message.get_field_by_name("type_url");
        let url = text.as_deref().and_then(Value::as_str).unwrap_or_default();
        let found = self.message.get_field_by_name("value");
        let bytes = found.as_deref().and_then(Value::as_bytes).cloned().unwrap_or_default();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@type", url)?;
        let inner = (self.packed < MOST_PACKED)
            .then(|| known(self.contracts.pool(), url))
            .flatten()
            .and_then(|descriptor| DynamicMessage::decode(descriptor, bytes.clone()).ok());
        match inner {
            Some(inner) if !stands_for_itself(&inner) => {
                let deeper = self.packed.saturating_add(1);
                let shown = Shown { message: &inner, contracts: self.contracts, packed: deeper };
                shown.fields(&mut map)?;
            }
            _ => map.serialize_entry("value", &STANDARD.encode(&bytes))?,
        }
        map.end()
    }
}

/// The type behind a type URL.
fn known(pool: &DescriptorPool, url: &str) -> Option<MessageDescriptor> {
    pool.get_message_by_name(url.rsplit('/').next()?)
}

/// Whether a message is written as something else than its fields.
fn stands_for_itself(message: &DynamicMessage) -> bool {
    message.descriptor().full_name().starts_with("google.protobuf.")
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.message.descriptor().full_name() {
            "google.protobuf.Any" => self.any(serializer),
            // Times and spans have one text, which the library knows.
            name if name.starts_with("google.protobuf.") => self.message.serialize(serializer),
            _ => {
                let mut map = serializer.serialize_map(None)?;
                self.fields(&mut map)?;
                map.end()
            }
        }
    }
}

/// A value of a field.
struct Item<'a> {
    value: &'a Value,
    field: &'a FieldDescriptor,
    shown: &'a Shown<'a>,
}

impl Item<'_> {
    fn decimal<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = match self.value {
            Value::String(text) => text.as_str(),
            Value::Bytes(bytes) => std::str::from_utf8(bytes).map_err(S::Error::custom)?,
            _ => "",
        };
        serializer.collect_str(&decimal(digits))
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let same = |value| Item { value, field: self.field, shown: self.shown };
        match self.value {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::I32(value) => serializer.serialize_i32(*value),
            Value::U32(value) => serializer.serialize_u32(*value),
            Value::I64(value) => serializer.collect_str(value),
            Value::U64(value) => serializer.collect_str(value),
            Value::F32(value) => serializer.serialize_f32(*value),
            Value::F64(value) => serializer.serialize_f64(*value),
            Value::String(_) | Value::Bytes(_) if self.shown.is_decimal(self.field) => {
                self.decimal(serializer)
            }
            Value::String(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
            Value::EnumNumber(number) => enumerated(&self.field.kind(), *number, serializer),
            Value::Message(message) => self.shown.with(message).serialize(serializer),
            Value::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(&same(value)))?;
                list.end()
            }
            Value::Map(values) => {
                let Kind::Message(entry) = self.field.kind() else {
                    return Err(S::Error::custom("a map's entries are messages"));
                };
                let field = entry.map_entry_value_field();
                let mut map = serializer.serialize_map(Some(values.len()))?;
                for (key, value) in values {
                    map.serialize_entry(&key_text(key), &Item { value, field: &field, shown: self.shown })?;
                }
                map.end()
            }
        }
    }
}

fn enumerated<S: Serializer>(kind: &Kind, number: i32, serializer: S) -> Result<S::Ok, S::Error> {
    match kind.as_enum().and_then(|names| names.get_value(number)) {
        Some(value) => serializer.serialize_str(value.name()),
        None => serializer.serialize_i32(number),
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(value) => value.to_string(),
        MapKey::I32(value) => value.to_string(),
        MapKey::I64(value) => value.to_string(),
        MapKey::U32(value) => value.to_string(),
        MapKey::U64(value) => value.to_string(),
        MapKey::String(value) => value.clone(),
    }
}

/// Puts the point into the digits of a number times 10^18.
pub(crate) fn decimal(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.into();
    }
    let padded = format!("{digits:0>width$}", width = DECIMALS.saturating_add(1));
    let (whole, part) = padded.split_at(padded.len().saturating_sub(DECIMALS));
    format!("{sign}{whole}.{part}")
}
