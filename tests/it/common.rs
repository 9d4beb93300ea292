//! What the tests share: trees on disk, the program under a time limit, and its JSON report.
//!
//! Nothing here asserts a verdict; it only fails where the program broke its contract (no end, no JSON).

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Whatever the tree holds, an audit ends; a debug build on a busy machine has to manage as well.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// A repository in a temporary folder that vanishes with it.
pub(crate) struct Tree {
    folder: TempDir,
}

impl Tree {
    /// An empty repository. Its folder always has the same name, which neither stands out nor is hidden.
    pub(crate) fn empty() -> Self {
        let tree = Self { folder: TempDir::new().expect("a temporary folder can be made") };
        fs::create_dir(tree.path()).expect("a new folder is writable");
        tree
    }

    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self::empty();
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    /// The small service of [`SERVICE`], and these files besides or instead.
    pub(crate) fn service_with(files: &[(&str, &str)]) -> Self {
        let tree = Self::new(SERVICE);
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    /// A folder beside the repository, for what must stay out of it.
    pub(crate) fn outside(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file stands in a folder"))
            .expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).expect("the file stands there");
    }

    /// Audits the tree; the program must succeed, say nothing on standard error, and write a report of the schema.
    pub(crate) fn audit(&self) -> Report {
        self.audit_with(&[])
    }

    pub(crate) fn audit_with(&self, options: &[&str]) -> Report {
        let run = Forge::new().args(&["audit", "--format", "json"]).args(options).path(&self.path()).run();
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "an audit of any tree succeeds, in silence"
        );
        Report::of(&run)
    }
}

/// A call of the program.
pub(crate) struct Forge {
    command: Command,
}

impl Forge {
    /// With nothing of the environment but where programs and a home are.
    pub(crate) fn new() -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_forge")))
    }

    /// A line for the shell, in which `$FORGE` is the program.
    pub(crate) fn shell(line: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]);
        Self::of(command).env("FORGE", env!("CARGO_BIN_EXE_forge"))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for kept in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        Self { command }
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn path(mut self, path: &Path) -> Self {
        self.command.arg(path);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to the end, or kills what takes longer than the limit and fails.
    pub(crate) fn run(mut self) -> Run {
        let mut child = self.command.spawn().expect("the program was built with this test");
        // Both pipes are emptied while the program runs: a full one would stop it.
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let code = wait(&mut child);
        let told = |pipe: thread::JoinHandle<Vec<u8>>| pipe.join().expect("reading a pipe does not panic");
        let (stdout, stderr) = (told(stdout), told(stderr));
        Run {
            code,
            stdout: String::from_utf8(stdout).expect("the program writes UTF-8"),
            stderr: String::from_utf8(stderr).expect("the program writes UTF-8"),
        }
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        bytes
    })
}

