//! Where the policy comes from that a tree is audited under: its configuration, and the day that waivers are judged on.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;

use super::{Colour, look};
use crate::date;
use crate::report::{Detail, Look};

/// What the configuration and the waivers of a repository are read with.
#[derive(Debug, Default, Args)]
pub(super) struct PolicyArgs {
    /// Read this configuration instead of the repository's own
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    config: Option<PathBuf>,

    /// The day that waivers are judged on, for tests
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, hide = true)]
    today: Option<jiff::civil::Date>,
}

/// Where the policy comes from.
#[derive(Debug)]
pub(crate) struct PolicySettings {
    /// A configuration instead of the repository's own.
    pub(crate) config: Option<PathBuf>,
    pub(crate) today: jiff::civil::Date,
    /// How errors are drawn.
    pub(crate) look: Look,
}

impl PolicyArgs {
    /// `FORGE_TODAY` is for tests that cannot add an option.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    pub(super) fn settings(self) -> PolicySettings {
        let of_environment = || std::env::var("FORGE_TODAY").ok().and_then(|day| date::parse(&day));
        let colour =
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        PolicySettings {
            config: self.config,
            today: self.today.or_else(of_environment).unwrap_or_else(date::today),
            look: Look { colour, ..look(Detail::Normal, Colour::Never) },
        }
    }
}

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    date::parse(text).ok_or_else(|| "write a day as `2027-03-01`".to_owned())
}
