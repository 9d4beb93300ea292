//! The arguments that say how a report is written, shared by every command that writes one.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command, error::ErrorKind};

use super::{Colour, look};
use crate::command::Failure;
use crate::command::outputs::{Outputs, Target};
use crate::report::{Detail, Format};

/// How to write the report.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// How to write the report; again with `=PATH` for files besides
    ///
    /// Without a path, to standard output. `text` is the default; in a GitHub workflow (`GITHUB_ACTIONS`) it is `github`,
    /// unless `--quiet` or `--verbose` asks for text. Where `GITHUB_STEP_SUMMARY` names a file, the Markdown is appended
    /// to it as well.
    #[arg(
        long = "format",
        value_parser = TargetParser,
        value_name = "FORMAT[=PATH]",
        help_heading = "Report"
    )]
    formats: Vec<Target>,

    /// Only the score and one line a finding; of a gate, the verdict and one line a reason
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Report")]
    pub(super) quiet: bool,

    /// Everything that passed as well, with its evidence; of a gate, all it has to say
    #[arg(short, long, help_heading = "Report")]
    verbose: bool,

    /// When to colour; `auto` colours on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", help_heading = "Report")]
    color: Colour,

    /// The folder's path in its repository, for SARIF and annotations; found by `.git` by default
    #[arg(long, value_name = "PATH", help_heading = "Report")]
    path_prefix: Option<String>,

    /// What tells several SARIF uploads for one commit apart; `forge/audit/` and the prefix by default
    #[arg(long, value_name = "NAME", help_heading = "Report")]
    sarif_category: Option<String>,

    /// Leave waived findings out of SARIF: GitHub shows them as open alerts
    #[arg(long, help_heading = "Report")]
    sarif_omit_waived: bool,
}

impl ReportArgs {
    /// Where the report goes.
    ///
    /// # Errors
    /// When two reports would go to one place.
    pub(super) fn outputs(self) -> Result<Outputs, Failure> {
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        };
        let mut targets = self.formats;
        if targets.is_empty() {
            let is_github = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
            let format = if is_github && detail == Detail::Normal { Format::Github } else { Format::Text };
            targets.push(Target { format, path: None });
        }
        for (at, target) in targets.iter().enumerate() {
            if targets[..at].iter().any(|other| other.is_same_place(target)) {
                return Err(Failure::SamePlace(target.path.clone()));
            }
        }
        Ok(Outputs {
            targets,
            summary: variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from),
            look: look(detail, self.color),
            path_prefix: self.path_prefix,
            category: self.sarif_category,
            omit_waived: self.sarif_omit_waived,
            only_gate: false,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads `FORMAT` and `FORMAT=PATH`.
#[derive(Clone)]
struct TargetParser;

impl TypedValueParser for TargetParser {
    type Value = Target;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Target, clap::Error> {
        let word =
            value.to_str().ok_or_else(|| clap::Error::new(ErrorKind::InvalidUtf8).with_cmd(command))?;
        let (format, path) = match word.split_once('=') {
            Some((format, path)) => (format, Some(path)),
            None => (word, None),
        };
        let format = EnumValueParser::<Format>::new().parse_ref(command, arg, OsStr::new(format))?;
        if path.is_some_and(str::is_empty) {
            let message = format!("`{word}` names no path behind `=`\n");
            return Err(clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command));
        }
        Ok(Target { format, path: path.map(PathBuf::from) })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        EnumValueParser::<Format>::new().possible_values().map(|values| {
            let values: Vec<PossibleValue> = values.collect();
            Box::new(values.into_iter()) as Box<dyn Iterator<Item = PossibleValue>>
        })
    }
}
