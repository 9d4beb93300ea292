//! The gate: whether a change may be merged, and what it changes.
//!
//! The types that a report carries.

use crate::report::Assessed;

/// What the gate says of a change.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) status: GateStatus,
    /// One line each, the gravest first: lower case, no full stop, names in backticks. Why it failed or could not tell.
    pub(crate) reasons: Vec<String>,
    /// What the change changes; `None` where there was nothing to compare with.
    pub(crate) change: Option<Change>,
}

/// The three answers of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "made once two trees are compared"))]
pub(crate) enum GateStatus {
    Passed,
    Failed,
    /// There is nothing to compare with. Never taken for a pass.
    Inconclusive,
}

/// The difference between the base and the head. Which findings are new stands at each ([`crate::finding::Finding::is_new`]).
#[derive(Debug)]
pub(crate) struct Change {
    /// What it is compared with: a commit's id, or the path of a baseline file.
    pub(crate) base: String,
    /// The repository's scores; `None` where it was not assessed.
    pub(crate) before: Option<Assessed>,
    pub(crate) after: Option<Assessed>,
    /// By id.
    pub(crate) services: Vec<ServiceChange>,
    /// Findings of the base that the head does not have, the worst first.
    pub(crate) fixed: Vec<Fixed>,
    /// How many findings both have.
    pub(crate) unchanged: usize,
    pub(crate) vanished: Vec<Vanished>,
}

/// A service's scores before and after; `None` where it did not exist or was not assessed.
#[derive(Debug)]
pub(crate) struct ServiceChange {
    pub(crate) id: String,
    pub(crate) before: Option<Assessed>,
    pub(crate) after: Option<Assessed>,
}

/// A finding of the base that is gone. Its place is one of the base's tree, so that it is kept as text.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: usize,
    /// What it cost the repository's score, in points of 100.
    pub(crate) points: f64,
}

/// A capability that was proven on the base and is not on the head.
#[derive(Debug)]
pub(crate) struct Vanished {
    pub(crate) service: String,
    pub(crate) capability: &'static str,
    /// What proved it, and where it stood: `path:line` of the base.
    pub(crate) was: Vec<String>,
}

impl GateStatus {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
        }
    }
}
