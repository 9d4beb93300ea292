//! Tests of manifests as a whole.

use super::*;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
  labels: {app: api}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api, tier: web}}
    spec:
      terminationGracePeriodSeconds: 45
      shareProcessNamespace: yes
      hostNetwork: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001}
      initContainers:
      - {name: migrate, image: 'api:1', restartPolicy: Always}
      containers:
      - name: api
        image: registry:5000/api@sha256:00
        command: [/api]
        args: [--port, 8080]
        env:
        - {name: A, value: '1'}
        - name: B
          valueFrom: {secretKeyRef: {name: s, key: k}}
        - name: C
          valueFrom: {fieldRef: {fieldPath: status.podIP}}
        envFrom:
        - configMapRef: {name: settings}
        - secretRef: {name: keys}
        ports:
        - {name: http, containerPort: 8080, protocol: TCP}
        - containerPort: 9090
        livenessProbe:
          httpGet: {path: /live, port: http}
          initialDelaySeconds: 5
          timeoutSeconds: 2
        readinessProbe:
          grpc: {port: 9090, service: ready}
          periodSeconds: 3
          failureThreshold: 4
        startupProbe: {tcpSocket: {port: 8080}}
        lifecycle:
          preStop: {exec: {command: [sleep, '5']}}
        securityContext: {privileged: no, readOnlyRootFilesystem: true, runAsUser: 0}
        resources: {limits: {memory: 128Mi}, requests: {cpu: 100m}}
        volumeMounts:
        - {name: data, mountPath: /data, readOnly: true}
";

fn value<T: Clone>(at: Option<&At<T>>) -> Option<T> {
    at.map(|at| at.value.clone())
}

fn source(range: Range) -> &'static str {
    &DEPLOYMENT[range.as_usize()]
}

#[test]
fn a_workload_is_read_down_to_its_pod() {
    let facts = extract_kubernetes(DEPLOYMENT);
    assert_eq!(facts.errors, []);
    let [object] = &facts.objects[..] else { panic!("one object") };
    assert_eq!((&*object.api_version.value, &*object.kind.value), ("apps/v1", "Deployment"));
    assert_eq!(value(object.name.as_ref()).as_deref(), Some("api"));
    assert_eq!(value(object.namespace.as_ref()).as_deref(), Some("shop"));
    assert_eq!(value(object.replicas.as_ref()), Some(2));
    assert_eq!((object.labels.len(), object.selector[0].1.value.as_str()), (1, "api"));
    assert!(object.service.is_none() && object.data.is_empty());
    let pod = object.pod.as_ref().expect("it is a workload");
    assert!(source(pod.range).starts_with("terminationGracePeriodSeconds"));
    assert_eq!(pod.template_labels.len(), 2);
    assert_eq!(value(pod.grace_period_seconds.as_ref()), Some(45));
    assert_eq!(value(pod.share_process_namespace.as_ref()), Some(true), "a boolean of YAML 1.1");
    assert_eq!(value(pod.host_network.as_ref()), Some(false));
    assert_eq!(value(pod.run_as_non_root.as_ref()), Some(true));
    assert_eq!(value(pod.run_as_user.as_ref()), Some(10001));
    let [init] = &pod.init_containers[..] else { panic!("one init container") };
    assert_eq!(value(init.restart_policy.as_ref()).as_deref(), Some("Always"));
}

#[test]
fn a_container_is_read_whole() {
    let facts = extract_kubernetes(DEPLOYMENT);
    let container = &facts.objects[0].pod.as_ref().expect("it is a workload").containers[0];
    assert!(source(container.range).starts_with("name: api\n"));
    assert_eq!(value(container.image.as_ref()).as_deref(), Some("registry:5000/api@sha256:00"));
    assert_eq!(container.command.as_ref().map(Vec::len), Some(1));
    assert_eq!(container.args.as_ref().map(|args| args[1].value.clone()).as_deref(), Some("8080"));
    let env: Vec<_> = container
        .env
        .iter()
        .map(|var| (&*var.name.value, value(var.value.as_ref()), var.from.as_deref()))
        .collect();
    assert_eq!(
        env,
        [
            ("A", Some("1".to_owned()), None),
            ("B", None, Some("Secret/s#k")),
            ("C", None, Some("field/status.podIP"))
        ]
    );
    let from: Vec<_> = container.env_from.iter().map(|(at, _)| (&*at.value, source(at.range))).collect();
    assert_eq!(from, [("ConfigMap/settings", "settings"), ("Secret/keys", "keys")]);
    let ports: Vec<_> = container.ports.iter().map(|p| (value(p.name.as_ref()), p.port.value)).collect();
    assert_eq!(ports, [(Some("http".to_owned()), 8080), (None, 9090)]);
    assert_eq!(value(container.privileged.as_ref()), Some(false));
    assert_eq!(value(container.read_only_root.as_ref()), Some(true));
    assert_eq!(value(container.run_as_user.as_ref()), Some(0));
    assert!(container.run_as_non_root.is_none());
    assert_eq!((container.limits[0].0.as_str(), container.requests[0].1.value.as_str()), ("memory", "100m"));
    assert!(container.pre_stop.is_some_and(|range| source(range).starts_with("preStop: {exec")));
    assert_eq!(value(container.volume_mounts[0].path.as_ref()).as_deref(), Some("/data"));
}

