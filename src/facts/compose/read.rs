//! From the tree to the facts.

use super::ports::port_mapping;
use super::{Build, ComposeFacts, ComposeService, Dependency, Extends, Healthcheck, Mount, Words};
use crate::span::At;
use crate::syntax::yaml::{self, Ref};

pub(crate) fn extract_compose(text: &str) -> ComposeFacts {
    let tree = yaml::parse(text);
    let mut facts = ComposeFacts::default();
    // Compose merges the documents of a file; the services of all of them run.
    for root in tree.roots() {
        facts.meets_others |= meets_others(root);
        if let Some(services) = root.get("services") {
            facts.services.extend(services.entries().into_iter().filter_map(service));
        } else if !root.is_mapping() && !root.is_null() {
            facts.errors.push(root.at("the compose file is not a mapping".to_owned()));
        }
    }
    facts.errors.append(&mut tree.into_errors());
    facts
}

fn service((key, value): (Ref<'_>, Ref<'_>)) -> Option<ComposeService> {
    let string = |key| value.get(key).and_then(Ref::at_str);
    let strings = |key| value.get(key).map(Ref::strings).unwrap_or_default();
    let boolean =
        |key| value.get(key).and_then(|node: Ref<'_>| node.as_bool_1_1().map(|value| node.at(value)));
    let variables = |key| value.get(key).map(variables).unwrap_or_default();
    Some(ComposeService {
        name: key.at_text()?,
        range: key.through(value),
        image: string("image"),
        build: value.entry("build").and_then(build),
        command: value.get("command").and_then(words),
        entrypoint: value.get("entrypoint").and_then(words),
        environment: variables("environment"),
        env_files: value.get("env_file").map(env_files).unwrap_or_default(),
        ports: value.get("ports").into_iter().flat_map(Ref::items).filter_map(port_mapping).collect(),
        expose: strings("expose"),
        healthcheck: value.entry("healthcheck").and_then(healthcheck),
        user: string("user"),
        stop_signal: string("stop_signal"),
        stop_grace_period: string("stop_grace_period"),
        init: boolean("init"),
        depends_on: value.get("depends_on").map(depends_on).unwrap_or_default(),
        aliases: aliases(value),
        network_mode: string("network_mode"),
        restart: string("restart"),
        profiles: strings("profiles"),
        privileged: boolean("privileged"),
        extends: value.get("extends").and_then(extends),
        cap_add: strings("cap_add"),
        pid: string("pid"),
        ipc: string("ipc"),
        mounts: value.get("volumes").into_iter().flat_map(Ref::items).filter_map(mount).collect(),
        memory_limit: resource(value, "limits").or_else(|| string("mem_limit")),
        memory_reservation: resource(value, "reservations").or_else(|| string("mem_reservation")),
        deploy_restart: value.path(&["deploy", "restart_policy"]).map(|policy| {
            let condition = policy.get("condition").and_then(Ref::at_str);
            condition.unwrap_or_else(|| policy.at("any".to_owned()))
        }),
    })
}

/// Whether the project takes in another, or is in a network that it does not make.
fn meets_others(root: Ref<'_>) -> bool {
    let mut networks = root.get("networks").into_iter().flat_map(Ref::entries);
    let is_external = |network: Ref<'_>| {
        network.get("external").is_some_and(|it| it.is_mapping() || it.as_bool_1_1().unwrap_or(true))
    };
    root.get("include").is_some() || networks.any(|(_, network)| is_external(network))
}

fn aliases(service: Ref<'_>) -> Vec<String> {
    let own = ["container_name", "hostname"].into_iter().filter_map(|key| service.get(key)?.str());
    let networks = service.get("networks").into_iter().flat_map(Ref::entries);
    let of_networks =
        networks.flat_map(|(_, network)| network.get("aliases").map(Ref::strings).unwrap_or_default());
    let strings = |key| service.get(key).map(Ref::strings).unwrap_or_default();
    // `service:alias`, `host:address`, `host=address`; a mapping has the host as its key.
    let links = strings("links").into_iter().chain(strings("external_links"));
    let of_links = links.filter_map(|link| link.value.rsplit(':').next().map(str::to_owned));
    let hosts = strings("extra_hosts").into_iter();
    let of_hosts = hosts.filter_map(|host| host.value.split([':', '=']).next().map(str::to_owned));
    let keys = service.get("extra_hosts").into_iter().flat_map(Ref::entries);
    let of_keys = keys.filter_map(|(key, _)| key.str().map(str::to_owned));
    let aliases = own.map(str::to_owned).chain(of_networks.map(|alias| alias.value));
    aliases.chain(of_links).chain(of_hosts).chain(of_keys).collect()
}

fn resource(service: Ref<'_>, which: &str) -> Option<At<String>> {
    service.path(&["deploy", "resources", which, "memory"])?.at_str()
}

/// `source:target[:mode]`, or the same as a mapping. Without a source, it is an anonymous volume.
fn mount(item: Ref<'_>) -> Option<Mount> {
    let (source, target) = if item.is_mapping() {
        (item.get("source")?.str()?, item.get("target").and_then(Ref::str))
    } else {
        let text = item.str()?;
        let end = end_of_source(text)?;
        (&text[..end], text[end + 1..].split(':').next())
    };
    Some(Mount { range: item.range(), source: source.to_owned(), target: target.map(str::to_owned) })
}

