//! Findings as people read them: by service, alike ones together, and a defect that two rules see only once.
//!
//! Nothing is written here.

use crate::finding::Finding;
use crate::report::Report;
use crate::report::choice::Choice;
use crate::rule::{Meta, Severity, SubjectKind};

/// The findings of a service, or of what belongs to none or to several.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// A service's id; `None` is the repository.
    pub(super) service: Option<&'a str>,
    /// By severity, the worst first, then place.
    pub(super) entries: Vec<Entry<'a>>,
}

/// What is said once: a finding, or many of one rule that differ only in names and numbers.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) rule: &'static Meta,
    pub(super) severity: Severity,
    /// By place, never empty.
    pub(super) findings: Vec<&'a Finding>,
    /// The same defect, as other rules see it.
    pub(super) also: Vec<&'a Finding>,
}

/// What mending every finding of a rule brings.
#[derive(Debug)]
pub(super) struct Fix {
    pub(super) rule: &'static Meta,
    /// Points of 100 of the repository's score.
    pub(super) points: f64,
    pub(super) places: usize,
}

/// The findings by service, in the order of the report, and then the repository's.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let services = report.services.iter().map(|service| Some(service.id.as_str()));
    let mut groups: Vec<Group<'_>> =
        services.chain([None]).map(|service| Group { service, entries: Vec::new() }).collect();
    let choice = Choice::of(report);
    let (subsumed, own): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
        .partition(|finding| finding.problem.subsumed_by.is_some());
    for finding in own {
        group_of(&mut groups, finding).add(finding);
    }
    for finding in subsumed {
        match host(&mut groups, finding) {
            Some(entry) => entry.also.push(finding),
            // It is waived with the finding that it repeats.
            None if choice.is_echo(finding) => {}
            // The rule that is said to see it did not: then it is a finding of its own.
            None => group_of(&mut groups, finding).add(finding),
        }
    }
    for group in &mut groups {
        for entry in &mut group.entries {
            entry.findings.sort_by_key(|finding| finding.problem.span);
        }
        group.entries.sort_by_key(|entry| {
            (std::cmp::Reverse(entry.severity), entry.findings[0].problem.span, entry.rule.id.as_str())
        });
    }
    groups.retain(|group| !group.entries.is_empty());
    groups
}

/// The rules whose findings cost most, the dearest first.
pub(super) fn fixes(report: &Report) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    let counts = |finding: &&Finding| finding.problem.subsumed_by.is_none() && finding.suppressed.is_none();
    for finding in report.findings.iter().filter(counts) {
        match fixes.iter_mut().find(|fix| fix.rule.id == finding.rule.id) {
            Some(fix) => {
                fix.points += finding.points;
                fix.places += 1;
            }
            None => fixes.push(Fix { rule: finding.rule, points: finding.points, places: 1 }),
        }
    }
    fixes.retain(|fix| fix.points >= 0.05);
    fixes.sort_by(|a, b| b.points.total_cmp(&a.points).then_with(|| a.rule.id.cmp(&b.rule.id)));
    fixes
}

/// The service whose heading a subject stands under; what belongs to no service, or to several, is the
/// repository's.
pub(super) fn service_of<'a>(kind: SubjectKind, id: &'a str, services: &'a [String]) -> Option<&'a str> {
    match (kind, services) {
        (SubjectKind::Service, _) => Some(id),
        (SubjectKind::Image | SubjectKind::Workload, [service]) => Some(service),
        _ => None,
    }
}

impl<'a> Group<'a> {
    fn add(&mut self, finding: &'a Finding) {
        let message = pattern(&finding.problem.message);
        let alike = self.entries.iter_mut().find(|entry| {
            entry.rule.id == finding.rule.id
                && entry.severity == finding.severity
                && pattern(&entry.findings[0].problem.message) == message
        });
        match alike {
            Some(entry) => entry.findings.push(finding),
            None => self.entries.push(Entry {
                rule: finding.rule,
                severity: finding.severity,
                findings: vec![finding],
                also: Vec::new(),
            }),
        }
    }
}

fn group_of<'g, 'a>(groups: &'g mut [Group<'a>], finding: &Finding) -> &'g mut Group<'a> {
    let service = service_of(finding.subject.kind, &finding.subject.id, &finding.services);
    let last = groups.len() - 1;
    let at = groups.iter().position(|group| group.service == service).unwrap_or(last);
    &mut groups[at]
}

/// The entry of the rule that sees the same defect: in the same file if there is one, else of a service that
/// both concern.
fn host<'g, 'a>(groups: &'g mut [Group<'a>], finding: &Finding) -> Option<&'g mut Entry<'a>> {
    let rule = finding.problem.subsumed_by?;
    let file = finding.problem.span.file;
    let in_file = |entry: &Entry<'_>| entry.findings.iter().any(|other| other.problem.span.file == file);
    let concerned = |entry: &Entry<'_>| {
        entry.findings.iter().any(|other| {
            other.subject == finding.subject
                || other.services.iter().any(|service| finding.services.contains(service))
        })
    };
    let mut entries: Vec<&mut Entry<'a>> = groups
        .iter_mut()
        .flat_map(|group| &mut group.entries)
        .filter(|entry| entry.rule.id == rule && (in_file(entry) || concerned(entry)))
        .collect();
    entries.sort_by_key(|entry| !in_file(entry));
    entries.into_iter().next()
}

/// A message without its names and numbers.
fn pattern(message: &str) -> String {
    let mut pattern = String::with_capacity(message.len());
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 1 {
            pattern.push('`');
            continue;
        }
        for character in part.chars() {
            match character {
                '0'..='9' if pattern.ends_with('#') => {}
                '0'..='9' => pattern.push('#'),
                _ => pattern.push(character),
            }
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_alike_but_for_names_and_numbers() {
        for (left, right, alike) in [
            ("`a` is not pinned", "`b/c@v1` is not pinned", true),
            ("2 of 30 are loose", "12 of 3 are loose", true),
            ("`a` is not pinned", "`a` has no tag", false),
            ("an open ` quote", "an open ` end", true),
            ("plain", "plain", true),
        ] {
            assert_eq!(pattern(left) == pattern(right), alike, "{left} / {right}");
        }
    }
}
