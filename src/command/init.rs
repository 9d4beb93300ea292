//! `forge init`: a first configuration and a CI workflow, from what an audit finds.

use std::io::Write;
use std::path::Path;

use super::Failure;
use super::audit::of_tree;
use crate::cli::policy::PolicySettings;
use crate::config::SCHEMA_URL;
use crate::discover::{self, discover};
use crate::engine;
use crate::output::write_atomically;
use crate::report::{Report, Score};
use crate::source::Kind;

const CONFIG: &str = "forge.toml";
const WORKFLOW: &str = ".github/workflows/forge.yml";

/// Audits a repository and writes what fits it.
///
/// # Errors
/// When it cannot be audited, or a file exists or cannot be written.
pub(crate) fn run(
    root: &Path,
    force: bool,
    policy: &PolicySettings,
    threads: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let how = discover::Settings { threads, use_cargo: false, left_out: Vec::new() };
    let audited = engine::with_threads(threads, || match of_tree(root, &how, policy, || {}) {
        // A configuration that is to be replaced may be wrong.
        Err(Failure::Config(_)) if force => {
            let sources = discover(root, &how).map_err(Failure::Discover)?;
            let report = engine::audit(&sources);
            Ok((sources, report))
        }
        audited => audited,
    });
    let (sources, report) = audited.map_err(Failure::Threads)??;
    let is_gitlab = sources.iter().any(|(_, file)| file.kind == Kind::GitlabCi);
    let mut files = vec![(CONFIG, config(&report))];
    if !is_gitlab {
        files.push((WORKFLOW, WORKFLOW_TEXT.to_owned()));
    }
    let existing: Vec<String> = files
        .iter()
        .filter(|(path, _)| std::fs::symlink_metadata(root.join(path)).is_ok())
        .map(|(path, _)| (*path).to_owned())
        .collect();
    if !existing.is_empty() && !force {
        return Err(Failure::Exists(existing));
    }
    for (path, text) in &files {
        let full = root.join(path);
        let failed = |why| Failure::WriteTo(full.clone(), why);
        std::fs::create_dir_all(full.parent().unwrap_or(root)).map_err(failed)?;
        write_atomically(&full, text.as_bytes()).map_err(failed)?;
        writeln!(out, "wrote {path}")?;
    }
    if is_gitlab {
        writeln!(out, "\nadd this job to .gitlab-ci.yml:\n\n{GITLAB_TEXT}")?;
    }
    writeln!(out, "nothing is released yet: put the commit of Forge that you want where the zeros are")?;
    let score = match &report.score {
        Score::Assessed(score) => format!("the score is {}", crate::score::shown(score.exact)),
        Score::NotAssessed { reason } => reason.clone(),
    };
    writeln!(out, "\n{score}; `forge audit` says why")?;
    Ok(())
}

fn config(report: &Report) -> String {
    let mut text = format!("#:schema {SCHEMA_URL}\n{OPENING}");
    if report.services.is_empty() {
        text.push_str(NO_SERVICE);
    }
    for service in &report.services {
        let name = toml_string(&service.id);
        text.push_str(&SERVICE.replace("NAME", &name).replace("KIND", service.kind));
    }
    text.push_str(CLOSING);
    text
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(letter)).chars()),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

const OPENING: &str = "# What this repository asks of `forge audit` and `forge gate`.
# Every key: https://github.com/forge-audit/forge/blob/main/docs/configuration.md

# `recommended`, or `strict`: every new finding fails, and a waiver lasts 90 days at most.
preset = \"recommended\"

# Paths that are not audited at all; the report names them.
# exclude = [\"examples\"]

[rules]
# Rules (`forge rules`) or pillars that are off. The report names them, and the score without waivers counts them.
# ignore = [\"owners-named\"]

# How bad what a rule finds is here.
# severity = { metrics = \"low\" }

# What holds below some paths only.
# [[path]]
# paths = [\"tools\"]
# ignore = [\"no-print-logging\"]

[gate]
# A new finding this bad or worse fails: `info`, `low`, `medium`, `high`, `critical`.
# fail_on = \"high\"
# How many points a service's score may lose.
# max_drop = 0
# A service with fewer points fails, whatever it had before.
# fail_under = 50
";

const NO_SERVICE: &str = "
# No service was found. Forge looks for binaries whose `main` reaches a call that starts a server, a consumer loop or a
# scheduler.
";

const SERVICE: &str = "
[[service]]
name = NAME
# kind = \"KIND\"
# How much depends on it: `critical`, `standard`, `internal`.
# tier = \"standard\"
# What something outside of this repository does for it:
# handled_elsewhere = [
#   { rule = \"request-timeout\", link = \"https://wiki.example/gateway\", until = 2027-01-31, reason = \"the gateway ends requests\" },
# ]
";

const CLOSING: &str = "
# A finding that is accepted for a while, where no comment can stand beside it. Elsewhere, write a comment:
# // forge: allow(rule, until = 2027-01-31) reason
# [[waiver]]
# rule = \"lockfile-committed\"
# path = \"Cargo.toml\"
# until = 2027-01-31
# reason = \"why this is accepted\"
";

/// The files that `docs/ci.md` shows.
const WORKFLOW_TEXT: &str = include_str!("../../ci/github.yml");
const GITLAB_TEXT: &str = include_str!("../../ci/gitlab.yml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::source::Sources;

    #[test]
    fn what_is_written_is_right_with_and_without_its_comments() {
        let report = engine::audit(&Sources::from_texts([
            ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\naxum = \"0.8\"\n"),
            ("src/main.rs", "#[tokio::main]\nasync fn main() {\n    axum::serve(listener, app).await;\n}\n"),
        ]));
        let written = config(&report);
        assert!(
            written.contains(
                "
[[service]]
name = \""
            ),
            "{written}"
        );
        let uncommented: String = written
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| is_toml(rest)).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        assert!(
            uncommented.contains("\n[[waiver]]\n") && uncommented.contains("\nfail_under = 50\n"),
            "{uncommented}"
        );
        for text in [written, uncommented] {
            let read = Config::read(&Sources::from_texts([("forge.toml", text.as_str())]));
            assert!(read.is_ok(), "{read:?}\n{text}");
        }
    }

    fn is_toml(line: &str) -> bool {
        !line.starts_with("//") && (line.starts_with(['[', ']', ' ']) || line.contains(" = "))
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(toml_string("a\"b\\c\u{7}"), "\"a\\\"b\\\\c\\u0007\"");
    }
}
