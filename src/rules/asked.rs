//! What the rules on probes and ports have in common: a question, and what the service says to it.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::Workload;
use crate::model::probe::{HttpAsk, PortAsk, ProbeUse};
use crate::model::route::{Answer, Route};
use crate::model::running::{Running, Runs};
use crate::rule::Cx;
use crate::span::Span;

/// What was found of the questions of one subject.
#[derive(Default)]
pub(super) struct Told {
    problems: Vec<Problem>,
    evidence: Vec<Label>,
    unclear: Vec<Label>,
}

impl Told {
    pub(super) fn wrong(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn right(&mut self, question: Label, answer: Label) {
        self.evidence.extend([question, answer]);
    }

    pub(super) fn unclear(&mut self, span: Span, why: impl Into<String>) {
        self.unclear.push(Label::new(span, why));
    }

    /// Nothing is right as long as something cannot be told.
    pub(super) fn verdict(self, neither: &str) -> Verdict {
        match self.unclear.first().filter(|_| self.problems.is_empty()).map(|label| label.message.clone()) {
            Some(why) => Verdict::Unknown(why, self.unclear),
            None => Verdict::of_sites(self.problems, self.evidence, neither),
        }
    }
}

/// Each question that a workload asks of a service of the tree.
pub(super) fn of_workload(
    cx: &Cx<'_>,
    workload: &Workload,
    told: &mut Told,
    is_judged: impl Fn(&ProbeUse) -> bool,
    tell: impl Fn(&mut Told, &Running<'_>, &ProbeUse),
) {
    for container in workload.lasting() {
        for probe in container.probes.iter().filter(|probe| is_judged(probe)) {
            match cx.project.runs(workload, container) {
                Runs::Other => {}
                Runs::Unclear(why) => told.unclear(probe.span, why),
                Runs::Service(running) => tell(told, &running, probe),
            }
        }
    }
}

/// Whether the path is served.
pub(super) fn tell_path(told: &mut Told, running: &Running<'_>, who: &str, ask: &HttpAsk) {
    let service = running.service;
    let (path, answer) = match running.answer(ask) {
        Ok(found) => found,
        Err(why) => return told.unclear(ask.path_at, why),
    };
    let name = &service.name;
    let served = |route: &Route| Label::new(route.span, format!("`{name}` serves `{}` here", route.path));
    let problem = |message: String, route: Option<&Route>| {
        let help = match route {
            Some(route) => format!("ask for `{}`, or serve `{path}`", route.path),
            None => format!("ask for a path that `{name}` serves, or serve `{path}`"),
        };
        let problem = Problem::new(ask.path_at, message, help);
        match route.map(&served) {
            Some(Label { span, message }) => problem.with_related(span, message),
            None => problem.with_related(service.start(), format!("`{name}` starts to serve here")),
        }
    };
    match answer {
        Answer::Served(route) => {
            told.right(Label::new(ask.path_at, format!("{who} asks for `{path}`")), served(route));
        }
        Answer::Unclear(why, place) => told.unclear(place.unwrap_or(ask.path_at), why),
        Answer::Nothing(near) => {
            let message = format!("{who} asks for `{path}`, and `{name}` serves {}", all_of(service));
            told.wrong(problem(message, near));
        }
        Answer::OtherMethod(route) => {
            let method = route.method.as_deref().unwrap_or_default();
            let message =
                format!("{who} sends a GET for `{path}`, and `{name}` serves it for {method} alone");
            told.wrong(problem(message, Some(route)));
        }
        Answer::Elsewhere(route) => {
            let message = format!("{who} asks for `{path}` at a port where `{name}` does not serve it");
            told.wrong(problem(message, Some(route)));
        }
    }
}

/// Whether the port is bound.
pub(super) fn tell_port(told: &mut Told, running: &Running<'_>, who: &str, asked: &PortAsk) {
    if asked.is_elsewhere {
        return told.unclear(asked.span, "it asks another host, or one that cannot be told");
    }
    let name = &running.service.name;
    let port = match running.port(asked) {
        Ok(port) => port,
        Err(why) => return told.unclear(asked.span, why),
    };
    let (listeners, gap) = running.listeners();
    let is_it = |text: &str| text.parse::<u16>() == Ok(port);
    let bound = |port: &str| format!("`{name}` binds `{port}` here");
    if let Some(listener) = listeners.iter().find(|listener| listener.port.text().is_some_and(is_it)) {
        let question = Label::new(asked.span, format!("{who} asks port `{port}`"));
        return told.right(question, Label::new(listener.bind.span, bound(&port.to_string())));
    }
    if let Some(why) = gap {
        return told.unclear(asked.span, why);
    }
    let ports: Vec<&str> = listeners.iter().filter_map(|listener| listener.port.text()).collect();
    let message = format!("{who} asks port `{port}`, and `{name}` binds {}", listed(&ports));
    let help = format!("ask port {}, or bind `{port}`", listed(&ports));
    let problem = Problem::new(asked.span, message, help);
    told.wrong(listeners.iter().fold(problem, |problem, listener| {
        problem.with_related(listener.bind.span, bound(listener.port.text().unwrap_or_default()))
    }));
}

/// The paths of a service that are called for health, else how many it has.
fn all_of(service: &Service) -> String {
    let routes = &service.routes.served;
    let mut paths: Vec<&str> = routes
        .iter()
        .filter(|route| route.is_for_health(&service.name))
        .map(|route| route.path.as_str())
        .collect();
    paths.dedup();
    match paths.as_slice() {
        [] if routes.len() <= 3 => {
            listed(&routes.iter().map(|route| route.path.as_str()).collect::<Vec<_>>())
        }
        [] => format!("none of that name among its {} routes", routes.len()),
        paths => listed(&paths[..paths.len().min(3)]),
    }
}

/// "`a`, `b` and `c`".
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
