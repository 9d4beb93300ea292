use super::*;
use crate::facts::kubernetes::Strategy;
use crate::source::Sources;
use crate::span::At;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n      containers:\n      - name: web\n        image: ghcr.io/acme/web:1.0.0\n        env:\n        - name: A\n          value: base\n        - name: B\n          value: base\n";

/// A base with one deployment, and an overlay of it.
fn overlaid(kustomization: &str, others: &[(&str, &str)]) -> (Sources, Kustomized) {
    let mut files = vec![
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", DEPLOYMENT),
        ("prod/kustomization.yaml", kustomization),
    ];
    files.extend(others);
    built(&files)
}

fn built(files: &[(&str, &str)]) -> (Sources, Kustomized) {
    let sources = Sources::from_texts(files.iter().map(|(path, text)| (*path, *text)));
    let facts = Facts::extract(&sources);
    (sources, facts.kustomized)
}

fn only(kustomized: &Kustomized) -> (&Built, &BuiltObject) {
    assert_eq!(kustomized.built.len(), 1, "{kustomized:?}");
    let built = &kustomized.built[0];
    (built, &built.objects[0])
}

/// What is written where a value stands, and in which file.
fn written<'s, T>(sources: &'s Sources, built: &Built, value: &At<T>) -> (&'s str, &'s str) {
    let span = built.home.at(value);
    (sources.path(span.file), &sources.text(span.file)[span.range.as_usize()])
}

#[test]
fn a_patch_file_is_laid_over_a_base_and_each_value_stands_where_it_is_written() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n  strategy: {type: Recreate}\n  template:\n    spec:\n      containers:\n      - name: web\n        env:\n        - {name: B, value: prod}\n        - {name: C, value: new}\n        resources: {limits: {memory: 1Gi}}\n";
    for (kustomization, whole) in [
        ("resources: [../base]\npatches: [{path: p.yaml}]\n", true),
        ("bases: [../base]\npatchesStrategicMerge: [p.yaml]\n", true),
        ("resources: [../base, 'https://example.com/x?ref=v1']\npatches: [{path: p.yaml}]\n", false),
    ] {
        let (sources, kustomized) = overlaid(kustomization, &[("prod/p.yaml", patch)]);
        let (built, it) = only(&kustomized);
        assert_eq!((built.is_whole, &it.open), (whole, &None), "{kustomization}");
        let object = &it.object;
        let replicas = object.replicas.as_ref().expect("it has some");
        assert_eq!((replicas.value, written(&sources, built, replicas)), (3, ("prod/p.yaml", "3")));
        let update = object.update.as_ref().and_then(|update| update.kind.as_ref()).expect("it has one");
        assert_eq!(update.value, Strategy::Recreate);
        let container = &object.pod.as_ref().expect("it has one").containers[0];
        let env: Vec<_> = container.env.iter().filter_map(|env| env.value.as_ref()).collect();
        assert_eq!(env.iter().map(|value| &*value.value).collect::<Vec<_>>(), ["base", "prod", "new"]);
        assert_eq!(written(&sources, built, env[0]), ("base/web.yaml", "base"));
        assert_eq!(written(&sources, built, env[1]), ("prod/p.yaml", "prod"));
        let image = container.image.as_ref().expect("it has one");
        assert_eq!(written(&sources, built, image).0, "base/web.yaml");
        assert_eq!(container.limits[0].1.value, "1Gi");
        let name = object.name.as_ref().expect("it has one");
        assert_eq!(written(&sources, built, name), ("base/web.yaml", "web"));
    }
}

#[test]
fn patches_within_the_kustomization_stand_at_their_lines() {
    let of_json = "resources: [../base]\npatches:\n- target: {kind: Deployment, name: w.*}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 4\n    - op: add\n      path: /spec/template/spec/containers/0/env/-\n      value: {name: D, value: four}\n";
    let of_merge = "resources: [../base]\npatches:\n- patch: |\n    kind: Deployment\n    apiVersion: apps/v1\n    metadata: {name: web}\n    spec:\n      replicas: 4\n";
    let of_older = "resources: [../base]\npatchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: web}\n  patch: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 4}]'\n";
    for kustomization in [of_json, of_merge, of_older] {
        let (sources, kustomized) = overlaid(kustomization, &[]);
        let (built, it) = only(&kustomized);
        assert_eq!(it.open, None, "{kustomization}");
        let replicas = it.object.replicas.as_ref().expect("it has some");
        assert_eq!(
            (replicas.value, written(&sources, built, replicas)),
            (4, ("prod/kustomization.yaml", "4"))
        );
    }
}

