//! Arguments of the command line that calls of clap declare, `Arg::new("port").env("PORT").default_value("80")`, and that
//! are read by their name, `matches.get_one("port")`.

use super::{Part, Text, Values};
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::symbols::BodyId;

impl Values<'_, '_> {
    /// What is read of an argument; nothing where the code declares none of this name. Subcommands may declare several:
    /// they have to agree.
    pub(super) fn matched(&self, id: &str, depth: usize) -> Option<Text> {
        let symbols = self.code.symbols;
        let declares = |body: BodyId, at: ExprId| {
            let name = symbols.rust_of(body).exprs.args(at).first().copied();
            name.and_then(|name| self.eval(body, name, depth + 1).literal()).is_some_and(|name| name == id)
        };
        let mut all = self
            .reach
            .sites
            .iter()
            .filter(|(_, site)| site.called && symbols.means(site.node, Means::Argument).is_some())
            .filter(|(body, site)| declares(*body, site.at))
            .map(|(body, site)| self.declared(*body, site.at, depth));
        let first = all.next()?;
        Some(if all.all(|other| other == first) { first } else { Text::unknown() })
    }

    /// What the chain that declares an argument says of its value.
    fn declared(&self, body: BodyId, at: ExprId, depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let (mut env, mut default, mut names) = (None, None, Vec::new());
        let mut inner = at;
        while let Some(outer) = rust.exprs.parent(inner) {
            let Expr::Method(call) = rust.exprs.get(outer) else { break };
            let call = rust.exprs.method(call);
            if call.receiver != inner {
                break;
            }
            let text = || Some(self.eval(body, *rust.exprs.list(call.args).first()?, depth + 1));
            let literal = || text()?.literal();
            match rust.name(call.name) {
                "env" => env = literal(),
                "default_value" => default = text(),
                "long" => names.extend(literal().map(|name| format!("--{name}"))),
                "short" => names.extend(literal().map(|name| format!("-{name}"))),
                _ => {}
            }
            inner = outer;
        }
        let text = match env {
            Some(name) => Text { parts: vec![Part::Env { name, default: default.map(Box::new) }] },
            None => default.unwrap_or_else(Text::unknown),
        };
        match names {
            names if names.is_empty() => text,
            names => Text { parts: vec![Part::Arg { names, default: Some(Box::new(text)) }] },
        }
    }
}
