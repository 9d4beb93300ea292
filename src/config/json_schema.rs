//! The JSON Schema of the configuration, for editors that complete and check it.

use serde_json::{Map, Value, json};

use super::schema::{Key, Kind, ROOT};
use crate::rule::Pillar;
use crate::{rules, score};

/// The schema, as the file in `docs/` holds it.
pub(crate) fn text() -> String {
    let mut schema = table(ROOT);
    if let Value::Object(schema) = &mut schema {
        schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("$id".into(), json!(super::SCHEMA_URL));
        schema.insert("title".into(), json!("forge.toml"));
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

fn described(key: &Key) -> Value {
    let mut schema = of(key.kind);
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".into(), json!(key.about));
        if let Ok(default) = serde_json::from_str::<Value>(key.default) {
            schema.insert("default".into(), default);
        }
    }
    schema
}

fn of(kind: Kind) -> Value {
    match kind {
        Kind::Rule => json!({ "enum": rules::ids().collect::<Vec<_>>() }),
        Kind::Selector => {
            let pillars = Pillar::ALL.into_iter().map(Pillar::id);
            let selectors: Vec<&str> = std::iter::once("all").chain(pillars).chain(rules::ids()).collect();
            json!({ "enum": selectors })
        }
        Kind::Capability => {
            let ids: Vec<&str> = score::CAPABILITIES.iter().map(|capability| capability.id).collect();
            json!({ "enum": ids })
        }
        Kind::OneOf(values) => json!({ "enum": values() }),
        Kind::Text => json!({ "type": "string", "pattern": "\\S" }),
        Kind::Link => json!({ "type": "string", "pattern": "^https?://\\S+$" }),
        Kind::Glob => json!({ "type": "string", "minLength": 1 }),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::List(item) => json!({ "type": "array", "items": of(*item) }),
        Kind::ByRule(value) => json!({
            "type": "object",
            "propertyNames": { "enum": rules::ids().collect::<Vec<_>>() },
            "additionalProperties": of(*value),
        }),
        Kind::Table(keys) => table(keys),
        Kind::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
    }
}
