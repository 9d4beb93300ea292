//! `env-value-types`: what a deployment sets can be parsed to what the code makes of it.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::instance::Setting;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for instance in cx.project.instances_in(workload) {
        let name = &instance.service.name;
        for read in &instance.service.environment.reads {
            let Some(form) = read.form else { continue };
            let Setting::Set { value: Some(value), span } = instance.read(read) else { continue };
            let parsed = format!("`{name}` parses it to `{}` here", form.name());
            if form.fits(&value) {
                evidence.extend([
                    Label::new(span, format!("`{}` is set to `{value}`", read.name)),
                    Label::new(read.span, parsed),
                ]);
            } else if !value.is_empty() {
                let message = format!("`{}` is `{value}` here, which is no `{}`", read.name, form.name());
                let help =
                    format!("set what `{}` can be parsed from, or parse it to another type", form.name());
                problems.push(Problem::new(span, message, help).with_related(read.span, parsed));
            }
        }
    }
    Verdict::of_sites(problems, evidence, "no variable that its services parse has a value here")
}
