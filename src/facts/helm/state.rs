//! What a template has come to while it runs: where it is, what it may still spend, what it could not tell.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gotmpl::TemplateError;

use super::heap::Heap;
use crate::span::Range;

/// Actions and loop bodies that one file may run. Real templates run some hundreds.
const MAX_STEPS: usize = 100_000;
/// Bytes that functions of one file may be given and give.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The longest text, and the output of one file.
pub(super) const MAX_TEXT: usize = 2 * 1024 * 1024;
/// The longest list that a function makes.
pub(super) const MAX_ITEMS: usize = 10_000;
/// Named templates in named templates, each with what is nested in it. Real charts need some ten of them.
const MAX_LEVELS: usize = 120;

/// A place in the templates of a chart: the number of the file and the byte.
pub(super) type Spot = (usize, usize);

#[derive(Debug, Default)]
pub(super) struct State {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
pub(super) struct Inner {
    steps: usize,
    bytes: usize,
    levels: usize,
    pub(super) heap: Heap,
    /// The part of the file under judgement that is running, and whether that is text.
    pub(super) own: (Range, bool),
    /// The action that is running, wherever it stands; `None` in a condition, which cannot be left open.
    pub(super) action: Option<Spot>,
    /// Actions that cannot be evaluated.
    pub(super) broken: BTreeSet<Spot>,
    /// What is not known, at the part of the file under judgement.
    pub(super) unknown: Vec<(Range, String)>,
}

impl State {
    pub(super) fn get(&self) -> MutexGuard<'_, Inner> {
        // A panic within a function is an error of that function.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to run a file, of which some actions are known not to work.
    pub(super) fn restart(&self, broken: BTreeSet<Spot>) {
        *self.get() = Inner { broken, ..Inner::default() };
    }
}

impl Inner {
    pub(super) fn step(&mut self) -> Result<(), TemplateError> {
        self.steps += 1;
        if self.steps <= MAX_STEPS { Ok(()) } else { Err(endless("takes too many steps")) }
    }

    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), TemplateError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes <= MAX_BYTES { Ok(()) } else { Err(endless("handles too much text")) }
    }

    /// Goes so many levels deeper; whoever does comes back with [`Inner::rise`].
    pub(super) fn sink(&mut self, levels: usize) -> Result<(), TemplateError> {
        if MAX_LEVELS < self.levels + levels {
            return Err(endless("templates include each other too deeply"));
        }
        self.levels += levels;
        Ok(())
    }

    pub(super) fn rise(&mut self, levels: usize) {
        self.levels -= levels;
    }

    /// Whether one of the limits was met: nothing is gained by trying again.
    pub(super) fn is_spent(&self) -> bool {
        MAX_STEPS < self.steps || MAX_BYTES < self.bytes
    }

    pub(super) fn note(&mut self, what: impl Into<String>) {
        let note = (self.own.0, what.into());
        if !self.unknown.contains(&note) {
            self.unknown.push(note);
        }
    }
}

fn endless(what: &str) -> TemplateError {
    TemplateError::Exec(what.to_owned())
}
