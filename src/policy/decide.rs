//! What a policy decides of each verdict: which sites count, how heavily, and what is handled elsewhere.
//!
//! Verdicts stay as the rules gave them, so that the score without waivers can be told beside the score with them.

use std::collections::BTreeMap;

use super::Policy;
use crate::config::{Elsewhere, Handled, WAIVERS_RULE};
use crate::finding::{Judged, Problem, Suppression, Verdict};
use crate::rule::Severity;
use crate::source::{Note, Place, Sources};
use crate::waiver;

/// What is decided of a verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decision {
    /// For each problem of a failure.
    pub(crate) sites: Vec<Site>,
    /// The services for which it is handled elsewhere, with who does it.
    pub(crate) elsewhere: BTreeMap<String, String>,
    /// What the verdict becomes in the report, where the rule is not asked.
    pub(crate) not_applicable: Option<String>,
}

/// What is decided of one site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Site {
    pub(crate) standing: Standing,
    pub(crate) severity: Option<Severity>,
}

/// Whether a site counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    Counts,
    /// It is reported as waived.
    Waived(Suppression),
    /// It is not reported: its rule is off there.
    Ignored,
}

impl Decision {
    /// Whether the verdict enters the score as the rule gave it.
    pub(crate) fn is_plain(&self) -> bool {
        self.elsewhere.is_empty()
            && self.not_applicable.is_none()
            && self.sites.iter().all(|site| site.standing == Standing::Counts && site.severity.is_none())
    }
}

/// Decides of each verdict, in their order. Waivers that are about nothing become problems of the rule that judges waivers.
pub(crate) fn decide(
    policy: &Policy,
    sources: &Sources,
    judged: &mut [Judged],
    notes: &mut Vec<Note>,
) -> Vec<Decision> {
    let mut used = vec![false; policy.waivers.valid.len()];
    let mut hidden = Hidden::default();
    let mut decisions: Vec<Decision> =
        judged.iter().map(|one| decision(policy, sources, one, &mut used, &mut hidden)).collect();
    report_unused(policy, judged, &used);
    // It may have got more sites; nothing else can be decided of them than their severity.
    if let Some(at) = judged.iter().position(|one| one.rule.id == WAIVERS_RULE) {
        decisions[at] = decision(policy, sources, &judged[at], &mut used, &mut hidden);
    }
    notes.extend(policy.config.notes.iter().cloned());
    hidden.note(policy, notes);
    decisions
}

/// What is not shown, by rule.
#[derive(Default)]
struct Hidden {
    off: BTreeMap<String, usize>,
    ignored: BTreeMap<String, usize>,
}

impl Hidden {
    fn note(&self, policy: &Policy, notes: &mut Vec<Note>) {
        let list = |by_rule: &BTreeMap<String, usize>| {
            let rules: Vec<String> =
                by_rule.iter().map(|(rule, count)| format!("`{rule}` {count}")).collect();
            rules.join(", ")
        };
        let place = || Place::Path(policy.config.place().to_owned());
        if !policy.config.off.is_empty() {
            let off: BTreeMap<String, usize> = policy
                .config
                .off
                .iter()
                .map(|rule| (rule.clone(), self.off.get(rule).copied().unwrap_or(0)))
                .collect();
            notes.push(Note::info(
                place(),
                format!("rules that are off, with what they find: {}", list(&off)),
            ));
        }
        if !self.ignored.is_empty() {
            let message = format!("findings that `[[path]]` ignores: {}", list(&self.ignored));
            notes.push(Note::info(place(), message));
        }
    }
}

