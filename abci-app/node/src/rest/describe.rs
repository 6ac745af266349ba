//! What the contracts say of their services, methods, messages and fields, for people who read the OpenAPI document.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Map, Value, json};

/// The comments of the contracts by full names; `make proto` writes them.
static TEXTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("descriptions.json")).expect("the texts are generated with the program")
});

/// What the contract says of a name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    TEXTS.get(name).map(String::as_str)
}

/// Adds what the contract says of `name` under `key`.
pub(super) fn add(object: &mut Value, key: &str, name: &str) {
    if let (Some(object), Some(text)) = (object.as_object_mut(), text(name)) {
        object.insert(key.into(), text.into());
    }
}

/// A schema with what the contract says of the field `name`. A reference has nothing beside it in OpenAPI 3.0, so that it
/// is put into a list.
pub(super) fn schema(schema: Value, name: &str) -> Value {
    let Some(text) = text(name) else { return schema };
    let mut described = match schema {
        Value::Object(fields) if fields.contains_key("$ref") => {
            Map::from_iter([("allOf".into(), json!([fields]))])
        }
        Value::Object(fields) => fields,
        other => return other,
    };
    described.insert("description".into(), text.into());
    Value::Object(described)
}
