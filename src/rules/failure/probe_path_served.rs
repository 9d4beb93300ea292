//! `probe-path-served`: each HTTP probe's path is a route that the service serves.

use crate::finding::Verdict;
use crate::model::Workload;
use crate::model::probe::{Asks, ProbeUse};
use crate::rule::Cx;
use crate::rules::asked::{Told, of_workload, tell_path};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    let is_http = |probe: &ProbeUse| matches!(probe.asks, Asks::Http(_) | Asks::Unclear(_));
    of_workload(cx, workload, &mut told, is_http, |told, running, probe| match &probe.asks {
        Asks::Http(ask) => tell_path(told, running, probe.role.name(), ask),
        Asks::Unclear(why) => told.unclear(probe.span, why.as_str()),
        Asks::Tcp(_) | Asks::Grpc(_) | Asks::Command => {}
    });
    told.verdict("no probe asks a service of this tree over HTTP")
}
