//! What may be dangerous in the code that a service runs: checks that are turned off, text that becomes code, secrets and
//! errors that get out.
//!
//! Each part of it lists places, the right ones as well, with what decides whether they are right. The rules say what
//! follows.

mod condition;
pub(crate) mod cors;
mod declared;
pub(crate) mod leak;
pub(crate) mod logged;
mod origin;
mod pieces;
pub(crate) mod shell;
pub(crate) mod sql;
pub(crate) mod tls;
pub(crate) mod token;

use crate::facts::rust::ExprId;
use crate::knowledge::Means;
use crate::model::chain::Chains;
use crate::model::symbols::BodyId;
use crate::model::value::Values;

use origin::Origins;

/// The places of a service.
#[derive(Debug, Default)]
pub(crate) struct Hazards {
    pub(crate) tls: Vec<tls::TlsCheck>,
    pub(crate) cors: Vec<cors::Cors>,
    pub(crate) sql: Vec<sql::Sql>,
    pub(crate) shells: Vec<shell::Start>,
    pub(crate) tokens: Vec<token::Token>,
    pub(crate) logged: Vec<logged::Logged>,
    pub(crate) leaks: Vec<leak::Leak>,
}

impl Hazards {
    pub(crate) fn of(chains: &Chains<'_, '_>, values: &Values<'_, '_>) -> Self {
        let finder = Finder { chains, origins: Origins::new(values) };
        Self {
            tls: finder.tls(),
            cors: finder.cors(),
            sql: finder.sql(),
            shells: finder.shells(),
            tokens: finder.tokens(),
            logged: finder.logged(),
            leaks: finder.leaks(),
        }
    }
}

/// What all parts need.
struct Finder<'f, 'a> {
    chains: &'f Chains<'f, 'a>,
    origins: Origins<'f, 'a>,
}

impl Finder<'_, '_> {
    /// The calls of items with a meaning, with the item's arguments.
    fn calls(&self, means: Means) -> Vec<(BodyId, ExprId, &crate::knowledge::Item, Vec<ExprId>)> {
        let code = self.chains.code;
        let mut found = Vec::new();
        for (body, site) in &self.chains.reach.sites {
            let items = code.symbols.items(site.node).filter(|item| item.means == Some(means));
            found.extend(items.map(|item| (*body, site.at, item, self.args(*body, site.at))));
        }
        found.dedup_by_key(|(body, at, ..)| (*body, *at));
        found
    }

    /// Every expression of a body.
    fn expressions(&self, body: BodyId) -> Vec<ExprId> {
        let exprs = &self.chains.code.symbols.rust_of(body).exprs;
        let mut open = self.chains.code.symbols.body(body).roots.clone();
        let mut found = Vec::new();
        while let Some(at) = open.pop() {
            found.push(at);
            open.extend(exprs.children(at));
        }
        found
    }

    fn args(&self, body: BodyId, at: ExprId) -> Vec<ExprId> {
        let exprs = &self.chains.code.symbols.rust_of(body).exprs;
        exprs.args(at).to_vec()
    }

    fn means(&self, body: BodyId, at: ExprId, means: Means) -> bool {
        let code = self.chains.code;
        code.calls.flow(body).site(at).is_some_and(|node| {
            code.symbols.items(node).any(|item| item.means == Some(means) && code.holds(body, at, item))
        })
    }

    fn path(&self, body: BodyId, at: ExprId) -> String {
        let code = self.chains.code;
        let node = code.calls.flow(body).site(at);
        node.map(|node| code.symbols.knowledge.full_path(node)).unwrap_or_default()
    }
}
