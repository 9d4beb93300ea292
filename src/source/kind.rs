//! What a file is, by its name, its place and, where those do not tell, its first bytes.
//!
//! Only recognition: nothing is parsed here.

use super::sniff::sniff;
use super::{file_name, folder};

/// The kinds of file that Forge reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Rust,
    CargoManifest,
    CargoLock,
    ToolchainFile,
    Dockerfile,
    DockerIgnore,
    Compose,
    Kubernetes,
    /// `Chart.yaml`: its folder is a Helm chart.
    HelmChart,
    /// What Kustomize reads in a folder.
    Kustomization,
    /// A template, as Helm has them: YAML with expressions. It is read where it belongs to a chart.
    HelmTemplate,
    Workflow,
    Action,
    GitlabCi,
    /// A file of a CI system that is recognised and not read yet.
    OtherCi,
    /// What a task runner reads.
    Tasks(TaskRunner),
    Shell,
    /// README and other documents.
    Document,
    /// `.env` and its examples.
    EnvFile,
    CodeOwners,
    DependencyUpdates,
    SystemdUnit,
    /// A configuration of Prometheus, or rules for it.
    Prometheus,
    /// A change of a database's schema, as sqlx, diesel and refinery run it.
    Migration,
    /// Forge's own configuration.
    ForgeConfig,
    /// YAML, TOML or JSON of no known kind, kept because configuration may document what the code reads.
    Config,
    /// Known to exist, not read.
    Other,
}

/// Programs that run tasks by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TaskRunner {
    Make,
    Just,
    Task,
    CargoMake,
    Mise,
    /// Cargo's own aliases.
    CargoAlias,
}

impl Kind {
    /// Whether some stage needs the text.
    pub(crate) fn is_read(self) -> bool {
        !matches!(self, Self::Other | Self::OtherCi)
    }
}

/// Whether a file of unknown kind could be told by its text.
pub(crate) fn needs_text(path: &str) -> bool {
    let name = file_name(path);
    matches!(extension(name), "yaml" | "yml") || (!name.contains('.') && may_be_script(path))
}

/// The kind of a file. `text` may be its first few KiB.
pub(crate) fn classify(path: &str, text: &str) -> Kind {
    let name = file_name(path);
    let lower = name.to_ascii_lowercase();
    if let Some(kind) = by_exact_name(path, name, &lower) {
        return kind;
    }
    match extension(&lower) {
        "rs" => Kind::Rust,
        "sh" | "bash" => Kind::Shell,
        "md" | "mdx" | "markdown" | "adoc" | "rst" => Kind::Document,
        "service" | "socket" | "timer" => Kind::SystemdUnit,
        "sql" if is_migration(path, &lower) => Kind::Migration,
        "yaml" | "yml" => yaml_kind(path, &lower, text),
        "json" if is_test_data(path) || is_baseline(text) => Kind::Other,
        "json" if sniff(text) => Kind::Kubernetes,
        "toml" | "json" | "ini" | "conf" | "tpl" | "dist" | "example" | "sample" | "template" => Kind::Config,
        _ if text.starts_with("#!") && first_line(text).contains("sh") => Kind::Shell,
        _ if is_document_name(&lower) => Kind::Document,
        _ => Kind::Other,
    }
}

/// What tests read tells an operator nothing, and a tree may have thousands of such files.
fn is_test_data(path: &str) -> bool {
    let is_for_tests =
        |part: &str| matches!(part, "tests" | "test" | "testdata" | "test-data" | "fixtures" | "snapshots");
    folder(path).split('/').any(is_for_tests)
}

