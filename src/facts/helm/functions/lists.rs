//! Lists, and what is asked of lists and texts alike.

use std::cmp::Ordering;

use gotmpl::Value;

use super::maps::bounded;
use super::{Call, Result, Table, Takes, math, text};
use crate::facts::helm::state::MAX_ITEMS;
use crate::facts::helm::values::string;

pub(super) const TABLE: Table = &[
    ("append", Takes::Raw, append),
    ("chunk", Takes::Text, chunk),
    ("compact", Takes::Text, compact),
    ("concat", Takes::Raw, concat),
    ("first", Takes::Text, first),
    ("has", Takes::Known, has),
    ("index", Takes::Raw, index),
    ("initial", Takes::Text, initial),
    ("join", Takes::Text, join),
    ("last", Takes::Text, last),
    ("len", Takes::Known, len),
    ("list", Takes::Raw, list),
    ("mustAppend", Takes::Raw, append),
    ("mustCompact", Takes::Text, compact),
    ("mustFirst", Takes::Text, first),
    ("mustHas", Takes::Known, has),
    ("mustLast", Takes::Text, last),
    ("mustPrepend", Takes::Raw, prepend),
    ("mustPush", Takes::Raw, append),
    ("mustRest", Takes::Text, rest),
    ("mustReverse", Takes::Text, reverse),
    ("mustSlice", Takes::Known, slice),
    ("mustUniq", Takes::Text, uniq),
    ("mustWithout", Takes::Text, without),
    ("prepend", Takes::Raw, prepend),
    ("push", Takes::Raw, append),
    ("rest", Takes::Text, rest),
    ("reverse", Takes::Text, reverse),
    ("seq", Takes::Known, seq),
    ("slice", Takes::Known, slice),
    ("sortAlpha", Takes::Text, sort),
    ("split", Takes::Known, split),
    ("splitList", Takes::Known, split_list),
    ("splitn", Takes::Known, split),
    ("toStrings", Takes::Text, to_strings),
    ("tuple", Takes::Raw, list),
    ("uniq", Takes::Text, uniq),
    ("until", Takes::Known, until),
    ("untilStep", Takes::Known, until_step),
    ("without", Takes::Text, without),
];

fn items<'a>(call: &Call<'_>, args: &'a [Value], at: usize) -> Result<&'a [Value]> {
    match call.arg(args, at)? {
        Value::List(items) => Ok(items),
        Value::Nil => Ok(&[]),
        other => Err(call.error(format!("wants a list and not a {}", other.type_name()))),
    }
}

fn of(items: impl IntoIterator<Item = Value>) -> Result {
    Ok(Value::List(items.into_iter().collect()))
}

fn list(call: &Call<'_>, args: &[Value]) -> Result {
    bounded(call, Value::List(args.into()))
}

fn append(call: &Call<'_>, args: &[Value]) -> Result {
    let mut all = items(call, args, 0)?.to_vec();
    all.push(call.arg(args, 1)?.clone());
    bounded(call, Value::List(all.into()))
}

fn prepend(call: &Call<'_>, args: &[Value]) -> Result {
    let mut all = vec![call.arg(args, 1)?.clone()];
    all.extend_from_slice(items(call, args, 0)?);
    bounded(call, Value::List(all.into()))
}

fn concat(call: &Call<'_>, args: &[Value]) -> Result {
    let mut all = Vec::new();
    for at in 0..args.len() {
        all.extend_from_slice(items(call, args, at)?);
        if MAX_ITEMS < all.len() {
            return Err(call.error("makes too much"));
        }
    }
    of(all)
}

fn first(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(items(call, args, 0)?.first().cloned().unwrap_or(Value::Nil))
}

fn last(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(items(call, args, 0)?.last().cloned().unwrap_or(Value::Nil))
}

fn rest(call: &Call<'_>, args: &[Value]) -> Result {
    of(items(call, args, 0)?.iter().skip(1).cloned())
}

fn initial(call: &Call<'_>, args: &[Value]) -> Result {
    let items = items(call, args, 0)?;
    of(items[..items.len().saturating_sub(1)].to_vec())
}

fn reverse(call: &Call<'_>, args: &[Value]) -> Result {
    of(items(call, args, 0)?.iter().rev().cloned())
}

fn uniq(call: &Call<'_>, args: &[Value]) -> Result {
    let mut seen = std::collections::BTreeSet::new();
    of(items(call, args, 0)?.iter().filter(|item| seen.insert(text(item).into_owned())).cloned())
}

fn compact(call: &Call<'_>, args: &[Value]) -> Result {
    of(items(call, args, 0)?.iter().filter(|item| item.is_truthy()).cloned())
}

fn without(call: &Call<'_>, args: &[Value]) -> Result {
    let out: Vec<_> = args[1..].iter().map(text).collect();
    of(items(call, args, 0)?.iter().filter(|item| !out.contains(&text(item))).cloned())
}

