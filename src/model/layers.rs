//! Layers: what stands around which routes.
//!
//! A layer counts where it ends up, not where it is made: the same time-out around a client bounds what the service asks,
//! and not what it answers. From where a layer is made its value is followed outwards, through stacks, variables and
//! functions, to the router that takes it; from there inwards, to the routes that it wraps. axum's layers wrap the routes
//! that a router has so far, actix's all of them.

mod guard;
mod wrapped;

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::{Site, Source};
use crate::model::reach::{Code, Reach};
use crate::model::server::{Held, Place};
use crate::model::symbols::{BodyId, Res};
use crate::model::value::Values;
use crate::span::Span;

pub(crate) use wrapped::Wrapped;

/// A layer passes through at most this many variables and functions.
const MAX_DEPTH: usize = 24;

/// Layers of one meaning in a service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    /// Those that stand around routes, or around the whole server.
    pub(crate) mounted: Vec<Layer>,
    /// Those that a setting may leave out, or that are put around something that cannot be told.
    pub(crate) unclear: Vec<Layer>,
    /// Routes that no mounted layer wraps, where that can be told.
    pub(crate) outside: Vec<Span>,
    /// Routes that a mounted layer wraps in every case.
    pub(crate) inside: Vec<Span>,
    /// Servers around which none stands, while one stands around another server of the service.
    pub(crate) bare: Vec<Span>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layer {
    /// Where it is made.
    pub(crate) span: Span,
    /// The item that makes it.
    pub(crate) path: String,
}

/// Where a layer ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Around what the expression, a router, holds.
    Router(BodyId, ExprId),
    /// Around everything that the server answers that is started there; without a place, that any server does.
    Server(Option<Place>),
    Unclear,
}

impl Layers {
    /// The layers of a meaning, and the routes of `registered` and the servers that they leave out.
    pub(crate) fn of(
        values: &Values<'_, '_>,
        means: Means,
        registered: &[(BodyId, ExprId, Span)],
        held: &Held<'_, '_>,
    ) -> Self {
        let (code, reach) = (values.code, values.reach);
        let mut found = Self::default();
        let mut around = Around::new(code, reach);
        for (body, site) in &reach.sites {
            let is_it = match code.symbols.means(site.node, means) {
                Some(item) => code.holds(*body, site.at, item),
                None => match means {
                    Means::RequestTimeout => bounds_what_it_wraps(code, *body, site),
                    Means::Guard => guard::refuses_strangers(code, *body, site),
                    _ => false,
                },
            };
            if !is_it {
                continue;
            }
            let mut finder = Finder { code, reach, ends: Vec::new(), seen: BTreeSet::new() };
            // What starts the server out of sight brings its own layers.
            let is_whole = [Means::Server, Means::Wrapper]
                .iter()
                .any(|own| code.symbols.means(site.node, *own).is_some());
            if is_whole {
                finder.ends.push((End::Server(None), false));
            } else {
                finder.follow(*body, site.at, false, 0);
            }
            let layer = Layer {
                span: code.symbols.span(*body, site.at),
                path: code.symbols.knowledge.full_path(site.node),
            };
            if means == Means::Guard {
                finder.ends.iter_mut().for_each(|(end, maybe)| *maybe |= guard::is_conditional(code, *end));
            }
            for (end, maybe) in &finder.ends {
                around.add(*end, *maybe, held);
            }
            if finder.ends.iter().any(|(end, maybe)| !maybe && *end != End::Unclear) {
                found.mounted.push(layer);
            } else if !finder.ends.is_empty() {
                found.unclear.push(layer);
            }
        }
        if !around.is_everything && !found.mounted.is_empty() && around.wrapped.is_complete {
            found.outside = registered
                .iter()
                .filter(|(body, at, _)| around.leaves_out(*body, *at, held))
                .map(|(_, _, span)| *span)
                .collect();
        }
        let is_inside = |body, at| around.is_everything || around.wrapped.holds(body, at);
        let inside = registered.iter().filter(|(body, at, _)| is_inside(*body, *at));
        found.inside = inside.map(|(.., span)| *span).collect();
        if held.are_several && !(found.mounted.is_empty() && found.unclear.is_empty()) {
            found.bare = held.without(&around.servers).collect();
        }
        for list in [&mut found.mounted, &mut found.unclear] {
            list.sort();
            list.dedup();
        }
        found.outside.sort();
        found.outside.dedup();
        found
    }
}

