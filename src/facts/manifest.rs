//! What a `Cargo.toml`, a `Cargo.lock` and a toolchain file say.

use crate::facts::rust::may_be_linux;
use crate::source::file_name;
use crate::span::{At, Range};
use crate::syntax::toml::{self, Table, Value};

/// The facts of a `Cargo.toml`.
#[derive(Debug, Default)]
pub(crate) struct ManifestFacts {
    pub(crate) package: Option<Package>,
    pub(crate) lib: Option<Target>,
    pub(crate) bins: Vec<Target>,
    /// What the feature `default` turns on.
    pub(crate) default_features: Vec<String>,
    pub(crate) examples: Vec<Target>,
    pub(crate) tests: Vec<Target>,
    pub(crate) benches: Vec<Target>,
    /// Normal dependencies, with those of targets that may be a Linux; neither build nor dev dependencies.
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) workspace: Option<Workspace>,
    /// What a panic does in the release profile, where it is said.
    pub(crate) release_panic: Option<At<String>>,
    pub(crate) errors: Vec<At<String>>,
}

/// `[package]`.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "Cargo has a switch for each kind of target")]
pub(crate) struct Package {
    pub(crate) name: At<String>,
    pub(crate) edition: Option<Inherited>,
    pub(crate) rust_version: Option<Inherited>,
    pub(crate) autobins: bool,
    pub(crate) autoexamples: bool,
    pub(crate) autotests: bool,
    pub(crate) autobenches: bool,
    pub(crate) autolib: bool,
    pub(crate) build: BuildScript,
    /// The folder of the workspace's manifest, where it is named.
    pub(crate) workspace: Option<String>,
}

/// Whether a package has a build script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum BuildScript {
    /// `build.rs`, if it is there.
    #[default]
    Conventional,
    Named(String),
    None,
}

/// A value that a member may take from its workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inherited {
    Own(At<String>),
    Workspace,
}

/// `[lib]`, `[[bin]]` and the like.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: Option<At<String>>,
    pub(crate) path: Option<At<String>>,
    /// Features without which Cargo does not build it.
    pub(crate) required_features: Vec<String>,
}

/// One entry of a dependency table.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// The name in code, with `-`.
    pub(crate) key: At<String>,
    /// The package's own name, where the key renames it.
    pub(crate) package: Option<String>,
    /// The version requirement.
    pub(crate) version: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) features: Vec<String>,
    pub(crate) inherits: bool,
    /// Whether a feature has to turn it on.
    pub(crate) optional: bool,
}

/// `[workspace]`.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) members: Vec<At<String>>,
    pub(crate) exclude: Vec<At<String>>,
    pub(crate) edition: Option<At<String>>,
    pub(crate) rust_version: Option<At<String>>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// Takes the facts of a `Cargo.toml`.
pub(crate) fn extract(text: &str) -> ManifestFacts {
    let document = toml::parse(text);
    let root = document.root();
    let targets = |key: &str| root.get(key).map(|list| list.items().into_iter().filter_map(target).collect());
    let mut dependencies = dependencies(root);
    if let Some(platforms) = root.table("target") {
        dependencies.extend(
            platforms
                .entries()
                .filter(|(target, _)| may_be_linux(&target.value))
                .filter_map(|(_, value)| value.as_table())
                .flat_map(self::dependencies),
        );
    }
    ManifestFacts {
        package: root.table("package").or_else(|| root.table("project")).and_then(package),
        lib: root.get("lib").and_then(target),
        default_features: root
            .table("features")
            .map(|features| features.strings("default").into_iter().map(|name| name.value).collect())
            .unwrap_or_default(),
        bins: targets("bin").unwrap_or_default(),
        examples: targets("example").unwrap_or_default(),
        tests: targets("test").unwrap_or_default(),
        benches: targets("bench").unwrap_or_default(),
        dependencies,
        workspace: root.table("workspace").map(workspace),
        release_panic: root
            .table("profile")
            .and_then(|profiles| profiles.table("release"))
            .and_then(|release| release.str("panic")),
        errors: document.errors,
    }
}

