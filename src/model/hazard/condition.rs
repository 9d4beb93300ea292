//! When a piece of code runs: always, where something says so, or in builds that are not deployed.

use super::Finder;
use crate::facts::rust::{Expr, ExprId};
use crate::model::calls::Source;
use crate::model::symbols::BodyId;

/// Conditions pass through at most this many variables.
const MAX_DEPTH: usize = 4;

/// When an expression runs, once its body does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Always,
    /// Where something else says so.
    Sometimes,
    /// Only where the program is built for it: `if cfg!(debug_assertions)`.
    Build,
}

/// Whether a condition holds in what is deployed; `None` where it cannot be told.
type Holds = Option<bool>;

impl Finder<'_, '_> {
    /// Whether an expression of a body runs whenever the body does.
    pub(super) fn condition(&self, body: BodyId, at: ExprId) -> Condition {
        let exprs = &self.chains.code.symbols.rust_of(body).exprs;
        let mut found = Condition::Always;
        let mut inner = at;
        for ancestor in exprs.ancestors(at) {
            let runs = match exprs.get(ancestor) {
                Expr::If { parts, .. } if exprs.list(parts)[0] != inner => {
                    let parts = exprs.list(parts);
                    let holds = self.when_deployed(body, parts[0], MAX_DEPTH);
                    if parts[1] == inner { holds } else { holds.map(|holds| !holds) }
                }
                Expr::And(left, right) if right == inner => self.when_deployed(body, left, MAX_DEPTH),
                Expr::Or(left, right) if right == inner => {
                    self.when_deployed(body, left, MAX_DEPTH).map(|holds| !holds)
                }
                Expr::Match { scrutinee, .. } if scrutinee != inner => None,
                _ => Some(true),
            };
            match runs {
                Some(true) => {}
                Some(false) => return Condition::Build,
                None => found = Condition::Sometimes,
            }
            inner = ancestor;
        }
        found
    }

    /// Whether a condition holds in what is deployed, as far as it asks how the program was built.
    pub(super) fn when_deployed(&self, body: BodyId, at: ExprId, depth: usize) -> Holds {
        let rust = self.chains.code.symbols.rust_of(body);
        match rust.exprs.get(at) {
            Expr::Bool(value) => Some(value),
            Expr::Macro(call) => {
                let call = rust.exprs.macro_(call);
                let is_cfg =
                    rust.exprs.path(call.path).segments.last().is_some_and(|name| rust.name(*name) == "cfg");
                match rust.exprs.list(call.args) {
                    [predicate] if is_cfg => self.predicate(body, *predicate),
                    _ => None,
                }
            }
            Expr::Not(inner) => self.when_deployed(body, inner, depth).map(|holds| !holds),
            Expr::And(left, right) => {
                all([self.when_deployed(body, left, depth), self.when_deployed(body, right, depth)])
            }
            Expr::Or(left, right) => {
                any([self.when_deployed(body, left, depth), self.when_deployed(body, right, depth)])
            }
            Expr::Path(_) if depth > 0 => match self.chains.code.calls.flow(body).binding(at)?.source {
                Source::Value(value) if self.is_cfg(body, value) => {
                    self.when_deployed(body, value, depth - 1)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a value is what `cfg!` says; a variable with another may be assigned later.
    fn is_cfg(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        match rust.exprs.get(at) {
            Expr::Macro(_) => self.when_deployed(body, at, 0).is_some(),
            Expr::Not(inner) => self.is_cfg(body, inner),
            Expr::And(left, right) | Expr::Or(left, right) => {
                self.is_cfg(body, left) || self.is_cfg(body, right)
            }
            _ => false,
        }
    }

    /// `debug_assertions`, `feature = "e2e"`, `not(…)`, `all(…)`, `any(…)`. What is built for a feature is built so on purpose.
    fn predicate(&self, body: BodyId, at: ExprId) -> Holds {
        let rust = self.chains.code.symbols.rust_of(body);
        let Expr::Call(callee, args) = rust.exprs.get(at) else { return Some(self.is_linux(body, at)) };
        let Expr::Path(path) = rust.exprs.get(callee) else { return None };
        let mut parts = rust.exprs.list(args).iter().map(|arg| self.predicate(body, *arg));
        match rust.exprs.path(path).segments.last().map(|name| rust.name(*name)) {
            Some("not") => parts.next()?.map(|holds| !holds),
            Some("all") => all(parts),
            Some("any") => any(parts),
            _ => None,
        }
    }

    /// Whether an option of `cfg!` holds wherever the service runs: `unix`, `target_os = "linux"`.
    fn is_linux(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.chains.code.symbols.rust_of(body);
        let last = |at: ExprId| match rust.exprs.get(at) {
            Expr::Path(path) => rust.exprs.path(path).segments.last().map(|name| rust.name(*name)),
            Expr::Str(text) => Some(rust.name(text)),
            _ => None,
        };
        match rust.exprs.get(at) {
            Expr::Assign(left, right) => {
                matches!(
                    (last(left), last(right)),
                    (Some("target_os"), Some("linux")) | (Some("target_family"), Some("unix"))
                )
            }
            _ => last(at) == Some("unix"),
        }
    }
}

fn all(parts: impl IntoIterator<Item = Holds>) -> Holds {
    let parts: Vec<Holds> = parts.into_iter().collect();
    if parts.contains(&Some(false)) {
        Some(false)
    } else {
        parts.into_iter().all(|part| part.is_some()).then_some(true)
    }
}

fn any(parts: impl IntoIterator<Item = Holds>) -> Holds {
    all(parts.into_iter().map(|part| part.map(|holds| !holds))).map(|holds| !holds)
}