/// Whether middleware that a function makes is one that bounds the time of what it stands around:
/// `from_fn(bounded)`, where that runs `timeout(limit, next.run(request))`.
fn bounds_what_it_wraps(code: &Code<'_, '_>, body: BodyId, site: &Site) -> bool {
    if code.symbols.means(site.node, Means::Around).is_none() {
        return false;
    }
    let runs_next = |body: BodyId, at: ExprId| {
        let rust = code.symbols.rust_of(body);
        let is_run = |at: &ExprId| match rust.exprs.get(*at) {
            Expr::Method(call) => matches!(rust.name(rust.exprs.method(call).name), "run" | "call"),
            _ => false,
        };
        code.means(body, at, Means::Timeout) && rust.exprs.args(at).iter().any(is_run)
    };
    let exprs = &code.symbols.rust_of(body).exprs;
    exprs.args(site.at).iter().any(|arg| match code.calls.flow(body).resolved(*arg) {
        Res::Body(id) => code.calls.flow(id).sites.iter().any(|inner| runs_next(id, inner.at)),
        _ => {
            let is_within = |at: ExprId| exprs.ancestors(at).any(|above| above == *arg);
            let inner = code.calls.flow(body).sites.iter().filter(|inner| is_within(inner.at));
            inner.into_iter().any(|inner| runs_next(body, inner.at))
        }
    })
}

/// What all layers of a meaning stand around.
struct Around<'r, 'a> {
    wrapped: Wrapped<'r, 'a>,
    /// Whether one stands around whatever is served.
    is_everything: bool,
    /// Whether one stands around a server among several.
    is_of_server: bool,
    /// The servers that one may stand around.
    servers: BTreeSet<usize>,
}

impl<'r, 'a> Around<'r, 'a> {
    fn new(code: &'r Code<'r, 'a>, reach: &'r Reach) -> Self {
        let wrapped = Wrapped::new(code, reach);
        Self { wrapped, is_everything: false, is_of_server: false, servers: BTreeSet::new() }
    }

    fn add(&mut self, end: End, maybe: bool, held: &Held<'_, '_>) {
        match end {
            End::Router(body, at) => {
                self.servers.extend(held.may_hold(body, at));
                if !maybe {
                    self.wrapped.add(body, at);
                }
            }
            End::Server(place) => {
                let server = place.and_then(|place| held.at(place)).filter(|_| held.are_several);
                self.servers.extend(server.map_or_else(|| held.numbers(), |server| server..server + 1));
                let router = server.and_then(|server| held.router_of(server));
                match router {
                    _ if maybe => {}
                    Some(router) => {
                        self.wrapped.extend(router);
                        self.is_of_server = true;
                    }
                    None => self.is_everything = true,
                }
            }
            End::Unclear => self.servers.extend(held.numbers()),
        }
    }

    /// Whether a route is known to stand outside.
    fn leaves_out(&self, body: BodyId, at: ExprId, held: &Held<'_, '_>) -> bool {
        let is_apart = !self.is_of_server || held.numbers().any(|server| held.holds(server, body, at));
        is_apart && !self.wrapped.holds(body, at)
    }
}

struct Finder<'f, 'a> {
    code: &'f Code<'f, 'a>,
    reach: &'f Reach,
    /// Where the layer ends up, and whether a setting may leave it out.
    ends: Vec<(End, bool)>,
    seen: BTreeSet<(BodyId, ExprId)>,
}

