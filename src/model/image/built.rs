//! How the program that an image runs was built, and so which C library it needs.

use super::Image;
use super::content::short;
use super::profile::{self, Profile};
use crate::facts::dockerfile::{Base, CopyFrom, DockerfileFacts, Stage};
use crate::facts::{Facts, FileFacts};
use crate::knowledge::bases::{self, Glibc, Libc};
use crate::model::start::Start;
use crate::source::{Sources, ancestors, file_name, join};
use crate::span::{FileId, Span};
use crate::syntax::image_ref::ImageRef;
use crate::syntax::shell::{self, SimpleCommand};

/// What a program was linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    Glibc(Glibc),
    /// It loads musl when it starts.
    Musl,
    /// It holds all that it needs.
    Static,
    /// Whatever the image has that it runs on, which is the one that it is built on.
    Same,
}

/// Where the program of an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Built {
    /// Nothing in the Dockerfile builds Rust.
    No,
    /// It runs in the stage that builds it, or in one that is built on that.
    InPlace(Span),
    /// Another stage builds it.
    Elsewhere {
        /// The `FROM` under which it is built.
        from: Span,
        /// The image there, as it is written.
        image: String,
        linked: Linked,
        /// What says how it is linked, where that is not the image.
        how: Option<String>,
    },
    Unclear(String),
}

/// What is asked.
struct Asked<'a> {
    sources: &'a Sources,
    facts: &'a Facts,
    file: FileId,
    dockerfile: &'a DockerfileFacts,
    /// The image that the program runs on.
    runtime: Option<&'a ImageRef>,
}

/// A file that is handed from stage to stage is followed so far.
const MAX_STAGES: usize = 8;

pub(super) fn of(
    sources: &Sources,
    facts: &Facts,
    dockerfile: &DockerfileFacts,
    image: &Image,
) -> (Built, Profile) {
    let runtime = match &image.base {
        Base::Image(runtime) => Some(runtime),
        Base::Scratch | Base::Stage(_) | Base::Unresolved(_) => None,
    };
    let asked = Asked { sources, facts, file: image.file, dockerfile, runtime };
    let chain = dockerfile.chain(image.stage);
    let name = image.start.program();
    let (mut program, mut output) = (None, None);
    for stage in &chain {
        let mut named = None;
        for copy in &dockerfile.stages[*stage].copies {
            for source in &copy.sources {
                let origin = source.value.text.as_str();
                let there = file_name(copy.dest.value.text.trim_end_matches('/'));
                let is_named = name.is_some_and(|name| there == name || file_name(origin) == name);
                let brought = (copy, origin.to_owned());
                // A folder of the build context may have the program's name as well.
                if is_named && (copy.from.is_some() || named.is_none()) {
                    named = Some(brought);
                } else if !is_named && is_output(origin) && output.is_none() {
                    output = Some(brought);
                }
            }
        }
        if named.is_some() {
            program = named;
            break;
        }
    }
    // What starts may be a script of the tree that starts what is built.
    let program = program.filter(|(copy, _)| copy.from.is_some() || output.is_none());
    let comes_from_outside = program.as_ref().is_some_and(|(copy, _)| copy.from.is_none());
    let found = program.or(output.filter(|(copy, _)| copy.from.is_some())).and_then(|(copy, origin)| {
        let from = copy.from.as_ref()?.from.clone();
        Some((from, origin, Span::new(image.file, copy.range)))
    });
    let unclear = |why: String| (Built::Unclear(why), Profile::Unknown);
    match found {
        _ if comes_from_outside => {
            unclear("the program is built outside of the Dockerfile and copied from the build context".into())
        }
        Some((CopyFrom::Stage(stage), origin, place)) => asked.copied_from(stage, &origin, Some(place)),
        Some((CopyFrom::Image(image), ..)) => unclear(format!("the program is taken from `{image}`")),
        Some((CopyFrom::Unresolved(what), ..)) => {
            unclear(format!("where `{what}` takes the program from is not written here"))
        }
        None if chain.iter().any(|at| asked.builds(*at)) => {
            let profile = profile::of(image.file, dockerfile, &chain, "", None);
            (Built::InPlace(image.base_place), profile)
        }
        None => match (name, asked.builders(&chain).as_slice()) {
            // It comes with a folder of that stage.
            (_, [stage]) if image.start != Start::Inherited => {
                asked.copied_from(*stage, name.unwrap_or_default(), None)
            }
            _ if image.builds_rust => {
                unclear("which of the files it copies is the program cannot be told".into())
            }
            _ => (Built::No, Profile::Unknown),
        },
    }
}

