//! The functions of templates: those of Go, of Sprig and of Helm.
//!
//! What is of the moment or random gives a fixed text, and what asks a cluster finds nothing, as in `helm template`.
//! A function that is given what is not known gives what is not known, but for those that hand it on within a text.
//!
//! <https://masterminds.github.io/sprig/>, <https://helm.sh/docs/chart_template_guide/function_list/>

mod convert;
mod core;
mod files;
mod lists;
mod maps;
mod math;
mod strings;
mod version;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use gotmpl::{FuncMap, Template, TemplateError, Value};

pub(super) use self::core::NOTHING;
use super::UNKNOWN;
use super::state::{MAX_ITEMS, MAX_TEXT, State};
use super::values::string;

type Result<T = Value> = std::result::Result<T, TemplateError>;

/// What a function may ask beside its arguments.
pub(super) struct Call<'c> {
    name: &'static str,
    state: &'c Arc<State>,
    template: &'c Template,
    levels: &'c BTreeMap<String, usize>,
}

type Function = fn(&Call<'_>, &[Value]) -> Result;

/// How a function takes its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// As they are: maps by their identity, and texts that are not known within others.
    Raw,
    /// With all that maps have become; texts that are not known are handed on.
    Text,
    /// With all that maps have become; what is not known makes the answer unknown.
    Known,
}

type Table = &'static [(&'static str, Takes, Function)];

const TABLES: [Table; 8] = [
    core::TABLE,
    convert::TABLE,
    files::TABLE,
    lists::TABLE,
    maps::TABLE,
    math::TABLE,
    strings::TABLE,
    version::TABLE,
];

/// All functions, for the templates of one chart. `levels` says how deeply each named template is nested.
pub(super) fn all(
    state: &Arc<State>,
    template: &Weak<Template>,
    levels: &Arc<BTreeMap<String, usize>>,
) -> FuncMap {
    let mut functions = FuncMap::new();
    for (name, takes, function) in TABLES.into_iter().flatten().copied() {
        let (state, template, levels) = (Arc::clone(state), Weak::clone(template), Arc::clone(levels));
        let run = move |args: &[Value]| {
            let Some(template) = template.upgrade() else { return Err(failed("the templates are gone")) };
            let call = Call { name, state: &state, template: &template, levels: &levels };
            call.run(takes, function, args)
        };
        functions.insert(name.to_owned(), Arc::new(run));
    }
    functions
}

impl Call<'_> {
    fn run(&self, takes: Takes, function: Function, args: &[Value]) -> Result {
        let args = {
            let mut inner = self.state.get();
            inner.charge(args.iter().map(size).sum())?;
            if takes == Takes::Raw || inner.heap.is_empty() {
                Cow::Borrowed(args)
            } else {
                let whole = args.iter().map(|arg| inner.heap.whole(arg));
                Cow::Owned(whole.collect::<Option<_>>().ok_or_else(|| failed("a value is too large"))?)
            }
        };
        if takes == Takes::Known && args.iter().any(is_unknown) {
            return Ok(string(UNKNOWN));
        }
        let result = function(self, &args)?;
        let is_too_large = match &result {
            Value::String(text) => MAX_TEXT < text.len(),
            Value::List(items) => MAX_ITEMS < items.len(),
            _ => false,
        };
        if is_too_large { Err(failed(format!("`{}` makes too much", self.name))) } else { Ok(result) }
    }

    fn error(&self, what: impl AsRef<str>) -> TemplateError {
        failed(format!("`{}`: {}", self.name, what.as_ref()))
    }

    /// The argument at a position.
    fn arg<'a>(&self, args: &'a [Value], at: usize) -> Result<&'a Value> {
        args.get(at).ok_or_else(|| self.error("an argument is missing"))
    }

    /// The last argument: what is piped in.
    fn last<'a>(&self, args: &'a [Value]) -> Result<&'a Value> {
        args.last().ok_or_else(|| self.error("an argument is missing"))
    }

    /// The text at a position, as `strval` makes one of any value.
    fn text<'a>(&self, args: &'a [Value], at: usize) -> Result<Cow<'a, str>> {
        Ok(text(self.arg(args, at)?))
    }

    fn int(&self, args: &[Value], at: usize) -> Result<i64> {
        Ok(math::to_int(self.arg(args, at)?))
    }
}

fn failed(what: impl Into<String>) -> TemplateError {
    TemplateError::Exec(what.into())
}

/// A value as text; nothing is the empty text.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Nil => Cow::Borrowed(""),
        Value::List(_) | Value::Map(_) if !super::heap::is_bounded(value) => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

pub(super) fn is_unknown(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.contains(UNKNOWN))
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 16 + text.len(),
        Value::List(items) => 16 + 16 * items.len(),
        Value::Map(map) => 16 + 64 * map.len(),
        _ => 16,
    }
}

#[cfg(test)]
mod tests;
