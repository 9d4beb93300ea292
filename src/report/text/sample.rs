//! A report made by hand, for the tests of both forms: two services, every severity but one, a contradiction
//! between two files, a column behind letters of two bytes, an action repeated forty times, and a file that
//! means harm.

use crate::finding::{Finding, Judged, Label, Problem, Subject, Suppression, SuppressionKind, Verdict};
use crate::gate::{Change, Fixed, Gate, GateStatus, ServiceChange, Vanished};
use crate::report::{
    Assessed, BindReport, CapabilityReport, EnvReport, Evidence, PillarScore, Report, RouteReport, Score,
    ServiceReport,
};
use crate::rule::{Confidence, Effort, Level, Meta, Pillar, Role, Severity, Status, SubjectKind};
use crate::score::level::Reached;
use crate::source::{Note, Place, Sources};
use crate::span::{Range, Span};

const MAIN: &str = "use axum::Router;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().json().init();
    let app = Router::new().route(\"/health\", get(health));
    let listener = TcpListener::bind(\"0.0.0.0:8080\").await?;
    /* Größe */ axum::serve(listener, app).await?;
    Ok(())
}
";
const DOCKERFILE: &str = "FROM rust:1.70 AS build
RUN cargo build --release

FROM debian:bookworm-slim
COPY --from=build /app/target/release/api /api
ENTRYPOINT /api --listen 0.0.0.0
";
const MANIFEST: &str = "[package]
name = \"api\"
edition = \"2024\"
rust-version = \"1.85\"

[dependencies]
axum = \"0.8\"
";
const WORKER: &str =
    "fn main() {\n\tlet client = reqwest::Client::new();\n\tlet url = std::env::var(\"QUEUE_URL\");\n}\n";

pub(in crate::report) const API: &str = "crates/api:api";
pub(in crate::report) const WORKER_ID: &str = "crates/worker:worker";

pub(in crate::report) fn sources() -> Sources {
    Sources::from_texts([
        (".github/workflows/ci.yml", workflow()),
        ("crates/api/Cargo.toml", MANIFEST.to_owned()),
        ("crates/api/Dockerfile", DOCKERFILE.to_owned()),
        ("crates/api/src/main.rs", MAIN.to_owned()),
        ("crates/worker/src/main.rs", WORKER.to_owned()),
        ("static/evil\u{1b}[2J.js", format!("let a = 1;\u{1b}[31m\n{}\n", "x".repeat(500))),
    ])
}

fn workflow() -> String {
    let step = |at: usize| format!("      - uses: example/action-{at}@v{at}\n");
    let steps: String = (1..=40).map(step).collect();
    format!("on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}")
}

/// The place of the `nth` occurrence of a text, from 0.
pub(in crate::report) fn span(sources: &Sources, path: &str, needle: &str, nth: usize) -> Span {
    let file = sources.find(path).expect("the sample has the file");
    let (at, _) = sources.text(file).match_indices(needle).nth(nth).expect("the file has the text");
    Span::new(file, Range::new(at, at + needle.len()))
}

pub(in crate::report) fn rule(id: &str, pillar: Pillar, severity: Severity, effort: Effort) -> &'static Meta {
    Box::leak(Box::new(Meta {
        id: id.to_owned(),
        pillar,
        capability: "graceful-termination".to_owned(),
        role: Role::Demerit,
        subjects: vec![SubjectKind::Service],
        severity,
        confidence: Confidence::High,
        counted: false,
        effort,
        since: "0.1.0".to_owned(),
        level: None,
        status: Status::Stable,
        references: Vec::new(),
    }))
}

pub(in crate::report) fn finding(
    rule: &'static Meta,
    (kind, id): (SubjectKind, &str),
    services: &[&str],
    points: f64,
    problem: Problem,
) -> Finding {
    Finding {
        rule,
        subject: Subject { kind, id: id.to_owned() },
        services: services.iter().map(|&id| id.to_owned()).collect(),
        severity: problem.severity.unwrap_or(rule.severity),
        confidence: problem.confidence.unwrap_or(rule.confidence),
        problem,
        points,
        fingerprint: format!("{}-0", rule.id),
        suppressed: None,
        is_new: None,
        fails_gate: false,
    }
}

fn judged(
    rule: &'static Meta,
    (kind, id): (SubjectKind, &str),
    services: &[&str],
    verdict: Verdict,
) -> Judged {
    let services = services.iter().map(|&id| id.to_owned()).collect();
    Judged { rule, subject: Subject { kind, id: id.to_owned() }, verdict, services }
}

