//! Protobuf messages as amino-JSON, by their descriptors.

use std::{borrow::Cow, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, ReflectMessage as _, Value};
use sirius_primitives::{AccountKey, PublicKey};
use sirius_runtime::{excerpt, tx};
use tendermint_proto::google::protobuf::Any;

use super::{
    AminoError, MOST_BYTES, MOST_DEPTH,
    contract::{self, Rule},
    scalar, text,
};

/// The contracts of the ledger. A constant of the program, decoded once.
static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(crate::DESCRIPTORS).expect("the descriptors are generated with the program")
});

/// JSON on its way.
#[derive(Debug, Default)]
pub(super) struct Converter {
    out: String,
}

impl Converter {
    /// Appends JSON as it stands.
    pub(super) fn raw(&mut self, json: &str) {
        self.out.push_str(json);
    }

    /// Appends text.
    pub(super) fn text(&mut self, value: &str) {
        text::push(&mut self.out, value);
    }

    /// Appends a number of 64 bits, which stands in quotes.
    pub(super) fn number(&mut self, value: impl ToString) {
        self.out.push('"');
        self.out.push_str(&value.to_string());
        self.out.push('"');
    }

    /// The JSON's bytes.
    pub(super) fn finish(self) -> Result<Vec<u8>, AminoError> {
        self.check_length()?;
        Ok(self.out.into_bytes())
    }

    fn check_length(&self) -> Result<(), AminoError> {
        if self.out.len() > MOST_BYTES { Err(AminoError::TooLong) } else { Ok(()) }
    }

    /// Appends what is packed, under its name.
    pub(super) fn packed(&mut self, any: &Any, depth: usize) -> Result<(), AminoError> {
        let unknown = || AminoError::Unknown { type_url: excerpt(&any.type_url) };
        if matches!(any.type_url.as_str(), tx::SECP256K1 | tx::ED25519 | tx::MULTISIG) {
            let key = tx::account_key(any).map_err(|_| unknown())?;
            self.account_key(&key);
            return Ok(());
        }
        let descriptor = any.type_url.strip_prefix('/').and_then(|name| POOL.get_message_by_name(name));
        let descriptor = descriptor.ok_or_else(unknown)?;
        let name = contract::name(descriptor.full_name());
        let message = DynamicMessage::decode(descriptor, any.value.as_slice()).map_err(|_| unknown())?;
        self.raw("{\"type\":\"");
        self.raw(&name);
        self.raw("\",\"value\":");
        self.message(&message, depth)?;
        self.raw("}");
        Ok(())
    }

    fn account_key(&mut self, key: &AccountKey) {
        match key {
            AccountKey::Single(key) => self.public_key(key),
            AccountKey::Multisig(multisig) => {
                self.raw("{\"type\":\"tendermint/PubKeyMultisigThreshold\",\"value\":{\"pubkeys\":[");
                for (index, member) in multisig.members().iter().enumerate() {
                    if index > 0 {
                        self.raw(",");
                    }
                    self.public_key(member);
                }
                self.raw("],\"threshold\":");
                self.number(multisig.threshold());
                self.raw("}}");
            }
        }
    }

    fn public_key(&mut self, key: &PublicKey) {
        self.raw(match key {
            PublicKey::Secp256k1(_) => "{\"type\":\"tendermint/PubKeySecp256k1\",\"value\":",
            PublicKey::Ed25519(_) => "{\"type\":\"tendermint/PubKeyEd25519\",\"value\":",
        });
        self.bytes(key.as_bytes());
        self.raw("}");
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.push('"');
        self.out.push_str(&STANDARD.encode(bytes));
        self.out.push('"');
    }

    /// Appends a message without its name.
    fn message(&mut self, message: &DynamicMessage, depth: usize) -> Result<(), AminoError> {
        let depth = depth.saturating_add(1);
        if depth > MOST_DEPTH {
            return Err(AminoError::TooDeep);
        }
        self.check_length()?;
        match message.descriptor().full_name() {
            "google.protobuf.Any" => self.packed(&any(message), depth),
            "google.protobuf.Timestamp" => self.time(message),
            "google.protobuf.Duration" => self.duration(message),
            _ => self.fields(message, depth),
        }
    }

