//! What of a binary runs as long as it serves, and whether it serves at all.

use std::collections::BTreeSet;

use crate::knowledge::Means;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::BodyId;
use crate::model::workspace::CrateId;
use crate::source::Sources;

use super::waiting::{self, Waiting};
use super::{Needs, signals, start};

/// What of a binary runs as long as it serves.
pub(super) struct Runs {
    pub(super) reach: Reach,
    pub(super) waiting: Waiting,
    /// Where something that cannot be seen starts the server.
    pub(super) outside: Vec<start::Outside>,
    pub(super) needs_image: Option<Needs>,
}

impl Runs {
    pub(super) fn of(
        code: &Code<'_, '_>,
        sources: &Sources,
        roots: &[BodyId],
        closure: &BTreeSet<CrateId>,
        all: &Reach,
    ) -> Option<Self> {
        let outside = start::outside(code, sources, closure, all);
        if !outside.is_empty() {
            let reach = all.running(code, roots, closure, &start::places(&outside));
            return Some(Self {
                reach,
                waiting: Waiting::default(),
                outside,
                needs_image: Some(Needs::Start),
            });
        }
        let reach = all.serving(code, roots, closure);
        if starts_something(code, &reach) || !start::launched(code, roots).is_empty() {
            return Some(Self { reach, waiting: Waiting::default(), outside, needs_image: None });
        }
        let waiting = Waiting::of(code, all, roots);
        let is_service = waiting.makes_service(&signals::all(code, all))?;
        let reach = waiting.unless_tool(all.running(code, roots, closure, &waiting.loops))?;
        let needs_image = (!is_service).then(|| waiting::needs(&reach));
        Some(Self { reach, waiting, outside, needs_image })
    }
}

/// Whether something that makes a binary a service is called at all.
fn starts_something(code: &Code<'_, '_>, reach: &Reach) -> bool {
    let starts = [Means::Server, Means::Wrapper, Means::Consumer, Means::Scheduler];
    let is_start = |node| starts.iter().any(|means| code.symbols.means(node, *means).is_some());
    reach.sites.iter().any(|(_, site)| is_start(site.node))
}
