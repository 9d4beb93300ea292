//! `probe-port-bound`: each probe's port is one that the service binds.

use crate::finding::Verdict;
use crate::model::Workload;
use crate::model::probe::{Asks, ProbeUse};
use crate::rule::Cx;
use crate::rules::asked::{Told, of_workload, tell_port};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    let is_judged = |probe: &ProbeUse| probe.asks != Asks::Command;
    of_workload(cx, workload, &mut told, is_judged, |told, running, probe| match &probe.asks {
        Asks::Unclear(why) => told.unclear(probe.span, why.as_str()),
        asks => {
            if let Some(port) = asks.port() {
                tell_port(told, running, probe.role.name(), port);
            }
        }
    });
    told.verdict("no probe asks a port of a service of this tree")
}
