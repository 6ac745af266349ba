//! JSON as BSON.

use mongo_ledger_core::json::{Object, Value};
use mongodb::bson::{Bson, Document};

/// What the server can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Everything, as it is.
    Exact,
    /// No array directly within an array (FerretDB 1 with SQLite): the inner one becomes `{"[]": […]}`.
    FlatArrays,
}

impl Shape {
    /// A JSON value for queries; its exact text stands in `raw`.
    pub fn bson(self, value: &Value) -> Bson {
        match value {
            Value::Null => Bson::Null,
            Value::Bool(truth) => Bson::Boolean(*truth),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Bson::Int64(whole),
                None => Bson::Double(number.lexeme().parse().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Bson::String(text.clone()),
            Value::Array(values) => {
                Bson::Array(values.iter().map(|value| self.within_array(value)).collect())
            }
            Value::Object(object) => Bson::Document(self.document(object)),
        }
    }

    /// A JSON object as a document.
    pub fn document(self, object: &Object) -> Document {
        object.iter().map(|(key, value)| (key.clone(), self.bson(value))).collect()
    }

    fn within_array(self, value: &Value) -> Bson {
        let bson = self.bson(value);
        match (self, bson) {
            (Self::FlatArrays, inner @ Bson::Array(_)) => {
                Bson::Document(Document::from_iter([("[]".to_owned(), inner)]))
            }
            (_, bson) => bson,
        }
    }
}
