//! `metrics-scraped`: somebody collects the metrics that are exported.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::workload::Platform;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let project = cx.project;
    let Some(route) = service.routes.for_metrics() else {
        return Verdict::not_applicable("it serves no route for metrics");
    };
    let own =
        || project.workloads_of(service).filter(|it| !it.is_aside && it.platform == Platform::Kubernetes);
    if own().next().is_none() {
        return Verdict::not_applicable("no manifest of Kubernetes deploys it");
    }
    if let Some(place) = project.is_scraped(service) {
        let served = Label::new(route.span, format!("`{}` is served", route.path));
        return Verdict::Pass(vec![served, Label::new(place, "and Prometheus is told to scrape it")]);
    }
    if !project.says_what_is_scraped() {
        return Verdict::not_applicable("the tree does not say what Prometheus scrapes");
    }
    if let Some(workload) = own().find(|workload| project.is_open(workload.span)) {
        let label = Label::new(workload.span, "what is made of this is not all written here");
        return Verdict::Unknown("what scrapes it may be made of what is not written".into(), vec![label]);
    }
    if let Some(place) = project.scraped_out_of_sight() {
        let label = Label::new(place, "what is scraped here runs no service that is known");
        return Verdict::Unknown("what is scraped of others may be this service".into(), vec![label]);
    }
    Verdict::fail(
        Problem::new(
            route.span,
            format!(
                "`{}` serves `{}`, and nothing is told to scrape it, while others are",
                service.name, route.path
            ),
            "add a `ServiceMonitor` or a `PodMonitor`, or the annotations that the others have",
        )
        .with_related(own().next().map_or(service.main, |workload| workload.span), "it is deployed here"),
    )
}
