//! Whether a service certainly fails to start when a variable is missing: on every way through its `main`, and with
//! nothing on the way that would do without.

use std::collections::{BTreeMap, BTreeSet};

use super::leaves;
use crate::facts::rust::{Expr, ExprId, LoopKind, Pat, PatId};
use crate::model::calls::Target;
use crate::model::symbols::{BodyId, BodyKind};
use crate::model::value::Values;

/// What becomes of what runs when a value is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The process ends there.
    Ends,
    /// The function fails, and its caller decides.
    Fails,
    Tolerated,
}

/// The way from `main` to where something is read.
pub(super) struct Ways<'w, 'v, 'a> {
    values: &'w Values<'v, 'a>,
    roots: BTreeSet<BodyId>,
    /// The expressions that lead to a server.
    serving: BTreeMap<BodyId, BTreeSet<ExprId>>,
}

impl<'w, 'v, 'a> Ways<'w, 'v, 'a> {
    pub(super) fn new(values: &'w Values<'v, 'a>, roots: &[BodyId]) -> Self {
        let serving = values.reach.serving_exprs(values.code);
        Self { values, roots: roots.iter().copied().collect(), serving }
    }

    /// What becomes of a body when what is read at a place is missing. `inner` is what the function does that is called
    /// there, where the caller names what it reads.
    pub(super) fn without(&self, body: BodyId, at: ExprId, inner: Option<Missing>) -> Missing {
        match inner {
            _ if !self.is_always_run(body, at) => Missing::Tolerated,
            None | Some(Missing::Fails) => self.missing(body, at),
            Some(known) => known,
        }
    }

    /// Whether the process then ends at its start.
    pub(super) fn is_fatal(&self, body: BodyId, without: Missing) -> bool {
        self.ends(body, without, &mut BTreeSet::new())
    }

    fn fails_at(&self, body: BodyId, at: ExprId, seen: &mut BTreeSet<BodyId>) -> bool {
        self.ends(body, self.without(body, at, None), seen)
    }

    fn ends(&self, body: BodyId, without: Missing, seen: &mut BTreeSet<BodyId>) -> bool {
        match without {
            Missing::Tolerated => false,
            Missing::Ends => self.is_run(body, seen),
            Missing::Fails if self.roots.contains(&body) => true,
            Missing::Fails => {
                seen.insert(body) && self.calls_of(body).any(|(caller, at)| self.fails_at(caller, at, seen))
            }
        }
    }

    /// Whether a body runs on every way through `main`.
    fn is_run(&self, body: BodyId, seen: &mut BTreeSet<BodyId>) -> bool {
        if self.roots.contains(&body) {
            return true;
        }
        seen.insert(body)
            && self
                .calls_of(body)
                .any(|(caller, at)| self.is_always_run(caller, at) && self.is_run(caller, seen))
    }

    /// The calls that certainly are of a body.
    fn calls_of(&self, body: BodyId) -> impl Iterator<Item = (BodyId, ExprId)> {
        let code = self.values.code;
        let callers = self.values.reach.bodies.get(&body).into_iter().flatten().copied();
        callers.filter_map(move |(caller, at)| {
            let edges = &code.calls.flow(caller).edges;
            if !edges.iter().any(|edge| edge.at == at && edge.to == Target::Body(body)) {
                return None;
            }
            let exprs = &code.symbols.rust_of(caller).exprs;
            match exprs.get(at) {
                Expr::Call(..) | Expr::Method(_) => Some((caller, at)),
                // The name of what is called; what is only named is handed on.
                _ => exprs
                    .parent(at)
                    .filter(|parent| matches!(exprs.get(*parent), Expr::Call(callee, _) if callee == at))
                    .map(|parent| (caller, parent)),
            }
        })
    }

    /// Whether an expression runs whenever its body does.
    fn is_always_run(&self, body: BodyId, at: ExprId) -> bool {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        if exprs.is_gated(at) || code.symbols.body(body).kind != BodyKind::Fn {
            return false;
        }
        let mut inner = at;
        for outer in exprs.ancestors(at) {
            let is_run = match exprs.get(outer) {
                Expr::If { parts, .. } => {
                    let parts = exprs.list(parts);
                    parts.first() == Some(&inner) || self.is_only_way(body, inner, &parts[1..])
                }
                Expr::Match { scrutinee, first_arm, arms } => {
                    let arms: Vec<ExprId> = exprs.arms(first_arm, arms).iter().map(|arm| arm.body).collect();
                    scrutinee == inner || self.is_only_way(body, inner, &arms)
                }
                Expr::Loop { kind, head, .. } => head == Some(inner) || kind == LoopKind::Loop,
                Expr::And(first, _) | Expr::Or(first, _) => first == inner,
                Expr::Let(at) => exprs.let_(at).otherwise != Some(inner),
                // What is deferred runs at some time, or never: only what is waited for counts.
                Expr::Closure(_) => false,
                Expr::Async(_) => self.is_blocked_on(body, outer),
                Expr::Macro(call) => exprs.macro_(call).arms.is_empty(),
                _ => true,
            };
            if !is_run {
                return false;
            }
            inner = outer;
        }
        true
    }

