//! What tells requests apart in what a service writes: a span around each, an identifier of each.
//!
//! A layer of a library counts where it stands around routes. The service's own code counts where it runs for each
//! request: around the handlers, or in every one of them.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId, RustFacts, Sym};
use crate::knowledge::Means;
use crate::model::layers::Layers;
use crate::model::reach::Code;
use crate::model::route::Routes;
use crate::model::server::Held;
use crate::model::service::{Service, Use};
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::model::value::Values;
use crate::model::work::Work;
use crate::span::{FileId, Span};

/// Headers in which a request carries its identifier.
const HEADERS: &[&str] = &[
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "correlation-id",
    "x-trace-id",
    "x-amzn-trace-id",
    "x-b3-traceid",
    "x-req-id",
    "traceparent",
];

/// Fields of spans that hold it.
const FIELDS: &[&str] = &["request_id", "req_id", "requestId", "x_request_id", "correlation_id", "trace_id"];

/// What tells the requests of a service apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    /// Layers that make a span of each request.
    pub(crate) span_layers: Layers,
    /// Layers that give each request an identifier.
    pub(crate) id_layers: Layers,
    pub(crate) own_spans: OwnSpans,
    /// Where its own code takes or gives an identifier.
    pub(crate) own_ids: Vec<Span>,
}

/// Spans that a service's own code makes while it works.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnSpans {
    /// Around the handlers.
    pub(crate) around: Vec<Use>,
    /// In handlers themselves.
    pub(crate) handlers: Vec<Use>,
    /// Elsewhere.
    pub(crate) others: Vec<Use>,
    /// Handlers that make none themselves, at the routes that they answer.
    pub(crate) without: Vec<Span>,
}

impl Requests {
    pub(crate) fn of(values: &Values<'_, '_>, routes: &Routes, held: &Held<'_, '_>, work: &Work) -> Self {
        let finder = Finder { values, code: values.code, work };
        Self {
            span_layers: Layers::of(values, Means::RequestSpans, &routes.registered, held),
            id_layers: Layers::of(values, Means::RequestId, &routes.registered, held),
            own_spans: finder.own_spans(routes),
            own_ids: finder.own_ids(),
        }
    }
}

impl Service {
    /// Whether what is registered at a place answers users, and not the operators of the service.
    pub(crate) fn is_for_users(&self, route: Span) -> bool {
        self.routes.is_for_users(route, &self.name)
    }
}

struct Finder<'f, 'v, 'a> {
    values: &'f Values<'v, 'a>,
    code: &'f Code<'v, 'a>,
    work: &'f Work,
}

