//! Methods that traits of external crates add to types that cannot be told.

use super::Walk;
use crate::facts::rust::{Expr, ExprId, MethodCall};
use crate::knowledge::{Means, Node};
use crate::model::symbols::{Res, Ty};

impl Walk<'_, '_> {
    /// `users.filter(…).load(&mut conn)`: the method of a trait that is in scope, where nothing else is known to have one
    /// of its name. Gives what it returns.
    pub(super) fn of_trait(&mut self, at: ExprId, call: &MethodCall, receiver: Ty) -> Option<Ty> {
        let method = self.method_of_trait(call, receiver)?;
        self.note(at, Res::Known(method), true);
        self.visit_args(self.rust.exprs.list(call.args), receiver, Res::Known(method));
        Some(self.returned_by(method).unwrap_or_default())
    }

    fn method_of_trait(&self, call: &MethodCall, receiver: Ty) -> Option<Node> {
        let name = self.rust.name(call.name);
        let args = self.rust.exprs.list(call.args);
        let mut methods = self.symbols.knowledge.methods_of_traits(name).filter(|(of_trait, _)| {
            let takes = self.symbols.means(*of_trait, Means::Trait).and_then(|item| item.takes);
            takes.is_none_or(|takes| takes == args.len())
                && self.symbols.has_in_scope(self.body.module, *of_trait)
        });
        let (_, method) = methods.next()?;
        let is_handed_a_value = args.iter().all(|arg| self.is_value(*arg));
        (is_handed_a_value && !self.may_be_of_the_tree(name, args.len(), receiver)).then_some(method)
    }

    /// Whether an argument is made when the program runs: `flag.load(Ordering::Relaxed)` is a method of something else.
    fn is_value(&self, at: ExprId) -> bool {
        match self.rust.exprs.get(at) {
            Expr::Path(path) => self.local(path).is_some(),
            Expr::Str(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Literal | Expr::Closure(_) => false,
            _ => true,
        }
    }

    /// Whether the tree declares a method that would be called alike, and the receiver may be of its type.
    fn may_be_of_the_tree(&self, name: &str, args: usize, receiver: Ty) -> bool {
        let takes_as_many = |id| {
            let function = self.symbols.function(id);
            function.is_some_and(|function| function.params.len() == args)
        };
        matches!(receiver, Ty::External | Ty::Unknown)
            && self.symbols.methods_named(name).iter().any(|id| takes_as_many(*id))
    }
}
