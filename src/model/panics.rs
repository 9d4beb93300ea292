//! Panics that come from outside: an `unwrap` of what a client, a file or another program decides, and code that was never
//! written.
//!
//! Most `unwrap`s of a service are right: the value was checked, or our own code made it. So a place counts only when it
//! is evident that what it unwraps can fail without a defect in the code (`outside`). What is not evident is left out.

mod outside;

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId, Pat};
use crate::model::symbols::{BodyId, BodyKind};
use crate::model::value::Values;
use crate::model::work::Phase;
use crate::span::Span;

pub(crate) use outside::{Cause, Outside};

/// A place where the code panics when something outside is not as hoped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Panic {
    /// The method's name, or the macro.
    pub(crate) span: Span,
    pub(crate) phase: Phase,
    /// `.unwrap()`, `panic!`.
    pub(crate) how: String,
    /// The function that it stands in.
    pub(crate) function: String,
    pub(crate) why: Why,
    /// Where it stands, for whoever asks what a part of a body does.
    pub(crate) body: BodyId,
    pub(crate) at: ExprId,
}

/// Why it panics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// This call fails.
    Fails(Cause),
    /// It always does: `todo!`.
    Unfinished,
    /// It always does, in a function that a framework calls.
    Always,
}

impl Panic {
    /// The places of everything that a service runs.
    pub(crate) fn all(outside: &Outside<'_, '_>) -> Vec<Self> {
        let values = outside.values;
        let mut found: Vec<Self> = Vec::new();
        for id in values.reach.bodies.keys() {
            if values.code.symbols.body(*id).kind == BodyKind::Fn && !stands_in(values, *id) {
                Finder { outside, body: *id, found: &mut found }.visit_roots();
            }
        }
        found.sort();
        found.dedup_by_key(|panic| panic.span);
        found
    }
}

/// Whether a function belongs to a type that stands in for another: its panics are wanted.
fn stands_in(values: &Values<'_, '_>, id: BodyId) -> bool {
    let symbols = values.code.symbols;
    let Some(owner) = symbols.body(id).owner else { return false };
    let def = symbols.ty(owner);
    let rust = symbols.rust(def.file);
    let name = rust.name(rust.item(def.item).name.value);
    ["Mock", "Fake", "Stub", "Dummy", "Test"]
        .iter()
        .any(|word| name.starts_with(word) || name.ends_with(word))
}

struct Finder<'f, 'a> {
    outside: &'f Outside<'f, 'a>,
    body: BodyId,
    found: &'f mut Vec<Panic>,
}

impl Finder<'_, '_> {
    fn visit_roots(&mut self) {
        for root in self.outside.values.code.symbols.body(self.body).roots.clone() {
            self.visit(root);
        }
    }

    /// Visits an expression and what it holds; gives whether it holds a place in its chain of receivers.
    fn visit(&mut self, at: ExprId) -> bool {
        let values = self.outside.values;
        let rust = values.code.symbols.rust_of(self.body);
        let exprs = &rust.exprs;
        if !values.reach.runs(values.code, self.body, at) {
            return false;
        }
        match exprs.get(at) {
            Expr::Method(call) => {
                let call = exprs.method(call);
                let name = rust.name(call.name);
                let in_chain = self.visit(call.receiver);
                let args = exprs.list(call.args);
                // `CELL.get_or_init(|| …)` runs once.
                if !matches!(name, "get_or_init" | "get_or_try_init" | "get_or_insert_with" | "call_once") {
                    for arg in args {
                        self.visit(*arg);
                    }
                }
                if in_chain || !matches!((name, args.len()), ("unwrap", 0) | ("expect", 1)) {
                    return in_chain;
                }
                let Some(cause) = self.outside.failure(self.body, call.receiver) else { return false };
                let how = format!(".{name}({})", if args.is_empty() { "" } else { "…" });
                let span = Span::new(values.code.symbols.body(self.body).file, call.name_range);
                self.add(at, span, how, Why::Fails(cause));
                true
            }
            Expr::Macro(call) => {
                let path = exprs.path(exprs.macro_(call).path);
                let name = path.segments.last().map_or("", |name| rust.name(*name));
                if let Some(why) = self.macro_panics(at, name) {
                    let span = Span::new(values.code.symbols.body(self.body).file, path.range);
                    self.add(at, span, format!("{name}!"), why);
                }
                // What a log line prints was mostly checked before; the macro's own tokens say little about when it runs.
                self.visit_children(at);
                false
            }
            Expr::Await(inner) | Expr::Try(inner) | Expr::Field(inner, _) => self.visit(inner),
            _ => {
                self.visit_children(at);
                false
            }
        }
    }

