use super::*;
use crate::facts::Facts;
use crate::facts::kubernetes::KubeObject;
use crate::span::{LineIndex, Range};

const CHART: (&str, &str) =
    ("c/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.2.3\nappVersion: \"4.5\"\n");

const HELPERS: &str = r#"
{{- define "api.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "api.labels" -}}
app.kubernetes.io/name: {{ include "api.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
"#;

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "api.name" . }}
  labels:
    {{- include "api.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          ports:
            - name: http
              containerPort: {{ .Values.service.port }}
          {{- with .Values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          readinessProbe:
            httpGet:
              path: /ready
              port: http
      {{- range .Values.volumes }}
      {{- end }}
"#;

const VALUES: &str = "replicaCount: 2\nimage:\n  repository: example/api\n  tag: ''\nservice: {port: 8080}\nautoscaling:\n  enabled: false\nresources:\n  limits:\n    memory: 64Mi\nvolumes: []\n";

struct Tree {
    sources: Sources,
    facts: Facts,
}

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let sources = Sources::from_texts(files.iter().map(|(path, text)| (*path, *text)));
        let facts = Facts::extract(&sources);
        Self { sources, facts }
    }

    fn facts(&self, path: &str) -> &FileFacts {
        self.facts.get(self.sources.find(path).expect("it is in the tree"))
    }

    fn objects(&self, path: &str) -> &[KubeObject] {
        match self.facts(path) {
            FileFacts::Kubernetes(facts) => &facts.objects,
            other => panic!("{other:?}"),
        }
    }

    /// The line and the text of a range of a file.
    fn at(&self, path: &str, range: Range) -> (usize, &str) {
        let text = self.sources.text(self.sources.find(path).expect("it is in the tree"));
        (LineIndex::new(text).position(text, range.start).line, &text[range.as_usize()])
    }
}

#[test]
fn a_chart_is_read_with_its_values_and_every_place_is_in_the_template() {
    let path = "c/templates/deployment.yaml";
    let tree = Tree::of(&[
        CHART,
        ("c/values.yaml", VALUES),
        ("c/templates/_helpers.tpl", HELPERS),
        (path, DEPLOYMENT),
    ]);
    let [object] = tree.objects(path) else { panic!("one object") };
    let name = object.name.as_ref().expect("it has a name");
    assert_eq!(name.value, "api");
    assert_eq!(tree.at(path, name.range), (4, "{{ include \"api.name\" . }}"));
    assert_eq!(object.labels[1].1.value, "release-name");
    assert_eq!(tree.at(path, object.labels[1].1.range), (6, "{{- include \"api.labels\" . | nindent 4 }}"));
    let replicas = object.replicas.as_ref().expect("it has replicas");
    assert_eq!((replicas.value, tree.at(path, replicas.range)), (2, (9, "{{ .Values.replicaCount }}")));
    let container = &object.pod.as_ref().expect("it has pods").containers[0];
    assert_eq!(tree.at(path, container.range).0, 14);
    let image = container.image.as_ref().expect("it has an image");
    assert_eq!(image.value, "example/api:4.5");
    assert_eq!(
        tree.at(path, image.range),
        (15, "\"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"")
    );
    assert_eq!(container.ports[0].port.value, 8080);
    let limit = &container.limits[0].1;
    assert_eq!(
        (limit.value.as_str(), tree.at(path, limit.range)),
        ("64Mi", (21, "{{- toYaml . | nindent 12 }}"))
    );
    let probe = container.readiness.as_ref().expect("it has a probe");
    assert_eq!(tree.at(path, probe.range).0, 23);
    assert!(tree.at(path, probe.range).1.ends_with("port: http"));
}

#[test]
fn texts_that_are_not_known_leave_the_rest_standing() {
    let path = "c/templates/d.yaml";
    let pod = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - image: a:1\n    env:\n    - name: A\n      value: {value}\n"
        )
    };
    for action in [
        "{{ required \"say it\" .Values.a }}",
        "{{ nosuch .Values.a }}",
        "{{ include \"common.value\" . }}",
        "{{ .Values.a.b.c | quote }}",
        "{{ randAlphaNum 10 }}",
    ] {
        let tree = Tree::of(&[CHART, (path, &pod(action))]);
        let [object] = tree.objects(path) else { panic!("{action}") };
        let variable = &object.pod.as_ref().expect("it has containers").containers[0].env[0];
        let value = variable.value.as_ref().expect("it has a value");
        assert!(value.value.contains("$(unknown)"), "{action}: {}", value.value);
        assert_eq!(tree.at(path, value.range), (9, action));
    }
}

#[test]
fn what_hangs_from_what_is_not_known_is_not_read() {
    let path = "c/templates/d.yaml";
    let of = |body: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{body}");
    for (body, line) in [
        ("  {{- if required \"x\" .Values.a }}\n  a: b\n  {{- end }}\n", 5),
        ("  hostNetwork: {{ required \"x\" .Values.a }}\n", 5),
        ("  a: b\n  {{- include \"common.pod\" . | nindent 2 }}\n", 5),
        ("  a: {{ if }}\n", 1),
        ("  a: [\n{{ print 1 }}\n", 6),
    ] {
        let tree = Tree::of(&[CHART, (path, &of(body))]);
        let error = match tree.facts(path) {
            FileFacts::UnreadTemplate(why) => why,
            FileFacts::Kubernetes(facts) if facts.objects.is_empty() => &facts.errors[0],
            other => panic!("{body}: {other:?}"),
        };
        assert_eq!(tree.at(path, error.range).0, line, "{body}: {error:?}");
    }
}

#[test]
fn comments_trim_what_their_braces_say() {
    let path = "c/templates/d.yaml";
    let tree = Tree::of(&[
        CHART,
        (path, "apiVersion: v1\nkind: ConfigMap\n{{- /* ü\n data */}}\ndata: {a: {{ 1 }}}\n"),
    ]);
    let value = &tree.objects(path)[0].data[0].1;
    assert_eq!((value.value.as_str(), tree.at(path, value.range)), ("1", (5, "{{ 1 }}")));
}

#[test]
fn a_part_of_an_image_that_is_empty_is_not_known() {
    let path = "c/templates/d.yaml";
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: \"{{ .Values.repository }}:{{ .Values.tag }}\"\n";
    for values in ["repository: ''\ntag: '1'\n", "repository: a\ntag: ''\n"] {
        let tree = Tree::of(&[CHART, ("c/values.yaml", values), (path, text)]);
        let pod = tree.objects(path)[0].pod.as_ref().expect("it has containers");
        let image = pod.containers[0].image.as_ref().expect("it has an image");
        assert!(image.value.contains('$'), "{}", image.value);
    }
}

#[test]
fn parts_take_the_values_of_the_one_chart_that_has_them() {
    let path = "parts/db/templates/d.yaml";
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ include \"lib.name\" . }}}\ndata: {a: \"{{ .Values.size }}{{ .Values.kind }}{{ .Values.global.g }}\"}\n";
    let parent = "name: main\ndependencies:\n- {name: db, alias: store, repository: 'file://../parts/db'}\n";
    let part = "name: db\ndependencies:\n- {name: lib, repository: 'file://../lib'}\n";
    let mut files = vec![
        ("main/Chart.yaml", parent),
        ("main/values.yaml", "store: {size: 9}\nglobal: {g: z}\n"),
        ("parts/db/Chart.yaml", part),
        ("parts/db/values.yaml", "size: 1\nkind: k\nglobal: {g: w}\n"),
        (path, text),
        ("parts/lib/Chart.yaml", "name: lib\ntype: library\n"),
        ("parts/lib/templates/_name.tpl", "{{ define \"lib.name\" }}{{ .Chart.Name }}-x{{ end }}"),
    ];
    let shown = |tree: &Tree| {
        let object = &tree.objects(path)[0];
        (object.name.as_ref().expect("it has a name").value.clone(), object.data[0].1.value.clone())
    };
    assert_eq!(shown(&Tree::of(&files)), ("db-x".into(), "9kz".into()));
    files.push(("other/Chart.yaml", parent));
    assert_eq!(shown(&Tree::of(&files)), ("db-x".into(), "1kw".into()), "of two, neither");
}

#[test]
fn tests_of_a_chart_and_templates_without_one_are_no_workloads() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}}\nspec: {containers: [{image: a}]}\n";
    let hook = pod.replace("metadata: {", "metadata: {annotations: {helm.sh/hook: 'test-success'}, ");
    let tree = Tree::of(&[
        CHART,
        ("c/templates/tests/a.yaml", pod),
        ("c/templates/hook.yaml", &hook),
        ("c/templates/_part.yaml", pod),
        ("other/templates/a.yaml", pod),
    ]);
    for path in ["c/templates/tests/a.yaml", "c/templates/hook.yaml", "c/templates/_part.yaml"] {
        assert!(tree.objects(path).is_empty(), "{path}");
    }
    assert!(matches!(tree.facts("other/templates/a.yaml"), FileFacts::None));
}

