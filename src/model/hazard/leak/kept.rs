//! Responses that stand in a struct first: the status in one field, the text in another, and an `into_response` that
//! puts them together.

use super::super::Finder;
use super::Leak;
use crate::facts::rust::{Expr, ExprId, Pat};
use crate::knowledge::Means;
use crate::model::calls::{Binding, Source};
use crate::model::symbols::{BodyId, Res, Ty, TypeDefId};

/// Methods of frameworks' traits that make a value into a response.
const ANSWERS: &[&str] = &["into_response", "error_response", "respond_to"];

impl Finder<'_, '_> {
    /// A literal that holds the status of a failed server beside what a response tells.
    pub(super) fn kept(&self, body: BodyId, at: ExprId) -> Option<Leak> {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let Expr::Struct(literal) = rust.exprs.get(at) else { return None };
        let literal = rust.exprs.struct_(literal);
        if !literal.fields.iter().any(|(_, value)| self.is_failed(body, *value)) {
            return None;
        }
        let Ty::Local(id) = self.chains.code.calls.flow(body).ty(at) else { return None };
        let others = literal.fields.iter().filter(|(_, value)| !self.is_failed(body, *value));
        // What is made of a cause that is handed on whole is not seen here.
        let texts = others.filter(|(name, _)| !self.field_shows_inside(id, rust.name(*name)));
        let mut told = texts.filter(|(name, _)| self.is_told(id, rust.name(*name))).peekable();
        told.peek()?;
        let (place, error) = told
            .find_map(|(_, value)| Some((*value, Some(self.error_text(body, *value, 0)?))))
            .unwrap_or((at, None));
        Some(Leak { span: symbols.span(body, place), error })
    }

    /// Whether what makes a response reads a field, other than to log it.
    fn is_told(&self, id: TypeDefId, field: &str) -> bool {
        let symbols = self.chains.code.symbols;
        let mut bodies = self.chains.reach.bodies.keys().copied();
        bodies.any(|body| ANSWERS.contains(&symbols.name(body)) && self.tells(body, id, field))
    }

    fn tells(&self, body: BodyId, id: TypeDefId, field: &str) -> bool {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.chains.code.calls.flow(body);
        let taken = |value: ExprId, pat| match exprs.pat(pat) {
            Pat::Struct(path, _) => {
                let of =
                    symbols.resolve_path(symbols.body(body).module, rust, *path, symbols.body(body).owner);
                of == Res::Type(id) || flow.ty(value) == Ty::Local(id)
            }
            _ => false,
        };
        let is_own = |binding: &Binding| match binding.source {
            Source::Part(value, pat) => rust.name(binding.name) == field && taken(value, pat),
            _ => false,
        };
        if flow.bindings.iter().any(is_own) {
            let mut uses = flow.uses_where(is_own).peekable();
            // A name that nothing is seen to use is used in a macro whose text is not read: `json!`.
            let is_hidden = uses.peek().is_none();
            return uses.any(|at| !self.is_logged(body, at)) || (is_hidden && self.writes_json(body));
        }
        self.expressions(body).into_iter().any(|at| match exprs.get(at) {
            Expr::Field(base, name) => {
                rust.name(name) == field && flow.ty(base) == Ty::Local(id) && !self.is_logged(body, at)
            }
            _ => false,
        })
    }

    fn writes_json(&self, body: BodyId) -> bool {
        self.expressions(body).into_iter().any(|at| self.macro_name(body, at) == Some("json"))
    }

    fn is_logged(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        rust.exprs.ancestors(at).any(|ancestor| self.means(body, ancestor, Means::Log))
    }

    fn macro_name(&self, body: BodyId, at: ExprId) -> Option<&str> {
        let rust = self.chains.code.symbols.rust_of(body);
        let Expr::Macro(call) = rust.exprs.get(at) else { return None };
        let path = rust.exprs.path(rust.exprs.macro_(call).path);
        path.segments.last().map(|last| rust.name(*last))
    }
}
