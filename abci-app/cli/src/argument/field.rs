//! One field of a message: the text a person writes for it, and the JSON it becomes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};
use sirius_primitives::{AccountKey, Coin, Denom};
use sirius_runtime::tx::pack_account_key;
use sirius_sdk::{
    catalogue::Catalogue,
    keystore::{Entry, Group},
    units::Units,
};

use crate::{failure::Failure, names::Names};

const COIN: &str = "cosmos.base.v1beta1.Coin";
const ANY: &str = "google.protobuf.Any";
/// Messages whose JSON is plain text.
const TEXT: [&str; 3] =
    ["google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"];
/// Names that end so are accounts.
const ACCOUNTS: [&str; 5] = ["address", "_addr", "granter", "grantee", "authority"];
/// The address of a key that signs blocks, which is no account.
const CONSENSUS: &str = "cons_address";
/// What stands before the name of a key whose public key is meant.
const KEY: &str = "key:";

/// Whether the field names an account.
pub(super) fn is_address(field: &FieldDescriptor) -> bool {
    let name = field.name();
    field.kind() == Kind::String && name != CONSENSUS && ACCOUNTS.iter().any(|word| name.ends_with(word))
}

/// Whether the field is a coin, or several.
pub(super) fn is_coin(field: &FieldDescriptor) -> bool {
    is_message(field, COIN)
}

fn is_message(field: &FieldDescriptor, name: &str) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == name)
}

/// Whether the message holds coins somewhere, so that people may write amounts in it.
pub(crate) fn needs_units(message: &MessageDescriptor) -> bool {
    holds_coins(message, &mut Vec::new())
}

fn holds_coins(message: &MessageDescriptor, seen: &mut Vec<String>) -> bool {
    // A message may hold its own kind.
    if seen.iter().any(|name| name == message.full_name()) {
        return false;
    }
    seen.push(message.full_name().into());
    message.fields().any(|field| match field.kind() {
        Kind::Message(inner) => [COIN, ANY].contains(&inner.full_name()) || holds_coins(&inner, seen),
        _ => false,
    })
}

/// What a person is told to write.
pub(super) fn describe(field: &FieldDescriptor) -> String {
    let one = match field.kind() {
        Kind::String if is_address(field) => "an address, or the name of a key or contact".into(),
        Kind::String if field.name() == "denom" => "a denomination; that of fees when left out".into(),
        Kind::String => "text".into(),
        Kind::Bool => "true or false".into(),
        Kind::Bytes => "bytes: 0x and hexadecimal digits, or base64".into(),
        Kind::Message(message) if message.full_name() == COIN && field.is_list() => {
            return "amounts such as 1.5xpx or 1.5xpx,3uatom".into();
        }
        Kind::Message(message) => match message.full_name() {
            COIN => "an amount such as 1.5xpx or 1500000uxpx".into(),
            ANY => "JSON with @type, or key:NAME for the public key of one of your keys or multisigs".into(),
            name if TEXT.contains(&name) => {
                "a time such as 2026-01-31T12:00:00Z, or a duration such as 3.5s".into()
            }
            name => {
                let fields: Vec<_> = message.fields().map(|field| field.name().to_owned()).collect();
                format!("JSON of a {name}: {}", fields.join(", "))
            }
        },
        Kind::Enum(kind) => {
            kind.values().map(|value| value.name().to_owned()).collect::<Vec<_>>().join(" or ")
        }
        Kind::Double | Kind::Float => "a number".into(),
        _ => "a whole number".into(),
    };
    if field.is_list() { format!("{one}; several") } else { one }
}

/// Reads what people write.
pub(crate) struct Reader<'a> {
    /// How amounts are written.
    pub(crate) units: &'a Units,
    /// Who is called how.
    pub(crate) names: &'a Names,
    /// The keys, for `key:NAME`.
    pub(crate) keys: &'a [Entry],
    /// The multisigs, for the same.
    pub(crate) groups: &'a [Group],
    /// What a denomination is when none is named.
    pub(crate) denom: &'a Denom,
    /// What messages there are.
    pub(crate) catalogue: &'a Catalogue,
}

