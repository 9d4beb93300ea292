//! How values get their names: by `let`, and by a closure that is handed what is in an `Option` or a `Result`.

use super::Walk;
use crate::facts::rust::{Expr, ExprId, MethodCall, Pat};
use crate::model::calls::Source;
use crate::model::symbols::Ty;

/// Methods of `Option` and `Result` that hand what is in them to a closure.
const HANDING: &[&str] = &["map", "and_then", "map_or", "map_or_else"];

impl Walk<'_, '_> {
    pub(super) fn let_(&mut self, let_: u32) -> Ty {
        let exprs = &self.rust.exprs;
        let let_ = exprs.let_(let_);
        let found = let_.init.map_or(Ty::Unknown, |init| self.visit(init));
        let declared = let_.ty.map_or(Ty::Unknown, |ty| self.type_of(ty));
        if let Some(otherwise) = let_.otherwise {
            self.visit(otherwise);
        }
        let ty = if matches!(declared, Ty::External | Ty::Unknown) { found } else { declared };
        if let (Some(init), Pat::Tuple(parts)) = (let_.init, exprs.pat(let_.pat)) {
            let types = self.tuple_of(init);
            for (at, part) in parts.iter().enumerate() {
                let ty = types.get(at).copied().unwrap_or_default();
                self.bind(*part, Source::Part(init, let_.pat), ty);
            }
            return Ty::Unknown;
        }
        let source = match (let_.init, exprs.pat(let_.pat)) {
            (Some(init), Pat::Name(_)) => Source::Value(init),
            (Some(init), _) => Source::Part(init, let_.pat),
            (None, _) => Source::Other,
        };
        self.bind(let_.pat, source, ty);
        Ty::Unknown
    }

    /// `x.map(|value| …)`: the closure is handed what is in `x`.
    pub(super) fn hand_on(&mut self, call: &MethodCall, ty: Ty) -> bool {
        let args = self.rust.exprs.list(call.args);
        if !HANDING.contains(&self.rust.name(call.name)) {
            return false;
        }
        for arg in args {
            match self.rust.exprs.get(*arg) {
                Expr::Closure(closure) => {
                    let closure = self.rust.exprs.closure(closure);
                    self.scoped(|walk| {
                        for param in &closure.params {
                            walk.bind(*param, Source::Part(call.receiver, *param), ty);
                        }
                        walk.visit(closure.body);
                    });
                }
                _ => {
                    self.visit(*arg);
                }
            }
        }
        true
    }

    /// `addresses.try_fold(server, |server, address| server.bind(address))`: what it begins with is handed on, and given.
    pub(super) fn fold(&mut self, first: ExprId, then: ExprId) -> Ty {
        let ty = self.visit(first);
        match self.rust.exprs.get(then) {
            Expr::Closure(closure) => {
                let closure = self.rust.exprs.closure(closure);
                self.closure(&closure.params, closure.body, ty);
            }
            _ => {
                self.visit(then);
            }
        }
        ty
    }
}
