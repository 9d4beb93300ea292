//! What each server of a service answers with: the router that it is given, and with it the routes and the layers.

use std::collections::BTreeSet;

use super::{Audience, Place, Server};
use crate::facts::rust::ExprId;
use crate::knowledge::Means;
use crate::model::ServiceKind;
use crate::model::layers::Wrapped;
use crate::model::reach::{Code, Reach};
use crate::model::route::Routes;
use crate::model::route::followed::{MAX_DEPTH, is_followed};
use crate::model::symbols::BodyId;
use crate::span::Span;

/// The servers of a service, each with what it answers with.
pub(crate) struct Held<'h, 'a> {
    servers: Vec<Answers<'h, 'a>>,
    /// Whether there is more than one, so that there is something to keep apart.
    pub(crate) are_several: bool,
}

struct Answers<'h, 'a> {
    span: Span,
    kind: ServiceKind,
    place: Option<Place>,
    router: Wrapped<'h, 'a>,
    /// Whether all that it answers with could be followed.
    is_complete: bool,
}

impl<'h, 'a> Held<'h, 'a> {
    pub(crate) fn of(code: &'h Code<'h, 'a>, reach: &'h Reach, servers: &[Server]) -> Self {
        let are_several = servers.len() > 1;
        let answers = |server: &Server| {
            let mut router = Wrapped::new(code, reach);
            let mut is_complete = false;
            if let Some((body, at)) = server.place.filter(|_| are_several) {
                let at = router_of(code, body, at);
                router.add(body, at);
                is_complete = router.is_complete && is_followed(code, reach, body, at, MAX_DEPTH);
            }
            Answers { span: server.span, kind: server.kind, place: server.place, router, is_complete }
        };
        Self { servers: servers.iter().map(answers).collect(), are_several }
    }

    /// Whether a server, by its number, answers with what stands at a place.
    pub(crate) fn holds(&self, server: usize, body: BodyId, at: ExprId) -> bool {
        self.servers[server].router.holds(body, at)
    }

    /// The servers, by their numbers, that may answer with what stands at a place: all of them where none is known to.
    pub(crate) fn may_hold(&self, body: BodyId, at: ExprId) -> BTreeSet<usize> {
        let found: BTreeSet<usize> = self.numbers().filter(|server| self.holds(*server, body, at)).collect();
        if found.is_empty() {
            return self.numbers().collect();
        }
        self.numbers().filter(|server| found.contains(server) || !self.servers[*server].is_complete).collect()
    }

    /// The servers that may answer with what stands at a place.
    pub(crate) fn spans(&self, body: BodyId, at: ExprId) -> Vec<Span> {
        self.may_hold(body, at).into_iter().map(|server| self.servers[server].span).collect()
    }

    pub(crate) fn numbers(&self) -> std::ops::Range<usize> {
        0..self.servers.len()
    }

    /// The servers that answer requests and are none of these.
    pub(crate) fn without(&self, covered: &BTreeSet<usize>) -> impl Iterator<Item = Span> {
        self.numbers()
            .filter(|server| !covered.contains(server))
            .map(|server| &self.servers[server])
            .filter(|server| matches!(server.kind, ServiceKind::Http | ServiceKind::Grpc))
            .map(|server| server.span)
    }

    /// The number of the server that is started at a place.
    pub(crate) fn at(&self, place: Place) -> Option<usize> {
        self.servers.iter().position(|server| server.place == Some(place))
    }

    /// All that a server answers with, if it could be followed.
    pub(crate) fn router_of(&self, server: usize) -> Option<&Wrapped<'h, 'a>> {
        let server = &self.servers[server];
        server.is_complete.then_some(&server.router)
    }

    /// For whom each server answers.
    pub(crate) fn audiences(&self, routes: &Routes, service: &str) -> Vec<Audience> {
        if !self.are_several {
            return vec![Audience::Unknown; self.servers.len()];
        }
        let is_answering = |server: &Answers<'_, '_>| {
            matches!(server.kind, ServiceKind::Http | ServiceKind::Grpc | ServiceKind::Tcp)
        };
        let places = || routes.registered.iter().chain(&routes.beside);
        let of_users: BTreeSet<Span> = routes.of_users(service).collect();
        let mut found: Vec<Audience> = self
            .servers
            .iter()
            .map(|server| {
                let own: Vec<Span> = places()
                    .filter(|(body, at, _)| server.router.holds(*body, *at))
                    .map(|(.., span)| *span)
                    .collect();
                if own.iter().any(|span| of_users.contains(span)) || server.kind == ServiceKind::Grpc {
                    Audience::Users
                } else if server.is_complete
                    && !own.is_empty()
                    && !server.router.has_fallback
                    && server.kind == ServiceKind::Http
                {
                    Audience::Operators
                } else {
                    Audience::Unknown
                }
            })
            .collect();
        // Nothing is left for the users: what they ask for was not seen.
        let mut answering = self.servers.iter().zip(&found).filter(|(server, _)| is_answering(server));
        let works = self.servers.iter().any(|server| !is_answering(server));
        if !works && answering.all(|(_, audience)| *audience == Audience::Operators) {
            found.fill(Audience::Unknown);
        }
        found
    }
}

/// The expression that a server answers with: an argument of the call that starts it, or all of its chain.
fn router_of(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> ExprId {
    let exprs = &code.symbols.rust_of(body).exprs;
    let item = code.calls.flow(body).site(at).and_then(|node| code.symbols.means(node, Means::Server));
    let args = exprs.args(at);
    item.and_then(|item| args.get(item.router_arg?)).copied().unwrap_or(at)
}
