//! The command line: what was typed, and what follows from it and from the terminal.
//!
//! The only place that reads the environment. [`run`] is the whole program but for the exit code's way out.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

mod reporting;

use crate::command::outputs::Outputs;
use crate::command::rules::ListFormat;
use crate::command::{self, Failure};
use crate::report::{Detail, Look};
use reporting::ReportArgs;

/// Exit codes are part of the contract: 0 done, 1 the gate failed, 2 forge could not do its job, 3 inconclusive.
const COULD_NOT: u8 = 2;

/// Is this service ready for production? Forge reads a repository and says, with proof.
///
/// It parses Rust code, Cargo manifests, Dockerfiles, compose and Kubernetes files and CI configuration, links them into one
/// model of the system, and checks it against a set of rules. It runs nothing of the repository and uses no network.
#[derive(Debug, Parser)]
#[command(
    name = "forge",
    version = version(),
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Audit a repository and report what is proven, what is missing and what would help most
    #[command(after_help = "Exit codes: 0 the audit was done, 2 it could not be done.\n\n\
        Examples:\n  forge audit                        the repository in this folder\n  \
        forge audit ../shop --verbose      with the evidence of everything that passed\n  \
        forge audit --format json > a.json for scripts\n  \
        forge audit --format text --format sarif=forge.sarif\n                                     \
        both, of one audit")]
    Audit(AuditArgs),
    /// Explain a rule: what it checks, why it matters, how to mend it
    #[command(after_help = "Example:\n  forge explain graceful-shutdown")]
    Explain {
        /// The rule's id, as reports name it
        rule: String,
    },
    /// List the rules
    Rules {
        /// How to write the list
        #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
        format: ListFormat,
    },
    /// Print the completions for a shell
    #[command(after_help = "Example:\n  forge completions bash > /etc/bash_completion.d/forge")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, as `man` reads it
    #[command(after_help = "Example:\n  forge man > /usr/local/share/man/man1/forge.1")]
    Man,
}

#[derive(Debug, Args)]
struct AuditArgs {
    /// The folder of the repository
    #[arg(default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    report: ReportArgs,

    /// Threads to use; as many as the machine has by default
    #[arg(long, value_name = "N", help_heading = "Run")]
    threads: Option<std::num::NonZeroUsize>,

    /// Read the manifests alone instead of asking `cargo metadata` as well
    #[arg(long, help_heading = "Run")]
    no_cargo: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

/// What an audit needs to know, once typed words and terminal are put together.
#[derive(Debug)]
pub(crate) struct AuditSettings {
    pub(crate) path: PathBuf,
    pub(crate) outputs: Outputs,
    pub(crate) threads: usize,
    pub(crate) use_cargo: bool,
    pub(crate) show_progress: bool,
}

/// Runs the program with these words, of which the first is its own name.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap knows where each belongs.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(COULD_NOT) } else { ExitCode::SUCCESS };
        }
    };
    // A rule or a parser that panics is caught where it runs and noted; its message would only disturb the report.
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(|| match cli.command {
        Command::Audit(args) => command::audit::run(&settings(args)?, &mut out()),
        Command::Explain { rule } => {
            command::explain::run(&rule, look(Detail::Normal, Colour::Auto), &mut out())
        }
        Command::Rules { format } => command::rules::run(format, &mut out()),
        Command::Completions { shell } => completions(shell),
        Command::Man => man(),
    }));
    match result {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // Whoever reads the report has had enough of it.
        Ok(Err(Failure::Write(error) | Failure::WriteTo(_, error)))
            if error.kind() == io::ErrorKind::BrokenPipe =>
        {
            ExitCode::SUCCESS
        }
        Ok(Err(failure)) => complain(&failure.to_string()),
        Err(_) => {
            complain("failed because of a defect of its own; please report it with the command that you ran")
        }
    }
}

fn out() -> io::StdoutLock<'static> {
    io::stdout().lock()
}

fn complain(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "forge: {message}");
    ExitCode::from(COULD_NOT)
}

/// The program's version and that of its rules, which are released together.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let version = env!("CARGO_PKG_VERSION");
        format!("{version} (rule set {version}, {} rules)", crate::embedded::RULES.len())
    });
    &VERSION
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    // The generator panics where it cannot write, so that it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "forge", &mut script);
    Ok(out().write_all(&script)?)
}

/// The page of the program with those of its commands behind it.
fn man() -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for one in command.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help") {
        clap_mangen::Man::new(one.clone()).render(&mut page)?;
    }
    Ok(out().write_all(&page)?)
}

fn settings(args: AuditArgs) -> Result<AuditSettings, Failure> {
    let is_quiet = args.report.quiet;
    let available = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    Ok(AuditSettings {
        path: args.path,
        outputs: args.report.outputs()?,
        threads: args.threads.map_or(available, std::num::NonZeroUsize::get),
        use_cargo: !args.no_cargo,
        show_progress: io::stderr().is_terminal() && !is_quiet,
    })
}

/// Colour as the terminal and `NO_COLOR` (<https://no-color.org>) want it, in the width that there is.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
fn look(detail: Detail, colour: Colour) -> Look {
    let is_terminal = io::stdout().is_terminal();
    let no_color = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
    let colour = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_terminal && !no_color,
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let of_terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let width = if is_terminal { of_terminal().or(columns) } else { columns };
    Look { colour, width: width.unwrap_or(100).clamp(60, 140), detail }
}
