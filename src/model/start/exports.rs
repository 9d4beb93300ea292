//! The variables that scripts set before they start the program of a container.

use std::collections::BTreeSet;

use crate::source::file_name;
use crate::syntax::shell::{self, Script};

/// What scripts set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exports {
    pub(crate) names: BTreeSet<String>,
    /// Why they may set others as well.
    pub(crate) open: Option<String>,
}

/// Programs that start the one that they are given with variables that they read elsewhere.
const WRAPPERS: &[&str] = &[
    "aws-vault",
    "berglas",
    "chamber",
    "direnv",
    "doppler",
    "dotenv",
    "dotenvx",
    "envconsul",
    "envdir",
    "infisical",
    "op",
    "secrethub",
    "sops",
    "summon",
    "teller",
    "vals",
    "vault",
    "vault-env",
    "with-contenv",
];

/// What the words of a command set: those of the shell's texts and of the scripts among them, which `script` finds.
pub(crate) fn of_words<'s>(words: &[String], script: &dyn Fn(&str) -> Option<&'s Script>) -> Exports {
    let mut found = Exports::default();
    let mut after_shell = false;
    for word in words {
        let name = file_name(word);
        if let Some(script) = script(name) {
            found.add(script, name);
        } else if after_shell && word.contains([' ', '\n']) {
            found.add(&shell::parse(word), "its command");
        } else if is_script(name) && !word.contains(' ') {
            found.open.get_or_insert_with(|| format!("the script `{name}` is not in the tree"));
        } else if WRAPPERS.contains(&name) {
            found.open.get_or_insert_with(|| format!("`{name}` may set it"));
        } else if let Some((name, _)) = word.split_once('=').filter(|(name, _)| is_name(name)) {
            // `env NAME=value program`.
            found.names.insert(name.to_owned());
        }
        after_shell |= matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh");
    }
    found
}

fn is_script(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "sh" | "bash" | "py" | "pl"))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Exports {
    /// A text for the shell.
    pub(crate) fn of_text<'s>(text: &str, script: &dyn Fn(&str) -> Option<&'s Script>) -> Self {
        let mut found = Self::default();
        let parsed = shell::parse(text);
        found.add(&parsed, "its command");
        for command in &parsed.commands {
            found.join(of_words(&command.words, script));
        }
        found
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.names.extend(other.names);
        self.open = self.open.take().or(other.open);
    }

    fn add(&mut self, script: &Script, name: &str) {
        if !script.errors.is_empty() {
            self.open.get_or_insert_with(|| format!("`{name}` could not be parsed"));
        }
        for command in &script.commands {
            self.names.extend(command.assignments.iter().map(|(name, _)| name.clone()));
            let Some((first, rest)) = command.words.split_first() else { continue };
            let first = file_name(first);
            let declares = matches!(first, "export" | "declare" | "readonly" | "typeset");
            let reads = matches!(first, "source" | "." | "eval")
                || WRAPPERS.contains(&first)
                || first == "set" && rest.iter().any(|word| word == "-a" || word == "allexport")
                || (declares || first == "env") && rest.iter().any(|word| word.starts_with(['$', '`']));
            if reads {
                self.open.get_or_insert_with(|| format!("`{name}` sets variables from elsewhere"));
            }
            if declares || matches!(first, "env" | "exec") {
                let set = rest.iter().filter(|word| declares || word.contains('='));
                let names = set.map(|word| word.split('=').next().unwrap_or_default());
                self.names.extend(names.filter(|name| is_name(name)).map(str::to_owned));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, bool) {
        let found = Exports::of_text(text, &|_| None);
        (found.names.into_iter().collect(), found.open.is_some())
    }

    #[test]
    fn what_a_script_sets_is_found() {
        assert_eq!(names("export A=1 B\nexec ./api"), (vec!["A".into(), "B".into()], false));
        assert_eq!(names("A=$(cat /run/a) ./api"), (vec!["A".into()], false));
        assert_eq!(names("exec env A=1 ./api"), (vec!["A".into()], false));
        for open in
            [". /vault/env && ./api", "set -a; ./api", "export $(cat .env); ./api", "doppler run -- ./api"]
        {
            assert!(names(open).1, "{open}");
        }
        let script = shell::parse("export SECRET=$(cat f)\nexec \"$@\"");
        let words = ["/entry.sh".to_owned(), "api".to_owned()];
        assert!(of_words(&words, &|name| (name == "entry.sh").then_some(&script)).names.contains("SECRET"));
        assert!(of_words(&words, &|_| None).open.is_some());
    }
}
