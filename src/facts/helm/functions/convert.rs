//! From one form to another: YAML, JSON, Base64, hashes, kinds.

use data_encoding::{BASE32, BASE64, HEXLOWER};
use gotmpl::Value;
use sha2::{Digest as _, Sha256, Sha512};

use super::{Call, Result, Table, Takes, text};
use crate::facts::helm::state::MAX_TEXT;
use crate::facts::helm::values::{self, map, string};

pub(super) const TABLE: Table = &[
    ("b32dec", Takes::Known, b32dec),
    ("b32enc", Takes::Known, b32enc),
    ("b64dec", Takes::Known, b64dec),
    ("b64enc", Takes::Known, b64enc),
    ("fromJson", Takes::Known, from_yaml),
    ("fromJsonArray", Takes::Known, from_yaml_array),
    ("fromYaml", Takes::Text, from_yaml),
    ("fromYamlArray", Takes::Text, from_yaml_array),
    ("kindIs", Takes::Known, kind_is),
    ("kindOf", Takes::Known, kind_of),
    ("mustFromJson", Takes::Known, from_yaml),
    ("mustToJson", Takes::Text, to_json),
    ("mustToYaml", Takes::Text, to_yaml),
    ("sha256sum", Takes::Known, sha256),
    ("sha512sum", Takes::Known, sha512),
    ("toJson", Takes::Text, to_json),
    ("toPrettyJson", Takes::Text, to_json),
    ("toRawJson", Takes::Text, to_json),
    ("toString", Takes::Text, to_string),
    ("toYaml", Takes::Text, to_yaml),
    ("toYamlPretty", Takes::Text, to_yaml),
    ("typeIs", Takes::Known, kind_is),
    ("typeIsLike", Takes::Known, kind_is),
    ("typeOf", Takes::Known, kind_of),
];

fn to_yaml(call: &Call<'_>, args: &[Value]) -> Result {
    let value = call.last(args)?;
    values::to_yaml(value, MAX_TEXT).map(string).ok_or_else(|| call.error("the value is too large"))
}

fn to_json(call: &Call<'_>, args: &[Value]) -> Result {
    let value = call.last(args)?;
    values::to_json(value, MAX_TEXT).map(string).ok_or_else(|| call.error("the value is too large"))
}

/// JSON is YAML. What does not parse is a map that says so.
fn from_yaml(call: &Call<'_>, args: &[Value]) -> Result {
    let parsed = values::parse(&text(call.last(args)?)).filter(|value| matches!(value, Value::Map(_)));
    Ok(parsed.unwrap_or_else(|| map([("Error".into(), string("does not parse"))])))
}

fn from_yaml_array(call: &Call<'_>, args: &[Value]) -> Result {
    let parsed = values::parse(&text(call.last(args)?)).filter(|value| matches!(value, Value::List(_)));
    Ok(parsed.unwrap_or_else(|| Value::List([string("does not parse")].into())))
}

fn to_string(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(string(text(call.last(args)?)))
}

fn b64enc(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(string(BASE64.encode(text(call.last(args)?).as_bytes())))
}

fn b64dec(call: &Call<'_>, args: &[Value]) -> Result {
    let decoded =
        BASE64.decode(text(call.last(args)?).trim().as_bytes()).map_err(|_| call.error("is no base64"))?;
    Ok(string(String::from_utf8_lossy(&decoded)))
}

fn b32enc(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(string(BASE32.encode(text(call.last(args)?).as_bytes())))
}

fn b32dec(call: &Call<'_>, args: &[Value]) -> Result {
    let decoded =
        BASE32.decode(text(call.last(args)?).trim().as_bytes()).map_err(|_| call.error("is no base32"))?;
    Ok(string(String::from_utf8_lossy(&decoded)))
}

fn sha256(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(string(HEXLOWER.encode(&Sha256::digest(text(call.last(args)?).as_bytes()))))
}

fn sha512(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(string(HEXLOWER.encode(&Sha512::digest(text(call.last(args)?).as_bytes()))))
}

/// Numbers of values are `float64` in Helm, and `int` in templates.
fn kind_is(call: &Call<'_>, args: &[Value]) -> Result {
    let wanted = call.text(args, 0)?;
    let value = call.arg(args, 1)?;
    let is_number = matches!(value, Value::Int(_) | Value::Uint(_));
    let of_type = match value {
        Value::Map(_) => "map[string]interface {}",
        Value::List(_) => "[]interface {}",
        other => kind(other),
    };
    let is_it = *wanted == *kind(value)
        || *wanted == *of_type
        || is_number && matches!(&*wanted, "int" | "int64" | "float64");
    Ok(Value::Bool(is_it))
}

fn kind_of(call: &Call<'_>, args: &[Value]) -> Result {
    let value = call.last(args)?;
    Ok(string(if call.name == "typeOf" && matches!(value, Value::Map(_)) {
        "map[string]interface {}"
    } else {
        kind(value)
    }))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Int(_) | Value::Uint(_) | Value::Float(_) => "float64",
        Value::List(_) => "slice",
        other => other.type_name(),
    }
}
