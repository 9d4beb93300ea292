//! `probe-without-login`: a probe is answered without saying who asks.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::probe::{Asks, ProbeUse};
use crate::model::route::Answer;
use crate::rule::Cx;
use crate::rules::asked::{Told, of_workload};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    let is_http = |probe: &ProbeUse| matches!(probe.asks, Asks::Http(_));
    of_workload(cx, workload, &mut told, is_http, |told, running, probe| {
        let Asks::Http(ask) = &probe.asks else { return };
        let Ok((_, Answer::Served(route))) = running.answer(ask) else {
            return told.unclear(probe.span, "what answers the probe cannot be told");
        };
        let (who, path, guards) = (probe.role.name(), &route.path, &running.service.guards);
        let question = Label::new(ask.path_at, format!("{who} asks for `{path}`"));
        if let Some(layer) = guards.mounted.first().filter(|_| guards.inside.contains(&route.span)) {
            let message = format!("{who} asks for `{path}`, which refuses whoever has not logged in");
            let help = "add the route after the layer, or to a router that it does not wrap";
            told.wrong(
                Problem::new(ask.path_at, message, help)
                    .with_related(route.span, format!("`{}` serves `{path}` here", running.service.name))
                    .with_related(layer.span, "and this stands around it"),
            );
        } else if let Some(layer) = guards.unclear.first() {
            told.unclear(layer.span, "what this stands around cannot be told");
        } else {
            told.right(question, Label::new(route.span, "no layer around it asks who is there"));
        }
    });
    told.verdict("no probe asks a service of this tree over HTTP")
}
