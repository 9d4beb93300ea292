//! Guards of loggers: values that have to live as long as the process logs, since what they hold back is written, and the
//! logger is gone, when they are dropped.
//!
//! A guard is followed from the call that gives it to the end of its life, through variables and through functions that
//! hand it out. It is said to be lost where that is evident: nothing binds it, or all that binds it ends before the
//! service serves.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::rust::{Expr, ExprId, Pat, PatId, Sym};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::span::Span;

/// A guard is handed out through at most this many functions.
const MAX_DEPTH: usize = 6;

/// Methods that give what they are called on, or what it holds.
const SAME: &[&str] = &["unwrap", "expect", "unwrap_or_else", "map_err", "ok", "context", "with_context"];

/// The guard of a logger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogGuard {
    /// The call that gives it.
    pub(crate) span: Span,
    /// The item's path.
    pub(crate) path: String,
    pub(crate) fate: Fate,
}

/// What becomes of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It is bound while the service serves, or handed to something that may keep it.
    Kept,
    /// Nothing binds it at this place.
    Unbound(Span),
    /// What binds it at this place ends before the service serves.
    Outlived(Span),
    Unclear,
}

impl LogGuard {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach) -> Vec<Self> {
        let symbols = code.symbols;
        let sites = reach.sites.iter().filter(|(body, site)| {
            let item = symbols.means(site.node, Means::LogGuard);
            site.called && item.is_some_and(|item| code.holds(*body, site.at, item))
        });
        let mut sites = sites.peekable();
        if sites.peek().is_none() {
            return Vec::new();
        }
        let lives = Lives { code, reach, serving: reach.serving_exprs(code) };
        let mut found: Vec<Self> = sites
            .map(|(body, site)| Self {
                span: symbols.span(*body, site.at),
                path: symbols.knowledge.full_path(site.node),
                fate: lives.fate(*body, site.at, Held::Plain, 0),
            })
            .collect();
        found.sort();
        found.dedup_by_key(|guard| guard.span);
        found
    }
}

/// Where in a value the guard is.
#[derive(Clone, Copy)]
enum Held {
    /// The value is the guard, or a library's pair that ends with it.
    Plain,
    /// It is a part of a tuple of the tree: which, and of how many.
    Part(usize, usize),
}

struct Lives<'l, 'a> {
    code: &'l Code<'l, 'a>,
    reach: &'l Reach,
    /// For each body, what in it starts a server or leads to one.
    serving: BTreeMap<BodyId, BTreeSet<ExprId>>,
}

impl Lives<'_, '_> {
    /// What becomes of the value of an expression.
    fn fate(&self, body: BodyId, at: ExprId, held: Held, depth: usize) -> Fate {
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let (mut at, mut held) = (at, held);
        while let Some(parent) = exprs.parent(at) {
            match exprs.get(parent) {
                Expr::Await(_) | Expr::Try(_) => {}
                Expr::Method(call) if exprs.method(call).receiver == at => {
                    if !SAME.contains(&rust.name(exprs.method(call).name)) {
                        return Fate::Kept;
                    }
                }
                // `Some(guard)`, `Ok((writer, guard))`.
                Expr::Call(callee, args)
                    if callee != at && args.len == 1 && self.is_wrapper(body, callee) => {}
                Expr::Tuple(parts) => {
                    let parts = exprs.list(parts);
                    let Some(place) = parts.iter().position(|part| *part == at) else { return Fate::Unclear };
                    if matches!(held, Held::Part(..)) {
                        return Fate::Unclear;
                    }
                    held = Held::Part(place, parts.len());
                }
                Expr::If { parts, .. } if exprs.list(parts).first() != Some(&at) => {}
                Expr::Match { scrutinee, .. } if scrutinee != at => {}
                Expr::Block { stmts, has_tail } => {
                    if !has_tail || exprs.list(stmts).last() != Some(&at) {
                        return Fate::Unbound(self.code.symbols.span(body, at));
                    }
                }
                Expr::Let(let_) => {
                    let let_ = exprs.let_(let_);
                    let is_statement = exprs
                        .parent(parent)
                        .is_some_and(|outer| matches!(exprs.get(outer), Expr::Block { .. }));
                    if let_.init != Some(at) || let_.is_indirect || !is_statement {
                        return Fate::Unclear;
                    }
                    return self.bound(body, parent, at, (let_.pat, held), depth);
                }
                Expr::Return(_) => return self.handed_out(body, held, depth),
                Expr::Closure(_) | Expr::Async(_) | Expr::Loop { .. } | Expr::Match { .. } => {
                    return Fate::Unclear;
                }
                _ => return Fate::Kept,
            }
            at = parent;
        }
        self.handed_out(body, held, depth)
    }

    /// `Some`, `Ok`.
    fn is_wrapper(&self, body: BodyId, callee: ExprId) -> bool {
        let rust = self.code.symbols.rust_of(body);
        let Expr::Path(path) = rust.exprs.get(callee) else { return false };
        let name = rust.exprs.path(path).segments.last();
        name.is_some_and(|name| matches!(rust.name(*name), "Some" | "Ok"))
    }

