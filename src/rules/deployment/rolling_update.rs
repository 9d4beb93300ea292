//! `rolling-update`: an update leaves pods that answer while it runs.

use crate::facts::kubernetes::Strategy;
use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Kind;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !matches!(workload.kind, Kind::Deployment | Kind::StatefulSet) {
        return Verdict::not_applicable("its pods are not replaced by a rollout");
    }
    let Some(update) = &workload.update else {
        return Verdict::pass(workload.span, "pods are replaced one after another, which is the default");
    };
    let stops_all = update.kind.as_ref().and_then(|kind| {
        let what = match kind.value {
            Strategy::Recreate => "stops all pods before the first new one starts",
            Strategy::OnDelete => "replaces no pod until somebody deletes it",
            Strategy::Rolling | Strategy::Other => return None,
        };
        Some((kind, what))
    });
    if let Some((kind, what)) = stops_all {
        if workload.keeps_data {
            return Verdict::not_applicable("it keeps data on a volume that two pods may not share");
        }
        let message = format!("an update of `{}` {what}", workload.name);
        let help = "use `RollingUpdate`, which is the default";
        return Verdict::fail(Problem::new(workload.home.at(kind), message, help));
    }
    if let Some(most) = &update.max_unavailable {
        let pods = cx.project.least_pods(workload).pods.max(1);
        // https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/
        let stopped = match workload.kind {
            Kind::StatefulSet => most.value.rounded_up(pods),
            _ => most.value.rounded_down(pods),
        };
        if stopped >= pods {
            let message = format!("an update may stop all pods of `{}` at once", workload.name);
            let help =
                "set `maxUnavailable: 0`, and `maxSurge: 1` to start a new pod before an old one is stopped";
            return Verdict::fail(Problem::new(workload.home.at(most), message, help));
        }
    }
    Verdict::pass(workload.span, "pods are replaced one after another")
}
