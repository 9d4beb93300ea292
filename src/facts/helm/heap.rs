//! Maps that change while a template runs.
//!
//! In Go a map is a reference: `set $map "key" value` changes it for everybody that holds it. The engine's maps do not
//! change, so what they have become is kept beside them, by their identity.

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::Value;

pub(super) type Map = BTreeMap<Arc<str>, Value>;

#[derive(Debug, Default)]
pub(super) struct Heap {
    /// By the address of the map, which stays alive here, so that no other one gets it.
    changed: BTreeMap<usize, (Arc<Map>, Arc<Map>)>,
}

/// More steps for one value are refused: maps may hold each other so that few of them make a tree without end.
const MAX_STEPS: usize = 200_000;
/// Deeper values are refused: readers recurse, and so does giving their memory back.
pub(super) const MAX_DEPTH: usize = 100;

impl Heap {
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// What a map is now.
    pub(super) fn view<'m>(&'m self, map: &'m Arc<Map>) -> &'m Arc<Map> {
        self.changed.get(&identity(map)).map_or(map, |(_, now)| now)
    }

    pub(super) fn change(&mut self, map: &Arc<Map>, change: impl FnOnce(&mut Map)) {
        let (_, now) = self
            .changed
            .entry(identity(map))
            .or_insert_with(|| (Arc::clone(map), Arc::new(map.as_ref().clone())));
        change(Arc::make_mut(now));
    }

    /// A value with all that its maps have become.
    pub(super) fn whole(&self, value: &Value) -> Option<Value> {
        if self.is_empty() {
            return Some(value.clone());
        }
        self.copy(value, MAX_DEPTH, &mut 0)
    }

    fn copy(&self, value: &Value, depth: usize, steps: &mut usize) -> Option<Value> {
        *steps += 1;
        let depth = depth.checked_sub(1).filter(|_| *steps < MAX_STEPS)?;
        Some(match value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.copy(item, depth, steps));
                Value::List(items.collect::<Option<Vec<_>>>()?.into())
            }
            Value::Map(map) => {
                let entries = self.view(map).iter();
                let entries =
                    entries.map(|(key, value)| Some((Arc::clone(key), self.copy(value, depth, steps)?)));
                Value::Map(Arc::new(entries.collect::<Option<Map>>()?))
            }
            other => other.clone(),
        })
    }
}

fn identity(map: &Arc<Map>) -> usize {
    Arc::as_ptr(map).addr()
}

/// Whether a value, with what it holds, is of a size that can be walked.
pub(super) fn is_bounded(value: &Value) -> bool {
    fn walk(value: &Value, depth: usize, steps: &mut usize) -> bool {
        *steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| *steps < MAX_STEPS) else { return false };
        match value {
            Value::List(items) => items.iter().all(|item| walk(item, depth, steps)),
            Value::Map(map) => map.values().all(|item| walk(item, depth, steps)),
            _ => true,
        }
    }
    walk(value, MAX_DEPTH, &mut 0)
}
