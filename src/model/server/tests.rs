use super::{Server, Stop};
use crate::facts::Facts;
use crate::model::{Project, Service};
use crate::source::Sources;

/// What is known of the only service with these items and this `main`.
fn with_service<T>(items: &str, main: &str, look: impl FnOnce(&Sources, &Service) -> T) -> T {
    let main = format!(
        "use axum::{{Router, routing::get}};\nuse tokio::net::TcpListener;\n{items}\n#[tokio::main]\nasync fn main() -> \
         std::io::Result<()> {{\n{main}\n}}\n"
    );
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let sources = Sources::from_texts([("Cargo.toml", manifest), ("src/main.rs", &*main)]);
    let facts = Facts::extract(&sources);
    let project = Project::link(&sources, &facts);
    let [service] = project.services.as_slice() else { panic!("one service: {main}") };
    look(&sources, service)
}

/// Where each server starts, up to the first bracket, with what is asked of it.
fn servers(items: &str, main: &str, ask: impl Fn(&Server) -> String) -> Vec<String> {
    with_service(items, main, |sources, service| {
        let line = |server: &Server| {
            let text = &sources.text(server.span.file)[server.span.range.start as usize..];
            text.lines().next().unwrap_or_default().to_owned()
        };
        service.servers.iter().map(|server| format!("{}: {}", line(server), ask(server))).collect()
    })
}

fn drains(server: &Server) -> String {
    matches!(server.stop, Stop::Drains(_)).to_string()
}

fn audience(server: &Server) -> String {
    format!("{:?}", server.audience)
}

const TERMINATED: &str = "async fn terminated() { tokio::signal::ctrl_c().await.unwrap(); }";

