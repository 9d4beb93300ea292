//! `pinned-action`: every third-party `uses:` is pinned by commit SHA.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::{Pin, System};
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    if pipeline.system == System::Gitlab {
        return Verdict::not_applicable("GitLab has no actions");
    }
    let of = |pin: &[Pin]| pipeline.actions.iter().filter(|used| pin.contains(&used.pin)).collect::<Vec<_>>();
    let moving = of(&[Pin::Moving]);
    if !moving.is_empty() {
        let problems = moving.into_iter().map(|used| {
            Problem::new(
                used.span,
                format!("`{}` is whatever its author last pushed there", used.text),
                "pin it by the commit's SHA, with the version as a comment",
            )
        });
        return Verdict::Fail(problems.collect());
    }
    if pipeline.is_partial {
        return Verdict::unknown("part of the file could not be read");
    }
    if !of(&[Pin::Unclear]).is_empty() {
        return Verdict::unknown("an action is named by an expression");
    }
    let pinned = of(&[Pin::Commit, Pin::Digest]);
    if pinned.is_empty() {
        return Verdict::not_applicable("it uses no third-party action");
    }
    Verdict::Pass(
        pinned.into_iter().map(|used| Label::new(used.span, format!("`{}` is pinned", used.text))).collect(),
    )
}