/// A verdict `fail` of each rule and subject, as the engine gives beside the findings.
fn failures(findings: &[Finding]) -> Vec<Judged> {
    let mut failures: Vec<Judged> = Vec::new();
    for finding in findings {
        let known = failures
            .iter_mut()
            .find(|judged| judged.rule.id == finding.rule.id && judged.subject == finding.subject);
        match known {
            Some(Judged { verdict: Verdict::Fail(problems), .. }) => problems.push(finding.problem.clone()),
            _ => failures.push(Judged {
                rule: finding.rule,
                subject: finding.subject.clone(),
                verdict: Verdict::Fail(vec![finding.problem.clone()]),
                services: finding.services.clone(),
            }),
        }
    }
    failures
}

pub(in crate::report) fn report(sources: &Sources) -> Report {
    let findings = findings(sources);
    let mut checks = failures(&findings);
    checks.extend(others(sources));
    checks.sort_by(|a, b| (&a.rule.id, &a.subject).cmp(&(&b.rule.id, &b.subject)));
    let file = sources.find("crates/worker/src/main.rs").expect("the sample has the file");
    Report {
        score: Score::Assessed(Assessed {
            lowest_service: Some(API.to_owned()),
            without_waivers: 51.0,
            ..assessed(53.418, 47.0, 61.999)
        }),
        services: vec![api(sources), worker(sources)],
        checks,
        findings,
        notes: vec![
            Note::warning(Place::Span(sources.first_line(file)), "could not be parsed as Rust: expected `;`"),
            Note::warning(Place::Path("docs/\u{1b}]0;x\u{7}.md".to_owned()), "is not UTF-8"),
            Note::info(Place::Tree, "3 files over 1 MiB"),
        ],
        is_complete: true,
        rules: 23,
        gate: None,
    }
}

/// The same after a change: the gate failed, `graceful-shutdown` is new, the toolchain and a client's timeout are waived,
/// and texts of the repository are in reasons and ids.
pub(in crate::report) fn gated(sources: &Sources) -> Report {
    let mut report = report(sources);
    for finding in &mut report.findings {
        finding.is_new = Some(finding.rule.id == "graceful-shutdown");
        finding.fails_gate = finding.is_new == Some(true);
        let waiver = |kind, reason: &str, until: Option<&str>| Suppression {
            kind,
            reason: reason.to_owned(),
            until: until.map(str::to_owned),
            span: finding.problem.span,
        };
        finding.suppressed = match finding.rule.id.as_str() {
            "toolchain-agreement" => {
                let reason = "the image moves with the next base, see <b>@ops</b> | #12";
                Some(waiver(SuppressionKind::Config, reason, Some("2027-03-01")))
            }
            "http-client-timeout" => {
                Some(waiver(SuppressionKind::InSource, "the queue answers at once", None))
            }
            _ => None,
        };
    }
    let service = |id: &str, before, after| ServiceChange { id: id.to_owned(), was: None, before, after };
    report.gate = Some(Gate {
        status: GateStatus::Failed,
        reasons: vec![
            "new high finding of `graceful-shutdown` in `crates/api:api` at crates/api/src/main.rs:8: \
             `api` stops without draining requests"
                .to_owned(),
            "the score of `crates/api:api` drops from 51 to 44".to_owned(),
        ],
        change: Some(Change {
            base: "3f2a9c1".to_owned(),
            before: Some(assessed(56.2, 50.0, 64.0)),
            after: Some(assessed(53.418, 47.0, 61.999)),
            services: vec![
                service(API, Some(assessed(51.0, 40.0, 60.0)), Some(assessed(44.2, 40.0, 49.0))),
                service(WORKER_ID, None, Some(assessed(61.84, 54.0, 73.0))),
                service("crates/old:old", Some(assessed(30.0, 30.0, 30.0)), None),
            ],
            fixed: vec![Fixed {
                rule: "pinned-image".to_owned(),
                message: "`debian:latest` is whatever `latest` is on the day".to_owned(),
                path: "crates/api/Dockerfile".to_owned(),
                line: 4,
                points: 1.25,
            }],
            unchanged: 45,
            vanished: vec![Vanished {
                is_unknown: false,
                service: API.to_owned(),
                capability: "graceful-termination",
                was: vec!["crates/api/src/main.rs:9".to_owned()],
            }],
        }),
    });
    report
}