#[test]
fn probes_have_four_actions() {
    let probe = |text: &str| {
        let text =
            format!("{{apiVersion: v1, kind: Pod, spec: {{containers: [{{livenessProbe: {text}}}]}}}}");
        let mut facts = extract_kubernetes(&text);
        let mut pod = facts.objects.remove(0).pod.expect("it is a pod");
        let action = pod.containers.remove(0).liveness?.action;
        Some(match action {
            ProbeAction::Http { path, port, .. } => {
                format!("http {}{}", port.value, path.map(|at| at.value).unwrap_or_default())
            }
            ProbeAction::Tcp { port } => format!("tcp {}", port.value),
            ProbeAction::Grpc { port, service } => {
                format!("grpc {} {}", port.value, service.map(|at| at.value).unwrap_or_default())
            }
            ProbeAction::Exec { command } => format!("exec {}", command.len()),
            ProbeAction::Unclear => "unclear".to_owned(),
        })
    };
    for (text, expected) in [
        ("{httpGet: {path: /x, port: 80}}", Some("http 80/x")),
        ("{httpGet: {port: web}}", Some("http web")),
        ("{httpGet: {path: /x}}", Some("unclear")),
        ("{tcpSocket: {port: 1}}", Some("tcp 1")),
        ("{grpc: {port: 2, service: s}}", Some("grpc 2 s")),
        ("{exec: {command: [a, b]}}", Some("exec 2")),
        ("{periodSeconds: 3}", Some("unclear")),
        ("", None),
    ] {
        assert_eq!(probe(text).as_deref(), expected, "{text}");
    }
    let facts = extract_kubernetes(DEPLOYMENT);
    let container = &facts.objects[0].pod.as_ref().expect("it is a workload").containers[0];
    let liveness = container.liveness.as_ref().expect("it has a probe");
    assert!(source(liveness.range).starts_with("livenessProbe:") && liveness.period.is_none());
    assert_eq!(
        (value(liveness.initial_delay.as_ref()), value(liveness.timeout.as_ref())),
        (Some(5), Some(2))
    );
    let readiness = container.readiness.as_ref().expect("it has a probe");
    let numbers = (value(readiness.period.as_ref()), value(readiness.failure_threshold.as_ref()));
    assert_eq!(numbers, (Some(3), Some(4)));
}

#[test]
fn every_kind_keeps_its_pod_somewhere() {
    let containers = "containers: [{name: c}]";
    for (kind, spec, has_pod) in [
        ("Pod", format!("{{{containers}}}"), true),
        ("Job", format!("{{template: {{spec: {{{containers}}}}}}}"), true),
        ("Rollout", format!("{{template: {{spec: {{{containers}}}}}}}"), true),
        ("CronJob", format!("{{jobTemplate: {{spec: {{template: {{spec: {{{containers}}}}}}}}}}}"), true),
        ("Deployment", "{template: {metadata: {labels: {a: b}}}}".to_owned(), true),
        ("Deployment", "{replicas: 1}".to_owned(), false),
        ("Issuer", "{template: {spec: {}}}".to_owned(), false),
        ("Namespace", String::new(), false),
    ] {
        let text = format!("apiVersion: v1\nkind: {kind}\nspec: {spec}");
        let facts = extract_kubernetes(&text);
        assert_eq!(facts.objects[0].pod.is_some(), has_pod, "{text}");
    }
}

#[test]
fn lists_are_flattened_and_other_documents_passed_over() {
    let text = "
---
# nothing
---
not: an object
---
{apiVersion: v1, kind: Namespace, metadata: {name: a}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: b}}
- apiVersion: v1
  kind: NamespaceList
  items: [{apiVersion: v1, kind: Namespace, metadata: {name: c}}]
- {apiVersion: v1, kind: Namespace, metadata: {name: d}}
---
broken: [
---
{apiVersion: v1, kind: Namespace, metadata: {name: e}}
";
    let facts = extract_kubernetes(text);
    let names: Vec<_> = facts.objects.iter().filter_map(|object| value(object.name.as_ref())).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(facts.errors.len(), 1);
}