/// The first `:` that stands in no `${…}`.
fn end_of_source(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(at),
            _ => {}
        }
        None
    })
}

fn build((key, value): (Ref<'_>, Ref<'_>)) -> Option<Build> {
    if value.is_null() {
        return None;
    }
    let string = |key| value.get(key).and_then(Ref::at_str);
    Some(Build {
        range: key.through(value),
        context: value.at_str().or_else(|| string("context")),
        dockerfile: string("dockerfile"),
        target: string("target"),
        args: value.get("args").map(variables).unwrap_or_default(),
        inline: value.get("dockerfile_inline").is_some(),
    })
}

fn words(value: Ref<'_>) -> Option<Words> {
    if value.is_sequence() { Some(Words::Exec(value.strings())) } else { value.at_str().map(Words::Shell) }
}

/// A mapping, or a list of `NAME=value`.
fn variables(value: Ref<'_>) -> Vec<(At<String>, Option<At<String>>)> {
    if value.is_mapping() {
        let entries = value.entries().into_iter();
        return entries.filter_map(|(name, value)| Some((name.at_text()?, value.at_str()))).collect();
    }
    value.items().filter_map(variable).collect()
}

fn variable(item: Ref<'_>) -> Option<(At<String>, Option<At<String>>)> {
    let whole = item.at_str()?;
    let Some(at) = whole.value.find('=') else { return Some((whole, None)) };
    let (name, value) = (&whole.value[..at], &whole.value[at + 1..]);
    Some((
        At::new(name.to_owned(), item.part(0, at)),
        Some(At::new(value.to_owned(), item.part(at + 1, whole.value.len()))),
    ))
}

/// A path, or a list of paths and of mappings with a `path`.
fn env_files(value: Ref<'_>) -> Vec<At<String>> {
    if value.is_sequence() {
        value.items().filter_map(|item| item.get("path").unwrap_or(item).at_str()).collect()
    } else {
        value.strings()
    }
}

fn healthcheck((key, value): (Ref<'_>, Ref<'_>)) -> Option<Healthcheck> {
    if value.is_null() {
        return None;
    }
    let (none, test) = value.get("test").map(health_test).unwrap_or_default();
    let disabled = none || value.get("disable").and_then(Ref::as_bool_1_1) == Some(true);
    Some(Healthcheck { range: key.through(value), disabled, test })
}

/// Whether the test switches checks off, and the command it runs.
fn health_test(value: Ref<'_>) -> (bool, Option<Words>) {
    if !value.is_sequence() {
        return (false, value.at_str().map(Words::Shell));
    }
    let mut words = value.strings();
    match words.first().map(|word| word.value.as_str()) {
        Some("NONE") => (true, None),
        Some("CMD") => (false, Some(Words::Exec(words.split_off(1)))),
        Some("CMD-SHELL") => (false, words.into_iter().nth(1).map(Words::Shell)),
        // Compose refuses any other first word.
        _ => (false, None),
    }
}

/// A list of services, or a mapping from services to conditions.
fn depends_on(value: Ref<'_>) -> Vec<Dependency> {
    if !value.is_mapping() {
        let plain = |name| Dependency { name, condition: None, is_optional: false };
        return value.strings().into_iter().map(plain).collect();
    }
    let dependency = |(name, value): (Ref<'_>, Ref<'_>)| {
        Some(Dependency {
            name: name.at_text()?,
            condition: value.get("condition").and_then(Ref::at_str),
            is_optional: value.get("required").and_then(Ref::as_bool) == Some(false),
        })
    };
    value.entries().into_iter().filter_map(dependency).collect()
}

