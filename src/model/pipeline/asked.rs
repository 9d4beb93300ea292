//! Whether any pipeline of the repository does a certain thing.

use super::Called;
use super::command::Does;
use super::run::Run;
use crate::finding::Label;
use crate::model::Project;
use crate::source::file_name;

/// What the pipelines together say.
pub(crate) enum Asked<'p> {
    Yes(Vec<&'p Run>),
    /// Something may do it that is not read or cannot be followed: why that is so, and where.
    Perhaps(String, Vec<Label>),
    No,
}

/// What is in the names of tasks, scripts and programs that check something, and of those that check the dependencies.
const CHECKS: &[&str] = &[
    "all",
    "check",
    "checks",
    "ci",
    "clippy",
    "fmt",
    "format",
    "lint",
    "lints",
    "precommit",
    "qa",
    "style",
    "validate",
    "verify",
];
const AUDITS: &[&str] =
    &["all", "audit", "check", "checks", "ci", "deny", "lint", "lints", "precommit", "security", "verify"];

/// Programs that run what their first word names.
const TAKES_NAME: &[&str] =
    &["bash", "cargo", "earthly", "gmake", "just", "make", "python", "python3", "sh", "task", "zsh"];

impl Project<'_> {
    /// Whether CI does this. Images that are built and programs that do not look as if they checked anything are taken not to.
    pub(crate) fn ci_does(&self, does: Does) -> Asked<'_> {
        let runs = || self.pipelines.iter().flat_map(|pipeline| &pipeline.jobs).flat_map(|job| &job.runs);
        let found: Vec<&Run> = runs().filter(|run| run.command.does == does).collect();
        if !found.is_empty() {
            return Asked::Yes(found);
        }
        let lints = matches!(does, Does::Lints | Does::Formats);
        let may = |run: &&Run| match run.command.does {
            Does::Hooks => lints && !run.command.text.contains("install"),
            Does::Anything => may_check(&run.command.text, if lints { CHECKS } else { AUDITS }),
            _ => false,
        };
        if let Some(run) = runs().find(may) {
            let text = &run.command.text;
            let label = Label::new(run.span, format!("`{text}` is run here"));
            return Asked::Perhaps(format!("CI runs `{text}`, which may do it"), vec![label]);
        }
        if let Some(span) = self.repository.other_ci.first() {
            let label = Label::new(*span, "this pipeline is not read");
            return Asked::Perhaps("the pipeline is of a system that is not read".into(), vec![label]);
        }
        let is_cut = self.pipelines.iter().any(|pipeline| {
            pipeline.is_partial || pipeline.jobs.iter().any(|job| job.calls == Some(Called::Elsewhere))
        });
        if is_cut {
            Asked::Perhaps("part of the pipelines could not be read".into(), Vec::new())
        } else {
            Asked::No
        }
    }
}

/// Whether the name of what is run, which is the program, its file, or the first task, has one of these words in it. A name
/// that is not written down may have any.
fn may_check(text: &str, hints: &[&str]) -> bool {
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with('-')).collect();
    let after = |at: usize| words.get(at).copied();
    let name = match (words.first().copied().unwrap_or_default(), after(1)) {
        ("docker" | "podman" | "docker-compose" | "podman-compose", _) | (_, Some("=")) => None,
        ("cargo", Some("run" | "r")) => words.iter().rev().find(|word| hints.contains(word)).copied(),
        ("cargo", Some("xtask" | "make")) | ("mise", Some("run")) => after(2),
        // Without a name, what is run by default.
        ("make" | "gmake" | "just" | "task", None) => Some("all"),
        // What a variable names may be anything, unless its first argument tells.
        (program, Some(name)) if program.starts_with('$') => Some(name),
        (program, name) if TAKES_NAME.contains(&program) => name,
        (program, _) => Some(program),
    };
    let Some(name) = name else { return false };
    let name = file_name(name).to_ascii_lowercase();
    name.starts_with('$')
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| hints.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_check_is_known_by_its_name() {
        for (text, lints, audits) in [
            ("make lint", true, true),
            ("make clippy_$UNCLEAR", true, false),
            ("make $UNCLEAR", true, true),
            ("$UNCLEAR", true, true),
            ("just check-fmt", true, true),
            ("just build-release $TARGET", false, false),
            ("./scripts/ci.sh", true, true),
            ("./ci/build.sh", false, false),
            ("./scripts/version.sh --check", false, false),
            ("cargo xtask bench --all", false, false),
            ("cargo xtask ci", true, true),
            ("cargo run -p tools -- check", true, true),
            ("cargo run --bin check-envs", false, false),
            ("python3 tools/check_licences.py", true, true),
            ("docker compose up test", false, false),
            ("$url = 'https://example.com'", false, false),
            ("$BUILD_TOOL build --release", false, false),
            ("$install_dir/bin/protoc install", false, false),
        ] {
            assert_eq!(may_check(text, CHECKS), lints, "{text}");
            assert_eq!(may_check(text, AUDITS), audits, "{text}");
        }
    }
}
