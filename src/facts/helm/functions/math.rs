//! Numbers, comparison and choice.

use std::cmp::Ordering;

use gotmpl::Value;

use super::{Call, Result, Table, Takes, failed, is_unknown, text};
use crate::facts::helm::UNKNOWN;
use crate::facts::helm::values::string;

pub(super) const TABLE: Table = &[
    ("add", Takes::Known, add),
    ("add1", Takes::Known, add),
    ("all", Takes::Text, all),
    ("any", Takes::Text, any),
    ("atoi", Takes::Known, int),
    ("ceil", Takes::Known, ceil),
    ("coalesce", Takes::Raw, coalesce),
    ("deepEqual", Takes::Known, deep_equal),
    ("default", Takes::Raw, default),
    ("div", Takes::Known, div),
    ("empty", Takes::Known, empty),
    ("eq", Takes::Known, eq),
    ("float64", Takes::Known, float),
    ("floor", Takes::Known, floor),
    ("ge", Takes::Known, compare),
    ("gt", Takes::Known, compare),
    ("int", Takes::Known, int),
    ("int64", Takes::Known, int),
    ("le", Takes::Known, compare),
    ("lt", Takes::Known, compare),
    ("max", Takes::Known, max),
    ("min", Takes::Known, min),
    ("mod", Takes::Known, modulo),
    ("mul", Takes::Known, mul),
    ("ne", Takes::Known, ne),
    ("not", Takes::Known, not),
    ("round", Takes::Known, round),
    ("sub", Takes::Known, sub),
    ("ternary", Takes::Raw, ternary),
    ("toDecimal", Takes::Known, decimal),
];

/// A value as a whole number: 0 where it is none.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        Value::Uint(number) => i64::try_from(*number).unwrap_or(i64::MAX),
        Value::Bool(is_true) => i64::from(*is_true),
        #[expect(clippy::cast_possible_truncation, reason = "as the function is defined")]
        Value::Float(number) => number.trunc() as i64,
        Value::String(text) => match text.trim() {
            text if let Some(digits) = text.strip_prefix("0x") => {
                i64::from_str_radix(digits, 16).unwrap_or(0)
            }
            text => text.parse().unwrap_or(0),
        },
        _ => 0,
    }
}

fn to_float(value: &Value) -> f64 {
    match value {
        Value::Float(number) => *number,
        Value::String(text) => text.trim().parse().unwrap_or(0.0),
        #[expect(clippy::cast_precision_loss, reason = "as the function is defined")]
        other => to_int(other) as f64,
    }
}

fn int(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(to_int(call.last(args)?)))
}

fn float(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Float(to_float(call.last(args)?)))
}

/// Of a text of octal digits, as file modes are.
fn decimal(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(i64::from_str_radix(&text(call.last(args)?), 8).unwrap_or(0)))
}

fn add(call: &Call<'_>, args: &[Value]) -> Result {
    let more = i64::from(call.name == "add1");
    Ok(Value::Int(args.iter().map(to_int).fold(more, i64::wrapping_add)))
}

fn sub(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(call.int(args, 0)?.wrapping_sub(call.int(args, 1)?)))
}

fn mul(_: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(args.iter().map(to_int).fold(1, i64::wrapping_mul)))
}

fn div(call: &Call<'_>, args: &[Value]) -> Result {
    let quotient = call.int(args, 0)?.checked_div(call.int(args, 1)?);
    quotient.map(Value::Int).ok_or_else(|| call.error("divides by zero"))
}

fn modulo(call: &Call<'_>, args: &[Value]) -> Result {
    let rest = call.int(args, 0)?.checked_rem(call.int(args, 1)?);
    rest.map(Value::Int).ok_or_else(|| call.error("divides by zero"))
}

fn max(_: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(args.iter().map(to_int).max().unwrap_or(0)))
}

fn min(_: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(args.iter().map(to_int).min().unwrap_or(0)))
}

fn floor(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Float(to_float(call.last(args)?).floor()))
}

fn ceil(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Float(to_float(call.last(args)?).ceil()))
}

fn round(call: &Call<'_>, args: &[Value]) -> Result {
    let places = i32::try_from(args.get(1).map_or(0, to_int).clamp(0, 12)).unwrap_or(0);
    let scale = 10_f64.powi(places);
    Ok(Value::Float((to_float(call.arg(args, 0)?) * scale).round() / scale))
}

/// Whether two values are the same. Numbers of values and of templates differ in their types in Helm; which are which is
/// not kept here.
pub(super) fn equal(a: &Value, b: &Value) -> Result<bool> {
    if let Some(order) = numbers(a, b) {
        return Ok(order == Ordering::Equal);
    }
    match (a, b) {
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Nil, _) | (_, Value::Nil) => Ok(false),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        _ => Err(failed(format!("a {} is compared with a {}", a.type_name(), b.type_name()))),
    }
}

fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Float(_));
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ if is_number(a) && is_number(b) => to_float(a).partial_cmp(&to_float(b)),
        _ => None,
    }
}

fn eq(call: &Call<'_>, args: &[Value]) -> Result {
    let first = call.arg(args, 0)?;
    call.arg(args, 1)?;
    for other in &args[1..] {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn ne(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(!equal(call.arg(args, 0)?, call.arg(args, 1)?)?))
}

fn compare(call: &Call<'_>, args: &[Value]) -> Result {
    let (a, b) = (call.arg(args, 0)?, call.arg(args, 1)?);
    let order = match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => numbers(a, b),
    };
    let order =
        order.ok_or_else(|| failed(format!("a {} is compared with a {}", a.type_name(), b.type_name())))?;
    Ok(Value::Bool(match call.name {
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        "gt" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn deep_equal(call: &Call<'_>, args: &[Value]) -> Result {
    let form = |at| {
        super::super::values::to_json(call.arg(args, at)?, super::MAX_TEXT)
            .ok_or_else(|| call.error("is too large"))
    };
    Ok(Value::Bool(form(0)? == form(1)?))
}

fn not(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(!call.last(args)?.is_truthy()))
}

fn empty(call: &Call<'_>, args: &[Value]) -> Result {
    not(call, args)
}

/// Whether a value is there, with what its map has become.
fn is_given(call: &Call<'_>, value: &Value) -> bool {
    match value {
        Value::Map(map) => !call.state.get().heap.view(map).is_empty(),
        other => other.is_truthy(),
    }
}

fn default(call: &Call<'_>, args: &[Value]) -> Result {
    let fallback = call.arg(args, 0)?;
    let given = args.get(1).filter(|value| is_given(call, value));
    Ok(given.unwrap_or(fallback).clone())
}

fn coalesce(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(args.iter().find(|value| is_given(call, value)).cloned().unwrap_or(Value::Nil))
}

/// `ternary yes no test`.
fn ternary(call: &Call<'_>, args: &[Value]) -> Result {
    match call.arg(args, 2)? {
        test if is_unknown(test) => Ok(string(UNKNOWN)),
        Value::Bool(true) => Ok(args[0].clone()),
        Value::Bool(false) => Ok(args[1].clone()),
        other => Err(call.error(format!("wants a bool and not a {}", other.type_name()))),
    }
}

fn all(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(args.iter().all(|value| is_given(call, value))))
}

fn any(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(args.iter().any(|value| is_given(call, value))))
}