fn wait(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            return status.code();
        }
        if start.elapsed() > TIME_LIMIT {
            child.kill().expect("the child is ours");
            panic!("no end within {} s", TIME_LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What a call left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` where a signal ended it: a stack overflow, or the time limit.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The JSON report of an audit.
pub(crate) struct Report {
    /// As it was written.
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Report {
    pub(crate) fn of(run: &Run) -> Self {
        let json: Value = serde_json::from_str(&run.stdout).expect("standard output is one JSON value");
        assert_eq!(json["schema_version"], 1);
        Self { text: run.stdout.clone(), json }
    }

    fn list(&self, key: &str) -> &[Value] {
        self.json[key].as_array().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn checks(&self) -> &[Value] {
        self.list("checks")
    }

    pub(crate) fn findings(&self) -> &[Value] {
        self.list("findings")
    }

    pub(crate) fn services(&self) -> &[Value] {
        self.list("services")
    }

    pub(crate) fn notes(&self) -> &[Value] {
        self.list("notes")
    }

    /// The verdicts of a rule, on every subject.
    pub(crate) fn verdicts(&self, rule: &str) -> Vec<&str> {
        let of_rule = self.checks().iter().filter(|check| check["rule"] == rule);
        of_rule.filter_map(|check| check["verdict"].as_str()).collect()
    }

    /// The rules that hold something proven against a kind of subject, for a tree in which nothing can be.
    pub(crate) fn passes_of(&self, subject: &str) -> Vec<&str> {
        let passes = self.checks().iter().filter(|check| check["verdict"] == "pass");
        passes
            .filter(|check| check["subject"]["kind"] == subject)
            .filter_map(|check| check["rule"].as_str())
            .collect()
    }

    /// The notes on a path, as `line: message`; without a line, only the message.
    pub(crate) fn notes_on(&self, path: &str) -> Vec<String> {
        let here = self.notes().iter().filter(|note| note["path"] == path);
        here.map(|note| {
            let message = note["message"].as_str().unwrap_or_default();
            note["line"].as_u64().map_or_else(|| message.to_owned(), |line| format!("{line}: {message}"))
        })
        .collect()
    }

    /// One note on the path, with these words.
    #[track_caller]
    pub(crate) fn expect_note(&self, path: &str, words: &str) {
        let notes = self.notes_on(path);
        assert!(
            matches!(notes.as_slice(), [only] if only.contains(words)),
            "one note on {path} with `{words}`, not {notes:?}"
        );
    }

    /// The places of a rule's findings, as `path:line:column`.
    pub(crate) fn places(&self, rule: &str) -> Vec<String> {
        let of_rule = self.findings().iter().filter(|finding| finding["rule"] == rule);
        of_rule
            .map(|finding| {
                let path = finding["path"].as_str().unwrap_or_default();
                format!("{path}:{}:{}", finding["line"], finding["column"])
            })
            .collect()
    }
}

/// A service that answers for its health, in two files; it neither drains nor logs.
pub(crate) const SERVICE: &[(&str, &str)] =
    &[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("src/main.rs", MAIN), ("src/routes.rs", ROUTES)];

pub(crate) const MANIFEST: &str = r#"[package]
name = "shop"
version = "0.1.0"
edition = "2024"

[dependencies]
axum = "0.8"
tokio = { version = "1", features = ["full"] }
"#;

const LOCK: &str = r#"version = 4

[[package]]
name = "axum"
version = "0.8.4"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["axum", "tokio"]

[[package]]
name = "tokio"
version = "1.47.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

/// Serves on line 6, column 5.
pub(crate) const MAIN: &str = r#"mod routes;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, routes::router()).await
}
"#;

/// Serves, and answers for its health, without another file.
pub(crate) const MAIN_ALONE: &str = r#"use axum::{Router, routing::get};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/healthz", get(|| async { "ok" }));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, app).await
}
"#;

pub(crate) const ROUTES: &str = r#"use axum::{Router, routing::get};

pub fn router() -> Router {
    Router::new().route("/healthz", get(|| async { "ok" })).route("/orders", get(|| async { "[]" }))
}
"#;

/// The small service with everything around it: one file of each kind that is read, and the places where the
/// artifacts meet.
pub(crate) const SYSTEM: &[(&str, &str)] = &[
    ("Cargo.toml", MANIFEST),
    ("Cargo.lock", LOCK),
    ("src/main.rs", SYSTEM_MAIN),
    ("src/routes.rs", ROUTES),
    ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.90.0\"\ncomponents = [\"clippy\"]\n"),
    ("Dockerfile", DOCKERFILE),
    (".dockerignore", "target\n"),
    ("docker/entrypoint.sh", "#!/bin/sh\nset -eu\nif [ \"${WAIT:-}\" ]; then\n  sleep 1\nfi\nexec \"$@\"\n"),
    ("compose.yaml", COMPOSE),
    ("deploy/shop.yaml", KUBERNETES),
    (".github/workflows/ci.yml", WORKFLOW),
    (".github/actions/setup/action.yml", ACTION),
    (".github/dependabot.yml", DEPENDABOT),
    (".github/CODEOWNERS", "# Who answers\n* @shop/backend\n/deploy/ @shop/platform\n"),
    (".gitlab-ci.yml", GITLAB),
    (".env.example", "DATABASE_URL=postgres://localhost/shop\n"),
    ("README.md", "# Shop\n\n| variable | meaning |\n|---|---|\n| `DATABASE_URL` | the database |\n"),
    ("renovate.json", "{ \"extends\": [\"config:recommended\"] }\n"),
];

const SYSTEM_MAIN: &str = r##"//! The shop.
mod routes;

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

const PORT: u16 = 8080;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().json().init();
    let database = std::env::var("DATABASE_URL").expect("DATABASE_URL is set");
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    tracing::info!(database = %database, "starts");
    let answer = client.get("https://example.org/rates").send().await?;
    println!("{:?} é {}", answer.status(), r#"raw " text"#);
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", PORT)).await?;
    axum::serve(listener, routes::router()).with_graceful_shutdown(stop()).await?;
    Ok(())
}

/* Both signals: the platform's and the keyboard's. */
async fn stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("there is a SIGTERM");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_port_is_not_privileged() {
        assert!(super::PORT > 1024 && 'a' < 'é');
    }
}
"##;

const DOCKERFILE: &str = r#"# syntax=docker/dockerfile:1
ARG RUST=1.90
FROM rust:${RUST}-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    cargo build --release --locked && \
    cp target/release/shop /shop
RUN <<EOF
strip /shop
EOF

FROM debian:bookworm-slim
COPY --from=build /shop /usr/local/bin/shop
COPY docker/entrypoint.sh /entrypoint.sh
ENV DATABASE_URL=postgres://db/shop RUST_LOG="info"
EXPOSE 8080
USER 10001:10001
HEALTHCHECK --interval=10s CMD ["curl", "--fail", "http://localhost:8080/healthz"]
ENTRYPOINT ["/entrypoint.sh"]
CMD ["/usr/local/bin/shop"]
"#;

const COMPOSE: &str = r#"x-base: &base
  restart: unless-stopped
services:
  shop:
    <<: *base
    build: .
    ports: ["8080:8080"]
    environment:
      DATABASE_URL: ${DATABASE_URL:-postgres://db/shop}
    depends_on:
      db: { condition: service_healthy }
    stop_grace_period: 30s
  db:
    <<: *base
    image: postgres:17.2
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U shop"]
"#;

const KUBERNETES: &str = r"apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      terminationGracePeriodSeconds: 30
      securityContext: { runAsNonRoot: true, runAsUser: 10001 }
      containers:
        - name: shop
          image: registry.example.org/shop:1.4.2
          ports: [{ name: http, containerPort: 8080 }]
          env:
            - { name: DATABASE_URL, valueFrom: { secretKeyRef: { name: shop, key: url } } }
          livenessProbe:
            httpGet: { path: /healthz, port: http }
          command: |
            /usr/local/bin/shop
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports: [{ port: 80, targetPort: http }]
";

const WORKFLOW: &str = r#"name: ci
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    services:
      db: { image: "postgres:17.2" }
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - uses: ./.github/actions/setup
      - run: |
          cargo test --locked
          cargo clippy -- -D warnings
"#;

const ACTION: &str = r"name: setup
description: prepares
runs:
  using: composite
  steps:
    - uses: Swatinem/rust-cache@v2
    - run: rustup show
      shell: bash
";

const DEPENDABOT: &str = r#"version: 2
updates:
  - { package-ecosystem: cargo, directory: "/", schedule: { interval: weekly } }
  - { package-ecosystem: docker, directory: "/", schedule: { interval: weekly } }
  - { package-ecosystem: github-actions, directory: "/", schedule: { interval: weekly } }
"#;

const GITLAB: &str = r"stages: [test]
test:
  stage: test
  image: rust:1.90
  timeout: 20m
  script:
    - cargo test --locked
";
