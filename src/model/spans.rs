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
    pub(crate) flush: Flush,
}

/// Whether the spans that are held back are sent when the process ends.
#[derive(Debug, Default)]
pub(crate) struct Flush {
    /// What holds spans back, and is never told to send them.
    pub(crate) missed: Vec<Use>,
    /// What sends those that are held back.
    pub(crate) done: Vec<Use>,
    /// What holds none back.
    pub(crate) needless: Vec<Use>,
    /// Calls that may send them: of a method of that name, on what cannot be told.
    pub(crate) unclear: Vec<Span>,
}

impl Flush {
    fn of(code: &Code<'_, '_>, all: &Reach) -> Self {
        let batches = uses_of(code, all, Means::SpanBatch);
        let flushes = uses_of(code, all, Means::SpanFlush);
        let (of_batches, of_others): (Vec<Use>, Vec<Use>) = flushes
            .into_iter()
            .partition(|flush| batches.iter().any(|batch| family(&batch.path) == family(&flush.path)));
        let is_done = |batch: &Use| of_batches.iter().any(|flush| family(&flush.path) == family(&batch.path));
        let missed: Vec<Use> = batches.into_iter().filter(|batch| !is_done(batch)).collect();
        Self {
            unclear: if missed.is_empty() { Vec::new() } else { flushes_by_name(code, all) },
            missed,
            done: if of_batches.is_empty() { of_others } else { of_batches },
            needless: uses_of(code, all, Means::SpanAtOnce),
        }
    }
}

fn is_within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.range.start <= inner.range.start && inner.range.end <= outer.range.end
}

/// Whose spans an item deals with: the crates of OpenTelemetry belong together.
fn family(path: &str) -> &str {
    let krate = path.split("::").next().unwrap_or_default();
    ["sentry", "fastrace"].into_iter().find(|own| krate.starts_with(own)).unwrap_or("opentelemetry")
}

/// Calls of methods that are named as those that flush, on receivers that are not evident.
fn flushes_by_name(code: &Code<'_, '_>, all: &Reach) -> Vec<Span> {
    let mut found = Vec::new();
    for body in all.bodies.keys() {
        let rust = code.symbols.rust_of(*body);
        let is_flush = |edge: &&Edge| {
            matches!(edge.to, Target::Named(name)
                if ["shutdown", "shutdown_with_timeout", "force_flush"].contains(&rust.name(name)))
        };
        let edges = code.calls.flow(*body).edges.iter().filter(is_flush);
        found.extend(edges.map(|edge| code.symbols.method_span(*body, edge.at)));
    }
    found
}

impl Spans {
    /// Exporters are set up before anything branches, so all that `main` reaches counts.
    pub(crate) fn of(code: &Code<'_, '_>, all: &Reach) -> Self {
        let mut found = Self {
            exports: uses_of(code, all, Means::SpanExport),
            unclear: uses_of(code, all, Means::SpanLayer),
            flush: Flush::of(code, all),
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
        // What sends spans to a collector comes before what writes them for developers.
        let exports = &found.exports;
        found
            .flush
            .missed
            .sort_by_key(|batch| !exports.iter().any(|export| is_within(export.span, batch.span)));
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
