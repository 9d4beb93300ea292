//! The checks, by pillar. Each list is the register: what is not in it is not checked, and a test compares it with the
//! pages in `rules/`.

mod asked;
mod deployment;
mod failure;
mod load;
mod observability;
mod operability;
mod security;
mod structure;

use std::sync::LazyLock;

use crate::rule::file::{self, Page};
use crate::rule::{Check, Rule};

/// Every rule, by id.
pub(crate) fn all() -> &'static [Rule] {
    static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let lists = [
            failure::RULES,
            observability::RULES,
            deployment::RULES,
            load::RULES,
            security::RULES,
            operability::RULES,
            structure::RULES,
        ];
        let mut rules: Vec<Rule> = lists
            .into_iter()
            .flatten()
            .map(|(id, checks)| Rule {
                page: page(id)
                    .unwrap_or_else(|| panic!("a test compares checks and pages: `{id}` has no page")),
                checks,
            })
            .collect();
        rules.sort_by(|a, b| a.page.meta.id.cmp(&b.page.meta.id));
        rules
    });
    &ALL
}

/// The ids of all rules, in the order of the set.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> + Clone {
    all().iter().map(|rule| rule.page.meta.id.as_str())
}

/// The rule of an id.
pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    all().iter().find(|rule| rule.page.meta.id == id)
}

/// The page of an id.
fn page(id: &str) -> Option<&'static Page> {
    pages().iter().find(|page| page.meta.id == id)
}

/// Every page in `rules/`.
pub(crate) fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
        let parsed = crate::embedded::RULES.iter().map(|(path, text)| {
            file::parse(text).unwrap_or_else(|error| panic!("a test parses every page; {path}: {error}"))
        });
        parsed.collect()
    });
    &PAGES
}

/// The id of a rule and its checks.
type Entry = (&'static str, &'static [Check]);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_page_parses() {
        for (path, text) in crate::embedded::RULES {
            if let Err(error) = file::parse(text) {
                panic!("{path}: {error}");
            }
        }
    }

    #[test]
    fn every_page_has_a_check_and_every_check_a_page() {
        let pages: BTreeSet<&str> = pages().iter().map(|page| page.meta.id.as_str()).collect();
        let checks: BTreeSet<&str> = all().iter().map(|rule| rule.page.meta.id.as_str()).collect();
        assert_eq!(pages, checks);
        assert_eq!(all().len(), checks.len(), "an id twice");
    }

    #[test]
    fn a_page_stands_where_its_id_and_pillar_say() {
        for (path, text) in crate::embedded::RULES {
            let page = file::parse(text).expect("parses");
            assert_eq!(*path, format!("{}/{}.md", page.meta.pillar.id(), page.meta.id));
        }
    }

    /// For one minor version what a new rule finds is read before it weighs. Those of the first version are there from the
    /// start.
    #[test]
    fn a_rule_is_a_preview_in_its_first_minor_version() {
        let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
        let current = minor(env!("CARGO_PKG_VERSION"));
        for page in pages() {
            let is_new = minor(&page.meta.since) == current && current.as_deref() != Some("0.1");
            assert_eq!(page.meta.is_preview(), is_new, "{}", page.meta.id);
        }
    }

    #[test]
    fn each_check_is_of_a_subject_that_its_page_names() {
        for rule in all() {
            let mut subjects: Vec<_> = rule.checks.iter().map(Check::subject).collect();
            subjects.sort_unstable();
            let mut named = rule.page.meta.subjects.clone();
            named.sort_unstable();
            assert_eq!(subjects, named, "{}", rule.page.meta.id);
        }
    }

    /// A misspelt capability would take its rule out of the score without a word.
    #[test]
    fn each_capability_is_one_of_the_scores() {
        for page in pages() {
            let meta = &page.meta;
            let capability = crate::score::CAPABILITIES.iter().find(|own| own.id == meta.capability);
            assert_eq!(capability.map(|own| own.pillar), Some(meta.pillar), "{}", meta.id);
        }
    }
}
