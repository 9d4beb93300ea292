//! The addresses that a service listens on.

use super::Bind;
use super::start::launching_item;
use crate::knowledge::{Item, Means};
use crate::model::reach::Code;
use crate::model::server::{Audience, Made};
use crate::model::symbols::BodyId;
use crate::model::value::{Text, Values};
use crate::model::workspace::PackageId;
use crate::source::{Sources, file_name};
use crate::span::Span;

/// The addresses of servers that take theirs from the environment and a file: Rocket.
fn default_binds(values: &Values<'_, '_>, sources: &Sources, roots: &[BodyId]) -> Vec<Bind> {
    let symbols = values.code.symbols;
    let sites = || values.reach.sites.iter();
    let called = sites().filter(|(_, site)| site.called).filter_map(|(body, site)| {
        Some((symbols.means(site.node, Means::Server)?, symbols.span(*body, site.at)))
    });
    let launched =
        roots.iter().filter_map(|id| Some((launching_item(values.code, *id)?, symbols.name_span(*id))));
    let bind = |(item, span): (&Item, Span)| {
        let (host, port) = item.default_bind.as_deref()?.rsplit_once(':')?;
        let by_file = |name: &String| sources.iter().any(|(_, file)| file_name(&file.path) == name);
        let by_call =
            |path: &String| sites().any(|(_, site)| symbols.knowledge.full_path(site.node) == *path);
        let is_open = item.bind_files.iter().any(by_file) || item.bind_calls.iter().any(by_call);
        let part = |at: usize, default: &str| {
            let default = if is_open { Text::unknown() } else { Text::known(default) };
            item.bind_env.get(at).map_or_else(Text::unknown, |name| Text::env(name.clone(), default))
        };
        Some(Bind {
            span,
            host: part(0, host),
            port: part(1, port),
            is_own: true,
            servers: vec![span],
            audience: Audience::Unknown,
            exports: false,
        })
    };
    called.chain(launched).filter_map(bind).collect()
}

pub(super) fn all(values: &Values<'_, '_>, sources: &Sources, roots: &[BodyId], made: &Made) -> Vec<Bind> {
    let code = values.code;
    let mut found: Vec<Bind> = default_binds(values, sources, roots);
    for (body, site) in &values.reach.sites {
        let Some(item) = code.symbols.means(site.node, Means::Bind) else { continue };
        let exprs = &code.symbols.rust_of(*body).exprs;
        let args = exprs.args(site.at);
        let Some(arg) = args.get(item.arg.unwrap_or(0)) else { continue };
        let (host, mut port) = values.address(*body, *arg);
        if let Some(arg) = item.port_arg.and_then(|at| args.get(at)) {
            port = values.text(*body, *arg);
        }
        // Whoever only sends lets the system choose the port of its socket.
        if item.sends_from_any_port && port.literal().as_deref() == Some("0") {
            continue;
        }
        let is_own = roots.iter().any(|root| package_of(code, *root) == package_of(code, *body));
        let of = made.iter().filter(|(_, origins)| origins.holds((*body, site.at)));
        let servers = of.map(|((body, at), _)| code.symbols.span(*body, *at)).collect();
        let span = values.origin(*body, *arg);
        let exports = code.symbols.means(site.node, Means::Metrics).is_some();
        found.push(Bind { span, host, port, is_own, servers, audience: Audience::Unknown, exports });
    }
    found.sort_by_key(|bind| bind.span);
    found.dedup();
    found
}

fn package_of(code: &Code<'_, '_>, body: BodyId) -> PackageId {
    code.symbols.workspace.krate(code.symbols.crate_of(body)).package
}