#[test]
fn files_and_capabilities_are_asked_as_methods() {
    let path = "c/templates/d.yaml";
    let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n{{ (.Files.Glob \"conf/*\").AsConfig | indent 2 }}\n  b: '{{ .Files.Get \"conf/a.toml\" | trim }}'\n  c: '{{ .Capabilities.APIVersions.Has \"policy/v1\" }}{{ semverCompare \">=1.25-0\" .Capabilities.KubeVersion.Version }}'\n  d: '{{ include (print $.Template.BasePath \"/e.yaml\") . | sha256sum | trunc 4 }}'\n";
    let tree = Tree::of(&[
        CHART,
        ("c/conf/a.toml", "x = 1\n"),
        (path, text),
        ("c/templates/e.yaml", "a: {{ 1 }}\n"),
    ]);
    let data: Vec<_> = tree.objects(path)[0]
        .data
        .iter()
        .map(|(key, value)| (key.value.as_str(), value.value.as_str()))
        .collect();
    // `printf 'a: 1\n' | sha256sum`
    assert_eq!(data, [("a.toml", "x = 1\n"), ("b", "x = 1"), ("c", "truetrue"), ("d", "37b1")]);
}

#[test]
fn a_changed_chart_changes_the_facts_of_equal_templates() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: {{ .Values.n }}}\n";
    let path = "c/templates/d.yaml";
    let head = Tree::of(&[CHART, ("c/values.yaml", "n: 1\n"), (path, text)]);
    let base = Sources::from_texts([CHART, ("c/values.yaml", "n: 2\n"), (path, text)]);
    let facts = Facts::extract_beside(&base, &head.sources, &head.facts);
    let base = Tree { sources: base, facts };
    let replicas = |tree: &Tree| tree.objects(path)[0].replicas.as_ref().map(|replicas| replicas.value);
    assert_eq!((replicas(&head), replicas(&base)), (Some(1), Some(2)));
}

#[test]
fn large_output_ends_and_is_said() {
    let path = "c/templates/d.yaml";
    let text = "a: |\n{{ range until 9000 }}{{ repeat 2000 \"x\" }}{{ end }}\n";
    let tree = Tree::of(&[CHART, (path, text)]);
    // The action that prints too much is left open, which is said.
    let FileFacts::Kubernetes(facts) = tree.facts(path) else { panic!("the rest is read") };
    assert_eq!(facts.unknown.len(), 1, "{:?}", facts.unknown);
}

#[test]
fn a_function_that_is_not_known_leaves_its_action_open() {
    let path = "c/templates/d.yaml";
    let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: {{ toToml .Values }}\n  b: '{{ randInt 30000 32767 }}'\n";
    let tree = Tree::of(&[CHART, (path, text)]);
    let data: Vec<_> =
        tree.objects(path)[0].data.iter().map(|(key, value)| (&*key.value, &*value.value)).collect();
    assert_eq!(data, [("a", "$(unknown)"), ("b", "30000")]);
    let FileFacts::Kubernetes(facts) = tree.facts(path) else { panic!("the rest is read") };
    let [unknown] = facts.unknown.as_slice() else { panic!("{:?}", facts.unknown) };
    assert!(unknown.value.contains("toToml"), "{}", unknown.value);
}
