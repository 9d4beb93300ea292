//! Where the files of an image lie: what its COPYs bring under which path, and which programs of Cargo's they take.
//!
//! Paths are absolute and end without a slash. What a base image has is not known here, nor what a RUN makes: where one
//! of its commands may have put a file there, that is said.

use super::content::{absolute, is_below};
use crate::facts::dockerfile::{Base, Copy, CopyFrom, DockerfileFacts, Value};
use crate::knowledge::bases;
use crate::source::{Sources, ancestors, file_name, folder, join};
use crate::span::{At, FileId, Span};
use crate::syntax::image_ref::ImageRef;
use crate::syntax::shell;

/// What lies where.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Where its program starts; why that is not known.
    pub(crate) workdir: Result<String, String>,
    brought: Vec<Brought>,
    /// Why files may lie there that no COPY brings.
    unclear: Option<String>,
    /// The programs that are copied out of a `target` folder.
    pub(crate) outputs: Vec<Output>,
    /// The folders in which programs are found by name, where the Dockerfile sets them.
    path: Option<String>,
}

/// What a COPY brings.
#[derive(Debug)]
struct Brought {
    span: Span,
    /// What is copied, without a `/` or `./` in front.
    origin: String,
    /// Where it ends up; two places where the Dockerfile alone does not say whether its destination is a folder.
    places: Vec<String>,
    /// Whether it may be a folder, with all that is in it.
    may_be_folder: bool,
}

/// A program that is copied from where Cargo puts what it builds.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) span: Span,
    pub(crate) name: String,
    /// Why something else than Cargo may have put it there.
    pub(crate) unclear: Option<String>,
}

/// Whether there is something under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Here(Span),
    /// Nothing brings it.
    Nowhere,
    Unclear(String),
}

/// What `PATH` is where an image says nothing
/// (`DefaultPathEnvUnix` of <https://github.com/moby/buildkit/blob/master/util/system/path.go>).
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Commands that put no file where it is looked for.
const HARMLESS: &[&str] = &[
    ":",
    "addgroup",
    "adduser",
    "apk",
    "apt",
    "apt-get",
    "cd",
    "chmod",
    "chown",
    "dnf",
    "echo",
    "export",
    "find",
    "groupadd",
    "groupmod",
    "ldconfig",
    "locale-gen",
    "microdnf",
    "mkdir",
    "rm",
    "set",
    "setcap",
    "strip",
    "test",
    "true",
    "update-ca-certificates",
    "useradd",
    "usermod",
    "yum",
    "[",
];

impl Layout {
    pub(super) fn of(sources: &Sources, file: FileId, dockerfile: &DockerfileFacts, stage: usize) -> Self {
        let chain = dockerfile.chain(stage);
        let copies =
            || chain.iter().flat_map(|at| dockerfile.stages[*at].copies.iter().map(move |it| (*at, it)));
        let brought = copies()
            .flat_map(|(at, copy)| {
                let folder = dockerfile.effective_workdir(at).and_then(|it| it.value.known()).unwrap_or("/");
                brought(sources, file, copy, folder)
            })
            .collect();
        let runs = chain.iter().flat_map(|at| &dockerfile.stages[*at].runs);
        let made = runs.flat_map(|run| shell::parse(&run.expanded).commands).find_map(|command| {
            let program = command.words.first().map(|word| file_name(word).to_owned())?;
            (!HARMLESS.contains(&program.as_str())).then_some(program)
        });
        let env = dockerfile.effective_env(stage);
        let path = env.get("PATH").map(|path| path.value.text.clone());
        Self {
            workdir: workdir(dockerfile, stage),
            brought,
            unclear: made.map(|program| format!("`{program}` may have put files there")),
            outputs: copies().filter_map(|(_, copy)| output(file, dockerfile, copy)).flatten().collect(),
            path,
        }
    }

