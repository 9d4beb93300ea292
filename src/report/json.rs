//! The report for programs, schema version 1: the contract of `docs/json.md`.
//!
//! The types below are counterparts of the program's own, with the names of the contract, so that neither can
//! change the other by accident. Nothing is judged or sorted here: arrays keep the order of [`Report`].

mod gate;
#[cfg(test)]
mod tests;
pub(super) mod value;

use std::io::{self, Write};

use serde::Serialize;

use super::{Assessed, Evidence, Report, Score, ServiceReport};
use crate::finding::{Finding, Judged, Label, Subject, Suppression, SuppressionKind, Verdict};
use crate::places::Places;
use crate::rule::{Confidence, Level, Pillar, Severity};
use crate::source::{Note, NoteLevel, Place, Sources};
use crate::span::Span;

/// Renaming or removing a field needs a new version; adding one does not.
const SCHEMA_VERSION: u32 = 1;

/// Writes the report as one JSON object.
pub(super) fn render(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let document = document(report, &Places::new(sources));
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    score: JsonScore<'a>,
    services: Vec<Service<'a>>,
    checks: Vec<Check<'a>>,
    findings: Vec<JsonFinding<'a>>,
    notes: Vec<JsonNote<'a>>,
    gate: Option<gate::JsonGate<'a>>,
}

/// A field whose feature is still to come: always `null`.
type Absent = Option<()>;

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
    ruleset: &'static str,
    rules: usize,
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum JsonScore<'a> {
    NotAssessed {
        reason: &'a str,
    },
    Assessed {
        value: u32,
        exact: f64,
        low: u32,
        high: u32,
        coverage: f64,
        without_waivers: u32,
        level: Option<Level>,
        next_level: Option<JsonNextLevel<'a>>,
        lowest_service: Option<&'a str>,
        pillars: Vec<JsonPillar>,
    },
}

#[derive(Serialize)]
struct JsonNextLevel<'a> {
    id: Level,
    missing: &'a [String],
}

#[derive(Serialize)]
struct JsonPillar {
    id: Pillar,
    value: f64,
    points: Points,
}

/// Points of the profile: whole numbers as such, as the published table has them.
#[derive(Serialize)]
#[serde(untagged)]
enum Points {
    Whole(u32),
    Part(f64),
}

#[derive(Serialize)]
struct Service<'a> {
    id: &'a str,
    name: &'a str,
    package: &'a str,
    binary: &'a str,
    main: &'a str,
    kind: &'a str,
    frameworks: &'a [String],
    target: &'a str,
    image: Option<&'a str>,
    workloads: &'a [String],
    tier: Option<&'a str>,
    score: JsonScore<'a>,
    capabilities: Vec<Capability<'a>>,
    binds: Vec<Bind<'a>>,
    routes: Vec<Route<'a>>,
    env: Vec<Env<'a>>,
}

#[derive(Serialize)]
struct Capability<'a> {
    id: &'a str,
    pillar: Pillar,
    points: Points,
    evidence: &'static str,
    score: f64,
}

#[derive(Serialize)]
struct Bind<'a> {
    address: Option<&'a str>,
    port: Option<u16>,
    path: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Route<'a> {
    method: Option<&'a str>,
    path: &'a str,
    path_in_repo: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Env<'a> {
    name: &'a str,
    required: bool,
    path: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct JsonSubject<'a> {
    kind: &'static str,
    id: &'a str,
}

#[derive(Serialize)]
struct Check<'a> {
    rule: &'a str,
    subject: JsonSubject<'a>,
    verdict: &'static str,
    reason: Option<&'a str>,
    evidence: Vec<Seen<'a>>,
}

/// A place and what is seen there.
#[derive(Serialize)]
struct Seen<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    pillar: Pillar,
    capability: &'a str,
    severity: Severity,
    confidence: Confidence,
    points: f64,
    message: &'a str,
    help: &'a str,
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    /// Behind the last character.
    end_column: usize,
    subject: JsonSubject<'a>,
    services: &'a [String],
    related: Vec<Seen<'a>>,
    fingerprint: &'a str,
    subsumed_by: Option<&'static str>,
    fix: Absent,
    suppressed: Option<JsonSuppression<'a>>,
    new: Option<bool>,
}

/// Who accepted a finding, and until when.
#[derive(Serialize)]
struct JsonSuppression<'a> {
    /// `in_source` or `config`.
    kind: &'static str,
    reason: &'a str,
    until: Option<&'a str>,
    path: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct JsonNote<'a> {
    level: NoteLevel,
    path: Option<&'a str>,
    line: Option<usize>,
    message: &'a str,
}

fn document<'a>(report: &'a Report, places: &Places<'a>) -> Document<'a> {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "forge", version: VERSION, ruleset: VERSION, rules: report.rules },
        score: score(&report.score),
        services: report.services.iter().map(|one| service(one, places)).collect(),
        checks: report.checks.iter().map(|one| check(one, places)).collect(),
        findings: report.findings.iter().map(|one| finding(one, places)).collect(),
        notes: report.notes.iter().map(|one| note(one, places)).collect(),
        gate: report.gate.as_ref().map(gate::gate),
    }
}

fn score(score: &Score) -> JsonScore<'_> {
    match score {
        Score::NotAssessed { reason } => JsonScore::NotAssessed { reason },
        Score::Assessed(assessed) => assessed_score(assessed),
    }
}

