//! The text that is hashed: no spaces, sorted keys, and one way to write each string and number.

use std::borrow::Cow;

use super::{Object, Value};

/// Whose way to write a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `python-rapidjson`'s, which BigchainDB hashes: numbers by Python's `repr`, control characters with upper-case
    /// digits, keys in the order of code points.
    Python,
    /// JavaScript's, whose driver hashes what it sends: numbers as they were written, control characters with
    /// lower-case digits, keys in the order of UTF-16 units.
    AsWritten,
}

/// The canonical text of a value.
pub fn canonical(value: &Value, form: Form) -> String {
    let mut out = String::new();
    append(&mut out, value, form);
    out
}

/// Appends the canonical text of a value.
pub fn append(out: &mut String, value: &Value, form: Form) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match form {
            Form::Python => out.push_str(&number.python()),
            Form::AsWritten => out.push_str(number.lexeme()),
        },
        Value::String(text) => append_string(out, text, form),
        Value::Array(values) => {
            out.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                append(out, value, form);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (place, (name, value)) in ordered(object, form).iter().enumerate() {
                append_key(out, place, name, form);
                append(out, value, form);
            }
            out.push('}');
        }
    }
}

/// The members in the order in which the form writes them.
pub(crate) fn ordered(object: &Object, form: Form) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = object.iter().collect();
    // The two orders differ only where a character needs two UTF-16 units.
    if form == Form::AsWritten && object.keys().any(|name| name.chars().any(|letter| letter > '\u{ffff}')) {
        members.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    }
    members
}

/// Appends what stands before the value of the member at `place`.
pub(crate) fn append_key(out: &mut String, place: usize, name: &str, form: Form) {
    if place > 0 {
        out.push(',');
    }
    append_string(out, name, form);
    out.push(':');
}

/// Appends a text with its quotes.
pub(crate) fn append_string(out: &mut String, text: &str, form: Form) {
    out.push('"');
    let mut rest = text;
    while let Some(place) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, special) = rest.split_at(place);
        let (special, after) = special.split_at(1);
        out.push_str(plain);
        out.push_str(&escape(special.as_bytes().first().copied().unwrap_or_default(), form));
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
}

fn escape(byte: u8, form: Form) -> Cow<'static, str> {
    Cow::Borrowed(match byte {
        b'"' => "\\\"",
        b'\\' => "\\\\",
        0x08 => "\\b",
        0x09 => "\\t",
        0x0a => "\\n",
        0x0c => "\\f",
        0x0d => "\\r",
        _ => {
            return Cow::Owned(match form {
                Form::Python => format!("\\u{byte:04X}"),
                Form::AsWritten => format!("\\u{byte:04x}"),
            });
        }
    })
}