/// Whether a path is where Cargo puts programs: `target/release/app`, `target/x86_64-unknown-linux-musl/release/app`.
fn is_output(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let is_profile = |part: &&str| matches!(*part, "release" | "debug");
    parts.contains(&"target") && parts.iter().rev().skip(1).any(is_profile)
        || path.contains("/.cargo/bin/")
        || path.contains("/usr/local/cargo/bin/")
}

impl Asked<'_> {
    fn copied_from(&self, stage: usize, origin: &str, place: Option<Span>) -> (Built, Profile) {
        match self.building(stage, origin, 0) {
            Ok((stage, origin)) => {
                let chain = self.dockerfile.chain(stage);
                let profile = profile::of(self.file, self.dockerfile, &chain, &origin, place);
                (self.link(stage, &chain, &origin), profile)
            }
            Err(why) => (Built::Unclear(why), Profile::Unknown),
        }
    }

    /// The stage that builds what another has under a path, and the path there.
    fn building(&self, stage: usize, origin: &str, depth: usize) -> Result<(usize, String), String> {
        let chain = self.dockerfile.chain(stage);
        if chain.iter().any(|at| self.dockerfile.stages[*at].alternatives.len() > 1) {
            return Err("which stage builds the program is decided by the build".into());
        }
        if chain.iter().any(|at| self.builds(*at)) {
            return Ok((stage, origin.to_owned()));
        }
        let name = file_name(origin);
        let handed = chain.iter().flat_map(|at| &self.dockerfile.stages[*at].copies).find_map(|copy| {
            let Some(CopyFrom::Stage(from)) = copy.from.as_ref().map(|from| &from.from) else { return None };
            let there = file_name(copy.dest.value.text.trim_end_matches('/'));
            let mut sources = copy.sources.iter().map(|source| source.value.text.as_str());
            let source = sources.find(|source| there == name || file_name(source) == name)?;
            Some((*from, source.to_owned()))
        });
        match handed {
            Some((from, source)) if depth < MAX_STAGES => self.building(from, &source, depth + 1),
            _ => Err("the stage that the program is copied from runs no `cargo build`".into()),
        }
    }

    /// The stages from which something is copied and that build Rust, each once.
    fn builders(&self, chain: &[usize]) -> Vec<usize> {
        let copies = chain.iter().flat_map(|at| &self.dockerfile.stages[*at].copies);
        let mut found: Vec<usize> = copies
            .filter_map(|copy| match copy.from.as_ref()?.from {
                CopyFrom::Stage(stage) => Some(stage),
                _ => None,
            })
            .filter(|stage| self.dockerfile.chain(*stage).iter().any(|at| self.builds(*at)))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn builds(&self, stage: usize) -> bool {
        all_commands(&self.dockerfile.stages[stage]).iter().any(|command| build_args(command).is_some())
    }

    /// How what a stage builds is linked.
    fn link(&self, stage: usize, chain: &[usize], origin: &str) -> Built {
        let root = chain.last().map_or(stage, |root| *root);
        let from = Span::new(self.file, self.dockerfile.stages[root].from.range);
        let base = match &self.dockerfile.stages[root].base {
            Base::Image(image) => image,
            Base::Unresolved(what) => {
                return Built::Unclear(format!("what it is built in, `{what}`, is not written here"));
            }
            Base::Scratch | Base::Stage(_) => {
                return Built::Unclear("what it is built in cannot be told".into());
            }
        };
        let built = |linked, how: Option<String>| Built::Elsewhere { from, image: short(base), linked, how };
        let known = bases::base(base);
        let setting = self.settings(chain);
        let target = match self.target(origin, &setting) {
            Ok(target) => target,
            Err(why) => return Built::Unclear(why),
        };
        let of_base = known.and_then(|known| known.libc(base));
        let is_musl = match &target {
            Some(target) => target.contains("musl"),
            None if known.is_some_and(|known| known.builds_musl) => true,
            None => match of_base {
                Some(Libc::Musl) => true,
                Some(Libc::Glibc(_)) => false,
                // Whatever it has, it is the same.
                _ if self.runtime == Some(base) && matches!(setting.zig, Zig::No) && !setting.is_cross => {
                    return built(Linked::Same, None);
                }
                _ => return Built::Unclear(format!("which C library `{base}` has is not known")),
            },
        };
        let how = target.as_ref().map(|target| format!("it is built for `{target}`"));
        if is_musl {
            // Alpine's own compiler links musl when the program starts, unlike that of rustup.
            let is_alpine = of_base == Some(Libc::Musl) && known.is_some_and(|known| !known.builds_rust);
            return match setting.crt_static {
                Some(false) => built(Linked::Musl, Some("it is built with `-crt-static`".into())),
                None if is_alpine && target.is_none() && !setting.has_rustup => {
                    Built::Unclear("whether its compiler links musl statically is not known".into())
                }
                Some(true) | None => {
                    built(Linked::Static, how.or_else(|| Some("musl is linked into it".into())))
                }
            };
        }
        if setting.crt_static == Some(true) {
            return built(Linked::Static, Some("it is built with `+crt-static`".into()));
        }
        match setting.zig {
            Zig::No => {}
            Zig::For(version) => {
                let how = Some(format!("`cargo zigbuild` builds it for glibc {}.{}", version.0, version.1));
                return built(Linked::Glibc(Glibc { version, or_newer: false }), how);
            }
            Zig::ForSome => {
                return Built::Unclear(
                    "which glibc `cargo zigbuild` builds it for is not written here".into(),
                );
            }
        }
        if setting.is_cross {
            return Built::Unclear("`cross` builds it in an image of its own".into());
        }
        match of_base {
            Some(Libc::Glibc(glibc)) => built(Linked::Glibc(glibc), None),
            _ => Built::Unclear(format!("which glibc `{base}` has is not known")),
        }
    }

    /// The target that it is built for; none is that of the compiler.
    fn target(&self, origin: &str, setting: &Setting) -> Result<Option<String>, String> {
        if let Some(target) = origin.split('/').find(|part| is_target(part)) {
            return Ok(Some(target.to_owned()));
        }
        match &setting.target {
            Some(target) if is_target(target) => Ok(Some(target.clone())),
            // A variable: what the stage names must agree on the C library.
            Some(target) => {
                let musl = setting.mentioned.iter().filter(|target| target.contains("musl")).count();
                match (setting.mentioned.first(), musl) {
                    (Some(_), 0) => Ok(Some("gnu".into())),
                    (Some(_), all) if all == setting.mentioned.len() => Ok(Some("musl".into())),
                    _ => Err(format!("which target `{target}` names is not written here")),
                }
            }
            None => Ok(self.configured(|tasks| tasks.cargo_target.clone())),
        }
    }

    /// What Cargo's configuration says, in the folder of the Dockerfile or above.
    fn configured<T>(&self, ask: impl Fn(&crate::facts::tasks::TasksFacts) -> Option<T>) -> Option<T> {
        let here = crate::source::folder(self.sources.path(self.file));
        let folders = std::iter::once(here).chain(ancestors(here)).chain([""]);
        folders
            .flat_map(|folder| [".cargo/config.toml", ".cargo/config"].map(|name| join(folder, name)))
            .filter_map(|path| self.sources.find(&path?))
            .find_map(|file| match self.facts.get(file) {
                FileFacts::Tasks(tasks) => ask(tasks),
                _ => None,
            })
    }

    fn settings(&self, chain: &[usize]) -> Setting {
        let mut setting = Setting::default();
        // Nearest first: what a stage says holds against what those below it say.
        for at in chain {
            let stage = &self.dockerfile.stages[*at];
            for (name, value) in &stage.env {
                setting.variable(&name.value, &value.value.text);
            }
            for argument in &stage.args {
                if let Some(default) = &argument.default {
                    setting.variable(&argument.name.value, &default.value.text);
                }
            }
            for command in all_commands(stage) {
                setting.command(&command);
            }
        }
        if setting.crt_static.is_none() {
            setting.crt_static = self.configured(|tasks| crt_static(&tasks.rust_flags.join(" ")));
        }
        setting
    }
}

