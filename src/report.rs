//! The report: everything that a run concludes, in the order in which it is written, and the forms it is written in.
//!
//! The types here are the program's own; `json` has counterparts with the names of the contract.

mod badge;
mod choice;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::io::{self, Write};

use crate::finding::{Finding, Judged, Problem};
use crate::gate::Gate;
use crate::rule::Pillar;
use crate::score::level::Reached;
use crate::source::{Note, Sources};
use crate::span::Span;

/// Everything that a run concludes.
#[derive(Debug)]
pub struct Report {
    pub(crate) score: Score,
    /// By id.
    pub(crate) services: Vec<ServiceReport>,
    /// By rule, then subject.
    pub(crate) checks: Vec<Judged>,
    /// By path, place, rule.
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<Note>,
    /// Whether every binary could be read, so that there are no services besides these.
    pub(crate) is_complete: bool,
    /// How many rules were checked.
    pub(crate) rules: usize,
    /// Whether the change may be merged; `None` where nobody asked.
    pub(crate) gate: Option<Gate>,
}

/// The score of a service or of the repository.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Score {
    NotAssessed { reason: String },
    Assessed(Assessed),
}

/// A score in points of 100.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assessed {
    pub(crate) exact: f64,
    /// If every unknown turned out worst, and best.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The part of the profile's points whose evidence is known, 0 to 1.
    pub(crate) coverage: f64,
    /// Without waivers.
    pub(crate) without_waivers: f64,
    /// Of the repository: the service with the lowest score.
    pub(crate) lowest_service: Option<String>,
    pub(crate) reached: Reached,
    /// In the order of [`Pillar::ALL`], those of which the profile has points.
    pub(crate) pillars: Vec<PillarScore>,
}

/// A pillar's part of a score.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PillarScore {
    pub(crate) pillar: Pillar,
    /// 0 to 100.
    pub(crate) value: f64,
    /// The points of the profile in this pillar.
    pub(crate) points: f64,
}

/// One service.
#[derive(Debug)]
pub(crate) struct ServiceReport {
    /// `folder/of/package:binary`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) binary: String,
    /// The file that holds `fn main`.
    pub(crate) main: String,
    pub(crate) kind: &'static str,
    pub(crate) frameworks: Vec<String>,
    /// `kubernetes`, `compose`, `image`, `none`.
    pub(crate) target: &'static str,
    pub(crate) image: Option<String>,
    pub(crate) workloads: Vec<String>,
    /// How much depends on it, where the configuration says so.
    pub(crate) tier: Option<String>,
    pub(crate) score: Score,
    pub(crate) capabilities: Vec<CapabilityReport>,
    pub(crate) binds: Vec<BindReport>,
    pub(crate) routes: Vec<RouteReport>,
    pub(crate) env: Vec<EnvReport>,
}

/// A capability of a service's profile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CapabilityReport {
    pub(crate) id: &'static str,
    pub(crate) pillar: Pillar,
    pub(crate) points: f64,
    pub(crate) evidence: Evidence,
    /// 0 to 1.
    pub(crate) score: f64,
}

/// Whether a capability is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    Found,
    Unknown,
    Absent,
}

/// An address that a service binds; `None` is what cannot be told.
#[derive(Clone, Debug)]
pub(crate) struct BindReport {
    pub(crate) address: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) span: Span,
}

/// A route that a service serves.
#[derive(Clone, Debug)]
pub(crate) struct RouteReport {
    pub(crate) method: Option<String>,
    pub(crate) path: String,
    pub(crate) span: Span,
}

/// A variable that a service reads.
#[derive(Clone, Debug)]
pub(crate) struct EnvReport {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) span: Span,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs; see the contract in `docs/json.md`.
    Json,
    /// SARIF 2.1.0, for GitHub code scanning.
    Sarif,
    /// A comment of a pull request.
    Markdown,
    /// Annotations of a GitHub workflow.
    Github,
    /// GitLab's Code Quality.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// The score as an SVG.
    Badge,
}

impl Format {
    /// Whether it says what the gate says.
    pub(crate) fn has_gate(self) -> bool {
        match self {
            Self::Text | Self::Json | Self::Sarif | Self::Markdown | Self::Github => true,
            Self::Gitlab | Self::Junit | Self::Badge => false,
        }
    }
}

/// How the forms are written, as far as a user may choose.
#[derive(Clone, Debug)]
pub(crate) struct Manner<'a> {
    pub(crate) look: Look,
    /// The audited folder's path in its repository, empty or with a `/` at its end: what platforms show beside the code is
    /// found by the path in the repository.
    pub(crate) path_prefix: &'a str,
    /// Tells the runs apart that are uploaded for one commit.
    pub(crate) category: &'a str,
    /// Whether SARIF is without waived findings.
    pub(crate) omit_waived: bool,
    /// Whether the text has what the gate says, and no more.
    pub(crate) only_gate: bool,
}

impl Manner<'_> {
    fn path_in_repository(&self, path: &str) -> String {
        format!("{}{path}", self.path_prefix)
    }
}

/// How the text is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) colour: bool,
    /// Columns of the terminal.
    pub(crate) width: usize,
    pub(crate) detail: Detail,
}

/// How much the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// The score, and one line a finding.
    Quiet,
    Normal,
    /// Passes with their evidence as well.
    Verbose,
}

/// Draws what is wrong at places of a tree, for standard error.
///
/// # Errors
/// When it cannot be put into words, which does not happen.
pub(crate) fn draw_errors(errors: &[Problem], sources: &Sources, look: Look) -> io::Result<String> {
    text::errors::draw(errors, sources, look)
}

/// Writes a report.
///
/// # Errors
/// When `out` does.
pub(crate) fn render(
    report: &Report,
    sources: &Sources,
    format: Format,
    manner: &Manner<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text if manner.only_gate => text::render_gate(report, sources, manner.look, out),
        Format::Text => text::render(report, sources, manner.look, out),
        Format::Json => json::render(report, sources, out),
        Format::Sarif => sarif::render(report, sources, manner, out),
        Format::Markdown => markdown::render(report, sources, out),
        Format::Github => github::render(report, sources, manner, out),
        Format::Gitlab => gitlab::render(report, sources, manner, out),
        Format::Junit => junit::render(report, sources, out),
        Format::Badge => badge::render(report, out),
    }
}

/// Writes the verdict of a gate and the first of its reasons, where no report is at hand that has them.
///
/// # Errors
/// When `out` does.
pub(crate) fn render_verdict(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    text::render_verdict(gate, out)
}
