//! Requests from paths, queries and bodies, as grpc-gateway reads them.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};
use serde::de::{IntoDeserializer as _, value::StrDeserializer};

use crate::gateway::Failure;

/// Parameters of a query at most.
const MOST_PARAMETERS: usize = 256;
/// How many names a parameter's path may have, as `pagination.limit` has two.
const MOST_NAMES: usize = 8;

/// Both alphabets of base64, with padding or without.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The message that a JSON body is.
///
/// # Errors
/// A body that is not the JSON of such a message, is nested too deep, or has a field the message has not.
pub(crate) fn from_body(descriptor: MessageDescriptor, body: &[u8]) -> Result<DynamicMessage, Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(DynamicMessage::new(descriptor));
    }
    let name = descriptor.full_name().to_owned();
    let bad = |error: serde_json::Error| Failure::bad(format!("the body is not the JSON of {name}: {error}"));
    // serde_json goes 128 levels deep and no further.
    let mut json = serde_json::Deserializer::from_slice(body);
    let message = DynamicMessage::deserialize(descriptor, &mut json).map_err(bad)?;
    json.end().map_err(bad)?;
    Ok(message)
}

/// Sets what the path and the query say. A parameter that the message does not have is passed over: a client may know
/// more than this chain.
///
/// # Errors
/// A value that is not of its field's type, or too many.
pub(crate) fn fill<'a>(
    message: &mut DynamicMessage,
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Failure> {
    for (count, (path, text)) in parameters.enumerate() {
        if count >= MOST_PARAMETERS {
            return Err(Failure::bad(format!("a query has at most {MOST_PARAMETERS} parameters")));
        }
        let names: Vec<&str> = path.splitn(MOST_NAMES, '.').collect();
        set(message, &names, text)
            .map_err(|cause| Failure::bad(format!("type mismatch, parameter: {path}, error: {cause}")))?;
    }
    Ok(())
}

fn set(message: &mut DynamicMessage, names: &[&str], text: &str) -> Result<(), String> {
    let Some((name, deeper)) = names.split_first() else { return Ok(()) };
    let descriptor = message.descriptor();
    let field = descriptor.get_field_by_name(name).or_else(|| descriptor.get_field_by_json_name(name));
    let Some(field) = field else { return Ok(()) };
    if !deeper.is_empty() {
        return match message.get_field_mut(&field).as_message_mut() {
            Some(inner) if !field.is_list() => set(inner, deeper, text),
            _ => Err(format!("{name} has no fields")),
        };
    }
    let value = parse(&field, text)?;
    match message.get_field_mut(&field) {
        Value::List(values) => values.push(value),
        single => *single = value,
    }
    Ok(())
}

fn parse(field: &FieldDescriptor, text: &str) -> Result<Value, String> {
    fn number<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
        text.parse().map_err(|error| format!("parsing {text:?}: {error}"))
    }
    Ok(match field.kind() {
        Kind::Bool => match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Value::Bool(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Value::Bool(false),
            _ => return Err(format!("parsing {text:?}: use true or false")),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number(text)?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number(text)?),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number(text)?),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number(text)?),
        Kind::Float => Value::F32(number(text)?),
        Kind::Double => Value::F64(number(text)?),
        Kind::String => Value::String(text.into()),
        Kind::Bytes => Value::Bytes(bytes(text)?.into()),
        Kind::Enum(names) => Value::EnumNumber(enumerated(&names, text)?),
        Kind::Message(message) => Value::Message(in_one_text(message, text)?),
    })
}

/// A plus that a client forgot to escape has become a space.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let text = text.replace(' ', "+");
    STANDARD
        .decode(&text)
        .or_else(|_| URL_SAFE.decode(&text))
        .map_err(|error| format!("{text:?} is no base64: {error}"))
}

fn enumerated(names: &EnumDescriptor, text: &str) -> Result<i32, String> {
    let by_name = names.get_value_by_name(text).map(|value| value.number());
    by_name.or_else(|| text.parse().ok()).ok_or_else(|| format!("{text:?} is none of {}", names.full_name()))
}

/// Messages that have one text, as times have.
fn in_one_text(message: MessageDescriptor, text: &str) -> Result<DynamicMessage, String> {
    if !matches!(message.full_name(), "google.protobuf.Timestamp" | "google.protobuf.Duration") {
        return Err(format!("{} has fields; name one of them", message.full_name()));
    }
    let json: StrDeserializer<'_, serde_json::Error> = text.into_deserializer();
    DynamicMessage::deserialize(message, json).map_err(|error| error.to_string())
}
