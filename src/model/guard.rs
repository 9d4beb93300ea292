//! Guards of locks that block, alive while a task waits.
//!
//! A guard lives as Rust says: one that `let` binds until it is dropped or its block ends, one that is a temporary until
//! its statement ends, and in the head of `match`, `if let`, `while let` and `for` until the whole of it ends. Where a guard
//! is handed on, or something is dropped in a branch, Forge does not say that it is alive.

use crate::facts::rust::{Expr, ExprId, Pat, PatId, RustFacts, Sym};
use crate::knowledge::Means;
use crate::model::reach::{Code, Reach};
use crate::span::Span;

/// Methods that give the guard itself.
const GUARD: &[&str] = &["unwrap", "expect", "unwrap_or_else", "map_err", "ok", "context"];

/// A guard that is alive across an `.await`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldGuard {
    /// Where the lock is taken.
    pub(crate) span: Span,
    /// The item's path.
    pub(crate) path: String,
    /// The first `.await` that the guard lives across.
    pub(crate) wait: Span,
}

impl HeldGuard {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach) -> Vec<Self> {
        let symbols = code.symbols;
        let mut found = Vec::new();
        for (body, site) in &reach.sites {
            if !site.called || symbols.means(site.node, Means::StdLock).is_none() {
                continue;
            }
            let Some(wait) = (Lives { rust: symbols.rust_of(*body), lock: site.at }).wait() else { continue };
            found.push(Self {
                span: symbols.span(*body, site.at),
                path: symbols.knowledge.full_path(site.node),
                wait: symbols.span(*body, wait),
            });
        }
        found.sort_by_key(|held| held.span);
        found.dedup_by_key(|held| held.span);
        found
    }
}

/// Where the guard that `lock` gives is alive.
struct Lives<'a> {
    rust: &'a RustFacts,
    lock: ExprId,
}

