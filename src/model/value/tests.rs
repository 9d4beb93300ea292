use crate::engine::audit;
use crate::source::Sources;

/// The address and the port that `bind` is given, by default, in a service with these items.
fn bound(items: &str, address: &str) -> String {
    let main = format!(
        "use std::{{env, net::{{IpAddr, Ipv4Addr, SocketAddr}}, sync::LazyLock}};\n{items}\n#[tokio::main]\nasync fn main() \
         -> std::io::Result<()> {{\n    let listener = tokio::net::TcpListener::bind({address}).await?;\n    \
         axum::serve(listener, axum::Router::new()).await\n}}\n"
    );
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let report = audit(&Sources::from_texts([("Cargo.toml", manifest), ("src/main.rs", &*main)]));
    let [service] = report.services.as_slice() else { panic!("one service: {main}") };
    let [bind] = service.binds.as_slice() else { panic!("one bind: {main}") };
    let part = |part: Option<String>| part.unwrap_or_else(|| "?".to_owned());
    format!("{} {}", part(bind.address.clone()), part(bind.port.map(|port| port.to_string())))
}

const CONFIG: &str = "struct Config { host: String, port: u16 }";

#[test]
fn addresses_are_read_however_they_are_written() {
    for (items, address, expected) in [
        ("", r#""0.0.0.0:80""#, "0.0.0.0 80"),
        ("", "(Ipv4Addr::LOCALHOST, 80)", "127.0.0.1 80"),
        ("", "SocketAddr::from(([0, 0, 0, 0], 80))", "0.0.0.0 80"),
        ("", "SocketAddr::from(([0; 4], 80))", "0.0.0.0 80"),
        ("", "SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 80)", "0.0.0.0 80"),
        ("", r#"format!("{}:{}", "0.0.0.0", 80).replace("80", "90")"#, "? ?"),
        ("const IP: Ipv4Addr = Ipv4Addr::UNSPECIFIED;", "SocketAddr::new(IP.into(), 80)", "0.0.0.0 80"),
        (
            "fn port() -> u16 { env::var(\"PORT\").ok().and_then(|p| p.parse().ok()).unwrap_or(3000) }",
            "(Ipv4Addr::UNSPECIFIED, port())",
            "0.0.0.0 3000",
        ),
        (
            "fn port() -> u16 { match env::var(\"PORT\") { Ok(v) => v.parse().unwrap(), Err(_) => 3000 } }",
            "(\"0.0.0.0\", port())",
            "0.0.0.0 3000",
        ),
        (
            "fn port() -> u16 { if let Ok(v) = env::var(\"PORT\") { v.parse().unwrap() } else { 3000 } }",
            "(\"0.0.0.0\", port())",
            "0.0.0.0 3000",
        ),
        (
            "fn port() -> u16 { if let Ok(v) = env::var(\"PORT\") { return v.parse().unwrap(); } 3000 }",
            "(\"0.0.0.0\", port())",
            "0.0.0.0 3000",
        ),
        (
            "fn port() -> u16 { let mut port = 3000; if let Ok(v) = env::var(\"PORT\") { port = v.parse().unwrap(); } port }",
            "(\"0.0.0.0\", port())",
            "0.0.0.0 3000",
        ),
        (
            "fn port() -> String { env::var(\"A\").or(env::var(\"B\")).unwrap_or_else(|_| \"3000\".into()) }",
            "format!(\"0.0.0.0:{}\", port())",
            "0.0.0.0 3000",
        ),
        (
            "fn addr() -> String { env::var(\"PORT\").map(|p| format!(\"0.0.0.0:{p}\")).unwrap_or(\"0.0.0.0:80\".into()) }",
            "addr()",
            "0.0.0.0 80",
        ),
    ] {
        assert_eq!(bound(items, address), expected, "{items} {address}");
    }
}

#[test]
fn a_variable_that_decides_between_two_addresses_is_not_the_address() {
    for items in [
        "fn host() -> &'static str { match env::var(\"MODE\").as_deref() { Ok(\"prod\") => \"0.0.0.0\", _ => \"127.0.0.1\" } }",
        "fn host() -> &'static str { match env::var(\"MODE\") { Ok(_) => \"0.0.0.0\", Err(_) => \"127.0.0.1\" } }",
        "fn host() -> &'static str { if env::var(\"MODE\").is_ok() { return \"0.0.0.0\"; } \"127.0.0.1\" }",
        "fn host() -> &'static str { let mut host = \"127.0.0.1\"; if env::args().count() > 1 { host = \"0.0.0.0\"; } host }",
        "fn host() -> String { \"127.0.0.1\".replace(\"127\", &env::var(\"NET\").unwrap()) }",
    ] {
        assert_eq!(bound(items, "(host(), 80)"), "? 80", "{items}");
    }
}

#[test]
fn a_field_is_followed_to_where_its_struct_is_made() {
    for (items, address, expected) in [
        (
            "impl Default for Config { fn default() -> Self { Self { host: \"0.0.0.0\".into(), port: 80 } } }",
            "{ let config = Config::default(); (config.host.as_str(), config.port) }",
            "0.0.0.0 80",
        ),
        (
            "impl Default for Config { fn default() -> Self { Self { host: \"0.0.0.0\".into(), port: 80 } } }",
            "{ let c = Config { port: 90, ..Default::default() }; format!(\"{}:{}\", c.host, c.port) }",
            "0.0.0.0 90",
        ),
        (
            "impl Config { fn from_env() -> Result<Self, env::VarError> { Ok(Self { host: env::var(\"HOST\")\
             .unwrap_or_else(|_| \"0.0.0.0\".into()), port: env::var(\"PORT\").ok().and_then(|p| p.parse().ok())\
             .unwrap_or(80) }) } }",
            "{ let Config { host, port } = Config::from_env().unwrap(); format!(\"{host}:{port}\") }",
            "0.0.0.0 80",
        ),
        (
            "static CONFIG: LazyLock<Config> = LazyLock::new(|| Config { host: \"0.0.0.0\".into(), port: 80 });",
            "(CONFIG.host.as_str(), CONFIG.port)",
            "0.0.0.0 80",
        ),
        (
            "static CONFIG: LazyLock<Config> = LazyLock::new(load); fn load() -> Config { Config { host: \"0.0.0.0\".into(), \
             port: 80 } }",
            "(CONFIG.host.as_str(), CONFIG.port)",
            "0.0.0.0 80",
        ),
        (
            "impl Config { fn new(port: u16) -> Self { let host = \"0.0.0.0\".to_owned(); Self { host, port } } \
             fn addr(&self) -> String { format!(\"{}:{}\", self.host, self.port) } }",
            "Config::new(80).addr()",
            "0.0.0.0 80",
        ),
        (
            "struct Outer { inner: Config } impl Outer { fn load() -> Self { Self { inner: Config { host: \
             \"0.0.0.0\".into(), port: 80 } } } }",
            "{ let outer = Outer::load(); (outer.inner.host.as_str(), outer.inner.port) }",
            "0.0.0.0 80",
        ),
        (
            "struct Settings { addr: SocketAddr } fn load() -> Settings { Settings { addr: SocketAddr::from(([0, 0, 0, 0], \
             80)) } }",
            "load().addr",
            "0.0.0.0 80",
        ),
    ] {
        assert_eq!(bound(&format!("{CONFIG}\n{items}"), address), expected, "{items} {address}");
    }
}

#[test]
fn a_field_that_may_be_made_in_several_ways_is_unknown() {
    for (items, address) in [
        (
            "impl Config { fn load() -> Self { if env::args().count() > 1 { Self { host: \"0.0.0.0\".into(), port: 80 } } \
             else { Self { host: \"127.0.0.1\".into(), port: 90 } } } }",
            "{ let config = Config::load(); (config.host.as_str(), config.port) }",
        ),
        (
            "fn load() -> Config { toml::from_str(\"\").unwrap() } impl Default for Config { fn default() -> Self { Self { \
             host: \"0.0.0.0\".into(), port: 80 } } }",
            "{ let config: Config = load(); (config.host.as_str(), config.port) }",
        ),
        (
            "fn load() -> Config { let mut config = Config { host: \"127.0.0.1\".into(), port: 80 }; if env::args().count() \
             > 1 { config.host = \"0.0.0.0\".into(); config.port = 90; } config }",
            "{ let config = load(); (config.host.as_str(), config.port) }",
        ),
    ] {
        assert_eq!(bound(&format!("{CONFIG}\n{items}"), address), "? ?", "{items}");
    }
}

#[test]
fn what_a_derive_fills_has_the_default_that_its_attributes_say() {
    for (items, address, expected) in [
        (
            "#[derive(SmartDefault)] struct C { #[default(\"0.0.0.0\")] host: String, #[default = 80] port: u16 }",
            "{ let c = C::default(); (c.host.as_str(), c.port) }",
            "0.0.0.0 80",
        ),
        (
            "const PORT: u16 = 80; #[derive(SmartDefault)] struct C { #[default(_code = \"\\\"0.0.0.0\\\".into()\")] host: \
             String, #[default(PORT)] port: u16 }",
            "{ let c = C::default(); (c.host.as_str(), c.port) }",
            "0.0.0.0 80",
        ),
        (
            "#[derive(Deserialize)] struct C { #[serde(default = \"host\")] host: String, port: u16 } fn host() -> String { \
             \"0.0.0.0\".into() }",
            "{ let c = envy::prefixed(\"APP_\").from_env::<C>().unwrap(); (c.host.as_str(), c.port) }",
            "0.0.0.0 ?",
        ),
        (
            "#[derive(Deserialize)] struct C { #[serde(default = \"host\")] host: String, port: u16 } fn host() -> String { \
             \"0.0.0.0\".into() }",
            "{ let c: C = toml::from_str(\"\").unwrap(); (c.host.as_str(), c.port) }",
            "? ?",
        ),
        (
            "const PORT: u16 = 80; #[derive(clap::Parser)] struct C { #[arg(long, default_value_t = PORT)] port: u16, \
             #[arg(long, default_value_t = host())] host: String } fn host() -> String { String::new() }",
            "{ let c = C::parse(); (c.host.as_str(), c.port) }",
            "? 80",
        ),
    ] {
        assert_eq!(bound(items, address), expected, "{items}");
    }
}
