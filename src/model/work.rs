//! The work of a service: what it runs for each request, message or connection, again and again, as opposed to what it
//! runs once when it starts.
//!
//! A panic, a blocking call or a new client costs little at the start and much here. Work begins where a framework is
//! handed a function: as a handler of a route, as a middleware, as a method of one of its traits; and in the body of a
//! loop that takes connections or messages. From there calls are followed as far as they are evident.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::rust::{Expr, ExprId, ItemKind};
use crate::knowledge::Means;
use crate::model::calls::{Edge, Target};
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};

/// When a piece of code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    /// Once, or now and then, but for no request.
    Start,
    /// For each request or message, on the thread that serves others as well.
    Work,
    /// For each request or message, on a thread of its own.
    Aside,
}

/// What runs for each request or message.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// Functions that a framework hands a request or a message to.
    entries: BTreeSet<BodyId>,
    all: Parts,
    /// The same without what runs on a thread of its own.
    direct: Parts,
}

#[derive(Clone, Debug, Default)]
struct Parts {
    /// Functions that run as a whole.
    bodies: BTreeSet<BodyId>,
    /// Parts of functions: closures that are handlers, loops that take messages.
    parts: BTreeMap<BodyId, Vec<ExprId>>,
}

impl Work {
    /// `loops` are those that work and wait without a framework.
    pub(crate) fn of(code: &Code<'_, '_>, reach: &Reach, loops: &[(BodyId, ExprId)]) -> Self {
        let mut finder = Finder { code, reach, found: Parts::default(), open: Vec::new() };
        for body in reach.bodies.keys() {
            finder.begin_in(*body);
        }
        for (body, site) in &reach.sites {
            finder.begin_at(*body, site.at, site.node);
        }
        for id in &reach.types {
            for method in &code.symbols.ty(*id).called_from_outside {
                finder.begin_with_method(*method);
            }
        }
        for (body, at) in loops {
            finder.add_part(*body, *at);
        }
        let begin = finder.found.clone();
        let entries = begin.bodies.clone();
        let open = finder.open.clone();
        finder.follow(true);
        let all = std::mem::replace(&mut finder.found, begin);
        finder.open = open;
        finder.follow(false);
        Self { entries, all, direct: finder.found }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.bodies.is_empty() && self.all.parts.is_empty()
    }

    /// Whether a framework calls a function with what it takes from outside.
    pub(crate) fn is_entry(&self, body: BodyId) -> bool {
        self.entries.contains(&body)
    }

    /// When an expression of a reached body runs.
    pub(crate) fn phase(&self, code: &Code<'_, '_>, body: BodyId, at: ExprId) -> Phase {
        if self.direct.holds(code, body, at) && !is_aside(code, body, at) {
            Phase::Work
        } else if self.all.holds(code, body, at) {
            Phase::Aside
        } else {
            Phase::Start
        }
    }
}

impl Parts {
    fn holds(&self, code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
        if self.bodies.contains(&body) {
            return true;
        }
        let Some(parts) = self.parts.get(&body) else { return false };
        let exprs = &code.symbols.rust_of(body).exprs;
        parts.contains(&at) || exprs.ancestors(at).any(|ancestor| parts.contains(&ancestor))
    }
}

/// Whether an expression stands in what is handed to a thread that may block: `spawn_blocking(|| …)`.
fn is_aside(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let mut inner = at;
    for ancestor in exprs.ancestors(at) {
        let is_handed = match exprs.get(ancestor) {
            Expr::Call(callee, _) => callee != inner,
            Expr::Method(call) => exprs.method(call).receiver != inner,
            _ => false,
        };
        let site = code.calls.flow(body).site(ancestor);
        if is_handed && site.is_some_and(|node| code.symbols.means(node, Means::BlockingAside).is_some()) {
            return true;
        }
        inner = ancestor;
    }
    false
}

struct Finder<'f, 'a> {
    code: &'f Code<'f, 'a>,
    reach: &'f Reach,
    found: Parts,
    open: Vec<BodyId>,
}

impl Finder<'_, '_> {
    fn add(&mut self, body: BodyId) {
        if self.reach.bodies.contains_key(&body) && self.found.bodies.insert(body) {
            self.open.push(body);
        }
    }

    fn add_part(&mut self, body: BodyId, at: ExprId) {
        self.found.parts.entry(body).or_default().push(at);
    }

    /// Functions that a body names as values: an `async fn` is handed over to be called by somebody else, a function with
    /// a route's attribute by its framework.
    fn begin_in(&mut self, body: BodyId) {
        let code = self.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        for edge in &code.calls.flow(body).edges {
            let Target::Body(target) = edge.to else { continue };
            if !matches!(exprs.get(edge.at), Expr::Path(_)) || !self.reach.runs(code, body, edge.at) {
                continue;
            }
            let is_async = code.symbols.function(target).is_some_and(|function| function.is_async);
            if (is_async && self.is_argument(body, edge.at)) || self.has_route_attribute(target) {
                self.add(target);
            }
        }
    }

