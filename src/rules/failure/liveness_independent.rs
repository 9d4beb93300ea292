//! `liveness-independent`: whether a container is started again depends on the process alone.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::probe::{Asks, ProbeUse, Role};
use crate::model::route::Answer;
use crate::rule::Cx;
use crate::rules::asked::{Told, of_workload};

const HELP: &str = "let the liveness probe ask a route that looks at nothing but the process, and leave what the service depends on \
                    to the readiness probe";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    let is_judged = |probe: &ProbeUse| probe.role == Role::Liveness && matches!(probe.asks, Asks::Http(_));
    of_workload(cx, workload, &mut told, is_judged, |told, running, probe| {
        let Asks::Http(ask) = &probe.asks else { return };
        let Ok((_, Answer::Served(route))) = running.answer(ask) else {
            return told.unclear(probe.span, "what answers the liveness probe cannot be told");
        };
        let (name, path) = (&running.service.name, &route.path);
        match route.asks.dependencies.first() {
            Some(asked) => {
                let message =
                    format!("the liveness probe asks `{path}`, which asks what `{name}` depends on");
                told.wrong(
                    Problem::new(ask.path_at, message, HELP)
                        .with_related(route.span, format!("`{name}` serves `{path}` here"))
                        .with_related(*asked, "and asks here"),
                );
            }
            None if route.asks.is_known => told.right(
                Label::new(ask.path_at, format!("the liveness probe asks for `{path}`")),
                Label::new(route.span, "its handler asks nothing else"),
            ),
            None => told.unclear(route.span, "what the handler of the liveness probe asks cannot be told"),
        }
    });
    told.verdict("no liveness probe asks a service of this tree over HTTP")
}
