//! What is proven of each service: the rules that pass, those that fail, and what cannot be told and why.

use std::borrow::Cow;
use std::io;

use super::entry::service_of;
use super::style::{Ink, Page, clean};
use super::{frame, plain, summary};
use crate::finding::{Judged, Label, Problem, Verdict};
use crate::places::Places;
use crate::report::{Detail, Report, Score, ServiceReport};

/// A rule's verdicts on everything of one service, as one.
struct Proven<'a> {
    rule: &'a str,
    /// The gravest.
    verdict: Standing,
    /// How many defects are its own, where it fails.
    defects: usize,
    judged: Vec<&'a Judged>,
}

/// Verdicts by what they let a reader conclude; the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    NotApplicable,
    Passes,
    Unknown,
    Fails,
}

pub(super) fn write(page: &mut Page<'_>, places: &Places<'_>, report: &Report) -> io::Result<()> {
    for service in &report.services {
        heading(page, service)?;
        about(page, service)?;
        verdicts(page, places, &proven(report, Some(&service.id)))?;
        page.blank()?;
    }
    let rest = proven(report, None);
    let is_worth_it = page.look.detail == Detail::Verbose
        || rest.iter().any(|proven| proven.verdict != Standing::NotApplicable);
    if !rest.is_empty() && is_worth_it && !report.services.is_empty() {
        page.flow(&[(Ink::Strong, "repository")], 2, Ink::Plain, [])?;
        verdicts(page, places, &rest)?;
        page.blank()?;
    }
    Ok(())
}

fn heading(page: &mut Page<'_>, service: &ServiceReport) -> io::Result<()> {
    let id = clean(&service.id);
    match &service.score {
        Score::Assessed(score) => {
            let value = summary::value(score);
            let range = summary::range(score);
            let lead = [
                (Ink::Strong, &*id),
                (Ink::Plain, "  "),
                (Ink::of_score(score.exact), value.as_str()),
                (Ink::Plain, "/100  "),
            ];
            page.prose(&lead, 2, Ink::Plain, &range)
        }
        Score::NotAssessed { reason } => {
            page.prose(&[(Ink::Strong, &*id), (Ink::Plain, "  not assessed: ")], 2, Ink::Plain, reason)
        }
    }
}

/// Kind, frameworks, where it runs, and from which image.
fn about(page: &mut Page<'_>, service: &ServiceReport) -> io::Result<()> {
    let mut words: Vec<Cow<'_, str>> = vec![service.kind.into()];
    if !service.frameworks.is_empty() {
        words.push(format!("({})", plain(&service.frameworks.join(", "))).into());
    }
    words.push("·".into());
    words.push(match service.target {
        "none" => "no deployment found".into(),
        target => target.into(),
    });
    if let Some((first, others)) = service.workloads.split_first() {
        words.push(clean(first));
        if !others.is_empty() {
            words.push(format!("and {} more", others.len()).into());
        }
    }
    if let Some(image) = &service.image {
        // Where nothing deploys it, that there is an image has been said as the target.
        if service.target != "image" {
            words.extend(["·".into(), "image".into()]);
        }
        words.push(clean(image));
    }
    page.flow(&[(Ink::Plain, "  ")], 4, Ink::Dim, words)
}

fn proven<'a>(report: &'a Report, service: Option<&str>) -> Vec<Proven<'a>> {
    let mut all: Vec<Proven<'a>> = Vec::new();
    for judged in &report.checks {
        if service_of(judged.subject.kind, &judged.subject.id, &judged.services) != service {
            continue;
        }
        let verdict = standing(&judged.verdict);
        let defects = defects(&judged.verdict);
        match all.iter_mut().find(|proven| proven.rule == judged.rule.id) {
            Some(proven) => {
                proven.verdict = proven.verdict.max(verdict);
                proven.defects += defects;
                proven.judged.push(judged);
            }
            None => all.push(Proven { rule: &judged.rule.id, verdict, defects, judged: vec![judged] }),
        }
    }
    all
}