    /// Whether there is a file or a folder under an absolute path.
    pub(crate) fn at(&self, path: &str) -> Found {
        let is_it = |it: &&Brought| it.places.iter().any(|place| place == path || is_below(place, path));
        if let Some(it) = self.brought.iter().find(is_it) {
            return Found::Here(it.span);
        }
        let may_hold =
            |it: &&Brought| it.may_be_folder && it.places.iter().any(|place| is_below(path, place));
        if self.brought.iter().any(|it| may_hold(&it)) {
            return Found::Unclear(format!(
                "whether a folder that is copied there has `{path}` cannot be told"
            ));
        }
        match &self.unclear {
            Some(why) => Found::Unclear(why.clone()),
            None => Found::Nowhere,
        }
    }

    /// Where a program is brought to, under just this path.
    pub(crate) fn program_at(&self, path: &str) -> Found {
        let is_it = |it: &&Brought| it.places.iter().any(|place| merged(place) == merged(path));
        match self.brought.iter().find(is_it) {
            Some(it) => Found::Here(it.span),
            None => match self.at(path) {
                Found::Here(_) => Found::Nowhere,
                found => found,
            },
        }
    }

    /// Where something of this name is brought, and whether it is a file for sure: `COPY app /etc/app` may bring a folder.
    pub(crate) fn place_of(&self, name: &str) -> Option<(&str, Span, bool)> {
        let all = self.brought.iter().flat_map(|it| it.places.iter().map(move |place| (it, place.as_str())));
        let mut found = all.filter(|(_, place)| file_name(place) == name);
        found.next().map(|(it, place)| (place, it.span, !it.may_be_folder))
    }

    /// Where a file of the tree is brought to by its own name, whatever it is called there.
    pub(crate) fn place_of_file(&self, path: &str) -> Option<&str> {
        let is_end = |of: &str, end: &str| {
            of.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let is_it = |it: &&Brought| is_end(path, &it.origin) || is_end(&it.origin, path);
        let found =
            self.brought.iter().filter(|it| !it.may_be_folder && !it.origin.is_empty()).find(is_it)?;
        found.places.first().map(String::as_str)
    }

    /// Whether programs in a folder are found by their names.
    pub(crate) fn is_on_path(&self, folder: &str) -> bool {
        let own = self.path.as_deref().unwrap_or(PATH);
        let is_it =
            |known: &str| known.trim_end_matches('/') == folder.trim_end_matches('/') || known.contains('$');
        own.split(':').any(is_it) || own.contains('$') && PATH.split(':').any(is_it)
    }

    /// An absolute path, where a relative one starts in the working directory.
    pub(crate) fn absolute(&self, path: &str) -> Result<String, String> {
        match &self.workdir {
            _ if path.starts_with('/') => Ok(absolute("/", path)),
            Ok(folder) => Ok(absolute(folder, path)),
            Err(why) => Err(why.clone()),
        }
    }
}

/// `/bin` is `/usr/bin` where a distribution has merged them.
fn merged(path: &str) -> &str {
    let rest = path
        .strip_prefix("/usr")
        .filter(|rest| ["/bin/", "/sbin/", "/lib/"].iter().any(|it| rest.starts_with(it)));
    rest.unwrap_or(path)
}

fn workdir(dockerfile: &DockerfileFacts, stage: usize) -> Result<String, String> {
    match dockerfile.effective_workdir(stage) {
        Some(set) => match set.value.known().filter(|folder| folder.starts_with('/')) {
            Some(folder) => Ok(absolute("/", folder)),
            None => Err("its working directory is not written here".into()),
        },
        None => match dockerfile.root_base(stage) {
            None | Some(Base::Scratch) => Ok("/".into()),
            Some(Base::Image(image)) if bases::base(image).is_some() => Ok(workdir_of(image).into()),
            _ => Err("the working directory of its base image is not known".into()),
        },
    }
}

/// `nonroot` of distroless starts at home
/// (<https://github.com/GoogleContainerTools/distroless/blob/main/base/base.bzl>).
fn workdir_of(image: &ImageRef) -> &'static str {
    let is_nonroot = image.tag.as_deref().is_some_and(|tag| tag.contains("nonroot"));
    if is_nonroot && image.to_string().contains("distroless") { "/home/nonroot" } else { "/" }
}

