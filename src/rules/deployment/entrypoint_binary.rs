//! `entrypoint-binary`: the program that a container starts is built, and lies where it is started.

use crate::finding::{Label, Problem, Verdict};
use crate::model::image::Image;
use crate::model::image::layout::Output;
use crate::model::started::Started;
use crate::model::{Project, Workload};
use crate::rule::Cx;
use crate::spelling;

/// What was found of programs.
#[derive(Default)]
struct Told {
    problems: Vec<Problem>,
    evidence: Vec<Label>,
    unclear: Option<String>,
}

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    if !cx.project.is_run_in(image) && !image.starts_rust() {
        return Verdict::not_applicable("it runs nothing that is known to be Rust");
    }
    let mut told = Told::default();
    for output in &image.layout.outputs {
        told.built(cx.project, output);
    }
    told.started(image.started());
    told.verdict()
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    for container in workload.lasting() {
        if let Some(started) = cx.project.started_in(container) {
            told.started(started);
        }
    }
    told.verdict()
}

impl Told {
    /// Whether Cargo builds what is copied.
    fn built(&mut self, project: &Project<'_>, output: &Output) {
        let (name, programs) = (&output.name, &project.programs);
        if programs.names.contains(name) {
            return self.evidence.push(Label::new(output.span, format!("Cargo builds `{name}`")));
        }
        if let Some(why) = output.unclear.as_ref().or(programs.gap.as_ref()) {
            self.unclear = Some(why.clone());
            return;
        }
        let message = format!("no package of the tree builds `{name}`, which is copied here");
        let near = spelling::nearest(name, programs.names.iter().map(String::as_str));
        let help = match near.or(programs.names.first().map(String::as_str)) {
            Some(near) => {
                format!("copy what Cargo builds, such as `{near}`, or name the program so in `[[bin]]`")
            }
            None => "copy what Cargo builds".to_owned(),
        };
        self.problems.push(Problem::new(output.span, message, help));
    }

    /// Whether what is started is there.
    fn started(&mut self, started: Started) {
        match started {
            Started::Here { started, brought, path } => {
                self.evidence.push(Label::new(started, format!("the container starts `{path}`")));
                self.evidence.push(Label::new(brought, "it is put there here"));
            }
            Started::Elsewhere { started, brought, path, place } => {
                let message = format!("the container starts `{path}`, and the image has it at `{place}`");
                let problem = Problem::new(started, message, format!("start `{place}`"));
                self.problems.push(problem.with_related(brought, "it is put there here"));
            }
            Started::Unclear(why) => self.unclear = Some(why),
            Started::Other => {}
        }
    }

    fn verdict(self) -> Verdict {
        match self.unclear {
            Some(why) if self.problems.is_empty() => Verdict::unknown(why),
            _ => Verdict::of_sites(self.problems, self.evidence, "it starts nothing that is copied into it"),
        }
    }
}
