//! `healthcheck-target`: the health check of an image asks for what its service serves, and can fail.

use crate::finding::{Problem, Verdict};
use crate::model::probe::{Asks, ProbeUse};
use crate::model::running::Runs;
use crate::model::{Image, Workload};
use crate::rule::Cx;
use crate::rules::asked::{Told, tell_path, tell_port};

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    let Some(check) = &image.healthcheck else { return Verdict::not_applicable("it has no health check") };
    let mut told = Told::default();
    can_fail(&mut told, check);
    match (cx.project.runs_by_itself(image), &check.asks) {
        (Runs::Other, _) | (_, Asks::Command) => {}
        (_, Asks::Unclear(why)) => told.unclear(check.span, why.as_str()),
        (Runs::Unclear(why), _) => told.unclear(check.span, why),
        (Runs::Service(running), asks) => {
            if let Some(port) = asks.port() {
                tell_port(&mut told, &running, check.role.name(), port);
            }
            if let Asks::Http(ask) = asks {
                tell_path(&mut told, &running, check.role.name(), ask);
            }
        }
    }
    told.verdict("its health check asks no service of this tree over the network")
}

/// What the check of a compose service asks for is judged as that of any workload.
pub(super) fn of_workload(_: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    for check in workload.containers.iter().flat_map(|container| &container.probes) {
        can_fail(&mut told, check);
    }
    told.verdict("it has no health check that succeeds in any case")
}

fn can_fail(told: &mut Told, check: &ProbeUse) {
    if check.never_fails {
        let help = "let the command end with the status of what asks, or with `|| exit 1`";
        let message = format!("{} succeeds whatever the answer is", check.role.name());
        told.wrong(Problem::new(check.span, message, help));
    }
}
