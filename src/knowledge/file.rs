//! The form of a file in `rules/knowledge/`. `rules/knowledge/README.md` explains each field to whoever adds one.

use serde::Deserialize;

/// What is known of one crate, or of a family of crates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// For the reader.
    #[serde(rename = "crate")]
    pub(super) _krate: String,
    /// Where the facts stand in the library's own code or documentation.
    #[serde(rename = "source")]
    pub(super) _source: String,
    #[serde(default)]
    pub(super) alias: Vec<Alias>,
    #[serde(default)]
    pub(super) item: Vec<Item>,
    #[serde(default)]
    pub(super) variable: Vec<Variable>,
}

/// Variables of the environment that a platform, a shell or a widespread library defines and documents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    #[serde(default)]
    pub(super) name: Vec<String>,
    #[serde(default)]
    pub(super) prefix: Vec<String>,
}

/// Two paths of one thing: a re-export.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    pub(super) from: String,
    pub(super) to: String,
}

/// What an item means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself in the data")]
pub(crate) struct Item {
    /// `crate::Type::method`, `crate::function`; a macro ends in `!`, an attribute's last name begins with `#`.
    pub(crate) path: Vec<String>,
    pub(crate) means: Option<Means>,
    /// The type that a call of it returns, where it is not the type that it belongs to.
    pub(crate) returns: Option<String>,
    /// `server`, `consumer`, `wrapper`, `drain`: the framework's name in reports.
    pub(crate) framework: Option<String>,
    /// `server`: `http`, `grpc` or `tcp`.
    pub(crate) kind: Option<crate::model::ServiceKind>,
    /// `server`: what happens on a termination signal when the code says nothing.
    #[serde(default)]
    pub(crate) drain: Drain,
    /// `server`: methods of the same chain, or of the same variable, with which it drains.
    #[serde(default)]
    pub(crate) drained_by: Vec<String>,
    /// `server`: methods that turn the default off.
    #[serde(default)]
    pub(crate) undrained_by: Vec<String>,
    /// `server`: methods whose argument says how long it drains; a zero leaves it no time.
    #[serde(default)]
    pub(crate) hurried_by: Vec<String>,
    /// `server`: how many seconds it drains at most when the code does not say.
    pub(crate) drain_seconds: Option<u64>,
    /// `server`, `consumer`: only a call within a loop counts.
    #[serde(default)]
    pub(crate) in_loop: bool,
    /// `signal`: what is handled.
    #[serde(default)]
    pub(crate) signals: Vec<Signal>,
    /// `signal`: what is handled as well when the crate has the feature.
    #[serde(default)]
    pub(crate) with_feature: Vec<FeatureSignals>,
    /// `route`, `nest`, `scope`: which argument is the path, from 0.
    pub(crate) path_arg: Option<usize>,
    /// `route`: which argument is the handler; `nest`, `merge`, `server`: which is the router.
    pub(crate) router_arg: Option<usize>,
    /// `route`, `route-attribute`: the method in capitals, where the item itself says it.
    pub(crate) method: Option<String>,
    /// `logger`: `text`, `json`, `layers`.
    pub(crate) format: Option<String>,
    /// `http-client`: methods of the chain that bound its waits.
    #[serde(default)]
    pub(crate) bounded_by: Vec<String>,
    /// `http-client`: what bounds it when the code says nothing, such as `30 s`.
    pub(crate) default_timeout: Option<String>,
    /// `http-client`: methods of the chain that give it root certificates.
    #[serde(default)]
    pub(crate) rooted_by: Vec<String>,
    /// `pool`: methods whose argument is the most connections that it holds.
    #[serde(default)]
    pub(crate) sized_by: Vec<String>,
    /// `pool`: how many it holds at most when the code says nothing.
    pub(crate) default_size: Option<u32>,
    /// `bind`: which argument is the address; `asset`: which is the path; `env`: which is the name; `timeout`: which is the future;
    /// `fallible`: which is the data that decides.
    pub(crate) arg: Option<usize>,
    /// `trait`: how many arguments its methods take.
    pub(crate) takes: Option<usize>,
    /// `bind`: a socket on port 0 is one that is sent from: nobody could ask it.
    #[serde(default)]
    pub(crate) sends_from_any_port: bool,
    /// `bind`: which argument is the port, where it stands apart.
    pub(crate) port_arg: Option<usize>,
    /// `server`: the address that it binds when nothing says otherwise, as `host:port`.
    pub(crate) default_bind: Option<String>,
    /// `server`: the variables that say otherwise, host first.
    #[serde(default)]
    pub(crate) bind_env: Vec<String>,
    /// `server`: files at the root of the tree that may say otherwise.
    #[serde(default)]
    pub(crate) bind_files: Vec<String>,
    /// `server`: calls with which the code itself may say otherwise.
    #[serde(default)]
    pub(crate) bind_calls: Vec<String>,
    /// `print`: the lint of clippy whose `allow` or `expect` says that it is on purpose.
    pub(crate) lint: Option<String>,
    /// `env`: whether the code fails without the variable.
    pub(crate) required: Option<bool>,
    /// `env`: `--help` describes the variable.
    #[serde(default)]
    pub(crate) described: bool,
    /// `env-prefix`: methods of the chain that say what stands between the parts of a name; without one there are no parts.
    #[serde(default)]
    pub(crate) separated_by: Vec<String>,
    /// `env-prefix`: methods that say what stands behind the prefix, which is what stands between the parts where none does,
    /// else `_`; where there are no such methods, the prefix holds it.
    #[serde(default)]
    pub(crate) joined_by: Vec<String>,
    /// `env-prefix`: a struct is filled from variables alone, one for each of its fields.
    #[serde(default)]
    pub(crate) fills: bool,
    /// `layer`: it wraps what is added to the router later as well.
    #[serde(default)]
    pub(crate) wraps_all: bool,
    /// `stack`: the layer may be absent, as a setting says.
    #[serde(default)]
    pub(crate) optional: bool,
    /// `insecure-tls`: methods with which the code checks by itself what it turns off.
    #[serde(default)]
    pub(crate) replaced_by: Vec<String>,
    /// The item holds only where the package that uses it turns this feature of its crate on.
    pub(crate) feature: Option<String>,
    /// The item holds only where argument `arg` is written as this: `true`, `usize::MAX`, a text.
    pub(crate) when: Option<String>,
    /// `blocking`: takes so little time that many do it on purpose.
    #[serde(default)]
    pub(crate) brief: bool,
    /// `unbounded-body`: reads the body that it is given, which may be that of an answer as well.
    #[serde(default)]
    pub(crate) reads: bool,
    /// `route-attribute`: a handler without `async` runs on a thread of the async runtime as well.
    #[serde(default)]
    pub(crate) on_runtime: bool,
    /// `embedded-store`: the argument is a URL, and one with this beginning names a file.
    pub(crate) scheme: Option<String>,
    /// The versions in which this holds, as a Cargo requirement; checked against `Cargo.lock`.
    pub(crate) versions: Option<String>,
}

