//! Clients and pools that are made again for each request: what they hold open is opened again as well.

use crate::facts::rust::{Expr, ExprId, LoopKind};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::chain::Chains;
use crate::model::symbols::{BodyId, BodyKind};
use crate::model::work::{Phase, Work};
use crate::span::Span;

/// Whether what is made is kept is looked for through this many callers, and values through as many variables.
const MAX_DEPTH: usize = 5;

/// Calls that are given what makes a value, or the value itself, and keep it.
const KEEPERS: &[&str] = &[
    "get_or_init",
    "get_or_try_init",
    "get_or_insert",
    "get_or_insert_with",
    "or_insert",
    "or_insert_with",
    "or_insert_with_key",
    "or_try_insert_with",
    "get_with",
    "try_get_with",
    "get_or_create",
    "call_once",
    "init",
    "set",
    "insert",
    "replace",
    "push",
    "put",
    "store",
    "swap",
    "manage",
    "app_data",
    "with_state",
    "insert_if_absent",
    "insert_async",
];

/// Methods of a client that ask with it.
const ASKS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "request", "execute"];

/// A client or a pool that is made for each request or message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remade {
    pub(crate) span: Span,
    /// The item's path.
    pub(crate) path: String,
    pub(crate) is_pool: bool,
}

impl Remade {
    pub(crate) fn all(chains: &Chains<'_, '_>, work: &Work) -> Vec<Self> {
        let symbols = chains.code.symbols;
        let mut found = Vec::new();
        for (body, site) in &chains.reach.sites {
            let is_pool = symbols.means(site.node, Means::Pool).is_some();
            let is_client = [Means::HttpClient, Means::GrpcClient]
                .iter()
                .any(|means| symbols.means(site.node, *means).is_some());
            if !(is_pool || is_client)
                || !site.called
                || work.phase(chains.code, *body, site.at) == Phase::Start
                || is_own(chains, *body, site.at)
                || is_kept(chains, work, *body, site.at, MAX_DEPTH)
            {
                continue;
            }
            let span = symbols.span(*body, site.at);
            found.push(Self { span, path: symbols.knowledge.full_path(site.node), is_pool });
        }
        found.sort_by_key(|remade| remade.span);
        found.dedup_by_key(|remade| remade.span);
        found
    }
}

/// Whether it is made of what the caller brings: a client with the proxy of this request cannot be shared.
fn is_own(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    let own = exprs.args(at);
    let links =
        chains.before(body, at).into_iter().chain(chains.after(body, at).into_iter().take_while(|link| {
            // What is called on the client itself says nothing of how it is made.
            link.body == body && !ASKS.contains(&link.name)
        }));
    own.iter().any(|arg| varies(chains, body, *arg, MAX_DEPTH))
        || links
            .filter(|link| !matches!(link.name, "expect" | "context" | "map_err" | "unwrap_or_else"))
            .any(|link| link.args.iter().any(|arg| varies(chains, link.body, *arg, MAX_DEPTH)))
}

/// Whether a value depends on what the function was given.
fn varies(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, depth: usize) -> bool {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    let flow = chains.code.calls.flow(body);
    match (exprs.get(at), flow.binding(at).map(|binding| binding.source)) {
        (Expr::Path(_), Some(Source::Value(value) | Source::Part(value, _))) => {
            depth == 0 || varies(chains, body, value, depth - 1)
        }
        (Expr::Path(_), Some(Source::Param(_) | Source::Other)) | (Expr::Closure(_), _) => true,
        // A builder holds what its caller brought.
        (Expr::Path(path), None) => {
            let rust = chains.code.symbols.rust_of(body);
            let is_self = matches!(*exprs.path(path).segments, [name] if rust.name(name) == "self");
            is_self && chains.code.symbols.name(body) == "build"
        }
        _ => exprs.children(at).iter().any(|child| varies(chains, body, *child, depth)),
    }
}

