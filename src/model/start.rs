//! What the first process of a container is, and whether a signal that is sent to it reaches the service.
//!
//! Docker and Kubernetes send the stop signal to process 1 alone. A shell that stays there hands nothing on.

pub(crate) mod exports;

use crate::facts::dockerfile::Base;
use crate::facts::{Facts, FileFacts};
use crate::model::image::Image;
use crate::source::{Sources, file_name};
use crate::span::{At, Range, Span};
use crate::syntax::image_ref::ImageRef;
use crate::syntax::shell::{self, Last};

/// What a container starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Whatever the base image starts.
    Inherited,
    /// A program, as process 1 or handed to by what is.
    Program {
        program: String,
        /// The program as it is written, with its folder.
        path: String,
        args: Vec<String>,
        span: Span,
        by: By,
    },
    /// A shell stays in front of the program.
    BehindShell { program: Option<String>, span: Span, why: String, related: Option<(Span, String)> },
    /// What it starts cannot be told.
    Unclear { span: Span, why: String },
}

/// How a program becomes what receives the signals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// It is process 1.
    Itself,
    /// An init such as tini is process 1 and hands signals on.
    Init(String),
    /// A script or a shell replaces itself by it.
    Exec(Span),
}

/// The shells that matter, by what they do with the last command of `sh -c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShellKind {
    /// Stays: Debian's and Ubuntu's `/bin/sh` (measured with 0.5.12: even for a single command).
    Dash,
    /// Replaces itself by the last command.
    Bash,
    /// Busybox: replaces itself by a single command.
    Ash,
    Unknown,
}

/// What [`Start`] is told from.
pub(crate) struct Context<'c> {
    pub(crate) sources: &'c Sources,
    pub(crate) facts: &'c Facts,
    pub(crate) image: &'c Image,
}

impl Context<'_> {
    /// A word that is a variable of the image alone: `"$BINARY"`.
    fn expand(&self, word: &str) -> String {
        let name = word
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'))
            .or_else(|| word.strip_prefix('$'));
        let value = name.and_then(|name| self.image.env.get(name)).and_then(Option::as_ref);
        value.map_or_else(|| word.to_owned(), Clone::clone)
    }
}

/// Programs that are made to be process 1, or that replace themselves by what they are given.
pub(super) const INITS: &[&str] = &["tini", "tini-static", "dumb-init", "catatonit", "docker-init", "dinit"];
const REPLACERS: &[&str] =
    &["gosu", "su-exec", "setpriv", "env", "nice", "chroot", "exec", "setuidgid", "chpst"];

/// Wrappers around wrappers end here.
const MAX_DEPTH: usize = 6;

impl ShellKind {
    pub(crate) fn of_program(name: &str) -> Self {
        match name {
            "bash" | "zsh" | "ksh" => Self::Bash,
            "dash" => Self::Dash,
            "ash" | "busybox" => Self::Ash,
            _ => Self::Unknown,
        }
    }
}

/// What `/bin/sh` is in an image.
pub(crate) fn shell_of_base(base: &Base) -> ShellKind {
    let Base::Image(image) = base else { return ShellKind::Unknown };
    shell_of_image(image)
}

fn shell_of_image(image: &ImageRef) -> ShellKind {
    let tag = image.tag.as_deref().unwrap_or_default();
    let family = image.family();
    let has = |word: &str| family.contains(word) || tag.contains(word);
    if has("alpine") || has("busybox") {
        ShellKind::Ash
    } else if ["fedora", "centos", "ubi", "rhel", "rocky", "alma", "amazonlinux", "archlinux", "suse"]
        .iter()
        .any(|w| has(w))
    {
        ShellKind::Bash
    } else if ["debian", "ubuntu", "bookworm", "bullseye", "trixie", "buster", "slim", "jammy", "noble", "focal"]
        .iter()
        .any(|word| has(word))
        // The official language images are Debian unless their tag says otherwise.
        || matches!(family.as_str(), "rust" | "node" | "python" | "golang" | "gcc" | "buildpack-deps")
    {
        ShellKind::Dash
    } else {
        ShellKind::Unknown
    }
}

impl Start {
    /// The JSON form: the words of ENTRYPOINT and CMD together.
    pub(crate) fn of_words(context: &Context<'_>, words: &[String], span: Span, shell: ShellKind) -> Self {
        of_words(context, words, span, shell, By::Itself, 0)
    }

