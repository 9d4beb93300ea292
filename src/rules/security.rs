//! Access boundaries are set early.

mod non_root_container;
mod pinned_action;
mod workflow_permissions;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    (
        "non-root-container",
        &[Check::Image(non_root_container::of_image), Check::Workload(non_root_container::of_workload)],
    ),
    ("pinned-action", &[Check::Pipeline(pinned_action::check)]),
    ("workflow-permissions", &[Check::Pipeline(workflow_permissions::check)]),
];
