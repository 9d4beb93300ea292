//! It can be redeployed without interruption, predictably.

mod dependency_health;
mod disruption_budget;
mod evictable_pods;
mod lockfile_committed;
mod manifest_references;
mod pinned_image;
mod reachable_bind;
mod restart_policy;
mod rolling_update;
mod several_replicas;
mod toolchain_agreement;
mod working_autoscaler;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("dependency-health", &[Check::Workload(dependency_health::check)]),
    ("disruption-budget", &[Check::Workload(disruption_budget::check)]),
    (
        "evictable-pods",
        &[Check::Workload(evictable_pods::of_workload), Check::Repository(evictable_pods::of_repository)],
    ),
    ("lockfile-committed", &[Check::Repository(lockfile_committed::check)]),
    (
        "manifest-references",
        &[
            Check::Workload(manifest_references::of_workload),
            Check::Repository(manifest_references::of_repository),
        ],
    ),
    (
        "pinned-image",
        &[
            Check::Image(pinned_image::of_image),
            Check::Workload(pinned_image::of_workload),
            Check::Pipeline(pinned_image::of_pipeline),
        ],
    ),
    ("reachable-bind", &[Check::Service(reachable_bind::check)]),
    ("restart-policy", &[Check::Workload(restart_policy::check)]),
    ("rolling-update", &[Check::Workload(rolling_update::check)]),
    (
        "several-replicas",
        &[Check::Workload(several_replicas::of_workload), Check::Repository(several_replicas::of_repository)],
    ),
    ("toolchain-agreement", &[Check::Repository(toolchain_agreement::check)]),
    (
        "working-autoscaler",
        &[
            Check::Workload(working_autoscaler::of_workload),
            Check::Repository(working_autoscaler::of_repository),
        ],
    ),
];
