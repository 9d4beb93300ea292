//! What a comparison is asked for: with what, and what fails.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::gate::Policy;
use crate::rule::{Confidence, Severity};

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

    /// New findings of this severity or a worse one fail; `medium` by default
    #[arg(long, value_enum, value_name = "SEVERITY", requires = "against", help_heading = "Comparison")]
    fail_on: Option<Severity>,

    /// New findings that are less sure than this do not fail; `medium` by default
    #[arg(long, value_enum, value_name = "CONFIDENCE", requires = "against", help_heading = "Comparison")]
    min_confidence: Option<Confidence>,

    /// How many points the score of a service may lose; none by default
    #[arg(long, value_name = "POINTS", value_parser = points, requires = "against", help_heading = "Comparison")]
    max_drop: Option<f64>,

    /// How many points every service must have
    #[arg(long, value_name = "POINTS", value_parser = points, requires = "against", help_heading = "Comparison")]
    fail_under: Option<f64>,
}

/// What a tree is compared with, and what fails.
#[derive(Debug)]
pub(crate) struct Compare {
    pub(crate) base: Option<String>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) policy: Policy,
}

impl CompareArgs {
    /// `None` where nothing is compared.
    pub(super) fn settings(self) -> Option<Compare> {
        if self.base.is_none() && self.baseline.is_none() {
            return None;
        }
        let usual = Policy::default();
        let policy = Policy {
            severity: self.fail_on.unwrap_or(usual.severity),
            confidence: self.min_confidence.unwrap_or(usual.confidence),
            max_drop: self.max_drop.unwrap_or(usual.max_drop),
            fail_under: self.fail_under.or(usual.fail_under),
        };
        Some(Compare { base: self.base, baseline: self.baseline, policy })
    }
}

fn points(word: &str) -> Result<f64, String> {
    let points = word.parse().ok().filter(|points: &f64| (0.0..=100.0).contains(points));
    points.ok_or_else(|| "give a number of points from 0 to 100".to_owned())
}
