//! Services: the binaries that start a server, a consumer loop or a scheduler, and all that is known of each.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::cargo::CargoTargetKind;
use crate::facts::FileFacts;
use crate::knowledge::{Means, Signal};
use crate::model::ServiceKind;
use crate::model::asset::Asset;
use crate::model::calls::Calls;
use crate::model::chain::Chains;
use crate::model::clients::{self, Client};
use crate::model::environment::Environment;
use crate::model::exits::{Exit, aborts};
use crate::model::foreign::Foreign;
use crate::model::hazard::Hazards;
use crate::model::image::ImageId;
use crate::model::layers::Layers;
use crate::model::load::Load;
use crate::model::log_guard::LogGuard;
use crate::model::log_level::Levels;
use crate::model::panics::Panic;
use crate::model::pool::Pool;
use crate::model::reach::{Code, Reach};
use crate::model::requests::Requests;
use crate::model::route::Routes;
use crate::model::server::{Audience, Server, Stop, Wrapper};
use crate::model::spans::Spans;
use crate::model::store::Store;
use crate::model::symbols::Symbols;
use crate::model::tasks::Task;
use crate::model::tests;
use crate::model::value::{Text, Values};
use crate::model::work::{Phase, Work};
use crate::model::workload::WorkloadId;
use crate::model::workspace::{Crate, CrateId, PackageId, Unread, UnreadKind, Workspace};
use crate::source::Sources;
use crate::span::{FileId, Span};

use answering::{Answering, tell};
use aside::is_aside;
use logging::Logging;
use runs::Runs;
use uses::uses;
pub(crate) use uses::uses_of;
use working::Working;

mod answering;
mod aside;
mod binds;
mod logging;
mod prints;
mod runs;
mod signals;
mod start;
mod uses;
mod waiting;
mod working;

/// A deployable, long-running binary.
#[derive(Debug)]
pub(crate) struct Service {
    /// `folder/of/package:binary`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) package: String,
    /// The folder of its package.
    pub(crate) folder: String,
    pub(crate) kind: ServiceKind,
    pub(crate) frameworks: Vec<String>,
    /// The name of its `main`.
    pub(crate) main: Span,
    pub(crate) manifest: Span,
    /// The manifest of its workspace, else its own.
    pub(crate) workspace: FileId,
    /// Packages of other services that it is built with.
    pub(crate) built_with: Vec<crate::model::neighbours::BuiltWith>,
    /// The tests of its crates.
    pub(crate) tests: tests::Tests,
    pub(crate) servers: Vec<Server>,
    /// Crates that start a server out of sight.
    pub(crate) wrappers: Vec<Wrapper>,
    /// What crates of which nothing is known may do for it.
    pub(crate) foreign: Foreign,
    /// Files of its crates that could not be read.
    pub(crate) unread: Vec<Unread>,
    pub(crate) routes: Routes,
    pub(crate) binds: Vec<Bind>,
    pub(crate) environment: Environment,
    pub(crate) signals: Vec<SignalUse>,
    /// The known items that it uses while it serves, by what they mean.
    used: BTreeMap<Means, Vec<Use>>,
    pub(crate) loggers: Vec<Use>,
    pub(crate) log_guards: Vec<LogGuard>,
    /// What says which levels it logs.
    pub(crate) levels: Levels,
    pub(crate) spans: Spans,
    /// What bounds the time of the requests that it answers.
    pub(crate) request_timeouts: Layers,
    /// What asks who sends a request, and refuses strangers.
    pub(crate) guards: Layers,
    /// What tells its requests apart in what it writes.
    pub(crate) requests: Requests,
    /// What makes its log lines machine-readable.
    pub(crate) json_logs: Vec<Use>,
    /// What writes log lines for people.
    pub(crate) text_logs: Vec<Use>,
    /// Prints while it serves, once logging is set up.
    pub(crate) prints: Vec<Use>,
    pub(crate) clients: Vec<Client>,
    /// What it reads of the files of the repository while it runs.
    pub(crate) assets: Vec<Asset>,
    /// The files that it may take settings from.
    pub(crate) configuration: Vec<crate::model::settings::Source>,
    /// The databases that it opens in its own process.
    pub(crate) stores: Vec<Store>,
    /// The pools of connections to databases that it makes.
    pub(crate) pools: Vec<Pool>,
    /// Where what comes from outside can make it panic.
    pub(crate) panics: Vec<Panic>,
    /// Where it ends the process, other than because of a signal.
    pub(crate) exits: Vec<Exit>,
    /// The tasks that it starts once and that run on by themselves.
    pub(crate) tasks: Vec<Task>,
    /// Where its release profile says that a panic ends the process.
    pub(crate) aborts: Option<Span>,
    /// Whether anything was found that runs for each request or message.
    pub(crate) works: bool,
    /// What shows under load only.
    pub(crate) load: Load,
    /// Whether it is a service only if an image starts it, and with what.
    pub(crate) needs_image: Option<Needs>,
    pub(crate) hazards: Hazards,
    pub(crate) images: Vec<ImageId>,
    pub(crate) workloads: Vec<WorkloadId>,
    /// The containers of those that run it, by their place.
    pub(crate) containers: Vec<(WorkloadId, usize)>,
}

