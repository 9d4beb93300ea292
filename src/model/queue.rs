//! Queues without an end: channels and lists that take whatever is sent, for as long as there is memory.

use crate::facts::rust::{Expr, ExprId, Pat, PatId, RustFacts, Type, TypeId};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::BodyId;
use crate::span::Span;

/// A queue without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) span: Span,
    /// The item's path.
    pub(crate) path: String,
    pub(crate) carries: Carries,
}

/// What a queue carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    /// Work: as much as its senders have.
    Work,
    /// A word that something should stop or go on.
    Signals,
    /// The results of what was begun here: no more than were asked for.
    Results,
}

/// Words in the name of a queue that tells tasks what to do. It carries next to nothing.
const SIGNALS: &[&str] = &[
    "shutdown",
    "stop",
    "signal",
    "signals",
    "exit",
    "cancel",
    "cancellation",
    "close",
    "closed",
    "quit",
    "kill",
    "terminate",
    "termination",
    "done",
    "ready",
    "wakeup",
    "wake",
    "notify",
    "reload",
    "ctrlc",
    "panic",
    "control",
    "abort",
    "watch",
    "watcher",
    "change",
    "changes",
    "callback",
    "callbacks",
    "stats",
];

impl Queue {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach) -> Vec<Self> {
        let symbols = code.symbols;
        let mut found = Vec::new();
        for (body, site) in &reach.sites {
            if !site.called
                || symbols.means(site.node, Means::UnboundedQueue).is_none()
                || !is_taken_apart(code, *body, site.at)
            {
                continue;
            }
            found.push(Self {
                span: symbols.span(*body, site.at),
                path: symbols.knowledge.full_path(site.node),
                carries: carries(code, *body, site.at),
            });
        }
        found.sort_by_key(|queue| queue.span);
        found.dedup_by_key(|queue| queue.span);
        found
    }
}

/// `let (tx, rx) = …`: a channel that is kept whole, or chosen among others, is part of something that may bound it.
fn is_taken_apart(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let Some(Expr::Let(let_)) = exprs.parent(at).map(|parent| exprs.get(parent)) else { return false };
    matches!(exprs.pat(exprs.let_(let_).pat), Pat::Tuple(_)) && !is_choice(code, body, at)
}

/// Whether another branch makes a queue with an end: which of them it is, a setting says.
fn is_choice(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let bounded: Vec<ExprId> = (code.calls.flow(body).sites.iter())
        .filter(|site| code.symbols.means(site.node, Means::BoundedQueue).is_some())
        .map(|site| site.at)
        .collect();
    exprs.ancestors(at).any(|around| {
        matches!(exprs.get(around), Expr::If { .. } | Expr::Match { .. })
            && bounded.iter().any(|other| exprs.ancestors(*other).any(|above| above == around))
    })
}

fn carries(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> Carries {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut names = vec![code.symbols.name(body)];
    let mut types: Vec<TypeId> = Vec::new();
    if let Expr::Call(callee, _) = exprs.get(at)
        && let Expr::Path(path) = exprs.get(callee)
    {
        types.extend(&exprs.path(path).args);
    }
    if let Some(Expr::Let(let_)) = exprs.parent(at).map(|parent| exprs.get(parent)) {
        let let_ = exprs.let_(let_);
        push_names(rust, let_.pat, &mut names);
        types.extend(let_.ty);
    }
    let is_signal = names.iter().any(|name| words(name).iter().any(|word| SIGNALS.contains(&word.as_str())));
    if is_signal || types.iter().any(|ty| is_signal_type(rust, *ty)) {
        return Carries::Signals;
    }
    let uses = uses(code, body, at);
    let sent: Vec<ExprId> = uses.iter().filter_map(|used| sent_by(rust, *used)).collect();
    if !sent.is_empty()
        && sent.iter().all(|value| matches!(exprs.get(*value), Expr::Tuple(parts) if parts.len == 0))
    {
        return Carries::Signals;
    }
    if uses.iter().any(|used| is_dropped(rust, *used) || is_received_once(rust, at, *used)) {
        return Carries::Results;
    }
    Carries::Work
}

fn push_names<'a>(rust: &'a RustFacts, pat: PatId, names: &mut Vec<&'a str>) {
    match rust.exprs.pat(pat) {
        Pat::Name(name) => names.push(rust.name(*name)),
        Pat::Typed(inner, _) => push_names(rust, *inner, names),
        Pat::Tuple(parts) | Pat::TupleStruct(_, parts) => {
            for part in parts {
                push_names(rust, *part, names);
            }
        }
        _ => {}
    }
}

