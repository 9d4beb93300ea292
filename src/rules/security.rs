//! Access boundaries are set early.

mod cors_restricted;
mod no_error_leak;
mod no_secret_in_logs;
mod no_shell_injection;
mod non_root_container;
mod parameterised_sql;
mod pinned_action;
mod tls_verification;
mod token_verification;
mod workflow_permissions;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("cors-restricted", &[Check::Service(cors_restricted::check)]),
    ("no-error-leak", &[Check::Service(no_error_leak::check)]),
    ("no-secret-in-logs", &[Check::Service(no_secret_in_logs::check)]),
    ("no-shell-injection", &[Check::Service(no_shell_injection::check)]),
    (
        "non-root-container",
        &[Check::Image(non_root_container::of_image), Check::Workload(non_root_container::of_workload)],
    ),
    ("parameterised-sql", &[Check::Service(parameterised_sql::check)]),
    ("pinned-action", &[Check::Pipeline(pinned_action::check)]),
    ("tls-verification", &[Check::Service(tls_verification::check)]),
    ("token-verification", &[Check::Service(token_verification::check)]),
    ("workflow-permissions", &[Check::Pipeline(workflow_permissions::check)]),
];
