//! `spans-flushed`: the spans that are held back are sent before the process ends.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (exports, flush) = (&service.spans.exports, &service.spans.flush);
    if exports.is_empty() {
        return match service.blind_spot() {
            Some(why) => Verdict::unknown(why),
            None => Verdict::not_applicable("exports no spans"),
        };
    }
    if let Some(batch) = flush.missed.first() {
        if let Some(why) = service.blind_spot() {
            return Verdict::unknown(why);
        }
        if let Some(unclear) = flush.unclear.first() {
            let label = Label::new(*unclear, "this may send them");
            return Verdict::Unknown("what is shut down cannot be told".into(), vec![label]);
        }
        return Verdict::fail(Problem::new(
            batch.span,
            format!("nothing sends the spans that `{}` holds back when the process ends", batch.path),
            "keep the tracer's provider and call its `shutdown` last in `main`, or in the `Drop` of a guard",
        ));
    }
    if !flush.done.is_empty() {
        let label = |path: &str| format!("what is left is sent here (`{path}`)");
        return Verdict::Pass(
            flush.done.iter().map(|used| Label::new(used.span, label(&used.path))).collect(),
        );
    }
    match flush.needless.first() {
        Some(used) => Verdict::pass(used.span, format!("`{}` holds no span back", used.path)),
        None => Verdict::unknown("whether its spans are held back cannot be told"),
    }
}