/// Signals that a feature of the crate adds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureSignals {
    pub(crate) feature: String,
    pub(crate) signals: Vec<Signal>,
}

/// What an item means for production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Means {
    /// Starts serving.
    Server,
    /// Starts a server that the audited code does not show.
    Wrapper,
    /// Takes work from a queue or a log.
    Consumer,
    /// Runs jobs by the clock.
    Scheduler,
    /// Makes a running server drain.
    Drain,
    /// Waits for a signal of the operating system, or handles it.
    Signal,
    /// Names a signal: it is handled where the name is handed to a `SignalHandler`.
    SignalName,
    /// Handles the signals that it is given.
    SignalHandler,
    /// Sends the signal that it is given.
    SignalSend,
    /// Runs the closure that it is given the first time, and never again.
    Once,
    /// Adds a route to a router.
    Route,
    /// An attribute that gives a handler its path.
    RouteAttribute,
    /// Puts a router below a path.
    Nest,
    /// Adds another router's routes.
    Merge,
    /// Makes a router whose routes are below a path.
    Scope,
    /// Makes a resource: a route at a path, whose handlers are added by methods.
    Resource,
    /// Wraps what a router has so far in a layer.
    Layer,
    /// Adds a layer to a stack of them, or makes one of a layer that may be absent.
    Stack,
    /// Answers what no route answers.
    Fallback,
    /// Takes the function or closure that handles requests, or that stands around it.
    Handler,
    /// A macro that lists handlers with attributes.
    Handlers,
    /// Answers gRPC health checks.
    GrpcHealth,
    /// Answers checks of health by itself.
    Health,
    /// Makes gRPC services into one that another server may serve.
    GrpcService,
    /// Sets up logging for the process.
    Logger,
    /// Makes log lines machine-readable.
    JsonLogs,
    /// Writes log lines for people, as part of a logger that writes what its parts do.
    TextLogs,
    /// Makes a filter of logs that a variable fills, and that lets nothing but errors through without it.
    LogFilter,
    /// Says in the code which levels are logged.
    LogLevel,
    /// Prints to standard output or error.
    Print,
    /// Writes a log line.
    Log,
    /// Exports metrics.
    Metrics,
    /// Makes a client for outbound HTTP.
    HttpClient,
    /// Sends one outbound HTTP request without a client.
    HttpRequest,
    /// Sends a prepared request: what its chain sets holds for it alone.
    HttpSend,
    /// Bounds the time of a request.
    RequestTimeout,
    /// Bounds the time of the future that it is given.
    Timeout,
    /// Binds an address.
    Bind,
    /// Gives a server its configuration.
    Configuration,
    /// Binds a socket that only programs of the same machine can reach.
    LocalBind,
    /// Reads a variable of the environment.
    Env,
    /// Declares an argument of the command line.
    Argument,
    /// Reads every variable with a prefix into a configuration.
    EnvPrefix,
    /// Takes variables from a file.
    EnvFile,
    /// Ends the process.
    Exit,
    /// Runs a future apart from its caller.
    Spawn,
    /// Never completes.
    Pending,
    /// Lets time pass before the work goes on.
    Pause,
    /// Makes a pool of connections: to a database, a cache, a broker.
    Pool,
    /// Makes a client for outbound gRPC.
    GrpcClient,
    /// Asks something that the service depends on: runs a query, pings a server.
    Dependency,
    /// Makes a queue that grows without end.
    UnboundedQueue,
    /// Blocks the thread that it is called on.
    Blocking,
    /// Runs the closure that it is given on a thread that may block.
    BlockingAside,
    /// Gives a lock's guard that must not be held across an `.await`.
    StdLock,
    /// Takes a request's body without a limit.
    UnboundedBody,
    /// Gives a response that may last for ever: server-sent events, a WebSocket.
    EndlessResponse,
    /// Turns a panic in a handler into a response.
    CatchPanic,
    /// Catches a panic of the code that it is given.
    CatchUnwind,
    /// Tells a task that it should end, or waits to be told.
    ShutdownToken,
    /// Makes a span for each request that is served.
    RequestSpans,
    /// Gives each request an identifier, or takes the caller's.
    RequestId,
    /// Tells the gRPC health service how a service is.
    GrpcHealthStatus,
    /// Sends spans to a collector.
    SpanExport,
    /// Hands spans on, to something that may send them to a collector.
    SpanLayer,
    /// Starts what sends spans if the options that it is given say so.
    SpanSetup,
    /// A type whose fields say which spans are sent: none, until they are set.
    SpanOptions,
    /// Holds spans back, to send many at a time.
    SpanBatch,
    /// Sends each span when it ends.
    SpanAtOnce,
    /// Sends what is left before the process ends.
    SpanFlush,
    /// Gives a guard that has to live as long as the process logs.
    LogGuard,
    /// Turns off a check of the other side's certificate.
    InsecureTls,
    /// Makes a queue that takes so much and no more.
    BoundedQueue,
    /// Bounds the body of a request.
    BodyLimit,
    /// Gives a gRPC request a deadline of its own.
    GrpcDeadline,
    /// Says that a certificate is right.
    CertificateTaken,
    /// Lets every origin in.
    PermissiveCors,
    /// Runs the SQL text that it is given.
    Sql,
    /// Starts a program.
    Command,
    /// Turns off a check of a token.
    InsecureToken,
    /// Gives an error when the other side, or the data that it is given, is not as hoped.
    Fallible,
    /// Holds what a client wrote: an extractor.
    Input,
    /// Takes a connection away from its server, whose drain does not wait for it.
    Upgrade,
    /// Runs a future on its own: the handle that it gives may be dropped, and the task goes on.
    Detached,
    /// Verifies a token.
    TokenCheck,
    /// Makes the key that signs or verifies tokens.
    TokenKey,
    /// A type that says what of a token is checked.
    TokenRules,
    /// Makes a layer that says which origins may read answers: nobody, until they are named.
    Cors,
    /// Names origins that may read answers.
    CorsOrigins,
    /// Lets cookies through with requests of other origins.
    CorsCredentials,
    /// An attribute that writes the arguments of its function to the log.
    LogsArguments,
    /// Makes a response of an error, with its text.
    ErrorResponse,
    /// Makes a span; an attribute makes one of each call of its function.
    Span,
    /// Takes the function that stands around handlers, or before them.
    Around,
    /// A layer that asks who sends a request, and refuses strangers.
    Guard,
    /// The answer that refuses whoever has not said who they are.
    Refusal,
    /// Names headers that a browser may send, or see.
    CorsHeaders,
    /// Reads a file, or serves a folder, that the path in its argument names.
    Asset,
    /// Reads a file of settings whose path is in its argument.
    ConfigFile,
    /// Holds a file of the tree, which its argument names, in the program.
    Included,
    /// Opens a database in the process itself, whose files are at the path in its argument.
    EmbeddedStore,
    /// A trait that adds its methods to types that cannot be told: a query that macros make.
    Trait,
}

/// What a server does with requests in flight when it is told to stop and the code says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Drain {
    /// Drops them, or is not told at all.
    #[default]
    None,
    /// Handles SIGTERM itself and lets them finish.
    Default,
}

/// A signal of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Signal {
    Sigint,
    Sigterm,
    Sighup,
    Sigquit,
}

/// Parses one file.
pub(super) fn parse(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}