/// What an image has to do for a binary to be a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Start it.
    Start,
    /// Start it with arguments: without any it does something else.
    Arguments,
}

/// The use of a known item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) span: Span,
    /// The item's path.
    pub(crate) path: String,
    /// When it runs.
    pub(crate) phase: Phase,
}

/// A signal that the code handles, or names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignalUse {
    pub(crate) span: Span,
    pub(crate) path: String,
    pub(crate) signals: Vec<Signal>,
    /// Whether it is handled; else it is named, and where the name goes cannot be told.
    pub(crate) is_certain: bool,
    /// Whether the process exits as soon as the signal is there, and nothing is drained.
    pub(crate) exits_at_once: bool,
    /// Whether anything is waited for beside it, before what it starts.
    pub(crate) pause: Pause,
}

/// Whether code sleeps where it handles a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pause {
    No,
    /// Elsewhere in the function that handles it, or in one that calls this or is called by it: for what is not known.
    Near(Span),
    /// Before it does anything else.
    Here(Span),
}

/// An address that a service listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bind {
    pub(crate) span: Span,
    pub(crate) host: Text,
    pub(crate) port: Text,
    /// Whether it is bound in the binary's own package, and not by a helper crate for metrics.
    pub(crate) is_own: bool,
    /// The servers that accept on it, where that can be told.
    pub(crate) servers: Vec<Span>,
    /// For whom they answer.
    pub(crate) audience: Audience,
    /// Whether the exporter that binds it answers with metrics, whatever path is asked for.
    pub(crate) exports: bool,
}

