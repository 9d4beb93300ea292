//! What an instance has for its variables, by platform.

use super::*;
use crate::facts::Facts;
use crate::source::Sources;

const MAIN: &str = "use axum::Router;\n#[tokio::main]\nasync fn main() {\n    let l = tokio::net::TcpListener::bind(\"0.0.0.0:80\").await.unwrap();\n    axum::serve(l, Router::new()).await.unwrap();\n}\n";
const CARGO: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const DOCKERFILE: &str = "FROM rust:1.85 AS build\nRUN cargo build\nFROM debian:bookworm\nENV OF_IMAGE=i BOTH=i\nCOPY --from=build /t/api /api\nENTRYPOINT [\"/api\"]\n";

/// What the only instance that a manifest starts has for each name: `value`, `*` for one that is not known, `-` for
/// none, `?`.
fn settings(files: &[(&str, &str)], names: &[&str]) -> String {
    let whole = [("src/main.rs", MAIN), ("Cargo.toml", CARGO)];
    let dockerfile = [("Dockerfile", DOCKERFILE)];
    let has_own = files.iter().any(|(path, _)| *path == "Dockerfile");
    let all = whole.iter().chain(dockerfile.iter().filter(|_| !has_own)).chain(files);
    let sources = Sources::from_texts(all.copied());
    let facts = Facts::extract(&sources);
    let project = Project::link(&sources, &facts);
    let found: Vec<Instance<'_>> =
        project.workloads.iter().flat_map(|workload| project.instances_in(workload)).collect();
    assert_eq!(found.len(), 1, "{:?}", project.services);
    let shown = names.iter().map(|name| match found[0].variable(name) {
        Setting::Set { value: Some(value), .. } => value,
        Setting::Set { value: None, .. } => "*".to_owned(),
        Setting::Unset => "-".to_owned(),
        Setting::Unknown(_) => "?".to_owned(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn compose(rest: &str) -> String {
    format!("services:\n  api:\n    build: .\n{rest}")
}

fn pod(rest: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: api}}\nspec:\n  containers:\n  - name: api\n    image: api:1\n{rest}{more}"
    )
}

#[test]
fn compose_sets_by_name_then_from_files_then_from_the_image() {
    let text = compose(
        "    environment: {BOTH: c, HIDDEN: \"${X}\", CALLER: , GIVEN: \"${Y:-d}\"}\n    env_file: [a.env, b.env]\n",
    );
    let files = [("compose.yaml", text.as_str()), ("a.env", "F=a\nA=a\nBOTH=a"), ("b.env", "F=b")];
    let names = ["BOTH", "HIDDEN", "CALLER", "GIVEN", "F", "A", "OF_IMAGE", "NONE"];
    assert_eq!(settings(&files, &names), "c * ? d b a i -");
    // A file that is not there may set everything that is not set by name; what an earlier one sets is set.
    assert_eq!(settings(&files[..2], &names), "c * ? d * * * ?");
}

#[test]
fn compose_files_beside_it_may_be_laid_over() {
    let (base, over) = (compose(""), "services:\n  api:\n    environment: [OVER=1]\n");
    let files = [("compose.yaml", base.as_str()), ("compose.prod.yaml", over)];
    assert_eq!(settings(&files, &["OVER", "NONE"]), "? -");
}

#[test]
fn kubernetes_sets_by_name_then_from_objects_then_from_the_image() {
    let env = "    env: [{name: BOTH, value: k}, {name: KEY, valueFrom: {configMapKeyRef: {name: c, key: k}}}, {name: F, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n    envFrom: [{configMapRef: {name: c}}, {prefix: P_, secretRef: {name: s}}]\n";
    let objects = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v, BOTH: c}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {X: x}\n";
    let whole = pod(env, objects);
    let names = ["BOTH", "KEY", "F", "k", "P_X", "X", "OF_IMAGE", "NONE"];
    assert_eq!(settings(&[("k8s/api.yaml", &whole)], &names), "k v * v * - i -");
    let alone = pod(env, "");
    assert_eq!(settings(&[("k8s/api.yaml", &alone)], &names), "k * * ? ? ? * ?");
}

#[test]
fn what_kustomize_makes_is_there() {
    let from = "    envFrom: [{configMapRef: {name: c}}]\n";
    let text = pod(from, "");
    let made = "resources: [api.yaml]\nconfigMapGenerator: [{name: c, literals: [A=1], envs: [x.env]}]\n";
    let files = [("k8s/api.yaml", text.as_str()), ("k8s/kustomization.yaml", made), ("k8s/x.env", "B=2")];
    assert_eq!(settings(&files, &["A", "B", "NONE"]), "1 2 -");
    assert_eq!(settings(&files[..2], &["A", "B", "NONE"]), "1 ? ?");
}

#[test]
fn scripts_and_other_programs_may_set_variables() {
    let start = |entrypoint: &str| {
        DOCKERFILE.replace("ENTRYPOINT [\"/api\"]", &format!("COPY run.sh /run.sh\nENTRYPOINT {entrypoint}"))
    };
    let text = compose("");
    let script = start("[\"/run.sh\"]");
    let mut files = [
        ("compose.yaml", text.as_str()),
        ("Dockerfile", &script),
        ("run.sh", "export A=$(date)\nexec /api\n"),
    ];
    assert_eq!(settings(&files, &["A", "NONE"]), "* -");
    files[2].1 = ". /secrets/env\nexec /api\n";
    assert_eq!(settings(&files, &["A", "NONE"]), "? ?");
    let wrapped = start("[\"doppler\", \"run\", \"--\", \"/api\"]");
    files[1].1 = &wrapped;
    assert_eq!(settings(&files, &["OF_IMAGE", "NONE"]), "i ?");
    let on_another = DOCKERFILE.replace("FROM debian:bookworm", "FROM registry.example.org/team/base:1");
    files[1].1 = &on_another;
    assert_eq!(settings(&files, &["OF_IMAGE", "NONE"]), "i ?");
}