fn decision(
    policy: &Policy,
    sources: &Sources,
    judged: &Judged,
    used: &mut [bool],
    hidden: &mut Hidden,
) -> Decision {
    let mut decision = Decision { elsewhere: elsewhere(policy, judged), ..Decision::default() };
    let id = &judged.rule.id;
    let is_off = policy.config.off.contains(id);
    if let Verdict::Fail(problems) = &judged.verdict {
        decision.sites =
            problems.iter().map(|problem| site(policy, sources, judged, problem, used)).collect();
        if is_off {
            *hidden.off.entry(id.clone()).or_default() += problems.len();
            decision.sites.iter_mut().for_each(|site| site.standing = Standing::Ignored);
        } else {
            let ignored = decision.sites.iter().filter(|site| site.standing == Standing::Ignored).count();
            if ignored > 0 {
                *hidden.ignored.entry(id.clone()).or_default() += ignored;
            }
            if ignored == problems.len() {
                let message = format!("ignored there by `{}`", policy.config.place());
                decision.not_applicable = Some(message);
            }
        }
    }
    if matches!(judged.verdict, Verdict::Fail(_) | Verdict::Unknown(..)) {
        let is_elsewhere = !judged.services.is_empty()
            && judged.services.iter().all(|id| decision.elsewhere.contains_key(id));
        if is_off {
            decision.not_applicable = Some(format!("the rule is off in `{}`", policy.config.place()));
        } else if is_elsewhere {
            decision.not_applicable = decision.elsewhere.values().next().cloned();
        }
    }
    decision
}

/// The services for which a verdict that is no pass is answered elsewhere.
fn elsewhere(policy: &Policy, judged: &Judged) -> BTreeMap<String, String> {
    if policy.config.services.is_empty()
        || matches!(judged.verdict, Verdict::Pass(_) | Verdict::NotApplicable(_))
    {
        return BTreeMap::new();
    }
    let answers = |one: &&Elsewhere| {
        let is_meant = match &one.what {
            Handled::Rule(rule) => *rule == judged.rule.id,
            Handled::Capability(capability) => *capability == judged.rule.capability,
        };
        is_meant && holds(policy, one)
    };
    judged
        .services
        .iter()
        .filter_map(|id| {
            let one = policy.config.declared(id).flat_map(|declared| &declared.elsewhere).find(answers)?;
            let told = format!("handled elsewhere until {}: {} ({})", one.until, one.reason, one.link);
            Some((id.clone(), told))
        })
        .collect()
}

/// Whether what is handled elsewhere is still believed.
pub(crate) fn holds(policy: &Policy, elsewhere: &Elsewhere) -> bool {
    policy.today.is_some_and(|today| waiver::ends(elsewhere.until, &policy.config, today).is_ok())
}

fn site(policy: &Policy, sources: &Sources, judged: &Judged, problem: &Problem, used: &mut [bool]) -> Site {
    let id = &judged.rule.id;
    let path = sources.path(problem.span.file);
    let here = || {
        let settings = policy.config.paths.iter().rev();
        settings.filter(|settings| settings.paths.iter().any(|paths| paths.matches(path)))
    };
    let severity = here()
        .find_map(|settings| settings.severity.get(id))
        .or_else(|| policy.config.severity.get(id))
        .copied();
    let mut standing = Standing::Counts;
    // Each that covers it is used: which of two comes first is nobody's fault.
    for (waiver, used) in policy.waivers.valid.iter().zip(used) {
        if waiver.covers(sources, judged, problem) {
            *used = true;
            if standing == Standing::Counts {
                standing = Standing::Waived(waiver.suppression());
            }
        }
    }
    if standing == Standing::Counts && here().any(|settings| settings.ignore.contains(id)) {
        standing = Standing::Ignored;
    }
    Site { standing, severity }
}

fn report_unused(policy: &Policy, judged: &mut [Judged], used: &[bool]) {
    let unused: Vec<Problem> = policy
        .waivers
        .valid
        .iter()
        .zip(used)
        .filter(|(_, used)| !**used)
        // What could not be told may well be there.
        .filter(|(waiver, _)| {
            let of_rule = |one: &&Judged| one.rule.id == waiver.rule;
            !judged.iter().filter(of_rule).any(|one| matches!(one.verdict, Verdict::Unknown(..)))
        })
        .map(|(waiver, _)| {
            let message = format!("the waiver is about nothing: `{}` finds nothing there", waiver.rule);
            Problem::new(waiver.span, message, "remove it, or put it beside what it is about")
        })
        .collect();
    let Some(own) = judged.iter_mut().find(|one| one.rule.id == WAIVERS_RULE) else { return };
    if unused.is_empty() {
        return;
    }
    match &mut own.verdict {
        Verdict::Fail(problems) => problems.extend(unused),
        verdict => *verdict = Verdict::Fail(unused),
    }
    if let Verdict::Fail(problems) = &mut own.verdict {
        problems.sort_by_key(|problem| problem.span);
    }
}