    /// Of several branches, the one that leads to the server.
    fn is_only_way(&self, body: BodyId, branch: ExprId, all: &[ExprId]) -> bool {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let Some(serving) = self.serving.get(&body) else { return false };
        let serves = |branch: ExprId| {
            serving.iter().any(|at| *at == branch || exprs.ancestors(*at).any(|above| above == branch))
        };
        all.iter().all(|other| serves(*other) == (*other == branch))
    }

    /// `runtime.block_on(async { … })`.
    fn is_blocked_on(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let Some(parent) = exprs.parent(at) else { return false };
        match exprs.get(parent) {
            Expr::Await(_) => true,
            Expr::Method(call) => rust.name(exprs.method(call).name) == "block_on",
            Expr::Call(callee, _) => match exprs.get(callee) {
                Expr::Path(path) => {
                    exprs.path(path).segments.last().is_some_and(|name| rust.name(*name) == "block_on")
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// What becomes of a body when the value of an expression is an error or nothing.
    fn missing(&self, body: BodyId, at: ExprId) -> Missing {
        let values = self.values;
        let rust = values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let mut at = at;
        while let Some(parent) = exprs.parent(at) {
            match exprs.get(parent) {
                Expr::Try(_) | Expr::Return(_) => return Missing::Fails,
                Expr::Await(_) => {}
                Expr::Method(call) if exprs.method(call).receiver == at => {
                    let call = exprs.method(call);
                    match rust.name(call.name) {
                        "expect" | "unwrap" => return Missing::Ends,
                        "context" | "with_context" | "map_err" | "map" | "and_then" | "wrap_err"
                        | "wrap_err_with" | "inspect_err" | "ok" | "ok_or" | "ok_or_else" | "parse" => {}
                        "unwrap_or_else" => {
                            let args = exprs.list(call.args);
                            let ends = args.first().is_some_and(|arg| match exprs.get(*arg) {
                                Expr::Closure(closure) => leaves(values, body, exprs.closure(closure).body),
                                _ => false,
                            });
                            return if ends { Missing::Ends } else { Missing::Tolerated };
                        }
                        _ => return Missing::Tolerated,
                    }
                }
                Expr::Let(of) if exprs.let_(of).otherwise.is_some() => {
                    let otherwise = exprs.let_(of).otherwise;
                    return otherwise.map_or(Missing::Tolerated, |it| self.left(body, it));
                }
                Expr::Match { scrutinee, first_arm, arms } if scrutinee == at => {
                    let arms = exprs.arms(first_arm, arms);
                    let missing = arms.iter().find(|arm| self.is_of_missing(body, arm.pat));
                    return missing.map_or(Missing::Tolerated, |arm| self.left(body, arm.body));
                }
                // The value of the function.
                Expr::Block { stmts, has_tail: true } if exprs.list(stmts).last() == Some(&at) => {
                    if exprs.parent(parent).is_none() {
                        return Missing::Fails;
                    }
                }
                _ => return Missing::Tolerated,
            }
            at = parent;
        }
        Missing::Fails
    }

    /// How a branch leaves: with the process, with the function, or not at all.
    fn left(&self, body: BodyId, at: ExprId) -> Missing {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Block { stmts, .. } => {
                exprs.list(stmts).last().map_or(Missing::Tolerated, |last| self.left(body, *last))
            }
            // What it gives back may be anything; an error is what is expected of a branch for errors.
            Expr::Return(Some(value)) if self.is_error(body, value) => Missing::Fails,
            Expr::Return(_) | Expr::Break(_) => Missing::Tolerated,
            _ if leaves(self.values, body, at) => Missing::Ends,
            _ => Missing::Tolerated,
        }
    }

    fn is_error(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.values.code.symbols.rust_of(body);
        let Expr::Call(callee, _) = rust.exprs.get(at) else { return false };
        let Expr::Path(path) = rust.exprs.get(callee) else { return false };
        rust.exprs.path(path).segments.last().is_some_and(|name| rust.name(*name) == "Err")
    }

    /// `Err(_)`, `None`, `_`.
    fn is_of_missing(&self, body: BodyId, pat: PatId) -> bool {
        let rust = self.values.code.symbols.rust_of(body);
        let is = |name: Option<&crate::facts::rust::Sym>| {
            name.is_some_and(|name| matches!(rust.name(*name), "Err" | "None" | "NotPresent"))
        };
        match rust.exprs.pat(pat) {
            Pat::Wild => true,
            Pat::Name(name) => is(Some(name)),
            Pat::Path(path) | Pat::TupleStruct(path, _) => is(rust.exprs.path(*path).segments.last()),
            _ => false,
        }
    }
}
