//! The names and strings of one file, each stored once.

use std::hash::BuildHasher as _;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A name or string of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sym(u32);

/// The interned names of one file: one text, and where each name ends in it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    pub(crate) fn get(&self, sym: Sym) -> &str {
        let at = sym.0 as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[at] as usize]
    }

    /// Whether one of them is wanted.
    pub(crate) fn any(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.iter().any(wanted)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0_u32..).take(self.ends.len()).map(|at| self.get(Sym(at)))
    }
}

/// Builds [`Names`]; the table is dropped with it.
#[derive(Debug, Default)]
pub(super) struct Interner {
    names: Names,
    /// By the hash of their text, which stands in `names` alone.
    known: HashTable<Sym>,
}

impl Interner {
    pub(super) fn intern(&mut self, text: &str) -> Sym {
        let names = &mut self.names;
        let hash = |text: &str| FxBuildHasher.hash_one(text);
        let hash_of_text = hash(text);
        if let Some(sym) = self.known.find(hash_of_text, |sym| names.get(*sym) == text) {
            return *sym;
        }
        let sym = Sym(u32::try_from(names.ends.len()).unwrap_or(u32::MAX));
        names.text.push_str(text);
        names.ends.push(u32::try_from(names.text.len()).unwrap_or(u32::MAX));
        self.known.insert_unique(hash_of_text, sym, |sym| hash(names.get(*sym)));
        sym
    }

    pub(super) fn finish(self) -> Names {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_stored_once_and_found_again() {
        let mut interner = Interner::default();
        let words: Vec<String> = (0..1_000).map(|n| format!("name_{n}")).collect();
        let syms: Vec<Sym> = words.iter().map(|word| interner.intern(word)).collect();
        assert_eq!(interner.intern(""), interner.intern(""));
        let again: Vec<Sym> = words.iter().map(|word| interner.intern(word)).collect();
        assert_eq!(syms, again);
        let names = interner.finish();
        for (word, sym) in words.iter().zip(syms) {
            assert_eq!(names.get(sym), word);
        }
    }
}
