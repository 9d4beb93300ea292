//! `waivers-valid`: whoever accepts a finding says why, and until when.

use crate::finding::{Label, Verdict};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let waivers = cx.waivers;
    if !waivers.problems.is_empty() {
        return Verdict::Fail(waivers.problems.clone());
    }
    if waivers.valid.is_empty() {
        return Verdict::not_applicable("nothing is waived");
    }
    let label = |waiver: &crate::waiver::Waiver| {
        Label::new(waiver.span, format!("`{}` is waived until {}", waiver.rule, waiver.until))
    };
    Verdict::Pass(waivers.valid.iter().map(label).collect())
}