fn extends(value: Ref<'_>) -> Option<Extends> {
    let service = value.get("service").unwrap_or(value).at_str()?;
    Some(Extends { service, file: value.get("file").and_then(Ref::at_str) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &str = r#"x-env: &env
  LOG: info
  LEVEL: "1"
services:
  api: &api
    image: "api:${TAG:-1.0}"
    build:
      context: ./api
      dockerfile: Dockerfile.prod
      target: run
      args: [A=1, B]
    command: ["./api", "--port", 80]
    entrypoint: /init --x
    environment:
      <<: *env
      LEVEL: 2
      TOKEN:
    env_file: [.env, {path: x.env, required: false}]
    expose: [9000]
    healthcheck: {test: [CMD, ./api, health], interval: 5s}
    user: "1000:1000"
    stop_signal: SIGINT
    stop_grace_period: 30s
    init: yes
    depends_on:
      db: {condition: service_healthy}
      cache: {required: false}
    network_mode: host
    restart: unless-stopped
    profiles: [dev]
    privileged: false
    extends: {service: base, file: base.yml}
  worker:
    <<: *api
    build: .
    environment:
    - "A=b=c"
    - PASS
    healthcheck: {test: curl localhost || exit 1}
    depends_on: [db]
    extends: api
  off: {healthcheck: {disable: true}, build: {dockerfile_inline: FROM scratch}}
  none: {healthcheck: {test: [NONE]}}
  shell: {healthcheck: {test: [CMD-SHELL, "exit 0"]}, command: }
"#;

    fn service(name: &str) -> ComposeService {
        let facts = extract_compose(COMPOSE);
        assert_eq!(facts.errors, []);
        facts.services.into_iter().find(|service| service.name.value == name).expect("the service is there")
    }

    fn text(at: Option<&At<String>>) -> &'static str {
        at.map_or("", |at| &COMPOSE[at.range.as_usize()])
    }

    fn variables_of(list: &[(At<String>, Option<At<String>>)]) -> Vec<(&str, Option<&str>)> {
        list.iter().map(|(k, v)| (&*k.value, v.as_ref().map(|v| v.value.as_str()))).collect()
    }

    fn waited_for(all: &[Dependency]) -> Vec<(&str, Option<&str>, bool)> {
        let of = all.iter();
        of.map(|it| (&*it.name.value, it.condition.as_ref().map(|it| &*it.value), it.is_optional)).collect()
    }

    #[test]
    fn the_source_of_a_mount_may_be_a_variable() {
        for (mount, source) in [
            ("/a:/b:ro", Some("/a")),
            ("${SOCK:-/var/run/docker.sock}:/b", Some("${SOCK:-/var/run/docker.sock}")),
            ("data", None),
        ] {
            assert_eq!(end_of_source(mount).map(|end| &mount[..end]), source, "{mount}");
        }
    }

    #[test]
    fn a_service_in_long_syntax_is_read() {
        let api = service("api");
        assert!(COMPOSE[api.range.as_usize()].starts_with("api: &api\n"));
        assert!(COMPOSE[api.range.as_usize()].ends_with("file: base.yml}"));
        assert_eq!(text(api.image.as_ref()), "\"api:${TAG:-1.0}\"");
        let build = api.build.expect("it is built");
        assert_eq!(text(build.context.as_ref()), "./api");
        assert_eq!(text(build.dockerfile.as_ref()), "Dockerfile.prod");
        assert_eq!(variables_of(&build.args), [("A", Some("1")), ("B", None)]);
        assert!(COMPOSE[build.range.as_usize()].starts_with("build:\n"));
        assert!(matches!(&api.command, Some(Words::Exec(words)) if words[2].value == "80"));
        assert!(matches!(&api.entrypoint, Some(Words::Shell(line)) if line.value == "/init --x"));
        let environment = variables_of(&api.environment);
        assert_eq!(environment, [("LEVEL", Some("2")), ("TOKEN", None), ("LOG", Some("info"))]);
        assert_eq!(api.env_files.iter().map(|at| &*at.value).collect::<Vec<_>>(), [".env", "x.env"]);
        assert_eq!(api.expose[0].value, "9000");
        let health = api.healthcheck.expect("it has a check");
        assert!(matches!(&health.test, Some(Words::Exec(words)) if words[0].value == "./api"));
        assert_eq!(api.init.as_ref().map(|at| at.value), Some(true));
        assert_eq!(api.privileged.as_ref().map(|at| at.value), Some(false));
        assert_eq!(
            waited_for(&api.depends_on),
            [("db", Some("service_healthy"), false), ("cache", None, true)]
        );
        assert_eq!(api.extends.map(|extends| text(extends.file.as_ref())), Some("base.yml"));
        let rest = [&api.user, &api.stop_signal, &api.stop_grace_period, &api.network_mode, &api.restart];
        assert_eq!(
            rest.map(|at| text(at.as_ref())),
            ["\"1000:1000\"", "SIGINT", "30s", "host", "unless-stopped"]
        );
    }

    #[test]
    fn a_service_in_short_syntax_is_read_over_what_it_merges() {
        let worker = service("worker");
        assert_eq!(text(worker.image.as_ref()), "\"api:${TAG:-1.0}\"", "merged");
        assert_eq!(worker.build.map(|build| text(build.context.as_ref())), Some("."));
        assert_eq!(variables_of(&worker.environment), [("A", Some("b=c")), ("PASS", None)]);
        assert_eq!(
            text(worker.environment[0].1.as_ref()),
            "b=c",
            "a part of a quoted item has its own place"
        );
        let health = worker.healthcheck.expect("it has a check");
        assert!(matches!(&health.test, Some(Words::Shell(line)) if line.value.starts_with("curl")));
        assert_eq!(waited_for(&worker.depends_on), [("db", None, false)]);
        assert_eq!(worker.extends.map(|extends| extends.service.value).as_deref(), Some("api"));
    }

    #[test]
    fn health_checks_can_be_off() {
        let health = |name| service(name).healthcheck.expect("it has a check");
        assert!(health("off").disabled && health("none").disabled && !health("shell").disabled);
        assert!(matches!(health("shell").test, Some(Words::Shell(line)) if line.value == "exit 0"));
        assert!(service("off").build.is_some_and(|build| build.inline));
        assert!(service("shell").command.is_none(), "null is absent");
    }
}
