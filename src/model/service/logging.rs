//! How a service logs, put together: it looks at all of the service's code, so that it is done beside the rest.

use super::uses::{json_logs, logger_uses, text_logs};
use super::{Use, prints};
use crate::model::log_guard::LogGuard;
use crate::model::log_level::Levels;
use crate::model::reach::{Code, Reach};
use crate::model::spans::Spans;
use crate::model::symbols::BodyId;

/// How a service logs.
pub(super) struct Logging {
    pub(super) loggers: Vec<Use>,
    pub(super) prints: Vec<Use>,
    pub(super) log_guards: Vec<LogGuard>,
    pub(super) levels: Levels,
    pub(super) spans: Spans,
    pub(super) json_logs: Vec<Use>,
    pub(super) text_logs: Vec<Use>,
}

impl Logging {
    pub(super) fn of(code: &Code<'_, '_>, all: &Reach, reach: &Reach, roots: &[BodyId]) -> Self {
        let loggers = logger_uses(code, all);
        Self {
            prints: if loggers.is_empty() { Vec::new() } else { prints::all(code, reach, roots) },
            loggers,
            log_guards: LogGuard::all(code, reach),
            levels: Levels::of(code, all),
            spans: Spans::of(code, all),
            json_logs: json_logs(code, all),
            text_logs: text_logs(code, all),
        }
    }
}
