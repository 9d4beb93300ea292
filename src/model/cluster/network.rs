//! Which of the workloads that run services of the tree no network policy is about.

use super::joins::are_applied_together;
use crate::model::workload::{Kind, Platform};
use crate::model::{Project, Workload};
use crate::source::is_for_development;
use crate::span::Span;

/// What manifests say of who may connect to the workloads that others ask.
pub(crate) enum Policies<'p> {
    /// There are no such workloads.
    NotAsked,
    /// A policy, where each workload has one.
    All(Span),
    /// The workloads without, and a policy for others.
    Missing(Vec<&'p Workload>, Option<Span>),
    Unclear(&'static str),
}

impl Project<'_> {
    pub(crate) fn policies(&self) -> Policies<'_> {
        let is_asked = |workload: &&Workload| {
            workload.platform == Platform::Kubernetes
                && !workload.is_aside
                && workload.is_long_running()
                && workload.kind != Kind::Custom
                && !is_for_development(self.sources.path(workload.span.file))
                && self.services_in(workload).next().is_some()
                && self.is_asked(workload)
        };
        let asked: Vec<&Workload> = self.workloads.iter().filter(is_asked).collect();
        if asked.is_empty() {
            return Policies::NotAsked;
        }
        // Policies add up, wherever they stand.
        let is_about = |workload: &Workload| {
            self.cluster.policies.iter().any(|policy| {
                let namespaces = policy.namespace.as_ref().zip(workload.namespace.as_ref());
                policy.spec.selects(&workload.labels)
                    && namespaces.is_none_or(|(a, b)| a == b)
                    && are_applied_together(policy.built_by, workload.built_by)
            })
        };
        let policy = self.cluster.policies.first().map(|policy| policy.span);
        let missing: Vec<&Workload> = asked.into_iter().filter(|workload| !is_about(workload)).collect();
        match (missing.as_slice(), policy) {
            ([], Some(policy)) => Policies::All(policy),
            _ if !self.cluster.other_policies.is_empty() => {
                Policies::Unclear("policies of another kind may restrict who connects")
            }
            _ if self.cluster.optional_policy.is_some() => {
                Policies::Unclear("a chart makes a policy where its values ask for one")
            }
            (all, _) if all.iter().all(|it| self.is_open(it.span)) => {
                Policies::Unclear("what is not written here may make a policy")
            }
            _ => Policies::Missing(missing, policy),
        }
    }
}
