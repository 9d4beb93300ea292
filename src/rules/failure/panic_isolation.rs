//! `panic-isolation`: a panic ends one request, not the process.

use crate::finding::{Problem, Verdict};
use crate::knowledge::Means;
use crate::model::{Service, ServiceKind};
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let catches = [Means::CatchPanic, Means::CatchUnwind];
    let catch = catches.iter().flat_map(|means| service.uses(*means)).next();
    // A manifest that is broken may hold the profile, and a file that was not read the call that catches.
    let manifest = service.manifest.file;
    let unread = service.unread.iter().find(|unread| catch.is_none() || unread.span.file == manifest);
    if let (None, Some(unread)) = (service.aborts, unread) {
        return Verdict::unknown(unread.why.clone());
    }
    match (service.aborts, catch) {
        (Some(aborts), Some(catch)) => Verdict::fail(
            Problem::new(
                aborts,
                format!("each panic ends `{}`: with `panic = \"abort\"` nothing catches it", service.name),
                "take `panic = \"abort\"` out of `[profile.release]`",
            )
            .with_related(catch.span, format!("`{}` would catch it", catch.path)),
        ),
        (Some(aborts), None) if takes_requests(service) => Verdict::fail(
            Problem::new(
                aborts,
                format!("a panic in one request of `{}` ends all the others", service.name),
                "take `panic = \"abort\"` out of `[profile.release]`, unless a restart is what you want",
            )
            .with_severity(Severity::Info),
        ),
        (None, Some(catch)) => {
            Verdict::pass(catch.span, "this catches panics, and the release profile unwinds")
        }
        (None, None) if takes_requests(service) => {
            Verdict::pass(service.start(), "the release profile unwinds: a panic ends one task")
        }
        (_, None) => Verdict::not_applicable("takes no requests, and catches no panics"),
    }
}

fn takes_requests(service: &Service) -> bool {
    service.serves_requests() || service.kind == ServiceKind::Tcp
}
