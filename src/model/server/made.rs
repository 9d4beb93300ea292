//! What a value is made of: backwards along chains, variables, parameters and the functions that give it.
//!
//! Two servers of one service are kept apart by it: the listener that a server accepts on, the handle that stops it. What
//! answers the requests is left out; [`super::held`] knows that.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::Source;
use crate::model::chain::Chains;
use crate::model::server::Place;
use crate::model::symbols::{BodyId, BodyKind, Res};

/// A value that is made of more than this is not followed to the end.
const MAX_SEEN: usize = 2000;

/// The expressions that a value is made of.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    seen: BTreeSet<Place>,
    /// The servers among them, which are not followed further.
    pub(super) servers: BTreeSet<Place>,
    /// Whether all of it could be followed.
    pub(super) is_complete: bool,
}

/// What each server is made of, by the call that starts it. Empty where there is one server alone.
pub(crate) type Made = BTreeMap<Place, Origins>;

impl Origins {
    /// What the value at a place is made of.
    pub(super) fn of(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Self {
        let mut origins = Self::default();
        origins.add(chains, vec![(body, at)]);
        origins
    }

    /// What a server is made of, and what it is given to: `graceful.watch(connection)`.
    pub(super) fn of_server(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, item: &Item) -> Self {
        let mut origins = Self::default();
        origins.seen.insert((body, at));
        let exprs = &chains.code.symbols.rust_of(body).exprs;
        let is_bind = chains.code.means(body, at, Means::Bind);
        let args = |args: &[ExprId]| -> Vec<Place> {
            let places = args.iter().enumerate();
            let own = places.filter(|(position, _)| !is_bind && item.router_arg != Some(*position));
            own.map(|(_, arg)| (body, *arg)).collect()
        };
        let mut open = match exprs.get(at) {
            Expr::Call(_, list) => args(exprs.list(list)),
            Expr::Method(call) => {
                let call = exprs.method(call);
                let mut open = args(exprs.list(call.args));
                open.push((body, call.receiver));
                open
            }
            _ => Vec::new(),
        };
        for (body, top) in chains.tops(body, at) {
            let exprs = &chains.code.symbols.rust_of(body).exprs;
            if let Some(parent) = exprs.parent(top)
                && let Expr::Method(call) = exprs.get(parent)
            {
                open.push((body, exprs.method(call).receiver));
            }
        }
        origins.add(chains, open);
        origins
    }

    pub(crate) fn holds(&self, place: Place) -> bool {
        self.seen.contains(&place)
    }

    pub(super) fn shares(&self, other: &Self) -> bool {
        !self.seen.is_disjoint(&other.seen)
    }

    fn add(&mut self, chains: &Chains<'_, '_>, mut open: Vec<Place>) {
        while let Some((body, at)) = open.pop() {
            if self.seen.len() > MAX_SEEN {
                self.is_complete = false;
                return;
            }
            if chains.code.means(body, at, Means::Server) {
                self.servers.insert((body, at));
            } else if self.seen.insert((body, at)) {
                self.step(chains, body, at, &mut open);
            }
        }
    }

    fn step(&mut self, chains: &Chains<'_, '_>, body: BodyId, at: ExprId, open: &mut Vec<Place>) {
        let exprs = &chains.code.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Path(_) => self.step_to_source(chains, body, at, open),
            Expr::Block { stmts, has_tail } => {
                let tail = exprs.list(stmts).last().filter(|_| has_tail);
                open.extend(tail.map(|tail| (body, *tail)));
            }
            Expr::Call(_, args) => {
                let args = exprs.list(args);
                Self::step_into(chains, body, at, args, open);
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                Self::step_into(chains, body, at, exprs.list(call.args), open);
                open.push((body, call.receiver));
            }
            _ => open.extend(exprs.children(at).into_iter().map(|child| (body, child))),
        }
    }

    /// The arguments of a call, and what a function of the tree gives. An address says nothing of what listens on it.
    fn step_into(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, args: &[ExprId], open: &mut Vec<Place>) {
        if !chains.code.means(body, at, Means::Bind) {
            open.extend(args.iter().map(|arg| (body, *arg)));
        }
        if let Res::Body(callee) = chains.code.calls.flow(body).resolved(at) {
            let roots = chains.code.symbols.body(callee).roots.iter();
            open.extend(roots.map(|root| (callee, *root)));
        }
    }

    fn step_to_source(&mut self, chains: &Chains<'_, '_>, body: BodyId, at: ExprId, open: &mut Vec<Place>) {
        let code = chains.code;
        let flow = code.calls.flow(body);
        match flow.binding(at).map(|binding| binding.source) {
            Some(Source::Value(value) | Source::Part(value, _)) => open.push((body, value)),
            Some(Source::Param(position)) => {
                let callers = chains.reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
                self.is_complete &= !callers.is_empty();
                for (caller, call) in callers {
                    let exprs = &code.symbols.rust_of(*caller).exprs;
                    let args = exprs.args(*call);
                    match args.get(position) {
                        Some(arg) => open.push((*caller, *arg)),
                        None => self.is_complete = false,
                    }
                }
            }
            Some(Source::Other) => self.is_complete = false,
            None => match flow.resolved(at) {
                Res::Body(id) if code.symbols.body(id).kind == BodyKind::Value => {
                    open.extend(code.symbols.body(id).roots.iter().map(|root| (id, *root)));
                }
                Res::Unknown if is_self(chains, body, at) => self.is_complete = false,
                _ => {}
            },
        }
    }
}

impl Default for Origins {
    fn default() -> Self {
        Self { seen: BTreeSet::new(), servers: BTreeSet::new(), is_complete: true }
    }
}

/// `self`: where the struct was made is not followed.
fn is_self(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = chains.code.symbols.rust_of(body);
    let Expr::Path(path) = rust.exprs.get(at) else { return false };
    matches!(&rust.exprs.path(path).segments[..], [only] if rust.name(*only) == "self")
}
