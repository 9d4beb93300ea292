//! Pools of connections to databases: how many connections the pods of a workload may hold, and how many their database has.

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::{Site, Source};
use crate::model::chain::Chains;
use crate::model::reference::hosts;
use crate::model::running::{Running, Runs, Value};
use crate::model::symbols::BodyId;
use crate::model::value::{Text, Values};
use crate::model::workload::{Deployed, Platform, Workload};
use crate::model::{Project, Service};
use crate::span::Span;
use crate::syntax::image_ref::ImageRef;

/// A pool that a service makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pool {
    /// The call that makes it.
    pub(crate) span: Span,
    /// The most connections that it holds, where the code says it, and where.
    size: Option<(Text, Span)>,
    /// What its library takes otherwise.
    default: Option<u32>,
    url: Text,
}

/// What the pods of a workload hold of a database at most.
pub(crate) struct Demand<'p> {
    pub(crate) service: &'p Service,
    pub(crate) pool: &'p Pool,
    /// Connections of one pod, and where that is said; an error says why it cannot be told.
    pub(crate) each: Result<i64, String>,
    pub(crate) sized: Span,
    pub(crate) pods: i64,
    pub(crate) database: &'p Workload,
}

impl Demand<'_> {
    pub(crate) fn connections(&self) -> Option<i64> {
        self.each.as_ref().ok().map(|each| each.saturating_mul(self.pods))
    }
}

/// What a database takes.
pub(crate) struct Capacity {
    pub(crate) connections: i64,
    pub(crate) span: Span,
    /// Whether the manifest says it; else it is the default.
    pub(crate) is_written: bool,
}

impl Pool {
    pub(super) fn all(chains: &Chains<'_, '_>, values: &Values<'_, '_>) -> Vec<Self> {
        let symbols = chains.code.symbols;
        let of = |(body, site): &(BodyId, Site)| {
            let item = symbols.means(site.node, Means::Pool)?;
            if item.sized_by.is_empty() && item.default_size.is_none() {
                return None;
            }
            let mut links = chains.before(*body, site.at);
            links.extend(chains.after(*body, site.at));
            let sizes = links.iter().find(|link| item.sized_by.iter().any(|name| name == link.name));
            let size = sizes.and_then(|link| {
                let arg = *link.args.first()?;
                Some((values.text(link.body, arg), symbols.span(link.body, arg)))
            });
            // A builder is given where it leads to when it is built.
            let built = links.iter().find(|link| matches!(link.name, "build" | "build_unchecked"));
            let own = symbols.rust_of(*body).exprs.args(site.at).first().map(|arg| (*body, *arg));
            let to = own.or_else(|| built.and_then(|link| Some((link.body, *link.args.first()?))));
            let url = to.map_or_else(Text::unknown, |(body, arg)| url(values, body, arg));
            Some(Self { span: symbols.span(*body, site.at), size, default: item.default_size, url })
        };
        let mut found: Vec<Self> =
            values.reach.sites.iter().filter(|(_, site)| site.called).filter_map(of).collect();
        found.sort_by_key(|pool| pool.span);
        found.dedup_by_key(|pool| pool.span);
        found
    }
}

