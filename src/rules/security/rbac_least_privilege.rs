//! `rbac-least-privilege`: a workload may do in the cluster what it needs, and no more.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::cluster::{Excess, Much};
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let bindings = cx.project.bindings_of(workload);
    if bindings.is_empty() {
        return Verdict::not_applicable("its service account is given nothing here");
    }
    let excess = cx.project.excess_of(workload);
    // What several workloads may do is judged with the first of them.
    let is_first = |one: &&Excess| {
        let mut all = cx.project.workloads.iter().filter(|other| !other.is_aside);
        let first = all.find(|other| cx.project.excess_of(other).contains(one));
        first.is_none_or(|first| first.id == workload.id)
    };
    let problems: Vec<Problem> = excess.iter().filter(is_first).map(|one| problem(one, workload)).collect();
    if problems.is_empty() && !excess.is_empty() {
        return Verdict::not_applicable("another workload has the same account, and is judged");
    }
    let evidence = bindings.iter().map(|binding| Label::new(binding.span, "what it may do is named"));
    Verdict::of_sites(problems, evidence.collect(), "its service account is given nothing here")
}

fn problem(excess: &Excess, workload: &Workload) -> Problem {
    let name = &workload.name;
    let place = if excess.is_everywhere { "in the cluster" } else { "in its namespace" };
    let what = match excess.much {
        Much::All => format!("do anything {place}"),
        Much::Core => format!("change every object of the core group {place}, secrets included"),
        Much::ReadCore => format!("read every secret {place}"),
        Much::Sensitive => format!("do anything {place} with what gives it the rights of others"),
    };
    let message = format!("whoever takes over `{name}` may {what}");
    let help = "name the groups, resources and verbs that it uses";
    let problem = Problem::new(excess.span, message, help).with_related(excess.bound, "it is bound here");
    match excess.much {
        Much::All | Much::Core if excess.is_everywhere => problem,
        _ => problem.with_severity(Severity::Medium),
    }
}
