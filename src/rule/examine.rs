//! What rules say of a tree in memory, for the tests that compare Forge with other tools.

use crate::facts::Facts;
use crate::finding::Verdict;
use crate::model::Project;
use crate::policy::Policy;
use crate::rule::Cx;
use crate::source::{Place, Sources};
use crate::span::{LineIndex, Span};
use crate::{engine, rules};

/// What is known of a tree once some rules have looked at it.
#[derive(Debug, Default)]
pub struct Examined {
    /// In the order of the rules that were asked for.
    pub verdicts: Vec<Examination>,
    /// What could not be read, with its line where it has one.
    pub notes: Vec<(Option<usize>, String)>,
}

/// The verdict of one rule on one subject.
#[derive(Debug)]
pub struct Examination {
    /// The id of the rule.
    pub rule: String,
    /// `kind id` of the subject.
    pub subject: String,
    /// `pass`, `fail`, `not_applicable` or `unknown`.
    pub verdict: &'static str,
    /// The lines of the findings, with their messages.
    pub findings: Vec<(usize, String)>,
    /// Why there is no answer, where there is none.
    pub reason: String,
}

/// Audits a tree with the rules of these ids.
///
/// # Panics
/// When there is no rule of an id.
pub fn examine(sources: &Sources, ids: &[&str]) -> Examined {
    let facts = Facts::extract(sources);
    let project = Project::link(sources, &facts);
    let policy = Policy::default();
    let cx = Cx { project: &project, waivers: &policy.waivers, today: policy.today };
    let line = |span: Span| {
        let text = sources.text(span.file);
        LineIndex::new(text).position(text, span.range.start).line
    };
    let notes = facts.notes(sources).into_iter().chain(project.notes.iter().cloned());
    let notes = notes.map(|note| match note.place {
        Place::Span(span) => (Some(line(span)), note.message),
        Place::Tree | Place::Path(_) => (None, note.message),
    });
    let verdicts = ids.iter().flat_map(|id| {
        let rule = rules::find(id).unwrap_or_else(|| panic!("there is no rule `{id}`"));
        engine::verdicts(&cx, rule).into_iter().map(|(subject, verdict)| Examination {
            rule: (*id).to_owned(),
            subject: format!("{} {}", subject.kind.id(), subject.id),
            verdict: verdict.id(),
            findings: match &verdict {
                Verdict::Fail(problems) => {
                    problems.iter().map(|problem| (line(problem.span), problem.message.clone())).collect()
                }
                _ => Vec::new(),
            },
            reason: match verdict {
                Verdict::NotApplicable(why) | Verdict::Unknown(why, _) => why,
                Verdict::Pass(_) | Verdict::Fail(_) => String::new(),
            },
        })
    });
    Examined { verdicts: verdicts.collect(), notes: notes.collect() }
}
