//! Prints to standard output and error while a service serves.
//!
//! Three kinds are left out, because they are no substitute for a log line: what is printed before logging is set up, what is
//! printed right before the process ends, and what the code declares to be printed on purpose, by letting the lint through.

use std::collections::{BTreeMap, BTreeSet};

use super::Use;
use crate::facts::rust::{Expr, ExprId, Pat};
use crate::knowledge::Means;
use crate::model::calls::{Site, Target};
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind};
use crate::model::work::Phase;

/// `main` may hand over to a function, and that to another.
const MAX_DEPTH: usize = 4;

/// The paths to a print are followed through at most this many calls.
const MAX_CALLS: usize = 200;

pub(super) fn all(code: &Code<'_, '_>, reach: &Reach, roots: &[BodyId]) -> Vec<Use> {
    let symbols = code.symbols;
    let set_up = where_logging_is_set_up(code, reach, roots);
    let before = Before { code, reach, set_up: &set_up, roots };
    let ends = Ends { code, reach, serving: reach.serving_exprs(code) };
    let mut found: Vec<Use> = Vec::new();
    for (body, site) in &reach.sites {
        if symbols.means(site.node, Means::Print).is_none() {
            continue;
        }
        let is_early = before.is_before_logging(*body, site.at, &mut BTreeSet::new());
        if is_early
            || ends.precede(*body, site.at, 0)
            || is_on_purpose(code, *body, *site)
            || drops_nothing(code, reach, *body)
        {
            continue;
        }
        found.push(Use {
            span: symbols.span(*body, site.at),
            path: symbols.knowledge.full_path(site.node),
            phase: Phase::Start,
        });
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a body is what runs when a value is dropped, of a type of which the service makes none: a helper for tests.
fn drops_nothing(code: &Code<'_, '_>, reach: &Reach, body: BodyId) -> bool {
    let symbols = code.symbols;
    let own = symbols.body(body);
    let Some(owner) = own.owner.filter(|_| own.in_impl.is_some() && symbols.name(body) == "drop") else {
        return false;
    };
    let makes = |id: &BodyId| code.calls.flow(*id).made.iter().any(|(ty, _)| *ty == owner);
    !reach.bodies.keys().any(makes)
}

/// Whether the lint against this print is let through here: `#[expect(clippy::print_stdout)]`.
fn is_on_purpose(code: &Code<'_, '_>, body: BodyId, site: Site) -> bool {
    let symbols = code.symbols;
    let lint = symbols.means(site.node, Means::Print).and_then(|item| item.lint.as_deref());
    let rust = symbols.rust_of(body);
    let (Some(lint), Expr::Macro(call)) = (lint, rust.exprs.get(site.at)) else { return false };
    let of_module = &symbols.workspace.module(symbols.body(body).module).waived;
    rust.exprs.macro_(call).waived.iter().any(|name| rust.name(*name) == lint)
        || of_module.iter().any(|name| name == lint)
}

/// For each body through which logging is set up: the last expression that does it.
fn where_logging_is_set_up(code: &Code<'_, '_>, reach: &Reach, roots: &[BodyId]) -> BTreeMap<BodyId, ExprId> {
    let mut found: BTreeMap<BodyId, ExprId> = BTreeMap::new();
    let mut open = Vec::new();
    for (body, site) in &reach.sites {
        if code.symbols.means(site.node, Means::Logger).is_some() {
            let last = found.entry(*body).or_insert(site.at);
            *last = (*last).max(site.at);
            open.push(*body);
        }
    }
    let mut steps = 0;
    while let Some(body) = open.pop() {
        steps += 1;
        if steps > 1_000 || roots.contains(&body) {
            continue;
        }
        for (caller, at) in reach.bodies.get(&body).into_iter().flatten() {
            if !found.contains_key(caller) {
                found.insert(*caller, *at);
                open.push(*caller);
            }
        }
    }
    found
}

struct Before<'b, 'a> {
    code: &'b Code<'b, 'a>,
    reach: &'b Reach,
    set_up: &'b BTreeMap<BodyId, ExprId>,
    roots: &'b [BodyId],
}

impl Before<'_, '_> {
    /// Whether a print runs before logging does: earlier in a body that sets it up, or in a function that only such a
    /// place calls. What runs once, the first time that it is asked for, runs before if one place that asks does.
    fn is_before_logging(&self, body: BodyId, at: ExprId, seen: &mut BTreeSet<(BodyId, ExprId)>) -> bool {
        if let Some(logging) = self.set_up.get(&body) {
            return at < *logging || self.says_that_it_failed(body, at, *logging);
        }
        if self.roots.contains(&body) || seen.len() >= MAX_CALLS {
            return false;
        }
        let callers: Vec<(BodyId, ExprId)> = self.reach.bodies.get(&body).cloned().unwrap_or_default();
        let mut open: Vec<(BodyId, ExprId)> =
            callers.iter().copied().filter(|caller| seen.insert(*caller)).collect();
        if self.runs_once(body, at) {
            return open.iter().any(|(body, at)| self.is_before_logging(*body, *at, seen));
        }
        // A way that was taken already says nothing new.
        !callers.is_empty() && open.drain(..).all(|(body, at)| self.is_before_logging(body, at, seen))
    }

    /// The value of a static, or a closure that is given to `get_or_init`.
    fn runs_once(&self, body: BodyId, at: ExprId) -> bool {
        let symbols = self.code.symbols;
        let flow = self.code.calls.flow(body);
        symbols.body(body).kind == BodyKind::Value
            || symbols.rust_of(body).exprs.ancestors(at).any(|ancestor| {
                flow.site(ancestor).is_some_and(|node| symbols.means(node, Means::Once).is_some())
            })
    }

    /// Whether a print stands in the statement that sets logging up, and not where that went well:
    /// `if let Err(error) = init() { eprintln!("{error}") }`.
    fn says_that_it_failed(&self, body: BodyId, at: ExprId, logging: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let Some(statement) = std::iter::once(logging).chain(exprs.ancestors(logging)).find(|inner| {
            exprs.parent(*inner).is_none_or(|parent| matches!(exprs.get(parent), Expr::Block { .. }))
        }) else {
            return false;
        };
        let mut inner = at;
        for ancestor in exprs.ancestors(at) {
            let went_well = match exprs.get(ancestor) {
                Expr::Match { first_arm, arms, .. } => exprs
                    .arms(first_arm, arms)
                    .iter()
                    .any(|arm| arm.body == inner && self.is_ok(body, arm.pat)),
                Expr::If { parts, .. } => {
                    let parts = exprs.list(parts);
                    parts[1] == inner
                        && matches!(exprs.get(parts[0]), Expr::Let(let_) if self.is_ok(body, exprs.let_(let_).pat))
                }
                _ => false,
            };
            if went_well {
                return false;
            }
            if ancestor == statement {
                return true;
            }
            inner = ancestor;
        }
        false
    }

    fn is_ok(&self, body: BodyId, pat: crate::facts::rust::PatId) -> bool {
        let rust = self.code.symbols.rust_of(body);
        let Pat::TupleStruct(path, _) = rust.exprs.pat(pat) else { return false };
        rust.exprs.path(*path).segments.last().is_some_and(|name| matches!(rust.name(*name), "Ok" | "Some"))
    }
}

struct Ends<'e, 'a> {
    code: &'e Code<'e, 'a>,
    reach: &'e Reach,
    /// Where the server is started, or what leads to it.
    serving: BTreeMap<BodyId, BTreeSet<ExprId>>,
}

impl Ends<'_, '_> {
    /// Whether the same block, or one around it, ends the process after the print and before anything is served.
    fn precede(&self, body: BodyId, at: ExprId, depth: usize) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let mut inner = at;
        // Whether `main` has nothing left to do but to give back a value.
        let mut is_last = true;
        for ancestor in exprs.ancestors(at) {
            if let Expr::Block { stmts, .. } = exprs.get(ancestor) {
                let after = exprs.list(stmts).iter().skip_while(|statement| **statement != inner).skip(1);
                for statement in after {
                    if self.serves(body, *statement) {
                        return false;
                    }
                    if self.ends(body, *statement) {
                        return true;
                    }
                    is_last &= self.does_nothing(body, *statement);
                }
            }
            // What a task or a handler does is no part of what follows it.
            let is_apart = match exprs.get(ancestor) {
                Expr::Loop { .. } => true,
                Expr::Closure(_) | Expr::Async(_) => !self.runs_in_place(body, ancestor),
                _ => false,
            };
            if is_apart {
                return false;
            }
            inner = ancestor;
        }
        if !is_last || self.code.symbols.name(body) == "main" {
            return is_last;
        }
        // The last words of what `main` does last are the process's.
        let callers = self.reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
        let [(caller, at)] = callers else { return false };
        // A handler is only named.
        let is_called =
            matches!(self.code.symbols.rust_of(*caller).exprs.get(*at), Expr::Call(..) | Expr::Method(_));
        is_called && depth < MAX_DEPTH && self.precede(*caller, *at, depth + 1)
    }

    /// Whether a closure or a block of async code runs where it stands: `.unwrap_or_else(|error| …)`, `.block_on(async …)`.
    fn runs_in_place(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.code.symbols.rust_of(body);
        let Some(parent) = rust.exprs.parent(at) else { return false };
        match rust.exprs.get(parent) {
            Expr::Await(_) => true,
            Expr::Method(call) => matches!(
                rust.name(rust.exprs.method(call).name),
                "block_on" | "unwrap_or_else" | "or_else" | "map_err" | "inspect_err" | "map_or_else"
            ),
            _ => false,
        }
    }

    /// A value that is made of names: `ExitCode::FAILURE`, `Err(error)`.
    fn does_nothing(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Path(_) | Expr::Int(_) | Expr::Str(_) | Expr::Bool(_) | Expr::Literal => true,
            Expr::Tuple(list) => list.len == 0,
            Expr::Call(_, args) => {
                let calls = self.code.calls.flow(body).edges.iter().any(|edge| edge.at == at);
                !calls && exprs.list(args).iter().all(|arg| self.does_nothing(body, *arg))
            }
            Expr::Method(call) => self.does_nothing(body, exprs.method(call).receiver),
            Expr::Macro(_) => {
                let node = self.code.calls.flow(body).site(at);
                let says = |node| {
                    [Means::Print, Means::Log].iter().any(|m| self.code.symbols.means(node, *m).is_some())
                };
                node.is_some_and(says)
            }
            _ => false,
        }
    }

    fn serves(&self, body: BodyId, statement: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        self.serving
            .get(&body)
            .into_iter()
            .flatten()
            .any(|at| *at == statement || exprs.ancestors(*at).any(|ancestor| ancestor == statement))
    }

    /// Whether the process, or `main`, is over once this has run, whichever way it takes.
    fn ends(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let flow = self.code.calls.flow(body);
        let is_exit = |node| self.code.symbols.means(node, Means::Exit).is_some();
        if flow.site(at).is_some_and(is_exit) {
            return true;
        }
        match exprs.get(at) {
            Expr::Return(_) => self.code.symbols.name(body) == "main",
            // What is run later, or elsewhere.
            Expr::Closure(_) | Expr::Async(_) => false,
            Expr::If { parts, has_else } => {
                let parts = exprs.list(parts);
                let branches = &parts[1..];
                self.ends(body, parts[0])
                    || has_else && branches.iter().all(|branch| self.ends(body, *branch))
            }
            Expr::Match { scrutinee, first_arm, arms } => {
                let arms = exprs.arms(first_arm, arms);
                self.ends(body, scrutinee)
                    || !arms.is_empty() && arms.iter().all(|arm| self.ends(body, arm.body))
            }
            _ => {
                let leaves = flow.edges.iter().any(|edge| edge.at == at && self.never_returns(edge.to));
                leaves || exprs.children(at).iter().any(|child| self.ends(body, *child))
            }
        }
    }

    /// A function of the tree whose last statement exits.
    fn never_returns(&self, to: Target) -> bool {
        let Target::Body(id) = to else { return false };
        let exprs = &self.code.symbols.rust_of(id).exprs;
        self.code.symbols.body(id).kind == BodyKind::Fn
            && self.code.symbols.body(id).roots.iter().any(|root| {
                let last = match exprs.get(*root) {
                    Expr::Block { stmts, .. } => exprs.list(stmts).last().copied(),
                    _ => None,
                };
                let node = last.and_then(|last| self.code.calls.flow(id).site(last));
                node.is_some_and(|node| self.code.symbols.means(node, Means::Exit).is_some())
            })
    }
}