    /// The shell form.
    pub(crate) fn of_shell_text(context: &Context<'_>, text: &str, span: Span, shell: ShellKind) -> Self {
        of_shell_text(context, text, span, shell, &[], 0)
    }

    /// Whether the program is given arguments.
    pub(crate) fn has_arguments(&self) -> bool {
        matches!(self, Self::Program { args, .. } if args.iter().any(|word| word != "--"))
    }

    /// The name of the program that does the work, where it can be told.
    pub(crate) fn program(&self) -> Option<&str> {
        match self {
            Self::Program { program, .. } => Some(program),
            Self::BehindShell { program, .. } => program.as_deref(),
            Self::Inherited | Self::Unclear { .. } => None,
        }
    }
}

fn of_words(
    context: &Context<'_>,
    words: &[String],
    span: Span,
    shell: ShellKind,
    by: By,
    depth: usize,
) -> Start {
    let Some((program, args)) = words.split_first() else { return Start::Inherited };
    let program = &context.expand(program);
    if depth > MAX_DEPTH {
        return Start::Unclear { span, why: "the command is wrapped too often".into() };
    }
    let name = file_name(program);
    if INITS.contains(&name) {
        let rest = skip_options(args, &["-e", "-p", "--rewrite"]);
        return of_words(context, rest, span, shell, By::Init(name.to_owned()), depth + 1);
    }
    if REPLACERS.contains(&name) {
        let rest: Vec<String> = args
            .iter()
            .skip_while(|word| word.starts_with('-') || word.contains('=') || word.contains(':'))
            .cloned()
            .collect();
        // `gosu user program`.
        let skipped = usize::from(matches!(name, "gosu" | "su-exec" | "setuidgid" | "chpst" | "chroot"));
        let user_first = args.first().is_some_and(|word| word.contains(':'));
        let rest = if user_first { &rest[..] } else { rest.get(skipped..).unwrap_or_default() };
        return of_words(context, rest, span, shell, by, depth + 1);
    }
    if matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh") {
        let kind = if name == "sh" { shell } else { ShellKind::of_program(name) };
        let option = args.iter().position(|word| word.starts_with('-') && word.contains('c'));
        if let Some(text) = option.and_then(|at| args.get(at + 1)) {
            let rest = option.map_or(&[][..], |at| args.get(at + 3..).unwrap_or_default());
            return of_shell_text(context, text, span, kind, rest, depth + 1);
        }
        let script = args.iter().position(|word| !word.starts_with('-'));
        return match script {
            Some(at) => of_script(context, &args[at], &args[at + 1..], span, depth + 1),
            None => Start::Unclear { span, why: "it starts an interactive shell".into() },
        };
    }
    if context.script(name).is_some() || program.ends_with(".sh") {
        return of_script(context, program, args, span, depth + 1);
    }
    // A program of the base image that is given one of this image: what it does with it is its own affair.
    let is_ours = |word: &String| context.image.copied.iter().any(|(there, _)| there == file_name(word));
    if !is_ours(program) && args.iter().any(|word| word.starts_with('/') && is_ours(word)) {
        return Start::Unclear {
            span,
            why: format!("what `{name}` does with the program it is given is not known"),
        };
    }
    if program.contains('$') {
        return Start::Unclear { span, why: format!("`{program}` is a variable that is not expanded here") };
    }
    Start::Program { program: name.to_owned(), path: program.clone(), args: args.to_vec(), span, by }
}

fn skip_options<'w>(words: &'w [String], with_value: &[&str]) -> &'w [String] {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return &words[at + 1..];
        }
        if !word.starts_with('-') {
            break;
        }
        at += 1 + usize::from(with_value.contains(&word.as_str()));
    }
    words.get(at..).unwrap_or_default()
}

fn of_shell_text(
    context: &Context<'_>,
    text: &str,
    span: Span,
    shell: ShellKind,
    rest: &[String],
    depth: usize,
) -> Start {
    let script = shell::parse(text);
    if !script.errors.is_empty() {
        return Start::Unclear { span, why: "its shell text could not be parsed".into() };
    }
    match &script.last {
        Last::Exec(words) => {
            let words = expand_rest(words, rest);
            of_words(context, &words, span, shell, By::Exec(span), depth + 1)
        }
        Last::Foreground(words) => {
            let is_single = script.commands.len() == 1;
            let replaces = match shell {
                ShellKind::Bash => Some(true),
                ShellKind::Ash => is_single.then_some(true),
                ShellKind::Dash => Some(false),
                ShellKind::Unknown => None,
            };
            let words = expand_rest(words, rest);
            let program = program_of(context, &words, span, shell, depth);
            match replaces {
                Some(true) => {
                    of_words(context, &words, span, shell, By::Exec(span), depth + 1)
                }
                Some(false) => {
                    let why = "the shell stays process 1 and hands no signal on".into();
                    Start::BehindShell { program, span, why, related: None }
                }
                None => Start::Unclear {
                    span,
                    why: "which shell the base image has, and so whether it hands over to the program, is not known".into(),
                },
            }
        }
        Last::Wait => Start::Unclear { span, why: "its shell handles signals itself".into() },
        Last::Other(why) => Start::Unclear { span, why: why.clone() },
    }
}

