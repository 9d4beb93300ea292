//! Values of charts: from YAML and to it, and laid over each other.

use std::fmt::Write;
use std::sync::Arc;

use gotmpl::Value;

use super::heap::Map;
use crate::syntax::yaml::{self, Kind, Ref, Style};

/// The first document of a text; `None` where it does not parse.
pub(super) fn parse(text: &str) -> Option<Value> {
    let tree = yaml::parse(text);
    let Some(root) = tree.root() else { return tree.errors.is_empty().then(|| map([])) };
    let value = value(root);
    tree.into_errors().is_empty().then_some(value)
}

fn value(node: Ref<'_>) -> Value {
    match node.kind() {
        Kind::Mapping(_) => {
            let entries = node.entries().into_iter();
            map(entries.filter_map(|(key, item)| Some((key.text()?.into(), value(item)))))
        }
        Kind::Sequence(_) => Value::List(node.items().map(value).collect()),
        Kind::Scalar { value: text, style } => {
            if node.is_null() {
                Value::Nil
            } else if let Some(bool) = node.as_bool_1_1() {
                Value::Bool(bool)
            } else if let Some(number) = node.as_i64() {
                Value::Int(number)
            } else if let Some(number) =
                float(text).filter(|_| *style == Style::Plain && node.tag().is_none())
            {
                Value::Float(number)
            } else {
                Value::String(text.as_str().into())
            }
        }
    }
}

fn float(text: &str) -> Option<f64> {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    text.parse().ok().filter(|number: &f64| begins && number.is_finite())
}

pub(super) fn map(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Value {
    Value::Map(Arc::new(entries.into_iter().collect()))
}

pub(super) fn string(text: impl AsRef<str>) -> Value {
    Value::String(text.as_ref().into())
}

/// Lays values over others, map by map. A null of those above takes away what is below.
pub(super) fn over(above: &Value, below: &Value) -> Value {
    match (above, below) {
        (Value::Map(above), Value::Map(below)) => {
            let mut merged: Map = below.as_ref().clone();
            for (key, value) in above.iter() {
                match (value, below.get(key)) {
                    (Value::Nil, Some(_)) => {
                        merged.remove(key);
                    }
                    (value, Some(lower)) => {
                        merged.insert(Arc::clone(key), over(value, lower));
                    }
                    (value, None) => {
                        merged.insert(Arc::clone(key), value.clone());
                    }
                }
            }
            Value::Map(Arc::new(merged))
        }
        (above, _) => above.clone(),
    }
}

/// A value as YAML, with sorted keys, as `toYaml` writes it; `None` where it is longer than `limit`.
pub(super) fn to_yaml(value: &Value, limit: usize) -> Option<String> {
    let mut out = String::new();
    block(value, 0, &mut out, limit)?;
    out.truncate(out.trim_end_matches('\n').len());
    Some(out)
}

fn block(value: &Value, indent: usize, out: &mut String, limit: usize) -> Option<()> {
    if limit < out.len() {
        return None;
    }
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 || ends_line(out) {
                    pad(indent, out);
                }
                scalar(key, indent, out);
                out.push(':');
                match value {
                    Value::Map(inner) if !inner.is_empty() => {
                        out.push('\n');
                        block(value, indent + 2, out, limit)?;
                    }
                    Value::List(items) if !items.is_empty() => {
                        out.push('\n');
                        block(value, indent, out, limit)?;
                    }
                    _ => {
                        out.push(' ');
                        block(value, indent + 2, out, limit)?;
                    }
                }
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 || ends_line(out) {
                    pad(indent, out);
                }
                out.push_str("- ");
                block(item, indent + 2, out, limit)?;
            }
        }
        Value::Map(_) => out.push_str("{}\n"),
        Value::List(_) => out.push_str("[]\n"),
        Value::Nil => out.push_str("null\n"),
        Value::String(text) => {
            scalar(text, indent, out);
            out.push('\n');
        }
        other => writeln!(out, "{other}").ok()?,
    }
    Some(())
}

fn ends_line(out: &str) -> bool {
    out.is_empty() || out.ends_with('\n')
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A text as it is written in YAML. Several lines are a literal block.
fn scalar(text: &str, indent: usize, out: &mut String) {
    let is_block = text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control());
    if is_block {
        out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            out.push('\n');
            if !line.is_empty() {
                pad(indent.max(2), out);
                out.push_str(line);
            }
        }
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        out.push_str(&json_string(text));
    }
}

pub(super) fn json_string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Whether a text is the same text when it is written without quotes.
fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || "_-./+=@%$(){}[],;<>~^\u{10fffd} :".contains(c);
    let begins = |c: char| c.is_alphanumeric() || "_./$(\u{10fffd}".contains(c);
    let is_typed = |text: &str| {
        matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "~"
        ) || text.parse::<f64>().is_ok()
            || text.starts_with("0x")
            || text.starts_with("0o")
    };
    text.starts_with(begins)
        && text.chars().all(is_word)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !is_typed(text)
}

/// A value as JSON; `None` where it is longer than `limit`.
pub(super) fn to_json(value: &Value, limit: usize) -> Option<String> {
    let mut out = String::new();
    json(value, &mut out, limit)?;
    Some(out)
}

fn json(value: &Value, out: &mut String, limit: usize) -> Option<()> {
    if limit < out.len() {
        return None;
    }
    match value {
        Value::Nil => out.push_str("null"),
        Value::String(text) => out.push_str(&json_string(text)),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                json(item, out, limit)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&json_string(key));
                out.push(':');
                json(item, out, limit)?;
            }
            out.push('}');
        }
        other => write!(out, "{other}").ok()?,
    }
    Some(())
}
