//! `rolling-update`: an update leaves pods that answer while it runs.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Kind;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !matches!(workload.kind, Kind::Deployment | Kind::StatefulSet) {
        return Verdict::not_applicable("its pods are not replaced by a rollout");
    }
    let file = workload.span.file;
    let Some(update) = &workload.update else {
        return Verdict::pass(workload.span, "pods are replaced one after another, which is the default");
    };
    if let Some(kind) =
        update.kind.as_ref().filter(|kind| kind.value == "Recreate" || kind.value == "OnDelete")
    {
        if workload.keeps_data {
            return Verdict::not_applicable("it keeps data on a volume that two pods may not share");
        }
        let (message, help) = if kind.value == "Recreate" {
            let message =
                format!("all pods of `{}` are stopped before the first new one starts", workload.name);
            (message, "use `RollingUpdate`, which is the default")
        } else {
            let message =
                format!("an update of `{}` replaces no pod until somebody deletes it", workload.name);
            (message, "use `RollingUpdate`, which is the default")
        };
        return Verdict::fail(Problem::new(kind.span(file), message, help));
    }
    if let Some(most) = &update.max_unavailable {
        let pods = cx.project.least_pods(workload).pods.max(1);
        let stopped = match most.value.strip_suffix('%').map(str::parse::<i64>) {
            Some(share) => share.map(|share| share.saturating_mul(pods) / 100),
            None => most.value.parse::<i64>(),
        };
        if stopped.is_ok_and(|stopped| stopped >= pods) {
            let message = format!("an update may stop all pods of `{}` at once", workload.name);
            let help =
                "set `maxUnavailable: 0`, and `maxSurge: 1` to start a new pod before an old one is stopped";
            return Verdict::fail(Problem::new(most.span(file), message, help));
        }
    }
    Verdict::pass(workload.span, "pods are replaced one after another")
}
