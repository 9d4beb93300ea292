//! The names and strings of one file, each stored once.

use rustc_hash::FxHashMap;

/// A name or string of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sym(u32);

/// The interned names of one file.
#[derive(Debug, Default)]
pub(crate) struct Names {
    texts: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn get(&self, sym: Sym) -> &str {
        &self.texts[sym.0 as usize]
    }
}

/// Builds [`Names`]; the map is dropped with it.
#[derive(Debug, Default)]
pub(super) struct Interner {
    names: Names,
    known: FxHashMap<Box<str>, Sym>,
}

impl Interner {
    pub(super) fn intern(&mut self, text: &str) -> Sym {
        if let Some(sym) = self.known.get(text) {
            return *sym;
        }
        let sym = Sym(u32::try_from(self.names.texts.len()).unwrap_or(u32::MAX));
        self.names.texts.push(text.into());
        self.known.insert(text.into(), sym);
        sym
    }

    pub(super) fn finish(self) -> Names {
        self.names
    }
}
