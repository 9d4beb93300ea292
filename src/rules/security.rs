//! Access boundaries are set early.

mod cors_restricted;
mod database_not_published;
mod ingress_tls;
mod network_policy;
mod no_error_leak;
mod no_host_mounts;
mod no_host_namespaces;
mod no_privilege_escalation;
mod no_runtime_socket;
mod no_secret_in_image;
mod no_secret_in_logs;
mod no_secret_in_manifest;
mod no_shell_injection;
mod no_template_injection;
mod non_root_container;
mod parameterised_sql;
mod pinned_action;
mod rbac_least_privilege;
mod read_only_root;
mod seccomp_profile;
mod service_account_token;
mod tls_verification;
mod token_verification;
mod trusted_triggers;
mod unprivileged_container;
mod verified_downloads;
mod workflow_permissions;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("cors-restricted", &[Check::Service(cors_restricted::check)]),
    ("database-not-published", &[Check::Workload(database_not_published::check)]),
    ("ingress-tls", &[Check::Repository(ingress_tls::check)]),
    ("network-policy", &[Check::Repository(network_policy::check)]),
    ("no-error-leak", &[Check::Service(no_error_leak::check)]),
    ("no-host-mounts", &[Check::Workload(no_host_mounts::check)]),
    ("no-host-namespaces", &[Check::Workload(no_host_namespaces::check)]),
    ("no-privilege-escalation", &[Check::Workload(no_privilege_escalation::check)]),
    ("no-runtime-socket", &[Check::Workload(no_runtime_socket::check)]),
    ("no-secret-in-image", &[Check::Image(no_secret_in_image::check)]),
    ("no-secret-in-logs", &[Check::Service(no_secret_in_logs::check)]),
    (
        "no-secret-in-manifest",
        &[
            Check::Workload(no_secret_in_manifest::of_workload),
            Check::Repository(no_secret_in_manifest::of_repository),
        ],
    ),
    ("no-shell-injection", &[Check::Service(no_shell_injection::check)]),
    ("no-template-injection", &[Check::Pipeline(no_template_injection::check)]),
    (
        "non-root-container",
        &[Check::Image(non_root_container::of_image), Check::Workload(non_root_container::of_workload)],
    ),
    ("parameterised-sql", &[Check::Service(parameterised_sql::check)]),
    ("pinned-action", &[Check::Pipeline(pinned_action::check)]),
    ("rbac-least-privilege", &[Check::Workload(rbac_least_privilege::check)]),
    ("read-only-root", &[Check::Workload(read_only_root::check)]),
    ("seccomp-profile", &[Check::Workload(seccomp_profile::check)]),
    ("service-account-token", &[Check::Workload(service_account_token::check)]),
    ("tls-verification", &[Check::Service(tls_verification::check)]),
    ("token-verification", &[Check::Service(token_verification::check)]),
    ("trusted-triggers", &[Check::Pipeline(trusted_triggers::check)]),
    ("unprivileged-container", &[Check::Workload(unprivileged_container::check)]),
    ("verified-downloads", &[Check::Image(verified_downloads::check)]),
    ("workflow-permissions", &[Check::Pipeline(workflow_permissions::check)]),
];
