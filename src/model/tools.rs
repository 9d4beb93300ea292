//! Which programs a health check or a hook runs, and whether the image has them.

use super::Project;
use super::image::content::{Content, Holds};
use super::link;
use super::own;
use super::workload::Deployed;
use crate::knowledge::bases;
use crate::source::file_name;
use crate::span::Span;
use crate::syntax::image_ref::ImageRef;
use crate::syntax::shell;

/// A command that is run in a container beside its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) span: Span,
    /// What it is, such as `readiness probe`.
    pub(crate) what: &'static str,
    pub(crate) run: Runs,
}

/// How a command is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    Words(Vec<String>),
    /// A text for `/bin/sh`.
    Text(String),
}

/// A program that a command needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) holds: Holds,
}

/// What the shell does by itself.
const BUILTINS: &[&str] = &[
    ":", "[", "break", "cd", "command", "continue", "echo", "eval", "exec", "exit", "export", "false",
    "hash", "kill", "printf", "pwd", "read", "return", "set", "shift", "test", "trap", "true", "type",
    "ulimit", "umask", "unset", "wait",
];

pub(super) const SHELLS: &[&str] = &["sh", "bash", "ash", "dash"];

/// Folders in which programs are found by their names alone.
const PATH: &[&str] = &["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];

impl Runs {
    /// The text that a shell is given: all of it, or what stands behind `sh -c`.
    pub(crate) fn script(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Words(words) => {
                let (program, args) = words.split_first()?;
                let option = args.iter().position(|word| word.starts_with('-') && word.contains('c'))?;
                args.get(option + 1).filter(|_| SHELLS.contains(&file_name(program))).map(String::as_str)
            }
        }
    }

    /// The programs that it needs in any case, and those that it runs when one of them fails.
    fn programs(&self) -> (Vec<String>, Vec<String>) {
        match self {
            Self::Text(text) => {
                let (needed, other) = of_text(text);
                (std::iter::once("sh".to_owned()).chain(needed).collect(), other)
            }
            Self::Words(words) => {
                let Some(program) = words.first() else { return Default::default() };
                let (needed, other) = self.script().map(of_text).unwrap_or_default();
                (std::iter::once(program.clone()).chain(needed).collect(), other)
            }
        }
    }

    /// Whether an image has the programs that it needs, of those of which that can be told.
    pub(crate) fn tools(&self, content: &Content) -> Vec<Tool> {
        let (needed, other) = self.programs();
        let known = |names: Vec<String>| names.into_iter().filter_map(|name| asked_for(&name));
        let has_other = known(other).next().is_some();
        let mut found: Vec<Tool> = Vec::new();
        for name in known(needed) {
            let holds = match content.program(&name) {
                Holds::Lacks(..) if has_other && !SHELLS.contains(&name.as_str()) => {
                    Holds::Unknown(format!("without `{name}` another program is tried"))
                }
                holds => holds,
            };
            if !found.iter().any(|tool| tool.name == name) {
                found.push(Tool { name, holds });
            }
        }
        found
    }
}

/// The name of a program of which it is known which images have it.
fn asked_for(program: &str) -> Option<String> {
    let name = file_name(program);
    let is_found = !program.contains('/') || PATH.iter().any(|folder| program == format!("{folder}{name}"));
    (is_found && bases::is_asked_for(name)).then(|| name.to_owned())
}

fn of_text(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut needed, mut other) = (Vec::new(), Vec::new());
    for command in shell::parse(text).commands {
        let mut words = command.words.iter().skip_while(|word| matches!(word.as_str(), "exec" | "!" | "env"));
        let Some(program) = words.next().filter(|program| !BUILTINS.contains(&program.as_str())) else {
            continue;
        };
        if command.context.conditional || command.context.function {
            other.push(program.clone());
        } else {
            needed.push(program.clone());
        }
    }
    (needed, other)
}

impl Project<'_> {
    /// What is in the image of a container: one that is built here, or one that is known. `Err` says why that is not.
    pub(crate) fn content_of<T>(
        &self,
        container: &Deployed,
        ask: impl Fn(&Content) -> T,
    ) -> Result<T, String> {
        if let Some(build) = &container.build {
            let built = own::built(&self.images, build);
            return built
                .map(|id| ask(&self.image(id).content))
                .ok_or_else(|| "the Dockerfile of its image is not in the tree".into());
        }
        let written = container.image.as_ref().ok_or("it names no image")?;
        let image = written.value.as_ref().ok().and_then(|text| ImageRef::parse(text));
        let image = image.ok_or("what its image is called is not written here")?;
        if let Some(id) = self.own_images.find(&image) {
            return Ok(ask(&self.image(id).content));
        }
        // One that is pushed under the name of a service, of which there is one Dockerfile.
        let mut named = self.services.iter().filter(|service| link::goes_by(service, image.name()));
        if let (Some(service), None) = (named.next(), named.next())
            && let [only] = service.images.as_slice()
        {
            return Ok(ask(&self.image(*only).content));
        }
        let place = container.home.at(written);
        Ok(ask(&Content::of_image(&image, place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_of_a_command() {
        let words = |text: &str| Runs::Words(text.split('|').map(str::to_owned).collect());
        for (run, needed, other) in [
            (Runs::Text("curl -f http://localhost/ || exit 1".into()), "sh curl", ""),
            (Runs::Text("wget -qO- http://localhost | grep ok".into()), "sh wget grep", ""),
            (Runs::Text("curl -f x || wget -q x".into()), "sh curl", "wget"),
            (Runs::Text("if [ -f /tmp/x ]; then curl x; fi".into()), "sh", "curl"),
            (Runs::Text("test -f /tmp/ready".into()), "sh", ""),
            (words("curl|-f|http://localhost"), "curl", ""),
            (words("/bin/sh|-c|sleep 10"), "/bin/sh sleep", ""),
            (words("bash|-ec|pgrep app && true"), "bash pgrep", ""),
            (words("/app/health"), "/app/health", ""),
        ] {
            let (found, alternative) = run.programs();
            assert_eq!(found.join(" "), needed, "{run:?}");
            assert_eq!(alternative.join(" "), other, "{run:?}");
        }
        assert_eq!(asked_for("/bin/sh").as_deref(), Some("sh"));
        assert_eq!(asked_for("/app/sh"), None);
        assert_eq!(asked_for("health"), None);
    }
}