fn chunk(call: &Call<'_>, args: &[Value]) -> Result {
    let size = usize::try_from(call.int(args, 0)?).unwrap_or(1).max(1);
    of(items(call, args, 1)?.chunks(size).map(|part| Value::List(part.into())))
}

fn has(call: &Call<'_>, args: &[Value]) -> Result {
    let wanted = call.arg(args, 0)?;
    let is_there = items(call, args, 1)?.iter().any(|item| math::equal(wanted, item).unwrap_or(false));
    Ok(Value::Bool(is_there))
}

fn index(call: &Call<'_>, args: &[Value]) -> Result {
    let (base, keys) = args.split_first().ok_or_else(|| call.error("an argument is missing"))?;
    let state = call.state.get();
    keys.iter().try_fold(base.clone(), |value, key| match (&value, key) {
        (Value::Map(map), Value::String(key)) => {
            Ok(state.heap.view(map).get(key).cloned().unwrap_or(Value::Nil))
        }
        (other, key) => other.index(key),
    })
}

fn len(call: &Call<'_>, args: &[Value]) -> Result {
    let length = call.last(args)?.len().ok_or_else(|| call.error("has no length"))?;
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn slice(call: &Call<'_>, args: &[Value]) -> Result {
    let bound = |at: usize| args.get(at).map(math::to_int);
    call.arg(args, 0)?.slice(bound(1), bound(2))
}

fn join(call: &Call<'_>, args: &[Value]) -> Result {
    let separator = call.text(args, 0)?;
    match call.arg(args, 1)? {
        Value::List(items) => {
            let parts: Vec<_> = items.iter().filter(|item| !matches!(item, Value::Nil)).map(text).collect();
            let length = parts.iter().map(|part| part.len() + separator.len()).sum::<usize>();
            if super::MAX_TEXT < length {
                return Err(call.error("makes too much"));
            }
            Ok(string(parts.join(&*separator)))
        }
        other => Ok(string(text(other))),
    }
}

fn sort(call: &Call<'_>, args: &[Value]) -> Result {
    let mut all: Vec<_> = items(call, args, 0)?.iter().map(|item| text(item).into_owned()).collect();
    all.sort();
    of(all.into_iter().map(string))
}

fn to_strings(call: &Call<'_>, args: &[Value]) -> Result {
    of(items(call, args, 0)?.iter().map(|item| string(text(item))))
}

fn split_list(call: &Call<'_>, args: &[Value]) -> Result {
    let (separator, whole) = (call.text(args, 0)?, call.text(args, 1)?);
    of(whole.split(&*separator).take(MAX_ITEMS + 1).map(string))
}

/// The parts as `_0`, `_1` and so on.
fn split(call: &Call<'_>, args: &[Value]) -> Result {
    let separator = call.text(args, 0)?;
    let most =
        if call.name == "splitn" { usize::try_from(call.int(args, 1)?).unwrap_or(0) } else { MAX_ITEMS };
    let whole = text(call.last(args)?);
    let parts = whole.splitn(most.clamp(1, MAX_ITEMS), &*separator).enumerate();
    Ok(super::super::values::map(parts.map(|(at, part)| (format!("_{at}").into(), string(part)))))
}

fn until(call: &Call<'_>, args: &[Value]) -> Result {
    let end = call.int(args, 0)?;
    steps(call, 0, end, if end < 0 { -1 } else { 1 })
}

fn until_step(call: &Call<'_>, args: &[Value]) -> Result {
    steps(call, call.int(args, 0)?, call.int(args, 1)?, call.int(args, 2)?)
}

fn steps(call: &Call<'_>, start: i64, end: i64, step: i64) -> Result {
    let mut all = Vec::new();
    let mut at = start;
    let goes_on = |at: i64| match step.cmp(&0) {
        Ordering::Greater => at < end,
        Ordering::Less => end < at,
        Ordering::Equal => false,
    };
    while goes_on(at) {
        if MAX_ITEMS <= all.len() {
            return Err(call.error("makes too much"));
        }
        all.push(Value::Int(at));
        at = at.saturating_add(step);
    }
    of(all)
}

/// As the program of that name: a text of numbers.
fn seq(call: &Call<'_>, args: &[Value]) -> Result {
    let numbers: Vec<i64> = args.iter().map(math::to_int).collect();
    let (start, step, end) = match numbers[..] {
        [end] => (1, if end < 1 { -1 } else { 1 }, end),
        [start, end] => (start, if end < start { -1 } else { 1 }, end),
        [start, step, end] => (start, step, end),
        _ => return Ok(string("")),
    };
    let end = end.saturating_add(step.signum());
    let Value::List(all) = steps(call, start, end, step)? else { return Ok(string("")) };
    Ok(string(all.iter().map(text).collect::<Vec<_>>().join(" ")))
}
