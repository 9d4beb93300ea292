//! Which server a handle stops: `handle.graceful_shutdown(…)`, `server.handle().stop(true)`.

use super::made::{Made, Origins};
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::chain::Chains;
use crate::model::server::Place;
use crate::model::symbols::BodyId;
use crate::span::Span;

/// The calls of a service that make its servers drain.
pub(super) struct Drains<'d> {
    calls: Vec<Drain<'d>>,
}

struct Drain<'d> {
    span: Span,
    /// `None`: of any.
    framework: Option<&'d str>,
    /// What the handle is made of; `None` where there is one server alone.
    handle: Option<Origins>,
}

impl<'d> Drains<'d> {
    pub(super) fn all(chains: &Chains<'_, 'd>, made: &Made) -> Self {
        let mut calls = Vec::new();
        for (body, site) in &chains.reach.sites {
            let Some(item) = chains.code.symbols.means(site.node, Means::Drain) else { continue };
            if !site.called || stops_at_once(chains, *body, site.at) {
                continue;
            }
            let exprs = &chains.code.symbols.rust_of(*body).exprs;
            let handle = match exprs.get(site.at) {
                Expr::Method(call) if !made.is_empty() => Some(exprs.method(call).receiver),
                _ => None,
            };
            let handle = handle.map(|handle| Origins::of(chains, *body, handle));
            let span = chains.code.symbols.method_span(*body, site.at);
            calls.push(Drain { span, framework: item.framework.as_deref(), handle });
        }
        Self { calls }
    }

    /// A call that makes the server drain. A handle that may be of any server counts for each.
    pub(super) fn of(&self, server: Place, framework: &str, made: &Made) -> Option<Span> {
        let of_framework = |own: &str| own == framework || framework.starts_with(own);
        let own = self.calls.iter().filter(|call| call.framework.is_none_or(of_framework));
        let found = own.filter_map(|call| Some((call.is_of(server, made)?, call.span)));
        found.max_by_key(|(is_certain, _)| *is_certain).map(|(_, span)| span)
    }
}

impl Drain<'_> {
    /// `None` for a handle of other servers; otherwise whether it is certain that it is of this one.
    fn is_of(&self, server: Place, made: &Made) -> Option<bool> {
        let Some(handle) = &self.handle else { return Some(true) };
        let is_part = |place: &Place, of: &Origins| handle.servers.contains(place) || handle.shares(of);
        let Some(own) = made.get(&server) else { return Some(false) };
        if is_part(&server, own) {
            return Some(true);
        }
        let others: Vec<&Place> =
            made.iter().filter(|(place, of)| is_part(place, of)).map(|(place, _)| place).collect();
        // A handle that a server gave is of no other one; one that was given to a server may be given to more.
        let is_known = handle.is_complete
            && !others.is_empty()
            && (own.is_complete || others.iter().all(|place| handle.servers.contains(place)));
        (!is_known).then_some(false)
    }
}

/// `handle.stop(false)`.
fn stops_at_once(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    let Expr::Method(call) = exprs.get(at) else { return false };
    matches!(exprs.list(exprs.method(call).args), [only] if exprs.get(*only) == Expr::Bool(false))
}
