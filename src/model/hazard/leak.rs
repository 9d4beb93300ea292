//! Errors whose text gets into a response: what failed inside, told to whoever asked.

mod kept;
mod shown;

use super::Finder;
use super::origin::Hole;
use crate::facts::rust::{Expr, ExprId, Pat, PatId, Type, TypeId};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, Res, Ty};
use crate::span::Span;

/// Statuses that say that the server failed, as crates name them.
const FAILED: &[&str] = &["INTERNAL_SERVER_ERROR", "BAD_GATEWAY", "InternalServerError", "BadGateway"];

/// Methods of `Result` that keep the error.
const SAME_ERROR: &[&str] = &["map", "and_then", "inspect", "inspect_err", "await", "flatten"];

/// A response that says that the server failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leak {
    pub(crate) span: Span,
    /// The error whose text stands in it.
    pub(crate) error: Option<String>,
}

impl Finder<'_, '_> {
    pub(super) fn leaks(&self) -> Vec<Leak> {
        let code = self.chains.code;
        let symbols = code.symbols;
        let mut found = Vec::new();
        for body in self.chains.reach.bodies.keys().copied() {
            for at in self.expressions(body) {
                if let Some(leak) = self.kept(body, at).filter(|_| self.chains.reach.runs(code, body, at)) {
                    found.push(leak);
                    continue;
                }
                let Some(answer) = self.answer(body, at) else { continue };
                if self.chains.reach.runs(code, body, at) {
                    let error = answer.into_iter().find_map(|part| self.error_text(body, part, 0));
                    found.push(Leak { span: symbols.span(body, at), error });
                }
            }
        }
        for (body, at, item, args) in self.calls(Means::ErrorResponse) {
            let error = args.get(item.arg.unwrap_or(0)).and_then(|arg| self.error(body, *arg));
            found.push(Leak { span: symbols.span(body, at), error });
        }
        found.sort_by_key(|leak| leak.span);
        found.dedup_by_key(|leak| leak.span);
        found
    }

    /// What a response of a failed server holds, if an expression is one: `(status, body)`, `.status(…).body(…)`.
    fn answer(&self, body: BodyId, at: ExprId) -> Option<Vec<ExprId>> {
        let rust = self.chains.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        match exprs.get(at) {
            Expr::Tuple(parts) => {
                let (status, rest) = exprs.list(parts).split_first()?;
                (!rest.is_empty() && self.is_failed(body, *status)).then(|| rest.to_vec())
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                if !matches!(rust.name(call.name), "body" | "json" | "message_body") {
                    return None;
                }
                let mut inner = call.receiver;
                loop {
                    match exprs.get(inner) {
                        Expr::Method(before) => {
                            let before = exprs.method(before);
                            let args = exprs.list(before.args);
                            if args.len() == 1 && self.is_failed(body, args[0]) {
                                break;
                            }
                            inner = before.receiver;
                        }
                        Expr::Call(callee, args) => match exprs.list(args) {
                            [] if self.is_failed(body, callee) => break,
                            [only] if self.is_failed(body, *only) => break,
                            _ => return None,
                        },
                        _ => return None,
                    }
                }
                Some(exprs.list(call.args).to_vec())
            }
            _ => None,
        }
    }

    fn is_failed(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        let Expr::Path(path) = rust.exprs.get(at) else { return false };
        let path = rust.exprs.path(path);
        path.segments.last().is_some_and(|last| FAILED.contains(&rust.name(*last)))
    }

    /// The error whose text is part of what an expression gives.
    fn error_text(&self, body: BodyId, at: ExprId, depth: usize) -> Option<String> {
        let rust = self.chains.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        if depth > 12 {
            return None;
        }
        let next = |inner: ExprId| self.error_text(body, inner, depth + 1);
        match exprs.get(at) {
            Expr::Method(call) if rust.name(exprs.method(call).name) == "to_string" => {
                self.error(body, exprs.method(call).receiver)
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                let passes_on = ["into", "to_owned", "clone", "into_response", "as_str", "into_bytes"];
                if passes_on.contains(&rust.name(call.name)) { next(call.receiver) } else { None }
            }
            Expr::Macro(call) => {
                let call = exprs.macro_(call);
                let name = exprs.path(call.path).segments.last().map(|name| rust.name(*name));
                if name != Some("format") {
                    return None;
                }
                self.origins.holes(body, exprs.list(call.args)).into_iter().find_map(|hole| match hole {
                    Hole::At(at) => self.error(body, at).or_else(|| next(at)),
                    Hole::Name(number) => self.bound_error(body, at, number),
                    Hole::Text(_) | Hole::Lost => None,
                })
            }
            Expr::Path(_) => {
                let binding = self.chains.code.calls.flow(body).binding(at)?;
                match binding.source {
                    Source::Value(value) if value < at => next(value),
                    _ => None,
                }
            }
            // `Json(Body { message: … })`, `Some(…)`: what wraps it.
            Expr::Call(_, args) if args.len == 1 => next(exprs.list(args)[0]),
            Expr::Struct(literal) => exprs.struct_(literal).fields.iter().find_map(|(_, value)| next(*value)),
            _ => None,
        }
    }

    /// Whether an expression is an error whose text tells of the inside; then what it is called.
    fn error(&self, body: BodyId, at: ExprId) -> Option<String> {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let flow = self.chains.code.calls.flow(body);
        match rust.exprs.get(at) {
            Expr::Path(_) => match flow.binding_number(at) {
                Some(number) => self.bound_error(body, at, number),
                None if self.origins.label(body, at) == "self" => {
                    let id = symbols.body(body).owner?;
                    let variant = self.matched_variant(body, at);
                    self.shows_inside(id, variant.as_deref()).then(|| "self".to_owned())
                }
                None => None,
            },
            Expr::Field(base, name) => {
                let Ty::Local(id) = flow.ty(base) else { return None };
                self.field_shows_inside(id, rust.name(name)).then(|| self.origins.label(body, at))
            }
            _ => None,
        }
    }