/// Whether a `.sql` file is what a runner of migrations takes for one that leads forward: sqlx's `1_name.sql` and
/// `1_name.up.sql`, diesel's `<migration>/up.sql`, refinery's `V1__name.sql` and `U1__name.sql`.
fn is_migration(path: &str, lower: &str) -> bool {
    let stem = lower.strip_suffix(".sql").unwrap_or_default();
    if is_test_data(path) || stem == "down" || stem.ends_with(".down") {
        return false;
    }
    let number = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number.len() < stem.len() && number.starts_with(['_', '-']);
    let is_refinery = stem
        .strip_prefix(['v', 'u'])
        .and_then(|rest| rest.split_once("__"))
        .is_some_and(|(version, _)| version.starts_with(|c: char| c.is_ascii_digit()));
    // This form is nobody else's, so that the folder may be called anything.
    if is_numbered && stem.ends_with(".up") {
        return true;
    }
    let is_home =
        |part: &str| part == "migrations" || part.ends_with("-migrations") || part.ends_with("_migrations");
    let is_in_home = folder(path).split('/').any(|part| is_home(part) && !part.starts_with("test"));
    is_in_home && (stem == "up" || is_numbered || is_refinery)
}

/// What `forge baseline write` made. It names what is missing, which is no document of it.
fn is_baseline(text: &str) -> bool {
    text.trim_start_matches(['{', ' ', '\r', '\n', '\t']).starts_with("\"forge_baseline\"")
}

fn by_exact_name(path: &str, name: &str, lower: &str) -> Option<Kind> {
    let folder = folder(path);
    Some(match lower {
        "cargo.toml" if name == "Cargo.toml" => Kind::CargoManifest,
        "cargo.lock" if name == "Cargo.lock" => Kind::CargoLock,
        "rust-toolchain" | "rust-toolchain.toml" => Kind::ToolchainFile,
        "forge.toml" if path == "forge.toml" => Kind::ForgeConfig,
        _ if is_dockerfile_name(lower) => Kind::Dockerfile,
        _ if lower.ends_with(".dockerignore") || lower == ".containerignore" => Kind::DockerIgnore,
        _ if is_env_name(lower) => Kind::EnvFile,
        "codeowners" if matches!(folder, "" | ".github" | "docs" | ".gitlab") => Kind::CodeOwners,
        "dependabot.yml" | "dependabot.yaml" if folder == ".github" => Kind::DependencyUpdates,
        "renovate.json" | "renovate.json5" | ".renovaterc" | ".renovaterc.json" | ".renovaterc.json5" => {
            Kind::DependencyUpdates
        }
        "chart.yaml" | "chart.yml" => Kind::HelmChart,
        "kustomization.yaml" | "kustomization.yml" | "kustomization" => Kind::Kustomization,
        ".gitlab-ci.yml" | ".gitlab-ci.yaml" => Kind::GitlabCi,
        ".travis.yml"
        | "azure-pipelines.yml"
        | "azure-pipelines.yaml"
        | ".azure-pipelines.yml"
        | "jenkinsfile"
        | ".drone.yml"
        | ".drone.star"
        | ".drone.jsonnet"
        | "bitbucket-pipelines.yml"
        | "appveyor.yml"
        | ".appveyor.yml"
        | ".cirrus.yml"
        | ".cirrus.star"
        | ".build.yml"
        | "buildspec.yml"
        | "cloudbuild.yaml"
        | "cloudbuild.yml"
        | "garnix.yaml"
        | ".woodpecker.yml"
        | ".woodpecker.yaml" => Kind::OtherCi,
        _ if matches!(
            folder,
            ".circleci"
                | ".buildkite"
                | ".woodpecker"
                | ".builds"
                | ".semaphore"
                | ".teamcity"
                | ".tekton"
                | ".azure-pipelines"
                | ".forgejo/workflows"
                | ".gitea/workflows"
        ) =>
        {
            Kind::OtherCi
        }
        "action.yml" | "action.yaml" => Kind::Action,
        _ => return by_runner(path, lower).map(Kind::Tasks),
    })
}

/// The task runner that reads a file.
fn by_runner(path: &str, lower: &str) -> Option<TaskRunner> {
    Some(match lower {
        "makefile" | "gnumakefile" => TaskRunner::Make,
        "justfile" | ".justfile" => TaskRunner::Just,
        "taskfile.yml" | "taskfile.yaml" | "taskfile.dist.yml" | "taskfile.dist.yaml" => TaskRunner::Task,
        "makefile.toml" => TaskRunner::CargoMake,
        "mise.toml" | ".mise.toml" => TaskRunner::Mise,
        "config" | "config.toml" if file_name(folder(path)) == ".cargo" => TaskRunner::CargoAlias,
        _ if extension(lower) == "mk" => TaskRunner::Make,
        _ if extension(lower) == "just" => TaskRunner::Just,
        _ => return None,
    })
}

