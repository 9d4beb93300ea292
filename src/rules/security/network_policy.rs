//! `network-policy`: who may connect to what is deployed is said.

use crate::finding::{Problem, Verdict};
use crate::model::cluster::Policies;
use crate::rule::{Confidence, Cx, Severity};

const HELP: &str =
    "add a `NetworkPolicy` that denies what is not named, and one for each connection that is needed";

/// One finding for all that is deployed: most clusters have policies for everything or for nothing.
pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let (missing, policy) = match cx.project.policies() {
        Policies::NotAsked => {
            return Verdict::not_applicable("nothing is deployed to Kubernetes that others ask");
        }
        Policies::All(policy) => {
            return Verdict::pass(policy, "a policy is about each workload, as this one is");
        }
        Policies::Unclear(why) => return Verdict::unknown(why),
        Policies::Missing(missing, policy) => (missing, policy),
    };
    let Some(first) = missing.first() else { return Verdict::not_applicable("each has a policy") };
    let all = match missing.len() {
        1 => format!("`{}`", first.name),
        more => format!("`{}` and {} more", first.name, more - 1),
    };
    let problem = match policy {
        Some(policy) => {
            let message =
                format!("any pod of the cluster can connect to {all}, which no network policy selects");
            Problem::new(first.span, message, HELP).with_related(policy, "a policy for others")
        }
        // Whoever runs the cluster may have policies of their own.
        None => Problem {
            confidence: Some(Confidence::Low),
            ..Problem::new(
                first.span,
                format!("any pod of the cluster can connect to {all}: there is no network policy"),
                HELP,
            )
            .with_severity(Severity::Low)
        },
    };
    Verdict::fail(problem)
}
