//! Whether a handler answers the same status whatever it hears: its body may say that all is lost, and no probe reads it.

use super::Finder;
use crate::facts::rust::{Expr, ExprId, Type, TypeId};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res};

/// Types that a framework answers with status 200: of axum, actix-web, Rocket, poem, salvo and warp.
const PLAIN: &[&str] = &["Json", "Html", "String", "str", "Value", "RawJson", "RawHtml"];

/// Definitions are followed so far.
const MAX_DEPTH: usize = 6;

impl Finder<'_, '_, '_> {
    /// Whether handlers give nothing but success, whatever happens.
    pub(super) fn always_succeed(&self, handlers: &[(BodyId, ExprId)]) -> bool {
        !handlers.is_empty() && handlers.iter().all(|(body, root)| self.always_succeeds(*body, *root))
    }

    fn always_succeeds(&self, body: BodyId, root: ExprId) -> bool {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        match exprs.get(root) {
            Expr::Closure(closure) => {
                !self.leaves_early(body, root) && self.is_success(body, exprs.closure(closure).body, 0)
            }
            _ if code.symbols.body(body).kind == BodyKind::Fn => {
                let function = code.symbols.function(body);
                match function.and_then(|function| function.ret) {
                    None => true,
                    Some(ret) if self.is_plain(body, ret) => true,
                    Some(_) => self.values.gives(body).into_iter().all(|at| self.is_success(body, at, 0)),
                }
            }
            _ => false,
        }
    }

    /// Whether something in an expression may end it before its end.
    fn leaves_early(&self, body: BodyId, root: ExprId) -> bool {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        matches!(exprs.get(root), Expr::Try(_) | Expr::Return(_))
            || exprs.children(root).into_iter().any(|child| self.leaves_early(body, child))
    }

    /// Whether a handler's type says that it is text or data, and nothing of a status.
    fn is_plain(&self, body: BodyId, ty: TypeId) -> bool {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let Type::Path { path, .. } = rust.exprs.ty(ty) else { return false };
        let last = rust.exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
        let (module, owner) = (symbols.body(body).module, symbols.body(body).owner);
        PLAIN.contains(&last) && !matches!(symbols.resolve_path(module, rust, *path, owner), Res::Type(_))
    }

    /// Whether an answer is written as one that succeeds.
    fn is_success(&self, body: BodyId, at: ExprId, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let code = self.values.code;
        let rust = code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let next = |at: ExprId| self.is_success(body, at, depth + 1);
        let path_ends = |at: ExprId, of: &str, with: &[&str]| match exprs.get(at) {
            Expr::Path(path) => match &*exprs.path(path).segments {
                [.., owner, last] => rust.name(*owner) == of && with.contains(&rust.name(*last)),
                _ => false,
            },
            _ => false,
        };
        match exprs.get(at) {
            Expr::Str(_) => true,
            Expr::Async(inner) | Expr::Return(Some(inner)) => next(inner),
            Expr::Block { stmts, has_tail: true } => exprs.list(stmts).last().is_some_and(|last| next(*last)),
            Expr::If { parts, has_else: true } => exprs.list(parts)[1..].iter().all(|part| next(*part)),
            Expr::Match { first_arm, arms, .. } => {
                exprs.arms(first_arm, arms).iter().all(|arm| next(arm.body))
            }
            Expr::Macro(call) => {
                let path = exprs.path(exprs.macro_(call).path);
                let name = path.segments.last().map_or("", |name| rust.name(*name));
                matches!(name, "format" | "json" | "concat")
            }
            Expr::Call(callee, _) => match exprs.get(callee) {
                Expr::Path(path) => {
                    let last = exprs.path(path).segments.last().map_or("", |name| rust.name(*name));
                    matches!(last, "Json" | "Html")
                        && !matches!(code.calls.flow(body).resolved(at), Res::Body(_) | Res::Type(_))
                        || path_ends(callee, "HttpResponse", &["Ok"])
                }
                _ => false,
            },
            Expr::Method(call) => {
                let call = exprs.method(call);
                let is_of_body = matches!(
                    rust.name(call.name),
                    "json" | "body" | "finish" | "content_type" | "into_response"
                );
                is_of_body && next(call.receiver)
            }
            Expr::Tuple(parts) => match exprs.list(parts) {
                [status, ..] => path_ends(*status, "StatusCode", &["OK"]),
                [] => true,
            },
            Expr::Path(_) => {
                path_ends(at, "StatusCode", &["OK"])
                    || match code.calls.flow(body).binding(at).map(|binding| binding.source) {
                        Some(Source::Value(value)) if value < at => {
                            !self.values.is_assigned(body, at) && next(value)
                        }
                        _ => false,
                    }
            }
            _ => false,
        }
    }

    /// Whether what a handler runs may panic on what it hears, which ends the request without an answer.
    pub(super) fn may_panic(&self, body: BodyId, root: ExprId) -> bool {
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let panics = match exprs.get(root) {
            Expr::Method(call) => {
                matches!(
                    rust.name(exprs.method(call).name),
                    "unwrap" | "expect" | "unwrap_err" | "expect_err"
                )
            }
            Expr::Macro(call) => {
                let path = exprs.path(exprs.macro_(call).path);
                let name = path.segments.last().map_or("", |name| rust.name(*name));
                matches!(name, "panic" | "unreachable" | "todo" | "unimplemented")
                    || name.starts_with("assert")
            }
            _ => false,
        };
        panics || exprs.children(root).into_iter().any(|child| self.may_panic(body, child))
    }
}
