//! Routes that a macro writes: `#[routes(…)] struct Api;` and `app.configure(Api::configure)`.
//!
//! What an attribute or a derive of an unknown crate, or of one of the tree's own, makes of an item is not seen. Where a router
//! is handed such an item, its routes are not complete.

use super::{Finder, http_method};
use crate::facts::rust::{Attr, AttrArg, Expr, ExprId, Item, RustFacts};
use crate::knowledge::{Item as Known, Means};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res, Ty, TypeScope};
use crate::span::Span;

/// Attributes that add no routes, by their last name: those of the language and of its customs.
const HARMLESS: &[&str] = &[
    "derive",
    "doc",
    "repr",
    "non_exhaustive",
    "automatically_derived",
    "diagnostic",
    "deprecated",
    "cold",
    "track_caller",
    "no_mangle",
    "async_trait",
    "instrument",
    "main",
    "serde",
    "automock",
    "rustfmt",
    "skip",
    "forbid",
    "warn",
    "path",
];

impl Finder<'_, '_, '_> {
    /// What a router is handed at this call, where a macro writes it.
    pub(super) fn generated(&mut self, body: BodyId, at: ExprId, item: &Known) {
        if !matches!(item.means, Some(Means::Merge | Means::Nest | Means::Scope)) {
            return;
        }
        let args = self.args(body, at);
        let Some(arg) = item.router_arg.and_then(|position| args.get(position)) else { return };
        if let Some(span) = self.written_by_macro(body, *arg, 0) {
            self.found.open.push(span);
        }
    }

    fn written_by_macro(&self, body: BodyId, at: ExprId, depth: usize) -> Option<Span> {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let flow = code.calls.flow(body);
        if depth > 8 {
            return None;
        }
        let path = match exprs.get(at) {
            Expr::Await(inner) | Expr::Try(inner) => return self.written_by_macro(body, inner, depth + 1),
            Expr::Method(call) => return self.written_by_macro(body, exprs.method(call).receiver, depth + 1),
            Expr::Path(path) => path,
            Expr::Call(callee, _) => match exprs.get(callee) {
                Expr::Path(path) => path,
                _ => return None,
            },
            _ => return None,
        };
        if let Some(Source::Value(value)) = flow.binding(at).map(|binding| binding.source) {
            return if value < at { self.written_by_macro(body, value, depth + 1) } else { None };
        }
        match flow.resolved(at) {
            // A function that a router is handed: its own attribute may say where it is mounted.
            Res::Body(id) if !code.symbols.body(id).roots.is_empty() => {
                let of_item = code.symbols.rust_of(id).item(code.symbols.body(id).item);
                let is_value =
                    matches!(exprs.get(at), Expr::Path(_)) && code.symbols.body(id).kind == BodyKind::Fn;
                (is_value && !self.adds_routes(id) && self.is_changed(id, of_item))
                    .then(|| code.symbols.name_span(id))
            }
            Res::Known(_) | Res::External | Res::Module(_) => None,
            // `Api::configure` where no code of the tree has such a function: a macro wrote it.
            Res::Body(_) | Res::Unknown | Res::Type(_) => {
                let path = exprs.path(path);
                let names: Vec<&str> =
                    path.segments.iter().map(|name| code.symbols.rust_of(body).name(*name)).collect();
                let of_body = code.symbols.body(body);
                let ty = match path.self_type {
                    Some(ty) => {
                        let scope = TypeScope { generics: &[], self_type: of_body.owner };
                        code.symbols.type_in(of_body.module, code.symbols.rust_of(body), ty, &scope, 0)
                    }
                    None => match names.split_last() {
                        Some((_, parents)) if !parents.is_empty() => {
                            match code.symbols.resolve(of_body.module, parents, false) {
                                Res::Type(id) => Ty::Local(id),
                                _ => Ty::Unknown,
                            }
                        }
                        _ => Ty::Unknown,
                    },
                };
                let Ty::Local(id) = ty else { return None };
                let ty = code.symbols.ty(id);
                let of_item = code.symbols.rust(ty.file).item(ty.item);
                let is_declared = names
                    .last()
                    .and_then(|name| ty.methods.get(*name))
                    .is_some_and(|ids| ids.iter().any(|id| !code.symbols.body(*id).roots.is_empty()));
                (!is_declared && !of_item.attrs.is_empty()).then(|| Span::new(ty.file, of_item.name.range))
            }
        }
    }

    /// Whether a function of the tree registers routes in its own body.
    fn adds_routes(&self, id: BodyId) -> bool {
        let symbols = self.values.code.symbols;
        let adds = [Means::Route, Means::Merge, Means::Nest, Means::Scope, Means::Resource, Means::Handlers];
        let flow = self.values.code.calls.flow(id);
        flow.sites.iter().any(|site| adds.iter().any(|means| symbols.means(site.node, *means).is_some()))
    }

    /// Whether an attribute of which nothing is known stands on a function, and none that gives it its path.
    fn is_changed(&self, id: BodyId, item: &Item) -> bool {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(id);
        let mut is_changed = false;
        for attr in &item.attrs {
            let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
            match symbols.resolve_marked(symbols.body(id).module, &names, "#", "") {
                Res::Known(node) if symbols.means(node, Means::RouteAttribute).is_some() => return false,
                Res::Known(_) => {}
                _ => is_changed |= names.last().is_some_and(|name| !HARMLESS.contains(name)),
            }
        }
        is_changed
    }
}

/// Whether an attribute of which nothing is known has the name of a method and a path: `#[my_codegen::get(path = "…")]`.
pub(super) fn is_like_a_route(names: &[&str], attr: &Attr, rust: &RustFacts) -> bool {
    let is_method = names.last().is_some_and(|name| *name == "route" || http_method(name).is_some());
    let is_path = |arg: &AttrArg| {
        arg.value.is_some() && arg.name.is_none_or(|name| matches!(rust.name(name), "path" | "uri"))
    };
    is_method && attr.args.iter().any(is_path)
}
