//! What a comparison is asked for: with what, and what fails.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::gate::Policy;
use crate::rule::{Confidence, Level, Severity};

/// The options of a comparison.
#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct CompareArgs {
    /// Compare with the commit at which the change left this branch, tag or commit; read from git's objects
    #[arg(
        long,
        value_name = "REF",
        value_parser = NonEmptyStringValueParser::new(),
        group = "against",
        help_heading = "Comparison"
    )]
    base: Option<String>,

    /// Compare with a file that `forge baseline write` made; with `--base`, only where the base is not in the clone
    #[arg(long, value_name = "FILE", group = "against", help_heading = "Comparison")]
    baseline: Option<PathBuf>,

    /// New findings of this severity or a worse one fail; as the configuration says, else `medium`
    #[arg(long, value_enum, value_name = "SEVERITY", requires = "against", help_heading = "Comparison")]
    fail_on: Option<Severity>,

    /// New findings that are less sure than this do not fail; as the configuration says, else `medium`
    #[arg(long, value_enum, value_name = "CONFIDENCE", requires = "against", help_heading = "Comparison")]
    min_confidence: Option<Confidence>,

    /// How many points the score of a service may lose; as the configuration says, else none
    #[arg(long, value_name = "POINTS", value_parser = points, requires = "against", help_heading = "Comparison")]
    max_drop: Option<f64>,

    /// How many points every service must have
    #[arg(long, value_name = "POINTS", value_parser = points, requires = "against", help_heading = "Comparison")]
    fail_under: Option<f64>,

    /// The level that every service must have
    #[arg(long, value_enum, value_name = "LEVEL", requires = "against", help_heading = "Comparison")]
    require_level: Option<Level>,
}

/// What a tree is compared with, and what fails.
#[derive(Debug)]
pub(crate) struct Compare {
    pub(crate) base: Option<String>,
    pub(crate) baseline: Option<PathBuf>,
    fail_on: Option<Severity>,
    min_confidence: Option<Confidence>,
    max_drop: Option<f64>,
    fail_under: Option<f64>,
    require_level: Option<Level>,
}

impl CompareArgs {
    /// `None` where nothing is compared.
    pub(super) fn settings(self) -> Option<Compare> {
        let Self { base, baseline, fail_on, min_confidence, max_drop, fail_under, require_level } = self;
        let is_asked = base.is_some() || baseline.is_some();
        is_asked.then_some(Compare {
            base,
            baseline,
            fail_on,
            min_confidence,
            max_drop,
            fail_under,
            require_level,
        })
    }
}

impl Compare {
    /// What fails: what was typed, and for the rest what the configuration says.
    pub(crate) fn policy(&self, configured: &Policy) -> Policy {
        Policy {
            severity: self.fail_on.unwrap_or(configured.severity),
            confidence: self.min_confidence.unwrap_or(configured.confidence),
            max_drop: self.max_drop.unwrap_or(configured.max_drop),
            fail_under: self.fail_under.or(configured.fail_under),
            require_level: self.require_level.or(configured.require_level),
        }
    }
}

fn points(word: &str) -> Result<f64, String> {
    let points = word.parse().ok().filter(|points: &f64| (0.0..=100.0).contains(points));
    points.ok_or_else(|| "give a number of points from 0 to 100".to_owned())
}
