//! What the service account of a workload may do in the cluster, where that is more than anybody means to give
//! (<https://kubernetes.io/docs/concepts/security/rbac-good-practices/>).

use super::Object;
use super::joins::are_applied_together;
use crate::facts::kubernetes::{Binding, RoleRule};
use crate::model::workload::Platform;
use crate::model::{Project, Workload};
use crate::span::{At, Span};

/// A right that names nothing, or too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    /// The `*`, or the name of the role.
    pub(crate) span: Span,
    /// Where the account is given it.
    pub(crate) bound: Span,
    pub(crate) much: Much,
    /// Whether in all namespaces.
    pub(crate) is_everywhere: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Much {
    /// To do anything with anything.
    All,
    /// To change every object of the core group, secrets included.
    Core,
    /// To read every object of the core group, secrets included.
    ReadCore,
    /// To do anything with objects that lead to more rights.
    Sensitive,
}

/// Whoever may do anything with these gets the rights of others (the same page).
const SENSITIVE: &[&str] = &[
    "clusterrolebindings",
    "clusterroles",
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "mutatingwebhookconfigurations",
    "nodes",
    "persistentvolumes",
    "pods",
    "pods/exec",
    "replicasets",
    "rolebindings",
    "roles",
    "secrets",
    "serviceaccounts",
    "serviceaccounts/token",
    "statefulsets",
    "validatingwebhookconfigurations",
];

/// The groups beside the core that have some of those; of `custom.metrics.k8s.io` everything is harmless.
const LEADING_ON: &[&str] =
    &["admissionregistration.k8s.io", "apps", "batch", "extensions", "rbac.authorization.k8s.io"];

impl Project<'_> {
    /// The bindings that give the service account of a workload something.
    pub(crate) fn bindings_of(&self, workload: &Workload) -> Vec<&Object<(String, Binding)>> {
        let account = workload.account.as_ref().map_or("default", |account| account.value.as_str());
        let is_of = |binding: &&Object<(String, Binding)>| {
            are_applied_together(binding.built_by, workload.built_by)
                && binding.spec.1.accounts.iter().any(|(name, namespace)| {
                    let namespaces = namespace.as_ref().zip(workload.namespace.as_ref());
                    name == account && namespaces.is_none_or(|(a, b)| a == b)
                })
        };
        let is_pod = workload.platform == Platform::Kubernetes;
        self.cluster.bindings.iter().filter(|_| is_pod).filter(is_of).collect()
    }

    /// What the service account of a workload may do beyond what a service needs.
    pub(crate) fn excess_of(&self, workload: &Workload) -> Vec<Excess> {
        let mut found = Vec::new();
        for binding in self.bindings_of(workload) {
            let (kind, given) = &binding.spec;
            let Some(role) = &given.role else { continue };
            let is_everywhere = kind == "ClusterRoleBinding";
            let excess = |span: Span, much: Much| Excess { span, bound: binding.span, much, is_everywhere };
            if given.role_kind == "ClusterRole" && role.value == "cluster-admin" {
                found.push(excess(binding.home.at(role), Much::All));
            }
            let roles = self.cluster.roles.iter().filter(|it| {
                let namespaces = it.namespace.as_ref().zip(binding.namespace.as_ref());
                it.name == role.value
                    && it.spec.0 == given.role_kind
                    && (given.role_kind == "ClusterRole" || namespaces.is_none_or(|(a, b)| a == b))
                    && are_applied_together(it.built_by, binding.built_by)
            });
            for role in roles {
                let all = role.spec.1.iter().filter_map(beyond);
                found.extend(all.map(|(place, much)| excess(role.home.at(place), much)));
            }
        }
        found
    }
}

/// What a rule allows too much, and where.
fn beyond(rule: &RoleRule) -> Option<(&At<String>, Much)> {
    fn star(all: &[At<String>]) -> Option<&At<String>> {
        all.iter().find(|one| one.value == "*")
    }
    if rule.is_of_names {
        return None;
    }
    // What a project defines itself, its operator may do anything with.
    let is_own = |group: &At<String>| group.value.contains('.') && !group.value.ends_with(".k8s.io");
    if !rule.groups.is_empty() && rule.groups.iter().all(is_own) {
        return None;
    }
    let is_core = rule.groups.iter().any(|group| matches!(group.value.as_str(), "" | "*"));
    let reads = rule.verbs.iter().all(|verb| matches!(verb.value.as_str(), "get" | "list" | "watch"));
    let (resources, verbs) = (star(&rule.resources), star(&rule.verbs));
    match (resources, verbs) {
        (Some(_), Some(place)) if star(&rule.groups).is_some() => Some((place, Much::All)),
        (Some(place), _) if is_core => Some((place, if reads { Much::ReadCore } else { Much::Core })),
        (Some(place), Some(_))
            if rule.groups.iter().any(|group| LEADING_ON.contains(&group.value.as_str())) =>
        {
            Some((place, Much::Sensitive))
        }
        (None, Some(place)) => {
            let is_sensitive = |it: &At<String>| SENSITIVE.contains(&it.value.as_str());
            rule.resources.iter().any(is_sensitive).then_some((place, Much::Sensitive))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Range;

    #[test]
    fn what_is_too_much() {
        let all = |texts: &[&str]| -> Vec<At<String>> {
            texts.iter().map(|text| At::new((*text).to_owned(), Range::default())).collect()
        };
        let much = |groups: &[&str], resources: &[&str], verbs: &[&str]| {
            let rule = RoleRule {
                groups: all(groups),
                resources: all(resources),
                verbs: all(verbs),
                is_of_names: false,
            };
            beyond(&rule).map(|(_, much)| much)
        };
        assert_eq!(much(&["*"], &["*"], &["*"]), Some(Much::All));
        assert_eq!(much(&[""], &["*"], &["get", "create"]), Some(Much::Core));
        assert_eq!(much(&["*"], &["*"], &["get", "list"]), Some(Much::ReadCore));
        assert_eq!(much(&["apps"], &["deployments"], &["*"]), Some(Much::Sensitive));
        assert_eq!(much(&["coordination.k8s.io"], &["leases"], &["*"]), None);
        assert_eq!(much(&["shop.example.com"], &["*"], &["*"]), None);
        assert_eq!(much(&[""], &["secrets"], &["get"]), None);
        assert_eq!(much(&["apps"], &["*"], &["get"]), None);
        assert_eq!(much(&["apps"], &["*"], &["*"]), Some(Much::Sensitive));
        assert_eq!(much(&["custom.metrics.k8s.io"], &["*"], &["*"]), None);
    }
}