    fn bound_error(&self, body: BodyId, at: ExprId, number: u32) -> Option<String> {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let binding = self.chains.code.calls.flow(body).bindings[number as usize];
        let name = rust.name(binding.name);
        let shows = match binding.source {
            Source::Param(param) => {
                let own = symbols.function(body)?.params.get(param)?;
                matches!(rust.exprs.pat(own.pat), Pat::Name(_)) && self.type_shows_inside(body, own.ty)
            }
            Source::Part(value, pat) => self.part_shows_inside(body, value, pat),
            Source::Other => self.handed_error(body, at, name)?,
            Source::Value(_) => false,
        };
        shows.then(|| name.to_owned())
    }

    /// What a pattern takes out of a value: `Err(error)`, `Self::Database(error)`, `other`.
    fn part_shows_inside(&self, body: BodyId, value: ExprId, pat: PatId) -> bool {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        match exprs.pat(pat) {
            Pat::TupleStruct(path, parts) if parts.len() == 1 => {
                let last = exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
                if last == "Err" {
                    return self.error_of(body, value);
                }
                match symbols.resolve_path(symbols.body(body).module, rust, *path, symbols.body(body).owner) {
                    Res::Type(id) => self.variant_field_shows_inside(id, last),
                    _ => false,
                }
            }
            Pat::Name(_) => match self.chains.code.calls.flow(body).ty(value).unlocked() {
                Ty::Local(id) => self.shows_inside(id, None),
                _ if self.origins.label(body, value) == "self" => {
                    symbols.body(body).owner.is_some_and(|id| self.shows_inside(id, None))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The variant of the arm that an expression stands in, where the match is on `self`.
    fn matched_variant(&self, body: BodyId, at: ExprId) -> Option<String> {
        let rust = self.chains.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let mut inner = at;
        for ancestor in exprs.ancestors(at) {
            if let Expr::Match { first_arm, arms, .. } = exprs.get(ancestor)
                && let Some(arm) = exprs.arms(first_arm, arms).iter().find(|arm| arm.body == inner)
            {
                let path = match exprs.pat(arm.pat) {
                    Pat::TupleStruct(path, _) | Pat::Struct(path, _) | Pat::Path(path) => *path,
                    _ => return None,
                };
                return exprs.path(path).segments.last().map(|name| rust.name(*name).to_owned());
            }
            inner = ancestor;
        }
        None
    }

    /// Whether the closure parameter of a name is handed an error: `.map_err(|error| …)`.
    fn handed_error(&self, body: BodyId, at: ExprId, name: &str) -> Option<bool> {
        let rust = self.chains.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let is_own = |pat: &PatId| matches!(exprs.pat(*pat), Pat::Name(own) if rust.name(*own) == name);
        let closure = exprs.ancestors(at).find(|ancestor| {
            matches!(exprs.get(*ancestor), Expr::Closure(closure) if exprs.closure(closure).params.iter().any(is_own))
        })?;
        let Expr::Method(call) = exprs.get(exprs.parent(closure)?) else { return Some(false) };
        let call = exprs.method(call);
        let is_handed = matches!(rust.name(call.name), "map_err" | "or_else" | "unwrap_or_else");
        Some(is_handed && self.error_of(body, call.receiver))
    }

    /// Whether the error of a `Result` tells of the inside.
    fn error_of(&self, body: BodyId, at: ExprId) -> bool {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let flow = self.chains.code.calls.flow(body);
        match (rust.exprs.get(at), flow.resolved(at)) {
            (Expr::Await(inner), _) => self.error_of(body, inner),
            (Expr::Call(..) | Expr::Method(_), Res::Body(id)) => {
                let Some(ret) = symbols.function(id).and_then(|function| function.ret) else { return false };
                self.result_shows_inside(id, ret)
            }
            (Expr::Method(call), _) if SAME_ERROR.contains(&rust.name(rust.exprs.method(call).name)) => {
                self.error_of(body, rust.exprs.method(call).receiver)
            }
            // `map_err` to something of the tree's own.
            (Expr::Method(call), _) => {
                !matches!(rust.name(rust.exprs.method(call).name), "map_err" | "ok_or" | "ok_or_else")
                    && self
                        .chains
                        .code
                        .symbols
                        .methods_named(rust.name(rust.exprs.method(call).name))
                        .is_empty()
            }
            (Expr::Call(..), Res::Known(_) | Res::External) => true,
            (Expr::Path(_), _) => match flow.binding(at).map(|binding| binding.source) {
                Some(Source::Value(value)) if value < at => self.error_of(body, value),
                _ => false,
            },
            _ => false,
        }
    }

    fn result_shows_inside(&self, body: BodyId, ty: TypeId) -> bool {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let Type::Path { path, args } = rust.exprs.ty(ty) else { return false };
        if let Some(error) = args.get(1) {
            return self.type_shows_inside(body, *error);
        }
        let path = rust.exprs.path(*path);
        let names: Vec<&str> = path.segments.iter().map(|name| rust.name(*name)).collect();
        match symbols.resolve(symbols.body(body).module, &names, path.leading_colon) {
            Res::Known(_) | Res::External => names.last() == Some(&"Result"),
            Res::Type(id) => self.alias_shows_inside(id),
            _ => false,
        }
    }
}
