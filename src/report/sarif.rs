//! The report as SARIF 2.1.0, for GitHub code scanning and other viewers. `docs/formats.md` says what goes where.
//!
//! Nothing is judged here. What exceeds the limits of GitHub is cut, the least first, and the cut is told.

mod descriptors;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::choice::{Choice, numbered, worst_first};
use super::json::value;
use super::{Manner, Report};
use crate::finding::{Finding, Label, Suppression, SuppressionKind};
use crate::places::Places;
use crate::rule::Severity;
use crate::source::{Note, NoteLevel, Place, Sources};
use crate::span::Span;
use descriptors::Descriptors;
use types::{
    ArtifactLocation, AutomationDetails, Base, Driver, Invocation, Location, Log, Notification,
    PhysicalLocation, Region, ResultProperties, Run, SarifResult, SarifSuppression, Text, Tool,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
pub(super) const REPOSITORY: &str = "https://github.com/forge-audit/forge";
const ROOT: &str = "%SRCROOT%";

/// What GitHub takes
/// (<https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>).
struct Limits {
    /// A file with more results in a run is refused.
    results: usize,
    /// Of the file as it is uploaded: compressed with gzip.
    bytes: usize,
}

/// With some room: another program compresses the file.
const GITHUB: Limits = Limits { results: 25_000, bytes: 9_500_000 };
/// More locations of a result are not shown.
const RELATED: usize = 99;
/// A tree of which nothing can be read must not become a file of notifications.
const NOTES: usize = 1_000;

/// Writes the report as one run.
pub(super) fn render(
    report: &Report,
    sources: &Sources,
    manner: &Manner<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(&within(report, sources, manner, &GITHUB)?)
}

/// The file, with as many results as the limits allow.
fn within(report: &Report, sources: &Sources, manner: &Manner<'_>, limits: &Limits) -> io::Result<Vec<u8>> {
    let maker = Maker::new(report, sources, manner);
    let all = maker.findings.len();
    let mut kept = all.min(limits.results);
    loop {
        let mut file = serde_json::to_vec_pretty(&maker.log(kept, limits))?;
        file.push(b'\n');
        // What is small as it is need not be compressed to know that it fits.
        let size = if file.len() <= limits.bytes { file.len() } else { compressed(&file)? };
        if size <= limits.bytes || kept == 0 {
            return Ok(file);
        }
        let part = kept.saturating_mul(limits.bytes) / size;
        kept = (part * 9 / 10).min(kept - 1);
    }
}

fn compressed(file: &[u8]) -> io::Result<usize> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(file)?;
    Ok(gzip.finish()?.len())
}

/// Everything that the parts of a run are made of.
struct Maker<'a> {
    report: &'a Report,
    places: Places<'a>,
    manner: &'a Manner<'a>,
    descriptors: Descriptors,
    /// In the order of the report, with what tells findings of one fingerprint apart.
    findings: Vec<(&'a Finding, usize)>,
}

impl<'a> Maker<'a> {
    fn new(report: &'a Report, sources: &'a Sources, manner: &'a Manner<'a>) -> Self {
        let choice = Choice::of(report);
        let is_left_out = |finding: &Finding| {
            choice.is_echo(finding) || (finding.suppressed.is_some() && manner.omit_waived)
        };
        let shown = report.findings.iter().filter(|finding| !is_left_out(finding));
        let findings = numbered(shown);
        let descriptors = Descriptors::of(findings.iter().map(|(finding, _)| finding.rule));
        Self { report, places: Places::new(sources), manner, descriptors, findings }
    }