#[test]
fn services_and_settings_are_read() {
    let text = "
apiVersion: v1
kind: Service
spec:
  selector: {app: api}
  ports: [{name: http, port: 80, targetPort: web}, {port: 81}]
---
{apiVersion: v1, kind: Secret, data: {A: eA==}, stringData: {B: x}}
---
{apiVersion: serving.knative.dev/v1, kind: Service, spec: {template: {spec: {containers: [{image: a}]}}}}
";
    let facts = extract_kubernetes(text);
    let service = facts.objects[0].service.as_ref().expect("it is a service");
    assert_eq!(service.selector[0].1.value, "api");
    let ports: Vec<_> =
        service.ports.iter().map(|p| (value(p.port.as_ref()), value(p.target_port.as_ref()))).collect();
    assert_eq!(ports, [(Some(80), Some("web".to_owned())), (Some(81), None)]);
    let keys: Vec<_> = facts.objects[1].data.iter().map(|(key, _)| key.value.as_str()).collect();
    assert_eq!(keys, ["A", "B"]);
    assert!(facts.objects[2].service.is_none() && facts.objects[2].pod.is_some(), "Knative's is a workload");
}

#[test]
fn templates_are_one_error_and_data_is_none() {
    let object = "apiVersion: v1\nkind: ConfigMap\n";
    for (text, is_template) in [
        ("metadata: {name: \"{{ .Values.x }}\"}", true),
        ("metadata:\n  name: {{ .Values.x }}", true),
        ("metadata:\n  name: a-{{ .Values.x }}", true),
        ("{{- if .Values.x }}\ndata: {}\n{{- end }}", true),
        ("data:\n  rules: |\n    summary: {{ $labels.pod }}", false),
        ("# {{ x }}", false),
    ] {
        let facts = extract_kubernetes(&format!("{object}{text}"));
        let messages: Vec<_> = facts.errors.iter().map(|error| error.value.as_str()).collect();
        let expected: &[&str] = if is_template { &["contains template expressions"] } else { &[] };
        assert_eq!(messages, expected, "{text}");
        assert_eq!(facts.objects.is_empty(), is_template, "{text}");
    }
}

