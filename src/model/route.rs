//! The routes that a service serves, with the prefixes under which its routers are mounted.
//!
//! Each registration is found where it is written; its prefix is found by following the router that it belongs to
//! outwards: along its chain, into the `nest` or `scope` that takes it, through the variable or the function that holds
//! it. What cannot be followed leaves the prefix open, and the route says so.

mod answer;
mod answered;
pub(crate) mod followed;
mod generated;
mod handler;
mod matched;
mod opaque;
mod purpose;

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, Res};
use crate::model::value::Values;
use crate::span::Span;

pub(crate) use answer::Answer;
use generated::is_like_a_route;
pub(crate) use handler::Asks;
use opaque::Opaque;

/// Routers pass through at most this many variables and functions.
const MAX_DEPTH: usize = 24;

/// A router mounted in more places than this is taken at its first ones.
const MAX_PREFIXES: usize = 8;

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// With its prefixes, beginning with `/`. Parameters stand as they are written.
    pub(crate) path: String,
    /// In capitals; `None` for any or for what cannot be told.
    pub(crate) method: Option<String>,
    pub(crate) span: Span,
    /// Whether a prefix could not be told, so that the path is only the end of the real one.
    pub(crate) is_partial: bool,
    /// How many of its first segments are those below which nearly all of the service lies.
    pub(crate) shared: usize,
    pub(crate) asks: Asks,
}

/// The routes of a service, and what keeps the list from being complete.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    pub(crate) served: Vec<Route>,
    /// Places where routes are added that cannot be read: a path from configuration.
    pub(crate) open: Vec<Span>,
    /// Whether a router was seen at all, if only with a fallback.
    pub(crate) has_fallback: bool,
    /// Where each route is registered, with the place of its path.
    pub(crate) registered: Vec<(BodyId, ExprId, Span)>,
    /// Where what answers without a registration that can be read stands: compared paths, and paths that are not written.
    pub(crate) beside: Vec<(BodyId, ExprId, Span)>,
    pub(crate) handlers: Vec<Handler>,
    /// What answers for whatever is below a path, and cannot be followed: files, other people's routers.
    opaque: Vec<Opaque>,
    /// The servers that may answer a route, by its place, where there are several.
    pub(crate) servers: Vec<(Span, Vec<Span>)>,
}

/// What answers a route: a function, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    /// The place of the route's path.
    pub(crate) route: Span,
    pub(crate) body: BodyId,
    pub(crate) root: ExprId,
}

impl Routes {
    pub(crate) fn of(values: &Values<'_, '_>) -> Self {
        let mut finder = Finder { values, found: Self::default() };
        finder.collect();
        let mut found = finder.found;
        found.served.sort();
        found.served.dedup();
        found.open.sort();
        found.open.dedup();
        purpose::share(&mut found.served);
        found
    }
}

struct Finder<'f, 'v, 'a> {
    values: &'f Values<'v, 'a>,
    found: Routes,
}

/// A prefix; `None` where it cannot be told.
type Prefix = Option<String>;

