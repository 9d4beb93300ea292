//! What the final stage of an image has, as far as its Dockerfile and what is known of its base say.

use crate::facts::dockerfile::{Base, Copy, DockerfileFacts, Run};
use crate::knowledge::bases::{self, Libc};
use crate::source::file_name;
use crate::span::{FileId, Range, Span};
use crate::syntax::image_ref::ImageRef;

use self::install::{Event, Kind};

mod install;

/// Whether an image has something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Where that is said, and how.
    Has(Span, String),
    Lacks(Span, String),
    Unknown(String),
}

/// What is in an image.
#[derive(Debug)]
pub(crate) struct Content {
    /// What the `FROM` below the final stage names.
    from: Span,
    base: Below,
    /// What adds to it or takes from it, in order.
    events: Vec<Event>,
}

/// The external image that the final stage is built on.
#[derive(Debug)]
enum Below {
    Scratch,
    Known(ImageRef, &'static bases::Base),
    Unknown(String),
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Thing<'t> {
    Program(&'t str),
    Roots,
    GlibcOnMusl,
    Libraries,
    Library(&'t bases::Library),
}

impl Content {
    pub(super) fn of(file: FileId, dockerfile: &DockerfileFacts, stage: usize, from: Span) -> Self {
        let mut chain = dockerfile.chain(stage);
        let is_choice = chain.iter().any(|at| dockerfile.stages[*at].alternatives.len() > 1);
        let base = match dockerfile.root_base(stage) {
            _ if is_choice => Below::Unknown("which stage it is built on is decided by the build".into()),
            None | Some(Base::Scratch) => Below::Scratch,
            Some(Base::Image(image)) => match bases::base(image) {
                Some(base) => Below::Known(image.clone(), base),
                None => Below::Unknown(format!("what is in `{image}` is not known")),
            },
            Some(Base::Unresolved(what)) => {
                Below::Unknown(format!("what `{what}` stands for is not written here"))
            }
            Some(Base::Stage(_)) => Below::Unknown("the stage that it is built on could not be found".into()),
        };
        chain.reverse();
        let mut events = Vec::new();
        for at in chain {
            let stage = &dockerfile.stages[at];
            let mut own: Vec<(Range, Vec<Event>)> = Vec::new();
            let folder =
                dockerfile.effective_workdir(at).and_then(|folder| folder.value.known()).unwrap_or("/");
            own.extend(stage.copies.iter().map(|copy| (copy.range, copied(file, copy, folder))));
            own.extend(stage.runs.iter().map(|run| (run.range, ran(file, dockerfile, run))));
            own.sort_by_key(|(range, _)| range.start);
            events.extend(own.into_iter().flat_map(|(_, events)| events));
        }
        Self { from, base, events }
    }

    /// What is in an image that something else builds.
    pub(crate) fn of_image(image: &ImageRef, place: Span) -> Self {
        let base = match bases::base(image) {
            Some(base) => Below::Known(image.clone(), base),
            None => Below::Unknown(format!("what is in `{image}` is not known")),
        };
        Self { from: place, base, events: Vec::new() }
    }

    /// The image that the final stage is built on, without its digest.
    pub(crate) fn base_name(&self) -> String {
        match &self.base {
            Below::Scratch => "scratch".into(),
            Below::Known(image, _) => short(image),
            Below::Unknown(_) => "the base image".into(),
        }
    }

    /// A program that is found by its name.
    pub(crate) fn program(&self, name: &str) -> Holds {
        self.holds(Thing::Program(name))
    }

    /// Root certificates, where programs look for them.
    pub(crate) fn roots(&self) -> Holds {
        self.holds(Thing::Roots)
    }

    /// A library that programs load when they start.
    pub(crate) fn library(&self, library: &bases::Library) -> Holds {
        self.holds(Thing::Library(library))
    }

    /// The C library; why that is not known.
    pub(crate) fn libc(&self) -> Result<Libc, String> {
        let found = match &self.base {
            Below::Scratch => Libc::None,
            Below::Known(image, base) => {
                base.libc(image).ok_or_else(|| format!("which C library `{image}` has is not known"))?
            }
            Below::Unknown(why) => return Err(why.clone()),
        };
        for thing in [Thing::Libraries, Thing::GlibcOnMusl] {
            match self.holds(thing) {
                Holds::Has(_, why) | Holds::Unknown(why) => return Err(why),
                Holds::Lacks(..) => {}
            }
        }
        Ok(found)
    }

    /// Whether it is built on an image that is made to build Rust in; why that is not known.
    pub(crate) fn has_rust(&self) -> Result<bool, &str> {
        match &self.base {
            Below::Scratch => Ok(false),
            Below::Known(_, base) => Ok(base.builds_rust),
            Below::Unknown(why) => Err(why),
        }
    }

    /// Whether the base lacks the compiler's runtime library, and nothing is copied in its place.
    pub(crate) fn lacks_libgcc(&self) -> bool {
        let Below::Known(_, base) = &self.base else { return false };
        base.libgcc == Some(false) && matches!(self.holds(Thing::Libraries), Holds::Lacks(..))
    }

    fn holds(&self, thing: Thing<'_>) -> Holds {
        let at_first = self.of_base(thing);
        let mut state = at_first.clone();
        // The package that brought it, and the group that it was installed as.
        let mut by: Option<(String, Option<String>)> = None;
        for event in &self.events {
            match &event.kind {
                Kind::Install { packages, group, recommends } => {
                    for name in packages {
                        let brings = match thing {
                            Thing::Library(library) => library.comes_with(name),
                            _ => bases::package(name).map(|package| match thing {
                                Thing::Program(program) => package.programs.iter().any(|own| own == program),
                                Thing::Roots => package.roots || package.recommends_roots && *recommends,
                                Thing::GlibcOnMusl => package.glibc_on_musl,
                                Thing::Libraries | Thing::Library(_) => false,
                            }),
                        };
                        match brings {
                            Some(true) if matches!(state, Holds::Has(..)) => {}
                            Some(true) if event.is_certain => {
                                state = Holds::Has(event.span, format!("`{name}` is installed here"));
                                by = Some((name.clone(), group.clone()));
                            }
                            Some(true) => {
                                unsettle(&mut state, || format!("`{name}` may be installed, or not"));
                            }
                            None if thing.may_come_unasked() => {
                                unsettle(&mut state, || {
                                    format!("what comes with the package `{name}` is not known")
                                });
                            }
                            None | Some(false) => {}
                        }
                    }
                }
                Kind::Remove(names) => {
                    let is_gone = by.as_ref().is_some_and(|(package, group)| {
                        names.contains(package) || group.as_ref().is_some_and(|group| names.contains(group))
                    });
                    if is_gone {
                        state = at_first.clone();
                        by = None;
                    }
                }
                Kind::Program(name) => {
                    if matches!(thing, Thing::Program(program) if program == name) {
                        state = Holds::Has(event.span, format!("`{name}` is put there"));
                    }
                }
                Kind::Roots => {
                    if matches!(thing, Thing::Roots) {
                        state = Holds::Has(event.span, "root certificates are copied here".into());
                    }
                }
                Kind::Unclear { why, programs, roots, libraries } => {
                    let may_bring = match thing {
                        Thing::Program(_) => *programs,
                        Thing::Roots => *roots,
                        Thing::Libraries => *libraries,
                        Thing::Library(_) => *libraries || *programs,
                        Thing::GlibcOnMusl => false,
                    };
                    if may_bring {
                        unsettle(&mut state, || why.clone());
                    }
                }
            }
        }
        state
    }

    fn of_base(&self, thing: Thing<'_>) -> Holds {
        let name = self.base_name();
        let base = match (&self.base, thing) {
            (_, Thing::Libraries | Thing::GlibcOnMusl) => return Holds::Lacks(self.from, String::new()),
            (Below::Unknown(why), _) => return Holds::Unknown(why.clone()),
            (Below::Scratch, Thing::Program(program)) => {
                return Holds::Lacks(
                    self.from,
                    format!("`scratch` is empty, and nothing brings `{program}`"),
                );
            }
            (Below::Scratch, Thing::Roots) => {
                let why = "`scratch` is empty, and no root certificates are copied there";
                return Holds::Lacks(self.from, why.into());
            }
            (Below::Scratch, Thing::Library(library)) => {
                return Holds::Lacks(
                    self.from,
                    format!("`scratch` is empty, and nothing brings `{}`", library.name),
                );
            }
            (Below::Known(image, _), Thing::Library(library)) => {
                let its = &library.name;
                return match library.is_in(image) {
                    Some(true) => Holds::Has(self.from, format!("`{name}` has `{its}`")),
                    Some(false) => Holds::Lacks(
                        self.from,
                        format!("`{name}` has no `{its}`, and nothing here brings it"),
                    ),
                    None => Holds::Unknown(format!("whether `{name}` has `{its}` is not known")),
                };
            }
            (Below::Known(_, base), _) => base,
        };
        match thing {
            Thing::Program(program) => match base.has(program) {
                Some(true) => Holds::Has(self.from, format!("`{name}` has `{program}`")),
                Some(false) => Holds::Lacks(
                    self.from,
                    format!("`{name}` has no `{program}`, and nothing here brings one"),
                ),
                None => Holds::Unknown(format!("whether `{name}` has `{program}` is not known")),
            },
            Thing::Roots => match base.roots {
                Some(true) => Holds::Has(self.from, format!("`{name}` has root certificates")),
                Some(false) => {
                    let why = format!("`{name}` has no root certificates, and nothing here brings them");
                    Holds::Lacks(self.from, why)
                }
                None => Holds::Unknown(format!("whether `{name}` has root certificates is not known")),
            },
            Thing::GlibcOnMusl | Thing::Libraries | Thing::Library(_) => {
                Holds::Lacks(self.from, String::new())
            }
        }
    }
}

impl Thing<'_> {
    /// Whether a package that is not known may bring it.
    fn may_come_unasked(self) -> bool {
        matches!(self, Self::Program(_) | Self::Roots | Self::Library(_))
    }
}

/// What may bring it leaves open whether it is there, unless it is there in any case.
fn unsettle(state: &mut Holds, why: impl Fn() -> String) {
    if matches!(state, Holds::Lacks(..)) {
        *state = Holds::Unknown(why());
    }
}

/// Nobody knows a digest by heart.
pub(super) fn short(image: &ImageRef) -> String {
    ImageRef { digest: None, ..image.clone() }.to_string()
}

fn ran(file: FileId, dockerfile: &DockerfileFacts, run: &Run) -> Vec<Event> {
    let span = Span::new(file, run.range);
    let shell = dockerfile.shell_words(run.shell).and_then(<[_]>::first);
    if shell.is_some_and(|shell| !super::is_shell(&shell.value)) {
        return vec![Event::unclear(span, "its commands are run by something else than a shell".into())];
    }
    install::events(span, &run.expanded)
}

/// Folders in which programs are found by their names.
const PROGRAMS: &[&str] = &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
const LIBRARIES: &[&str] = &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib32"];
const ROOTS: &[&str] = &["/etc/ssl", "/etc/ssl/certs", "/etc/pki", "/etc/ca-certificates"];

/// Files that hold root certificates under these names on one distribution or another.
const BUNDLES: &[&str] =
    &["ca-certificates.crt", "ca-bundle.crt", "ca-bundle.pem", "cert.pem", "tls-ca-bundle.pem"];

/// What a COPY brings.
fn copied(file: FileId, copy: &Copy, folder: &str) -> Vec<Event> {
    let span = Span::new(file, copy.range);
    let written = copy.dest.value.text.as_str();
    let dest = absolute(folder, written);
    let into_folder = written.ends_with('/') || written == "." || copy.sources.len() > 1;
    let mut found = Vec::new();
    for source in &copy.sources {
        let source = source.value.text.as_str();
        let name = file_name(source.trim_end_matches('/'));
        let is_bundle = BUNDLES.contains(&name) || ROOTS.iter().any(|root| is_below(source, root));
        if is_bundle && (is_below(&dest, "/etc") || is_below(&dest, "/usr/share/ca-certificates")) {
            found.push(Event::certain(span, Kind::Roots));
            continue;
        }
        if is_folder(source, name, copy.add) {
            let covers =
                |places: &[&str]| places.iter().any(|place| is_below(place, &dest) || is_below(&dest, place));
            let (programs, roots, libraries) = (covers(PROGRAMS), covers(ROOTS), covers(LIBRARIES));
            if programs || roots || libraries {
                let why = format!("what is in `{source}`, which is copied to `{written}`, is not known");
                found.push(Event::certain(span, Kind::Unclear { why, programs, roots, libraries }));
            }
        } else {
            let there = if into_folder { name } else { file_name(&dest) };
            found.push(Event::certain(span, Kind::Program(there.to_owned())));
            if LIBRARIES.iter().any(|place| is_below(&dest, place)) {
                let why = "libraries are copied to it from elsewhere".into();
                let kind = Kind::Unclear { why, programs: false, roots: false, libraries: true };
                found.push(Event::certain(span, kind));
            }
        }
    }
    found
}

pub(super) fn absolute(folder: &str, path: &str) -> String {
    let joined = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{}", folder.trim_end_matches('/'), path.trim_start_matches("./").trim_start_matches('.'))
    };
    let trimmed = joined.trim_end_matches('/');
    if trimmed.is_empty() { "/".into() } else { trimmed.to_owned() }
}

/// Whether a path is a folder, or below it.
pub(in crate::model) fn is_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether what is copied looks like a folder with more than one file.
fn is_folder(source: &str, name: &str, is_add: bool) -> bool {
    let is_archive = is_add
        && [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst"]
            .iter()
            .any(|end| name.ends_with(end));
    let usual = [
        "",
        ".",
        "bin",
        "sbin",
        "lib",
        "lib64",
        "etc",
        "usr",
        "local",
        "rootfs",
        "root",
        "fs",
        "dist",
        "out",
        "output",
        "build",
        "artifacts",
        "install",
        "opt",
        "certs",
        "ssl",
        "pki",
        "export",
        "layer",
        "runtime",
    ];
    // What ends in a variable is mostly a folder for each platform.
    is_archive
        || source.ends_with('/')
        || source.contains('*')
        || name.contains('$')
        || name.contains("root")
        || usual.contains(&name)
}

#[cfg(test)]
mod tests;