/// `.env`, `.env.example`, `prod.env`, `env.sample`.
fn is_env_name(lower: &str) -> bool {
    lower == ".envrc"
        || lower.starts_with(".env.")
        || lower.ends_with(".env")
        || ["example", "sample", "template"].iter().any(|end| lower.strip_prefix("env.") == Some(end))
}

/// `Dockerfile.api`, `api.Dockerfile`, `Containerfile.prod`; not `Dockerfile.md` nor `Dockerfile.dockerignore`.
fn is_dockerfile_name(lower: &str) -> bool {
    let suffixed = lower.ends_with(".dockerfile") || lower.ends_with(".containerfile");
    let prefixed = lower
        .strip_prefix("dockerfile")
        .or_else(|| lower.strip_prefix("containerfile"))
        .and_then(|rest| rest.strip_prefix(['.', '-', '_']))
        .is_some_and(|rest| {
            !rest.is_empty()
                && !matches!(
                    extension(lower),
                    "md" | "txt"
                        | "dockerignore"
                        | "rs"
                        | "sh"
                        | "yml"
                        | "yaml"
                        | "json"
                        | "j2"
                        | "tmpl"
                        | "tera"
                        | "tpl"
                        | "in"
                        | "erb"
                        | "template"
                        | "hbs"
                        | "bak"
                        | "orig"
                )
        });
    suffixed || prefixed || matches!(lower, "dockerfile" | "containerfile")
}

fn yaml_kind(path: &str, lower: &str, text: &str) -> Kind {
    let folder = folder(path);
    // GitHub runs those at the root alone.
    if folder == ".github/workflows" {
        return Kind::Workflow;
    }
    if is_compose_name(lower) {
        return Kind::Compose;
    }
    let templated = format!("/{path}").contains("/templates/") && text.contains("{{");
    if templated {
        return Kind::HelmTemplate;
    }
    if has_top_level_key(text, "apiVersion") && has_top_level_key(text, "kind") || sniff(text) {
        return Kind::Kubernetes;
    }
    // Of rules nothing but their shape is their own.
    let has_rules = has_top_level_key(text, "groups")
        && text.lines().any(|line| line.trim_start().trim_start_matches("- ").starts_with("expr:"));
    if has_top_level_key(text, "scrape_configs") || has_rules {
        return Kind::Prometheus;
    }
    Kind::Config
}

/// `compose.yaml`, `docker-compose.prod.yml`, `compose-dev.yml`.
fn is_compose_name(lower: &str) -> bool {
    let stem = lower.trim_end_matches(".yaml").trim_end_matches(".yml");
    ["docker-compose", "compose", "podman-compose"].iter().any(|name| {
        stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
            || stem.strip_suffix(name).is_some_and(|rest| rest.ends_with(['.', '-', '_']))
    })
}

fn has_top_level_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}');
        let line = line.strip_prefix("- ").unwrap_or(line);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
    })
}

fn is_document_name(lower: &str) -> bool {
    ["readme", "contributing", "runbook", "operations", "deployment"]
        .iter()
        .any(|name| lower.starts_with(name))
}