    fn visit_children(&mut self, at: ExprId) {
        let exprs = &self.outside.values.code.symbols.rust_of(self.body).exprs;
        for child in exprs.children(at) {
            self.visit(child);
        }
    }

    fn macro_panics(&self, at: ExprId, name: &str) -> Option<Why> {
        match name {
            "todo" | "unimplemented" => (!self.is_one_of_many()).then_some(Why::Unfinished),
            "panic" => match self.outside.failed_before(self.body, at) {
                // What the environment must not say is found out when the process starts.
                Some(cause) => (!cause.is_settled).then_some(Why::Fails(cause)),
                None => {
                    (self.outside.work.is_entry(self.body) && self.always_runs(at)).then_some(Why::Always)
                }
            },
            _ => None,
        }
    }

    /// Whether the method is the default of a trait, or one of several that implement it: which of them is called is not
    /// evident.
    fn is_one_of_many(&self) -> bool {
        let symbols = self.outside.values.code.symbols;
        let name = symbols.name(self.body);
        let has_self = symbols.function(self.body).is_some_and(|function| function.has_self);
        let body = symbols.body(self.body);
        let is_default = body.owner.is_some() && body.in_impl.is_none();
        let namesakes: BTreeSet<_> =
            symbols.methods_named(name).iter().filter_map(|id| symbols.body(*id).owner).collect();
        has_self && !self.outside.work.is_entry(self.body) && (is_default || namesakes.len() > 1)
    }

    /// Whether nothing stands between a statement and the function's own block.
    fn always_runs(&self, at: ExprId) -> bool {
        let exprs = &self.outside.values.code.symbols.rust_of(self.body).exprs;
        exprs.ancestors(at).all(|ancestor| matches!(exprs.get(ancestor), Expr::Block { .. }))
            && exprs.ancestors(at).all(|ancestor| match exprs.get(ancestor) {
                Expr::Block { stmts, .. } => {
                    let before = exprs.list(stmts).iter().take_while(|statement| **statement < at);
                    before.copied().all(|statement| !self.may_leave(statement))
                }
                _ => true,
            })
    }

    fn may_leave(&self, at: ExprId) -> bool {
        let exprs = &self.outside.values.code.symbols.rust_of(self.body).exprs;
        matches!(exprs.get(at), Expr::Return(_) | Expr::Try(_) | Expr::Loop { .. })
            || exprs.children(at).into_iter().any(|child| self.may_leave(child))
    }

    fn add(&mut self, at: ExprId, span: Span, how: String, why: Why) {
        let code = self.outside.values.code;
        self.found.push(Panic {
            span,
            phase: self.outside.work.phase(code, self.body, at),
            how,
            function: code.symbols.name(self.body).to_owned(),
            why,
            body: self.body,
            at,
        });
    }
}

/// Whether a pattern takes the failure: `Err(e)`, `None`.
fn takes_failure(rust: &crate::facts::rust::RustFacts, pat: &Pat) -> bool {
    let last = |path| rust.exprs.path(path).segments.last().map_or("", |name| rust.name(*name));
    match pat {
        Pat::TupleStruct(path, _) | Pat::Path(path) => matches!(last(*path), "Err" | "None"),
        Pat::Name(name) => matches!(rust.name(*name), "None" | "_"),
        Pat::Wild => true,
        Pat::Guarded(inner, _) => takes_failure(rust, rust.exprs.pat(*inner)),
        _ => false,
    }
}
