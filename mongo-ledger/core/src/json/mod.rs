//! JSON as the wire has it: a tree that keeps every number as it was written, a parser that any bytes may be given to,
//! and the two canonical texts that drivers hash.
//!
//! It is not a general JSON library: `serde_json` is one. Consensus needs what that does not give together: numbers as
//! written, no duplicate keys, a bound on depth, and Python's text of a number.

mod canonical;
mod number;
mod parse;

use std::collections::BTreeMap;

pub use canonical::{Form, append, canonical};
pub use number::Number;
pub use parse::{JsonError, Limits, parse};

pub(crate) use canonical::{append_key, ordered};

/// Members by name, in the order of their UTF-8 bytes, which is that of their code points.
pub type Object = BTreeMap<String, Value>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(Number),
    /// A text, unescaped.
    String(String),
    /// Values in order.
    Array(Vec<Value>),
    /// Values by name, each name once.
    Object(Object),
}

impl Value {
    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// What kind of value it is, in a reader's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl From<Vec<Self>> for Value {
    fn from(values: Vec<Self>) -> Self {
        Self::Array(values)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Option<Object>> for Value {
    fn from(object: Option<Object>) -> Self {
        object.map_or(Self::Null, Self::Object)
    }
}

/// An object of these members.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
pub(crate) mod tests;
