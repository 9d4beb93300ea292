//! Middleware of one's own that refuses strangers.

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::Site;
use crate::model::layers::End;
use crate::model::reach::Code;
use crate::model::symbols::{BodyId, Res};

/// Methods by which middleware learns what is asked for: it may let some paths pass.
const LOOKS_AT_PATH: &[&str] = &["match_pattern", "path", "uri"];

/// Whether middleware that a function makes refuses whoever has not said who they are, whatever they ask for:
/// `from_fn(authorise)`, where that gives `StatusCode::UNAUTHORIZED` and does not look at the path.
pub(super) fn refuses_strangers(code: &Code<'_, '_>, body: BodyId, site: &Site) -> bool {
    if code.symbols.means(site.node, Means::Around).is_none() {
        return false;
    }
    let exprs = &code.symbols.rust_of(body).exprs;
    exprs.args(site.at).iter().any(|arg| match code.calls.flow(body).resolved(*arg) {
        Res::Body(id) => code.symbols.body(id).roots.iter().any(|root| refuses(code, id, *root)),
        _ => refuses(code, body, *arg),
    })
}

/// Whether the router that a layer is put around is only used in some cases.
pub(super) fn is_conditional(code: &Code<'_, '_>, end: End) -> bool {
    let End::Router(body, at) = end else { return false };
    let exprs = &code.symbols.rust_of(body).exprs;
    exprs.ancestors(at).any(|above| matches!(exprs.get(above), Expr::If { .. } | Expr::Match { .. }))
}

fn refuses(code: &Code<'_, '_>, body: BodyId, root: ExprId) -> bool {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let is_within = |at: ExprId| at == root || exprs.ancestors(at).any(|above| above == root);
    let looks_at_path = || {
        let mut next = vec![root];
        while let Some(at) = next.pop() {
            if let Expr::Method(call) = exprs.get(at)
                && LOOKS_AT_PATH.contains(&rust.name(exprs.method(call).name))
            {
                return true;
            }
            next.extend(exprs.children(at));
        }
        false
    };
    let mut sites = code.calls.flow(body).sites.iter().filter(|site| is_within(site.at));
    sites.any(|site| code.symbols.means(site.node, Means::Refusal).is_some()) && !looks_at_path()
}
