//! What the rewritten templates call, and what runs other templates.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use gotmpl::Value;

use super::{Call, Result, Table, Takes, failed, is_unknown, text};
use crate::facts::helm::UNKNOWN;
use crate::facts::helm::rewrite;
use crate::facts::helm::state::MAX_TEXT;
use crate::facts::helm::values::{map, string};
use crate::span::Range;

pub(super) const TABLE: Table = &[
    ("__at", Takes::Raw, at),
    ("__get", Takes::Raw, get),
    ("__items", Takes::Raw, items),
    ("__known", Takes::Raw, known),
    ("__text", Takes::Raw, own_text),
    ("fail", Takes::Text, fail),
    ("include", Takes::Raw, include),
    ("lookup", Takes::Raw, lookup),
    ("required", Takes::Text, required),
    ("tpl", Takes::Raw, tpl),
];

/// Notes the place. What it gives stands for an action that cannot be evaluated.
fn at(call: &Call<'_>, args: &[Value]) -> Result {
    let [Value::Int(file), Value::Int(offset), kind, Value::Bool(is_main)] = args else {
        return Err(call.error("is not for templates"));
    };
    let spot = (usize::try_from(*file).unwrap_or(0), usize::try_from(*offset).unwrap_or(0));
    let mut state = call.state.get();
    state.step()?;
    if *is_main {
        state.own = (Range::new(spot.1, spot.1), false);
    }
    let is_action = text(kind) == "0";
    state.action = is_action.then_some(spot);
    Ok(string(if is_action && state.broken.contains(&spot) { UNKNOWN } else { "" }))
}

/// The text of the file under judgement.
fn own_text(call: &Call<'_>, args: &[Value]) -> Result {
    let [Value::Int(offset), Value::String(text)] = args else {
        return Err(call.error("is not for templates"));
    };
    let start = usize::try_from(*offset).unwrap_or(0);
    let mut state = call.state.get();
    state.step()?;
    state.own = (Range::new(start, start + text.len()), true);
    Ok(Value::String(Arc::clone(text)))
}

/// Fields. Of nothing they are nothing; what a map does not have has none (`nil pointer evaluating interface {}`).
fn get(call: &Call<'_>, args: &[Value]) -> Result {
    let (base, fields) = args.split_first().ok_or_else(|| call.error("an argument is missing"))?;
    let mut value = base.clone();
    let state = call.state.get();
    for (position, field) in fields.iter().enumerate() {
        let name = text(field);
        value = match &value {
            Value::Map(map) if position > 0 || !matches!(&*name, "AsConfig" | "AsSecrets") => {
                state.heap.view(map).get(&*name).cloned().unwrap_or(Value::Nil)
            }
            Value::Map(map) => return super::files::as_data(map, &name),
            Value::Nil if position == 0 => return Ok(Value::Nil),
            Value::Nil => {
                let parent = text(&fields[position - 1]).into_owned();
                return Err(failed(format!("`{parent}` has no value, so `.{name}` of it has none")));
            }
            other if is_unknown(other) => return Ok(string(UNKNOWN)),
            other => return Err(failed(format!("`.{name}` is asked of a {}", other.type_name()))),
        };
    }
    Ok(value)
}

/// What a condition asks must be known.
fn known(call: &Call<'_>, args: &[Value]) -> Result {
    let value = call.last(args)?;
    if is_unknown(value) {
        return Err(failed("a condition depends on what is not known"));
    }
    // A map may have been filled, or emptied, since it was made.
    let state = call.state.get();
    Ok(match value {
        Value::Map(map) if state.heap.view(map).is_empty() != map.is_empty() => {
            Value::Map(Arc::clone(state.heap.view(map)))
        }
        other => other.clone(),
    })
}

/// What a loop goes through.
fn items(call: &Call<'_>, args: &[Value]) -> Result {
    let value = call.last(args)?;
    if is_unknown(value) {
        return Err(failed("a loop depends on what is not known"));
    }
    Ok(match value {
        Value::Map(map) => Value::Map(Arc::clone(call.state.get().heap.view(map))),
        other => other.clone(),
    })
}

