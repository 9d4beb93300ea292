//! What the commands of a RUN install.

use crate::knowledge::bases;
use crate::source::file_name;
use crate::span::Span;
use crate::syntax::shell::{self, SimpleCommand};

/// Something that adds to what an image has, or takes from it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) span: Span,
    /// Whether it happens in every build.
    pub(super) is_certain: bool,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Packages of the distribution.
    Install {
        packages: Vec<String>,
        /// What they are installed as, to be removed together.
        group: Option<String>,
        /// Whether what they recommend comes with them.
        recommends: bool,
    },
    Remove(Vec<String>),
    /// A program of this name.
    Program(String),
    Roots,
    /// Something that may bring these.
    Unclear {
        why: String,
        programs: bool,
        roots: bool,
        libraries: bool,
    },
}

impl Event {
    pub(super) fn certain(span: Span, kind: Kind) -> Self {
        Self { span, is_certain: true, kind }
    }

    pub(super) fn unclear(span: Span, why: String) -> Self {
        Self::certain(span, Kind::Unclear { why, programs: true, roots: true, libraries: false })
    }
}

/// What a script does.
pub(super) fn events(span: Span, script: &str) -> Vec<Event> {
    let script = shell::parse(script);
    if !script.errors.is_empty() {
        return vec![Event::unclear(span, "a `RUN` could not be read".into())];
    }
    script.commands.iter().filter_map(|command| event(span, command)).collect()
}

fn event(span: Span, command: &SimpleCommand) -> Option<Event> {
    let words = skip_wrappers(&command.words);
    let (program, args) = words.split_first()?;
    let name = file_name(program);
    let kind = match name {
        "apt-get" | "apt" | "aptitude" => packages(args, Manager::Apt)?,
        "apk" => packages(args, Manager::Apk)?,
        "dnf" | "microdnf" | "yum" | "tdnf" | "zypper" | "install_packages" => packages(args, Manager::Dnf)?,
        "pacman" => packages(args, Manager::Pacman)?,
        "ln" | "cp" | "mv" | "install" => put_there(args)?,
        _ if bases::is_harmless(name) => return None,
        _ => Kind::Unclear {
            why: format!("what `{name}` brings, which a `RUN` runs, is not known"),
            programs: true,
            roots: true,
            libraries: false,
        },
    };
    let is_certain = !command.context.conditional && !command.context.function && !command.context.looped;
    Some(Event { span, is_certain, kind })
}

fn skip_wrappers(words: &[String]) -> &[String] {
    let skipped = words.iter().take_while(|word| {
        matches!(word.as_str(), "sudo" | "env" | "exec" | "time" | "nice" | "eatmydata" | "!")
            || word.contains('=')
    });
    &words[skipped.count()..]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manager {
    Apt,
    Apk,
    Dnf,
    Pacman,
}

/// Options that take the next word with them.
fn takes_a_value(manager: Manager, option: &str) -> bool {
    match manager {
        Manager::Apt => matches!(option, "-o" | "-t" | "--target-release" | "--option" | "-c"),
        Manager::Apk => {
            matches!(
                option,
                "-t" | "--virtual" | "-X" | "--repository" | "-p" | "--root" | "--arch" | "--keys-dir"
            )
        }
        Manager::Dnf => {
            matches!(option, "--setopt" | "--releasever" | "--installroot" | "--repo" | "--enablerepo")
        }
        Manager::Pacman => matches!(option, "--config" | "--root" | "--cachedir"),
    }
}

fn packages(args: &[String], manager: Manager) -> Option<Kind> {
    let (mut names, mut options, mut group) = (Vec::new(), Vec::new(), None);
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            names.push(word.as_str());
            continue;
        }
        options.push(word.as_str());
        if takes_a_value(manager, word) {
            let value = words.next();
            options.extend(value.map(String::as_str));
            group = group.or_else(|| value.filter(|_| matches!(word.as_str(), "-t" | "--virtual")).cloned());
        }
        group = group.or_else(|| word.strip_prefix("--virtual=").map(str::to_owned));
    }
    let has = |option: &str| options.contains(&option);
    let verb = if manager == Manager::Pacman {
        if options.iter().any(|option| option.starts_with("-S")) { "install" } else { "" }
    } else if names.is_empty() {
        return None;
    } else {
        names.remove(0)
    };
    let names: Vec<String> = names.into_iter().map(plain).collect();
    match verb {
        "install" | "add" | "in" | "reinstall" if options.iter().any(|option| option.contains("root")) => {
            None
        }
        "install" | "add" | "in" | "reinstall" => {
            if let Some(odd) =
                names.iter().find(|name| name.contains(['$', '`', '/', '*']) || name.ends_with(".deb"))
            {
                let why = format!("what `{odd}` installs is not known");
                return Some(Kind::Unclear { why, programs: true, roots: true, libraries: false });
            }
            let turned_off = |option: &&str| {
                let option = option.to_ascii_lowercase();
                option.contains("install-recommends=")
                    && (option.ends_with("=0") || option.ends_with("false"))
            };
            let recommends = match manager {
                Manager::Apt => !has("--no-install-recommends") && !options.iter().any(turned_off),
                Manager::Apk => true,
                Manager::Dnf | Manager::Pacman => false,
            };
            Some(Kind::Install {
                packages: names,
                group: group.filter(|_| manager == Manager::Apk),
                recommends,
            })
        }
        "remove" | "purge" | "del" | "erase" | "autoremove" => Some(Kind::Remove(names)),
        _ => None,
    }
}

/// A package without version, release and architecture: `curl` of `curl=8.5.0-2` and `curl:amd64`.
fn plain(word: &str) -> String {
    let end = word.find(['=', ':', '<', '>', '~', '@']).unwrap_or(word.len());
    word[..end].to_owned()
}

/// A file that gets another name, or another place.
fn put_there(args: &[String]) -> Option<Kind> {
    let names: Vec<&String> = args.iter().filter(|word| !word.starts_with('-')).collect();
    let (there, from) = names.split_last()?;
    if there.contains('$') {
        return None;
    }
    let name = if there.ends_with('/') || there.ends_with("/bin") { from.last()? } else { there };
    Some(Kind::Program(file_name(name.trim_end_matches('/')).to_owned()))
}
