//! What a service does while it works, and how that may end.

use std::collections::BTreeMap;

use super::Use;
use super::uses::used;
use crate::knowledge::Means;
use crate::model::exits::Exit;
use crate::model::panics::{Outside, Panic};
use crate::model::reach::{Code, Reach};
use crate::model::tasks::Task;
use crate::model::value::Values;
use crate::model::work::Work;

/// The parts of a service that follow from when its code runs.
pub(super) struct Working {
    pub(super) used: BTreeMap<Means, Vec<Use>>,
    pub(super) panics: Vec<Panic>,
    pub(super) exits: Vec<Exit>,
    pub(super) tasks: Vec<Task>,
    pub(super) works: bool,
}

impl Working {
    pub(super) fn of(code: &Code<'_, '_>, reach: &Reach, work: &Work) -> Self {
        let values = Values::new(code, reach);
        let outside = Outside::new(&values, work);
        let panics = Panic::all(&outside);
        Self {
            used: used(code, reach, work),
            exits: Exit::all(code, reach, work),
            tasks: Task::all(&outside, &panics),
            panics,
            works: !work.is_empty(),
        }
    }
}