    /// What becomes of a value that a statement binds: the guard, or a pair with the guard at its end.
    fn bound(
        &self,
        body: BodyId,
        let_: ExprId,
        init: ExprId,
        (pat, held): (PatId, Held),
        depth: usize,
    ) -> Fate {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        match exprs.pat(pat) {
            Pat::Typed(inner, _) => self.bound(body, let_, init, (*inner, held), depth),
            Pat::Tuple(parts) => {
                let part = match held {
                    Held::Plain => parts.last(),
                    Held::Part(place, len) => parts.get(place).filter(|_| parts.len() == len),
                };
                match part {
                    Some(part) => self.bound(body, let_, init, (*part, Held::Plain), depth),
                    None => Fate::Unclear,
                }
            }
            Pat::Wild => Fate::Unbound(self.code.symbols.span(body, let_)),
            Pat::Name(name) => self.named(body, let_, init, (*name, held), depth),
            _ => Fate::Unclear,
        }
    }

    /// What becomes of what a name holds: it lives until its block ends, unless it is handed on.
    fn named(
        &self,
        body: BodyId,
        let_: ExprId,
        init: ExprId,
        (name, held): (Sym, Held),
        depth: usize,
    ) -> Fate {
        let flow = self.code.calls.flow(body);
        let uses = flow.uses_where(|binding| {
            binding.name == name
                && matches!(binding.source, Source::Value(value) | Source::Part(value, _) if value == init)
        });
        let fates: Vec<Fate> = uses.map(|used| self.used(body, used, held, depth)).collect();
        // Given away in one branch, it may live on in another.
        let given = fates.iter().find(|fate| !matches!(fate, Fate::Unclear));
        match given {
            Some(fate) if fates.len() == 1 => *fate,
            None if self.is_outlived(body, let_) => {
                Fate::Outlived(self.code.symbols.span_of_head(body, let_))
            }
            Some(_) | None => Fate::Kept,
        }
    }

    /// What a use makes of a bound guard; `Unclear` where it stays where it is.
    fn used(&self, body: BodyId, at: ExprId, held: Held, depth: usize) -> Fate {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        match exprs.parent(at).map(|parent| exprs.get(parent)) {
            // A part of a pair: `pair.0`.
            Some(Expr::Field(..)) => Fate::Unclear,
            // A statement that only names it moves it, and drops it; nobody writes that by mistake.
            Some(Expr::Block { stmts, has_tail }) if !has_tail || exprs.list(stmts).last() != Some(&at) => {
                Fate::Kept
            }
            _ => self.fate(body, at, held, depth),
        }
    }

    /// What becomes of what a function gives back.
    fn handed_out(&self, body: BodyId, held: Held, depth: usize) -> Fate {
        let symbols = self.code.symbols;
        if depth > MAX_DEPTH || symbols.body(body).kind != BodyKind::Fn {
            return Fate::Unclear;
        }
        let is_async = symbols.function(body).is_some_and(|function| function.is_async);
        let mut lost = Fate::Unclear;
        for (caller, at) in self.reach.bodies.get(&body).into_iter().flatten().copied() {
            if !self.is_called(caller, at, body, is_async) {
                return Fate::Unclear;
            }
            match self.fate(caller, at, held, depth + 1) {
                fate @ (Fate::Kept | Fate::Unclear) => return fate,
                fate => lost = fate,
            }
        }
        lost
    }

    /// Whether an edge of the call graph is a call whose value is what the function gives back.
    fn is_called(&self, caller: BodyId, at: ExprId, callee: BodyId, is_async: bool) -> bool {
        let exprs = &self.code.symbols.rust_of(caller).exprs;
        let is_waited_for =
            !is_async || exprs.parent(at).is_some_and(|parent| matches!(exprs.get(parent), Expr::Await(_)));
        let flow = self.code.calls.flow(caller);
        is_waited_for
            && matches!(exprs.get(at), Expr::Call(..) | Expr::Method(_))
            && flow.resolved(at) == Res::Body(callee)
            && !flow.is_ambiguous(at)
    }

    /// Whether the block of a `let` has ended when the service serves.
    fn is_outlived(&self, body: BodyId, let_: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let Some(block) = exprs.parent(let_) else { return false };
        // What a closure or a task binds ends with it, whenever that is.
        if self.is_apart(body, block) {
            return false;
        }
        match self.serving.get(&body) {
            Some(serving) => {
                let is_within = |at: ExprId| exprs.ancestors(at).any(|ancestor| ancestor == block);
                serving.iter().all(|at| !is_within(*at)) && serving.iter().any(|at| *at > block)
            }
            None => self.returns_before(body, 0),
        }
    }

    /// Whether every call of a function has returned when the service serves.
    fn returns_before(&self, body: BodyId, depth: usize) -> bool {
        let symbols = self.code.symbols;
        if depth > MAX_DEPTH || symbols.body(body).kind != BodyKind::Fn {
            return false;
        }
        let is_async = symbols.function(body).is_some_and(|function| function.is_async);
        let callers = self.reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
        !callers.is_empty()
            && callers.iter().all(|(caller, at)| {
                self.is_called(*caller, *at, body, is_async)
                    && !self.is_apart(*caller, *at)
                    && match self.serving.get(caller) {
                        Some(serving) => serving.iter().any(|serves| serves > at),
                        None => self.returns_before(*caller, depth + 1),
                    }
            })
    }

    /// Whether an expression stands in a closure, a task or a loop.
    fn is_apart(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let is_apart =
            |at: ExprId| matches!(exprs.get(at), Expr::Closure(_) | Expr::Async(_) | Expr::Loop { .. });
        exprs.ancestors(at).any(is_apart)
    }
}