fn assessed_score(score: &Assessed) -> JsonScore<'_> {
    JsonScore::Assessed {
        value: crate::score::shown(score.exact),
        exact: rounded(score.exact, 100.0),
        low: crate::score::shown(score.low),
        high: crate::score::shown(score.high),
        coverage: rounded(score.coverage, 1000.0),
        without_waivers: crate::score::shown(score.without_waivers),
        level: score.reached.level,
        next_level: score.reached.next().map(|id| JsonNextLevel { id, missing: &score.reached.in_the_way }),
        lowest_service: score.lowest_service.as_deref(),
        pillars: score
            .pillars
            .iter()
            .map(|one| JsonPillar {
                id: one.pillar,
                value: rounded(one.value, 100.0),
                points: points(one.points),
            })
            .collect(),
    }
}

fn service<'a>(service: &'a ServiceReport, places: &Places<'a>) -> Service<'a> {
    Service {
        id: &service.id,
        name: &service.name,
        package: &service.package,
        binary: &service.binary,
        main: &service.main,
        kind: service.kind,
        frameworks: &service.frameworks,
        target: service.target,
        image: service.image.as_deref(),
        workloads: &service.workloads,
        tier: service.tier.as_deref(),
        score: score(&service.score),
        capabilities: service
            .capabilities
            .iter()
            .map(|one| Capability {
                id: one.id,
                pillar: one.pillar,
                points: points(one.points),
                evidence: evidence(one.evidence),
                score: rounded(one.score, 1000.0),
            })
            .collect(),
        binds: service
            .binds
            .iter()
            .map(|one| Bind {
                address: one.address.as_deref(),
                port: one.port,
                path: places.path(one.span),
                line: places.start(one.span).line,
            })
            .collect(),
        routes: service
            .routes
            .iter()
            .map(|one| Route {
                method: one.method.as_deref(),
                path: &one.path,
                path_in_repo: places.path(one.span),
                line: places.start(one.span).line,
            })
            .collect(),
        env: service
            .env
            .iter()
            .map(|one| Env {
                name: &one.name,
                required: one.required,
                path: places.path(one.span),
                line: places.start(one.span).line,
            })
            .collect(),
    }
}

fn check<'a>(judged: &'a Judged, places: &Places<'a>) -> Check<'a> {
    let (reason, evidence) = match &judged.verdict {
        Verdict::Pass(labels) => (None, seen_at(labels, places)),
        Verdict::Unknown(reason, labels) => (Some(reason.as_str()), seen_at(labels, places)),
        Verdict::NotApplicable(reason) => (Some(reason.as_str()), Vec::new()),
        Verdict::Fail(problems) => {
            (None, problems.iter().map(|problem| seen(problem.span, &problem.message, places)).collect())
        }
    };
    Check {
        rule: &judged.rule.id,
        subject: subject(&judged.subject),
        verdict: judged.verdict.id(),
        reason,
        evidence,
    }
}

fn finding<'a>(finding: &'a Finding, places: &Places<'a>) -> JsonFinding<'a> {
    let problem = &finding.problem;
    let (start, end) = (places.start(problem.span), places.end(problem.span));
    JsonFinding {
        rule: &finding.rule.id,
        pillar: finding.rule.pillar,
        capability: &finding.rule.capability,
        severity: finding.severity,
        confidence: finding.confidence,
        points: rounded(finding.points, 1000.0),
        message: &problem.message,
        help: &problem.help,
        path: places.path(problem.span),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        subject: subject(&finding.subject),
        services: &finding.services,
        related: seen_at(&problem.related, places),
        fingerprint: &finding.fingerprint,
        subsumed_by: problem.subsumed_by,
        fix: None,
        suppressed: finding.suppressed.as_ref().map(|one| suppression(one, places)),
        new: finding.is_new,
    }
}

fn suppression<'a>(suppression: &'a Suppression, places: &Places<'a>) -> JsonSuppression<'a> {
    JsonSuppression {
        kind: match suppression.kind {
            SuppressionKind::InSource => "in_source",
            SuppressionKind::Config => "config",
        },
        reason: &suppression.reason,
        until: suppression.until.as_deref(),
        path: places.path(suppression.span),
        line: places.start(suppression.span).line,
    }
}

fn note<'a>(note: &'a Note, places: &Places<'a>) -> JsonNote<'a> {
    let (path, line) = match &note.place {
        Place::Tree => (None, None),
        Place::Path(path) => (Some(path.as_str()), None),
        Place::Span(span) => (Some(places.path(*span)), Some(places.start(*span).line)),
    };
    JsonNote { level: note.level, path, line, message: &note.message }
}

fn seen_at<'a>(labels: &'a [Label], places: &Places<'a>) -> Vec<Seen<'a>> {
    labels.iter().map(|label| seen(label.span, &label.message, places)).collect()
}

fn seen<'a>(span: Span, message: &'a str, places: &Places<'a>) -> Seen<'a> {
    let start = places.start(span);
    Seen { path: places.path(span), line: start.line, column: start.column, message }
}

fn subject(subject: &Subject) -> JsonSubject<'_> {
    JsonSubject { kind: subject.kind.id(), id: &subject.id }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Found => "found",
        Evidence::Unknown => "unknown",
        Evidence::Absent => "absent",
    }
}

fn points(value: f64) -> Points {
    let whole = crate::score::shown(value);
    let value = rounded(value, 1000.0);
    if (value - f64::from(whole)).abs() < f64::EPSILON { Points::Whole(whole) } else { Points::Part(value) }
}

/// `scale` is 10 to the number of decimals. The sum turns `-0.0` into `0.0`.
fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale + 0.0
}