fn package(table: Table<'_, '_>) -> Option<Package> {
    let auto = |key| table.bool(key).unwrap_or(true);
    let build = match table.get("build") {
        Some(value) if value.as_bool() == Some(false) => BuildScript::None,
        Some(value) => {
            value.as_str().map_or(BuildScript::Conventional, |path| BuildScript::Named(path.value))
        }
        None => BuildScript::Conventional,
    };
    Some(Package {
        name: table.str("name")?,
        edition: table.get("edition").and_then(inherited),
        rust_version: table.get("rust-version").and_then(inherited),
        autobins: auto("autobins"),
        autoexamples: auto("autoexamples"),
        autotests: auto("autotests"),
        autobenches: auto("autobenches"),
        autolib: auto("autolib"),
        build,
        workspace: table.str("workspace").map(|path| path.value),
    })
}

fn inherited(value: Value<'_, '_>) -> Option<Inherited> {
    match value.as_table() {
        Some(table) => (table.bool("workspace") == Some(true)).then_some(Inherited::Workspace),
        None => value.as_str().map(Inherited::Own),
    }
}

fn target(value: Value<'_, '_>) -> Option<Target> {
    let table = value.as_table()?;
    Some(Target {
        name: table.str("name"),
        path: table.str("path"),
        required_features: table.strings("required-features").into_iter().map(|name| name.value).collect(),
    })
}

fn dependencies(table: Table<'_, '_>) -> Vec<Dependency> {
    let Some(dependencies) = table.table("dependencies") else { return Vec::new() };
    dependencies
        .entries()
        .map(|(key, value)| match value.as_table() {
            Some(detail) => Dependency {
                key,
                package: detail.str("package").map(|name| name.value),
                version: detail.str("version").map(|version| version.value),
                path: detail.str("path").map(|path| path.value),
                features: detail.strings("features").into_iter().map(|name| name.value).collect(),
                inherits: detail.bool("workspace") == Some(true),
                optional: detail.bool("optional") == Some(true),
            },
            None => Dependency {
                key,
                package: None,
                version: value.as_str().map(|version| version.value),
                path: None,
                features: Vec::new(),
                inherits: false,
                optional: false,
            },
        })
        .collect()
}

fn workspace(table: Table<'_, '_>) -> Workspace {
    let package = table.table("package");
    Workspace {
        members: table.strings("members"),
        exclude: table.strings("exclude"),
        edition: package.and_then(|package| package.str("edition")),
        rust_version: package.and_then(|package| package.str("rust-version")),
        dependencies: dependencies(table),
    }
}

/// The packages of a `Cargo.lock`.
#[derive(Debug, Default)]
pub(crate) struct LockFacts {
    /// Name and version.
    pub(crate) packages: Vec<(String, String)>,
    /// For each package what it depends on: a name, with a version where several packages have that name.
    pub(crate) dependencies: Vec<Vec<String>>,
    pub(crate) errors: Vec<At<String>>,
}

/// Takes the facts of a `Cargo.lock`, whose form Cargo writes line by line.
pub(crate) fn extract_lock(text: &str) -> LockFacts {
    let mut facts = LockFacts { errors: toml::parse(text).errors, ..LockFacts::default() };
    let mut name: Option<&str> = None;
    for line in text.lines() {
        // Only dependencies are lists of lines: ` "serde 1.0.219",`.
        if let Some(entry) = line.strip_prefix(" \"").and_then(|rest| rest.split('"').next()) {
            let dependency = entry.split(" (").next().unwrap_or_default().to_owned();
            facts.dependencies.last_mut().into_iter().for_each(|list| list.push(dependency.clone()));
            continue;
        }
        let value = |key: &str| line.strip_prefix(key).map(|rest| rest.trim_matches(['"', ' ', '=']));
        if let Some(found) = value("name = ") {
            name = Some(found);
        } else if let (Some(version), Some(package)) = (value("version = "), name.take()) {
            facts.packages.push((package.to_owned(), version.to_owned()));
            facts.dependencies.push(Vec::new());
        }
    }
    facts
}

/// The facts of a `rust-toolchain` or `rust-toolchain.toml`.
#[derive(Debug, Default)]
pub(crate) struct ToolchainFacts {
    pub(crate) channel: Option<At<String>>,
    pub(crate) errors: Vec<At<String>>,
}

