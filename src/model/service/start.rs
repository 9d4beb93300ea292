//! Where a binary begins: `main`, or the function that an attribute turns into one.

use std::collections::BTreeSet;

use crate::facts::rust::ExprId;
use crate::knowledge::{Drain, Item, Means};
use crate::model::reach::{Code, Reach};
use crate::model::server::{Audience, Limit, Server, Stop, Wrapper};
use crate::model::symbols::{BodyId, Res};
use crate::model::workspace::CrateId;
use crate::model::{ServiceKind, foreign};
use crate::source::Sources;

/// `fn main`, in all its `cfg` variants, or the function that `#[launch]` turns into one.
pub(super) fn mains(code: &Code<'_, '_>, id: CrateId) -> Vec<BodyId> {
    let symbols = code.symbols;
    let root = symbols.workspace.krate(id).root;
    let mains = symbols.functions_named(root, "main");
    if !mains.is_empty() {
        return mains;
    }
    let launched = symbols.functions_in(root).into_iter().filter(|id| launching_item(code, *id).is_some());
    launched.collect()
}

pub(super) fn launching_item<'a>(code: &Code<'_, 'a>, id: BodyId) -> Option<&'a Item> {
    let symbols = code.symbols;
    let body = symbols.body(id);
    let rust = symbols.rust_of(id);
    rust.item(body.item).attrs.iter().find_map(|attr| {
        let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
        match symbols.resolve_marked(body.module, &names, "#", "") {
            Res::Known(node) => {
                symbols.means(node, Means::Server).or_else(|| symbols.means(node, Means::Wrapper))
            }
            _ => None,
        }
    })
}

/// Servers that an attribute of `main` starts: `#[launch]`.
pub(super) fn launched(code: &Code<'_, '_>, roots: &[BodyId]) -> Vec<Server> {
    roots
        .iter()
        .filter_map(|id| {
            let item = launching_item(code, *id).filter(|item| item.means == Some(Means::Server))?;
            Some(Server {
                span: code.symbols.name_span(*id),
                place: None,
                framework: item.framework.clone().unwrap_or_default(),
                kind: item.kind.unwrap_or(ServiceKind::Http),
                limit: Limit::NotAsked,
                patience: None,
                takes_stream: false,
                is_own: true,
                told_by: None,
                audience: Audience::Unknown,
                stop: match item.drain {
                    Drain::Default => Stop::ByDefault,
                    Drain::None => Stop::Nothing,
                },
            })
        })
        .collect()
}

/// An accept loop below a framework's connection is that framework's.
pub(super) fn keep_outer(servers: &mut Vec<Server>) {
    if servers.iter().any(|server| server.kind != ServiceKind::Tcp) {
        servers.retain(|server| server.kind != ServiceKind::Tcp);
    }
}

/// The frameworks that start them, each once.
pub(super) fn frameworks(servers: &[Server], wrappers: &[Wrapper]) -> Vec<String> {
    let mut found: Vec<String> = servers.iter().map(|server| server.framework.clone()).collect();
    found.extend(wrappers.iter().map(|wrapper| wrapper.framework.clone()));
    found.sort();
    found.dedup();
    found
}

/// A call of a crate of which nothing is known, which starts the server.
pub(super) type Outside = (BodyId, ExprId, Wrapper);

/// Where such a crate starts the server, when nothing that is known does.
pub(super) fn outside(
    code: &Code<'_, '_>,
    sources: &Sources,
    closure: &BTreeSet<CrateId>,
    all: &Reach,
) -> Vec<Outside> {
    let serves =
        |node| [Means::Server, Means::Wrapper].iter().any(|it| code.symbols.means(node, *it).is_some());
    if all.sites.iter().any(|(_, site)| serves(site.node)) {
        return Vec::new();
    }
    Wrapper::of_unknown(code, all, &foreign::serving(sources, code.symbols, closure))
}

pub(super) fn places(outside: &[Outside]) -> Vec<(BodyId, ExprId)> {
    outside.iter().map(|(body, at, _)| (*body, *at)).collect()
}

/// What starts servers out of sight. What else is started then is not what the service is.
pub(super) fn wrappers(
    code: &Code<'_, '_>,
    reach: &Reach,
    servers: &mut Vec<Server>,
    outside: Vec<Outside>,
) -> Vec<Wrapper> {
    if outside.is_empty() {
        return Wrapper::all(code, reach);
    }
    servers.clear();
    outside.into_iter().map(|(.., wrapper)| wrapper).collect()
}