/// Whether `cargo zigbuild` builds, and for which glibc.
#[derive(Clone, Copy, Default)]
enum Zig {
    #[default]
    No,
    For((u32, u32)),
    ForSome,
}

/// What the commands and variables of a stage say of how it builds.
#[derive(Default)]
struct Setting {
    target: Option<String>,
    /// Every target that is named.
    mentioned: Vec<String>,
    crt_static: Option<bool>,
    /// `cargo zigbuild`, with the version of glibc that its target ends with.
    zig: Zig,
    is_cross: bool,
    has_rustup: bool,
}

impl Setting {
    fn variable(&mut self, name: &str, value: &str) {
        let is_flags = name.ends_with("RUSTFLAGS");
        if is_flags {
            self.crt_static = self.crt_static.or_else(|| crt_static(value));
        }
        if name == "CARGO_BUILD_TARGET" {
            self.target = self.target.take().or_else(|| Some(value.to_owned()));
        }
        self.mention(value);
    }

    fn mention(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
        self.mentioned.extend(words.filter(|word| is_target(word)).map(str::to_owned));
    }

    fn command(&mut self, command: &SimpleCommand) {
        let is_export = command.words.first().is_some_and(|word| word == "export");
        let exported = command.words.iter().filter(|_| is_export).filter_map(|word| word.split_once('='));
        for (name, value) in exported {
            self.variable(name, value);
        }
        let is_for_all = command.words.is_empty() || build_args(command).is_some();
        for (name, value) in &command.assignments {
            // What stands before another command, such as the installation of a tool, is for that one.
            if is_for_all {
                self.variable(name, value);
            }
            self.mention(value);
        }
        command.words.iter().for_each(|word| self.mention(word));
        self.has_rustup |= command.words.first().is_some_and(|word| file_name(word) == "rustup");
        let Some((program, args)) = build_args(command) else { return };
        let mut words = args.iter();
        let mut target = None;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--target" => target = words.next().cloned(),
                _ => target = target.or_else(|| word.strip_prefix("--target=").map(str::to_owned)),
            }
        }
        if target.as_ref().is_some_and(|target| target.starts_with("wasm")) {
            return;
        }
        self.is_cross |= program == "cross";
        if args.iter().any(|word| word == "zigbuild") {
            let glibc = target.as_ref().and_then(|target| target.split_once(".2.")).map(|(_, minor)| minor);
            let version = glibc.and_then(|minor| Some((2, minor.split('.').next()?.parse().ok()?)));
            self.zig = version.map_or(Zig::ForSome, Zig::For);
        }
        let target =
            target.map(|target| target.split_once(".2.").map_or(target.clone(), |(name, _)| name.to_owned()));
        self.target = self.target.take().or(target);
    }
}