/// Extensionless files that a container may start. Others are not opened.
fn may_be_script(path: &str) -> bool {
    let name = file_name(path);
    name.contains("entrypoint")
        || name.contains("start")
        || name.contains("run")
        || folder(path).ends_with("bin")
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_name_place_and_content() {
        for (path, text, kind) in [
            ("src/main.rs", "", Kind::Rust),
            ("Cargo.toml", "", Kind::CargoManifest),
            ("rust-toolchain", "", Kind::ToolchainFile),
            ("forge.toml", "", Kind::ForgeConfig),
            ("crates/api/forge.toml", "", Kind::Config),
            ("docker/Dockerfile.api", "", Kind::Dockerfile),
            ("docker/api.dockerfile", "", Kind::Dockerfile),
            ("Containerfile", "", Kind::Dockerfile),
            ("docs/Dockerfile.md", "", Kind::Document),
            ("docker/Dockerfile.j2", "FROM {{ base }}", Kind::Other),
            ("src/dockerfile.rs", "", Kind::Rust),
            ("Dockerfile.dockerignore", "", Kind::DockerIgnore),
            ("compose.yaml", "", Kind::Compose),
            ("docker-compose.prod.yml", "", Kind::Compose),
            ("decompose.yml", "", Kind::Config),
            ("deploy/api.yaml", "apiVersion: v1\nkind: Pod\n", Kind::Kubernetes),
            ("config/default.json", "", Kind::Config),
            ("lib/codecs/tests/data/event.json", "", Kind::Other),
            ("deploy/values.yaml", "image:\n  kind: x\n  apiVersion: y\n", Kind::Config),
            ("chart/Chart.yaml", "apiVersion: v2\nkind: x\n", Kind::HelmChart),
            ("deploy/kustomization.yaml", "resources: []\n", Kind::Kustomization),
            ("deploy/Kustomization", "resources: []\n", Kind::Kustomization),
            (
                "chart/templates/d.yaml",
                "apiVersion: v1\nkind: Pod\nname: {{ .Values.x }}\n",
                Kind::HelmTemplate,
            ),
            ("chart/templates/d.yaml", "apiVersion: v1\nkind: Pod\n", Kind::Kubernetes),
            (".github/workflows/ci.yml", "", Kind::Workflow),
            (".github/actions/x/action.yml", "", Kind::Action),
            (".gitlab-ci.yml", "", Kind::GitlabCi),
            (".circleci/config.yml", "", Kind::OtherCi),
            ("azure-pipelines.yaml", "", Kind::OtherCi),
            ("Makefile", "", Kind::Tasks(TaskRunner::Make)),
            ("just/ci.just", "", Kind::Tasks(TaskRunner::Just)),
            ("Justfile", "", Kind::Tasks(TaskRunner::Just)),
            ("Taskfile.yml", "", Kind::Tasks(TaskRunner::Task)),
            ("Makefile.toml", "", Kind::Tasks(TaskRunner::CargoMake)),
            (".cargo/config.toml", "", Kind::Tasks(TaskRunner::CargoAlias)),
            ("etc/config.toml", "", Kind::Config),
            ("etc/config.json", "{ \"forge\": 1 }", Kind::Config),
            ("forge-baseline.json", "{\n  \"forge_baseline\": 1,\n", Kind::Other),
            ("docker/entrypoint", "#!/bin/sh\n", Kind::Shell),
            (".env.example", "", Kind::EnvFile),
            (".github/CODEOWNERS", "", Kind::CodeOwners),
            ("src/CODEOWNERS", "", Kind::Other),
            (".github/dependabot.yml", "", Kind::DependencyUpdates),
            ("etc/app.service", "", Kind::SystemdUnit),
            ("migrations/0001_users.sql", "", Kind::Migration),
            ("migrations/postgres/20240115093000_users.up.sql", "", Kind::Migration),
            ("db/00000000000001_initial_schema.up.sql", "", Kind::Migration),
            ("migrations/2024-01-15-093000_users/up.sql", "", Kind::Migration),
            ("crates/db/record-migrations/V2__users.sql", "", Kind::Migration),
            ("migrations/U3__users.sql", "", Kind::Migration),
            ("migrations/2024-01-15-093000_users/down.sql", "", Kind::Other),
            ("migrations/20240115093000_users.down.sql", "", Kind::Other),
            ("migrations/seed.sql", "", Kind::Other),
            ("migrations/users.up.sql", "", Kind::Other),
            ("queries/0001_users.sql", "", Kind::Other),
            ("tests/migrations/0001_users.sql", "", Kind::Other),
            ("sync/test_old_migrations/0001_users.sql", "", Kind::Other),
            ("logo.png", "", Kind::Other),
        ] {
            assert_eq!(classify(path, text), kind, "{path}");
        }
    }
}
