//! Under which configuration and waivers a tree is audited, and on which day.
//!
//! The gate audits the head under the policy of its base ([`Policy::of_change`]): a change cannot loosen what judges it.

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
    /// The policy that stands in a tree, which loses what it excludes.
    ///
    /// # Errors
    /// All that is wrong with its configuration. Waivers that are not in order are findings, not errors.
    pub(crate) fn of(sources: &mut Sources, today: Date) -> Result<Self, ConfigErrors> {
        Ok(Self::under(Config::read(sources)?, sources, today))
    }

    /// The policy of a tree for which a configuration holds; the tree loses what it excludes. What is left out is not
    /// asked for waivers, which would be about nothing.
    pub(crate) fn under(config: Config, sources: &mut Sources, today: Date) -> Self {
        config.narrow(sources);
        let waivers = Waivers::collect(sources, &config, today);
        Self { config, waivers, pending: Vec::new(), today: Some(today) }
    }

    /// The policy for a change to a tree that has `base`: the configuration is the base's, and of the change's own waivers
    /// those hold that the base has as well, each as often as there. All of them are validated, by the configuration that
    /// the change has.
    pub(crate) fn of_change(own: &Config, sources: &mut Sources, base: &Self, today: Date) -> Self {
        base.config.narrow(sources);
        let Waivers { valid, problems } = Waivers::collect(sources, own, today);
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for waiver in &base.waivers.valid {
            *known.entry(waiver.identity()).or_default() += 1;
        }
        let (valid, pending) = valid.into_iter().partition(|waiver| {
            known.get_mut(&waiver.identity()).is_some_and(|left| {
                let is_known = *left > 0;
                *left = left.saturating_sub(1);
                is_known
            })
        });
        Self {
            config: Config { notes: own.notes.clone(), ..base.config.clone() },
            waivers: Waivers { valid, problems },
            pending,
            today: Some(today),
        }
    }
}
