//! Checks of the other side's certificate that a client turns off.

use super::Finder;
use super::condition::Condition;
use super::origin::Origin;
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::Target;
use crate::model::symbols::{BodyId, TypeDefId};
use crate::span::Span;

/// A call that may turn off a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsCheck {
    pub(crate) span: Span,
    /// `reqwest::ClientBuilder::danger_accept_invalid_certs`.
    pub(crate) path: String,
    pub(crate) off: Off,
}

/// When a check is turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Off {
    Never,
    /// Where a setting says so.
    BySetting,
    Always,
}

impl Finder<'_, '_> {
    pub(super) fn tls(&self) -> Vec<TlsCheck> {
        let symbols = self.chains.code.symbols;
        let mut found = Vec::new();
        for (body, at, item, args) in self.calls(Means::InsecureTls) {
            let condition = self.condition(body, at);
            if condition == Condition::Build {
                continue;
            }
            if self.is_replaced(body, at, item) {
                continue;
            }
            let by_argument = match (&item.when, args.get(item.arg.unwrap_or(0))) {
                (None, _) => Off::Always,
                (Some(_), None) => continue,
                (Some(_), Some(_)) if self.chains.code.holds(body, at, item) => Off::Always,
                (Some(wanted), Some(arg)) => match self.origins.of(body, *arg) {
                    _ if self.is_never(body, *arg, wanted) => Off::Never,
                    Origin::Written(values) if !values.contains(wanted) => Off::Never,
                    Origin::Written(values) if values.len() == 1 => Off::Always,
                    // A mode that is no truth value and is named otherwise: `SslVerifyMode::PEER`.
                    Origin::Unknown if self.is_other_constant(body, *arg) => Off::Never,
                    _ => Off::BySetting,
                },
            };
            let off =
                if condition == Condition::Sometimes { by_argument.min(Off::BySetting) } else { by_argument };
            let (span, path) = (symbols.method_span(body, at), self.path(body, at));
            found.push(TlsCheck { span, path, off });
        }
        found.extend(self.blind_verifiers());
        found.sort_by_key(|check| check.span);
        found
    }

    /// Methods with which types verify certificates, and that say of each that it is right.
    fn blind_verifiers(&self) -> Vec<TlsCheck> {
        let symbols = self.chains.code.symbols;
        let mut found = Vec::new();
        for (body, at, ..) in self.calls(Means::CertificateTaken) {
            let Some(owner) = symbols.body(body).owner else { continue };
            if !symbols.ty(owner).called_from_outside.contains(&body) || self.looks_first(body) {
                continue;
            }
            let off = match self.made_when(owner) {
                Condition::Always => Off::Always,
                Condition::Sometimes => Off::BySetting,
                Condition::Build => continue,
            };
            found.push(TlsCheck { span: symbols.span(body, at), path: symbols.name(body).to_owned(), off });
        }
        found
    }

    /// Whether a body does anything on which its answer may depend; log lines are none.
    fn looks_first(&self, body: BodyId) -> bool {
        let exprs = &self.chains.code.symbols.rust_of(body).exprs;
        let mut open = self.chains.code.symbols.body(body).roots.clone();
        let mut calls = 0;
        while let Some(at) = open.pop() {
            match exprs.get(at) {
                Expr::Macro(_) | Expr::Path(_) => continue,
                // `Ok(…)` and the assertion.
                Expr::Call(..) => calls += 1,
                Expr::Block { .. } | Expr::Return(_) => {}
                _ => return true,
            }
            open.extend(exprs.children(at));
        }
        calls > 2
    }

    /// When values of a type are made.
    fn made_when(&self, ty: TypeDefId) -> Condition {
        let mut found = Condition::Build;
        for body in self.chains.reach.bodies.keys() {
            let makes = self.chains.code.calls.flow(*body).edges.iter();
            for edge in makes.filter(|edge| edge.to == Target::Type(ty)) {
                match self.condition(*body, edge.at) {
                    Condition::Always => return Condition::Always,
                    Condition::Sometimes => found = Condition::Sometimes,
                    Condition::Build => {}
                }
            }
        }
        found
    }

    /// `.danger_accept_invalid_certs(cfg!(debug_assertions))`.
    fn is_never(&self, body: BodyId, arg: ExprId, wanted: &str) -> bool {
        self.when_deployed(body, arg, 4).is_some_and(|holds| holds.to_string() != wanted)
    }

    /// Whether the code checks by itself what it turns off, on the same value.
    fn is_replaced(&self, body: BodyId, at: ExprId, item: &Item) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        let flow = self.chains.code.calls.flow(body);
        let Expr::Method(call) = rust.exprs.get(at) else { return false };
        let Some(own) = flow.binding_number(rust.exprs.method(call).receiver) else { return false };
        let replaces = |at: ExprId| match rust.exprs.get(at) {
            Expr::Method(call) => {
                let call = rust.exprs.method(call);
                flow.binding_number(call.receiver) == Some(own)
                    && item.replaced_by.iter().any(|name| name == rust.name(call.name))
            }
            _ => false,
        };
        self.expressions(body).into_iter().any(replaces)
    }

    /// Whether an expression names a constant or variant, and no variable.
    fn is_other_constant(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        let is_path = matches!(rust.exprs.get(at), Expr::Path(_));
        is_path && self.chains.code.calls.flow(body).binding(at).is_none()
    }
}
