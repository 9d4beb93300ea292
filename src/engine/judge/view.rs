//! The verdicts on a service as the score sees them: as the rules gave them, and as the policy has them.

use std::collections::BTreeSet;

use crate::config::{Handled, WAIVERS_RULE};
use crate::finding::{Judged, Problem, Verdict};
use crate::model::Service;
use crate::policy::{Decision, Policy, Standing, holds};
use crate::rule::{Confidence, Role, Severity};
use crate::score::level::{Reached, Required};
use crate::score::{Demerit, Outcome, Profile, State};

/// What a score is computed from.
pub(super) struct View {
    pub(super) profile: Profile,
    pub(super) states: Vec<State>,
    /// For each state, the verdict it was made of.
    pub(super) origins: Vec<usize>,
}

/// Whose view.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// As the rules gave it.
    Raw,
    /// As the policy has it.
    Decided,
}

/// All verdicts, with what is decided of them.
pub(super) struct Verdicts<'v> {
    pub(super) policy: &'v Policy,
    pub(super) judged: &'v [Judged],
    pub(super) decisions: &'v [Decision],
    pub(super) assessable: &'v BTreeSet<&'v str>,
}

impl Verdicts<'_> {
    /// Whether the two views differ.
    pub(super) fn differ_for(&self, service: &Service) -> bool {
        let mut of_service =
            self.judged.iter().zip(self.decisions).filter(|(one, _)| one.services.contains(&service.id));
        self.policy.config.declared(&service.id).next().is_some()
            || of_service.any(|(one, decision)| {
                !decision.is_plain()
                    || (one.rule.id == WAIVERS_RULE && matches!(one.verdict, Verdict::Fail(_)))
            })
    }

    /// The level of a service. What another one has in its stead counts, what is waived or ignored does not.
    pub(super) fn level_of(&self, service: &Service) -> Reached {
        let required = self.judged.iter().zip(self.decisions).filter_map(|(one, decision)| {
            let level =
                one.rule.level.filter(|_| !one.rule.is_preview() && one.services.contains(&service.id))?;
            let is_met = decision.elsewhere.contains_key(&service.id)
                || decision.not_applicable.is_some()
                || match &one.verdict {
                    Verdict::Pass(_) | Verdict::NotApplicable(_) => true,
                    // What proves nothing cannot be unproven: such a rule is in the way where it found something.
                    Verdict::Unknown(..) => one.rule.role == Role::Demerit,
                    Verdict::Fail(problems) => problems.iter().all(|problem| {
                        let demerit = demerit(one, problem, None);
                        demerit.severity == Severity::Info || demerit.confidence == Confidence::Low
                    }),
                };
            Some(Required { rule: &one.rule.id, level, is_met })
        });
        Reached::of(&required.collect::<Vec<_>>())
    }

    pub(super) fn view(&self, service: &Service, which: Which) -> View {
        let (mut states, mut origins) = (Vec::new(), Vec::new());
        for (at, (one, decision)) in self.judged.iter().zip(self.decisions).enumerate() {
            // Without waivers there is nothing to judge of them, and those in order earn nothing.
            let is_of_waivers = one.rule.id == WAIVERS_RULE;
            let is_left_out =
                is_of_waivers && (which == Which::Raw || !matches!(one.verdict, Verdict::Fail(_)));
            if !one.services.contains(&service.id) || is_left_out || one.rule.is_preview() {
                continue;
            }
            let rule = one.rule;
            states.push(State {
                capability: rule.capability.as_str(),
                rule: rule.id.clone(),
                role: rule.role,
                severity: rule.severity,
                confidence: rule.confidence,
                counted: rule.counted,
                outcome: outcome(one, decision, &service.id, which),
            });
            origins.push(at);
        }
        let declared = || self.policy.config.declared(&service.id).filter(|_| which == Which::Decided);
        let kind = declared().find_map(|declared| declared.kind).unwrap_or(service.kind);
        let mut profile = Profile::of(kind, self.assessable);
        let elsewhere =
            declared().flat_map(|declared| &declared.elsewhere).filter(|one| holds(self.policy, one));
        for one in elsewhere {
            let capability = match &one.what {
                Handled::Capability(capability) => capability.as_str(),
                Handled::Rule(rule) => crate::rules::find(rule).map_or("", |rule| &rule.page.meta.capability),
            };
            // What is proven here stays asked for, and so does what another rule asks for.
            let is_asked = |state: &State| {
                state.capability == capability
                    && state.role == Role::Evidence
                    && state.outcome != Outcome::NotApplicable
            };
            let of_rule = |state: &State| matches!(&one.what, Handled::Rule(rule) if *rule == state.rule);
            let is_whole = matches!(one.what, Handled::Capability(_))
                || states.iter().any(|state| of_rule(state) && state.role == Role::Evidence);
            if is_whole && !states.iter().any(is_asked) {
                profile.capabilities.retain(|own| own.id != capability);
            }
        }
        View { profile, states, origins }
    }
}

fn outcome(judged: &Judged, decision: &Decision, service: &str, which: Which) -> Outcome {
    let is_decided = which == Which::Decided;
    if is_decided && decision.elsewhere.contains_key(service) {
        return Outcome::NotApplicable;
    }
    match &judged.verdict {
        Verdict::Pass(_) => Outcome::Pass,
        // What is waived or ignored weighs nothing, and proves nothing either: the state stays a failure.
        Verdict::Fail(problems) => Outcome::Fail(
            problems
                .iter()
                .zip(&decision.sites)
                .filter(|(_, site)| !is_decided || site.standing == Standing::Counts)
                .map(|(problem, site)| demerit(judged, problem, site.severity.filter(|_| is_decided)))
                .collect(),
        ),
        Verdict::Unknown(..) => Outcome::Unknown,
        Verdict::NotApplicable(_) => Outcome::NotApplicable,
    }
}

pub(super) fn demerit(judged: &Judged, problem: &Problem, severity: Option<Severity>) -> Demerit {
    Demerit {
        severity: severity.or(problem.severity).unwrap_or(judged.rule.severity),
        confidence: problem.confidence.unwrap_or(judged.rule.confidence),
        subsumed: problem.subsumed_by.is_some(),
    }
}

/// Makes of a verdict what the report shows of it.
pub(super) fn show(judged: &mut Judged, decision: &Decision) {
    if let Some(why) = &decision.not_applicable {
        judged.verdict = Verdict::NotApplicable(why.clone());
    } else if let Verdict::Fail(problems) = &mut judged.verdict {
        let mut sites = decision.sites.iter();
        problems.retain(|_| sites.next().is_none_or(|site| site.standing != Standing::Ignored));
    }
}
