//! The baseline file: what was there when it was written, for where no base can be had.
//!
//! JSON, sorted, so that the same tree gives the same bytes and a rewritten file shows what changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Before;
use super::before::{FindingBefore, ServiceBefore};
use crate::finding::Subject;
use crate::report::{Assessed, PillarScore};
use crate::rule::{Pillar, Severity, SubjectKind};
use crate::score::level::Reached;

/// A change in the meaning of a field needs a new version.
const SCHEMA_VERSION: u32 = 1;

/// The rules that it was written with: scores and findings of others cannot be compared.
pub(crate) const RULESET: &str = env!("CARGO_PKG_VERSION");

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    #[serde(rename = "forge_baseline")]
    version: u32,
    pub(crate) ruleset: String,
    score: Option<Points>,
    /// Whether every binary could be read.
    complete: bool,
    services: Vec<Service>,
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Points {
    exact: f64,
    low: f64,
    high: f64,
    coverage: f64,
    without_waivers: f64,
    lowest_service: Option<String>,
    /// Value and points of the profile.
    pillars: BTreeMap<Pillar, (f64, f64)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    id: String,
    name: String,
    main: String,
    score: Option<Points>,
    /// Proven capabilities, and where they are.
    found: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: String,
    count: usize,
    rule: String,
    kind: SubjectKind,
    subject: String,
    severity: Severity,
    text: String,
    message: String,
    path: String,
    line: usize,
    points: f64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    subsumed: bool,
}

/// Only the version, of a file that may be of another one.
#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "forge_baseline")]
    version: u32,
}

impl Baseline {
    pub(crate) fn of(before: &Before) -> Self {
        let mut entries: BTreeMap<(String, String, String), Entry> = BTreeMap::new();
        for finding in &before.findings {
            // What is worse is not the same, though it stands on the same line.
            let severity = finding.severity.id().to_owned();
            let key = (finding.rule.clone(), finding.fingerprint.clone(), severity);
            entries.entry(key).or_insert_with(|| Entry::of(finding)).count += 1;
        }
        let mut findings: Vec<Entry> = entries.into_values().collect();
        findings.sort_by(|a, b| {
            (&a.path, a.line, &a.rule, &a.subject).cmp(&(&b.path, b.line, &b.rule, &b.subject))
        });
        Self {
            version: SCHEMA_VERSION,
            ruleset: RULESET.to_owned(),
            score: before.score.as_ref().map(Points::of),
            complete: before.is_complete,
            services: before.services.iter().map(Service::of).collect(),
            findings,
        }
    }

    /// Reads a file's text; the error says on one line what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let anew = "write it again with `forge baseline write`";
        let malformed = |error: serde_json::Error| {
            let why = error.to_string();
            let why = why.split(" at line").next().unwrap_or_default();
            format!("is no baseline (line {}: {why}); {anew}", error.line())
        };
        let Versioned { version } = serde_json::from_str(text).map_err(malformed)?;
        if version != SCHEMA_VERSION {
            return Err(format!("is a baseline of version {version}, not {SCHEMA_VERSION}; {anew}"));
        }
        serde_json::from_str(text).map_err(malformed)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What was there, for a comparison; `path` is how the file is called.
    pub(crate) fn before(&self, path: &str) -> Before {
        let findings: Vec<FindingBefore> = self
            .findings
            .iter()
            // A count that no tree can have is a slip of the pen.
            .flat_map(|entry| std::iter::repeat_n(entry, entry.count.min(100_000)))
            .map(Entry::finding)
            .collect();
        Before {
            base: path.to_owned(),
            score: self.score.as_ref().map(Points::assessed),
            services: self.services.iter().map(Service::before).collect(),
            subjects: findings.iter().map(|finding| finding.subject.clone()).collect(),
            findings,
            is_complete: self.complete,
        }
    }

    /// How many findings it accepts.
    pub(crate) fn findings(&self) -> usize {
        self.findings.iter().map(|entry| entry.count).sum()
    }
}

impl Points {
    fn of(score: &Assessed) -> Self {
        Self {
            exact: score.exact,
            low: score.low,
            high: score.high,
            coverage: score.coverage,
            without_waivers: score.without_waivers,
            lowest_service: score.lowest_service.clone(),
            pillars: score.pillars.iter().map(|one| (one.pillar, (one.value, one.points))).collect(),
        }
    }

    fn assessed(&self) -> Assessed {
        let pillars = self.pillars.iter();
        Assessed {
            exact: self.exact,
            low: self.low,
            high: self.high,
            coverage: self.coverage,
            without_waivers: self.without_waivers,
            lowest_service: self.lowest_service.clone(),
            // What there was is compared by its points.
            reached: Reached::default(),
            pillars: pillars
                .map(|(pillar, (value, points))| PillarScore {
                    pillar: *pillar,
                    value: *value,
                    points: *points,
                })
                .collect(),
        }
    }
}

impl Service {
    fn of(service: &ServiceBefore) -> Self {
        Self {
            id: service.id.clone(),
            name: service.name.clone(),
            main: service.main.clone(),
            score: service.score.as_ref().map(Points::of),
            found: service.found.iter().cloned().collect(),
        }
    }

    fn before(&self) -> ServiceBefore {
        ServiceBefore {
            id: self.id.clone(),
            name: self.name.clone(),
            main: self.main.clone(),
            score: self.score.as_ref().map(Points::assessed),
            found: self.found.iter().map(|(id, was)| (id.clone(), was.clone())).collect(),
        }
    }
}

impl Entry {
    fn of(finding: &FindingBefore) -> Self {
        Self {
            fingerprint: finding.fingerprint.clone(),
            count: 0,
            rule: finding.rule.clone(),
            kind: finding.subject.kind,
            subject: finding.subject.id.clone(),
            severity: finding.severity,
            text: finding.text.clone(),
            message: finding.message.clone(),
            path: finding.path.clone(),
            line: finding.line,
            points: finding.points,
            subsumed: finding.is_subsumed,
        }
    }

    fn finding(&self) -> FindingBefore {
        FindingBefore {
            rule: self.rule.clone(),
            subject: Subject { kind: self.kind, id: self.subject.clone() },
            severity: self.severity,
            fingerprint: self.fingerprint.clone(),
            text: self.text.clone(),
            message: self.message.clone(),
            path: self.path.clone(),
            line: self.line,
            points: self.points,
            is_subsumed: self.subsumed,
        }
    }
}