impl Finder<'_, '_> {
    fn follow(&mut self, body: BodyId, at: ExprId, maybe: bool, depth: usize) {
        if depth > MAX_DEPTH || !self.seen.insert((body, at)) {
            return;
        }
        let code = self.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let Some(parent) = exprs.parent(at) else {
            return self.follow_callers(body, maybe, depth);
        };
        match exprs.get(parent) {
            Expr::Method(call) if exprs.method(call).receiver == at => {
                if self.means(body, parent, Means::Server) {
                    return self.ends.push((End::Server(Some((body, parent))), maybe));
                }
                // `ServiceBuilder::new().layer(…).service(router)`.
                if self.means(body, parent, Means::Layer)
                    && let [inner] = exprs.list(exprs.method(call).args)
                {
                    return self.end_around(body, *inner, maybe);
                }
                self.follow(body, parent, maybe, depth + 1);
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                self.as_argument(body, parent, exprs.list(call.args), at, maybe, depth);
            }
            Expr::Call(callee, args) if callee != at => {
                self.as_argument(body, parent, exprs.list(args), at, maybe, depth);
            }
            Expr::Let(let_) if exprs.let_(let_).init == Some(at) => {
                let uses: Vec<ExprId> = code.calls.flow(body).uses_of_value(at).collect();
                for used in uses {
                    self.follow(body, used, maybe, depth + 1);
                }
            }
            Expr::Assign(left, right) if right == at => {
                if let Some(Source::Value(value)) = code.calls.flow(body).binding(left).map(|own| own.source)
                {
                    let uses: Vec<ExprId> =
                        code.calls.flow(body).uses_of_value(value).filter(|used| *used > parent).collect();
                    for used in uses {
                        self.follow(body, used, maybe, depth + 1);
                    }
                }
            }
            Expr::Block { stmts, has_tail } => {
                if has_tail && exprs.list(stmts).last() == Some(&at) {
                    self.follow(body, parent, maybe, depth + 1);
                }
            }
            Expr::If { parts, .. } => {
                if exprs.list(parts).first() != Some(&at) {
                    self.follow(body, parent, true, depth + 1);
                }
            }
            Expr::Match { scrutinee, .. } => {
                if scrutinee != at {
                    self.follow(body, parent, true, depth + 1);
                }
            }
            // `limit.map(TimeoutLayer::new)`, `limit.map(|limit| TimeoutLayer::new(limit))`.
            Expr::Closure(_) => match exprs.parent(parent).map(|outer| (outer, exprs.get(outer))) {
                Some((outer, Expr::Method(_))) => self.follow(body, outer, true, depth + 1),
                _ => self.ends.push((End::Unclear, maybe)),
            },
            Expr::Tuple(_) | Expr::Await(_) | Expr::Try(_) | Expr::Cast(..) => {
                self.follow(body, parent, maybe, depth + 1);
            }
            Expr::Return(_) => self.follow_callers(body, maybe, depth),
            _ => self.ends.push((End::Unclear, maybe)),
        }
    }

    fn follow_callers(&mut self, body: BodyId, maybe: bool, depth: usize) {
        for (caller, at) in self.reach.bodies.get(&body).into_iter().flatten().copied() {
            self.follow(caller, at, maybe, depth + 1);
        }
    }

    fn as_argument(
        &mut self,
        body: BodyId,
        call: ExprId,
        args: &[ExprId],
        at: ExprId,
        maybe: bool,
        depth: usize,
    ) {
        let code = self.code;
        let flow = code.calls.flow(body);
        if self.means(body, call, Means::Layer) {
            return self.ends.push((End::Router(body, call), maybe));
        }
        if self.means(body, call, Means::Server) {
            return self.ends.push((End::Server(Some((body, call))), maybe));
        }
        match flow.resolved(call) {
            Res::Known(node) => {
                let stack = code.symbols.means(node, Means::Stack);
                match stack {
                    Some(item) => self.follow(body, call, maybe || item.optional, depth + 1),
                    None => self.ends.push((End::Unclear, maybe)),
                }
            }
            Res::Body(callee) => {
                let position = args.iter().position(|arg| *arg == at).unwrap_or(0);
                let uses: Vec<ExprId> = code.calls.flow(callee).uses_of_param(position).collect();
                for used in uses {
                    self.follow(callee, used, maybe, depth + 1);
                }
            }
            // `Some(layer)`, `Box::new(layer)`; what else an unknown function does with it cannot be told.
            _ if args.len() == 1 => self.follow(body, call, maybe, depth + 1),
            _ => self.ends.push((End::Unclear, maybe)),
        }
    }

    /// A stack is put around `inner`: a router, or something that is no server's business.
    fn end_around(&mut self, body: BodyId, inner: ExprId, maybe: bool) {
        let mut wrapped = Wrapped::new(self.code, self.reach);
        wrapped.add(body, inner);
        if wrapped.has_routes {
            self.ends.push((End::Router(body, inner), maybe));
        } else if !wrapped.is_complete {
            self.ends.push((End::Unclear, maybe));
        }
    }

    fn means(&self, body: BodyId, at: ExprId, means: Means) -> bool {
        self.code.calls.flow(body).site(at).is_some_and(|node| self.code.symbols.means(node, means).is_some())
    }
}
