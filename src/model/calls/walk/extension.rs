//! Methods that traits of other crates add to values of any type.

use super::Walk;
use crate::facts::rust::ExprId;
use crate::knowledge::Node;
use crate::model::symbols::Res;

impl Walk<'_, '_> {
    /// `use …::SubscriberInitExt; subscriber.init()`, whatever the subscriber is.
    pub(super) fn extension_in_scope(&mut self, at: ExprId, name: &str) {
        let knowledge = self.symbols.knowledge;
        let is_in_scope = |method: &Node| {
            let owner = knowledge.parent(*method);
            self.symbols.resolve(self.body.module, &[knowledge.name(owner)], false) == Res::Known(owner)
        };
        if let Some(method) = knowledge.extensions(name).find(is_in_scope) {
            self.note(at, Res::Known(method), true);
        }
    }
}
