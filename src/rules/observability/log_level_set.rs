//! `log-level-set`: a filter that is silent by default is told what to let through.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::instance::{Instance, Setting};
use crate::model::log_level::Filter;
use crate::rule::{Confidence, Cx};

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let levels = &service.levels;
    let Some(filter) = levels.filters.first() else {
        return Verdict::not_applicable("no filter of its logs depends on a variable alone");
    };
    if !levels.in_code.is_empty() {
        let label = |used| Label::new(used, "the code says what is logged");
        return Verdict::Pass(levels.in_code.iter().map(|used| label(used.span)).collect());
    }
    let Some(variable) = &filter.variable else {
        return Verdict::unknown("the variable that says what is logged is computed");
    };
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for instance in cx.project.instances(service) {
        match instance.variable(variable) {
            Setting::Set { span, .. } => {
                evidence.push(Label::new(filter.span, "what is logged depends on a variable"));
                evidence.push(Label::new(span, format!("`{variable}` is set here")));
            }
            Setting::Unknown(why) => unclear = unclear.or(Some(why)),
            Setting::Unset => problems.push(silent(service, &instance, filter, variable)),
        }
    }
    match unclear {
        Some(why) if problems.is_empty() => Verdict::Unknown(
            why,
            vec![Label::new(filter.span, "errors alone are logged without the variable")],
        ),
        None if problems.is_empty() && evidence.is_empty() => {
            Verdict::unknown("nothing in the tree says what the service is started with")
        }
        _ => Verdict::of_sites(problems, evidence, "the service runs nowhere"),
    }
}

fn silent(service: &Service, instance: &Instance<'_>, filter: &Filter, variable: &str) -> Problem {
    let message = format!("`{}` logs nothing but errors: `{variable}` is not set here", service.name);
    let help = "set it, such as to `info`, or give the filter a default in the code";
    if let Some(place) = instance.span() {
        let told = format!("`{}` lets errors alone through without it", filter.path);
        return Problem::new(place, message, help).with_related(filter.span, told);
    }
    // Whoever starts the image may set it.
    let message = format!("`{}` logs nothing but errors: its image does not set `{variable}`", service.name);
    let mut problem = Problem::new(filter.span, message, "give the filter a default, such as `info`");
    problem.confidence = Some(Confidence::Medium);
    match instance.image {
        Some(image) => problem.with_related(image.from, "what it runs in"),
        None => problem,
    }
}
