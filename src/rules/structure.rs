//! It is built so that people can find their way, and change one part without another.

mod config_in_one_place;
mod config_validated_at_start;
mod consistent_bootstrap;
mod service_crate_boundaries;
mod service_references;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("config-in-one-place", &[Check::Service(config_in_one_place::check)]),
    ("config-validated-at-start", &[Check::Service(config_validated_at_start::check)]),
    ("consistent-bootstrap", &[Check::Service(consistent_bootstrap::check)]),
    ("service-crate-boundaries", &[Check::Service(service_crate_boundaries::check)]),
    ("service-references", &[Check::Workload(service_references::check)]),
];
