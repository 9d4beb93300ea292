//! `published-port-bound`: each port that leads to a service is one that it binds.

use crate::finding::Verdict;
use crate::model::Workload;
use crate::model::running::Runs;
use crate::rule::Cx;
use crate::rules::asked::{Told, tell_port};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    for published in cx.project.published(workload) {
        match published.runs {
            Runs::Other => {}
            Runs::Unclear(why) => told.unclear(published.span, why),
            Runs::Service(running) => tell_port(&mut told, &running, &published.by, &published.ask),
        }
    }
    told.verdict("no port leads to a service of this tree")
}
