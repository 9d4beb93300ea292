//! How long a server that was told to stop waits for what is in flight.

use super::{Limit, Stop};
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::chain::Chains;
use crate::model::clients::enclosing_timeout;
use crate::model::symbols::BodyId;

/// A time-out around the server is looked for in so many callers.
pub(super) const MAX_CALLERS: usize = 2;

/// Only a method of the server's own chain waits without end (`with_graceful_shutdown`); a handle is told how long.
pub(super) fn limit(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, item: &Item, stop: &Stop) -> Limit {
    if !matches!(stop, Stop::Drains(_)) {
        return Limit::NotAsked;
    }
    let (before, after) = (chains.before(body, at), chains.after(body, at));
    let own = before.iter().chain(&after).find(|link| item.drained_by.iter().any(|name| name == link.name));
    // A second argument is the time-out: `run_with_graceful_shutdown(acceptor, signal, Some(limit))`.
    let Some(own) = own.filter(|link| link.args.len() <= 1 || link.at != at) else { return Limit::NotAsked };
    if let Some(span) = enclosing_timeout(chains, body, at, MAX_CALLERS) {
        return Limit::Set(span);
    }
    let mut places = vec![(body, at), (own.body, own.at)];
    places.extend(chains.tops(body, at));
    places.extend(chains.reach.bodies.get(&body).into_iter().flatten().copied());
    for (body, at) in places {
        let code = chains.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        for ancestor in std::iter::once(at).chain(exprs.ancestors(at)) {
            match exprs.get(ancestor) {
                Expr::Macro(call) if exprs.macro_(call).arms.len() > 1 => {
                    return Limit::Set(code.symbols.span_of_head(body, ancestor));
                }
                Expr::Call(..) | Expr::Method(_) if code.means(body, ancestor, Means::Spawn) => {
                    if let Some(span) = enclosing_timeout(chains, body, ancestor, 0) {
                        return Limit::Set(span);
                    }
                    return Limit::Unclear(
                        "the server runs in a task, which may be ended from elsewhere".into(),
                    );
                }
                _ => {}
            }
        }
    }
    Limit::Nothing
}