#[test]
fn a_handle_drains_the_server_that_it_was_given_to() {
    let serve = "let metrics = Router::new().route(\"/metrics\", get(m));
        let api = Router::new().route(\"/orders\", get(o));
        tokio::spawn(axum_server::bind(a).handle(handle.clone()).serve(metrics.into_make_service()));
        axum_server::bind(b)OWN.serve(api.into_make_service()).await";
    let stop =
        "async fn stop(handle: axum_server::Handle) { terminated().await; handle.graceful_shutdown(None); }";
    let items = format!("{TERMINATED}\n{stop}");
    let of = |own: &str, start: &str| {
        servers(&items, &format!("{start}\n{}", serve.replace("OWN", own)), drains)
            .iter()
            .map(|line| line.ends_with("true"))
            .collect::<Vec<_>>()
    };
    let one = "let handle = axum_server::Handle::new(); tokio::spawn(stop(handle.clone()));";
    assert_eq!(of("", one), [true, false]);
    assert_eq!(of(".handle(handle)", one), [true, true]);
    let two = format!("{one} let other = axum_server::Handle::new();");
    assert_eq!(of(".handle(other)", &two), [true, false]);
    // Who stops it cannot be told: a handle out of a struct counts for both.
    let kept = "let handle = axum_server::Handle::new(); let state = State::of(&handle); \
                state.parts().for_each(|one| one.handle.graceful_shutdown(None));";
    assert_eq!(of("", kept).len(), 2);
}

#[test]
fn a_handle_that_a_server_gave_stops_no_other() {
    let main = "let api = HttpServer::new(|| App::new()).disable_signals().bind(A)?.run();
        let admin = HttpServer::new(|| App::new()).disable_signals().bind(B)?.run();
        let handle = admin.handle();
        actix_web::rt::spawn(admin);
        actix_web::rt::spawn(async move { terminated().await; handle.stop(true).await });
        api.await";
    let items = format!("use actix_web::{{App, HttpServer}};\n{TERMINATED}");
    assert_eq!(
        servers(&items, main, drains),
        [
            "HttpServer::new(|| App::new()).disable_signals().bind(A)?.run();: false",
            "HttpServer::new(|| App::new()).disable_signals().bind(B)?.run();: true"
        ]
    );
}

#[test]
fn a_server_answers_those_who_ask_for_its_routes() {
    let of = |items: &str, main: &str| -> Vec<String> {
        let found = servers(items, main, audience);
        found.iter().filter_map(|line| Some(line.rsplit_once(": ")?.1.to_owned())).collect()
    };
    let two = "let (a, b) = (TcpListener::bind(A).await?, TcpListener::bind(B).await?);
        tokio::spawn(async move { axum::serve(a, ADMIN).await });
        axum::serve(b, API).await";
    let with = |admin: &str, api: &str| two.replace("ADMIN", admin).replace("API", api);
    let api = "fn api() -> Router { Router::new().route(\"/orders\", get(o)) }";
    let metrics = "Router::new().route(\"/metrics\", get(m)).route(\"/healthz\", get(h))";
    assert_eq!(of(api, &with(metrics, "api()")), ["Operators", "Users"]);
    // A router of another crate may answer anybody.
    assert_eq!(of(api, &with(metrics, "elsewhere::api()")), ["Operators", "Unknown"]);
    assert_eq!(of(api, &with("elsewhere::api()", metrics)), ["Unknown", "Operators"]);
    assert_eq!(of(api, &with(metrics, metrics)), ["Unknown", "Unknown"]);
    let hidden = format!("{api}\nfn unseen(kept: Kept) {{ kept.push(api()); }}");
    let stored = format!("unseen(kept);\n{}", with(metrics, "kept.router"));
    // What users ask for may be anywhere when no server is known to answer it, but where all is known.
    assert_eq!(of(&hidden, &stored), ["Operators", "Unknown"]);
    let fallback = format!("{metrics}.fallback(proxy)");
    assert_eq!(of(api, &with(&fallback, "api()")), ["Unknown", "Users"]);
    // One server alone has nothing beside it.
    assert_eq!(of("", &format!("axum::serve(TcpListener::bind(A).await?, {metrics}).await")), ["Unknown"]);
}

#[test]
fn a_bind_is_the_servers_that_accepts_on_it() {
    let main = "let public = TcpListener::bind(\"127.0.0.1:80\").await?;
        let admin = listen(\"0.0.0.0:90\").await?;
        let metrics = Router::new().route(\"/metrics\", get(m));
        tokio::spawn(serve(admin, metrics));
        axum::serve(public, Router::new().route(\"/orders\", get(o))).await";
    let items =
        "async fn serve(listener: TcpListener, app: Router) { axum::serve(listener, app).await.unwrap() }
        async fn listen(address: &str) -> std::io::Result<TcpListener> { TcpListener::bind(address).await }";
    let binds = with_service(items, main, |_, service| {
        let of = |bind: &crate::model::service::Bind| {
            (bind.host.literal().unwrap_or_default(), format!("{:?}", bind.audience))
        };
        service.binds.iter().map(of).collect::<Vec<_>>()
    });
    let mut binds: Vec<_> = binds.iter().map(|(host, audience)| (host.as_str(), audience.as_str())).collect();
    binds.sort_unstable();
    assert_eq!(binds, [("0.0.0.0", "Operators"), ("127.0.0.1", "Users")]);
}

#[test]
fn a_layer_of_a_server_wraps_the_routes_of_that_server_alone() {
    let outside = |main: &str| {
        with_service("", main, |_, service| {
            let layers = &service.request_timeouts;
            (layers.outside.len(), layers.bare.len())
        })
    };
    let grpc = "tonic::transport::Server::builder()LIMIT.add_service(orders).serve(B.parse()?)";
    let main = |limit: &str, layer: &str| {
        format!(
            "let app = Router::new().route(\"/orders\", get(o)){layer};
            let listener = TcpListener::bind(A).await?;
            tokio::try_join!(axum::serve(listener, app), {})",
            grpc.replace("LIMIT", limit)
        )
    };
    let (limit, layer) = (".timeout(TEN)", ".layer(tower_http::timeout::TimeoutLayer::new(TEN))");
    assert_eq!(outside(&main("", "")), (0, 0));
    assert_eq!(outside(&main(limit, layer)), (0, 0));
    assert_eq!(outside(&main(limit, "")), (1, 1));
    assert_eq!(outside(&main("", layer)), (0, 1));
}

#[test]
fn a_drain_is_as_long_as_it_is_written() {
    let of = |start: &str| {
        let items = "const LIMIT: std::time::Duration = std::time::Duration::from_secs(90);
            async fn terminated() { tokio::signal::ctrl_c().await.unwrap(); }";
        let patience = |server: &Server| match server.patience {
            Some(patience) => format!("{:?} {}", patience.length, patience.is_default),
            None => "unbounded".to_owned(),
        };
        let told: Vec<String> = servers(items, start, patience);
        told.iter().map(|line| line.rsplit(": ").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let actix = |told: &str| {
        of(&format!(
            "actix_web::HttpServer::new(|| actix_web::App::new()).bind((\"0.0.0.0\", 80))?{told}.run().await"
        ))
    };
    assert_eq!(actix(""), ["30s true"]);
    assert_eq!(actix(".shutdown_timeout(60)"), ["60s false"]);
    assert_eq!(actix(".shutdown_timeout(limit())"), ["unbounded"]);
    // Without its signals nothing makes it drain.
    assert_eq!(actix(".disable_signals()"), ["unbounded"]);
    let axum = "axum::serve(TcpListener::bind(\"0.0.0.0:80\").await?, Router::new()).with_graceful_shutdown(terminated())";
    assert_eq!(of(&format!("{axum}.await")), ["unbounded"]);
    assert_eq!(
        of(&format!("tokio::time::timeout(LIMIT, {axum}.into_future()).await.unwrap()")),
        ["90s false"]
    );
    let handle = "let handle = axum_server::Handle::new(); let stop = handle.clone();
        tokio::spawn(async move { terminated().await; stop.graceful_shutdown(Some(LIMIT)); });
        axum_server::bind(a).handle(handle).serve(Router::new().into_make_service()).await";
    assert_eq!(of(handle), ["90s false"]);
}