/// A repository whose names mean harm: to Markdown, to HTML, to XML, to workflow commands and to URIs.
pub(in crate::report) fn hostile() -> (Sources, Report) {
    let sources = Sources::from_texts([(HOSTILE_PATH, "let a = 1;\n")]);
    let bad = rule("tls-verification", Pillar::Security, Severity::Critical, Effort::Small);
    let file = sources.find(HOSTILE_PATH).expect("it was just made");
    let id = "a|b`c:<img src=x onerror=1>";
    let problem = Problem::new(
        sources.first_line(file),
        "`x|y` and ``` and <script>alert(1)</script> of @root\n::error::owned ##[error]owned [a](1) &amp; \u{1b}[31m\u{0}\u{ffff}",
        "ask https://evil.example/ or www.evil.example, 100 % sure\r\n## owned",
    )
    .with_related(sources.first_line(file), "a [link] to \\ it");
    let mut report = report(&self::sources());
    report.findings = vec![finding(bad, (SubjectKind::Service, id), &[id], 1.0, problem)];
    report.checks = failures(&report.findings);
    report.notes = vec![Note::warning(Place::Path(HOSTILE_PATH.to_owned()), "a `|` & <b>")];
    report.services.truncate(1);
    report.services[0].id = id.to_owned();
    report.services[0].binds.clear();
    report.services[0].routes.clear();
    (sources, report)
}

pub(in crate::report) const HOSTILE_PATH: &str = "a b/ü#100%,c:d|`e`\n::error::.rs";

fn findings(sources: &Sources) -> Vec<Finding> {
    use Severity::{Critical, High, Low, Medium};
    let signal = rule("signal-reaches-process", Pillar::Failure, Critical, Effort::Small);
    let exec = rule("exec-form-entrypoint", Pillar::Failure, Medium, Effort::Small);
    let graceful = rule("graceful-shutdown", Pillar::Failure, High, Effort::Small);
    let toolchain = rule("toolchain-agreement", Pillar::Deployment, High, Effort::Small);
    let timeout = rule("http-client-timeout", Pillar::Failure, High, Effort::Medium);
    let env = rule("env-documented", Pillar::Operability, Low, Effort::Small);
    let action = rule("pinned-action", Pillar::Security, Medium, Effort::Small);
    let at = |path: &str, needle: &str| span(sources, path, needle, 0);
    let (dockerfile, main) = ("crates/api/Dockerfile", "crates/api/src/main.rs");
    let (api, worker) = ((SubjectKind::Service, API), (SubjectKind::Service, WORKER_ID));

    let mut findings: Vec<Finding> = (0..40)
        .map(|nth| {
            let uses = format!("example/action-{}@v{}", nth + 1, nth + 1);
            let message = format!("`{uses}` is not pinned by its commit");
            let problem = Problem::new(
                span(sources, ".github/workflows/ci.yml", &format!("{uses}\n"), 0),
                message,
                "name the commit and keep the tag as a comment",
            );
            let pipeline = (SubjectKind::Pipeline, ".github/workflows/ci.yml");
            finding(action, pipeline, &[API, WORKER_ID], 0.02, problem)
        })
        .collect();
    let entrypoint = at(dockerfile, "ENTRYPOINT /api --listen 0.0.0.0");
    findings.push(finding(
        exec,
        (SubjectKind::Image, dockerfile),
        &[API],
        0.0,
        Problem::new(entrypoint, "`ENTRYPOINT` is in shell form", "write it as a JSON array")
            .subsumed_by("signal-reaches-process"),
    ));
    let swallowed =
        "SIGTERM ends at the shell that `ENTRYPOINT` starts, so `api` is killed after the grace period";
    findings.push(finding(
        signal,
        api,
        &[API],
        12.25,
        Problem::new(entrypoint, swallowed, "write `ENTRYPOINT [\"/api\", \"--listen\", \"0.0.0.0\"]`"),
    ));
    findings.push(finding(
        toolchain,
        (SubjectKind::Repository, ""),
        &[API, WORKER_ID],
        1.5,
        Problem::new(
            at(dockerfile, "rust:1.70"),
            "the image builds with Rust 1.70, the manifest asks for 1.85",
            "use `rust:1.85` or later",
        )
        .with_related(
            at("crates/api/Cargo.toml", "\"1.85\""),
            "the oldest Rust that this package builds with",
        ),
    ));
    findings.push(finding(
        graceful,
        api,
        &[API],
        3.6044,
        Problem::new(
            at(main, "axum::serve(listener, app)"),
            "`api` stops without draining requests",
            "add `.with_graceful_shutdown(shutdown_signal())`",
        )
        .with_related(at(main, "\"0.0.0.0:8080\""), "the listener that is served"),
    ));
    let mut guess = Problem::new(
        at("crates/worker/src/main.rs", "reqwest::Client::new()"),
        "`reqwest` waits without end",
        "build it with `.timeout(…)`",
    );
    guess.confidence = Some(Confidence::Medium);
    findings.push(finding(timeout, worker, &[WORKER_ID], 2.0, guess));
    let read = at("crates/worker/src/main.rs", "\"QUEUE_URL\"");
    let undocumented = Problem::new(read, "`QUEUE_URL` is documented nowhere", "add it to the README");
    findings.push(finding(env, worker, &[WORKER_ID], 0.2, undocumented));
    findings.sort_by(|a, b| (a.problem.span, &a.rule.id).cmp(&(b.problem.span, &b.rule.id)));
    findings
}

