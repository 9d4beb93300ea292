//! Fields of structs that a configuration fills: what they hold where it says nothing of them.

use super::super::clap::{attribute_default, find_field, serde_field};
use super::super::{Text, Values};
use super::{Definition, Maker};
use crate::model::symbols::{BodyId, Res, Ty, TypeDefId};

impl Values<'_, '_> {
    /// What a field of a struct that something unseen makes holds, if that is a configuration that may leave it out.
    pub(super) fn unset(&self, id: TypeDefId, name: &str, depth: usize) -> Definition {
        let open = Definition::Text(Text::unknown());
        let Some((rust, field)) = find_field(self.code, id, name) else { return open };
        if self.is_spent(depth) || !self.derives(id, &["Deserialize"]) {
            return open;
        }
        let serde = serde_field(rust, field);
        let default = match serde.default {
            Some(path) => match self.function_of(id, &path) {
                Some(body) => self.gives_one(body),
                None => None,
            },
            // The default of its type: nothing, or none.
            None if serde.has_default => None,
            None if self.has_serde_default(id) => self.field_by_default(id, name, depth),
            None => {
                attribute_default(rust, field).map(|text| Definition::Text(self.written(id, &text, depth)))
            }
        };
        let keys = self.keys(id, name);
        match (keys.is_empty(), default) {
            (true, None) => open,
            (_, default) => Definition::Setting(keys, default.map(Box::new)),
        }
    }

    /// What `Default` gives a field.
    fn field_by_default(&self, id: TypeDefId, name: &str, depth: usize) -> Option<Definition> {
        let mut found = Vec::new();
        for maker in self.default_makers(id, depth + 1)? {
            if maker == Maker::Open {
                return None;
            }
            self.of_maker(maker, Some(id), name, depth + 1, &mut found);
        }
        found.pop().filter(|_| found.is_empty())
    }

    fn gives_one(&self, body: BodyId) -> Option<Definition> {
        match self.gives(body).as_slice() {
            [only] => Some(Definition::At(body, *only)),
            _ => None,
        }
    }

    /// The function that an attribute of a field names.
    pub(super) fn function_of(&self, id: TypeDefId, path: &str) -> Option<BodyId> {
        let symbols = self.code.symbols;
        let names: Vec<&str> = path.split("::").collect();
        let found = match names.as_slice() {
            ["Self", name] => symbols.associated(Ty::Local(id), name),
            names => symbols.resolve(symbols.ty(id).module, names, false),
        };
        match found {
            Res::Body(id) => Some(id),
            _ => None,
        }
    }

    /// `#[serde(default)]` of the whole struct.
    fn has_serde_default(&self, id: TypeDefId) -> bool {
        let def = self.code.symbols.ty(id);
        let rust = self.code.symbols.rust(def.file);
        let attrs = rust.item(def.item).attrs.iter();
        let of_serde = attrs.filter(|attr| matches!(&*attr.path, [name] if rust.name(*name) == "serde"));
        of_serde.flat_map(|attr| &attr.args).any(|arg| {
            let name = arg.name.or(arg.value.as_ref().map(|value| value.value));
            name.is_some_and(|name| rust.name(name) == "default")
        })
    }
}
