//! `grpc-probe-served`: what a gRPC probe asks is answered by the gRPC health service.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Workload;
use crate::model::probe::{Asks, ProbeUse};
use crate::rule::Cx;
use crate::rules::asked::{Told, of_workload};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    let is_grpc = |probe: &ProbeUse| matches!(probe.asks, Asks::Grpc(_));
    of_workload(cx, workload, &mut told, is_grpc, |told, running, probe| {
        let (who, service) = (probe.role.name(), running.service);
        if let Some(used) = service.uses(Means::GrpcHealth).first() {
            let question = Label::new(probe.span, format!("{who} asks the gRPC health service"));
            return told.right(question, Label::new(used.span, "which is set up here"));
        }
        if let Some(why) = service.blind_spot() {
            return told.unclear(probe.span, why);
        }
        let message = format!("{who} asks the gRPC health service, which `{}` does not have", service.name);
        let help = "add the service of `tonic-health`, or let the probe ask over HTTP or TCP";
        told.wrong(
            Problem::new(probe.span, message, help)
                .with_related(service.start(), format!("`{}` starts to serve here", service.name)),
        );
    });
    told.verdict("no probe asks a service of this tree over gRPC")
}
