//! What the commands of an image's build fetch and run, and what they check before.

use crate::facts::dockerfile::DockerfileFacts;
use crate::source::file_name;
use crate::span::{FileId, Span};
use crate::syntax::shell::{self, SimpleCommand};

/// What is fetched.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    /// What a shell is given as it comes.
    pub(crate) unseen: Vec<Unseen>,
    /// Commands that compare what was fetched with what it should be.
    pub(crate) checked: Vec<Span>,
}

/// A program of somebody else's that is run without having been looked at.
#[derive(Debug)]
pub(crate) struct Unseen {
    pub(crate) span: Span,
    pub(crate) address: String,
    pub(crate) shell: String,
    /// Whether the final stage keeps what it leaves.
    pub(crate) is_shipped: bool,
}

/// How rustup is installed (<https://www.rust-lang.org/tools/install>); it checks what it fetches itself.
const RUSTUP: &[&str] = &["sh.rustup.rs", "static.rust-lang.org"];

const CHECKS: &[&str] =
    &["sha256sum", "sha512sum", "sha384sum", "shasum", "b2sum", "gpgv", "cosign", "minisign"];

impl Fetched {
    pub(super) fn of(file: FileId, dockerfile: &DockerfileFacts, stage: usize, needed: &[usize]) -> Self {
        let chain = dockerfile.chain(stage);
        let mut found = Self::default();
        for at in needed {
            for run in &dockerfile.stages[*at].runs {
                let span = Span::new(file, run.range);
                let commands = shell::parse(&run.expanded).commands;
                let is_shipped = chain.contains(at);
                found.unseen.extend(unseen(&commands).into_iter().map(|(address, shell)| Unseen {
                    span,
                    address,
                    shell,
                    is_shipped,
                }));
                let fetches = commands.iter().any(is_fetch);
                let checks = commands.iter().any(is_check);
                found.checked.extend((fetches && checks).then_some(span));
            }
        }
        found
    }
}

/// The addresses whose text a shell runs as it comes, with that shell.
fn unseen(commands: &[SimpleCommand]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, command) in commands.iter().enumerate() {
        if let Some((address, shell)) = of_substitution(command) {
            found.push((address, shell));
        }
        if !is_fetch(command) || !command.context.feeds {
            continue;
        }
        let Some(address) = command.words.iter().find(|word| word.contains("://")) else { continue };
        // The other commands of the same pipe: all but the last feed another.
        let rest = &commands[at + 1..];
        let last = rest.iter().position(|other| !other.context.feeds).map_or(rest.len(), |last| last + 1);
        let shell = rest[..last].iter().filter(|other| other.context.piped).find_map(reads_program);
        found.extend(shell.map(|shell| (address.clone(), shell)));
    }
    found.retain(|(address, _)| !RUSTUP.iter().any(|known| address.contains(known)));
    found
}

fn is_fetch(command: &SimpleCommand) -> bool {
    command.words.first().is_some_and(|word| matches!(file_name(word), "curl" | "wget"))
}

fn is_check(command: &SimpleCommand) -> bool {
    let has = |flag: &str| command.words.iter().any(|word| word == flag);
    command.words.first().is_some_and(|word| match word.as_str() {
        "gpg" => has("--verify"),
        program => CHECKS.contains(&program),
    })
}

/// The shell or interpreter that runs what it reads: `sh`, `bash -s -- --yes`, `python3 -`.
fn reads_program(command: &SimpleCommand) -> Option<String> {
    let words = command.words.iter().map(String::as_str);
    let mut words = words.skip_while(|word| matches!(*word, "sudo" | "env" | "-E") || word.contains('='));
    let program = file_name(words.next()?);
    let first = words.next();
    let is_run = match program {
        "sh" | "bash" | "dash" | "ash" | "zsh" => {
            first.is_none_or(|it| it.starts_with('-') && !it.contains('c'))
        }
        "python" | "python3" | "perl" | "ruby" | "node" => first.is_none_or(|it| it == "-"),
        _ => false,
    };
    is_run.then(|| program.to_owned())
}

/// `sh -c "$(curl https://…)"`.
fn of_substitution(command: &SimpleCommand) -> Option<(String, String)> {
    let [program, flag, text, ..] = &command.words[..] else { return None };
    let shell = file_name(program);
    let is_shell = matches!(shell, "sh" | "bash" | "dash" | "ash" | "zsh")
        && flag.starts_with('-')
        && flag.ends_with('c');
    let fetch = text.strip_prefix("$(").filter(|it| it.starts_with("curl ") || it.starts_with("wget "))?;
    let address = fetch.split_whitespace().find(|word| word.contains("://"))?;
    let address = address.trim_matches(['"', '\'', ')']);
    is_shell.then(|| (address.to_owned(), shell.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_come_through_a_pipe_are_found() {
        for (script, expected) in [
            ("curl -fsSL https://a.example/i.sh | sh", "https://a.example/i.sh sh"),
            ("wget -qO- https://a.example/i.sh | sudo -E bash -s -- --yes", "https://a.example/i.sh bash"),
            ("set -e; curl https://a.example/i | tee log | bash - && ls", "https://a.example/i bash"),
            (
                "curl -sSL https://a.example/i.py | python3 - && poetry install",
                "https://a.example/i.py python3",
            ),
            ("sh -c \"$(curl -fsSL https://a.example/i.sh)\"", "https://a.example/i.sh sh"),
            ("curl https://sh.rustup.rs -sSf | sh -s -- -y", ""),
            ("curl https://a.example/x.json | python3 -c 'import json'", ""),
            ("curl https://a.example/x.tgz | tar xz", ""),
            ("curl https://a.example/x.gpg | gpg --dearmor; echo y | sh", ""),
            ("curl https://a.example/x.sh | sh -c 'cat > x'", ""),
            ("curl -o x https://a.example/x && sh x", ""),
        ] {
            let found = unseen(&shell::parse(script).commands);
            let found: Vec<String> =
                found.iter().map(|(address, shell)| format!("{address} {shell}")).collect();
            assert_eq!(found.join(", "), expected, "{script}");
        }
    }
}
