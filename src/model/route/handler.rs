//! What the handler of a route asks of others: databases, caches, other services.

use std::collections::BTreeSet;

use super::Finder;
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::Target;
use crate::model::symbols::{BodyId, BodyKind, Res, Ty, TypeScope};
use crate::span::Span;

/// Methods that read what other tasks keep: an atomic, a lock, a channel that is watched.
const SHARED: &[&str] = &["load", "read", "lock", "borrow", "get", "is_closed", "try_read", "try_lock"];

/// What the handler of a route asks of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asks {
    /// Calls of what the service depends on, on the evident way from the handler.
    pub(crate) dependencies: Vec<Span>,
    /// Whether the handler was found, all that it waits for could be followed, and it reads nothing that another task
    /// may have found out.
    pub(crate) is_known: bool,
    /// Whether the handler answers that all is well whatever it hears.
    pub(crate) is_deaf: bool,
}

impl Finder<'_, '_, '_> {
    /// What handlers ask.
    pub(super) fn asks(&self, handlers: &[(BodyId, ExprId)]) -> Asks {
        let code = self.values.code;
        let mut open: Vec<(BodyId, ExprId)> = handlers.to_vec();
        let mut found = Asks {
            dependencies: Vec::new(),
            is_known: !open.is_empty(),
            is_deaf: self.always_succeed(handlers),
        };
        let mut seen: BTreeSet<BodyId> = BTreeSet::new();
        while let Some((body, root)) = open.pop() {
            let exprs = &code.symbols.rust_of(body).exprs;
            let flow = code.calls.flow(body);
            let within = |at: ExprId| at == root || exprs.ancestors(at).any(|ancestor| ancestor == root);
            let asks = [Means::Dependency, Means::HttpSend, Means::HttpRequest];
            for site in flow.sites.iter().filter(|site| within(site.at)) {
                if asks.iter().any(|means| code.symbols.means(site.node, *means).is_some()) {
                    found.dependencies.push(code.symbols.span(body, site.at));
                }
            }
            found.is_known &= self.is_followed(body, root);
            found.is_deaf &= !self.may_panic(body, root);
            for edge in flow.edges.iter().filter(|edge| within(edge.at)) {
                match edge.to {
                    Target::Body(target) if code.symbols.body(target).kind != BodyKind::Value => {
                        let is_new = seen.insert(target);
                        let roots = &code.symbols.body(target).roots;
                        open.extend(roots.iter().filter(|_| is_new).map(|root| (target, *root)));
                    }
                    // What is awaited and cannot be followed may ask anything.
                    Target::Named(_) => {
                        let is_awaited =
                            exprs.parent(edge.at).is_some_and(|at| matches!(exprs.get(at), Expr::Await(_)));
                        found.is_known &= !is_awaited;
                    }
                    _ => {}
                }
            }
        }
        found.dependencies.sort();
        found.dependencies.dedup();
        found
    }

    /// Whether all that is waited for here is the tree's own or known, and nothing is read that others keep.
    fn is_followed(&self, body: BodyId, root: ExprId) -> bool {
        let code = self.values.code;
        let rust = code.symbols.rust_of(body);
        let flow = code.calls.flow(body);
        let leads =
            |at: ExprId| flow.edges.iter().any(|edge| edge.at == at && matches!(edge.to, Target::Body(_)));
        let is_seen = |at: ExprId| match rust.exprs.get(at) {
            Expr::Method(_) => flow.site(at).is_some() || leads(at),
            Expr::Call(callee, _) => [at, callee].into_iter().any(|at| flow.site(at).is_some() || leads(at)),
            Expr::Macro(_) => false,
            _ => true,
        };
        let mut open = vec![root];
        while let Some(at) = open.pop() {
            open.extend(rust.exprs.children(at));
            let is_plain = match rust.exprs.get(at) {
                Expr::Await(inner) => is_seen(inner),
                Expr::Method(call) => !SHARED.contains(&rust.name(rust.exprs.method(call).name)),
                // What it answers depends on something that it has.
                Expr::If { .. } | Expr::Match { .. } => false,
                _ => true,
            };
            if !is_plain {
                return false;
            }
        }
        true
    }

    /// The functions and closures that a registration names: `get(handler)`, `.to(handler)`, or the attributed function
    /// itself.
    pub(super) fn handlers(&self, body: BodyId, at: ExprId) -> Vec<(BodyId, ExprId)> {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let flow = code.calls.flow(body);
        let mut found = Vec::new();
        let mut open = match exprs.get(at) {
            Expr::Path(_) => vec![at],
            _ => self.args(body, at),
        };
        while let Some(at) = open.pop() {
            match exprs.get(at) {
                Expr::Closure(_) => found.push((body, at)),
                Expr::Path(_) => {
                    if let Res::Body(id) = flow.resolved(at)
                        && code.symbols.body(id).kind == BodyKind::Fn
                    {
                        let extractors = self.extractors(id);
                        let bodies = std::iter::once(id).chain(extractors);
                        found.extend(
                            bodies.flat_map(|id| {
                                code.symbols.body(id).roots.iter().map(move |root| (id, *root))
                            }),
                        );
                    }
                }
                Expr::Call(_, args) => open.extend(exprs.list(args)),
                _ => open.extend(exprs.children(at)),
            }
        }
        found
    }

    /// What makes a handler's arguments of a request, where the tree says how: a guard may take a connection.
    fn extractors(&self, id: BodyId) -> Vec<BodyId> {
        let symbols = self.values.code.symbols;
        let Some(function) = symbols.function(id) else { return Vec::new() };
        let (body, rust) = (symbols.body(id), symbols.rust_of(id));
        let types = function
            .params
            .iter()
            .map(|param| symbols.type_in(body.module, rust, param.ty, &TypeScope::default(), 0));
        let made = types.filter_map(|ty| match ty {
            Ty::Local(id) => Some(&symbols.ty(id).called_from_outside),
            _ => None,
        });
        made.flatten().copied().filter(|id| symbols.name(*id).starts_with("from_request")).collect()
    }
}
