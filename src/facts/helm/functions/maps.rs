//! Maps: made, read, changed, merged.

use std::sync::Arc;

use gotmpl::Value;

use super::{Call, Result, Table, Takes, failed, is_unknown, text};
use crate::facts::helm::UNKNOWN;
use crate::facts::helm::heap::{self, Map};
use crate::facts::helm::values::{map, string};

pub(super) const TABLE: Table = &[
    ("deepCopy", Takes::Text, copy),
    ("dict", Takes::Raw, dict),
    ("dig", Takes::Raw, dig),
    ("get", Takes::Raw, get),
    ("hasKey", Takes::Raw, has_key),
    ("keys", Takes::Text, keys),
    ("merge", Takes::Raw, merge),
    ("mergeOverwrite", Takes::Raw, merge),
    ("mustDeepCopy", Takes::Text, copy),
    ("mustMerge", Takes::Raw, merge),
    ("mustMergeOverwrite", Takes::Raw, merge),
    ("omit", Takes::Text, omit),
    ("pick", Takes::Text, pick),
    ("pluck", Takes::Text, pluck),
    ("set", Takes::Raw, set),
    ("unset", Takes::Raw, unset),
    ("values", Takes::Text, all_values),
];

fn as_map<'a>(call: &Call<'_>, args: &'a [Value], at: usize) -> Result<&'a Arc<Map>> {
    match call.arg(args, at)? {
        Value::Map(map) => Ok(map),
        other => Err(call.error(format!("wants a map and not a {}", other.type_name()))),
    }
}

fn copy(call: &Call<'_>, args: &[Value]) -> Result {
    // A map of its own, so that a change of the copy leaves the original.
    Ok(match call.last(args)? {
        Value::Map(map) => Value::Map(Arc::new(map.as_ref().clone())),
        other => other.clone(),
    })
}

fn dict(call: &Call<'_>, args: &[Value]) -> Result {
    let made = map(args.chunks(2).map(|pair| {
        let value = pair.get(1).cloned().unwrap_or_else(|| string(""));
        (text(&pair[0]).into(), value)
    }));
    bounded(call, made)
}

/// A value that is not too deep to be walked.
pub(super) fn bounded(call: &Call<'_>, value: Value) -> Result {
    if heap::is_bounded(&value) { Ok(value) } else { Err(call.error("makes a value that is too deep")) }
}

fn get(call: &Call<'_>, args: &[Value]) -> Result {
    let map = as_map(call, args, 0)?;
    let key = call.text(args, 1)?;
    // What is not there is the empty text, unlike that of a field.
    Ok(call.state.get().heap.view(map).get(&*key).cloned().unwrap_or_else(|| string("")))
}

fn has_key(call: &Call<'_>, args: &[Value]) -> Result {
    if args.first().is_some_and(is_unknown) {
        return Ok(string(UNKNOWN));
    }
    let map = as_map(call, args, 0)?;
    let key = call.text(args, 1)?;
    Ok(Value::Bool(call.state.get().heap.view(map).contains_key(&*key)))
}

/// `dig "a" "b" default map`.
fn dig(call: &Call<'_>, args: &[Value]) -> Result {
    let [keys @ .., default, last] = args else { return Err(call.error("an argument is missing")) };
    let state = call.state.get();
    let mut value = last.clone();
    for key in keys {
        value = match &value {
            Value::Map(map) => match state.heap.view(map).get(&*text(key)) {
                Some(found) => found.clone(),
                None => return Ok(default.clone()),
            },
            other if is_unknown(other) => return Ok(string(UNKNOWN)),
            _ => return Err(call.error("wants maps within maps")),
        };
    }
    Ok(value)
}

fn keys(_: &Call<'_>, args: &[Value]) -> Result {
    let maps = args.iter().filter_map(|arg| if let Value::Map(map) = arg { Some(map) } else { None });
    Ok(Value::List(maps.flat_map(|map| map.keys()).map(|key| Value::String(Arc::clone(key))).collect()))
}

fn all_values(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::List(as_map(call, args, 0)?.values().cloned().collect()))
}

fn pick(call: &Call<'_>, args: &[Value]) -> Result {
    select(call, args, true)
}

fn omit(call: &Call<'_>, args: &[Value]) -> Result {
    select(call, args, false)
}

fn select(call: &Call<'_>, args: &[Value], keeps_named: bool) -> Result {
    let map = as_map(call, args, 0)?;
    let names: Vec<_> = args[1..].iter().map(text).collect();
    let kept = map.iter().filter(|(key, _)| names.iter().any(|name| **name == ***key) == keeps_named);
    Ok(super::super::values::map(kept.map(|(key, value)| (Arc::clone(key), value.clone()))))
}

fn pluck(call: &Call<'_>, args: &[Value]) -> Result {
    let key = call.text(args, 0)?;
    let found = args[1..].iter().filter_map(|map| map.field(&key).cloned());
    Ok(Value::List(found.collect()))
}

fn set(call: &Call<'_>, args: &[Value]) -> Result {
    let map = as_map(call, args, 0)?;
    let key: Arc<str> = call.text(args, 1)?.into();
    let value = call.arg(args, 2)?.clone();
    if !heap::is_bounded(&value) {
        return Err(call.error("the value is too deep"));
    }
    call.state.get().heap.change(map, |map| {
        map.insert(key, value);
    });
    call.arg(args, 0).cloned()
}

fn unset(call: &Call<'_>, args: &[Value]) -> Result {
    let map = as_map(call, args, 0)?;
    let key = call.text(args, 1)?;
    call.state.get().heap.change(map, |map| {
        map.remove(&*key);
    });
    call.arg(args, 0).cloned()
}

/// Changes the first map, and gives it. `merge` keeps what it has, `mergeOverwrite` takes what the later ones have.
fn merge(call: &Call<'_>, args: &[Value]) -> Result {
    let overwrites = call.name.ends_with("Overwrite");
    let target = as_map(call, args, 0)?;
    let mut state = call.state.get();
    let mut maps = Vec::new();
    for arg in args {
        match state.heap.whole(arg) {
            Some(Value::Map(map)) => maps.push(map),
            Some(Value::Nil) => {}
            Some(other) if is_unknown(&other) => return Err(failed("a map that is not known is merged")),
            _ => return Err(call.error("wants maps")),
        }
    }
    let mut maps = maps.into_iter();
    let Some(mut merged) = maps.next() else { return Err(call.error("wants maps")) };
    for other in maps {
        merged = Arc::new(union(&merged, &other, overwrites));
    }
    state.heap.change(target, |map| merged.as_ref().clone_into(map));
    drop(state);
    call.arg(args, 0).cloned()
}

/// Both maps; where both have a value, the second wins if it `overwrites` and is not empty, or if the first is empty.
fn union(first: &Map, second: &Map, overwrites: bool) -> Map {
    let mut all = first.clone();
    for (key, value) in second {
        let merged = match (all.get(key), value) {
            (None, value) => value.clone(),
            (Some(Value::Map(own)), Value::Map(other)) => Value::Map(Arc::new(union(own, other, overwrites))),
            (Some(_), value) if overwrites && value.is_truthy() => value.clone(),
            (Some(own), value) if !overwrites && !own.is_truthy() => value.clone(),
            (Some(own), _) => own.clone(),
        };
        all.insert(Arc::clone(key), merged);
    }
    all
}
