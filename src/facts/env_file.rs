//! Files of variables (`.env`): a name and a value in each line.
//!
//! The common ground of Docker's `--env-file`, of Compose's `env_file` and of the dotenv crates: comments, `export` in
//! front, quotes around a value.

use crate::span::{At, Range};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EnvFileFacts {
    /// Without a value, the variable is taken from whoever reads the file.
    pub(crate) variables: Vec<(At<String>, Option<String>)>,
}

pub(crate) fn extract(text: &str) -> EnvFileFacts {
    let mut facts = EnvFileFacts::default();
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let at = start;
        start += whole.len();
        let line = whole.trim_start();
        let indent = whole.len() - line.len();
        let (line, skipped) = match line.strip_prefix("export ") {
            Some(rest) => (rest.trim_start(), line.len() - rest.trim_start().len()),
            None => (line, 0),
        };
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(plain(value.trim()))),
            None => (line.trim_end(), None),
        };
        if is_name(name) {
            let from = at + indent + skipped;
            facts.variables.push((At::new(name.to_owned(), Range::new(from, from + name.len())), value));
        }
    }
    facts
}

/// Without quotes, or without the comment behind it.
fn plain(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.to_owned();
        }
    }
    value.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_read() {
        let text = "# A=1\nB=2 # two\n export C = \"x # y\" \nD='z'\nE\n\nF=\n1G=no\n";
        let facts = extract(text);
        let found: Vec<_> =
            facts.variables.iter().map(|(name, value)| (name.value.as_str(), value.as_deref())).collect();
        let all = [("B", Some("2")), ("C", Some("x # y")), ("D", Some("z")), ("E", None), ("F", Some(""))];
        assert_eq!(found, all);
        assert!(facts.variables.iter().all(|(name, _)| text[name.range.as_usize()] == name.value));
    }
}
