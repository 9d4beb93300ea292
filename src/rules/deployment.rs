//! It can be redeployed without interruption, predictably.

mod ca_certificates;
mod dependency_health;
mod disruption_budget;
mod endpoint_drain_delay;
mod entrypoint_binary;
mod env_name_agreement;
mod env_value_types;
mod evictable_pods;
mod exclusive_store;
mod image_built_in_pr;
mod image_digest;
mod libc_agreement;
mod lockfile_committed;
mod manifest_references;
mod no_service_link_collision;
mod no_toolchain_in_runtime;
mod pinned_image;
mod published_port_bound;
mod reachable_bind;
mod release_after_tests;
mod release_build;
mod required_env_provided;
mod restart_policy;
mod rolling_update;
mod runtime_assets;
mod safe_migrations;
mod served_api_version;
mod several_replicas;
mod shared_libraries;
mod toolchain_agreement;
mod traceable_tag;
mod working_autoscaler;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("ca-certificates", &[Check::Image(ca_certificates::check)]),
    ("dependency-health", &[Check::Workload(dependency_health::check)]),
    ("disruption-budget", &[Check::Workload(disruption_budget::check)]),
    ("endpoint-drain-delay", &[Check::Workload(endpoint_drain_delay::check)]),
    (
        "entrypoint-binary",
        &[Check::Image(entrypoint_binary::of_image), Check::Workload(entrypoint_binary::of_workload)],
    ),
    ("env-name-agreement", &[Check::Workload(env_name_agreement::check)]),
    ("env-value-types", &[Check::Workload(env_value_types::check)]),
    (
        "evictable-pods",
        &[Check::Workload(evictable_pods::of_workload), Check::Repository(evictable_pods::of_repository)],
    ),
    ("exclusive-store", &[Check::Workload(exclusive_store::check)]),
    ("image-built-in-pr", &[Check::Image(image_built_in_pr::check)]),
    ("image-digest", &[Check::Image(image_digest::of_image), Check::Workload(image_digest::of_workload)]),
    ("libc-agreement", &[Check::Image(libc_agreement::check)]),
    ("lockfile-committed", &[Check::Repository(lockfile_committed::check)]),
    (
        "manifest-references",
        &[
            Check::Workload(manifest_references::of_workload),
            Check::Repository(manifest_references::of_repository),
        ],
    ),
    ("no-service-link-collision", &[Check::Workload(no_service_link_collision::check)]),
    ("no-toolchain-in-runtime", &[Check::Image(no_toolchain_in_runtime::check)]),
    (
        "pinned-image",
        &[
            Check::Image(pinned_image::of_image),
            Check::Workload(pinned_image::of_workload),
            Check::Pipeline(pinned_image::of_pipeline),
        ],
    ),
    ("published-port-bound", &[Check::Workload(published_port_bound::check)]),
    ("reachable-bind", &[Check::Service(reachable_bind::check)]),
    ("release-after-tests", &[Check::Pipeline(release_after_tests::check)]),
    ("release-build", &[Check::Image(release_build::check)]),
    ("required-env-provided", &[Check::Workload(required_env_provided::check)]),
    ("restart-policy", &[Check::Workload(restart_policy::check)]),
    ("rolling-update", &[Check::Workload(rolling_update::check)]),
    ("runtime-assets", &[Check::Image(runtime_assets::check)]),
    ("safe-migrations", &[Check::Repository(safe_migrations::check)]),
    (
        "served-api-version",
        &[
            Check::Workload(served_api_version::of_workload),
            Check::Repository(served_api_version::of_repository),
        ],
    ),
    (
        "several-replicas",
        &[Check::Workload(several_replicas::of_workload), Check::Repository(several_replicas::of_repository)],
    ),
    ("shared-libraries", &[Check::Image(shared_libraries::check)]),
    ("toolchain-agreement", &[Check::Repository(toolchain_agreement::check)]),
    ("traceable-tag", &[Check::Pipeline(traceable_tag::check)]),
    (
        "working-autoscaler",
        &[
            Check::Workload(working_autoscaler::of_workload),
            Check::Repository(working_autoscaler::of_repository),
        ],
    ),
];
