//! What a service answers, and to whom.

use super::Bind;
use crate::knowledge::Means;
use crate::model::body::UnboundedBody;
use crate::model::layers::Layers;
use crate::model::reach::{Code, Reach};
use crate::model::requests::Requests;
use crate::model::route::Routes;
use crate::model::server::{Audience, Held, Server};
use crate::model::value::Values;
use crate::model::work::Work;

/// What a service answers.
pub(super) struct Answering<'r, 'a> {
    pub(super) routes: Routes,
    /// What bounds the time of the requests.
    pub(super) request_timeouts: Layers,
    /// What refuses strangers.
    pub(super) guards: Layers,
    /// What tells the requests apart.
    pub(super) requests: Requests,
    /// For whom each server is.
    pub(super) audiences: Vec<Audience>,
    held: Held<'r, 'a>,
}

impl<'r, 'a> Answering<'r, 'a> {
    pub(super) fn of(
        code: &'r Code<'r, 'a>,
        reach: &'r Reach,
        work: &Work,
        servers: &[Server],
        name: &str,
    ) -> Self {
        let values = Values::new(code, reach);
        let mut routes = Routes::of(&values);
        let held = Held::of(code, reach, servers);
        if held.are_several {
            let places = routes.registered.iter().chain(&routes.beside);
            routes.servers = places.map(|(body, at, span)| (*span, held.spans(*body, *at))).collect();
        }
        Self {
            request_timeouts: Layers::of(&values, Means::RequestTimeout, &routes.registered, &held),
            guards: Layers::of(&values, Means::Guard, &routes.registered, &held),
            requests: Requests::of(&values, &routes, &held, work),
            audiences: held.audiences(&routes, name),
            routes,
            held,
        }
    }

    /// Tells bodies that are taken without a limit which servers take them.
    pub(super) fn tell_bodies(&self, code: &Code<'_, '_>, reach: &Reach, bodies: &mut [UnboundedBody]) {
        if bodies.is_empty() {
            return;
        }
        let limits = reach.sites.iter().filter(|(body, site)| {
            let item = code.symbols.means(site.node, Means::BodyLimit);
            item.is_some_and(|item| code.holds(*body, site.at, item))
        });
        let around: Vec<_> = limits.map(|(body, site)| self.held.may_hold(*body, site.at)).collect();
        for unbounded in bodies {
            let takers = self.held.may_hold(unbounded.place.0, unbounded.place.1);
            // What a library serves out of sight has no server here.
            unbounded.may_be_bounded =
                around.iter().any(|limit| takers.is_empty() || !takers.is_disjoint(limit));
            unbounded.is_for_operators = !takers.is_empty()
                && takers.iter().all(|taker| self.audiences[*taker] == Audience::Operators);
        }
    }
}

/// Tells servers and addresses for whom they are.
pub(super) fn tell(audiences: &[Audience], servers: &mut [Server], binds: &mut [Bind]) {
    for (server, audience) in servers.iter_mut().zip(audiences) {
        server.audience = *audience;
    }
    for bind in binds {
        bind.audience = Audience::of_all(servers.iter().filter(|server| bind.servers.contains(&server.span)));
    }
}
