//! `evictable-pods`: a disruption budget lets nodes be drained.

use crate::facts::kubernetes::{Amount, Budget};
use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::cluster::Object;
use crate::rule::Cx;

const HELP: &str = "set `maxUnavailable: 1` in place of `minAvailable`";

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let budgets = cx.project.budgets_of(workload);
    // A budget of several workloads is judged with the first.
    let judged = budgets.iter().filter(|budget| {
        cx.project.workloads_for(budget).next().is_some_and(|first| std::ptr::eq(first, workload))
    });
    let problems = judged.filter_map(|budget| problem(budget, Some(cx.project.pods_of(budget)))).collect();
    let evidence =
        budgets.iter().map(|budget| crate::finding::Label::new(budget.span, "it allows disruptions"));
    Verdict::of_sites(problems, evidence.collect(), "no budget counts its pods")
}

/// Budgets of pods that are not in the tree.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let problems = cx.project.budgets_without_pods().filter_map(|budget| problem(budget, None)).collect();
    Verdict::of_sites(problems, Vec::new(), "no budget is here without its pods")
}

fn problem(budget: &Object<Budget>, pods: Option<i64>) -> Option<Problem> {
    let spec = &budget.spec;
    let name = &budget.name;
    let (place, why) = match (&spec.max_unavailable, &spec.min_available) {
        (Some(most), _) if most.value.is_none() => (
            most.range,
            format!("`{name}` allows no pod to be evicted: nodes that run one cannot be drained"),
        ),
        (_, Some(least)) if leaves_none(least.value, pods) => (
            least.range,
            format!("`{name}` asks for all pods that run: nodes that run one cannot be drained"),
        ),
        (None, None) => {
            (budget.span.range, format!("`{name}` sets no bound, which allows no pod to be evicted"))
        }
        _ => return None,
    };
    Some(Problem::new(budget.home.span(place), why, HELP))
}

/// Whether as many have to be available as there are.
fn leaves_none(least: Amount, pods: Option<i64>) -> bool {
    match (least, pods) {
        (Amount::Percent(share), None) => share >= 100,
        (Amount::Pods(_), None) => false,
        (least, Some(pods)) => pods > 0 && least.rounded_up(pods) >= pods,
    }
}
