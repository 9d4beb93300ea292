//! The routes of servers without a router: paths that the code compares.

use super::{Asks, Finder, Route};
use crate::facts::rust::{Expr, ExprId, Pat, PatId, RustFacts};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind};

impl Finder<'_, '_, '_> {
    /// `match (req.method(), req.uri().path()) { (&Method::GET, "/health") => … }` of servers without a router.
    pub(super) fn matched_paths(&mut self, body: BodyId) {
        let code = self.values.code;
        let rust = code.symbols.rust_of(body);
        let mut open: Vec<ExprId> = code.symbols.body(body).roots.clone();
        while let Some(at) = open.pop() {
            open.extend(rust.exprs.children(at));
            match rust.exprs.get(at) {
                Expr::Match { scrutinee, first_arm, arms } if self.asks_for_path(rust, scrutinee, body) => {
                    for arm in rust.exprs.arms(first_arm, arms) {
                        self.matched(rust, body, arm.pat);
                    }
                }
                Expr::Binary(left, right) => {
                    for (path, text) in [(left, right), (right, left)] {
                        if !self.asks_for_path(rust, path, body) {
                            continue;
                        }
                        match self.values.text(body, text).literal() {
                            Some(text) => self.push_matched(&text, body, at),
                            // A path from the configuration may be any.
                            None => {
                                let span = code.symbols.span(body, at);
                                self.found.open.push(span);
                                self.found.beside.push((body, at, span));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `$router.route("/health", get(health))` in a `macro_rules!`: what the fragment is stands elsewhere, and the path here.
    pub(super) fn routes_of_macros(&mut self, body: BodyId) {
        let symbols = self.values.code.symbols;
        if symbols.body(body).kind != BodyKind::Macro {
            return;
        }
        let rust = symbols.rust_of(body);
        let mut open: Vec<ExprId> = symbols.body(body).roots.clone();
        while let Some(at) = open.pop() {
            open.extend(rust.exprs.children(at));
            let Expr::Method(call) = rust.exprs.get(at) else { continue };
            let call = rust.exprs.method(call);
            let is_known = self.values.code.calls.flow(body).site(at).is_some();
            if rust.name(call.name) != "route" || is_known {
                continue;
            }
            if let [path, _, ..] = rust.exprs.list(call.args)
                && let Some(text) = self.values.text(body, *path).literal()
                && text.starts_with('/')
            {
                let span = symbols.span(body, *path);
                self.found.served.push(Route {
                    path: text,
                    method: None,
                    span,
                    is_partial: true,
                    shared: 0,
                    asks: Asks::default(),
                });
            }
        }
    }

    fn matched(&mut self, rust: &RustFacts, body: BodyId, pat: PatId) {
        match rust.exprs.pat(pat) {
            Pat::Literal(value) => {
                if let Expr::Str(text) = rust.exprs.get(*value) {
                    self.push_matched(rust.name(text), body, *value);
                }
            }
            Pat::Tuple(parts) | Pat::Any(parts) | Pat::TupleStruct(_, parts) => {
                for part in parts {
                    self.matched(rust, body, *part);
                }
            }
            Pat::Guarded(inner, _) => self.matched(rust, body, *inner),
            _ => {}
        }
    }

    fn push_matched(&mut self, path: &str, body: BodyId, at: ExprId) {
        if path.starts_with('/') {
            let span = self.values.code.symbols.span(body, at);
            self.found.beside.push((body, at, span));
            self.found.served.push(Route {
                path: path.to_owned(),
                method: None,
                span,
                is_partial: false,
                shared: 0,
                asks: Asks::default(),
            });
        }
    }

    /// Whether an expression is a request's path: `req.uri().path()`, alone or in a tuple, or a variable of it.
    fn asks_for_path(&self, rust: &RustFacts, at: ExprId, body: BodyId) -> bool {
        match rust.exprs.get(at) {
            Expr::Method(call) => {
                let call = rust.exprs.method(call);
                let receiver_is_uri = match rust.exprs.get(call.receiver) {
                    Expr::Method(inner) => matches!(rust.name(rust.exprs.method(inner).name), "uri" | "url"),
                    Expr::Field(_, name) => matches!(rust.name(name), "uri" | "url"),
                    Expr::Path(path) => {
                        let last = rust.exprs.path(path).segments.last();
                        last.is_some_and(|name| matches!(rust.name(*name), "uri" | "req" | "request" | "url"))
                    }
                    _ => false,
                };
                match rust.name(call.name) {
                    "path" => receiver_is_uri,
                    "trim_end_matches" | "as_str" | "trim_matches" => {
                        self.asks_for_path(rust, call.receiver, body)
                    }
                    _ => false,
                }
            }
            Expr::Tuple(parts) => {
                rust.exprs.list(parts).iter().any(|part| self.asks_for_path(rust, *part, body))
            }
            Expr::Path(_) => {
                match self.values.code.calls.flow(body).binding(at).map(|binding| binding.source) {
                    Some(Source::Value(value)) if value < at => self.asks_for_path(rust, value, body),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
