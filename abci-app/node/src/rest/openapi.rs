//! The OpenAPI document of the route table: what can be asked, with which parameters, and what comes back.

use std::collections::BTreeSet;

use axum::http::Method;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{
    describe,
    route::{Body, Route},
};

/// How deep parameters of a query are named, as `pagination.limit` is.
const MOST_DEPTH: usize = 3;

/// The document.
pub(super) fn document(table: &[Route]) -> Value {
    let mut paths = Map::new();
    let (mut types, mut services) = (Types::default(), BTreeSet::new());
    for route in table {
        services.insert(route.service.as_str());
        let operations = paths.entry(route.template.shown()).or_insert_with(|| json!({}));
        if let Some(operations) = operations.as_object_mut() {
            operations.insert(route.verb.as_str().to_lowercase(), operation(route, &mut types));
        }
    }
    let error = json!({
        "type": "object",
        "properties": {
            "code": { "type": "integer", "description": "gRPC's status code" },
            "message": { "type": "string" },
            "details": { "type": "array", "items": {} },
        },
    });
    let tag = |service| {
        let mut tag = json!({ "name": service });
        describe::add(&mut tag, "description", service);
        tag
    };
    let tags: Vec<_> = services.into_iter().map(tag).collect();
    let mut schemas = types.schemas();
    schemas.insert("Error".into(), error);
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Sirius ledger",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Questions to the ledger, as Cosmos chains answer them. A height is asked by the header \
                            x-cosmos-block-height, which answers carry too.",
            "license": { "name": "Apache-2.0" },
        },
        "tags": tags,
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn operation(route: &Route, types: &mut Types) -> Value {
    let in_path = |name: &str| {
        let mut parameter =
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
        if let Some(field) = route.input.get_field_by_name(name) {
            describe::add(&mut parameter, "description", field.full_name());
        }
        parameter
    };
    let mut parameters: Vec<Value> = route.template.fields().map(in_path).collect();
    if route.body == Body::None {
        let taken: BTreeSet<_> = route.template.fields().map(str::to_owned).collect();
        in_query(&route.input, "", &taken, 1, types, &mut parameters);
    }
    let mut operation = json!({
        "operationId": route.name.replace('.', "_"),
        "tags": [route.service],
        "parameters": parameters,
        "responses": {
            "200": { "description": "The answer.", "content": content(types.reference(&route.output)) },
            "default": {
                "description": "Why there is none.",
                "content": content(json!({ "$ref": "#/components/schemas/Error" })),
            },
        },
    });
    describe::add(&mut operation, "summary", &route.name);
    if route.verb == Method::POST && route.body == Body::Whole {
        let body = json!({ "required": true, "content": content(types.reference(&route.input)) });
        if let Some(operation) = operation.as_object_mut() {
            operation.insert("requestBody".into(), body);
        }
    }
    operation
}

fn content(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// The fields of a request that may stand in a query.
fn in_query(
    message: &MessageDescriptor,
    prefix: &str,
    taken: &BTreeSet<String>,
    depth: usize,
    types: &mut Types,
    into: &mut Vec<Value>,
) {
    for field in message.fields() {
        let name = format!("{prefix}{}", field.name());
        match field.kind() {
            _ if taken.contains(&name) || field.is_map() => {}
            Kind::Message(inner) if plain(&inner).is_none() => {
                if depth < MOST_DEPTH && !field.is_list() {
                    in_query(&inner, &format!("{name}."), taken, depth.saturating_add(1), types, into);
                }
            }
            _ => {
                let mut parameter = json!({ "name": name, "in": "query", "schema": types.of_field(&field) });
                describe::add(&mut parameter, "description", field.full_name());
                into.push(parameter);
            }
        }
    }
}

/// The schema of a message that is written as one value.
fn plain(message: &MessageDescriptor) -> Option<Value> {
    match message.full_name() {
        "google.protobuf.Timestamp" => Some(json!({ "type": "string", "format": "date-time" })),
        "google.protobuf.Duration" => Some(json!({ "type": "string", "example": "1209600s" })),
        "google.protobuf.Any" => Some(json!({
            "type": "object",
            "nullable": true,
            "properties": { "@type": { "type": "string" } },
            "additionalProperties": true,
        })),
        _ => None,
    }
}

/// Messages that the document refers to.
#[derive(Default)]
struct Types {
    wanted: Vec<MessageDescriptor>,
    seen: BTreeSet<String>,
}

impl Types {
    fn reference(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(schema) = plain(message) {
            return schema;
        }
        if self.seen.insert(message.full_name().into()) {
            self.wanted.push(message.clone());
        }
        json!({ "$ref": format!("#/components/schemas/{}", message.full_name()) })
    }

    /// Every message wanted, and those that their fields want.
    fn schemas(mut self) -> Map<String, Value> {
        let mut schemas = Map::new();
        while let Some(message) = self.wanted.pop() {
            let described = |field: FieldDescriptor| {
                let schema = describe::schema(self.of_field(&field), field.full_name());
                (field.name().to_owned(), schema)
            };
            let properties: Map<String, Value> = message.fields().map(described).collect();
            let mut schema = json!({ "type": "object", "properties": properties });
            describe::add(&mut schema, "description", message.full_name());
            schemas.insert(message.full_name().into(), schema);
        }
        schemas
    }

    fn of_field(&mut self, field: &FieldDescriptor) -> Value {
        if field.is_map() {
            return json!({ "type": "object", "additionalProperties": true });
        }
        let one = self.of_kind(&field.kind());
        if field.is_list() { json!({ "type": "array", "items": one }) } else { one }
    }

    fn of_kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "format": "byte" }),
            Kind::Float | Kind::Double => json!({ "type": "number" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
                json!({ "type": "integer" })
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": "string", "format": "int64" }),
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "format": "uint64" }),
            Kind::Enum(names) => {
                let names: Vec<_> = names.values().map(|value| value.name().to_owned()).collect();
                json!({ "type": "string", "enum": names })
            }
            Kind::Message(message) => self.reference(message),
        }
    }
}
