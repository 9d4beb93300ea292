//! What a router is handed that cannot be followed: services of files, routers of other people, what is picked as the
//! program runs. It may answer whatever is asked below the path at which it is mounted.

use std::collections::BTreeSet;

use super::followed::{MAX_DEPTH, is_followed};
use super::{Finder, joined};
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::Source;
use crate::model::symbols::BodyId;
use crate::span::Span;

/// Something that answers requests and cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opaque {
    pub(super) span: Span,
    /// What it answers is below this; `None` where that cannot be told.
    pub(super) prefix: Option<String>,
}

impl Finder<'_, '_, '_> {
    /// What a router is handed at this call, where it cannot be followed, and a fallback that does not merely refuse.
    pub(super) fn opaque(&mut self, body: BodyId, at: ExprId, item: &Item) {
        let args = self.args(body, at);
        let span = self.values.code.symbols.span(body, at);
        match item.means {
            Some(Means::Fallback) if !self.only_refuses(body, at) => {
                let prefixes = self.prefixes(body, at, &mut BTreeSet::new());
                self.found.opaque.extend(prefixes.into_iter().map(|prefix| Opaque { span, prefix }));
            }
            Some(Means::Merge | Means::Nest | Means::Scope) => {
                let Some(arg) = item.router_arg.and_then(|position| args.get(position)).copied() else {
                    return;
                };
                if is_followed(self.values.code, self.values.reach, body, arg, MAX_DEPTH) {
                    return;
                }
                let own = match item.path_arg {
                    Some(position) => {
                        args.get(position).and_then(|path| self.values.text(body, *path).literal())
                    }
                    // `Files::new("/static", "./static")`: what is merged names its own path.
                    None => Some(self.first_path(body, arg).unwrap_or_default()),
                };
                for prefix in self.prefixes(body, at, &mut BTreeSet::new()) {
                    let prefix = prefix.zip(own.as_deref()).map(|(prefix, own)| joined(&prefix, own));
                    self.found.opaque.push(Opaque { span, prefix });
                }
            }
            _ => {}
        }
    }

    /// Whether all that a fallback does is to say that there is nothing: it names that status, and decides nothing.
    fn only_refuses(&self, body: BodyId, at: ExprId) -> bool {
        let handlers = self.handlers(body, at);
        !handlers.is_empty()
            && handlers.iter().all(|(body, root)| {
                let rust = self.values.code.symbols.rust_of(*body);
                let (mut refuses, mut decides) = (false, false);
                let mut open = vec![*root];
                while let Some(at) = open.pop() {
                    open.extend(rust.exprs.children(at));
                    match rust.exprs.get(at) {
                        Expr::Path(path) => {
                            let last = rust.exprs.path(path).segments.last();
                            refuses |=
                                last.is_some_and(|it| matches!(rust.name(*it), "NOT_FOUND" | "NotFound"));
                        }
                        Expr::If { .. } | Expr::Match { .. } | Expr::Loop { .. } => decides = true,
                        _ => {}
                    }
                }
                refuses && !decides
            })
    }

    /// The path that the first text in a chain of calls is, if it is one.
    fn first_path(&self, body: BodyId, at: ExprId) -> Option<String> {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let mut at = at;
        loop {
            at = match exprs.get(at) {
                Expr::Method(call) => exprs.method(call).receiver,
                Expr::Await(inner) | Expr::Try(inner) => inner,
                Expr::Call(_, args) => {
                    let first = *exprs.list(args).first()?;
                    let text = self.values.text(body, first).literal()?;
                    return text.starts_with('/').then_some(text);
                }
                Expr::Path(_) => match self.values.code.calls.flow(body).binding(at)?.source {
                    Source::Value(value) if value < at => value,
                    _ => return None,
                },
                _ => return None,
            };
        }
    }
}
