//! It fails safely.

mod exec_form_entrypoint;
mod graceful_shutdown;
mod health_check;
mod http_client_timeout;
mod request_timeout;
mod signal_reaches_process;
mod sigterm_handling;

use super::Entry;
use crate::rule::Check;

pub(super) const RULES: &[Entry] = &[
    ("exec-form-entrypoint", &[Check::Image(exec_form_entrypoint::check)]),
    ("graceful-shutdown", &[Check::Service(graceful_shutdown::check)]),
    ("health-check", &[Check::Service(health_check::check)]),
    ("http-client-timeout", &[Check::Service(http_client_timeout::check)]),
    ("request-timeout", &[Check::Service(request_timeout::check)]),
    ("signal-reaches-process", &[Check::Service(signal_reaches_process::check)]),
    ("sigterm-handling", &[Check::Service(sigterm_handling::check)]),
];
