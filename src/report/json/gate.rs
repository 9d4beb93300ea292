//! What the gate says, with the names of the contract.

use serde::Serialize;

use super::rounded;
use crate::gate::{Gate, ServiceChange};
use crate::report::Assessed;
use crate::rule::Pillar;

#[derive(Serialize)]
pub(super) struct JsonGate<'a> {
    status: &'static str,
    reasons: &'a [String],
    change: Option<JsonChange<'a>>,
}

#[derive(Serialize)]
struct JsonChange<'a> {
    base: &'a str,
    before: Option<u32>,
    after: Option<u32>,
    services: Vec<JsonServiceChange<'a>>,
    fixed: Vec<JsonFixed<'a>>,
    unchanged: usize,
    vanished: Vec<JsonVanished<'a>>,
}

#[derive(Serialize)]
struct JsonServiceChange<'a> {
    id: &'a str,
    was: Option<&'a str>,
    before: Option<u32>,
    after: Option<u32>,
    exact_before: Option<f64>,
    exact_after: Option<f64>,
    pillars: Vec<JsonPillarChange>,
}

/// A pillar of a service that both sides have.
#[derive(Serialize)]
struct JsonPillarChange {
    id: Pillar,
    before: f64,
    after: f64,
}

#[derive(Serialize)]
struct JsonFixed<'a> {
    rule: &'a str,
    message: &'a str,
    /// In the tree of the base, as is the line.
    path: &'a str,
    line: usize,
    points: f64,
}

#[derive(Serialize)]
struct JsonVanished<'a> {
    service: &'a str,
    capability: &'a str,
    /// `absent` or `unknown`.
    now: &'static str,
    was: &'a [String],
}

/// The counterpart of what the gate says.
pub(super) fn gate(gate: &Gate) -> JsonGate<'_> {
    JsonGate {
        status: gate.status.id(),
        reasons: &gate.reasons,
        change: gate.change.as_ref().map(|change| JsonChange {
            base: &change.base,
            before: whole(change.before.as_ref()),
            after: whole(change.after.as_ref()),
            services: change
                .services
                .iter()
                .map(|one| JsonServiceChange {
                    id: &one.id,
                    was: one.was.as_deref(),
                    before: whole(one.before.as_ref()),
                    after: whole(one.after.as_ref()),
                    exact_before: exact(one.before.as_ref()),
                    exact_after: exact(one.after.as_ref()),
                    pillars: pillar_changes(one),
                })
                .collect(),
            fixed: change
                .fixed
                .iter()
                .map(|one| JsonFixed {
                    rule: &one.rule,
                    message: &one.message,
                    path: &one.path,
                    line: one.line,
                    points: rounded(one.points, 1000.0),
                })
                .collect(),
            unchanged: change.unchanged,
            vanished: change
                .vanished
                .iter()
                .map(|one| JsonVanished {
                    service: &one.service,
                    capability: one.capability,
                    now: if one.is_unknown { "unknown" } else { "absent" },
                    was: &one.was,
                })
                .collect(),
        }),
    }
}

fn pillar_changes(service: &ServiceChange) -> Vec<JsonPillarChange> {
    let (Some(before), Some(after)) = (&service.before, &service.after) else { return Vec::new() };
    let both = before.pillars.iter().filter_map(|old| {
        let new = after.pillars.iter().find(|new| new.pillar == old.pillar)?;
        Some(JsonPillarChange {
            id: old.pillar,
            before: rounded(old.value, 100.0),
            after: rounded(new.value, 100.0),
        })
    });
    both.collect()
}

fn exact(score: Option<&Assessed>) -> Option<f64> {
    score.map(|score| rounded(score.exact, 100.0))
}

/// A score as people see it.
fn whole(score: Option<&Assessed>) -> Option<u32> {
    score.map(|score| crate::score::shown(score.exact))
}