impl Service {
    /// The services of the tree, by id. Binaries below a folder of examples, tests or vendored code are none.
    pub(crate) fn all(sources: &Sources, symbols: &Symbols<'_>, calls: &Calls) -> Services {
        let code = Code { symbols, calls };
        let workspace = symbols.workspace;
        let mut found = Vec::new();
        let mut left_out = 0;
        let mut unreadable = BTreeSet::new();
        let binaries: Vec<(CrateId, &Crate)> =
            workspace.crates().filter(|(_, krate)| krate.kind == CargoTargetKind::Bin).collect();
        let services: Vec<Option<Self>> =
            binaries.par_iter().map(|(id, _)| service(&code, sources, *id)).collect();
        for ((id, krate), service) in binaries.into_iter().zip(services) {
            if is_aside(&workspace.package(krate.package).folder) {
                left_out += usize::from(service.is_some());
                continue;
            }
            if service.is_none() {
                unreadable.extend(unread_file(symbols, id).map(|file| sources.path(file).to_owned()));
            }
            found.extend(service);
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        Services { found, left_out, unreadable: unreadable.into_iter().collect() }
    }

    /// Why the absence of something in its code proves nothing, if it does not.
    pub(crate) fn blind_spot(&self) -> Option<String> {
        if let Some(unread) = self.unread.first() {
            return Some(format!("a file of the service could not be read ({})", unread.why));
        }
        let wrapper = self.wrappers.first()?;
        self.servers.is_empty().then(|| format!("`{}` starts the server out of sight", wrapper.framework))
    }

    /// Why a signal may start its shutdown that no code of the tree waits for.
    pub(crate) fn unseen_signal(&self) -> Option<String> {
        let told_by = self.servers.iter().find_map(|server| server.told_by.as_ref());
        self.blind_spot().or_else(|| {
            told_by.map(|krate| format!("`{krate}`, of which nothing is known, says when it stops"))
        })
    }

    /// The call that starts the service: its main server, else what stands for it.
    pub(crate) fn start(&self) -> Span {
        let is_asked = |server: &&Server| {
            server.kind == self.kind && (server.audience != Audience::Operators || self.is_for_operators())
        };
        let of_kind = || self.servers.iter().filter(is_asked);
        // A helper crate's server is mostly the one for metrics.
        let main = of_kind().find(|server| server.is_own).or(of_kind().next()).or(self.servers.first());
        let lasting = of_kind().find(|server| server.is_own && !matches!(server.stop, Stop::SwitchedOff(_)));
        lasting
            .or(main)
            .map(|server| server.span)
            .or_else(|| self.wrappers.first().map(|wrapper| wrapper.span))
            .unwrap_or(self.main)
    }

    /// What it uses while it serves that means this.
    pub(crate) fn uses(&self, means: Means) -> &[Use] {
        self.used.get(&means).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn serves_requests(&self) -> bool {
        matches!(self.kind, ServiceKind::Http | ServiceKind::Grpc)
    }

    /// Whether it exports metrics, and no route of it is known to give them: middleware may.
    pub(crate) fn exports_in_ways_unseen(&self) -> bool {
        self.routes.for_metrics().is_none()
            && (!self.uses(Means::Metrics).is_empty() || self.foreign.may(Means::Metrics).is_some())
    }

    /// Those of the servers at these places that answer users.
    pub(crate) fn servers_for_users<'s>(&'s self, of: &'s [Span]) -> impl Iterator<Item = &'s Server> {
        let is_of = |server: &&Server| server.audience == Audience::Users && of.contains(&server.span);
        self.servers.iter().filter(is_of)
    }

    /// Whether all that answers requests answers those who run it: a worker with its metrics.
    pub(crate) fn is_for_operators(&self) -> bool {
        let is_answering = |kind| matches!(kind, ServiceKind::Http | ServiceKind::Grpc | ServiceKind::Tcp);
        let mut answering = self.servers.iter().filter(|server| is_answering(server.kind)).peekable();
        answering.peek().is_some() && answering.all(|server| server.audience == Audience::Operators)
    }

    /// Whether the code handles a signal, or a framework does it by default.
    pub(crate) fn handles(&self, signal: Signal) -> bool {
        self.signals.iter().any(|used| used.is_certain && used.signals.contains(&signal))
    }
}

/// The services of a tree, and what may hide others.
pub(crate) struct Services {
    pub(crate) found: Vec<Service>,
    /// How many binaries below a folder of examples or tests serve.
    pub(crate) left_out: usize,
    /// Files of binaries that are no service as far as they could be read, and could not be read in whole.
    pub(crate) unreadable: Vec<String>,
}

/// A file of a binary, or of a library that it uses, that says nothing because it could not be read.
fn unread_file(symbols: &Symbols<'_>, id: CrateId) -> Option<FileId> {
    let workspace = symbols.workspace;
    let closure = workspace.closure(id);
    // The binary's own file first: it is the one to mend.
    let crates = std::iter::once(id).chain(closure.iter().copied().filter(|other| *other != id));
    let mut files = crates.flat_map(|id| &workspace.krate(id).unread).map(|unread| unread.span.file);
    files.find(|file| symbols.facts.rust(*file).is_none_or(|rust| rust.error.is_some()))
}

fn service(code: &Code<'_, '_>, sources: &Sources, id: CrateId) -> Option<Service> {
    let symbols = code.symbols;
    let workspace: &Workspace = symbols.workspace;
    let krate = workspace.krate(id);
    let roots = start::mains(code, id);
    let first = *roots.first()?;
    let closure = workspace.closure(id);
    let all = Reach::from(code, &roots, &closure);
    let Runs { reach, waiting, outside, needs_image } = Runs::of(code, sources, &roots, &closure, &all)?;
    let chains = Chains { code, reach: &reach };
    let values = Values::new(code, &reach);
    let signals = signals::all(code, &reach);
    let (mut servers, made) = Server::all(&chains, krate.package, !signals.is_empty());
    start::keep_outer(&mut servers);
    servers.extend(start::launched(code, &roots));
    servers.extend(waiting.servers(code, !signals.is_empty()));
    name_routers(code, &reach, &mut servers);
    let wrappers = start::wrappers(code, &reach, &mut servers, outside);
    if servers.is_empty() && wrappers.is_empty() {
        return None;
    }
    let mut binds = binds::all(&values, sources, &roots, &made);
    if wrappers.is_empty() && serves_itself(code, &reach, &binds, &servers) {
        return None;
    }
    let package = workspace.package(krate.package);
    let work = Work::of(code, &reach, &waiting.loops);
    // Each of these looks at all of the service's code; a large one has a hundred thousand calls.
    let ((answering, hazards), ((environment, (clients, working)), (mut load, logging))) = rayon::join(
        || {
            rayon::join(
                || Answering::of(code, &reach, &work, &servers, &krate.name),
                || Hazards::of(&chains, &Values::new(code, &reach)),
            )
        },
        || {
            rayon::join(
                || {
                    rayon::join(
                        || Environment::of(&Values::new(code, &reach), &work, &roots),
                        || (Client::all(&chains, clients::HTTP), Working::of(code, &reach, &work)),
                    )
                },
                || rayon::join(|| Load::of(&chains, &work), || Logging::of(code, &all, &reach, &roots)),
            )
        },
    );
    answering.tell_bodies(code, &reach, &mut load.unbounded_bodies);
    let Answering { routes, request_timeouts, guards, requests, audiences, .. } = answering;
    tell(&audiences, &mut servers, &mut binds);
    Some(Service {
        id: id_of(&package.folder, &krate.name),
        name: krate.name.clone(),
        package: package.name.clone(),
        folder: package.folder.clone(),
        kind: main_kind(&servers),
        frameworks: start::frameworks(&servers, &wrappers),
        main: symbols.name_span(first),
        manifest: package.name_span,
        workspace: package.workspace.unwrap_or(package.manifest),
        built_with: Vec::new(),
        tests: tests::Tests::default(),
        servers,
        wrappers,
        unread: unread(symbols, &closure),
        foreign: Foreign::of(sources, symbols, &closure),
        request_timeouts,
        guards,
        requests,
        routes,
        binds,
        environment,
        signals,
        used: working.used,
        loggers: logging.loggers,
        log_guards: logging.log_guards,
        levels: logging.levels,
        spans: logging.spans,
        json_logs: logging.json_logs,
        text_logs: logging.text_logs,
        prints: logging.prints,
        clients,
        assets: Asset::all(&values),
        configuration: crate::model::settings::Source::all(&values),
        stores: Store::all(&values),
        pools: Pool::all(&chains, &values),
        exits: working.exits,
        tasks: working.tasks,
        panics: working.panics,
        works: working.works,
        aborts: aborts(symbols, package),
        hazards,
        load,
        needs_image,
        images: Vec::new(),
        workloads: Vec::new(),
        containers: Vec::new(),
    })
}

/// `folder/of/package:binary`.
fn id_of(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}:{name}") }
}

/// Whether what it listens on is for programs of its own machine, or for itself.
fn serves_itself(code: &Code<'_, '_>, reach: &Reach, binds: &[Bind], servers: &[Server]) -> bool {
    // A daemon behind a Unix socket serves the programs of its own machine.
    let is_local = binds.is_empty() && !uses(code, reach, &[Means::LocalBind], |_| true).is_empty();
    // What listens on whatever port is free is asked by the program itself, or by its tests: nobody else knows the port.
    let is_ephemeral =
        !binds.is_empty() && binds.iter().all(|bind| bind.port.literal().as_deref() == Some("0"));
    is_ephemeral || (is_local && servers.iter().all(|server| server.takes_stream))
}

/// A bare hyper server that serves an axum router is an axum service, one that serves tonic's services alone a gRPC
/// service, and a bare server of connections that serves a router serves HTTP.
fn name_routers(code: &Code<'_, '_>, reach: &Reach, servers: &mut [Server]) {
    let symbols = code.symbols;
    let router = reach
        .sites
        .iter()
        .filter(|(_, site)| {
            symbols.means(site.node, Means::Route).is_some()
                || symbols.means(site.node, Means::Merge).is_some()
        })
        .map(|(_, site)| symbols.knowledge.crate_of(site.node))
        .find(|krate| !krate.starts_with("hyper"));
    let Some(router) = router else {
        let is_grpc =
            reach.sites.iter().any(|(_, site)| symbols.means(site.node, Means::GrpcService).is_some());
        if let ([only], true) = (servers, is_grpc)
            && only.framework.starts_with("hyper")
        {
            (only.framework, only.kind) = ("tonic".to_owned(), ServiceKind::Grpc);
        }
        return;
    };
    for server in servers {
        if server.framework.starts_with("hyper") {
            router.clone_into(&mut server.framework);
        } else if server.framework == "actix-server" && router.starts_with("actix") {
            server.kind = ServiceKind::Http;
        }
    }
}

/// What most of its servers are; requests before raw connections before work in the background.
fn main_kind(servers: &[Server]) -> ServiceKind {
    let order =
        [ServiceKind::Http, ServiceKind::Grpc, ServiceKind::Tcp, ServiceKind::Worker, ServiceKind::Scheduler];
    order
        .into_iter()
        .find(|kind| servers.iter().any(|server| server.kind == *kind))
        .unwrap_or(ServiceKind::Http)
}

fn unread(symbols: &Symbols<'_>, closure: &BTreeSet<CrateId>) -> Vec<Unread> {
    let workspace = symbols.workspace;
    let mut found: Vec<Unread> =
        closure.iter().flat_map(|id| &workspace.krate(*id).unread).cloned().collect();
    // A manifest that is broken may hide a dependency, and with it the crate that does what is looked for.
    let packages: BTreeSet<PackageId> = closure.iter().map(|id| workspace.krate(*id).package).collect();
    for id in packages {
        let package = workspace.package(id);
        for file in std::iter::once(package.manifest).chain(package.workspace) {
            if let FileFacts::Manifest(manifest) = symbols.facts.get(file)
                && let Some(error) = manifest.errors.first()
            {
                let why = format!("could not be read as TOML: {}", error.value);
                found.push(Unread { span: error.span(file), why, kind: UnreadKind::Broken });
            }
        }
    }
    found
}
