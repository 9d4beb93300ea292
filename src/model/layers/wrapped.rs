//! What a router holds at a point of its chain.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::{Source, Target};
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};

/// The expressions and functions that some routers are made of.
pub(crate) struct Wrapped<'w, 'a> {
    code: &'w Code<'w, 'a>,
    reach: &'w Reach,
    exprs: BTreeSet<(BodyId, ExprId)>,
    /// Functions that make routers: all that they register is within.
    bodies: BTreeSet<BodyId>,
    /// Whether a route was seen in it.
    pub(crate) has_routes: bool,
    /// Whether it answers what no route is for.
    pub(crate) has_fallback: bool,
    /// Whether all of it could be followed.
    pub(crate) is_complete: bool,
}

impl<'w, 'a> Wrapped<'w, 'a> {
    pub(crate) fn new(code: &'w Code<'w, 'a>, reach: &'w Reach) -> Self {
        let (exprs, bodies) = (BTreeSet::new(), BTreeSet::new());
        Self { code, reach, exprs, bodies, has_routes: false, has_fallback: false, is_complete: true }
    }

    /// Adds all of what another one holds.
    pub(crate) fn extend(&mut self, other: &Wrapped<'_, '_>) {
        self.exprs.extend(&other.exprs);
        self.bodies.extend(&other.bodies);
        self.has_routes |= other.has_routes;
    }

    pub(crate) fn holds(&self, body: BodyId, at: ExprId) -> bool {
        self.bodies.contains(&body) || self.exprs.contains(&(body, at))
    }

    /// Adds what the router at `at` holds: all that its chain has added so far, or at all if the layer wraps everything.
    pub(crate) fn add(&mut self, body: BodyId, at: ExprId) {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let wraps_all = self.items(body, at).any(|item| item.means == Some(Means::Layer) && item.wraps_all);
        let mut top = at;
        while wraps_all && let Some(parent) = exprs.parent(top) {
            match exprs.get(parent) {
                Expr::Method(call) if exprs.method(call).receiver == top => top = parent,
                _ => break,
            }
        }
        self.descend(body, top);
    }

    fn items(&self, body: BodyId, at: ExprId) -> impl Iterator<Item = &'a Item> + use<'a, 'w> {
        let symbols = self.code.symbols;
        self.code.calls.flow(body).site(at).into_iter().flat_map(move |node| symbols.items(node))
    }

    fn descend(&mut self, body: BodyId, at: ExprId) {
        if !self.exprs.insert((body, at)) {
            return;
        }
        let exprs = &self.code.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Method(call) => {
                let call = exprs.method(call);
                let (receiver, args) = (call.receiver, exprs.list(call.args));
                self.descend_into_call(body, at, args);
                self.descend(body, receiver);
            }
            Expr::Call(_, args) => self.descend_into_call(body, at, exprs.list(args)),
            Expr::Path(_) => self.descend_into_name(body, at),
            Expr::Await(inner) | Expr::Try(inner) | Expr::Async(inner) => self.descend(body, inner),
            Expr::Closure(closure) => {
                let inner = exprs.closure(closure).body;
                // What a handler calls gives no router.
                let was_complete = self.is_complete;
                self.add_subtree(body, inner);
                let handles = |call| self.items(body, call).any(|item| item.means == Some(Means::Handler));
                if exprs.parent(at).is_some_and(handles) {
                    self.is_complete = was_complete;
                }
            }
            Expr::Block { stmts, .. } => {
                for statement in exprs.list(stmts) {
                    self.descend(body, *statement);
                }
            }
            Expr::Assign(_, right) => self.descend(body, right),
            Expr::If { .. }
            | Expr::Match { .. }
            | Expr::Macro(_)
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Let(_) => {
                for child in exprs.children(at) {
                    self.descend(body, child);
                }
            }
            _ => {}
        }
    }

    fn descend_into_call(&mut self, body: BodyId, at: ExprId, args: &[ExprId]) {
        let adds = [Means::Route, Means::Resource, Means::Handlers, Means::Fallback];
        let adds_routes =
            self.items(body, at).any(|item| item.means.is_some_and(|means| adds.contains(&means)));
        self.has_routes |= adds_routes;
        self.has_fallback |= self.items(body, at).any(|item| item.means == Some(Means::Fallback));
        let is_call = matches!(self.code.symbols.rust_of(body).exprs.get(at), Expr::Call(..));
        match self.code.calls.flow(body).resolved(at) {
            Res::Body(callee) => self.add_body(callee),
            Res::Known(_) | Res::Type(_) => {}
            // A router that a function of another crate gives; `Some(router)` has one argument, and is what it holds.
            _ if is_call && args.len() != 1 => self.is_complete = false,
            _ => {}
        }
        let address = self.items(body, at).find(|item| item.means == Some(Means::Bind));
        let address = address.map(|item| [Some(item.arg.unwrap_or(0)), item.port_arg]);
        for (position, arg) in args.iter().enumerate() {
            if !address.is_some_and(|positions| positions.contains(&Some(position))) {
                self.descend(body, *arg);
            }
        }
    }

    fn descend_into_name(&mut self, body: BodyId, at: ExprId) {
        let flow = self.code.calls.flow(body);
        if let Res::Body(callee) = flow.resolved(at) {
            return self.add_body(callee);
        }
        match flow.binding(at).map(|binding| binding.source) {
            Some(Source::Value(value)) => {
                self.descend(body, value);
                // `router = router.route(…)` and `config.service(…)` before this use.
                let uses: Vec<ExprId> = flow.uses_of_value(value).filter(|used| *used < at).collect();
                for used in uses {
                    self.descend_around(body, used);
                }
            }
            Some(Source::Param(position)) => {
                for (caller, call) in self.reach.bodies.get(&body).into_iter().flatten() {
                    let exprs = &self.code.symbols.rust_of(*caller).exprs;
                    let args = exprs.args(*call);
                    if let Some(arg) = args.get(position) {
                        self.descend(*caller, *arg);
                    }
                }
            }
            Some(_) => self.is_complete = false,
            None => {}
        }
    }

    /// The chain that begins with a variable.
    fn descend_around(&mut self, body: BodyId, used: ExprId) {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let mut top = used;
        while let Some(parent) = exprs.parent(top) {
            match exprs.get(parent) {
                Expr::Method(call) if exprs.method(call).receiver == top => top = parent,
                _ => break,
            }
        }
        if top != used {
            self.descend(body, top);
        }
    }

    /// Everything that a function of the tree registers, itself or through others.
    fn add_body(&mut self, id: BodyId) {
        if self.code.symbols.body(id).kind == BodyKind::Value || !self.bodies.insert(id) {
            return;
        }
        let flow = self.code.calls.flow(id);
        self.has_routes |= flow.sites.iter().any(|site| {
            [Means::Route, Means::Resource]
                .iter()
                .any(|means| self.code.symbols.means(site.node, *means).is_some())
        });
        self.has_fallback |=
            flow.sites.iter().any(|site| self.code.symbols.means(site.node, Means::Fallback).is_some());
        let targets: Vec<BodyId> = flow
            .edges
            .iter()
            .filter_map(|edge| match edge.to {
                Target::Body(target) if self.reach.bodies.contains_key(&target) => Some(target),
                _ => None,
            })
            .collect();
        for target in targets {
            self.add_body(target);
        }
    }

    fn add_subtree(&mut self, body: BodyId, at: ExprId) {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            self.descend(body, at);
            self.exprs.insert((body, at));
            open.extend(exprs.children(at));
        }
    }
}
