//! What Prometheus is told in its own files: which targets it scrapes, and which rules it evaluates
//! (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/>). The same rules stand in the
//! `PrometheusRule` of Kubernetes.

use crate::span::At;
use crate::syntax::promql;
use crate::syntax::yaml::{self, Ref};

/// The facts of a configuration or a file of rules.
#[derive(Debug, Default)]
pub(crate) struct PrometheusFacts {
    pub(crate) jobs: Vec<Job>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) errors: Vec<At<String>>,
}

/// A job with targets that are written down (`static_configs`).
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) path: Option<At<String>>,
    /// `host:port`.
    pub(crate) targets: Vec<At<String>>,
}

/// A rule: an alert, or a name for what an expression gives.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: At<String>,
    pub(crate) is_alert: bool,
    /// The metrics that its expression asks for, at the expression; nothing where that cannot be told.
    pub(crate) metrics: Option<At<Vec<String>>>,
    /// The annotation that leads to what to do.
    pub(crate) runbook: Option<At<String>>,
}

pub(crate) fn extract(text: &str) -> PrometheusFacts {
    let tree = yaml::parse(text);
    let all = |key: &'static str| tree.roots().filter_map(move |root| root.get(key)).flat_map(Ref::items);
    let jobs = all("scrape_configs").map(job).collect();
    let rules = tree.roots().flat_map(rules).collect();
    PrometheusFacts { jobs, rules, errors: tree.into_errors() }
}

fn job(node: Ref<'_>) -> Job {
    let targets = node.get("static_configs").into_iter().flat_map(Ref::items);
    Job {
        path: node.get("metrics_path").and_then(Ref::at_str),
        targets: targets.filter_map(|it| it.get("targets")).flat_map(Ref::strings).collect(),
    }
}

/// The annotations that lead to what to do.
const RUNBOOKS: &[&str] = &["runbook_url", "runbook", "runbookUrl", "playbook_url", "playbook"];

/// The rules of a mapping with `groups`.
pub(super) fn rules(node: Ref<'_>) -> Vec<Rule> {
    let groups = node.get("groups").into_iter().flat_map(Ref::items);
    let rules = groups.filter_map(|group| group.get("rules")).flat_map(Ref::items);
    rules.filter_map(rule).collect()
}

fn rule(node: Ref<'_>) -> Option<Rule> {
    let alert = node.get("alert").and_then(Ref::at_str);
    let is_alert = alert.is_some();
    let expr = node.get("expr").and_then(Ref::at_text);
    let metrics = expr.and_then(|expr| Some(At::new(promql::metrics(&expr.value)?, expr.range)));
    let runbook = RUNBOOKS.iter().find_map(|key| node.path(&["annotations", key])?.at_str());
    let runbook = runbook.filter(|it| !it.value.is_empty());
    Some(Rule { name: alert.or_else(|| node.get("record")?.at_str())?, is_alert, metrics, runbook })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_rules_are_taken() {
        let text = "scrape_configs:\n  - job_name: web\n    metrics_path: /m\n    static_configs:\n      - targets: [\"web:3000\", a:1]\n";
        let facts = extract(text);
        let targets: Vec<&str> = facts.jobs[0].targets.iter().map(|target| target.value.as_str()).collect();
        assert_eq!(
            (facts.jobs[0].path.as_ref().map(|path| path.value.as_str()), targets),
            (Some("/m"), vec!["web:3000", "a:1"])
        );

        let text = "groups:\n  - name: g\n    rules:\n      - alert: Down\n        expr: up == 0\n      - record: job:a\n        expr: sum(a)\n      - alert: Open\n        expr: rate($x)\n";
        let rules = extract(text).rules;
        let told: Vec<_> = rules
            .iter()
            .map(|rule| {
                (rule.name.value.as_str(), rule.is_alert, rule.metrics.as_ref().map(|it| it.value.join(",")))
            })
            .collect();
        assert_eq!(
            told,
            [("Down", true, Some("up".into())), ("job:a", false, Some("a".into())), ("Open", true, None)]
        );
    }
}