impl Reader<'_> {
    /// What a field is when nothing was written for it.
    pub(super) fn absent(&self, field: &FieldDescriptor) -> Option<Value> {
        (field.kind() == Kind::String && field.name() == "denom").then(|| json!(self.denom))
    }

    /// The field's JSON.
    ///
    /// # Errors
    /// Text that the field cannot hold; the error names the field.
    pub(super) fn read(&self, field: &FieldDescriptor, texts: &[String]) -> Result<Value, Failure> {
        let named =
            |failure: Failure| Failure::input(format!("argument {}: {failure}", field.name().to_uppercase()));
        self.try_read(field, texts).map_err(named)
    }

    fn try_read(&self, field: &FieldDescriptor, texts: &[String]) -> Result<Value, Failure> {
        let [first, rest @ ..] = texts else { return Ok(Value::Null) };
        if !field.is_list() {
            return self.one(field, first);
        }
        if is_coin(field) {
            return Ok(self.units.parse_all(first)?.iter().map(coin).collect());
        }
        // One argument may hold the whole list.
        if let (Ok(Value::Array(items)), []) = (serde_json::from_str(first), rest) {
            return items.into_iter().map(|item| self.tidy(field, item)).collect();
        }
        texts.iter().map(|text| self.one(field, text)).collect()
    }

    /// One value from its text.
    fn one(&self, field: &FieldDescriptor, text: &str) -> Result<Value, Failure> {
        match field.kind() {
            Kind::String if is_address(field) => Ok(json!(self.names.text(&self.names.resolve(text)?))),
            Kind::String | Kind::Enum(_) => Ok(json!(text)),
            Kind::Bool => match text {
                "true" => Ok(json!(true)),
                "false" => Ok(json!(false)),
                _ => Err(Failure::input(format!("{text:?} is neither true nor false"))),
            },
            Kind::Bytes => Ok(json!(bytes("the value", text)?)),
            Kind::Message(message) => self.message(&message, text),
            Kind::Double | Kind::Float => number::<f64>(text).map(|number| json!(number)),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => number::<i32>(text).map(|number| json!(number)),
            Kind::Uint32 | Kind::Fixed32 => number::<u32>(text).map(|number| json!(number)),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                number::<i64>(text).map(|number| json!(number.to_string()))
            }
            Kind::Uint64 | Kind::Fixed64 => number::<u64>(text).map(|number| json!(number.to_string())),
        }
    }

    fn message(&self, message: &MessageDescriptor, text: &str) -> Result<Value, Failure> {
        match (message.full_name(), text.strip_prefix(KEY)) {
            (COIN, _) => Ok(coin(&self.units.parse(text)?)),
            (ANY, Some(name)) => self.public_key(name),
            (name, _) if TEXT.contains(&name) => Ok(json!(text)),
            _ => {
                let json: Value = serde_json::from_str(text).map_err(|error| {
                    Failure::input(format!("{text:?} is no JSON of a {}: {error}", message.full_name()))
                })?;
                self.tidy_message(message, json)
            }
        }
    }

    fn public_key(&self, name: &str) -> Result<Value, Failure> {
        let key = self.keys.iter().find(|entry| entry.name.as_str() == name);
        let group = self.groups.iter().find(|group| group.name.as_str() == name);
        let key = key
            .map(|entry| AccountKey::Single(entry.public_key))
            .or_else(|| group.map(|group| AccountKey::Multisig(group.multisig.clone())));
        let key = key.ok_or_else(|| {
            Failure::input(format!(
                "there is no key named {name:?}; `sirius keys list` shows which there are"
            ))
        })?;
        Ok(self.catalogue.unpack(&pack_account_key(&key)))
    }

    /// JSON in which people may have written names and amounts as they do in arguments.
    fn tidy(&self, field: &FieldDescriptor, json: Value) -> Result<Value, Failure> {
        match (field.kind(), json) {
            (_, Value::String(text)) if is_address(field) && !text.is_empty() => self.one(field, &text),
            (Kind::Message(message), Value::String(text)) if message.full_name() == COIN => {
                self.message(&message, &text)
            }
            (Kind::Message(message), json) => self.tidy_message(&message, json),
            (_, json) => Ok(json),
        }
    }

    fn tidy_message(&self, message: &MessageDescriptor, json: Value) -> Result<Value, Failure> {
        let Value::Object(fields) = json else { return Ok(json) };
        let inner = match fields.get("@type").and_then(Value::as_str) {
            Some(url) if message.full_name() == ANY => {
                self.catalogue.message(url.trim_start_matches('/')).ok()
            }
            _ => None,
        };
        let message = inner.as_ref().unwrap_or(message);
        let mut tidied = Map::new();
        for (name, value) in fields {
            let field = message.get_field_by_name(&name).or_else(|| message.get_field_by_json_name(&name));
            let value = match (field, value) {
                (None, value) => value,
                (Some(field), Value::String(text)) if is_coin(&field) && field.is_list() => {
                    self.try_read(&field, &[text])?
                }
                (Some(field), Value::Array(items)) => {
                    items.into_iter().map(|item| self.tidy(&field, item)).collect::<Result<_, _>>()?
                }
                (Some(field), value) => self.tidy(&field, value)?,
            };
            tidied.insert(name, value);
        }
        Ok(Value::Object(tidied))
    }
}

fn coin(coin: &Coin) -> Value {
    json!({ "denom": coin.denom, "amount": coin.amount.to_string() })
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, Failure> {
    text.parse().map_err(|_| Failure::input(format!("{text:?} is not a number that fits")))
}

/// Bytes as base64, from `0x` and hexadecimal digits or from base64.
///
/// # Errors
/// Neither of the two.
pub(super) fn bytes(what: &str, text: &str) -> Result<String, Failure> {
    let decoded = match text.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).map_err(|error| error.to_string()),
        None => STANDARD.decode(text).map_err(|error| error.to_string()),
    };
    let refuse = |reason| {
        Failure::input(format!("{what} {text:?} is neither 0x and hexadecimal digits nor base64: {reason}"))
    };
    Ok(STANDARD.encode(decoded.map_err(refuse)?))
}
