//! It holds under load.

mod body_limit;
mod bounded_queues;
mod memory_limit;
mod no_blocking_in_async;
mod no_lock_across_await;
mod pool_fits_database;
mod resource_requests;
mod shared_clients;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("body-limit", &[Check::Service(body_limit::check)]),
    ("bounded-queues", &[Check::Service(bounded_queues::check)]),
    ("memory-limit", &[Check::Workload(memory_limit::check)]),
    ("no-blocking-in-async", &[Check::Service(no_blocking_in_async::check)]),
    ("no-lock-across-await", &[Check::Service(no_lock_across_await::check)]),
    ("pool-fits-database", &[Check::Workload(pool_fits_database::check)]),
    ("resource-requests", &[Check::Workload(resource_requests::check)]),
    ("shared-clients", &[Check::Service(shared_clients::check)]),
];
