//! Images: what a Dockerfile's final stage is built from, who it runs as, and what it starts.

mod bases;
pub(crate) mod built;
pub(crate) mod content;
pub(crate) mod exposed;
pub(crate) mod fetched;
pub(crate) mod layout;
pub(crate) mod loads;
pub(crate) mod profile;

use std::collections::BTreeMap;

pub(crate) use self::bases::BaseUse;
use self::built::Built;
use self::content::Content;
use self::exposed::Exposure;
use self::fetched::Fetched;
use self::layout::Layout;
use self::profile::Profile;
use crate::facts::dockerfile::{Base, Command, DockerfileFacts, Form, Healthcheck, HealthcheckKind};
use crate::facts::{Facts, FileFacts};
use crate::model::probe::{ProbeUse, asks_of_script, asks_of_words};
use crate::model::start::exports::Exports;
use crate::model::start::{ShellKind, Start, shell_of_base};
use crate::model::tools::{Hook, Runs};
use crate::source::{Kind, Sources, file_name, folder};
use crate::span::{At, FileId, Span};
use crate::syntax::image_ref::ImageRef;
use crate::syntax::shell::{self, Last};

/// The number of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ImageId(pub(crate) u32);

/// What a Dockerfile builds: its final stage, or a stage that something names as its target.
#[derive(Debug)]
pub(crate) struct Image {
    /// The path of the Dockerfile, with `#stage` for a stage that is not the last.
    pub(crate) id: String,
    pub(crate) file: FileId,
    pub(crate) folder: String,
    pub(crate) stage: usize,
    /// Every external image that it is built from, in the order of the stages that it needs.
    pub(crate) bases: Vec<BaseUse>,
    /// Every external image that it copies from, or that a command of its build mounts.
    pub(crate) sources: Vec<BaseUse>,
    /// The first external image below the final stage.
    pub(crate) base: Base,
    /// The `FROM` of the final stage.
    pub(crate) from: Span,
    /// The image that the `FROM` below the final stage names, where it is written.
    pub(crate) base_place: Span,
    pub(crate) user: Option<User>,
    pub(crate) start: Start,
    /// How ENTRYPOINT and CMD are written, where.
    pub(crate) entrypoint: Option<(Written, Span)>,
    pub(crate) cmd: Option<(Written, Span)>,
    pub(crate) env: BTreeMap<String, Option<String>>,
    /// What its scripts set when it starts.
    pub(crate) exports: Exports,
    /// Whether it may hold files of variables that nobody wrote there one by one: it copies `.env`, or all there is.
    pub(crate) holds_env_files: bool,
    pub(crate) healthcheck: Option<ProbeUse>,
    /// The command of its HEALTHCHECK, as what it runs.
    pub(crate) health_hook: Option<Hook>,
    /// Whether a stage that it needs runs Cargo, so that it holds something built from Rust.
    pub(crate) builds_rust: bool,
    /// The binaries and packages that its `cargo` commands name.
    pub(crate) cargo_names: Vec<String>,
    /// Files that it copies, by the last component of where they end up: `app` from `target/release/api`.
    pub(crate) copied: Vec<(String, String)>,
    /// A development container, a test fixture, an example.
    pub(crate) is_aside: bool,
    /// The Rust versions of its builder stages, with the place that says so.
    pub(crate) rust_versions: Vec<(String, Span)>,
    pub(crate) content: Content,
    /// Where its files lie.
    pub(crate) layout: Layout,
    pub(crate) exposed: Exposure,
    /// What its build fetches and runs.
    pub(crate) fetched: Fetched,
    /// How its program was built.
    pub(crate) built: Built,
    /// The profile that it was built with.
    pub(crate) profile: Profile,
}

/// How a command is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Words, which are started without a shell.
    Exec,
    /// A text for a shell, which ends by replacing itself with `exec`.
    HandsOver,
    /// A text for a shell, which stays, as far as the text says.
    Shell,
    /// A text for what `SHELL` names, which is no shell that is known.
    OwnShell,
}

/// Who the container runs as.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) span: Span,
    /// `None` where a variable without a value says it.
    pub(crate) name: Option<String>,
}

impl User {
    /// `root`, `0`, `0:0`, `root:root`.
    pub(crate) fn is_root(&self) -> Option<bool> {
        let name = self.name.as_deref()?;
        let user = name.split(':').next().unwrap_or_default();
        Some(matches!(user, "root" | "0" | ""))
    }
}

