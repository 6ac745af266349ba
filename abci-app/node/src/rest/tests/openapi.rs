//! The OpenAPI document: sound in itself, whole, and with the words of the contracts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::contracts;
use crate::rest::{openapi, route};

fn document() -> Value {
    openapi::document(&route::table(&contracts()).unwrap())
}

/// Every object within `value`.
fn objects<'a>(value: &'a Value, into: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(fields) => {
            into.push(fields);
            fields.values().for_each(|value| objects(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| objects(value, into)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_a_schema_and_stands_alone() {
    let document = document();
    let mut all = Vec::new();
    objects(&document, &mut all);
    let mut references = 0;
    for object in all {
        let Some(reference) = object.get("$ref").and_then(Value::as_str) else { continue };
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
        assert_eq!(object.len(), 1, "nothing counts beside a reference: {object:?}");
        references += 1;
    }
    assert!(references > 100, "{references}");
}

#[test]
fn operations_are_as_openapi_asks() {
    let document = document();
    let (mut ids, mut tags) = (BTreeSet::new(), BTreeSet::new());
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (verb, operation) in operations.as_object().unwrap() {
            assert!(["get", "post"].contains(&verb.as_str()), "{verb}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} stands twice");
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{id} says nothing");
            assert!(operation["responses"]["200"]["description"].is_string());
            tags.insert(operation["tags"][0].as_str().unwrap().to_owned());
            let parameters = operation["parameters"].as_array().unwrap();
            let named: BTreeSet<_> = parameters
                .iter()
                .map(|one| (one["name"].as_str().unwrap(), one["in"].as_str().unwrap()))
                .collect();
            assert_eq!(named.len(), parameters.len(), "{id} names a parameter twice");
            let in_path: BTreeSet<_> =
                named.iter().filter(|(_, place)| *place == "path").map(|one| one.0).collect();
            let wanted = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            assert_eq!(in_path, wanted.collect(), "{path}");
            let required = |one: &&Value| one["in"] == "path" && one["required"] != true;
            assert_eq!(parameters.iter().find(required), None, "{path}");
        }
    }
    let described = document["tags"].as_array().unwrap();
    let described: BTreeSet<_> =
        described.iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(described, tags);
}

#[test]
fn schemas_have_every_field_with_the_words_of_its_contract() {
    let (document, contracts) = (document(), contracts());
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut fields = 0;
    for (name, schema) in schemas.iter().filter(|(name, _)| *name != "Error") {
        let message = contracts.pool().get_message_by_name(name).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        let wanted: BTreeSet<_> = message.fields().map(|field| field.name().to_owned()).collect();
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), wanted, "{name}");
        fields += properties.values().filter(|field| field["description"].is_string()).count();
    }
    assert!(fields > 50, "only {fields} fields are described");
    let validator = &schemas["cosmos.staking.v1beta1.HistoricalInfo"]["properties"];
    assert!(validator["valset"]["description"].as_str().unwrap().starts_with("The validators in office"));
    let header = &validator["header"];
    assert!(header["allOf"][0]["$ref"].is_string() && header["description"].is_string(), "{header}");
}