    /// The run with the worst results, as many as are kept.
    fn log(&'a self, kept: usize, limits: &Limits) -> Log<'a> {
        let mut chosen: Vec<usize> = (0..self.findings.len()).collect();
        if kept < chosen.len() {
            chosen.sort_by(|&a, &b| worst_first(self.findings[a].0, self.findings[b].0).then(a.cmp(&b)));
            chosen.truncate(kept);
            chosen.sort_unstable();
        }
        let version = env!("CARGO_PKG_VERSION");
        Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "forge",
                        full_name: format!("forge {version} (rule set {version})"),
                        version,
                        semantic_version: version,
                        information_uri: REPOSITORY,
                        rules: self.descriptors.rules(),
                    },
                },
                automation_details: AutomationDetails { id: self.manner.category.to_owned() },
                invocations: [Invocation {
                    execution_successful: true,
                    tool_execution_notifications: self.notifications(kept, limits),
                }],
                original_uri_base_ids: BTreeMap::from([(
                    ROOT,
                    Base { description: text("The root of the repository.") },
                )]),
                column_kind: "unicodeCodePoints",
                results: chosen.into_iter().map(|at| self.result(at)).collect(),
                properties: self.properties(),
            }],
        }
    }

    fn properties(&self) -> BTreeMap<&'static str, Value> {
        let mut properties = BTreeMap::from([("score", value::score(&self.report.score))]);
        if let Some(gate) = &self.report.gate {
            properties.insert("gate", value::gate(gate));
        }
        properties.insert("services", self.services());
        properties
    }

    fn services(&self) -> Value {
        let services = self.report.services.iter();
        services.map(|one| json!({"id": one.id, "score": value::score(&one.score)})).collect()
    }

    fn result(&self, at: usize) -> SarifResult<'_> {
        let (finding, ordinal) = self.findings[at];
        let problem = &finding.problem;
        let related: Vec<Location> = (1..)
            .zip(problem.related.iter().take(RELATED))
            .map(|(id, label)| Location {
                id: Some(id),
                message: Some(text(&sentence(&label.message))),
                ..self.location(label.span)
            })
            .collect();
        SarifResult {
            rule_id: &finding.rule.id,
            rule_index: self.descriptors.index(&finding.rule.id),
            level: level(finding.severity),
            message: text(&message(finding)),
            locations: [self.location(problem.span)],
            related_locations: related,
            partial_fingerprints: BTreeMap::from([(
                "forgeFingerprint/v1",
                format!("{}:{ordinal}", finding.fingerprint),
            )]),
            baseline_state: finding.is_new.map(|is_new| if is_new { "new" } else { "unchanged" }),
            suppressions: finding.suppressed.iter().map(|one| self.suppression(one)).collect(),
            properties: ResultProperties {
                severity: finding.severity.id(),
                confidence: finding.confidence,
                points: (finding.points * 1000.0).round() / 1000.0 + 0.0,
                subject: format!("{} {}", finding.subject.kind.id(), finding.subject.id),
                services: &finding.services,
            },
        }
    }

    fn suppression(&self, suppression: &Suppression) -> SarifSuppression {
        let until = suppression.until.as_deref().map_or_else(String::new, |day| format!(" (until {day})"));
        SarifSuppression {
            kind: match suppression.kind {
                SuppressionKind::InSource => "inSource",
                SuppressionKind::Config => "external",
            },
            status: "accepted",
            justification: format!("{}{until}", suppression.reason),
            location: self.location(suppression.span),
        }
    }

    fn location(&self, span: Span) -> Location {
        let (start, end) = (self.places.start(span), self.places.end(span));
        let region = Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        };
        self.physical(self.places.path(span), Some(region))
    }

    fn physical(&self, path: &str, region: Option<Region>) -> Location {
        let artifact_location =
            ArtifactLocation { uri: uri(&self.manner.path_in_repository(path)), uri_base_id: ROOT };
        Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region },
            message: None,
        }
    }

    fn notifications(&self, kept: usize, limits: &Limits) -> Vec<Notification> {
        let notes = &self.report.notes;
        let mut told: Vec<Notification> =
            notes.iter().take(NOTES).map(|note| self.notification(note)).collect();
        let mut cut = |message: String| {
            told.push(Notification {
                level: "warning",
                message: Text { text: message },
                locations: Vec::new(),
            });
        };
        if notes.len() > NOTES {
            cut(format!("{} more notes are not listed.", notes.len() - NOTES));
        }
        let all = self.findings.len();
        if kept < all {
            let why = if kept < limits.results {
                format!("the compressed file has to stay below {} bytes", limits.bytes)
            } else {
                format!("a run may have {} results", limits.results)
            };
            cut(format!(
                "{} of {all} findings are not listed, the least severe ones: {why}. \
                 The JSON report has them all.",
                all - kept
            ));
        }
        let crowded = self.findings.iter().filter(|(finding, _)| finding.problem.related.len() > RELATED);
        let crowded = crowded.count();
        if crowded > 0 {
            cut(format!("Of {crowded} findings only the first {RELATED} related places are listed."));
        }
        told
    }

    fn notification(&self, note: &Note) -> Notification {
        let locations = match &note.place {
            Place::Tree => Vec::new(),
            Place::Path(path) => vec![self.physical(path, None)],
            Place::Span(span) => vec![self.location(*span)],
        };
        Notification {
            level: match note.level {
                NoteLevel::Info => "note",
                NoteLevel::Warning => "warning",
            },
            message: text(&sentence(&note.message)),
            locations,
        }
    }
}

/// What is wrong, what to do, and where the other half stands. GitHub shows the first sentence where room is short.
fn message(finding: &Finding) -> String {
    let problem = &finding.problem;
    let mut message = sentence(&problem.message);
    if !problem.help.is_empty() {
        message.push(' ');
        message.push_str(&sentence(&problem.help));
    }
    let links: Vec<String> = (1..)
        .zip(problem.related.iter().take(RELATED))
        .map(|(id, Label { message, .. })| format!("[{}]({id})", link_text(message)))
        .collect();
    if !links.is_empty() {
        message.push_str(" See ");
        message.push_str(&links.join(", "));
        message.push('.');
    }
    message
}

/// A message as a sentence. Brackets that would be taken for a link to a place are kept from it.
fn sentence(message: &str) -> String {
    let mut sentence = message.replace("](", "] (");
    let first = sentence.chars().next().filter(|first| first.is_lowercase());
    if let Some(first) = first {
        sentence.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// A message inside of a link, SARIF 3.11.6.
fn link_text(message: &str) -> String {
    let mut safe = String::with_capacity(message.len());
    for character in message.chars() {
        if matches!(character, '[' | ']' | '\\') {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}

fn text(text: &str) -> Text {
    Text { text: text.to_owned() }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A relative path as a URI reference, RFC 3986.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    /// All but what is unreserved, and the slash. A colon would make the first segment a scheme.
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(path, ENCODED).to_string()
}
