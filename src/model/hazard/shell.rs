//! Programs that a service starts, and the scripts that it hands to a shell.

use super::Finder;
use super::origin::Origin;
use super::pieces::Piece;
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::chain::Link;
use crate::model::symbols::BodyId;
use crate::span::Span;

/// A program that is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) span: Span,
    pub(crate) by: By,
}

/// How it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Without a shell: arguments stay arguments.
    Itself,
    /// By a shell, with a script that is written in the code.
    Script,
    /// By a shell, with a script that text of others stands in.
    Spliced { shell: String, label: String },
    /// By a shell, with a script that somebody else says as a whole, or that cannot be told.
    Unclear,
}

impl Finder<'_, '_> {
    pub(super) fn shells(&self) -> Vec<Start> {
        let symbols = self.chains.code.symbols;
        let mut found = Vec::new();
        for (body, at, item, args) in self.calls(Means::Command) {
            let span = symbols.span(body, at);
            let Some(program) = args.get(item.arg.unwrap_or(0)) else { continue };
            let shell = match self.origins.of(body, *program) {
                Origin::Written(names) => names.iter().find(|name| is_shell(name)).cloned(),
                _ => None,
            };
            let Some(shell) = shell else {
                found.push(Start { span, by: By::Itself });
                continue;
            };
            let (span, by) = match self.script(&self.chains.after(body, at)) {
                Some((body, at)) => (symbols.span(body, at), self.judged(body, at, shell)),
                None => (span, By::Unclear),
            };
            found.push(Start { span, by });
        }
        found.sort_by_key(|start| start.span);
        found
    }

    /// The argument behind `-c`: the script. What follows it are the script's own arguments.
    fn script(&self, links: &[Link<'_>]) -> Option<(BodyId, ExprId)> {
        let mut args: Vec<(BodyId, ExprId)> = Vec::new();
        for link in links.iter().filter(|link| matches!(link.name, "arg" | "args")) {
            let exprs = &self.chains.code.symbols.rust_of(link.body).exprs;
            for arg in &link.args {
                match exprs.get(*arg) {
                    Expr::Array(items) if link.name == "args" => {
                        args.extend(exprs.list(items).iter().map(|item| (link.body, *item)));
                    }
                    _ => args.push((link.body, *arg)),
                }
            }
        }
        let is_flag = |(body, at): &(BodyId, ExprId)| {
            let rust = self.chains.code.symbols.rust_of(*body);
            let Expr::Str(text) = rust.exprs.get(*at) else { return false };
            let text = rust.name(text);
            text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
        };
        let flag = args.iter().position(is_flag)?;
        args.get(flag + 1).copied()
    }

    fn judged(&self, body: BodyId, at: ExprId, shell: String) -> By {
        let pieces = self.origins.pieces(body, at);
        if pieces.iter().all(|piece| piece.written().is_some()) {
            return By::Script;
        }
        let is_part = pieces.iter().any(|piece| piece.written().is_some_and(|text| !text.trim().is_empty()));
        for piece in pieces {
            let Piece::Put { origin, label, .. } = piece else { continue };
            // A whole script that is configured is a hook, and meant to be one.
            if origin == Origin::Request || (is_part && origin == Origin::Text) {
                return By::Spliced { shell, label };
            }
        }
        By::Unclear
    }
}

fn is_shell(name: &str) -> bool {
    matches!(name.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "dash" | "ash" | "ksh"))
}
