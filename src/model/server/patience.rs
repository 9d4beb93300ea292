//! How long a server that was told to stop keeps on serving what is in flight, where that is written or its framework
//! says it.

use std::time::Duration;

use super::drain::MAX_CALLERS;
use super::{Limit, Stop};
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::chain::Chains;
use crate::model::clients::timeout_around;
use crate::model::symbols::BodyId;
use crate::model::value::Values;
use crate::span::Span;

/// The longest time that a drain takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) length: Duration,
    /// Where it is written, or the server whose framework has it as its default.
    pub(crate) span: Span,
    pub(crate) is_default: bool,
}

/// `None` where nothing bounds the drain, or what does is not written down.
pub(super) fn patience(
    chains: &Chains<'_, '_>,
    body: BodyId,
    at: ExprId,
    item: &Item,
    (stop, limit): (&Stop, &Limit),
) -> Option<Patience> {
    let symbols = chains.code.symbols;
    let values = Values::new(chains.code, chains.reach);
    let written = |body, arg, span| {
        let length = values.duration(body, arg)?;
        Some(Patience { length, span, is_default: false })
    };
    let (Stop::ByDefault | Stop::Drains(_)) = stop else { return None };
    let (before, after) = (chains.before(body, at), chains.after(body, at));
    let said = before.iter().chain(&after).find(|link| item.hurried_by.iter().any(|name| name == link.name));
    if let Some(link) = said {
        return written(link.body, *link.args.first()?, symbols.method_span(link.body, link.at));
    }
    if let Limit::Set(span) = limit {
        let (body, call) = timeout_around(chains, body, at, MAX_CALLERS)?;
        return written(body, *symbols.rust_of(body).exprs.args(call).first()?, *span);
    }
    if let Stop::Drains(told) = stop {
        // `handle.graceful_shutdown(Some(limit))`, `run_with_graceful_shutdown(acceptor, signal, Some(limit))`.
        let drains = |node| symbols.means(node, Means::Drain).is_some();
        let sites = chains.reach.sites.iter().filter(|(_, site)| drains(site.node));
        let mut calls = before.iter().chain(&after).map(|link| (link.body, link.at));
        let mut all =
            std::iter::once((body, at)).chain(&mut calls).chain(sites.map(|(body, site)| (*body, site.at)));
        let own = all.find(|(body, at)| symbols.method_span(*body, *at) == *told);
        let limit = own.and_then(|(body, at)| {
            let exprs = &symbols.rust_of(body).exprs;
            let Expr::Method(call) = exprs.get(at) else { return None };
            exprs.list(exprs.method(call).args).iter().find_map(|arg| written(body, *arg, *told))
        });
        if limit.is_some() {
            return limit;
        }
    }
    item.drain_seconds.map(|seconds| Patience {
        length: Duration::from_secs(seconds),
        span: symbols.span(body, at),
        is_default: true,
    })
}