fn brought(sources: &Sources, file: FileId, copy: &Copy, folder: &str) -> Vec<Brought> {
    let written = copy.dest.value.text.as_str();
    let dest = absolute(folder, written);
    let into_folder = written.ends_with('/') || matches!(written, "." | "./") || copy.sources.len() > 1;
    let span = Span::new(file, copy.range);
    let of_source = |source: &str| {
        let name = file_name(source.trim_end_matches('/'));
        let may_be_folder = may_be_folder(sources, file, copy, source, name);
        let below = absolute(&dest, name);
        let places = match (may_be_folder, into_folder) {
            (false, true) => vec![below],
            _ => vec![dest.clone(), below],
        };
        let origin = source.trim_start_matches("./").trim_start_matches('/').to_owned();
        Brought { span, origin, places, may_be_folder }
    };
    copy.sources.iter().map(|source| of_source(&source.value.text)).collect()
}

/// Whether a source may be more than one file.
fn may_be_folder(sources: &Sources, file: FileId, copy: &Copy, source: &str, name: &str) -> bool {
    if copy.add
        || matches!(name, "" | "." | "..")
        || source.ends_with('/')
        || source.contains(['*', '?', '[', '$'])
    {
        return true;
    }
    if copy.from.is_some() {
        return !(name.contains('.') || program(source).is_some());
    }
    // The context is the folder of the Dockerfile or one above it.
    let path = source.trim_start_matches('/');
    let here = ancestors(folder(sources.path(file)));
    !here.filter_map(|folder| join(folder, path)).any(|path| sources.find(&path).is_some())
}

/// The name of a program where Cargo puts it: `target/release/app`, `target/x86_64-unknown-linux-musl/release/app`.
fn program(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().rposition(|part| *part == "target")?;
    let name = match &parts[at + 1..] {
        [_, name] => name,
        [triple, _, name] if triple.contains('-') => name,
        _ => return None,
    };
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    (is_name && !matches!(*name, "release" | "debug" | "deps" | "build" | "examples")).then_some(name)
}

/// The programs of Cargo's that a COPY takes from another stage.
fn output(file: FileId, dockerfile: &DockerfileFacts, copy: &Copy) -> Option<Vec<Output>> {
    let CopyFrom::Stage(stage) = copy.from.as_ref()?.from else { return None };
    let of_source = |source: &At<Value>| {
        let name = program(source.value.known()?)?;
        Some(Output {
            span: Span::new(file, source.range),
            name: name.to_owned(),
            unclear: unclear(dockerfile, stage, name),
        })
    };
    Some(copy.sources.iter().filter_map(of_source).collect())
}

/// Why something else than a build of the tree may have made a program.
fn unclear(dockerfile: &DockerfileFacts, stage: usize, name: &str) -> Option<String> {
    let chain = dockerfile.chain(stage);
    let stages = || chain.iter().map(|at| &dockerfile.stages[*at]);
    if chain.iter().any(|at| dockerfile.stages[*at].alternatives.len() > 1) {
        return Some("which stage builds the program is decided by the build".into());
    }
    let mut builds = false;
    for command in stages().flat_map(|stage| &stage.runs).flat_map(|run| shell::parse(&run.expanded).commands)
    {
        let words = || command.words.iter().map(String::as_str);
        builds |= super::built::build_args(&command).is_some();
        let program = words().next().map(file_name).unwrap_or_default();
        let moves =
            matches!(program, "mv" | "cp" | "ln" | "install" | "rename" | "objcopy" | "upx" | "strip");
        if moves && words().skip(1).any(|word| file_name(word) == name) {
            return Some(format!("`{program}` may have made it"));
        }
        if program == "git" && words().any(|word| matches!(word, "clone" | "checkout" | "submodule")) {
            return Some("what is built comes from elsewhere".into());
        }
    }
    if !builds {
        return Some("the stage that it is copied from runs no `cargo build`".into());
    }
    let has_context = stages().any(|stage| stage.copies.iter().any(|copy| copy.from.is_none()));
    (!has_context).then(|| "what is built is not copied from the tree".into())
}
