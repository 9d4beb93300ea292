//! What is called as a method: `.Files.Get`, `.Capabilities.APIVersions.Has`.

use std::sync::Arc;

use data_encoding::BASE64;
use globset::GlobBuilder;
use gotmpl::Value;

use super::{Call, Result, Table, Takes, text};
use crate::facts::helm::UNKNOWN;
use crate::facts::helm::heap::Map;
use crate::facts::helm::values::{map, string};

pub(super) const TABLE: Table = &[("__method", Takes::Raw, method)];

fn method(call: &Call<'_>, args: &[Value]) -> Result {
    let name = call.text(args, 0)?;
    match (&*name, call.arg(args, 1)?) {
        ("Get" | "GetBytes", Value::Map(files)) => {
            let path = call.text(args, 2)?;
            Ok(files.get(&*path).cloned().unwrap_or_else(|| string("")))
        }
        ("Lines", Value::Map(files)) => {
            let path = call.text(args, 2)?;
            let lines = files.get(&*path).map(text).unwrap_or_default();
            Ok(Value::List(lines.lines().map(string).collect()))
        }
        ("Glob", Value::Map(files)) => {
            let pattern = call.text(args, 2)?;
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            let glob = glob.map_err(|_| call.error("is no pattern"))?.compile_matcher();
            let matched = files.iter().filter(|(path, _)| glob.is_match(&***path));
            Ok(map(matched.map(|(path, text)| (Arc::clone(path), text.clone()))))
        }
        ("Has", Value::List(versions)) => {
            let wanted = call.text(args, 2)?;
            Ok(Value::Bool(versions.iter().any(|version| text(version) == wanted)))
        }
        _ => Err(call.error(format!("`{name}` cannot be called"))),
    }
}

/// Files as the data of a `ConfigMap` or of a `Secret`.
pub(super) fn as_data(files: &Map, form: &str) -> Result {
    let entries = files.iter().map(|(path, content)| {
        let content = text(content);
        let content = match form {
            "AsSecrets" if content.contains(UNKNOWN) => UNKNOWN.to_owned(),
            "AsSecrets" => BASE64.encode(content.as_bytes()),
            _ => content.into_owned(),
        };
        (path.rsplit('/').next().unwrap_or(path).into(), string(content))
    });
    let data = map(entries);
    if matches!(&data, Value::Map(data) if data.is_empty()) {
        return Ok(string(""));
    }
    let yaml = crate::facts::helm::values::to_yaml(&data, crate::facts::helm::state::MAX_TEXT);
    yaml.map(string).ok_or_else(|| super::failed("the files are too large"))
}