/// A chart that fails by default wants to be given something; what depends on that is empty.
fn fail(call: &Call<'_>, args: &[Value]) -> Result {
    let why = text(call.last(args)?).replace(UNKNOWN, "…");
    call.state.get().note(format!("the chart fails by default: {}", first_line(&why)));
    Ok(string(""))
}

fn required(call: &Call<'_>, args: &[Value]) -> Result {
    let value = call.arg(args, 1)?;
    let is_missing = matches!(value, Value::Nil) || matches!(value, Value::String(text) if text.is_empty());
    if !is_missing {
        return Ok(value.clone());
    }
    let why = call.text(args, 0)?;
    call.state.get().note(format!("a value is required: {}", first_line(&why)));
    Ok(string(UNKNOWN))
}

fn first_line(text: &str) -> String {
    const LONGEST: usize = 120;
    text.trim().lines().next().unwrap_or_default().chars().take(LONGEST).collect()
}

/// As `helm template`, which has no cluster to look into.
fn lookup(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(map([]))
}

fn include(call: &Call<'_>, args: &[Value]) -> Result {
    let name = call.text(args, 0)?;
    let dot = args.get(1).unwrap_or(&Value::Nil);
    let Some(levels) = call.levels.get(&*name) else {
        return Err(failed(format!("the template `{}` is not in the tree", first_line(&name))));
    };
    let levels = 4 + levels;
    let (own, action) = {
        let mut state = call.state.get();
        state.step()?;
        state.sink(levels)?;
        (state.own, state.action)
    };
    let mut output = Text::default();
    let result = call.template.execute_template_fmt(&mut output, &name, dot);
    let mut state = call.state.get();
    state.rise(levels);
    state.charge(output.0.len())?;
    if let Err(error) = result {
        // Where it fails, the innermost action stays; what fails in a condition is the fault of whoever includes it.
        state.own = own;
        state.action = state.action.or(action);
        return Err(error);
    }
    (state.own, state.action) = (own, action);
    Ok(string(output.0))
}

/// Runs a text of the values as a template.
fn tpl(call: &Call<'_>, args: &[Value]) -> Result {
    let source = call.text(args, 0)?;
    let dot = call.arg(args, 1)?;
    if !source.contains("{{") {
        return Ok(string(source));
    }
    let (tree, _) = crate::facts::helm::render::parse(&source).map_err(failed)?;
    let levels = 4 + rewrite::depth(&tree);
    let tree = rewrite::Rewrite { file: usize::MAX >> 1, text: &source, is_main: false }.list(&tree);
    let (own, action) = {
        let mut state = call.state.get();
        state.step()?;
        state.sink(levels)?;
        (state.own, state.action)
    };
    let template = call.template.clone().add_parse_tree("", tree);
    let mut output = Text::default();
    let result = template.execute_template_fmt(&mut output, "", dot);
    let mut state = call.state.get();
    state.rise(levels);
    state.charge(output.0.len())?;
    // Its parts have no place of their own that could be left open.
    (state.own, state.action) = (own, action);
    result?;
    Ok(string(output.0))
}

/// A text that does not grow without end, and in which nothing is nothing, as Helm prints it.
#[derive(Default)]
pub(in crate::facts::helm) struct Text(pub(in crate::facts::helm) String);

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if MAX_TEXT < self.0.len() + text.len() {
            return Err(fmt::Error);
        }
        self.0.push_str(if text == NOTHING { "" } else { text });
        Ok(())
    }
}

/// How Go prints what is not there.
pub(in crate::facts::helm) const NOTHING: &str = "<no value>";

/// A value as `print` shows it.
pub(super) fn shown(value: &Value) -> Option<String> {
    let mut out = Text::default();
    write!(out, "{value}").ok()?;
    Some(out.0)
}
