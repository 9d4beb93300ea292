//! `alerts-known-metrics`: alerts ask for metrics that are exported.

use crate::finding::{Label, Problem, Verdict};
use crate::model::metric::Origin;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    if project.alerting_rules().all(|given| !given.rule.is_alert) {
        return Verdict::not_applicable("there are no alerts");
    }
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for asked in &project.asked_metrics {
        let metric = &asked.metric;
        match &asked.origin {
            Origin::Code => {
                evidence.push(Label::new(asked.span, format!("`{metric}` is a metric of the code")));
            }
            Origin::Nowhere(near) => {
                let message =
                    format!("the alert `{}` asks for `{metric}`, which no code here exports", asked.alert);
                let help = match near {
                    Some(near) => format!("ask for `{near}`, or export `{metric}`"),
                    None => format!("export `{metric}`, or ask for a metric that is exported"),
                };
                problems.push(Problem::new(asked.span, message, help));
            }
        }
    }
    if let Some(service) =
        project.services.iter().find(|service| !service.unread.is_empty() && !problems.is_empty())
    {
        return Verdict::unknown(format!(
            "a file of `{}` could not be read, and may export it",
            service.name
        ));
    }
    Verdict::of_sites(problems, evidence, "no alert asks for a metric of this tree's own")
}