impl Image {
    /// The images of the tree: one for the last stage of each Dockerfile, and one for each stage in `targets`, by the
    /// path of the Dockerfile.
    pub(crate) fn all(
        sources: &Sources,
        facts: &Facts,
        targets: &BTreeMap<String, Vec<String>>,
    ) -> Vec<Self> {
        let mut found = Vec::new();
        for (file, dockerfile) in facts.of_kind(sources, Kind::Dockerfile) {
            let FileFacts::Dockerfile(dockerfile) = dockerfile else { continue };
            let Some(last) = dockerfile.final_stage() else { continue };
            let named = targets.get(sources.path(file)).into_iter().flatten();
            let mut stages: Vec<usize> = named.filter_map(|name| dockerfile.stage_named(name)).collect();
            if stages.is_empty() {
                stages.push(last);
            }
            stages.sort_unstable();
            stages.dedup();
            found.extend(stages.into_iter().map(|stage| image(sources, facts, file, dockerfile, stage)));
        }
        found
    }

    /// Whether what it starts may have been built from Rust here.
    pub(crate) fn starts_rust(&self) -> bool {
        self.builds_rust && self.start != Start::Inherited
    }

    /// What a file that the image starts was called where it was built.
    pub(crate) fn origin_of<'i>(&'i self, name: &'i str) -> &'i str {
        let copied = self.copied.iter().find(|(there, _)| there == name);
        copied.map_or(name, |(_, origin)| origin)
    }
}

fn image(
    sources: &Sources,
    facts: &Facts,
    file: FileId,
    dockerfile: &DockerfileFacts,
    stage: usize,
) -> Image {
    let path = sources.path(file);
    let needed = bases::needed(dockerfile, stage);
    let last = &dockerfile.stages[stage];
    let base = dockerfile.root_base(stage).cloned().unwrap_or(Base::Scratch);
    let at = |command: &Command| (written(dockerfile, command), Span::new(file, command.range));
    let is_last = Some(stage) == dockerfile.final_stage();
    let id = match &last.name {
        Some(name) if !is_last => format!("{path}#{}", name.value),
        _ => path.to_owned(),
    };
    let commands: Vec<&str> = needed
        .iter()
        .flat_map(|at| &dockerfile.stages[*at].runs)
        .map(|run| run.script.value.as_str())
        .collect();
    let builds_rust = commands.iter().any(|script| script.contains("cargo "))
        || needed
            .iter()
            .any(|at| matches!(&dockerfile.stages[*at].base, Base::Image(image) if is_rust(image)));
    let copied = copied(dockerfile, stage);
    let cargo_names = commands.iter().flat_map(|script| cargo_names(script)).collect();
    let rust_versions = needed
        .iter()
        .filter_map(|at| {
            let stage = &dockerfile.stages[*at];
            let Base::Image(image) = &stage.base else { return None };
            Some((rust_version(image)?, Span::new(file, stage.from.range)))
        })
        .collect();
    let mut image = Image {
        id,
        file,
        folder: folder(path).to_owned(),
        stage,
        bases: bases::all(file, dockerfile, &needed),
        sources: bases::copied_from(file, dockerfile, &needed),
        from: Span::new(file, last.range),
        base_place: base_place(file, dockerfile, stage),
        user: user(file, dockerfile, stage),
        start: Start::Inherited,
        entrypoint: dockerfile.effective_entrypoint(stage).map(at),
        cmd: dockerfile.effective_cmd(stage).map(at),
        env: dockerfile
            .effective_env(stage)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.value.known().map(str::to_owned)))
            .collect(),
        exports: Exports::default(),
        holds_env_files: holds_env_files(dockerfile, stage),
        healthcheck: dockerfile.effective_healthcheck(stage).and_then(|check| match &check.kind {
            HealthcheckKind::Command(command) => {
                let span = Span::new(file, check.range);
                let asks = match &command.form {
                    Form::Shell(text) => asks_of_script(&text.value, span),
                    Form::Exec(words) => asks_of_words(&super::start::texts(words), span),
                };
                Some(ProbeUse::of_health_check(span, asks, command_text(command)))
            }
            HealthcheckKind::None => None,
        }),
        health_hook: dockerfile.effective_healthcheck(stage).and_then(|check| health_hook(file, check)),
        builds_rust,
        cargo_names,
        copied,
        is_aside: is_aside(path),
        rust_versions,
        base,
        content: Content::of(file, dockerfile, stage, base_place(file, dockerfile, stage)),
        layout: Layout::of(sources, file, dockerfile, stage),
        exposed: Exposure::of(file, dockerfile, stage, &needed),
        fetched: Fetched::of(file, dockerfile, stage, &needed),
        built: Built::No,
        profile: Profile::Unknown,
    };
    image.start = start(sources, facts, dockerfile, &image);
    image.exports = exports(sources, facts, dockerfile, &image);
    (image.built, image.profile) = built::of(sources, facts, dockerfile, &image);
    if let Some(mut check) = image.healthcheck.take() {
        check.follow_script(&super::start::Context { sources, facts, image: &image });
        image.healthcheck = Some(check);
    }
    image
}