/// `()`, `Shutdown`, or a sender of one.
fn is_signal_type(rust: &RustFacts, ty: TypeId) -> bool {
    match rust.exprs.ty(ty) {
        Type::Tuple(parts) if parts.is_empty() => true,
        Type::Tuple(parts) => parts.iter().any(|part| is_sender_of_signal(rust, *part)),
        Type::Path { path, .. } => {
            let last = rust.exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
            words(last).iter().any(|word| SIGNALS.contains(&word.as_str())) || is_sender_of_signal(rust, ty)
        }
        _ => false,
    }
}

fn is_sender_of_signal(rust: &RustFacts, ty: TypeId) -> bool {
    let Type::Path { args, .. } = rust.exprs.ty(ty) else { return false };
    args.iter().any(|arg| match rust.exprs.ty(*arg) {
        Type::Tuple(parts) => parts.is_empty(),
        Type::Path { path, .. } => {
            let last = rust.exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
            words(last).iter().any(|word| SIGNALS.contains(&word.as_str()))
        }
        _ => false,
    })
}

/// Where the two ends are used.
fn uses(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> Vec<ExprId> {
    let is_of =
        |source: Source| matches!(source, Source::Part(value, _) | Source::Value(value) if value == at);
    code.calls.flow(body).uses_where(|binding| is_of(binding.source)).collect()
}

/// What is sent where an end is used as `tx.send(value)`.
fn sent_by(rust: &RustFacts, used: ExprId) -> Option<ExprId> {
    let exprs = &rust.exprs;
    let Expr::Method(call) = exprs.get(exprs.parent(used)?) else { return None };
    let call = exprs.method(call);
    let is_send =
        call.receiver == used && matches!(rust.name(call.name), "send" | "try_send" | "unbounded_send");
    is_send.then(|| exprs.list(call.args).first().copied()).flatten()
}

/// `drop(tx)` ends the queue: what is left of it is what was begun before.
fn is_dropped(rust: &RustFacts, used: ExprId) -> bool {
    let exprs = &rust.exprs;
    let Some(Expr::Call(callee, _)) = exprs.parent(used).map(|parent| exprs.get(parent)) else {
        return false;
    };
    let Expr::Path(path) = exprs.get(callee) else { return false };
    exprs.path(path).segments.last().is_some_and(|name| rust.name(*name) == "drop")
}

/// `rx.recv()` outside of a loop: one answer is waited for.
fn is_received_once(rust: &RustFacts, made: ExprId, used: ExprId) -> bool {
    let exprs = &rust.exprs;
    let Some(Expr::Method(call)) = exprs.parent(used).map(|parent| exprs.get(parent)) else { return false };
    let call = exprs.method(call);
    let is_receive = call.receiver == used
        && matches!(rust.name(call.name), "recv" | "recv_timeout" | "recv_async" | "recv_deadline");
    let around_queue: Vec<ExprId> = exprs.ancestors(made).collect();
    is_receive
        && exprs
            .ancestors(used)
            .take_while(|at| !around_queue.contains(at))
            .all(|at| !matches!(exprs.get(at), Expr::Loop { .. } | Expr::Async(_) | Expr::Closure(_)))
}

/// The words of a name, in small letters: `shutdown_tx`, `ShutdownReason`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_words() {
        assert_eq!(words("shutdown_tx"), ["shutdown", "tx"]);
        assert_eq!(words("ShutdownReason"), ["shutdown", "reason"]);
        assert_eq!(words("_"), [""; 0]);
    }
}
