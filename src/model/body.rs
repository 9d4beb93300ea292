//! Bodies of requests that are taken into memory whatever their size.

use crate::facts::rust::{Expr, ExprId, PathId, RustFacts, Type, TypeId};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::reach::{Code, Reach};
use crate::model::server::Place;
use crate::model::symbols::{BodyId, Res, Symbols};
use crate::model::work::{Phase, Work};
use crate::span::Span;

/// Routers that functions give back are followed so far.
pub(super) const MAX_DEPTH: usize = 4;

/// Extractors that hold the whole body in memory.
const WHOLE: &[&str] = &["Bytes", "String", "Json", "Form", "Vec", "Protobuf", "RawForm", "ValidatedJson"];

/// Methods between a request and its body.
const TO_BODY: &[&str] = &["into_body", "into_parts", "unwrap", "expect", "map_err"];

/// Where a body is taken without a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnboundedBody {
    pub(crate) span: Span,
    /// The item's path, or the method's name.
    pub(crate) path: String,
    /// The same place.
    pub(crate) place: Place,
    /// Whether a limit may stand around what takes it.
    pub(crate) may_be_bounded: bool,
    /// Whether it is known that only those who run the service can send it.
    pub(crate) is_for_operators: bool,
}

impl UnboundedBody {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach, work: &Work) -> Vec<Self> {
        let symbols = code.symbols;
        let mut found = Vec::new();
        for (body, site) in &reach.sites {
            let means = symbols.means(site.node, Means::UnboundedBody);
            let Some(item) = means.filter(|item| code.holds(*body, site.at, item)) else { continue };
            let is_taken = if item.reads {
                work.phase(code, *body, site.at) != Phase::Start && reads_request(code, *body, site.at)
            } else {
                feeds_whole(code, *body, site.at)
            };
            if is_taken {
                let path = symbols.knowledge.full_path(site.node);
                found.push(unbounded(symbols, *body, site.at, path));
            }
        }
        for body in reach.bodies.keys() {
            found.extend(collected(code, reach, work, *body));
        }
        found.sort_by_key(|unbounded| unbounded.span);
        found.dedup_by_key(|unbounded| unbounded.span);
        found
    }
}

fn unbounded(symbols: &Symbols<'_>, body: BodyId, at: ExprId, path: String) -> UnboundedBody {
    let span = symbols.span(body, at);
    UnboundedBody { span, path, place: (body, at), may_be_bounded: false, is_for_operators: false }
}

/// `request.into_body().collect().await`: what iterators collect is not awaited.
fn collected(code: &Code<'_, '_>, reach: &Reach, work: &Work, body: BodyId) -> Vec<UnboundedBody> {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut found = Vec::new();
    let mut open = code.symbols.body(body).roots.clone();
    while let Some(at) = open.pop() {
        open.extend(exprs.children(at));
        let Expr::Method(call) = exprs.get(at) else { continue };
        let call = exprs.method(call);
        let is_awaited = exprs.parent(at).is_some_and(|parent| matches!(exprs.get(parent), Expr::Await(_)));
        if rust.name(call.name) == "collect"
            && call.turbofish.is_empty()
            && is_awaited
            && reach.runs(code, body, at)
            && work.phase(code, body, at) != Phase::Start
            && is_of_request(code, body, call.receiver, MAX_DEPTH)
        {
            found.push(unbounded(code.symbols, body, at, "collect".into()));
        }
    }
    found
}

/// Whether a call reads the body of a request, and not that of an answer to the service.
fn reads_request(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    match exprs.get(at) {
        Expr::Call(_, args) => {
            exprs.list(args).first().is_some_and(|arg| is_of_request(code, body, *arg, MAX_DEPTH))
        }
        _ => false,
    }
}

/// Whether a value is a request that the function was given, or the body of one.
pub(super) fn is_of_request(code: &Code<'_, '_>, body: BodyId, at: ExprId, depth: usize) -> bool {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let flow = code.calls.flow(body);
    match exprs.get(at) {
        Expr::Method(call) => {
            let call = exprs.method(call);
            TO_BODY.contains(&rust.name(call.name)) && is_of_request(code, body, call.receiver, depth)
        }
        Expr::Try(inner) => is_of_request(code, body, inner, depth),
        Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
            Some(Source::Value(value) | Source::Part(value, _)) if depth > 0 => {
                is_of_request(code, body, value, depth - 1)
            }
            Some(Source::Param(param)) => {
                let function = code.symbols.function(body);
                let ty = function.and_then(|function| function.params.get(param)).map(|param| param.ty);
                ty.is_some_and(|ty| last_name(rust, ty) == "Request")
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a layer that takes the limit away stands around a handler that takes the whole body: others read it piece by
/// piece, and may count.
fn feeds_whole(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let around = exprs.ancestors(at).find_map(|ancestor| match exprs.get(ancestor) {
        Expr::Method(call) if exprs.method(call).receiver != at => Some(exprs.method(call).receiver),
        _ => None,
    });
    around.is_some_and(|router| has_whole(code, body, router, MAX_DEPTH))
}

fn has_whole(code: &Code<'_, '_>, body: BodyId, at: ExprId, depth: usize) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let flow = code.calls.flow(body);
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        open.extend(exprs.children(at));
        if let Some(Source::Value(value)) = flow.binding(at).map(|binding| binding.source)
            && depth > 0
            && has_whole(code, body, value, depth - 1)
        {
            return true;
        }
        let Res::Body(id) = flow.resolved(at) else { continue };
        let Some(function) = code.symbols.function(id) else { continue };
        let rust = code.symbols.rust_of(id);
        let is_found = if function.is_async {
            function.params.last().is_some_and(|param| WHOLE.contains(&last_name(rust, param.ty)))
        } else {
            depth > 0 && code.symbols.body(id).roots.iter().any(|root| has_whole(code, id, *root, depth - 1))
        };
        if is_found {
            return true;
        }
    }
    false
}

/// The last name of a type's path.
fn last_name(rust: &RustFacts, ty: TypeId) -> &str {
    let name = |path: &PathId| rust.exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
    match rust.exprs.ty(ty) {
        Type::Path { path, .. } => name(path),
        _ => "",
    }
}