/// The address that a pool leads to: a text, or what a manager or a set of options is made of.
fn url(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> Text {
    let text = values.text(body, at);
    if text != Text::unknown() {
        return text;
    }
    let exprs = &values.code.symbols.rust_of(body).exprs;
    let mut at = at;
    for _ in 0..8 {
        at = match (exprs.get(at), values.code.calls.flow(body).binding(at).map(|binding| binding.source)) {
            (Expr::Path(_), Some(Source::Value(value))) if value < at => value,
            (Expr::Try(inner) | Expr::Await(inner), _) => inner,
            (Expr::Method(call), _) => exprs.method(call).receiver,
            (Expr::Call(_, args), _) => {
                return exprs.list(args).first().map_or_else(Text::unknown, |arg| values.text(body, *arg));
            }
            _ => return Text::unknown(),
        };
    }
    Text::unknown()
}

impl<'p> Project<'p> {
    /// What the pods of a workload may hold of the databases that are deployed beside it.
    pub(crate) fn demands(&'p self, workload: &'p Workload) -> Vec<Demand<'p>> {
        let mut found = Vec::new();
        for container in workload.lasting() {
            let Runs::Service(running) = self.runs(workload, container) else { continue };
            for pool in &running.service.pools {
                let Some(url) = running.value(&pool.url).text().map(str::to_owned) else { continue };
                let databases =
                    hosts(&url).into_iter().filter_map(|(host, _)| self.database(workload, &host));
                found.extend(databases.map(|database| Demand {
                    service: running.service,
                    pool,
                    each: size(&running, pool),
                    sized: pool.size.as_ref().map_or(pool.span, |(_, span)| *span),
                    pods: self.most_pods(workload).pods,
                    database,
                }));
            }
        }
        found
    }

    /// All that is held of a database at most.
    pub(crate) fn demands_of(&'p self, database: &Workload) -> Vec<Demand<'p>> {
        let all = self.workloads.iter().filter(|workload| !workload.is_aside).flat_map(|it| self.demands(it));
        all.filter(|demand| demand.database.id == database.id).collect()
    }

    /// The database that a host is for whoever runs in a workload.
    fn database(&'p self, workload: &Workload, host: &str) -> Option<&'p Workload> {
        let holds = |it: &&Workload| it.containers.iter().any(|container| default_of(container).is_some());
        match workload.platform {
            Platform::Compose => self
                .workloads
                .iter()
                .filter(|it| it.span.file == workload.span.file && it.name == host)
                .find(holds),
            Platform::Kubernetes => {
                let mut parts = host.split('.');
                let name = parts.next()?;
                let namespace = parts.next().or(workload.namespace.as_deref());
                let is_it = |own: Option<&str>| own.zip(namespace).is_none_or(|(a, b)| a == b);
                let mut services = self.cluster.services.iter().filter(|service| {
                    service.name == name && is_it(service.namespace.as_deref()) && !service.about.is_empty()
                });
                let service = services.next().filter(|_| services.next().is_none())?;
                service.about.iter().map(|id| self.workload(*id)).find(holds)
            }
        }
    }
}

impl Capacity {
    /// How many connections a database takes; `None` where a file that is not read may say another number.
    pub(crate) fn of(database: &Workload) -> Option<Self> {
        database.containers.iter().find_map(|container| {
            let default = default_of(container)?;
            let words = container.given.entrypoint.iter().chain(&container.given.command).flatten();
            let set =
                words.filter_map(|word| word.split(['=', ' ']).skip_while(|part| !is_limit(part)).nth(1));
            let set: Vec<Option<i64>> = set.map(|number| number.parse().ok()).collect();
            match set.last() {
                Some(number) => {
                    Some(Self { connections: (*number)?, span: container.span, is_written: true })
                }
                None if is_configured(container) => None,
                None => Some(Self { connections: default, span: container.span, is_written: false }),
            }
        })
    }
}

/// `-c max_connections=200`, `--max-connections=200`.
fn is_limit(word: &str) -> bool {
    word.trim_start_matches("-c").trim_start_matches("--").replace('-', "_") == "max_connections"
}

/// Whether a file that is mounted may say what it takes.
fn is_configured(container: &Deployed) -> bool {
    let is_told = |word: &String| word.contains("config_file") || word.contains("--defaults");
    let names = ["/etc/postgresql", "/etc/mysql", "postgresql.conf", "my.cnf", "conf.d"];
    container.given.command.iter().flatten().any(is_told)
        || container.mounts.iter().any(|mount| names.iter().any(|name| mount.contains(name)))
}

/// How many connections a database takes that is told nothing: 100 of `PostgreSQL`
/// (<https://www.postgresql.org/docs/current/runtime-config-connection.html>), 151 of `MySQL` and `MariaDB`
/// (<https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_connections>).
fn default_of(container: &Deployed) -> Option<i64> {
    let image = container.image.as_ref()?.value.as_ref().ok()?;
    let family = ImageRef::parse(image)?.family();
    match family.rsplit('/').next()? {
        "postgres" | "postgresql" | "postgis" | "pgvector" | "timescaledb" => Some(100),
        "mysql" | "mariadb" => Some(151),
        _ => None,
    }
}

fn size(running: &Running<'_>, pool: &Pool) -> Result<i64, String> {
    let unclear = || "how many connections its pool holds is not written here".to_owned();
    match &pool.size {
        Some((text, _)) => match running.value(text) {
            Value::Is(number) => number.replace('_', "").parse().map_err(|_| unclear()),
            Value::Perhaps(_, why) | Value::Unclear(why) => Err(why),
        },
        None => pool.default.map(i64::from).ok_or_else(unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::is_limit;

    #[test]
    fn the_limit_of_a_database_is_known_by_its_spellings() {
        for (word, expected) in [
            ("max_connections", true),
            ("-cmax_connections", true),
            ("--max-connections", true),
            ("--max_connections", true),
            ("superuser_reserved_connections", false),
            ("max_connections_per_hour", false),
        ] {
            assert_eq!(is_limit(word), expected, "{word}");
        }
    }
}
