//! `bounded-drain`: a server that drains does not wait for connections that never end.

use crate::finding::{Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::model::server::{Limit, Server, Stop};
use crate::model::work::Phase;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let upgrades = service.uses(Means::Upgrade);
    let is_held = |span| !upgrades.iter().any(|upgrade| upgrade.span == span);
    let Some(endless) = service.uses(Means::EndlessResponse).iter().find(|used| is_held(used.span)) else {
        return Verdict::not_applicable("sends no response that may last for ever");
    };
    let asked = |server: &&Server| server.limit != Limit::NotAsked;
    let Some(server) = service.servers.iter().find(asked) else {
        return Verdict::not_applicable("does not drain, or within a limit of the framework's own");
    };
    let drain = match &server.stop {
        Stop::Drains(span) => *span,
        _ => server.span,
    };
    let elsewhere = [Means::Timeout, Means::Exit, Means::ShutdownToken];
    let ends = elsewhere.iter().flat_map(|means| service.uses(*means)).find(|used| {
        used.phase == Phase::Start
            || service.uses(Means::ShutdownToken).iter().any(|token| token.span == used.span)
    });
    match (&server.limit, ends) {
        (Limit::Set(span), _) => Verdict::pass(*span, "this bounds the wait"),
        (Limit::Unclear(why), _) => Verdict::unknown(why.clone()),
        (_, Some(used)) => Verdict::unknown(format!("`{}` may end the wait or the responses", used.path)),
        (_, None) => Verdict::fail(
            Problem::new(
                drain,
                format!(
                    "`{}` waits for ever for responses that do not end when it is told to stop",
                    service.name
                ),
                "put `tokio::time::timeout` around the wait, or end the responses on shutdown",
            )
            .with_related(endless.span, format!("`{}` lasts as long as the client stays", endless.path)),
        ),
    }
}
