//! `disruption-budget`: maintenance of nodes does not take all pods of a service at once.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Kind;
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !matches!(workload.kind, Kind::Deployment | Kind::StatefulSet) {
        return Verdict::not_applicable("no budget is asked of this kind of workload");
    }
    if let Some(budget) = cx.project.budgets_of(workload).first() {
        return Verdict::pass(budget.span, "this budget counts its pods");
    }
    let least = cx.project.least_pods(workload);
    let is_chosen = least.said.is_some() && !least.by_autoscaler;
    let is_alone = is_chosen || workload.runs_once();
    if least.pods < 2 && is_alone {
        return Verdict::not_applicable("it is one pod, which a budget could only hold on to");
    }
    if let Some(why) = workload.completed_by() {
        return Verdict::unknown(why);
    }
    if cx.project.is_open(workload.span) {
        return Verdict::unknown("what is not written beside it may make a budget");
    }
    let message =
        format!("nothing keeps the drain of nodes from stopping all pods of `{}` at once", workload.name);
    let problem =
        Problem::new(workload.span, message, "add a `PodDisruptionBudget` with `maxUnavailable: 1`");
    // How many copies a store has is set up with it, as a rule.
    let problem = if workload.is_store() { problem.with_severity(Severity::Low) } else { problem };
    Verdict::fail(problem.subsumed_by("several-replicas"))
}
