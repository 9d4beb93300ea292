//! What a Rust file says, in a form that outlives its syntax tree.
//!
//! `syn::File` is large, keeps its text alive and cannot cross threads, so each file is lowered at once into a compact
//! arena: items, and the expressions of their bodies. Names stay names here; which item a path means is the model's
//! business. Code that cannot be part of a Linux service (`cfg(test)`, `cfg(windows)`) is left out.

mod expr;
mod guard;
#[expect(dead_code, reason = "facts are whole; later rules will ask for the rest")]
mod item;
mod lower;
mod names;
mod pattern;
mod test_fns;
mod types;

pub(crate) use expr::{Expr, ExprId, Exprs, LoopKind, MethodCall, PathId, Sigil};
pub(crate) use item::{Attr, AttrArg, Field, Fn, Item, ItemId, ItemKind, Struct};
pub(crate) use names::{Names, Sym};
pub(crate) use pattern::{Pat, PatId};
pub(crate) use test_fns::TestFns;
pub(crate) use types::{Type, TypeId};

use crate::span::{At, Range};

/// The facts of one Rust file.
#[derive(Debug, Default)]
pub(crate) struct RustFacts {
    /// Every item of the file; nested ones (inline modules, impls, functions in functions) among them.
    pub(crate) items: Vec<Item>,
    /// The items of the file's own module, in order.
    pub(crate) root: Vec<ItemId>,
    pub(crate) exprs: Exprs,
    pub(crate) names: Names,
    /// How many test functions it declares that are run, and that are ignored.
    pub(crate) tests: TestFns,
    /// Why the file could not be read as Rust. Then there is nothing else.
    pub(crate) error: Option<At<String>>,
}

/// Takes the facts of a Rust source text.
pub(crate) fn extract(text: &str) -> RustFacts {
    let skipped = guard::prefix(text);
    let source = &text[skipped..];
    if let Err((offset, why)) = guard::check(source) {
        let place = Range::new(skipped + offset, skipped + offset);
        return RustFacts { error: Some(At::new(why.into(), place)), ..RustFacts::default() };
    }
    let lowering = lower::Lowering::new(source, skipped);
    let facts = match syn::parse_str::<syn::File>(source) {
        Ok(file) => RustFacts { tests: test_fns::count(&file), ..lowering.file(&file) },
        Err(error) => {
            let place = lowering.point(error.span());
            RustFacts { error: Some(At::new(error.to_string(), place)), ..RustFacts::default() }
        }
    };
    // With `span-locations` proc-macro2 keeps every text that this thread ever parsed.
    proc_macro2::extra::invalidate_current_thread_spans();
    facts
}

/// Whether the key of a table `[target.….dependencies]` may name a Linux: `cfg(unix)`, `x86_64-unknown-linux-gnu`.
pub(crate) fn may_be_linux(target: &str) -> bool {
    match target.strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')')) {
        Some(condition) => condition.parse().map_or(true, lower::may_hold),
        None => target.contains("linux") || !target.contains('-'),
    }
}

impl RustFacts {
    pub(crate) fn item(&self, id: ItemId) -> &Item {
        &self.items[id.0 as usize]
    }

    pub(crate) fn name(&self, sym: Sym) -> &str {
        self.names.get(sym)
    }
}

#[cfg(test)]
mod tests;
