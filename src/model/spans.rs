//! Where the spans of a service go.

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::{Edge, Target};
use crate::model::reach::{Code, Reach};
use crate::model::service::{Use, uses_of};
use crate::model::symbols::{BodyId, Ty};
use crate::model::work::Phase;
use crate::span::Span;

/// Fields of options that say which spans are sent.
const FIELDS: &[&str] = &["traces_sample_rate", "traces_sampler"];

/// Where the spans of a service go.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    /// What sends them to a collector.
    pub(crate) exports: Vec<Use>,
    /// What may send them: where they go cannot be told.
    pub(crate) unclear: Vec<Use>,
}

impl Spans {
    /// Exporters are set up before anything branches, so all that `main` reaches counts.
    pub(crate) fn of(code: &Code<'_, '_>, all: &Reach) -> Self {
        let mut found = Self {
            exports: uses_of(code, all, Means::SpanExport),
            unclear: uses_of(code, all, Means::SpanLayer),
        };
        let setups = uses_of(code, all, Means::SpanSetup);
        if !setups.is_empty() {
            let options = Options::of(code, all);
            found.exports.extend(options.sampled);
            if !options.are_known {
                found.unclear.extend(setups);
            }
        }
        found.exports.sort();
        found
    }
}

/// The options that say which spans are sent.
struct Options {
    /// Where they say that some are.
    sampled: Vec<Use>,
    /// Whether all of them could be read.
    are_known: bool,
}

impl Options {
    fn of(code: &Code<'_, '_>, all: &Reach) -> Self {
        let symbols = code.symbols;
        let mut found = Self { sampled: Vec::new(), are_known: true };
        let mut are_seen = false;
        for body in all.bodies.keys().copied() {
            let rust = symbols.rust_of(body);
            let flow = code.calls.flow(body);
            let is_options = |at: ExprId| matches!(flow.ty(at), Ty::Known(node) if symbols.means(node, Means::SpanOptions).is_some());
            let mut open = symbols.body(body).roots.clone();
            while let Some(at) = open.pop() {
                open.extend(rust.exprs.children(at));
                are_seen |= is_options(at);
                match rust.exprs.get(at) {
                    Expr::Struct(literal) if is_options(at) => {
                        let literal = rust.exprs.struct_(literal);
                        let says =
                            |field: &&str| literal.fields.iter().any(|(name, _)| rust.name(*name) == *field);
                        let says_all = FIELDS.iter().all(says);
                        let set =
                            literal.fields.iter().filter(|(name, _)| FIELDS.contains(&rust.name(*name)));
                        for (name, value) in set.filter(|(_, value)| samples(code, body, *value)) {
                            found.add(rust.name(*name), symbols.span(body, *value));
                        }
                        found.are_known &=
                            literal.base.is_none_or(|base| says_all || is_plain(code, body, base));
                    }
                    Expr::Assign(left, right) => {
                        if let Expr::Field(base, name) = rust.exprs.get(left)
                            && FIELDS.contains(&rust.name(name))
                            && is_options(base)
                            && samples(code, body, right)
                        {
                            found.add(rust.name(name), symbols.span(body, right));
                        }
                    }
                    Expr::Method(call) if flow.site(at).is_some() => {
                        let call = rust.exprs.method(call);
                        let value = rust.exprs.list(call.args).first();
                        if FIELDS.contains(&rust.name(call.name))
                            && is_options(at)
                            && value.is_some_and(|value| samples(code, body, *value))
                        {
                            found.add(rust.name(call.name), symbols.method_span(body, at));
                        }
                    }
                    // An address alone leaves the options as they are.
                    Expr::Call(callee, args)
                        if flow
                            .site(at)
                            .or_else(|| flow.site(callee))
                            .is_some_and(|node| symbols.means(node, Means::SpanSetup).is_some()) =>
                    {
                        are_seen |= rust.exprs.list(args).iter().all(|arg| is_written(code, body, *arg));
                    }
                    _ => {}
                }
            }
        }
        found.are_known &= are_seen;
        found
    }

    fn add(&mut self, path: &str, span: Span) {
        self.sampled.push(Use { span, path: path.to_owned(), phase: Phase::Start });
    }
}

/// Whether a value is none that says that nothing is sent.
fn samples(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = code.symbols.rust_of(body);
    match rust.exprs.get(at) {
        Expr::Int(digits) => rust.name(digits) != "0",
        Expr::Path(path) => {
            rust.exprs.path(path).segments.last().is_none_or(|name| rust.name(*name) != "None")
        }
        _ => true,
    }
}

/// Whether the options that stand behind `..` are the library's own, or are read elsewhere in the service.
fn is_plain(code: &Code<'_, '_>, body: BodyId, base: ExprId) -> bool {
    let rust = code.symbols.rust_of(body);
    let Expr::Call(callee, _) = rust.exprs.get(base) else { return false };
    let is_default = matches!(rust.exprs.get(callee), Expr::Path(path)
        if rust.exprs.path(path).segments.last().is_some_and(|name| rust.name(*name) == "default"));
    let is_own = |edge: &Edge| edge.at == base && matches!(edge.to, Target::Body(_));
    is_default || code.calls.flow(body).edges.iter().any(is_own)
}

/// Whether an argument is a text that is written down, or a variable's.
fn is_written(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    matches!(exprs.get(at), Expr::Str(_))
        || code.calls.flow(body).site(at).is_some_and(|node| code.symbols.means(node, Means::Env).is_some())
        || exprs.children(at).into_iter().any(|inner| is_written(code, body, inner))
            && matches!(exprs.get(at), Expr::Try(_) | Expr::Method(_))
}