impl Lives<'_> {
    /// The first `.await` while it is.
    fn wait(&self) -> Option<ExprId> {
        let exprs = &self.rust.exprs;
        let guard = self.guard();
        let mut below = guard;
        for at in exprs.ancestors(guard) {
            match exprs.get(at) {
                // What runs later, or elsewhere, does not hold the guard of what runs here.
                Expr::Closure(_) | Expr::Async(_) => return None,
                Expr::Let(let_) => {
                    let let_ = exprs.let_(let_);
                    if self.is_head(at) {
                        return self.wait_in_head(at);
                    }
                    let name = let_.init.filter(|init| *init == guard && !let_.is_indirect);
                    return match name.and_then(|_| self.name(let_.pat)) {
                        Some(name) => self.wait_after(at, name),
                        None => self.wait_within(let_.init?),
                    };
                }
                Expr::Match { scrutinee, .. } if scrutinee == below => return self.wait_undropped(at),
                // A condition's temporaries are dropped before its branches run.
                Expr::If { parts, .. } if exprs.list(parts).first() == Some(&below) => {
                    return self.wait_within(below);
                }
                // So are those of an arm, and of a handler of `select!`.
                Expr::Match { .. } | Expr::Loop { .. } | Expr::Block { .. } => {
                    return self.wait_within(below);
                }
                Expr::Macro(call) if !exprs.macro_(call).arms.is_empty() => return self.wait_within(below),
                _ => below = at,
            }
        }
        None
    }

    /// The outermost expression that is the guard: `lock.lock().unwrap()`.
    fn guard(&self) -> ExprId {
        let exprs = &self.rust.exprs;
        let mut at = self.lock;
        while let Some(parent) = exprs.parent(at) {
            match exprs.get(parent) {
                Expr::Method(call)
                    if exprs.method(call).receiver == at
                        && GUARD.contains(&self.rust.name(exprs.method(call).name)) => {}
                Expr::Try(_) => {}
                _ => break,
            }
            at = parent;
        }
        at
    }

    /// The name that a pattern binds the whole guard to.
    fn name(&self, pat: PatId) -> Option<Sym> {
        match self.rust.exprs.pat(pat) {
            Pat::Name(name) => Some(*name),
            Pat::Typed(inner, _) => self.name(*inner),
            Pat::TupleStruct(_, parts) => match &**parts {
                [only] => self.name(*only),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a `let` is the head of `if let`, `while let` or `for`.
    fn is_head(&self, at: ExprId) -> bool {
        let exprs = &self.rust.exprs;
        exprs.parent(at).is_some_and(|parent| !matches!(exprs.get(parent), Expr::Block { .. }))
    }

    /// The head's temporaries live as long as what it heads.
    fn wait_in_head(&self, at: ExprId) -> Option<ExprId> {
        let exprs = &self.rust.exprs;
        let heads = |ancestor: &ExprId| matches!(exprs.get(*ancestor), Expr::If { .. } | Expr::Loop { .. });
        let whole = exprs.ancestors(at).find(heads)?;
        match exprs.get(whole) {
            // The branch of `else` may run without it, depending on the edition.
            Expr::If { parts, .. } => {
                let then = *exprs.list(parts).get(1)?;
                if self.drops(then) { None } else { self.first_wait(then, self.lock) }
            }
            _ => self.wait_undropped(whole),
        }
    }

    fn wait_undropped(&self, whole: ExprId) -> Option<ExprId> {
        if self.drops(whole) { None } else { self.first_wait(whole, self.lock) }
    }

    /// The first `.await` after the lock within its own statement.
    fn wait_within(&self, statement: ExprId) -> Option<ExprId> {
        self.first_wait(statement, self.lock)
    }

    /// The first `.await` behind the `let` that binds the guard, up to where it may be gone.
    fn wait_after(&self, let_: ExprId, name: Sym) -> Option<ExprId> {
        let exprs = &self.rust.exprs;
        let Expr::Block { stmts, .. } = exprs.get(exprs.parent(let_)?) else { return None };
        for statement in exprs.list(stmts).iter().filter(|statement| **statement > let_) {
            let gone = self.first_gone(*statement, name);
            let wait = self.first_wait(*statement, let_);
            match (wait, gone) {
                (Some(wait), Some(gone)) if gone < wait => return None,
                (Some(wait), _) => return Some(wait),
                (None, Some(_)) => return None,
                (None, None) => {}
            }
        }
        None
    }

    /// The first `.await` within an expression that comes after another, in the same task.
    fn first_wait(&self, within: ExprId, after: ExprId) -> Option<ExprId> {
        let exprs = &self.rust.exprs;
        let mut first = None;
        self.each(within, &mut |at| {
            let waits = match exprs.get(at) {
                Expr::Await(_) => true,
                Expr::Macro(call) => !exprs.macro_(call).arms.is_empty(),
                _ => false,
            };
            if waits && at > after && first.is_none_or(|known| at < known) {
                first = Some(at);
            }
        });
        first
    }

    /// The first place within an expression where a guard may be gone: it is dropped, given away or captured.
    fn first_gone(&self, within: ExprId, name: Sym) -> Option<ExprId> {
        let exprs = &self.rust.exprs;
        let mut open = vec![within];
        let mut first: Option<ExprId> = None;
        while let Some(at) = open.pop() {
            open.extend(exprs.children(at));
            let is_named = matches!(exprs.get(at), Expr::Path(path) if *exprs.path(path).segments == [name]);
            let Some(parent) = exprs.parent(at).filter(|_| is_named) else { continue };
            let stays = match exprs.get(parent) {
                Expr::Method(call) => exprs.method(call).receiver == at,
                Expr::Field(..) | Expr::Index(..) | Expr::Binary(..) => true,
                Expr::Assign(left, _) => left == at,
                _ => false,
            };
            if !stays && first.is_none_or(|known| at < known) {
                first = Some(at);
            }
        }
        first
    }

    fn drops(&self, within: ExprId) -> bool {
        let exprs = &self.rust.exprs;
        let mut found = false;
        self.each(within, &mut |at| {
            if let Expr::Call(callee, _) = exprs.get(at)
                && let Expr::Path(path) = exprs.get(callee)
            {
                let last = exprs.path(path).segments.last();
                found |= last.is_some_and(|name| self.rust.name(*name) == "drop");
            }
        });
        found
    }

    /// Every expression below one that runs in the same task.
    fn each(&self, within: ExprId, then: &mut impl FnMut(ExprId)) {
        let exprs = &self.rust.exprs;
        let mut open = vec![within];
        while let Some(at) = open.pop() {
            if matches!(exprs.get(at), Expr::Closure(_) | Expr::Async(_)) {
                continue;
            }
            then(at);
            open.extend(exprs.children(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::rust::extract;

    /// Whether the guard of the first `lock()` of a body is alive across an `.await`.
    fn waits(body: &str) -> bool {
        let rust = extract(&format!("async fn f() {{ {body} }}"));
        let exprs = &rust.exprs;
        let ids = (0..exprs.len()).map(|at| ExprId(u32::try_from(at).expect("a small file")));
        let is_lock = |at: &ExprId| match exprs.get(*at) {
            Expr::Method(call) => rust.name(exprs.method(call).name) == "lock",
            _ => false,
        };
        let lock = ids.into_iter().find(is_lock).expect("a lock is taken");
        Lives { rust: &rust, lock }.wait().is_some()
    }

    #[test]
    fn a_guard_in_a_variable_lives_until_its_block_ends() {
        assert!(waits("let g = m.lock().unwrap(); g.a(); b().await;"));
        assert!(waits("let mut g = m.lock().unwrap(); if x { b().await; }"));
        assert!(waits("let g = m.lock().unwrap(); let g = 1; b().await;"));
        assert!(waits("let g = m.lock(); tokio::select! { x = b() => c(x) }"));
        assert!(!waits("{ let g = m.lock().unwrap(); g.a(); } b().await;"));
        assert!(!waits("let g = m.lock().unwrap(); drop(g); b().await;"));
        assert!(!waits("let g = m.lock().unwrap(); if x { drop(g); } b().await;"));
        assert!(!waits("let g = m.lock().unwrap(); c(g); b().await;"));
        assert!(!waits("let g = m.lock().unwrap(); let c = async move { b().await };"));
        assert!(!waits("b().await; let g = m.lock().unwrap(); g.a();"));
    }

    #[test]
    fn a_temporary_lives_until_its_statement_ends() {
        assert!(waits("a(m.lock().unwrap().x).await;"));
        assert!(waits("let v = m.lock().unwrap().get().await;"));
        assert!(!waits("let v = m.lock().unwrap().clone(); a(v).await;"));
        assert!(!waits("let v = *m.lock().unwrap(); a(v).await;"));
        assert!(!waits("m.lock().unwrap().push(1); a().await;"));
        assert!(!waits("if m.lock().unwrap().x { a().await; }"));
        assert!(!waits("match x { 1 => m.lock().unwrap().push(1), _ => a().await, }"));
        assert!(!waits("tokio::select! { x = b() => m.lock().unwrap().push(x) }"));
    }

    #[test]
    fn a_temporary_in_a_head_lives_until_the_whole_ends() {
        assert!(waits("match m.lock().unwrap().x { 1 => a().await, _ => {} }"));
        assert!(waits("while let Some(x) = m.lock().unwrap().pop() { a(x).await; }"));
        assert!(waits("for x in m.lock().unwrap().iter() { a(x).await; }"));
        assert!(waits("if let Some(x) = m.lock().unwrap().first() { a(x).await; }"));
        assert!(!waits("if let Some(x) = m.lock().unwrap().first() { c(x); } a().await;"));
        assert!(!waits("let Some(x) = m.lock().unwrap().pop() else { return a().await };"));
        assert!(!waits("match m.lock() { Ok(g) => { drop(g); a().await } _ => {} }"));
    }
}