fn base_place(file: FileId, dockerfile: &DockerfileFacts, stage: usize) -> Span {
    let root = dockerfile.chain(stage).last().map_or(stage, |root| *root);
    Span::new(file, dockerfile.stages[root].from.range)
}

/// The user set last. Where the build decides between stages that set several, the name is not known.
fn user(file: FileId, dockerfile: &DockerfileFacts, stage: usize) -> Option<User> {
    let chain = dockerfile.chain(stage);
    let set = |stage: usize| dockerfile.effective_user(stage).map(|user| user.value.known());
    let own = dockerfile.effective_user(stage);
    let differs = chain
        .iter()
        .take_while(|at| dockerfile.stages[**at].user.is_none())
        .flat_map(|at| &dockerfile.stages[*at].alternatives)
        .find(|other| set(**other) != set(stage));
    match differs {
        Some(other) => {
            let range = own.or_else(|| dockerfile.effective_user(*other))?.range;
            Some(User { span: Span::new(file, range), name: None })
        }
        None => own.map(|user| User {
            span: Span::new(file, user.range),
            name: user.value.known().map(str::to_owned),
        }),
    }
}

fn written(dockerfile: &DockerfileFacts, command: &Command) -> Written {
    let Form::Shell(text) = &command.form else { return Written::Exec };
    let set = dockerfile.shell_words(command.shell).and_then(<[At<String>]>::first);
    if set.is_some_and(|program| !is_shell(&program.value)) {
        return Written::OwnShell;
    }
    match shell::parse(&text.value).last {
        Last::Exec(_) => Written::HandsOver,
        _ => Written::Shell,
    }
}

/// Programs of which it is known that they run a text as their child.
fn is_shell(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    matches!(name, "sh" | "bash" | "dash" | "ash" | "busybox" | "zsh" | "ksh" | "cmd" | "powershell" | "pwsh")
}

fn start(sources: &Sources, facts: &Facts, dockerfile: &DockerfileFacts, image: &Image) -> Start {
    let words_of = |command: &Command| -> Vec<At<String>> {
        dockerfile
            .started(image.stage, command)
            .into_iter()
            .map(|word| At::new(word.value.text, word.range))
            .collect()
    };
    let shell = |command: &Command| match dockerfile.shell_words(command.shell) {
        Some(words) => words
            .first()
            .map_or(ShellKind::Unknown, |program| ShellKind::of_program(file_name(&program.value))),
        None => shell_of_base(&image.base),
    };
    let entrypoint = dockerfile.effective_entrypoint(image.stage);
    let cmd = dockerfile.effective_cmd(image.stage);
    let context = super::start::Context { sources, facts, image };
    match (entrypoint, cmd) {
        (None, None) => Start::Inherited,
        (Some(command), _) | (None, Some(command)) if matches!(command.form, Form::Shell(_)) => {
            let Form::Shell(text) = &command.form else { return Start::Inherited };
            Start::of_shell_text(&context, &text.value, Span::new(image.file, command.range), shell(command))
        }
        (Some(entrypoint), cmd) => {
            let words = words_of(entrypoint);
            let mut words: Vec<String> = words.into_iter().map(|word| word.value).collect();
            let mut span = Span::new(image.file, entrypoint.range);
            match cmd.map(|cmd| (&cmd.form, cmd)) {
                // Docker hands the entrypoint `/bin/sh -c text`, and so it is what is in front of the program.
                Some((Form::Shell(text), cmd)) => {
                    words.extend(["/bin/sh".into(), "-c".into(), text.value.clone()]);
                    span = Span::new(image.file, cmd.range);
                }
                Some((Form::Exec(_), cmd)) => words.extend(words_of(cmd).into_iter().map(|word| word.value)),
                None => {}
            }
            Start::of_words(&context, &words, span, shell_of_base(&image.base))
        }
        (None, Some(cmd)) => {
            // A base image may have an entrypoint of its own; those that serve as runtime bases have none.
            let words: Vec<String> = words_of(cmd).into_iter().map(|word| word.value).collect();
            Start::of_words(&context, &words, Span::new(image.file, cmd.range), shell_of_base(&image.base))
        }
    }
}

