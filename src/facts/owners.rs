//! Who a CODEOWNERS file names.

use crate::span::{At, Range};

/// The facts of a CODEOWNERS file.
#[derive(Debug, Default)]
pub(crate) struct OwnersFacts {
    /// Lines with a pattern and at least one owner.
    pub(crate) owned: Vec<At<String>>,
}

/// Takes the owned patterns of a CODEOWNERS file
/// (<https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>).
pub(crate) fn extract(text: &str) -> OwnersFacts {
    let mut owned = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default();
        let mut words = content.split_whitespace();
        // GitLab's sections stand in brackets and may carry owners of their own.
        let pattern = words.next().filter(|word| !word.starts_with(['[', '^']));
        if let Some(pattern) = pattern
            && words.any(|word| word.contains('@'))
        {
            let at = start + line.find(pattern).unwrap_or(0);
            owned.push(At::new(pattern.to_owned(), Range::new(at, start + content.trim_end().len())));
        }
        start += line.len();
    }
    OwnersFacts { owned }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patterns_with_an_owner_count() {
        let facts = extract("# nobody @a\n* @org/team # all\n/docs\n[Section] @b\nsrc/ me@example.org\n");
        let patterns: Vec<&str> = facts.owned.iter().map(|owned| owned.value.as_str()).collect();
        assert_eq!(patterns, ["*", "src/"]);
        assert_eq!(facts.owned[0].range, Range::new(12, 23));
    }
}