    /// `get(handler)`, `spawn(worker)` is not this: a task that is started once is no work of a request.
    fn is_argument(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let Some(parent) = exprs.parent(at) else { return false };
        let args = match exprs.get(parent) {
            Expr::Call(_, args) => args,
            Expr::Method(call) => exprs.method(call).args,
            _ => return false,
        };
        exprs.list(args).contains(&at) && !self.means(body, parent, Means::Spawn)
    }

    fn has_route_attribute(&self, id: BodyId) -> bool {
        let symbols = self.code.symbols;
        let body = symbols.body(id);
        let rust = symbols.rust_of(id);
        rust.item(body.item).attrs.iter().any(|attr| {
            let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
            matches!(symbols.resolve_marked(body.module, &names, "#", ""),
                Res::Known(node) if symbols.means(node, Means::RouteAttribute).is_some())
        })
    }

    /// Functions and closures that are handed to a router, and loops that take messages or connections.
    fn begin_at(&mut self, body: BodyId, at: ExprId, node: crate::knowledge::Node) {
        let code = self.code;
        let takes_handler = [Means::Handler, Means::Route, Means::Resource, Means::Fallback, Means::Handlers]
            .iter()
            .any(|means| code.symbols.means(node, *means).is_some());
        if takes_handler {
            self.begin_in_arguments(body, at);
        }
        let is_looped = code
            .symbols
            .items(node)
            .any(|item| item.in_loop && matches!(item.means, Some(Means::Server | Means::Consumer)));
        if is_looped {
            let exprs = &code.symbols.rust_of(body).exprs;
            let is_loop = |at: &ExprId| matches!(exprs.get(*at), Expr::Loop { .. });
            if let Some(part) = exprs.ancestors(at).find(is_loop) {
                self.add_part(body, part);
            }
        }
    }

    fn begin_in_arguments(&mut self, body: BodyId, at: ExprId) {
        let code = self.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let mut open: Vec<ExprId> = exprs.args(at).to_vec();
        while let Some(at) = open.pop() {
            match exprs.get(at) {
                Expr::Closure(_) => self.add_part(body, at),
                Expr::Path(_) => {
                    if let Res::Body(id) = code.calls.flow(body).resolved(at)
                        && code.symbols.body(id).kind == BodyKind::Fn
                    {
                        self.add(id);
                    }
                }
                // A callee is called here and now, and gives back what is handed over.
                Expr::Call(_, args) => open.extend(exprs.list(args)),
                _ => open.extend(exprs.children(at)),
            }
        }
    }

    /// Methods of a trait that some crate calls: a gRPC service's, a `tower::Service`'s, an extractor's.
    fn begin_with_method(&mut self, method: BodyId) {
        let symbols = self.code.symbols;
        let is_async = symbols.function(method).is_some_and(|function| function.is_async);
        if is_async || symbols.name(method) == "call" {
            self.add(method);
        }
    }

    fn follow(&mut self, also_aside: bool) {
        let parts: Vec<(BodyId, ExprId)> =
            self.found.parts.iter().flat_map(|(body, parts)| parts.iter().map(|at| (*body, *at))).collect();
        for (body, part) in parts {
            let exprs = &self.code.symbols.rust_of(body).exprs;
            let edges = self.code.calls.flow(body).edges.iter();
            let inside: Vec<Edge> = edges
                .filter(|edge| edge.at == part || exprs.ancestors(edge.at).any(|at| at == part))
                .copied()
                .collect();
            self.follow_edges(body, &inside, also_aside);
        }
        while let Some(body) = self.open.pop() {
            let edges = &self.code.calls.flow(body).edges;
            self.follow_edges(body, edges, also_aside);
        }
    }

    fn follow_edges(&mut self, body: BodyId, edges: &[Edge], also_aside: bool) {
        for edge in edges {
            if let Target::Body(target) = edge.to
                && self.reach.runs(self.code, body, edge.at)
                && self.code.symbols.body(target).kind != BodyKind::Value
                && !self.makes_items(target)
                && (also_aside || !is_aside(self.code, body, edge.at))
            {
                self.add(target);
            }
        }
    }

    /// Whether a macro expands to items: it is called where it declares them, and runs nothing there.
    fn makes_items(&self, id: BodyId) -> bool {
        let body = self.code.symbols.body(id);
        matches!(&self.code.symbols.rust_of(id).item(body.item).kind,
            ItemKind::MacroRules { items, .. } if !items.is_empty())
    }

    fn means(&self, body: BodyId, at: ExprId, means: Means) -> bool {
        self.code.calls.flow(body).site(at).is_some_and(|node| self.code.symbols.means(node, means).is_some())
    }
}
