//! Which package ecosystems an update bot watches.

use crate::source::file_name;
use crate::span::{At, Range};
use crate::syntax::yaml;

/// The facts of a Dependabot or Renovate configuration.
#[derive(Debug, Default)]
pub(crate) struct UpdatesFacts {
    /// `cargo`, `docker`, …; Renovate watches whatever it finds, which is the ecosystem `*`.
    pub(crate) ecosystems: Vec<At<String>>,
    pub(crate) errors: Vec<At<String>>,
}

/// Takes the watched ecosystems.
pub(crate) fn extract(path: &str, text: &str) -> UpdatesFacts {
    if !file_name(path).starts_with("dependabot") {
        // Renovate detects the managers of a repository by itself (<https://docs.renovatebot.com/modules/manager/>).
        let first_line = Range::new(0, text.find('\n').unwrap_or(text.len()));
        // Renovate's own reader takes comments and trailing commas; what has no braces at all is no configuration.
        let whole = text.trim();
        return if whole.starts_with(['{', '/']) && whole.ends_with(['}', '/']) {
            UpdatesFacts { ecosystems: vec![At::new("*".into(), first_line)], errors: Vec::new() }
        } else {
            let error = At::new("is no JSON object".to_owned(), first_line);
            UpdatesFacts { ecosystems: Vec::new(), errors: vec![error] }
        };
    }
    let tree = yaml::parse(text);
    let updates = tree.roots().find_map(|root| root.get("updates"));
    let ecosystems: Vec<At<String>> = updates
        .into_iter()
        .flat_map(yaml::Ref::items)
        .filter_map(|update| update.get("package-ecosystem")?.at_str())
        .collect();
    UpdatesFacts { ecosystems, errors: tree.into_errors() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecosystems_are_listed() {
        let text = "version: 2\nupdates:\n  - package-ecosystem: cargo\n    directory: /\n  - package-ecosystem: \"docker\"\n";
        let names: Vec<String> =
            extract(".github/dependabot.yml", text).ecosystems.into_iter().map(|name| name.value).collect();
        assert_eq!(names, ["cargo", "docker"]);
        assert_eq!(extract("renovate.json", "{}").ecosystems[0].value, "*");
        assert!(extract(".github/dependabot.yml", "updates: 3").ecosystems.is_empty());
    }
}