/// Whether what is made stays: it goes into a cell, a map or a field, here or where the function is called.
fn is_kept(chains: &Chains<'_, '_>, work: &Work, body: BodyId, at: ExprId, depth: usize) -> bool {
    let code = chains.code;
    if code.symbols.body(body).kind != BodyKind::Fn {
        return true;
    }
    let mut places = vec![at];
    places.extend(variables(chains, body, at));
    if places
        .iter()
        .any(|place| goes_into_keeper(chains, body, *place) || is_in_later_loop(chains, body, at, *place))
    {
        return true;
    }
    // Who calls may keep only what it is given.
    if depth == 0 || !places.iter().any(|place| is_given(chains, body, *place)) {
        return false;
    }
    let Some(callers) = chains.reach.bodies.get(&body) else { return false };
    let working: Vec<&(BodyId, ExprId)> =
        callers.iter().filter(|(caller, call)| work.phase(code, *caller, *call) != Phase::Start).collect();
    let keeps = |(caller, call): &&(BodyId, ExprId)| is_kept(chains, work, *caller, *call, depth - 1);
    // Further out nearly everything is called by something that keeps nothing.
    if depth == MAX_DEPTH {
        !working.is_empty() && working.iter().all(keeps)
    } else {
        working.iter().any(keeps)
    }
}

/// Whether what is made at `at` is used again and again by a loop after it.
fn is_in_later_loop(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, used: ExprId) -> bool {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    exprs.ancestors(used).any(|ancestor| {
        // A bounded loop is over with the request.
        matches!(exprs.get(ancestor), Expr::Loop { kind: LoopKind::Loop, .. })
            && !exprs.ancestors(at).any(|own| own == ancestor)
    })
}

/// Whether a function gives a value back: what is asked with a client is not the client.
fn is_given(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    let mut inner = at;
    for ancestor in exprs.ancestors(at) {
        match exprs.get(ancestor) {
            Expr::Return(_) => return true,
            Expr::Block { stmts, has_tail } if !has_tail || exprs.list(stmts).last() != Some(&inner) => {
                return false;
            }
            Expr::Method(_) if asks(chains, body, ancestor, inner) => return false,
            Expr::Let(_) | Expr::Loop { .. } => return false,
            _ => {}
        }
        inner = ancestor;
    }
    true
}

/// Whether an expression asks something with the client at `client`.
fn asks(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, client: ExprId) -> bool {
    let rust = chains.code.symbols.rust_of(body);
    let Expr::Method(call) = rust.exprs.get(at) else { return false };
    let call = rust.exprs.method(call);
    call.receiver == client && ASKS.contains(&rust.name(call.name))
}

/// The uses of every variable that holds the value, or something that is made of it.
fn variables(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Vec<ExprId> {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    let flow = chains.code.calls.flow(body);
    let mut found: Vec<ExprId> = Vec::new();
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        let mut inner = at;
        for ancestor in exprs.ancestors(at) {
            if asks(chains, body, ancestor, inner) {
                break;
            }
            inner = ancestor;
            let Expr::Let(let_) = exprs.get(ancestor) else { continue };
            let Some(init) = exprs.let_(let_).init else { continue };
            let is_of = |source: Source| matches!(source, Source::Value(value) | Source::Part(value, _) if value == init);
            for used in flow.uses_where(|binding| is_of(binding.source)) {
                if !found.contains(&used) {
                    found.push(used);
                    open.push(used);
                }
            }
        }
    }
    found
}

/// Whether a value is assigned, or is an argument of what keeps it.
fn goes_into_keeper(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = chains.code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut inner = at;
    for ancestor in exprs.ancestors(at) {
        let keeps = match exprs.get(ancestor) {
            Expr::Assign(_, value) => value == inner,
            Expr::Method(call) => {
                let call = exprs.method(call);
                call.receiver != inner && KEEPERS.contains(&rust.name(call.name))
            }
            Expr::Call(callee, _) => match exprs.get(callee) {
                Expr::Path(path) if callee != inner => {
                    let names = &exprs.path(path).segments;
                    names.last().is_some_and(|name| KEEPERS.contains(&rust.name(*name)))
                }
                _ => false,
            },
            _ => false,
        };
        if keeps {
            return true;
        }
        inner = ancestor;
    }
    false
}
