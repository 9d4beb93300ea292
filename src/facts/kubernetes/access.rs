//! Who may do what: roles, their bindings, service accounts
//! (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/>).

use super::object::boolean;
use super::{Binding, RoleRule, Wiring};
use crate::span::At;
use crate::syntax::yaml::Ref;

/// Of an object that has no `spec`.
pub(super) fn access(kind: &str, node: Ref<'_>) -> Wiring {
    let items = |key| node.get(key).into_iter().flat_map(Ref::items);
    match kind {
        "Role" | "ClusterRole" => Wiring::Role(items("rules").map(rule).collect()),
        "RoleBinding" | "ClusterRoleBinding" => Wiring::Binding(Binding {
            role_kind: text(node, &["roleRef", "kind"]),
            role: node.path(&["roleRef", "name"]).and_then(Ref::at_str),
            accounts: items("subjects").filter_map(account).collect(),
        }),
        "ServiceAccount" => Wiring::Account(node.get("automountServiceAccountToken").and_then(boolean)),
        _ => Wiring::None,
    }
}

fn text(node: Ref<'_>, path: &[&str]) -> String {
    node.path(path).and_then(Ref::str).unwrap_or_default().to_owned()
}

fn rule(node: Ref<'_>) -> RoleRule {
    let all = |key| -> Vec<At<String>> { node.get(key).map(Ref::strings).unwrap_or_default() };
    RoleRule {
        groups: all("apiGroups"),
        resources: all("resources"),
        verbs: all("verbs"),
        is_of_names: !all("resourceNames").is_empty(),
    }
}

/// Users and groups are nobody's pods.
fn account(subject: Ref<'_>) -> Option<(String, Option<String>)> {
    let is_account = subject.get("kind").and_then(Ref::str) == Some("ServiceAccount");
    let name = subject.get("name").and_then(Ref::str).filter(|_| is_account)?;
    Some((name.to_owned(), subject.get("namespace").and_then(Ref::str).map(str::to_owned)))
}