/// The verdicts that are no `fail`.
fn others(sources: &Sources) -> Vec<Judged> {
    let medium = |id: &str| rule(id, Pillar::Observability, Severity::Medium, Effort::Small);
    let at = |needle: &str| span(sources, "crates/api/src/main.rs", needle, 0);
    let unread = "`crates/worker/src/main.rs` could not be parsed";
    let (api, worker) = ((SubjectKind::Service, API), (SubjectKind::Service, WORKER_ID));
    let repository = (SubjectKind::Repository, "");
    let logs = medium("structured-logs");
    vec![
        judged(
            medium("health-check"),
            api,
            &[API],
            Verdict::pass(at("\"/health\""), "`GET /health` is served"),
        ),
        judged(logs, api, &[API], Verdict::pass(at("tracing_subscriber::fmt()"), "logging is set up here")),
        judged(logs, worker, &[WORKER_ID], Verdict::unknown(unread)),
        judged(medium("metrics"), worker, &[WORKER_ID], Verdict::unknown(unread)),
        judged(
            medium("request-timeout"),
            worker,
            &[WORKER_ID],
            Verdict::not_applicable("it serves no requests"),
        ),
        judged(
            medium("lockfile-committed"),
            repository,
            &[API, WORKER_ID],
            Verdict::Pass(vec![Label::new(
                span(sources, "crates/api/Cargo.toml", "\"api\"", 0),
                "`Cargo.lock` stands beside it",
            )]),
        ),
    ]
}

fn assessed(exact: f64, low: f64, high: f64) -> Assessed {
    let pillar = |pillar, value, points| PillarScore { pillar, value, points };
    Assessed {
        exact,
        low,
        high,
        coverage: 0.9304,
        without_waivers: exact,
        lowest_service: None,
        reached: Reached {
            level: Some(Level::Bronze),
            in_the_way: ["http-client-timeout", "metrics", "panic-free-handlers", "request-timeout"]
                .map(str::to_owned)
                .to_vec(),
        },
        pillars: vec![
            pillar(Pillar::Failure, 31.256, 20.0),
            pillar(Pillar::Observability, 85.0, 17.0),
            pillar(Pillar::Deployment, 100.0, 12.5),
            pillar(Pillar::Security, 0.0, 5.0),
        ],
    }
}

fn api(sources: &Sources) -> ServiceReport {
    let at = |needle: &str| span(sources, "crates/api/src/main.rs", needle, 0);
    ServiceReport {
        id: API.to_owned(),
        name: "api".to_owned(),
        package: "api".to_owned(),
        binary: "api".to_owned(),
        main: "crates/api/src/main.rs".to_owned(),
        kind: "http",
        frameworks: vec!["axum".to_owned()],
        target: "kubernetes",
        image: Some("crates/api/Dockerfile".to_owned()),
        workloads: vec!["deploy/api.yaml#Deployment/api".to_owned()],
        tier: None,
        score: Score::Assessed(assessed(44.9999, 40.0, 50.0)),
        capabilities: vec![CapabilityReport {
            id: "graceful-termination",
            pillar: Pillar::Failure,
            points: 6.0,
            evidence: Evidence::Found,
            score: 0.4,
        }],
        binds: vec![BindReport {
            address: Some("0.0.0.0".to_owned()),
            port: Some(8080),
            span: at("\"0.0.0.0:8080\""),
        }],
        routes: vec![RouteReport {
            method: Some("GET".to_owned()),
            path: "/health".to_owned(),
            span: at("\"/health\""),
        }],
        env: Vec::new(),
    }
}

fn worker(sources: &Sources) -> ServiceReport {
    let read = span(sources, "crates/worker/src/main.rs", "\"QUEUE_URL\"", 0);
    ServiceReport {
        id: WORKER_ID.to_owned(),
        name: "worker".to_owned(),
        package: "worker".to_owned(),
        binary: "worker".to_owned(),
        main: "crates/worker/src/main.rs".to_owned(),
        kind: "worker",
        frameworks: Vec::new(),
        target: "none",
        image: None,
        workloads: Vec::new(),
        tier: None,
        score: Score::Assessed(assessed(61.84, 54.0, 73.0)),
        capabilities: Vec::new(),
        binds: Vec::new(),
        routes: Vec::new(),
        env: vec![EnvReport { name: "QUEUE_URL".to_owned(), required: true, span: read }],
    }
}
