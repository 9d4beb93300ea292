//! `scrape-target-served`: what Prometheus asks for is served.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::probe::HttpAsk;
use crate::model::route::Answer;
use crate::model::running::{Running, Runs};
use crate::model::scrape::Asked;
use crate::rule::Cx;
use crate::rules::asked::{Told, tell_path, tell_port};

const WHO: &str = "a scrape";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let mut told = Told::default();
    for scrape in cx.project.scrapes(workload) {
        match &scrape.asks {
            Asked::Unclear(why) => told.unclear(scrape.span, why.as_str()),
            Asked::NoPort(what) => told.wrong(Problem::new(
                scrape.span,
                format!("what is scraped here is not there: {what}"),
                "name a port that is there",
            )),
            Asked::Container(container, ask) => match cx.project.runs(workload, container) {
                Runs::Other => {}
                Runs::Unclear(why) => told.unclear(scrape.span, why),
                Runs::Service(running) => tell(&mut told, &running, ask),
            },
        }
    }
    told.verdict("nothing says that Prometheus scrapes a service of this tree here")
}

fn tell(told: &mut Told, running: &Running<'_>, ask: &HttpAsk) {
    tell_port(told, running, WHO, &ask.at);
    if let Some(exporter) = running.port(&ask.at).ok().and_then(|port| running.exports_at(port)) {
        let question = Label::new(ask.path_at, "metrics are asked for here");
        return told
            .right(question, Label::new(exporter, "and an exporter with a listener of its own answers"));
    }
    match running.answer(ask) {
        // Middleware may answer for a path that is no route.
        Ok((_, Answer::Nothing(_))) if running.service.exports_in_ways_unseen() => {
            told.unclear(ask.path_at, "at which path its metrics are served cannot be told");
        }
        _ => tell_path(told, running, WHO, ask),
    }
}