#[test]
fn what_objects_say_of_workloads_is_read() {
    let text = "\
apiVersion: policy/v1
kind: PodDisruptionBudget
spec:
  minAvailable: 50%
  selector: {matchLabels: {app: a}, matchExpressions: [{key: tier, operator: In, values: [web]}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
spec:
  scaleTargetRef: {kind: Deployment, name: a}
  maxReplicas: 5
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
spec:
  defaultBackend: {service: {name: b}}
  rules:
  - http: {paths: [{backend: {service: {name: a}}}, {backend: {serviceName: c}}, {backend: {resource: {name: d}}}]}
---
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
spec: {strategy: {type: Recreate}, template: {spec: {hostIPC: true, volumes: [{name: v, hostPath: {path: /x}}]}}}
";
    let facts = extract_kubernetes(text);
    let [budget, scaler, ingress, config] = &facts.objects[..] else { panic!("four objects") };
    let Wiring::Budget(budget) = &budget.wiring else { panic!("a budget") };
    assert_eq!(value(budget.min_available.as_ref()), Some(Amount::Percent(50)));
    let selector = budget.selector.as_ref().expect("it selects");
    assert_eq!(
        (selector.labels.len(), selector.expressions[0].values.as_slice()),
        (1, &["web".to_owned()][..])
    );
    let Wiring::Autoscaler(scaler) = &scaler.wiring else { panic!("an autoscaler") };
    assert_eq!((value(scaler.min.as_ref()), value(scaler.max.as_ref())), (None, Some(5)));
    assert_eq!(scaler.measures.iter().map(|it| it.resource.value).collect::<Vec<_>>(), [Resource::Cpu]);
    let Wiring::Ingress(ingress) = &ingress.wiring else { panic!("an ingress") };
    assert_eq!(ingress.backends.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["a", "", "b"]);
    let pod = config.pod.as_ref().expect("it is a workload without containers");
    assert_eq!((value(pod.host_ipc.as_ref()), pod.volumes.len()), (Some(true), 1));
    assert!(config.update.as_ref().is_some_and(|update| update.kind.is_some()));
}

#[test]
fn what_an_autoscaler_measures() {
    let measures = |spec: &str| {
        let text = format!("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec:\n{spec}");
        let facts = extract_kubernetes(&text);
        let Wiring::Autoscaler(scaler) = &facts.objects[0].wiring else { panic!("an autoscaler") };
        let shown = |it: &Measure| (it.resource.value, it.container.clone().unwrap_or_default());
        scaler.measures.iter().map(shown).collect::<Vec<_>>()
    };
    let all = |resource| vec![(resource, String::new())];
    let target = "  scaleTargetRef: {kind: Deployment, name: a}\n";
    assert_eq!(measures(target), all(Resource::Cpu), "80 % of the CPU, by default");
    assert_eq!(measures(&format!("{target}  targetCPUUtilizationPercentage: 50\n")), all(Resource::Cpu));
    let metric = "  metrics: [{type: ContainerResource, containerResource: {name: memory, container: app, \
                  target: {type: Utilization, averageUtilization: 70}}}]\n";
    assert_eq!(measures(&format!("{target}{metric}")), [(Resource::Memory, "app".to_owned())]);
    let external = "  metrics: [{type: External, external: {metric: {name: queue}}}]\n";
    assert_eq!(measures(&format!("{target}{external}")), []);
}

#[test]
fn shares_of_pods_are_rounded() {
    for (text, pods, up, down) in
        [("1", 3, 1, 1), ("50%", 3, 2, 1), ("100%", 3, 3, 3), ("0%", 3, 0, 0), ("34%", 3, 2, 1)]
    {
        let amount = Amount::of(text).expect("it is one");
        assert_eq!((amount.rounded_up(pods), amount.rounded_down(pods)), (up, down), "{text} of {pods}");
    }
    assert_eq!(Amount::of("{{ x }}%"), None);
}

#[test]
fn what_a_limit_range_gives() {
    let of = |limits: &str| {
        let facts =
            extract_kubernetes(&format!("apiVersion: v1\nkind: LimitRange\nspec: {{limits: [{limits}]}}"));
        let Wiring::Defaults(defaults) = &facts.objects[0].wiring else { panic!("a limit range") };
        (defaults.limits.len(), defaults.requests.len())
    };
    assert_eq!(of("{type: PersistentVolumeClaim, max: {storage: 2Gi}}"), (0, 0));
    assert_eq!(of("{type: Container, default: {memory: 1Gi}}"), (1, 1));
    assert_eq!(of("{type: Container, defaultRequest: {memory: 1Gi, cpu: 1}}"), (0, 2));
}

#[test]
fn who_may_do_what() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules:\n- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n- {apiGroups: [''], resources: [secrets], resourceNames: [one], verbs: [get]}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: all}\nsubjects: [{kind: ServiceAccount, name: app, namespace: shop}, {kind: Group, name: g}]\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app}\nautomountServiceAccountToken: false\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {a: b}}\nspec:\n  serviceAccountName: app\n  automountServiceAccountToken: true\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers: [{name: c, securityContext: {seccompProfile: {type: Unconfined}}}]\n";
    let facts = extract_kubernetes(text);
    let [role, binding, account, pod] = &facts.objects[..] else { panic!("{facts:?}") };
    let Wiring::Role(rules) = &role.wiring else { panic!("a role") };
    assert_eq!(rules.iter().map(|rule| rule.is_of_names).collect::<Vec<_>>(), [false, true]);
    assert_eq!((&*rules[0].verbs[0].value, &*rules[1].resources[0].value), ("*", "secrets"));
    let Wiring::Binding(binding) = &binding.wiring else { panic!("a binding") };
    assert_eq!(binding.accounts, [("app".to_owned(), Some("shop".to_owned()))]);
    assert!(matches!(&account.wiring, Wiring::Account(Some(mounts)) if !mounts.value));
    let pod = pod.pod.as_ref().expect("it has one");
    assert_eq!(value(pod.mounts_token.as_ref()), Some(true));
    let type_of = |profile: &Option<At<String>>| profile.as_ref().map(|it| it.value.clone());
    assert_eq!(type_of(&pod.seccomp).as_deref(), Some("RuntimeDefault"));
    assert_eq!(type_of(&pod.containers[0].seccomp).as_deref(), Some("Unconfined"));
    assert_eq!(pod.template_annotations[0].0, "a");
}

#[test]
fn alerts_and_their_runbooks() {
    let text = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n  - rules:\n    - {alert: A, annotations: {runbook_url: u}}\n    - {alert: B, annotations: {runbook_url: ''}}\n    - {record: c}\n";
    let facts = extract_kubernetes(text);
    let Wiring::Rules(alerts) = &facts.objects[0].wiring else { panic!("alerts") };
    let all: Vec<_> = alerts.iter().map(|it| (it.name.value.as_str(), it.runbook.is_some())).collect();
    assert_eq!(all, [("A", true), ("B", false), ("c", false)]);
}
