//! The level of a service: the highest whose required rules, and all those below, are met.
//!
//! It answers go or no-go, and the score answers the trend. A rule that asks for evidence and cannot tell is not met, and
//! what is waived is not met either: a level says what is proven, never what somebody accepts.

use crate::rule::Level;

/// How a rule that a level requires stands for a service.
pub(crate) struct Required<'r> {
    pub(crate) rule: &'r str,
    pub(crate) level: Level,
    pub(crate) is_met: bool,
}

/// A level, and what is in the way of the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// `None` below the lowest.
    pub(crate) level: Option<Level>,
    /// The rules that the next level requires and that are not met, each once, in order. Empty at the highest.
    pub(crate) in_the_way: Vec<String>,
}

impl Reached {
    pub(crate) fn of(required: &[Required<'_>]) -> Self {
        let mut reached = Self::default();
        for level in Level::ALL {
            let of_level = required.iter().filter(|one| one.level == level && !one.is_met);
            reached.in_the_way = of_level.map(|one| one.rule.to_owned()).collect();
            reached.in_the_way.sort();
            reached.in_the_way.dedup();
            if !reached.in_the_way.is_empty() {
                break;
            }
            reached.level = Some(level);
        }
        reached
    }

    /// The level of several services is that of the lowest, and what is in its way is what is in the way of those.
    pub(crate) fn lowest<'r>(all: impl Iterator<Item = &'r Self>) -> Self {
        all.fold(None, |lowest: Option<Self>, one| match lowest {
            Some(lowest) if lowest.level < one.level => Some(lowest),
            Some(mut lowest) if lowest.level == one.level => {
                lowest.in_the_way.extend(one.in_the_way.iter().cloned());
                lowest.in_the_way.sort();
                lowest.in_the_way.dedup();
                Some(lowest)
            }
            _ => Some(one.clone()),
        })
        .unwrap_or_default()
    }

    /// The level above.
    pub(crate) fn next(&self) -> Option<Level> {
        Level::ALL.into_iter().find(|level| Some(*level) > self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(required: &[(&str, Level, bool)]) -> Reached {
        let required = required.iter().map(|&(rule, level, is_met)| Required { rule, level, is_met });
        Reached::of(&required.collect::<Vec<_>>())
    }

    #[test]
    fn a_level_needs_all_rules_of_those_below() {
        use Level::{Bronze, Gold, Silver};
        for (required, level, in_the_way) in [
            (vec![("a", Bronze, false), ("b", Silver, true)], None, vec!["a"]),
            (
                vec![("a", Bronze, true), ("c", Silver, false), ("b", Silver, false)],
                Some(Bronze),
                vec!["b", "c"],
            ),
            (vec![("a", Bronze, true), ("b", Silver, true), ("c", Gold, false)], Some(Silver), vec!["c"]),
            (vec![("a", Bronze, true), ("b", Silver, true), ("c", Gold, true)], Some(Gold), vec![]),
            (vec![("a", Bronze, true), ("a", Bronze, false)], None, vec!["a"]),
        ] {
            let is = reached(&required);
            assert_eq!((is.level, is.in_the_way.iter().map(String::as_str).collect()), (level, in_the_way));
        }
    }

    #[test]
    fn a_repository_has_the_level_of_its_lowest_service() {
        let gold = reached(&[("a", Level::Bronze, true)]);
        let a = reached(&[("a", Level::Silver, false)]);
        let b = reached(&[("b", Level::Silver, false)]);
        let lowest = Reached::lowest([&gold, &a, &b].into_iter());
        assert_eq!((lowest.level, lowest.next()), (Some(Level::Bronze), Some(Level::Silver)));
        assert_eq!(lowest.in_the_way, ["a", "b"]);
        assert_eq!(Reached::lowest([].into_iter()), Reached::default());
    }
}
