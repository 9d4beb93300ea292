//! It can be redeployed without interruption, predictably.

mod lockfile_committed;
mod pinned_image;
mod reachable_bind;
mod toolchain_agreement;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("lockfile-committed", &[Check::Repository(lockfile_committed::check)]),
    (
        "pinned-image",
        &[
            Check::Image(pinned_image::of_image),
            Check::Workload(pinned_image::of_workload),
            Check::Pipeline(pinned_image::of_pipeline),
        ],
    ),
    ("reachable-bind", &[Check::Service(reachable_bind::check)]),
    ("toolchain-agreement", &[Check::Repository(toolchain_agreement::check)]),
];
