//! Where in a configuration a field of a struct has its value: the names of the fields from the whole down to it.

use rustc_hash::FxHashMap;

use super::Values;
use super::clap::{find_field, serde_field};
use crate::facts::rust::ItemKind;
use crate::model::symbols::{Ty, TypeDefId, TypeScope};

/// Structs are not within each other further than this.
const MAX_DEPTH: usize = 8;

/// The fields that hold a struct, by the struct.
pub(super) type Holders = FxHashMap<TypeDefId, Vec<(TypeDefId, String)>>;

impl Values<'_, '_> {
    /// The names that lead to a field of a struct which a configuration fills; none where several fields hold such a struct.
    pub(super) fn keys(&self, id: TypeDefId, name: &str) -> Vec<String> {
        let holders = self.holders.get_or_init(|| self.all_holders());
        let mut keys = vec![self.key(id, name)];
        let mut at = id;
        for _ in 0..MAX_DEPTH {
            match holders.get(&at).map(Vec::as_slice) {
                None => {
                    keys.reverse();
                    return keys;
                }
                Some([(holder, field)]) => {
                    keys.push(self.key(*holder, field));
                    at = *holder;
                }
                Some(_) => return Vec::new(),
            }
        }
        Vec::new()
    }

    /// A field as serde names it.
    fn key(&self, id: TypeDefId, name: &str) -> String {
        let renamed =
            find_field(self.code, id, name).and_then(|(rust, field)| serde_field(rust, field).rename);
        renamed.unwrap_or_else(|| name.to_owned())
    }

    fn all_holders(&self) -> Holders {
        let symbols = self.code.symbols;
        let mut found = Holders::default();
        for at in 0..symbols.types.len() {
            let id = TypeDefId(u32::try_from(at).unwrap_or(u32::MAX));
            let def = symbols.ty(id);
            let rust = symbols.rust(def.file);
            let ItemKind::Struct(fields) = &rust.item(def.item).kind else { continue };
            if !self.derives(id, &["Deserialize"]) {
                continue;
            }
            let scope = TypeScope { self_type: Some(id), ..TypeScope::default() };
            for field in &fields.fields {
                if let Ty::Local(held) = symbols.type_in(def.module, rust, field.ty, &scope, 0) {
                    found.entry(held).or_default().push((id, rust.name(field.name.value).to_owned()));
                }
            }
        }
        found
    }
}