fn standing(verdict: &Verdict) -> Standing {
    match verdict {
        Verdict::Pass(_) => Standing::Passes,
        Verdict::Fail(_) => Standing::Fails,
        Verdict::NotApplicable(_) => Standing::NotApplicable,
        Verdict::Unknown(..) => Standing::Unknown,
    }
}

fn defects(verdict: &Verdict) -> usize {
    let own = |problem: &&Problem| problem.subsumed_by.is_none();
    if let Verdict::Fail(problems) = verdict { problems.iter().filter(own).count() } else { 0 }
}

fn verdicts(page: &mut Page<'_>, places: &Places<'_>, all: &[Proven<'_>]) -> io::Result<()> {
    let having = |standing: Standing| all.iter().filter(move |proven| proven.verdict == standing);
    if page.look.detail == Detail::Verbose {
        for proven in having(Standing::Passes) {
            page.flow(&[(Ink::Good, "  ✓ "), (Ink::Plain, proven.rule)], 4, Ink::Plain, [])?;
            for judged in &proven.judged {
                if let Verdict::Pass(labels) = &judged.verdict {
                    evidence(page, places, labels)?;
                }
            }
        }
    } else {
        rules(page, (Ink::Good, "  ✓ "), having(Standing::Passes).map(|proven| proven.rule.to_owned()))?;
    }
    rules(
        page,
        (Ink::Bad, "  ✗ "),
        having(Standing::Fails).map(|proven| {
            let many = proven.defects > 1;
            if many { format!("{} ×{}", proven.rule, proven.defects) } else { proven.rule.to_owned() }
        }),
    )?;
    unknowns(page, places, having(Standing::Unknown))?;
    if page.look.detail == Detail::Verbose {
        for proven in having(Standing::NotApplicable) {
            for judged in &proven.judged {
                if let Verdict::NotApplicable(reason) = &judged.verdict {
                    let lead = format!("  – {} does not apply: ", proven.rule);
                    page.prose(&[(Ink::Dim, &lead)], 6, Ink::Dim, reason)?;
                }
            }
        }
    }
    Ok(())
}

/// One line of rules behind a mark, if there are any.
fn rules(page: &mut Page<'_>, mark: (Ink, &str), rules: impl Iterator<Item = String>) -> io::Result<()> {
    let mut rules: Vec<String> = rules.collect();
    let Some(last) = rules.pop() else { return Ok(()) };
    let words = rules.into_iter().map(|rule| rule + ",").chain([last]);
    page.flow(&[mark], 4, Ink::Plain, words.map(Cow::Owned))
}

/// What cannot be told, the rules of one reason together.
fn unknowns<'a>(
    page: &mut Page<'_>,
    places: &Places<'_>,
    unknown: impl Iterator<Item = &'a Proven<'a>>,
) -> io::Result<()> {
    let mut reasons: Vec<(&str, Vec<&str>, Vec<&Label>)> = Vec::new();
    for proven in unknown {
        for judged in &proven.judged {
            let Verdict::Unknown(reason, labels) = &judged.verdict else { continue };
            match reasons.iter_mut().find(|(known, ..)| known == reason) {
                Some((_, rules, places)) => {
                    if !rules.contains(&proven.rule) {
                        rules.push(proven.rule);
                    }
                    places.extend(labels);
                }
                None => reasons.push((reason, vec![proven.rule], labels.iter().collect())),
            }
        }
    }
    for (reason, rules, labels) in reasons {
        let text = format!("{}: {reason}", rules.join(", "));
        page.prose(&[(Ink::Middling, "  ? ")], 4, Ink::Plain, &text)?;
        if page.look.detail == Detail::Verbose {
            evidence(page, places, labels)?;
        }
    }
    Ok(())
}

fn evidence<'a>(
    page: &mut Page<'_>,
    places: &Places<'_>,
    labels: impl IntoIterator<Item = &'a Label>,
) -> io::Result<()> {
    for label in labels {
        let place = frame::at(places, label.span);
        let lead = [(Ink::Plain, "      "), (Ink::Hint, place.as_str()), (Ink::Plain, "  ")];
        page.prose(&lead, 8, Ink::Dim, &label.message)?;
    }
    Ok(())
}
