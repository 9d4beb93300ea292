//! People who did not build it can operate it.

mod advisories_checked;
mod alert_runbook;
mod ci_failures_stop;
mod ci_lints;
mod ci_runs_tests;
mod dependency_updates;
mod env_documented;
mod job_timeout;
mod owners_named;
mod supported_base;
mod tests_present;
mod waivers_valid;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("advisories-checked", &[Check::Repository(advisories_checked::check)]),
    ("alert-runbook", &[Check::Repository(alert_runbook::check)]),
    ("ci-failures-stop", &[Check::Pipeline(ci_failures_stop::check)]),
    ("ci-lints", &[Check::Repository(ci_lints::check)]),
    ("ci-runs-tests", &[Check::Repository(ci_runs_tests::check)]),
    ("dependency-updates", &[Check::Repository(dependency_updates::check)]),
    ("env-documented", &[Check::Service(env_documented::check)]),
    ("job-timeout", &[Check::Pipeline(job_timeout::check)]),
    ("owners-named", &[Check::Repository(owners_named::check)]),
    (
        "supported-base",
        &[Check::Image(supported_base::of_image), Check::Workload(supported_base::of_workload)],
    ),
    ("tests-present", &[Check::Service(tests_present::check)]),
    ("waivers-valid", &[Check::Repository(waivers_valid::check)]),
];