impl Finder<'_, '_, '_> {
    fn own_spans(&self, routes: &Routes) -> OwnSpans {
        let mut found = OwnSpans::default();
        let made = self.spans_made();
        let around = self.around();
        let mut with_span: BTreeSet<Span> = BTreeSet::new();
        for (body, at, used) in made {
            let handled: Vec<Span> = routes
                .handlers
                .iter()
                .filter(|handler| handler.body == body && self.is_within(body, at, handler.root))
                .map(|handler| handler.route)
                .collect();
            if !handled.is_empty() {
                with_span.extend(handled);
                found.handlers.push(used);
            } else if around.iter().any(|(own, root)| *own == body && self.is_within(body, at, *root)) {
                found.around.push(used);
            } else {
                found.others.push(used);
            }
        }
        found.without = routes.handlers.iter().map(|handler| handler.route).collect();
        found.without.retain(|route| !with_span.contains(route));
        found.without.sort();
        found.without.dedup();
        for list in [&mut found.around, &mut found.handlers, &mut found.others] {
            list.sort();
            list.dedup();
        }
        found
    }

    /// Spans that are made by macros and by the attributes of functions.
    fn spans_made(&self) -> Vec<(BodyId, ExprId, Use)> {
        let symbols = self.code.symbols;
        let mut found = Vec::new();
        let mut add = |body: BodyId, at: ExprId, span: Span, path: String| {
            found.push((body, at, Use { span, path, phase: self.work.phase(self.code, body, at) }));
        };
        for (body, site) in &self.values.reach.sites {
            if symbols.means(site.node, Means::Span).is_some() {
                let span = symbols.span(*body, site.at);
                add(*body, site.at, span, symbols.knowledge.full_path(site.node));
            }
        }
        for id in self.values.reach.bodies.keys() {
            let (body, rust) = (symbols.body(*id), symbols.rust_of(*id));
            if body.kind != BodyKind::Fn {
                continue;
            }
            let Some(root) = body.roots.first() else { continue };
            for attr in &rust.item(body.item).attrs {
                let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
                if let Res::Known(node) = symbols.resolve_marked(body.module, &names, "#", "")
                    && symbols.means(node, Means::Span).is_some()
                {
                    let path = symbols.knowledge.full_path(node);
                    add(*id, *root, Span::new(body.file, attr.range), path);
                }
            }
        }
        found
    }

    /// What a framework runs around handlers: functions and closures that it is handed for that, and methods that it calls
    /// because a type of the tree implements a trait, as tower's services do.
    fn around(&self) -> Vec<(BodyId, ExprId)> {
        let (code, symbols) = (self.code, self.code.symbols);
        let mut found = Vec::new();
        for (body, site) in &self.values.reach.sites {
            if symbols.means(site.node, Means::Around).is_none() {
                continue;
            }
            let exprs = &symbols.rust_of(*body).exprs;
            let mut open = exprs.children(site.at);
            while let Some(at) = open.pop() {
                match (exprs.get(at), code.calls.flow(*body).resolved(at)) {
                    (Expr::Closure(_), _) => found.push((*body, at)),
                    (Expr::Path(_), Res::Body(id)) => {
                        found.extend(symbols.body(id).roots.iter().map(|root| (id, *root)));
                    }
                    (Expr::Call(_, args), _) => open.extend(exprs.list(args)),
                    _ => {}
                }
            }
        }
        let types = self.values.reach.types.iter();
        let methods = types.flat_map(|id| symbols.ty(*id).called_from_outside.iter().copied());
        for id in
            methods.filter(|id| self.work.is_entry(*id) && !symbols.name(*id).starts_with("from_request"))
        {
            found.extend(symbols.body(id).roots.iter().map(|root| (id, *root)));
        }
        found
    }

    fn is_within(&self, body: BodyId, at: ExprId, root: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        at == root || exprs.ancestors(at).any(|ancestor| ancestor == root)
    }

    /// Headers for identifiers that are read or written, and fields of spans that hold them.
    fn own_ids(&self) -> Vec<Span> {
        let symbols = self.code.symbols;
        let bodies = self.values.reach.bodies.keys();
        let files: BTreeSet<FileId> = bodies.clone().map(|id| symbols.body(*id).file).collect();
        let naming: BTreeSet<FileId> =
            files.into_iter().filter(|file| symbols.rust(*file).names.any(is_header)).collect();
        let mut found = Vec::new();
        for id in bodies.filter(|id| naming.contains(&symbols.body(**id).file)) {
            let rust = symbols.rust_of(*id);
            let mut open = symbols.body(*id).roots.clone();
            while let Some(at) = open.pop() {
                // A list of headers that a browser may send says nothing of what is done with them.
                let site = self.code.calls.flow(*id).site(at);
                if site.is_some_and(|node| symbols.means(node, Means::CorsHeaders).is_some()) {
                    if let Expr::Method(call) = rust.exprs.get(at) {
                        open.push(rust.exprs.method(call).receiver);
                    }
                    continue;
                }
                open.extend(rust.exprs.children(at));
                if let Expr::Str(text) = rust.exprs.get(at)
                    && is_header(rust.name(text))
                {
                    found.push(symbols.span(*id, at));
                }
            }
        }
        for (body, site) in &self.values.reach.sites {
            let is_span = symbols.means(site.node, Means::Span).is_some();
            if is_span && has_field(symbols.rust_of(*body), site.at) {
                found.push(symbols.span(*body, site.at));
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

fn is_header(text: &str) -> bool {
    text.len() <= 16
        && text.ends_with(['d', 'D', 't', 'T'])
        && HEADERS.iter().any(|header| text.eq_ignore_ascii_case(header))
}

/// Whether a macro that makes a span names a field for an identifier.
fn has_field(rust: &RustFacts, at: ExprId) -> bool {
    let Expr::Macro(call) = rust.exprs.get(at) else { return false };
    let call = rust.exprs.macro_(call);
    let is_field = |name: Sym| FIELDS.contains(&rust.name(name));
    let named = |at: ExprId| match rust.exprs.get(at) {
        Expr::Path(path) => rust.exprs.path(path).segments.last().copied(),
        Expr::Field(_, name) => Some(name),
        _ => None,
    };
    let of_args = rust.exprs.list(call.args).iter().filter_map(|arg| match rust.exprs.get(*arg) {
        Expr::Assign(left, _) => named(left),
        _ => named(*arg),
    });
    of_args.chain(call.shown.iter().filter_map(|shown| shown.field)).any(is_field)
}
