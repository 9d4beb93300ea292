//! What functions and values give: as it is written, or as an attribute leaves it to what they end in.

use super::walk::{flow, with_scope};
use crate::facts::rust::{Expr, Fn, ItemKind, Type};
use crate::model::symbols::{BodyId, Symbols, Ty};
use crate::model::workspace::index;

/// The type of what a body gives back.
pub(super) fn returned(symbols: &Symbols<'_>, id: BodyId) -> Ty {
    let body = symbols.body(id);
    let rust = symbols.rust_of(id);
    match &rust.item(body.item).kind {
        ItemKind::Fn(function) => {
            let Some(ret) = function.ret else { return Ty::Unknown };
            with_scope(symbols, body, rust, |scope| symbols.type_in(body.module, rust, ret, scope, 0))
        }
        ItemKind::Value(value) => {
            with_scope(symbols, body, rust, |scope| symbols.type_in(body.module, rust, value.ty, scope, 0))
        }
        _ => Ty::Unknown,
    }
}

/// Functions whose type an attribute writes, such as `#[launch] fn rocket() -> _`, return what they end in.
pub(super) fn inferred(symbols: &Symbols<'_>, returns: &[Ty]) -> Vec<Ty> {
    let mut found = returns.to_vec();
    for (at, ty) in found.iter_mut().enumerate().filter(|(_, ty)| **ty == Ty::Unknown) {
        let id = BodyId(index(at));
        let exprs = &symbols.rust_of(id).exprs;
        let is_inferred =
            |function: &Fn| function.ret.is_some_and(|ret| matches!(exprs.ty(ret), Type::Inferred));
        if let (true, Some(root)) =
            (symbols.function(id).is_some_and(is_inferred), symbols.body(id).roots.first())
            && let Expr::Block { stmts, has_tail: true } = exprs.get(*root)
            && let Some(tail) = exprs.list(stmts).last()
        {
            *ty = flow(symbols, returns, id).ty(*tail);
        }
    }
    found
}