fn program_of(
    context: &Context<'_>,
    words: &[String],
    span: Span,
    shell: ShellKind,
    depth: usize,
) -> Option<String> {
    of_words(context, words, span, shell, By::Itself, depth + 1).program().map(str::to_owned)
}

/// `"$@"` stands for the words that follow.
fn expand_rest(words: &[String], rest: &[String]) -> Vec<String> {
    words
        .iter()
        .flat_map(|word| match word.as_str() {
            "$@" | "$*" | "${@}" => rest.to_vec(),
            _ => vec![word.clone()],
        })
        .collect()
}

fn of_script(context: &Context<'_>, path: &str, args: &[String], span: Span, depth: usize) -> Start {
    let name = file_name(path);
    let Some((file, script)) = context.script(name) else {
        return Start::Unclear { span, why: format!("the script `{name}` is not in the tree") };
    };
    if !script.errors.is_empty() {
        return Start::Unclear { span, why: format!("the script `{name}` could not be parsed") };
    }
    let script = &script.script;
    let last = script.commands.iter().rev().find(|command| !command.context.function);
    let last_range = last.map_or(Range::default(), |command| command.range);
    let place = Span::new(file, last_range);
    match &script.last {
        Last::Exec(words) => {
            let words = expand_rest(words, args);
            if words.is_empty() {
                return Start::Unclear { span, why: "it runs whatever command it is given".into() };
            }
            of_words(context, &words, span, ShellKind::Unknown, By::Exec(place), depth + 1)
        }
        Last::Foreground(_) if script.has_trap_term => {
            Start::Unclear { span, why: format!("the script `{name}` traps signals itself") }
        }
        // A script does not replace itself by its last command, whichever shell runs it.
        Last::Foreground(words) => {
            let words = expand_rest(words, args);
            let program = program_of(context, &words, span, ShellKind::Unknown, depth);
            Start::BehindShell {
                program,
                span: place,
                why: format!("the script `{name}` stays process 1 and hands no signal on"),
                related: Some((span, "the container starts the script here".into())),
            }
        }
        Last::Wait => Start::Unclear { span, why: format!("the script `{name}` handles signals itself") },
        Last::Other(why) => Start::Unclear { span, why: why.clone() },
    }
}

impl<'c> Context<'c> {
    /// What the scripts among the words of a command set.
    pub(crate) fn exports_of(&self, words: &[String]) -> exports::Exports {
        exports::of_words(words, &|name| self.script(name).map(|(_, facts)| &facts.script))
    }

    /// What a text for the shell sets, with the scripts that it starts.
    pub(crate) fn exports_of_text(&self, text: &str) -> exports::Exports {
        exports::Exports::of_text(text, &|name| self.script(name).map(|(_, facts)| &facts.script))
    }

    /// The script of the tree that the image has under a name.
    pub(crate) fn script(
        &self,
        name: &str,
    ) -> Option<(crate::span::FileId, &'c crate::facts::script::ScriptFacts)> {
        let origin = self.image.origin_of(name).to_owned();
        let mut found: Vec<(crate::span::FileId, &crate::facts::script::ScriptFacts)> = self
            .sources
            .iter()
            .filter(|(_, file)| file_name(&file.path) == origin)
            .filter_map(|(id, _)| match self.facts.get(id) {
                FileFacts::Script(script) => Some((id, &**script)),
                _ => None,
            })
            .collect();
        // Of several scripts of a name, the one nearest to the Dockerfile.
        found.sort_by_key(|(id, _)| {
            let path = self.sources.path(*id);
            (!path.starts_with(&self.image.folder), path.len())
        });
        found.first().copied()
    }
}

/// The words of a manifest's command, as texts.
pub(crate) fn texts(words: &[At<String>]) -> Vec<String> {
    words.iter().map(|word| word.value.clone()).collect()
}