impl Finder<'_, '_, '_> {
    fn collect(&mut self) {
        let code = self.values.code;
        for (body, site) in &self.values.reach.sites {
            for item in code.symbols.items(site.node) {
                self.found.has_fallback |= item.means == Some(Means::Fallback);
                self.generated(*body, site.at, item);
                self.opaque(*body, site.at, item);
                if !matches!(item.means, Some(Means::Route | Means::Resource)) {
                    continue;
                }
                let Some(position) = item.path_arg else { continue };
                let arg = self.args(*body, site.at).get(position).copied();
                let path = arg.and_then(|arg| self.values.text(*body, arg).literal());
                // A macro such as `warp::path!("a" / "b")` is all path.
                let path = path.or_else(|| self.path_of_macro(*body, site.at));
                let span = code.symbols.span(*body, arg.unwrap_or(site.at));
                let method = item.method.clone().or_else(|| self.method_of(*body, site.at));
                self.add(*body, site.at, path.as_deref(), method.as_deref(), span);
            }
        }
        for body in self.values.reach.bodies.keys().copied().collect::<Vec<_>>() {
            self.handlers_with_attributes(body);
            self.matched_paths(body);
            self.routes_of_macros(body);
        }
    }

    fn add(&mut self, body: BodyId, at: ExprId, path: Option<&str>, method: Option<&str>, span: Span) {
        let handlers = self.handlers(body, at);
        let handler = |(body, root): &(BodyId, ExprId)| Handler { route: span, body: *body, root: *root };
        self.found.handlers.extend(handlers.iter().map(handler));
        let Some(path) = path else {
            self.found.open.push(span);
            self.found.beside.push((body, at, span));
            return;
        };
        self.found.registered.push((body, at, span));
        let prefixes = self.prefixes(body, at, &mut BTreeSet::new());
        let asks = self.asks(&handlers);
        for prefix in prefixes {
            let is_partial = prefix.is_none();
            let path = joined(&prefix.unwrap_or_default(), path);
            let (method, asks) = (method.map(str::to_owned), asks.clone());
            self.found.served.push(Route { path, method, span, is_partial, shared: 0, asks });
        }
    }

    fn args(&self, body: BodyId, at: ExprId) -> Vec<ExprId> {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        exprs.args(at).to_vec()
    }

    fn path_of_macro(&self, body: BodyId, at: ExprId) -> Option<String> {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let Expr::Macro(call) = exprs.get(at) else { return None };
        let args = exprs.list(exprs.macro_(call).args);
        let mut parts = Vec::new();
        self.segments(body, *args.first()?, &mut parts);
        Some(parts.join("/"))
    }

    fn segments(&self, body: BodyId, at: ExprId, parts: &mut Vec<String>) {
        let rust = self.values.code.symbols.rust_of(body);
        match rust.exprs.get(at) {
            Expr::Binary(left, right) => {
                self.segments(body, left, parts);
                self.segments(body, right, parts);
            }
            Expr::Str(text) => parts.push(rust.name(text).to_owned()),
            Expr::Path(_) => parts.push("{}".into()),
            _ => {}
        }
    }

    /// The method in `get(handler)` or `web::get().to(handler)` of the same registration.
    fn method_of(&self, body: BodyId, at: ExprId) -> Option<String> {
        let rust = self.values.code.symbols.rust_of(body);
        let mut names = Vec::new();
        for arg in self.args(body, at) {
            let mut open = Some(arg);
            while let Some(at) = open {
                open = match rust.exprs.get(at) {
                    Expr::Method(call) => {
                        let call = rust.exprs.method(call);
                        names.push(rust.name(call.name));
                        Some(call.receiver)
                    }
                    Expr::Call(callee, _) => Some(callee),
                    Expr::Path(path) => {
                        names.extend(rust.exprs.path(path).segments.last().map(|name| rust.name(*name)));
                        None
                    }
                    _ => None,
                };
            }
        }
        let mut methods = names.iter().filter_map(|name| http_method(name));
        let first = methods.next()?;
        methods.next().is_none().then(|| first.to_owned())
    }

    /// `#[get("/x")] async fn handler`, where the handler is named: in `routes![…]`, `.service(handler)`.
    fn handlers_with_attributes(&mut self, body: BodyId) {
        let code = self.values.code;
        for edge in &code.calls.flow(body).edges {
            let crate::model::calls::Target::Body(handler) = edge.to else { continue };
            if !matches!(code.symbols.rust_of(body).exprs.get(edge.at), Expr::Path(_)) {
                continue;
            }
            let of_handler = code.symbols.body(handler);
            let rust = code.symbols.rust_of(handler);
            for attr in &rust.item(of_handler.item).attrs {
                let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
                let Res::Known(node) = code.symbols.resolve_marked(of_handler.module, &names, "#", "") else {
                    // A macro of one's own that gives a handler its path, as those of the framework do.
                    if is_like_a_route(&names, attr, rust) {
                        self.found.open.push(Span::new(of_handler.file, attr.range));
                    }
                    continue;
                };
                let Some(item) = code.symbols.means(node, Means::RouteAttribute) else { continue };
                let path = attr.args.iter().find(|arg| {
                    arg.name.is_none_or(|name| matches!(rust.name(name), "path" | "uri"))
                        && arg.value.is_some()
                });
                let span = Span::new(of_handler.file, attr.range);
                let text = path.and_then(|arg| arg.value.as_ref()).map(|value| rust.name(value.value));
                let method = item.method.clone().or_else(|| {
                    attr.args.iter().find_map(|arg| http_method(rust.name(arg.name?)).map(str::to_owned))
                });
                // Rocket's paths may carry a query.
                let text = text.map(|text| text.split('?').next().unwrap_or_default().to_owned());
                self.add(body, edge.at, text.as_deref(), method.as_deref(), span);
            }
        }
    }

    /// Every prefix under which what stands at `at` is mounted.
    fn prefixes(&self, body: BodyId, at: ExprId, seen: &mut BTreeSet<(BodyId, ExprId)>) -> Vec<Prefix> {
        if seen.len() > MAX_DEPTH || !seen.insert((body, at)) {
            return vec![None];
        }
        let own = self.prefix_of_chain(body, at);
        let found = self.outside(body, at, seen);
        seen.remove(&(body, at));
        let mut found: Vec<Prefix> = found
            .into_iter()
            .map(|outer| Some(joined(&outer?, own.as_deref()?)))
            .take(MAX_PREFIXES)
            .collect();
        found.dedup();
        found
    }

    /// Follows the expression outwards.
    fn outside(&self, body: BodyId, at: ExprId, seen: &mut BTreeSet<(BodyId, ExprId)>) -> Vec<Prefix> {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let flow = code.calls.flow(body);
        let Some(parent) = exprs.parent(at) else { return self.outside_of_body(body, seen) };
        match exprs.get(parent) {
            Expr::Method(call) => {
                let call = exprs.method(call);
                let args = exprs.list(call.args);
                let position = args.iter().position(|arg| *arg == at);
                let items: Vec<&Item> =
                    flow.site(parent).map_or_else(Vec::new, |node| code.symbols.items(node).collect());
                match position {
                    None => {
                        // Further along the same chain; `.path("x")` of salvo holds for all of it.
                        let scope = items.iter().find(|item| item.means == Some(Means::Scope));
                        let outer = self.outside(body, parent, seen);
                        match scope.map(|item| self.path_arg(body, args, item)) {
                            Some(path) => outer
                                .into_iter()
                                .map(|outer| Some(joined(&outer?, path.as_deref()?)))
                                .collect(),
                            None => outer,
                        }
                    }
                    Some(position) => self.as_argument(body, parent, args, position, &items, seen),
                }
            }
            Expr::Call(callee, args) if callee != at => {
                let args = exprs.list(args);
                let position = args.iter().position(|arg| *arg == at).unwrap_or(0);
                let items: Vec<&Item> =
                    flow.site(parent).map_or_else(Vec::new, |node| code.symbols.items(node).collect());
                self.as_argument(body, parent, args, position, &items, seen)
            }
            Expr::Let(let_) => {
                let let_ = exprs.let_(let_);
                if let_.init != Some(at) {
                    return vec![None];
                }
                let uses: Vec<ExprId> = flow.uses_of_value(at).collect();
                self.of_all(uses.into_iter().map(|at| (body, at)), seen)
            }
            Expr::Assign(left, right) if right == at => {
                match flow.binding(left).map(|binding| binding.source) {
                    Some(Source::Value(value)) => {
                        let uses: Vec<ExprId> =
                            flow.uses_of_value(value).filter(|used| *used > parent).collect();
                        self.of_all(uses.into_iter().map(|at| (body, at)), seen)
                    }
                    _ => vec![None],
                }
            }
            Expr::Block { stmts, has_tail } => {
                let is_tail = has_tail && exprs.list(stmts).last() == Some(&at);
                if is_tail { self.outside(body, parent, seen) } else { self.of_statement(body, at, seen) }
            }
            Expr::Struct(_) => vec![Some(String::new())],
            _ => self.outside(body, parent, seen),
        }
    }

    /// A statement such as `cfg.service(users)`: what the chain begins with says where it belongs.
    fn of_statement(&self, body: BodyId, at: ExprId, seen: &mut BTreeSet<(BodyId, ExprId)>) -> Vec<Prefix> {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let root = self.chain_root(body, at);
        match code.calls.flow(body).binding(root).map(|binding| binding.source) {
            Some(Source::Value(value)) => {
                let uses: Vec<ExprId> =
                    code.calls.flow(body).uses_of_value(value).filter(|used| *used > at).collect();
                if uses.is_empty() {
                    vec![Some(String::new())]
                } else {
                    self.of_all(uses.into_iter().map(|at| (body, at)), seen)
                }
            }
            Some(Source::Param(_)) => self.outside_of_body(body, seen),
            Some(Source::Other) => {
                let closure = exprs.ancestors(at).find(|at| matches!(exprs.get(*at), Expr::Closure(_)));
                closure.map_or_else(|| vec![None], |closure| self.outside(body, closure, seen))
            }
            _ => vec![Some(String::new())],
        }
    }

    fn as_argument(
        &self,
        body: BodyId,
        call: ExprId,
        args: &[ExprId],
        position: usize,
        items: &[&Item],
        seen: &mut BTreeSet<(BodyId, ExprId)>,
    ) -> Vec<Prefix> {
        let mounting = items.iter().find(|item| {
            matches!(
                item.means,
                Some(Means::Nest | Means::Merge | Means::Scope | Means::Resource | Means::Route)
            )
        });
        let outer = self.prefixes(body, call, seen);
        match mounting {
            Some(item)
                if matches!(item.means, Some(Means::Nest | Means::Scope))
                    && item.path_arg != Some(position) =>
            {
                let path = self.path_arg(body, args, item);
                outer.into_iter().map(|outer| Some(joined(&outer?, path.as_deref()?))).collect()
            }
            _ => outer,
        }
    }

    fn path_arg(&self, body: BodyId, args: &[ExprId], item: &Item) -> Prefix {
        self.values.text(body, *args.get(item.path_arg?)?).literal()
    }

    /// What a function gives back is mounted where it is called; what `main` holds is mounted at the root.
    fn outside_of_body(&self, body: BodyId, seen: &mut BTreeSet<(BodyId, ExprId)>) -> Vec<Prefix> {
        let callers = self.values.reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
        if callers.is_empty() {
            return vec![Some(String::new())];
        }
        self.of_all(callers.iter().copied(), seen)
    }

    fn of_all(
        &self,
        places: impl Iterator<Item = (BodyId, ExprId)>,
        seen: &mut BTreeSet<(BodyId, ExprId)>,
    ) -> Vec<Prefix> {
        let mut found: Vec<Prefix> = Vec::new();
        for (body, at) in places {
            for prefix in self.prefixes(body, at, seen) {
                if !found.contains(&prefix) && found.len() < MAX_PREFIXES {
                    found.push(prefix);
                }
            }
        }
        // Unknown ways beside a known one are mostly uses that mount nothing.
        if found.iter().any(Option::is_some) {
            found.retain(Option::is_some);
        }
        if found.is_empty() { vec![Some(String::new())] } else { found }
    }

    /// The paths that the chain itself begins with: `web::scope("/api").service(…)`.
    fn prefix_of_chain(&self, body: BodyId, at: ExprId) -> Prefix {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let flow = code.calls.flow(body);
        let mut prefix = String::new();
        let mut open = self.below(body, at);
        for _ in 0..MAX_DEPTH * 8 {
            let Some(inner) = open else { break };
            let node = flow.site(inner);
            let scope = node.and_then(|node| {
                code.symbols.items(node).find(|item| {
                    matches!(item.means, Some(Means::Scope | Means::Resource)) && item.path_arg.is_some()
                })
            });
            if let Some(item) = scope {
                // A closure is handed the scope, and adds below it; what stands behind the call is beside it.
                let takes_closure = item.router_arg.is_some() && matches!(exprs.get(inner), Expr::Method(_));
                if !takes_closure {
                    prefix = joined(&self.path_arg(body, &self.args(body, inner), item)?, &prefix);
                }
            }
            open = self.below(body, inner);
        }
        Some(prefix)
    }

    /// What a call is chained to; a variable is followed to what it was made of.
    fn below(&self, body: BodyId, at: ExprId) -> Option<ExprId> {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Method(call) => Some(exprs.method(call).receiver),
            Expr::Await(inner) | Expr::Try(inner) => Some(inner),
            Expr::Path(_) => match self.values.code.calls.flow(body).binding(at)?.source {
                // Numbers follow the text, so that this always goes back.
                Source::Value(value) if value < at => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    fn chain_root(&self, body: BodyId, at: ExprId) -> ExprId {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let mut at = at;
        loop {
            at = match exprs.get(at) {
                Expr::Method(call) => exprs.method(call).receiver,
                Expr::Await(inner) | Expr::Try(inner) => inner,
                Expr::Assign(_, right) => right,
                _ => return at,
            };
        }
    }
}

fn http_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "get" | "get_service" => "GET",
        "post" | "post_service" => "POST",
        "put" | "put_service" => "PUT",
        "patch" | "patch_service" => "PATCH",
        "delete" | "delete_service" => "DELETE",
        "head" | "head_service" => "HEAD",
        "options" | "options_service" => "OPTIONS",
        _ => return None,
    })
}

/// Two halves of a path with one `/` between.
fn joined(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let path = path.trim_start_matches('/');
    match (prefix.is_empty(), path.is_empty()) {
        (_, true) if !prefix.is_empty() => with_slash(prefix),
        (true, _) => format!("/{path}"),
        _ => format!("{}/{path}", with_slash(prefix)),
    }
}

fn with_slash(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}
