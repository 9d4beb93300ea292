use super::*;
use crate::report::{Assessed, Score};
use crate::rule::{Level, Status, file};
use crate::source::Sources;

const MAIN: &str = "use axum::{Router, routing::get};

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().json().init();
    println!(\"ready\");
    let app = Router::new().route(\"/health\", get(|| async { \"ok\" }));
    let listener = tokio::net::TcpListener::bind(\"0.0.0.0:8080\").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
";

fn sources() -> Sources {
    let manifest = "[package]\nname = \"app\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\ntokio = \"1\"\n\
                    tracing-subscriber = \"0.3\"\n";
    Sources::from_texts([("Cargo.toml", manifest), ("src/main.rs", MAIN)])
}

/// The rules that are there, one of them with another status, or without it.
fn with(id: &str, status: Option<Status>) -> &'static [Rule] {
    let rules = rules::all().iter().filter(|rule| status.is_some() || rule.page.meta.id != id).map(|rule| {
        let (_, text) = crate::embedded::RULES
            .iter()
            .find(|(path, _)| path.ends_with(&format!("/{}.md", rule.page.meta.id)))
            .expect("the page is embedded");
        let mut page = file::parse(text).expect("it parses");
        if page.meta.id == id {
            page.meta.status = status.unwrap_or_default();
        }
        Rule { page: Box::leak(Box::new(page)), checks: rule.checks }
    });
    Box::leak(rules.collect())
}

fn audited(rules: &'static [Rule]) -> (Report, Assessed) {
    let sources = sources();
    let report = judge(&sources, &Policy::default(), Facts::extract(&sources), rules);
    let Score::Assessed(score) = report.score.clone() else { panic!("it has a service") };
    (report, score)
}

#[test]
fn a_preview_is_reported_and_weighs_nothing() {
    let id = "no-print-logging";
    let found = |report: &Report| report.findings.iter().filter(|it| it.rule.id == id).count();
    let (stable, with_weight) = audited(with(id, Some(Status::Stable)));
    let (preview, in_preview) = audited(with(id, Some(Status::Preview)));
    let (without, absent) = audited(with(id, None));
    assert_eq!((found(&stable), found(&preview), found(&without)), (1, 1, 0));
    assert!(with_weight.exact < in_preview.exact, "{} {}", with_weight.exact, in_preview.exact);
    assert!((in_preview.exact - absent.exact).abs() < 1e-9, "as if the rule were not there");
    let points = |report: &Report| report.findings.iter().find(|it| it.rule.id == id).map(|it| it.points);
    assert_eq!(points(&preview), Some(0.0));
}

#[test]
fn a_preview_is_required_by_no_level() {
    let (_, stable) = audited(with("graceful-shutdown", Some(Status::Stable)));
    let (_, preview) = audited(with("graceful-shutdown", Some(Status::Preview)));
    assert_eq!((stable.reached.level, stable.reached.next()), (None, Some(Level::Bronze)));
    let lacks = |score: &Assessed| score.reached.in_the_way.iter().any(|rule| rule == "graceful-shutdown");
    assert_eq!((lacks(&stable), lacks(&preview)), (true, false), "{:?}", preview.reached);
}

#[test]
fn a_part_of_another_problem_is_one_where_that_was_found() {
    let (report, _) = audited(rules::all());
    let part =
        report.findings.iter().find(|it| it.rule.id == "sigterm-handling").expect("no signal is handled");
    assert_eq!(part.problem.subsumed_by, Some("graceful-shutdown"));
    // Without the whole there is nothing that it could be a part of.
    let (report, _) = audited(with("graceful-shutdown", None));
    let part =
        report.findings.iter().find(|it| it.rule.id == "sigterm-handling").expect("no signal is handled");
    assert_eq!(part.problem.subsumed_by, None);
}

#[test]
fn what_another_workload_lacks_is_no_whole_of_this_ones_problem() {
    let workload = |name: &str, replicas: u8| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec:\n  replicas: {replicas}\n  \
             selector: {{ matchLabels: {{ app: {name} }} }}\n  template:\n    metadata: {{ labels: {{ app: {name} }} }}\n    \
             spec:\n      containers:\n        - name: app\n          image: registry.example.com/app:1.2.3\n          \
             ports: [{{ containerPort: 8080 }}]\n"
        )
    };
    let manifest =
        "[package]\nname = \"app\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\ntokio = \"1\"\n";
    let sources = Sources::from_texts([
        ("Cargo.toml".to_owned(), manifest.to_owned()),
        ("src/main.rs".to_owned(), MAIN.to_owned()),
        ("dev/app.yaml".to_owned(), workload("dev", 1)),
        ("prod/app.yaml".to_owned(), workload("prod", 2)),
    ]);
    let report = audit(&sources);
    let found = |rule: &str| {
        let all = report.findings.iter().filter(|it| it.rule.id == rule);
        all.map(|it| (it.subject.id.as_str(), it.problem.subsumed_by)).collect::<Vec<_>>()
    };
    assert_eq!(report.services[0].workloads.len(), 2, "one service runs in both");
    assert_eq!(found("several-replicas"), [("dev/app.yaml#Deployment/dev", None)]);
    assert_eq!(found("disruption-budget"), [("prod/app.yaml#Deployment/prod", None)]);
}
