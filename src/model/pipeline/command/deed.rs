//! What programs and actions do that pipelines run, by the words with which they are called.

use super::{Command, Does, Fate};
use crate::source::file_name;

/// What Cargo does not bring: an alias, or a tool that is not known.
pub(super) struct NotCargos;

impl Does {
    /// A command that does it.
    pub(in crate::model::pipeline) fn by(self, words: &[&str]) -> Command {
        Command { does: self, text: words.join(" "), folder: String::new(), place: None, fate: Fate::Ends }
    }
}

/// What `cargo name rest` does, as far as it matters. `--no-run` only builds tests.
pub(super) fn of_cargo(name: &str, rest: &[&str]) -> Result<Option<Does>, NotCargos> {
    let has = |word: &str| rest.contains(&word);
    if rest.iter().any(|word| matches!(*word, "--version" | "-V" | "--help" | "-h")) {
        return Ok(None);
    }
    Ok(match name {
        "nextest" if has("archive") || has("list") || has("show-config") => None,
        "test" | "t" | "nextest" | "careful" | "mutants" | "insta" => {
            (!has("--no-run")).then_some(Does::Tests)
        }
        "llvm-cov" | "tarpaulin" => (!has("--no-run")).then_some(Does::Coverage),
        "hack" | "all-features" | "with" | "ci" | "fc" if has("test") || has("nextest") => {
            (!has("--no-run")).then_some(Does::Tests)
        }
        "hack" | "all-features" | "with" | "ci" | "fc" => has("clippy").then_some(Does::Lints),
        "clippy" => Some(Does::Lints),
        "fmt" => Some(Does::Formats),
        "audit" => Some(Does::Audits),
        "deny" => is_advisories(rest).then_some(Does::Audits),
        "publish" => (!has("--dry-run") && !has("-n")).then_some(Does::Publishes),
        "release" | "smart-release" => has("--execute").then_some(Does::Publishes),
        "workspaces" | "ws" => (has("publish") && !has("--dry-run")).then_some(Does::Publishes),
        "build" | "b" | "check" | "c" | "doc" | "install" | "binstall" | "metadata" | "fetch" | "tree"
        | "clean" | "update" | "package" | "bench" | "vendor" | "zigbuild" | "auditable" | "chef"
        | "version" | "add" => None,
        _ => return Err(NotCargos),
    })
}

/// Whether `cargo deny` is asked for advisories: for everything, or for them by name.
pub(in crate::model::pipeline) fn is_advisories(args: &[&str]) -> bool {
    let Some(at) = args.iter().position(|word| *word == "check") else { return false };
    let asked = |names: &[&str]| args[at + 1..].iter().any(|word| names.contains(word));
    asked(&["advisories", "all"]) || !asked(&["ban", "bans", "license", "licenses", "sources"])
}

/// What a program does that is no task runner of the repository.
pub(super) fn of_words(words: &[&str]) -> Option<Does> {
    let (program, args) = words.split_first()?;
    let plain: Vec<&str> = args.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let has = |word: &str| args.contains(&word);
    // A registry on the machine, a release that somebody still has to publish.
    if args.iter().any(|word| is_local(word)) || (program == &"gh" && has("--draft")) {
        return None;
    }
    let images = plain.iter().filter(|word| word.contains(':'));
    if program == &"docker" && images.clone().count() > 0 && images.clone().all(|image| is_staged(image)) {
        return None;
    }
    match (file_name(program), &plain[..]) {
        ("cargo-audit" | "osv-scanner" | "grype", _)
        | ("snyk", ["test" | "monitor", ..])
        | ("trivy", ["fs" | "filesystem" | "repo" | "repository" | "sbom", ..]) => Some(Does::Audits),
        ("cargo-deny", _) => is_advisories(args).then_some(Does::Audits),
        ("rustfmt", _) => Some(Does::Formats),
        ("pre-commit" | "prek" | "lefthook" | "trunk", _) => Some(Does::Hooks),
        ("docker" | "podman" | "buildah" | "crane" | "helm", ["push", ..])
        | ("docker" | "podman", ["image" | "manifest" | "compose", "push", ..])
        | ("gh", ["release", "create" | "upload", ..])
        | ("npm" | "pnpm" | "yarn", ["publish", ..])
        | ("twine", ["upload", ..])
        | ("maturin", ["publish" | "upload", ..]) => (!has("--dry-run")).then_some(Does::Publishes),
        ("docker" | "podman", _) => (has("build") && has("--push")).then_some(Does::Publishes),
        ("kubectl" | "oc", ["apply" | "rollout" | "set" | "replace", ..])
        | ("helm", ["upgrade" | "install", ..])
        | ("helmfile", ["apply" | "sync", ..])
        | ("fly" | "flyctl" | "shuttle" | "railway" | "serverless" | "sls", ["deploy" | "up", ..])
        | ("argocd", ["app", "sync", ..])
        | ("terraform" | "tofu", ["apply", ..])
        | ("gcloud", ["run", "deploy", ..])
        | ("aws", ["ecs", "update-service", ..]) => (!has("--dry-run")).then_some(Does::Deploys),
        _ => None,
    }
}

