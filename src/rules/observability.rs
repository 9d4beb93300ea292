//! It can be observed.

mod alerts_known_metrics;
mod distributed_tracing;
mod log_guard_held;
mod log_level_set;
mod machine_readable_logs;
mod metrics;
mod metrics_scraped;
mod no_print_logging;
mod request_id;
mod request_spans;
mod scrape_target_served;
mod spans_flushed;
mod structured_logs;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("alerts-known-metrics", &[Check::Repository(alerts_known_metrics::check)]),
    ("distributed-tracing", &[Check::Service(distributed_tracing::check)]),
    ("log-guard-held", &[Check::Service(log_guard_held::check)]),
    ("log-level-set", &[Check::Service(log_level_set::check)]),
    ("machine-readable-logs", &[Check::Service(machine_readable_logs::check)]),
    ("metrics", &[Check::Service(metrics::check)]),
    ("metrics-scraped", &[Check::Service(metrics_scraped::check)]),
    ("no-print-logging", &[Check::Service(no_print_logging::check)]),
    ("request-id", &[Check::Service(request_id::check)]),
    ("request-spans", &[Check::Service(request_spans::check)]),
    ("scrape-target-served", &[Check::Workload(scrape_target_served::check)]),
    ("spans-flushed", &[Check::Service(spans_flushed::check)]),
    ("structured-logs", &[Check::Service(structured_logs::check)]),
];
