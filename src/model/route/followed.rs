//! Whether what answers requests can be followed to what makes it.

use crate::facts::rust::{Expr, ExprId};
use crate::model::calls::Source;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};

/// Routers pass through at most this many variables and functions.
pub(crate) const MAX_DEPTH: usize = 24;

/// Whether a router can be followed to what makes it: a function of the tree, or an item that is known.
pub(crate) fn is_followed(
    code: &Code<'_, '_>,
    reach: &Reach,
    body: BodyId,
    at: ExprId,
    depth: usize,
) -> bool {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let flow = code.calls.flow(body);
    let below = |body, at| depth > 0 && is_followed(code, reach, body, at, depth - 1);
    let gives = |id: BodyId| code.symbols.body(id).roots.iter().all(|root| below(id, *root));
    match exprs.get(at) {
        Expr::Closure(_) => true,
        // Lists of handlers; what else a macro makes is not seen.
        Expr::Macro(_) => flow.site(at).is_some(),
        Expr::Array(items) => exprs.list(items).iter().all(|item| below(body, *item)),
        Expr::Await(inner) | Expr::Try(inner) | Expr::Async(inner) => below(body, inner),
        Expr::Block { stmts, has_tail: true } => {
            exprs.list(stmts).last().is_some_and(|tail| below(body, *tail))
        }
        Expr::If { parts, has_else: true } => exprs.list(parts)[1..].iter().all(|part| below(body, *part)),
        Expr::Match { first_arm, arms, .. } => {
            exprs.arms(first_arm, arms).iter().all(|arm| below(body, arm.body))
        }
        Expr::Method(call) => match flow.resolved(at) {
            Res::Body(callee) => gives(callee),
            _ => below(body, exprs.method(call).receiver),
        },
        Expr::Call(callee, args) => match (flow.resolved(at), exprs.list(args)) {
            (Res::Body(callee), _) => gives(callee),
            (Res::Known(_), _) => true,
            // `Some(router)`, `Shared::new(router)`; a function of another crate gives what it wants.
            (_, [only]) => names_type(code, body, callee) && below(body, *only),
            _ => false,
        },
        Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
            Some(Source::Value(value) | Source::Part(value, _)) => below(body, value),
            Some(Source::Param(position)) => {
                let callers = reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
                !callers.is_empty()
                    && callers.iter().all(|(caller, call)| {
                        let exprs = &code.symbols.rust_of(*caller).exprs;
                        let args = exprs.args(*call);
                        args.get(position).is_some_and(|arg| below(*caller, *arg))
                    })
            }
            Some(Source::Other) => false,
            None => match flow.resolved(at) {
                Res::Body(id) => code.symbols.body(id).kind == BodyKind::Fn || gives(id),
                _ => false,
            },
        },
        _ => false,
    }
}

/// `Some`, `Box::new`: what a type's own name, or a function of a type, makes.
fn names_type(code: &Code<'_, '_>, body: BodyId, callee: ExprId) -> bool {
    let rust = code.symbols.rust_of(body);
    let Expr::Path(path) = rust.exprs.get(callee) else { return false };
    let last = rust.exprs.path(path).segments.iter().rev().take(2);
    last.into_iter().any(|name| rust.name(*name).starts_with(char::is_uppercase))
}