/// Takes the channel of a `rust-toolchain` or `rust-toolchain.toml`.
pub(crate) fn extract_toolchain(path: &str, text: &str) -> ToolchainFacts {
    let trimmed = text.trim();
    // The old form of `rust-toolchain` is a bare channel.
    if file_name(path) == "rust-toolchain" && !trimmed.contains('[') {
        let start = text.len() - text.trim_start().len();
        let channel = trimmed.lines().next().filter(|line| !line.is_empty());
        let channel = channel.map(|line| At::new(line.to_owned(), Range::new(start, start + line.len())));
        return ToolchainFacts { channel, errors: Vec::new() };
    }
    let document = toml::parse(text);
    let channel = document.root().table("toolchain").and_then(|table| table.str("channel"));
    ToolchainFacts { channel, errors: document.errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_with_renames_and_inheritance() {
        let facts = extract(
            "[package]\nname = \"api\"\nrust-version.workspace = true\n\
             [dependencies]\nweb = { package = \"axum\", version = \"0.8\" }\nshared = { path = \"../shared\" }\n\
             tokio = { workspace = true, features = [\"full\"] }\n\
             [target.'cfg(unix)'.dependencies]\nnix = \"0.30\"\n[[bin]]\nname = \"x\"\npath = \"x.rs\"\n",
        );
        let package = facts.package.expect("a package");
        assert_eq!(package.name.value, "api");
        assert_eq!(package.rust_version, Some(Inherited::Workspace));
        let keys: Vec<&str> =
            facts.dependencies.iter().map(|dependency| dependency.key.value.as_str()).collect();
        assert_eq!(keys, ["shared", "tokio", "web", "nix"]);
        assert_eq!(facts.dependencies[2].package.as_deref(), Some("axum"));
        assert!(facts.dependencies[1].inherits);
        assert_eq!(facts.bins[0].path.as_ref().map(|path| path.value.as_str()), Some("x.rs"));
        assert!(facts.errors.is_empty());
    }

    #[test]
    fn a_dependency_of_another_system_is_none() {
        let facts = extract(
            "[package]\nname = \"api\"\n\
             [target.'cfg(windows)'.dependencies]\nwindows-service = \"0.8\"\n\
             [target.'cfg(not(unix))'.dependencies]\nctrlc = \"3\"\n\
             [target.x86_64-pc-windows-msvc.dependencies]\nwinapi = \"0.3\"\n\
             [target.x86_64-unknown-linux-gnu.dependencies]\nnix = \"0.30\"\n\
             [target.'cfg(any(target_os = \"linux\", target_os = \"macos\"))'.dependencies]\nmimalloc = \"0.1\"\n\
             [target.'cfg(not(target_env = \"msvc\"))'.dependencies]\njemallocator = \"0.5\"\n",
        );
        let mut keys: Vec<&str> =
            facts.dependencies.iter().map(|dependency| dependency.key.value.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["jemallocator", "mimalloc", "nix"]);
    }

    #[test]
    fn a_broken_manifest_keeps_what_can_be_read() {
        let facts = extract("[package]\nname = \"api\"\n[dependencies\naxum = \"1\"\n");
        assert!(!facts.errors.is_empty());
        assert_eq!(facts.package.map(|package| package.name.value).as_deref(), Some("api"));
    }

    #[test]
    fn both_forms_of_a_toolchain_file_name_a_channel() {
        let channel = |path, text| extract_toolchain(path, text).channel.map(|channel| channel.value);
        assert_eq!(channel("rust-toolchain", "\n1.75.0\n").as_deref(), Some("1.75.0"));
        assert_eq!(channel("rust-toolchain", "[toolchain]\nchannel = \"stable\"").as_deref(), Some("stable"));
        assert_eq!(
            channel("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80\"").as_deref(),
            Some("1.80")
        );
        assert_eq!(channel("rust-toolchain.toml", "").as_deref(), None);
    }

    #[test]
    fn a_lock_file_lists_its_packages() {
        let facts = extract_lock(
            "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\nsource = \"x\"\ndependencies = [\n \"b\",\n \
             \"c 1.0.0\",\n \"d 2.0.0 (registry+https://example.com)\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n",
        );
        let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(facts.packages, [pair("a", "1.2.3"), pair("b", "1.0.0")]);
        assert_eq!(facts.dependencies, [vec!["b", "c 1.0.0", "d 2.0.0"], vec![]]);
    }
}
