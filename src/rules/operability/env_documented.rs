//! `env-documented`: variables that the code reads are documented.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

/// Variables that a platform, a shell or a well-known library defines: their documentation is elsewhere.
const WELL_KNOWN: &[&str] = &[
    "RUST_LOG",
    "RUST_BACKTRACE",
    "RUST_LIB_BACKTRACE",
    "HOME",
    "PATH",
    "USER",
    "HOSTNAME",
    "TZ",
    "LANG",
    "TERM",
    "PWD",
    "SHELL",
    "TMPDIR",
    "TEMP",
    "NO_COLOR",
    "CI",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "EDITOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "POD_NAME",
    "POD_NAMESPACE",
    "POD_IP",
    "NODE_NAME",
    "INVOCATION_ID",
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
    "JOURNAL_STREAM",
    "COLUMNS",
    "OUT_DIR",
    "PROFILE",
    "TARGET",
    "DYNO",
];

/// Their prefixes.
const WELL_KNOWN_PREFIXES: &[&str] = &[
    "CARGO_",
    "DOCKER_",
    "OTEL_",
    "AWS_",
    "GITHUB_",
    "GITLAB_",
    "ECS_",
    "KUBERNETES_",
    "FLY_",
    "RAILWAY_",
    "RENDER_",
    "HEROKU_",
];

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let environment = &service.environment;
    let (mut problems, mut evidence): (Vec<Problem>, Vec<Label>) = (Vec::new(), Vec::new());
    for read in &environment.reads {
        if is_well_known(&read.name) {
            continue;
        }
        let in_help = environment.reads.iter().any(|other| other.in_help && other.name == read.name);
        if in_help || cx.project.repository.documents(&read.name) {
            evidence.push(Label::new(read.span, format!("`{}` is documented", read.name)));
        } else {
            let needs = if read.required { "needs" } else { "reads" };
            problems.push(Problem::new(
                read.span,
                format!("`{}` {needs} `{}`, which is written down nowhere", service.name, read.name),
                "describe it in the README or in `.env.example`: what it is for, an example, its default",
            ));
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if let Some(open) = environment.open.first() {
        let label = Label::new(*open, "the names that are read here are not written down");
        return Verdict::Unknown(
            "it reads variables whose names are not written in the code".into(),
            vec![label],
        );
    }
    match (evidence.is_empty(), service.blind_spot()) {
        (false, _) => Verdict::Pass(evidence),
        (true, Some(why)) => Verdict::unknown(why),
        (true, None) => Verdict::not_applicable("reads no variables of its own"),
    }
}

fn is_well_known(name: &str) -> bool {
    // `http_proxy` is written in either case.
    let name = &*name.to_ascii_uppercase();
    WELL_KNOWN.contains(&name) || WELL_KNOWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
