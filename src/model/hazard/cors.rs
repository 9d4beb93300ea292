//! Which web pages may read a service's answers: what is set for cross-origin requests.

use super::Finder;
use super::condition::Condition;
use crate::facts::rust::ExprId;
use crate::knowledge::Means;
use crate::model::symbols::BodyId;
use crate::span::Span;

/// A place that says who may read answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cors {
    pub(crate) span: Span,
    /// `tower_http::cors::CorsLayer::permissive`.
    pub(crate) path: String,
    pub(crate) lets_in: LetsIn,
}

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LetsIn {
    /// Those that are named.
    Named,
    /// Nobody, as long as nobody is named.
    Nobody,
    /// Everybody, where something else says so.
    EverybodySometimes,
    /// Everybody, but not as the user: without cookies.
    Everybody,
    /// Everybody, with the user's cookies.
    EverybodyAsTheUser,
}

impl Finder<'_, '_> {
    pub(super) fn cors(&self) -> Vec<Cors> {
        let symbols = self.chains.code.symbols;
        let mut found: Vec<Cors> = Vec::new();
        let mut add = |body: BodyId, at: ExprId, lets_in| {
            let cors = Cors { span: symbols.method_span(body, at), path: self.path(body, at), lets_in };
            if !found.iter().any(|known| known.span == cors.span) {
                found.push(cors);
            }
        };
        for (body, at, item, _) in self.calls(Means::PermissiveCors) {
            if !self.chains.code.holds(body, at, item) {
                continue;
            }
            match self.condition(body, at) {
                Condition::Build => {}
                Condition::Sometimes => add(body, at, LetsIn::EverybodySometimes),
                Condition::Always if self.with_cookies(body, at) => add(body, at, LetsIn::EverybodyAsTheUser),
                Condition::Always => add(body, at, LetsIn::Everybody),
            }
        }
        for (means, lets_in) in [(Means::CorsOrigins, LetsIn::Named), (Means::Cors, LetsIn::Nobody)] {
            for (body, at, ..) in self.calls(means) {
                if self.condition(body, at) != Condition::Build {
                    add(body, at, lets_in);
                }
            }
        }
        found.sort_by_key(|cors| cors.span);
        found
    }

    /// Whether the same layer lets cookies through.
    fn with_cookies(&self, body: BodyId, at: ExprId) -> bool {
        let lets_through = |body: BodyId, at: ExprId| {
            self.means(body, at, Means::CorsCredentials) && self.condition(body, at) == Condition::Always
        };
        // `.allow_origin(AllowOrigin::mirror_request())`: the layer is what it is handed to.
        let exprs = &self.chains.code.symbols.rust_of(body).exprs;
        let mut places = vec![at];
        places.extend(exprs.ancestors(at).find(|ancestor| {
            self.means(body, *ancestor, Means::CorsOrigins)
                || self.means(body, *ancestor, Means::PermissiveCors)
        }));
        places.into_iter().any(|at| {
            let links = self.chains.after(body, at).into_iter().chain(self.chains.before(body, at));
            lets_through(body, at) || links.into_iter().any(|link| lets_through(link.body, link.at))
        })
    }
}
