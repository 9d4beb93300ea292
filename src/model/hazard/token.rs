//! How a service checks the tokens that it is shown.

use super::Finder;
use super::condition::Condition;
use super::origin::Origin;
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::symbols::{BodyId, Ty};
use crate::model::value::Part;
use crate::span::Span;

/// A place that decides how a token is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) span: Span,
    pub(crate) path: String,
    pub(crate) how: How,
}

/// How it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It is verified.
    Verified,
    /// It is read without its signature.
    Unverified,
    /// It is read without its signature, in a service that verifies tokens at another place: it may be read only to
    /// choose the key.
    MaybeBefore,
    /// It is good for ever.
    Eternal,
    /// Its time is not checked by the library; the code reads it itself.
    OwnExpiry,
    /// The key is written in the code.
    KeyInCode,
    /// The key is written in the code where a variable is not set.
    KeyInCodeWithout(String),
}

impl Finder<'_, '_> {
    pub(super) fn tokens(&self) -> Vec<Token> {
        let symbols = self.chains.code.symbols;
        let verifying = self.calls(Means::TokenCheck);
        let mut found: Vec<Token> = Vec::new();
        for (body, at, ..) in self.calls(Means::InsecureToken) {
            if self.condition(body, at) == Condition::Build {
                continue;
            }
            let elsewhere = verifying.iter().any(|(other, ..)| *other != body);
            let how = if elsewhere { How::MaybeBefore } else { How::Unverified };
            found.push(Token { span: symbols.method_span(body, at), path: self.path(body, at), how });
        }
        found.extend(self.expiries());
        for (body, at, item, args) in self.calls(Means::TokenKey) {
            let Some(arg) = args.get(item.arg.unwrap_or(0)) else { continue };
            if let Some(how) = self.key(body, *arg) {
                found.push(Token { span: symbols.span(body, *arg), path: self.path(body, at), how });
            }
        }
        found.extend(verifying.into_iter().map(|(body, at, ..)| {
            let span = symbols.span(body, at);
            Token { span, path: self.path(body, at), how: How::Verified }
        }));
        found.sort_by_key(|token| token.span);
        found
    }

    fn key(&self, body: BodyId, at: ExprId) -> Option<How> {
        if let Origin::Written(_) = self.origins.of(body, at) {
            return Some(How::KeyInCode);
        }
        let text = self.origins.values.text(body, at);
        match text.parts.as_slice() {
            [Part::Env { name, default: Some(default) }]
                if default.literal().is_some_and(|text| !text.is_empty()) =>
            {
                Some(How::KeyInCodeWithout(name.clone()))
            }
            _ => None,
        }
    }

    /// `validation.validate_exp = false`, and the same as a field of a literal.
    fn expiries(&self) -> Vec<Token> {
        let code = self.chains.code;
        let symbols = code.symbols;
        let mut found = Vec::new();
        for body in self.chains.reach.bodies.keys() {
            let rust = symbols.rust_of(*body);
            let exprs = &rust.exprs;
            for at in &code.calls.flow(*body).assigned {
                let Expr::Assign(left, right) = exprs.get(*at) else { continue };
                let Expr::Field(base, name) = exprs.get(left) else { continue };
                let is_validation = matches!(code.calls.flow(*body).ty(base), Ty::Known(node)
                    if symbols.means(node, Means::TokenRules).is_some());
                if rust.name(name) != "validate_exp"
                    || !is_validation
                    || exprs.get(right) != Expr::Bool(false)
                    || !self.chains.reach.runs(code, *body, *at)
                {
                    continue;
                }
                let how = match self.condition(*body, *at) {
                    Condition::Build => continue,
                    // Some tokens are meant to last.
                    Condition::Sometimes => How::OwnExpiry,
                    Condition::Always if self.reads_expiry(*body) || self.requires_others(*body) => {
                        How::OwnExpiry
                    }
                    Condition::Always => How::Eternal,
                };
                found.push(Token { span: symbols.span(*body, left), path: "validate_exp".into(), how });
            }
        }
        found
    }

    /// Whether the file of a body reads a field `exp`: then it checks the time itself.
    fn reads_expiry(&self, body: BodyId) -> bool {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let own = symbols.body(body).file;
        let same_file = self.chains.reach.bodies.keys().filter(|id| symbols.body(**id).file == own);
        same_file.copied().any(|id| {
            self.expressions(id).into_iter().any(|at| {
                matches!(rust.exprs.get(at), Expr::Field(_, name)
                    if matches!(rust.name(name), "exp" | "expires_at" | "expiry"))
            })
        })
    }

    /// Whether a body says which claims it requires: then it may have a time of its own among them.
    fn requires_others(&self, body: BodyId) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        self.expressions(body).into_iter().any(|at| match rust.exprs.get(at) {
            Expr::Field(_, name) => rust.name(name) == "required_spec_claims",
            Expr::Method(call) => rust.name(rust.exprs.method(call).name) == "set_required_spec_claims",
            _ => false,
        })
    }
}
