//! It fails safely.

mod bounded_drain;
mod cancellable_workers;
mod exec_form_entrypoint;
mod grace_period;
mod graceful_shutdown;
mod grpc_client_deadline;
mod grpc_probe_served;
mod health_check;
mod healthcheck_target;
mod healthcheck_tool_present;
mod hook_binary_present;
mod http_client_timeout;
mod liveness_independent;
mod liveness_probe;
mod no_process_exit;
mod panic_free_handlers;
mod panic_isolation;
mod pool_wait_bounded;
mod probe_path_served;
mod probe_port_bound;
mod probe_without_login;
mod readiness_check;
mod readiness_probe;
mod request_timeout;
mod signal_reaches_process;
mod sigterm_handling;
mod supervised_tasks;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("bounded-drain", &[Check::Service(bounded_drain::check)]),
    ("cancellable-workers", &[Check::Service(cancellable_workers::check)]),
    ("exec-form-entrypoint", &[Check::Image(exec_form_entrypoint::check)]),
    ("grace-period", &[Check::Workload(grace_period::check)]),
    ("graceful-shutdown", &[Check::Service(graceful_shutdown::check)]),
    ("grpc-client-deadline", &[Check::Service(grpc_client_deadline::check)]),
    ("grpc-probe-served", &[Check::Workload(grpc_probe_served::check)]),
    ("health-check", &[Check::Service(health_check::check)]),
    (
        "healthcheck-target",
        &[Check::Image(healthcheck_target::of_image), Check::Workload(healthcheck_target::of_workload)],
    ),
    (
        "healthcheck-tool-present",
        &[
            Check::Image(healthcheck_tool_present::of_image),
            Check::Workload(healthcheck_tool_present::of_workload),
        ],
    ),
    ("hook-binary-present", &[Check::Workload(hook_binary_present::check)]),
    ("http-client-timeout", &[Check::Service(http_client_timeout::check)]),
    ("liveness-independent", &[Check::Workload(liveness_independent::check)]),
    ("liveness-probe", &[Check::Workload(liveness_probe::check)]),
    ("no-process-exit", &[Check::Service(no_process_exit::check)]),
    ("panic-free-handlers", &[Check::Service(panic_free_handlers::check)]),
    ("panic-isolation", &[Check::Service(panic_isolation::check)]),
    ("pool-wait-bounded", &[Check::Service(pool_wait_bounded::check)]),
    ("probe-path-served", &[Check::Workload(probe_path_served::check)]),
    ("probe-port-bound", &[Check::Workload(probe_port_bound::check)]),
    ("probe-without-login", &[Check::Workload(probe_without_login::check)]),
    ("readiness-check", &[Check::Service(readiness_check::check)]),
    ("readiness-probe", &[Check::Workload(readiness_probe::check)]),
    ("request-timeout", &[Check::Service(request_timeout::check)]),
    ("signal-reaches-process", &[Check::Service(signal_reaches_process::check)]),
    ("sigterm-handling", &[Check::Service(sigterm_handling::check)]),
    ("supervised-tasks", &[Check::Service(supervised_tasks::check)]),
];
