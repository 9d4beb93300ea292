//! What a rule is: its definition, which its Markdown file opens with, and its check.

pub(crate) mod examine;
pub(crate) mod examples;
pub(crate) mod file;

use serde::{Deserialize, Serialize};

use crate::finding::{Label, Problem, Verdict};
use crate::model::workload::Deployed;
use crate::model::{Image, Pipeline, Project, Service, Workload};
use crate::span::Span;
use crate::waiver::Waivers;

/// A rule that is defined and can be checked.
pub(crate) struct Rule {
    pub(crate) page: &'static file::Page,
    pub(crate) checks: &'static [Check],
}

/// A check, by the subject that it looks at. The engine iterates over subjects; a check is a function of one.
pub(crate) enum Check {
    Service(fn(&Cx<'_>, &Service) -> Verdict),
    Image(fn(&Cx<'_>, &Image) -> Verdict),
    Workload(fn(&Cx<'_>, &Workload) -> Verdict),
    Pipeline(fn(&Cx<'_>, &Pipeline) -> Verdict),
    Repository(fn(&Cx<'_>) -> Verdict),
}

/// What every check may ask.
pub(crate) struct Cx<'a> {
    pub(crate) project: &'a Project<'a>,
    pub(crate) waivers: &'a Waivers,
    /// The day that waivers are judged on. `None` where nothing can be past.
    pub(crate) today: Option<jiff::civil::Date>,
}

impl Cx<'_> {
    /// Whether each of these containers has what is asked of it. `problem` says what is wrong with one that has not, `seen`
    /// what its place shows otherwise. What a manifest does not say may be said where it is changed before it is applied.
    pub(crate) fn each_has<'w>(
        workload: &Workload,
        containers: impl Iterator<Item = &'w Deployed>,
        has: impl Fn(&Deployed) -> Option<Span>,
        seen: &str,
        problem: impl Fn(&Deployed) -> Problem,
    ) -> Verdict {
        let (mut problems, mut evidence) = (Vec::new(), Vec::new());
        for container in containers {
            match has(container) {
                Some(place) => evidence.push(Label::new(place, seen)),
                None => problems.push(problem(container)),
            }
        }
        match workload.completed_by() {
            Some(why) if !problems.is_empty() => Verdict::unknown(why),
            _ => Verdict::of_sites(problems, evidence, "it has no container of which this is asked"),
        }
    }
}

/// The fenced TOML block that opens a rule's file. `rules/README.md` explains each field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meta {
    pub(crate) id: String,
    pub(crate) pillar: Pillar,
    /// One of `score::CAPABILITIES`.
    pub(crate) capability: String,
    pub(crate) role: Role,
    pub(crate) subjects: Vec<SubjectKind>,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) counted: bool,
    pub(crate) effort: Effort,
    pub(crate) since: String,
    /// The level that a service has only where this rule is met.
    #[serde(default)]
    pub(crate) level: Option<Level>,
    #[serde(default)]
    pub(crate) status: Status,
    pub(crate) references: Vec<String>,
}

impl Meta {
    /// Whether the rule is too new to weigh.
    pub(crate) fn is_preview(&self) -> bool {
        self.status == Status::Preview
    }
}

/// What production-ready means, in seven parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pillar {
    Failure,
    Observability,
    Deployment,
    Load,
    Operability,
    Security,
    Structure,
}

/// How a rule enters the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// A pass proves the capability.
    Evidence,
    /// A failure weighs on the capability.
    Demerit,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SubjectKind {
    Repository,
    Service,
    Image,
    Workload,
    Pipeline,
}

/// How bad it is; the worst is the greatest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// Never a reason to fail.
    #[value(skip)]
    Info,
    Low,
    Medium,
    High,
    /// Proven broken.
    Critical,
}

/// Whether what a rule finds weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    #[default]
    Stable,
    /// Reported, without weight in the score, the gate and the levels: for one minor version, so that what it finds can be
    /// read before it counts.
    Preview,
}

/// What a service is fit for, beside the score: each level has its required rules, and those of the levels below.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// It starts, is seen and stops in order, and leaves no door open.
    Bronze,
    /// It stays up when what it depends on fails or its load grows.
    Silver,
    /// It is redeployed, scaled and followed without anybody who built it.
    Gold,
}

/// How sure it is; the surest is the greatest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Confidence {
    /// Shown, never scored.
    Low,
    Medium,
    High,
}

/// How long it takes to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effort {
    /// Minutes.
    Small,
    /// Hours.
    Medium,
    /// Days.
    Large,
}

impl Pillar {
    pub(crate) const ALL: [Self; 7] = [
        Self::Failure,
        Self::Observability,
        Self::Deployment,
        Self::Load,
        Self::Operability,
        Self::Security,
        Self::Structure,
    ];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Observability => "observability",
            Self::Deployment => "deployment",
            Self::Load => "load",
            Self::Operability => "operability",
            Self::Security => "security",
            Self::Structure => "structure",
        }
    }
}

impl Severity {
    pub(crate) const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The one that has this id.
    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [Self::Bronze, Self::Silver, Self::Gold];

    /// The one that has this id.
    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
        }
    }
}

impl Confidence {
    pub(crate) const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The one that has this id.
    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl SubjectKind {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Service => "service",
            Self::Image => "image",
            Self::Workload => "workload",
            Self::Pipeline => "pipeline",
        }
    }
}

impl Check {
    pub(crate) fn subject(&self) -> SubjectKind {
        match self {
            Self::Service(_) => SubjectKind::Service,
            Self::Image(_) => SubjectKind::Image,
            Self::Workload(_) => SubjectKind::Workload,
            Self::Pipeline(_) => SubjectKind::Pipeline,
            Self::Repository(_) => SubjectKind::Repository,
        }
    }
}