fn crt_static(flags: &str) -> Option<bool> {
    let on = flags.contains("+crt-static");
    (on || flags.contains("-crt-static")).then_some(on)
}

/// `x86_64-unknown-linux-musl`, `armv7-unknown-linux-gnueabihf`.
fn is_target(word: &str) -> bool {
    let abi = word.split_once("-linux-").map(|(_, abi)| abi);
    abi.is_some_and(|abi| ["gnu", "musl"].iter().any(|libc| abi.starts_with(libc)))
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn all_commands(stage: &Stage) -> Vec<SimpleCommand> {
    stage.runs.iter().flat_map(|run| commands(&run.expanded)).collect()
}

pub(super) fn commands(script: &str) -> Vec<SimpleCommand> {
    shell::parse(script).commands
}

/// The program and its arguments, if it builds: `cargo build`, `cargo auditable build`, `cargo install --path .`.
pub(super) fn build_args(command: &SimpleCommand) -> Option<(&str, &[String])> {
    let at =
        command.words.iter().position(|word| matches!(file_name(word), "cargo" | "cross" | "xx-cargo"))?;
    if at > 2 && command.words[0] != "env" {
        return None;
    }
    let args = &command.words[at + 1..];
    let builds = |word: &String| matches!(word.as_str(), "build" | "b" | "zigbuild" | "rustc");
    let verb = args.iter().take(3).any(builds) || is_own_install(args);
    verb.then(|| (file_name(&command.words[at]), args))
}

/// `cargo install` of a package of the tree, and not of a tool.
fn is_own_install(args: &[String]) -> bool {
    args.iter().take(2).any(|word| word == "install") && args.iter().any(|word| word.starts_with("--path"))
}