/// What an action does, by its name without its version, and the inputs it is given.
pub(in crate::model::pipeline) fn of_action(
    name: &str,
    input: impl Fn(&str) -> Option<String>,
) -> Option<Does> {
    let name = name.to_ascii_lowercase();
    let is_on = |key: &str| input(key).is_some_and(|value| !matches!(value.trim(), "false" | ""));
    let pushes = || {
        let is_out = is_on("push") || input("outputs").is_some_and(|outputs| outputs.contains("push=true"));
        let tags = input("tags").unwrap_or_default();
        let mut lines = tags.split(['\n', ',']).map(str::trim).filter(|tag| !tag.is_empty());
        is_out && !lines.clone().any(is_local) && (tags.is_empty() || lines.any(|tag| !is_staged(tag)))
    };
    match name.as_str() {
        "rustsec/audit-check"
        | "actions-rs/audit-check"
        | "actions-rust-lang/audit"
        | "actions/dependency-review-action" => Some(Does::Audits),
        "embarkstudios/cargo-deny-action" => {
            let command = input("command").unwrap_or_else(|| "check".into());
            // What an expression says is one entry of a matrix, as the action's own documentation has it.
            let words: Vec<&str> = command.split_whitespace().collect();
            (command.contains("${{") || is_advisories(&words)).then_some(Does::Audits)
        }
        "aquasecurity/trivy-action" => {
            let kind = input("scan-type").unwrap_or_else(|| "image".into());
            matches!(kind.as_str(), "fs" | "repo").then_some(Does::Audits)
        }
        "docker/build-push-action"
        | "depot/build-push-action"
        | "docker/bake-action"
        | "depot/bake-action" => pushes().then_some(Does::Publishes),
        "softprops/action-gh-release" | "ncipollo/release-action" => {
            (!is_on("draft")).then_some(Does::Publishes)
        }
        "svenstaro/upload-release-action"
        | "katyo/publish-crates"
        | "helm/chart-releaser-action"
        | "taiki-e/upload-rust-binary-action"
        | "pypa/gh-action-pypi-publish" => Some(Does::Publishes),
        "azure/k8s-deploy"
        | "google-github-actions/deploy-cloudrun"
        | "aws-actions/amazon-ecs-deploy-task-definition" => Some(Does::Deploys),
        "superfly/flyctl-actions" => {
            input("args").is_some_and(|args| args.contains("deploy")).then_some(Does::Deploys)
        }
        "pre-commit/action" | "j178/prek-action" | "trunk-io/trunk-action" => Some(Does::Hooks),
        _ if name.starts_with("google/osv-scanner-action") || name.starts_with("snyk/actions") => {
            Some(Does::Audits)
        }
        _ if name.starts_with("oxsecurity/megalinter") || name.starts_with("super-linter/") => {
            Some(Does::Hooks)
        }
        _ if name.contains("clippy") => Some(Does::Lints),
        _ if name.contains("rustfmt") => Some(Does::Formats),
        _ => None,
    }
}

/// Whether it names an image in a registry of the machine that builds it.
fn is_local(image: &str) -> bool {
    ["localhost:", "localhost/", "127.0.0.1:", "registry.localhost"]
        .iter()
        .any(|host| image.starts_with(host))
}

/// Whether an image is named by a commit or a run alone: it waits to be tested, or to be deployed by its name.
fn is_staged(image: &str) -> bool {
    let tag = image.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    ["sha", "run_id", "run_number", "pr-"].iter().any(|word| tag.contains(word))
}