fn exports(sources: &Sources, facts: &Facts, dockerfile: &DockerfileFacts, image: &Image) -> Exports {
    let context = super::start::Context { sources, facts, image };
    let (entrypoint, cmd) =
        (dockerfile.effective_entrypoint(image.stage), dockerfile.effective_cmd(image.stage));
    let mut found = Exports::default();
    for command in entrypoint.into_iter().chain(cmd) {
        found.join(match &command.form {
            Form::Shell(text) => context.exports_of_text(&text.value),
            Form::Exec(words) => context.exports_of(&super::start::texts(words)),
        });
    }
    found
}

fn holds_env_files(dockerfile: &DockerfileFacts, stage: usize) -> bool {
    let chain = dockerfile.chain(stage);
    let copies = chain.iter().flat_map(|at| &dockerfile.stages[*at].copies);
    copies.filter(|copy| copy.from.is_none()).flat_map(|copy| &copy.sources).any(|source| {
        let name = file_name(source.value.text.trim_end_matches('/'));
        matches!(name, "." | "" | "*") || name.contains(".env") || name.contains('$')
    })
}

/// Where copied files end up and what they were called before, across the stages of the image.
fn copied(dockerfile: &DockerfileFacts, stage: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for at in dockerfile.chain(stage) {
        for copy in &dockerfile.stages[at].copies {
            let dest = &copy.dest.value.text;
            for source in &copy.sources {
                let origin = file_name(source.value.text.trim_end_matches('/')).to_owned();
                let into_folder = dest.ends_with('/') || dest == "." || copy.sources.len() > 1;
                let there = if into_folder { origin.clone() } else { file_name(dest).to_owned() };
                found.push((there, origin));
            }
        }
    }
    found
}

/// `--bin api`, `-p api`, `--package=api` of the Cargo commands in a script.
fn cargo_names(script: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut words = script.split([' ', '\n', '\t', '\\', ';']).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let named = match word {
            "--bin" | "-p" | "--package" => words.next(),
            _ => word.strip_prefix("--bin=").or_else(|| word.strip_prefix("--package=")),
        };
        names.extend(named.map(|name| name.trim_matches(['"', '\'']).to_owned()));
    }
    names
}

fn health_hook(file: FileId, check: &Healthcheck) -> Option<Hook> {
    let HealthcheckKind::Command(command) = &check.kind else { return None };
    let run = match &command.form {
        Form::Shell(text) => Runs::Text(text.value.clone()),
        Form::Exec(words) => Runs::Words(super::start::texts(words)),
    };
    Some(Hook { span: Span::new(file, check.range), what: "health check", run })
}

fn command_text(command: &Command) -> String {
    match &command.form {
        Form::Shell(text) => text.value.clone(),
        Form::Exec(words) => words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "),
    }
}

fn is_rust(image: &ImageRef) -> bool {
    image.family() == "rust" || image.name() == "cargo-chef" || image.name() == "rust"
}

/// The version that a Rust builder image names: `1.75` of `rust:1.75-slim`, and of `cargo-chef:0.1-rust-1.75`.
fn rust_version(image: &ImageRef) -> Option<String> {
    let tag = image.tag.as_deref()?;
    let version = match image.name() {
        "rust" => tag,
        "cargo-chef" => tag.split_once("rust-")?.1,
        _ => return None,
    };
    let digits: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.contains('.').then_some(digits)
}

/// Folders whose Dockerfiles build no deployable.
fn is_aside(path: &str) -> bool {
    folder(path).split('/').any(|part| {
        matches!(
            part,
            ".devcontainer"
                | "tests"
                | "test"
                | "fixtures"
                | "testdata"
                | "examples"
                | "example"
                | "benches"
                | "benchmarks"
                | "vendor"
                | "third_party"
                | "third-party"
        )
    }) || path.contains(".devcontainer")
        // `Dockerfile.dev`, `dev.Dockerfile`, `Dockerfile-devel`: where people work, not what is deployed.
        || file_name(path).to_ascii_lowercase().split(['.', '-', '_']).any(|part| matches!(part, "dev" | "devel" | "develop" | "development" | "localdev"))
}
