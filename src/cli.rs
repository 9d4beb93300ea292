//! The command line: what was typed, and what follows from it and from the terminal.
//!
//! The only place that reads the environment. [`run`] is the whole program but for the exit code's way out.

pub(crate) mod compare;
pub(crate) mod policy;
mod reporting;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::command::outputs::Outputs;
use crate::command::rules::ListFormat;
use crate::command::{self, Failure};
use crate::gate::GateStatus;
use crate::report::{Detail, Look};
use policy::{PolicyArgs, PolicySettings};
use reporting::ReportArgs;

/// Exit codes are part of the contract: 0 done, 1 the gate failed, 2 forge could not do its job, 3 inconclusive.
const GATE_FAILED: u8 = 1;
const COULD_NOT: u8 = 2;
const INCONCLUSIVE: u8 = 3;

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
    #[command(
        after_help = "Exit codes: 0 the audit was done, 2 it could not be done; with `--base` as of `forge gate`.\n\n\
        Examples:\n  forge audit                        the repository in this folder\n  \
        forge audit ../shop --verbose      with the evidence of everything that passed\n  \
        forge audit --base main            and what the branch changes\n  \
        forge audit --format json > a.json for scripts\n  \
        forge audit --format text --format sarif=forge.sarif\n                                     \
        both, of one audit"
    )]
    Audit(AuditArgs),
    /// Compare a change with its base and fail when it makes anything worse
    ///
    /// The commit at which the change left its base is audited as well, from git's objects: nothing is checked out and nothing
    /// is fetched. The gate fails on new findings, on a score that drops, and on evidence that has vanished.
    #[command(
        after_help = "Exit codes: 0 passed, 1 failed, 2 it could not be done, 3 there is nothing to compare with.\n\n\
        Examples:\n  forge gate --base origin/main                    what the branch changes\n  \
        forge gate --base origin/main --fail-on high     only high and critical findings fail\n  \
        forge gate --baseline forge-baseline.json        where no history is at hand\n  \
        forge gate --base origin/main --format text --format markdown=comment.md\n                                                   \
        and a comment for the pull request"
    )]
    Gate(GateArgs),
    /// Write down what there is today, to compare with where no base can be had
    #[command(subcommand)]
    Baseline(BaselineCommand),
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
    /// Write a commented `forge.toml` and a CI workflow for a repository
    ///
    /// The configuration names the services that are found. A file that exists is left as it is.
    #[command(after_help = "Exit codes: 0 the files were written, 2 they were not.")]
    Init(InitArgs),
    /// What `forge.toml` may hold
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the JSON Schema of `forge.toml`, for editors
    Schema,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// The folder of the repository
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Replace the files that exist
    #[arg(long)]
    force: bool,
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

    #[command(flatten)]
    compare: compare::CompareArgs,

    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("against").required(true).multiple(true)))]
struct GateArgs {
    /// The folder of the repository
    #[arg(default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    compare: compare::CompareArgs,

    #[command(flatten)]
    report: ReportArgs,

    #[command(flatten)]
    policy: PolicyArgs,

    /// Threads to use; as many as the machine has by default
    #[arg(long, value_name = "N", help_heading = "Run")]
    threads: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Write the findings, scores and proven capabilities of today
    #[command(after_help = "Example:\n  forge baseline write && git add forge-baseline.json")]
    Write {
        /// The folder of the repository
        #[arg(default_value = ".")]
        path: PathBuf,
        /// The file to write; `forge-baseline.json` in the folder by default
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Take out of a baseline what is mended, so that it does not come back
    #[command(after_help = "Example:\n  forge baseline prune")]
    Prune {
        /// The folder of the repository
        #[arg(default_value = ".")]
        path: PathBuf,
        /// The file to prune; `forge-baseline.json` in the folder by default
        #[arg(long, value_name = "FILE")]
        baseline: Option<PathBuf>,
        #[command(flatten)]
        policy: PolicyArgs,
    },
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
    pub(crate) compare: Option<compare::Compare>,
    pub(crate) policy: PolicySettings,
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
        Command::Gate(args) => command::audit::run(&gate_settings(args)?, &mut out()),
        Command::Baseline(BaselineCommand::Write { path, output, policy }) => {
            command::baseline::write(&path, output, &policy.settings(), threads(None), &mut out())
                .map(|()| None)
        }
        Command::Baseline(BaselineCommand::Prune { path, baseline, policy }) => {
            command::baseline::prune(&path, baseline, &policy.settings(), threads(None), &mut out())
                .map(|()| None)
        }
        Command::Explain { rule } => {
            command::explain::run(&rule, look(Detail::Normal, Colour::Auto), &mut out()).map(|()| None)
        }
        Command::Rules { format } => command::rules::run(format, &mut out()).map(|()| None),
        Command::Completions { shell } => completions(shell).map(|()| None),
        Command::Man => man().map(|()| None),
        Command::Init(args) => {
            let policy = PolicyArgs::default().settings();
            command::init::run(&args.path, args.force, &policy, threads(None), &mut out()).map(|()| None)
        }
        Command::Config { what: ConfigCommand::Schema } => command::config::schema(&mut out()).map(|()| None),
    }));
    match result {
        Ok(Ok(Some(GateStatus::Failed))) => ExitCode::from(GATE_FAILED),
        Ok(Ok(Some(GateStatus::Inconclusive))) => ExitCode::from(INCONCLUSIVE),
        Ok(Ok(Some(GateStatus::Passed) | None)) => ExitCode::SUCCESS,
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
    Ok(AuditSettings {
        path: args.path,
        outputs: args.report.outputs()?,
        threads: threads(args.threads),
        use_cargo: !args.no_cargo,
        show_progress: io::stderr().is_terminal() && !is_quiet,
        compare: args.compare.settings(),
        policy: args.policy.settings(),
    })
}

/// Cargo is asked for neither tree: it would know the one on disk, and not that of a commit.
fn gate_settings(args: GateArgs) -> Result<AuditSettings, Failure> {
    let is_quiet = args.report.quiet;
    Ok(AuditSettings {
        path: args.path,
        outputs: Outputs { only_gate: true, ..args.report.outputs()? },
        threads: threads(args.threads),
        use_cargo: false,
        show_progress: io::stderr().is_terminal() && !is_quiet,
        compare: args.compare.settings(),
        policy: args.policy.settings(),
    })
}

fn threads(wanted: Option<std::num::NonZeroUsize>) -> usize {
    let available = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    wanted.map_or_else(available, std::num::NonZeroUsize::get)
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