    fn time(&mut self, message: &DynamicMessage) -> Result<(), AminoError> {
        let (seconds, nanos) = seconds_and_nanos(message);
        let time = scalar::time(seconds, nanos);
        let text = time.ok_or_else(|| {
            no_form("google.protobuf.Timestamp.seconds", "the time is beyond the years 1 to 9999")
        })?;
        self.text(&text);
        Ok(())
    }

    fn duration(&mut self, message: &DynamicMessage) -> Result<(), AminoError> {
        let (seconds, nanos) = seconds_and_nanos(message);
        let nanos = scalar::duration(seconds, nanos);
        self.number(
            nanos
                .ok_or_else(|| no_form("google.protobuf.Duration.seconds", "it has too many nanoseconds"))?,
        );
        Ok(())
    }

    fn fields(&mut self, message: &DynamicMessage, depth: usize) -> Result<(), AminoError> {
        let descriptor = message.descriptor();
        let ruled = |field: FieldDescriptor| {
            let rule = contract::rule(descriptor.full_name(), field.name());
            let name = match rule {
                Some(Rule::As(name)) => name.to_owned(),
                _ => field.name().to_owned(),
            };
            (name, field, rule)
        };
        let mut fields: Vec<_> = descriptor.fields().map(ruled).collect();
        fields.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        self.raw("{");
        let mut first = true;
        for (name, field, rule) in fields {
            if !message.has_field(&field) && matches!(rule, None | Some(Rule::FractionIfSet)) {
                continue;
            }
            if !first {
                self.raw(",");
            }
            first = false;
            self.text(&name);
            self.raw(":");
            self.field(message, &field, (rule, depth))?;
        }
        self.raw("}");
        Ok(())
    }

    fn field(
        &mut self,
        message: &DynamicMessage,
        field: &FieldDescriptor,
        (rule, depth): (Option<Rule>, usize),
    ) -> Result<(), AminoError> {
        let value = message.get_field(field);
        match (rule, value.as_ref()) {
            (Some(Rule::Coins), Value::List(items)) if items.is_empty() => self.raw("[]"),
            (_, Value::List(items)) if items.is_empty() => self.raw("null"),
            (Some(Rule::Whole), Value::String(text)) if text.is_empty() => self.text("0"),
            (Some(Rule::Fraction | Rule::FractionIfSet), Value::String(text)) => {
                let fraction = scalar::fraction(text);
                self.text(
                    &fraction
                        .ok_or_else(|| no_form(field.full_name(), "it is no integer of 10^-18 parts"))?,
                );
            }
            (_, Value::Message(_)) if !message.has_field(field) => {
                return Err(no_form(field.full_name(), "it is missing"));
            }
            (_, value) => self.value(value, field, depth)?,
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, field: &FieldDescriptor, depth: usize) -> Result<(), AminoError> {
        match value {
            Value::Bool(true) => self.raw("true"),
            Value::Bool(false) => self.raw("false"),
            Value::I32(number) | Value::EnumNumber(number) => self.raw(&number.to_string()),
            Value::U32(number) => self.raw(&number.to_string()),
            Value::I64(number) => self.number(number),
            Value::U64(number) => self.number(number),
            Value::String(value) => self.text(value),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Message(inner) => self.message(inner, depth)?,
            Value::List(items) => {
                self.raw("[");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.raw(",");
                    }
                    self.value(item, field, depth)?;
                }
                self.raw("]");
            }
            Value::Map(_) | Value::F32(_) | Value::F64(_) => {
                return Err(no_form(field.full_name(), "maps and floating-point numbers have none"));
            }
        }
        Ok(())
    }
}

fn no_form(field: &str, cause: &str) -> AminoError {
    AminoError::NoForm { field: field.into(), cause: cause.into() }
}

fn any(message: &DynamicMessage) -> Any {
    let type_url = message.get_field_by_name("type_url").and_then(|value| value.as_str().map(str::to_owned));
    let value =
        message.get_field_by_name("value").and_then(|value| value.as_bytes().map(|bytes| bytes.to_vec()));
    Any { type_url: type_url.unwrap_or_default(), value: value.unwrap_or_default() }
}

fn seconds_and_nanos(message: &DynamicMessage) -> (i64, i32) {
    let field = |name| message.get_field_by_name(name).map(Cow::into_owned);
    let seconds = field("seconds").and_then(|value| value.as_i64()).unwrap_or_default();
    let nanos = field("nanos").and_then(|value| value.as_i32()).unwrap_or_default();
    (seconds, nanos)
}
