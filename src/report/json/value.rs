//! Parts of the JSON for forms that carry them.

use serde_json::Value;

use crate::gate::Gate;
use crate::report::Score;

pub(in crate::report) fn score(score: &Score) -> Value {
    serde_json::to_value(super::score(score)).unwrap_or_default()
}

pub(in crate::report) fn gate(gate: &Gate) -> Value {
    serde_json::to_value(super::gate::gate(gate)).unwrap_or_default()
}
