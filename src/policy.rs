//! Under which configuration and waivers a tree is audited, and on which day.
//!
//! The gate audits the head under the policy of its base ([`Policy::governed_by`]): a change cannot loosen what judges it.

mod decide;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub(crate) use decide::{Decision, Standing, decide, holds};

use crate::config::{Config, ConfigErrors};
use crate::source::Sources;
use crate::waiver::{Waiver, Waivers};

/// What an audit goes by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) config: Config,
    pub(crate) waivers: Waivers,
    /// Waivers in order that do not hold yet, because the base does not have them.
    pub(crate) pending: Vec<Waiver>,
    /// `None` where nothing was read, so that nothing can be past.
    pub(crate) today: Option<Date>,
}

impl Policy {
    /// The policy that stands in a tree.
    ///
    /// # Errors
    /// All that is wrong with its configuration. Waivers that are not in order are findings, not errors.
    pub(crate) fn of(sources: &Sources, today: Date) -> Result<Self, ConfigErrors> {
        let config = Config::read(sources)?;
        let waivers = Waivers::collect(sources, &config, today);
        Ok(Self { config, waivers, pending: Vec::new(), today: Some(today) })
    }

    /// The policy of a tree whose configuration cannot be read: the usual one, and the waivers beside the code.
    pub(crate) fn usual(sources: &Sources, today: Date) -> Self {
        let config = Config::default();
        let waivers = Waivers::collect(sources, &config, today);
        Self { config, waivers, pending: Vec::new(), today: Some(today) }
    }

    /// The policy for a change to a tree that has this one: the configuration is the base's, and of the change's own waivers those
    /// hold that the base has as well, each as often as there. All of them are validated in any case.
    pub(crate) fn governed_by(self, base: &Self) -> Self {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for waiver in &base.waivers.valid {
            *known.entry(waiver.identity()).or_default() += 1;
        }
        let (valid, pending) = self.waivers.valid.into_iter().partition(|waiver| {
            known.get_mut(&waiver.identity()).is_some_and(|left| {
                let is_known = *left > 0;
                *left = left.saturating_sub(1);
                is_known
            })
        });
        Self {
            config: Config { notes: self.config.notes, ..base.config.clone() },
            waivers: Waivers { valid, problems: self.waivers.problems },
            pending,
            today: self.today,
        }
    }
}
