//! Which finding of the head is which finding of the base.
//!
//! Findings are matched as a multiset: of three equal ones on the base and four on the head, one is new. Each pass
//! matches what the stricter ones before it left over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::before::FindingBefore;
use super::services::Pairs;
use super::{Before, Fixed};
use crate::finding::{Finding, Subject};
use crate::fingerprint;
use crate::report::Report;
use crate::rule::SubjectKind;
use crate::source::Sources;

/// What became of the findings.
pub(super) struct Matched {
    /// For each finding of the head, its index on the base.
    pub(super) old: Vec<Option<usize>>,
    /// What is gone, the worst first.
    pub(super) fixed: Vec<Fixed>,
}

pub(super) fn match_findings(before: &Before, report: &Report, sources: &Sources, pairs: &Pairs) -> Matched {
    let subjects = Subjects::of(before, report, pairs);
    let mut matching = Matching {
        olds: &before.findings,
        news: &report.findings,
        is_gone: vec![true; before.findings.len()],
        old: vec![None; report.findings.len()],
    };
    let text = |new: &Finding| fingerprint::of_text(sources, &new.rule.id, new.problem.span);
    matching.pass(|old| Some(old.fingerprint.clone()), |new| Some(new.fingerprint.clone()));
    // The subject has moved: `crates/api:api` is now `services/api:api`.
    matching.pass(
        |old| Some((old.text.clone(), subjects.now(&old.subject)?)),
        |new| Some((text(new), new.subject.clone())),
    );
    // An image, a workload or a pipeline has moved: it is gone where it was, and is where nothing was.
    matching.pass(
        |old| subjects.left(&old.subject).map(|part| (old.text.clone(), old.subject.kind, part)),
        |new| subjects.came(&new.subject).map(|part| (text(new), new.subject.kind, part)),
    );
    // The rule is about the subject as a whole, so that another text of the line is no other finding.
    matching.pass(
        |old| Some((old.rule.clone(), subjects.now(&old.subject).unwrap_or_else(|| old.subject.clone()))),
        |new| (!new.rule.counted).then(|| (new.rule.id.clone(), new.subject.clone())),
    );
    let gone = before.findings.iter().zip(&matching.is_gone).filter(|(old, gone)| **gone && !old.is_subsumed);
    let mut gone: Vec<&FindingBefore> = gone.map(|(old, _)| old).collect();
    gone.sort_by(|a, b| {
        let place = |old: &FindingBefore| (old.path.clone(), old.line, old.rule.clone());
        b.points.total_cmp(&a.points).then(b.severity.cmp(&a.severity)).then_with(|| place(a).cmp(&place(b)))
    });
    let fixed = gone.into_iter().map(|old| Fixed {
        rule: old.rule.clone(),
        message: old.message.clone(),
        path: old.path.clone(),
        line: old.line,
        points: old.points,
    });
    Matched { fixed: fixed.collect(), old: matching.old }
}

struct Matching<'f> {
    olds: &'f [FindingBefore],
    news: &'f [Finding],
    is_gone: Vec<bool>,
    old: Vec<Option<usize>>,
}

impl Matching<'_> {
    /// Matches what has equal keys, in order. What has become worse is no match: it is new as it is now.
    fn pass<K: Ord>(
        &mut self,
        old_key: impl Fn(&FindingBefore) -> Option<K>,
        new_key: impl Fn(&Finding) -> Option<K>,
    ) {
        let mut known: BTreeMap<K, VecDeque<usize>> = BTreeMap::new();
        for (at, old) in self.olds.iter().enumerate().filter(|(at, _)| self.is_gone[*at]) {
            if let Some(key) = old_key(old) {
                known.entry(key).or_default().push_back(at);
            }
        }
        for (at, new) in self.news.iter().enumerate() {
            if self.old[at].is_some() || known.is_empty() {
                continue;
            }
            let Some(left) = new_key(new).and_then(|key| known.get_mut(&key)) else { continue };
            let Some(like) = left.iter().position(|old| self.olds[*old].severity >= new.severity) else {
                continue;
            };
            if let Some(old) = left.remove(like) {
                self.old[at] = Some(old);
                self.is_gone[old] = false;
            }
        }
    }
}

/// Where the subjects of the base are on the head.
struct Subjects {
    /// Services that have another id now, by the one that they had.
    moved: BTreeMap<String, String>,
    before: BTreeSet<Subject>,
    after: BTreeSet<Subject>,
}

impl Subjects {
    fn of(before: &Before, report: &Report, pairs: &Pairs) -> Self {
        let moved = pairs.iter().map(|(old, new)| (&before.services[*old].id, &report.services[*new].id));
        Self {
            moved: moved.map(|(old, new)| (old.clone(), new.clone())).collect(),
            before: before.subjects.clone(),
            after: report.checks.iter().map(|judged| judged.subject.clone()).collect(),
        }
    }

    /// What a service of the base is called on the head, if it is still there.
    fn now(&self, subject: &Subject) -> Option<Subject> {
        let id = match subject.kind {
            SubjectKind::Service => self.moved.get(&subject.id)?.clone(),
            _ => return None,
        };
        Some(Subject { kind: subject.kind, id })
    }

    /// The name of what is gone from where it was, without the file that it stood in.
    fn left(&self, subject: &Subject) -> Option<String> {
        (!self.after.contains(subject)).then(|| within_file(subject)).flatten()
    }

    /// The name of what is where nothing was.
    fn came(&self, subject: &Subject) -> Option<String> {
        (!self.before.contains(subject)).then(|| within_file(subject)).flatten()
    }
}

/// `Deployment/api` of the workload `deploy/api.yaml#Deployment/api`, nothing of the image `docker/Dockerfile`.
fn within_file(subject: &Subject) -> Option<String> {
    match subject.kind {
        SubjectKind::Image | SubjectKind::Workload | SubjectKind::Pipeline => {
            Some(subject.id.split_once('#').map_or("", |(_, part)| part).to_owned())
        }
        SubjectKind::Service | SubjectKind::Repository => None,
    }
}
