//! Calls that block a thread of the async runtime, on which other requests wait.
//!
//! That a call belongs to a request does not say where it runs: a server may give each connection a thread. It runs on
//! the runtime in an `async fn` or an `async` block, and in the functions that such code calls by name. What a closure
//! holds counts only where the closure is known to be called at once: others are often handed to a thread of their own.

use std::collections::BTreeMap;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::{Edge, Target};
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::model::work::{Phase, Work};
use crate::span::Span;

/// Methods of options, results and iterators that call their closure at once.
const CALLED_AT_ONCE: &[&str] = &[
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "and_then",
    "or_else",
    "unwrap_or_else",
    "unwrap_or_default",
    "ok_or_else",
    "then",
    "filter",
    "filter_map",
    "flat_map",
    "for_each",
    "try_for_each",
    "fold",
    "try_fold",
    "find",
    "find_map",
    "any",
    "all",
    "inspect",
    "is_some_and",
    "is_ok_and",
];

/// Methods that run a future on the thread that calls them, or what they are given once.
const OFF: &[&str] =
    &["block_on", "get_or_init", "get_or_try_init", "get_or_insert_with", "call_once", "call_once_force"];

/// Callers are followed so far.
const MAX_CALLERS: usize = 6;

/// A call that blocks a thread of the runtime for each request or message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocking {
    pub(crate) span: Span,
    /// The item's path.
    pub(crate) path: String,
    /// Whether it takes so little time that many do it on purpose: a file is read.
    pub(crate) is_brief: bool,
    /// Where async code calls the function that it stands in.
    pub(crate) called: Option<Span>,
}

impl Blocking {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach, work: &Work) -> Vec<Self> {
        let symbols = code.symbols;
        let runtime = Runtime::of(code, reach, work);
        let mut found = Vec::new();
        for (body, site) in &reach.sites {
            let Some(item) = symbols.means(site.node, Means::Blocking).filter(|_| site.called) else {
                continue;
            };
            if work.phase(code, *body, site.at) != Phase::Work
                || is_off(code, reach, *body, site.at, MAX_CALLERS)
            {
                continue;
            }
            let called = match place(code, *body, site.at) {
                Place::Async => None,
                Place::Function => match runtime.callers.get(body) {
                    Some(caller) => *caller,
                    None => continue,
                },
                Place::Closure => continue,
            };
            found.push(Self {
                span: symbols.span(*body, site.at),
                path: symbols.knowledge.full_path(site.node),
                is_brief: item.brief,
                called,
            });
        }
        found.sort_by_key(|blocking| blocking.span);
        found.dedup_by_key(|blocking| blocking.span);
        found
    }
}

/// The functions without `async` that run on the runtime.
struct Runtime {
    /// With the first call in async code that leads there; a framework's own call stands nowhere.
    callers: BTreeMap<BodyId, Option<Span>>,
}

impl Runtime {
    fn of(code: &Code<'_, '_>, reach: &Reach, work: &Work) -> Self {
        let mut runtime = Self { callers: BTreeMap::new() };
        let mut open = Vec::new();
        for body in reach.bodies.keys() {
            if is_handler_on_runtime(code, *body) {
                runtime.callers.insert(*body, None);
                open.push(*body);
            }
            for (at, target) in calls(code, reach, work, *body, Place::Async) {
                if runtime.callers.contains_key(&target) {
                    continue;
                }
                runtime.callers.insert(target, Some(code.symbols.span(*body, at)));
                open.push(target);
            }
        }
        while let Some(body) = open.pop() {
            let caller = runtime.callers.get(&body).copied().flatten();
            for (at, target) in calls(code, reach, work, body, Place::Function) {
                if runtime.callers.contains_key(&target) {
                    continue;
                }
                let caller = caller.unwrap_or_else(|| code.symbols.span(body, at));
                runtime.callers.insert(target, Some(caller));
                open.push(target);
            }
        }
        runtime
    }
}

/// The functions without `async` that a body calls in a place of this kind, where it is evident which.
fn calls(
    code: &Code<'_, '_>,
    reach: &Reach,
    work: &Work,
    body: BodyId,
    wanted: Place,
) -> Vec<(ExprId, BodyId)> {
    let symbols = code.symbols;
    let exprs = &symbols.rust_of(body).exprs;
    let edges = &code.calls.flow(body).edges;
    let is_evident = |edge: &Edge| {
        // A method of a trait object may be any of several.
        let others = edges.iter().filter(|other| other.at == edge.at && matches!(other.to, Target::Body(_)));
        matches!(exprs.get(edge.at), Expr::Call(..) | Expr::Method(_)) && others.count() == 1
    };
    let mut found = Vec::new();
    for edge in edges {
        let Target::Body(target) = edge.to else { continue };
        let is_sync = symbols.function(target).is_some_and(|function| !function.is_async);
        if is_sync
            && symbols.body(target).kind == BodyKind::Fn
            && is_evident(edge)
            && reach.runs(code, body, edge.at)
            && work.phase(code, body, edge.at) == Phase::Work
            && place(code, body, edge.at) == wanted
        {
            found.push((edge.at, target));
        }
    }
    found
}

/// Whether all ways to an expression go through a call that waits for a future on its own thread, or that runs what it
/// is given once: `runtime.block_on(…)` in a thread of its own, `cell.get_or_init(…)`.
fn is_off(code: &Code<'_, '_>, reach: &Reach, body: BodyId, at: ExprId, callers: usize) -> bool {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let is_off_here = exprs.ancestors(at).any(|ancestor| match exprs.get(ancestor) {
        Expr::Method(call) => OFF.contains(&rust.name(exprs.method(call).name)),
        _ => false,
    });
    if is_off_here {
        return true;
    }
    let Some(ways) = reach.bodies.get(&body).filter(|ways| callers > 0 && !ways.is_empty()) else {
        return false;
    };
    ways.iter().all(|(caller, call)| *caller != body && is_off(code, reach, *caller, *call, callers - 1))
}

/// What stands around an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// An `async fn` or an `async` block.
    Async,
    /// A function without `async`, on whatever thread that is called.
    Function,
    /// A closure that may be called anywhere.
    Closure,
}

fn place(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> Place {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    for ancestor in exprs.ancestors(at) {
        match exprs.get(ancestor) {
            Expr::Async(_) => return Place::Async,
            Expr::Closure(_) => {
                let is_at_once = exprs.parent(ancestor).is_some_and(|parent| match exprs.get(parent) {
                    Expr::Method(call) => CALLED_AT_ONCE.contains(&rust.name(exprs.method(call).name)),
                    _ => false,
                });
                if !is_at_once {
                    return Place::Closure;
                }
            }
            _ => {}
        }
    }
    match code.symbols.function(body) {
        Some(function) if function.is_async => Place::Async,
        _ => Place::Function,
    }
}

/// A handler without `async` that its framework calls on the runtime all the same.
fn is_handler_on_runtime(code: &Code<'_, '_>, id: BodyId) -> bool {
    let symbols = code.symbols;
    let body = symbols.body(id);
    let rust = symbols.rust_of(id);
    rust.item(body.item).attrs.iter().any(|attr| {
        let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
        let Res::Known(node) = symbols.resolve_marked(body.module, &names, "#", "") else { return false };
        symbols.items(node).any(|item| item.on_runtime)
    })
}