#[test]
fn what_a_patch_deletes_or_replaces_is_gone() {
    let env = |patch: &str| {
        let text = format!(
            "resources: [../base]\npatches:\n- patch: |\n    kind: Deployment\n    apiVersion: apps/v1\n    metadata: {{name: web}}\n    spec: {{replicas: null, template: {{spec: {{containers: [{{name: web, {patch}}}]}}}}}}\n"
        );
        let (_, kustomized) = overlaid(&text, &[]);
        let (_, it) = only(&kustomized);
        assert!(it.object.replicas.is_none());
        let container = &it.object.pod.as_ref().expect("it has one").containers[0];
        container.env.iter().map(|env| env.name.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(env("env: [{name: A, $patch: delete}]"), ["B"]);
    assert_eq!(env("env: [{$patch: replace}, {name: Z, value: z}]"), ["Z"]);
    assert_eq!(env("env: null"), Vec::<String>::new());
    assert_eq!(env("stdin: true"), ["A", "B"]);
}

#[test]
fn fields_change_many_objects_at_once() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {defaultBackend: {service: {name: web}}}\n";
    let text = "resources: [../base, service.yaml]\nnamespace: shop\nnamePrefix: eu-\nnameSuffix: -1\nlabels: [{pairs: {team: a}, includeSelectors: true}]\nimages: [{name: ghcr.io/acme/web, newTag: 2.0.0}]\nreplicas: [{name: web, count: 5}]\n";
    let (sources, kustomized) = overlaid(text, &[("prod/service.yaml", service)]);
    let built = &kustomized.built[0];
    assert!(built.is_whole);
    let name = |at: usize| built.objects[at].object.name.as_ref().map(|name| name.value.as_str());
    assert_eq!([name(0), name(1), name(2)], [Some("eu-web-1"); 3]);
    let web = &built.objects[0];
    assert_eq!((&*web.first_name, web.object.namespace.as_ref().map(|it| &*it.value)), ("web", Some("shop")));
    assert_eq!(web.object.replicas.as_ref().map(|it| it.value), Some(5));
    let pod = web.object.pod.as_ref().expect("it has one");
    assert!(pod.template_labels.iter().any(|(key, value)| key == "team" && value.value == "a"));
    let image = pod.containers[0].image.as_ref().expect("it has one");
    assert_eq!(image.value, "ghcr.io/acme/web:2.0.0");
    assert_eq!(written(&sources, built, image), ("prod/kustomization.yaml", "2.0.0"));
    let crate::facts::kubernetes::Wiring::Ingress(ingress) = &built.objects[2].object.wiring else {
        panic!()
    };
    assert_eq!(ingress.backends[0].value, "eu-web-1");
}

#[test]
fn components_change_what_others_take() {
    let component = "kind: Component\npatches:\n- target: {kind: Deployment}\n  patch: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 7}]'\n";
    let (_, kustomized) =
        overlaid("resources: [../base]\ncomponents: [../many]\n", &[("many/kustomization.yaml", component)]);
    let (built, it) = only(&kustomized);
    assert_eq!((it.object.replicas.as_ref().map(|it| it.value), built.is_whole), (Some(7), true));
}

#[test]
fn what_is_not_there_or_not_followed_leaves_open_what_it_may_change() {
    for (kustomization, is_open) in [
        ("resources: [../base]\npatches: [{path: absent.yaml}]\n", true),
        ("resources: [../base]\npatches: [{path: absent.yaml, target: {kind: Service}}]\n", false),
        ("resources: [../base]\ncomponents: ['github.com/acme/x']\n", true),
        ("resources: [../base]\nreplacements: [{path: r.yaml}]\n", true),
        ("resources: [../base]\nhelmCharts: [{name: db}]\n", false),
        (
            "resources: [../base]\npatches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /spec/no/such}]'}]\n",
            true,
        ),
        ("resources: [../base, ../base2]\n", false),
    ] {
        let (_, kustomized) = overlaid(kustomization, &[]);
        assert_eq!(only(&kustomized).1.open.is_some(), is_open, "{kustomization}");
    }
}

#[test]
fn rehearsals_are_no_overlays_of_what_runs_for_users() {
    let base = ("base/kustomization.yaml", "resources: [web.yaml]\n");
    let web = ("base/web.yaml", DEPLOYMENT);
    let over = "resources: [../../base]\n";
    let roots = |files: &[(&str, &str)]| {
        let (sources, kustomized) = built(&[&[base, web], files].concat());
        kustomized
            .built
            .iter()
            .map(|built| (sources.path(built.root).to_owned(), built.objects[0].open.is_some()))
            .collect::<Vec<_>>()
    };
    let two = [("o/dev/kustomization.yaml", over), ("o/prod/kustomization.yaml", over)];
    assert_eq!(roots(&two), [("o/prod/kustomization.yaml".to_owned(), false)]);
    let regions = [("o/eu/kustomization.yaml", over), ("o/us/kustomization.yaml", over)];
    assert_eq!(roots(&regions).len(), 2);
    // What production lays over it stands elsewhere.
    assert_eq!(roots(&two[..1]), [("base/kustomization.yaml".to_owned(), true)]);
    assert_eq!(roots(&[]), [("base/kustomization.yaml".to_owned(), false)]);
    // A circle is no root, and ends.
    let circle =
        [("a/kustomization.yaml", "resources: [../b]\n"), ("b/kustomization.yaml", "resources: [../a]\n")];
    assert_eq!(roots(&circle).len(), 1);
}
